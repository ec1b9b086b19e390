"""Writes the card of slipstream-tiny: what it is, how it was made, figures measured now, and a
contact sheet."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch

from assets.recipes import image_model
from assets.recipes.command import ROOT
from assets.recipes.image_photographs import Photographs, Source
from assets.recipes.sample import PROMPTS, contact_sheet, few_steps
from assets.recipes.train_distill import AGE, WORDS
from assets.recipes.train_image import BUDGETS, FOLDER
from assets.recipes.train_unet import PAIR_SHARE, YOUNG
from assets.recipes.train_vae import CROP, LATENT_NOISE, held_out_psnr
from nodes.models.stable_diffusion import load_stable_diffusion

STAGES = ("vae", "unet", "distill", "decoder")

TEXT = """# slipstream-tiny

A Stable-Diffusion-1.x pipeline in miniature, for live pictures on two CPU cores: a diffusers folder
that `StableDiffusionPipeline.from_pretrained(folder, safety_checker=None)` opens. It predicts
velocities on the scaled-linear schedule 0.00085 to 0.026 and is distilled to one to four steps of
`LCMScheduler`. Guidance is built in, so run it without any (scale 1).

![Pictures from noise, four steps, seed 0](contact.jpg)

The sheet is 256x256, four steps at indices 0, 16, 32, 45 of 50, seed 0, the prompts of
`assets/recipes/sample.py` row by row.

| part | parameters |
|---|---|
| `unet`, UNet2DConditionModel 64-96-128, cross attention at half size | {unet:.2f} M |
| `vae`, AutoencoderTiny, 32 channels, {channels} latent channels, 8x | {vae:.2f} M |
| `text_encoder`, CLIPTextModel, 3 layers, width 128, 32 positions | {text:.2f} M |

`tokenizer` is a byte-level BPE that holds the grammar's words and some everyday ones whole and
spells all other text from bytes, so any text can be typed.

## Data

- Own drawings, made by `nodes/worlds`: landscapes (nine scenes at eight times of day, thirteen
  kinds of things in twelve colours), abstract "dead leaves" pictures, and sixteen painterly
  filters, each described by a grammar that says only what is there.
- Pairs: the same worlds, and views of {photos} photographs, as they are and painted over by those
  filters, so that it learns to keep what it sees and change how it is painted.

The photographs lie in packages; none of them is in the repository:

{sources}
## Training

`python -m assets.recipes.train_image --budget cpu`, seed 0, bfloat16 autocast, {hours}.

1. VAE, {vae_steps} steps of {crops} crops of {crop} px, a quarter of them photographs: L1, squared
   error, neighbour differences, means of cells of 2 to 8 pixels; noise {noise} on the latents, and
   latents halved or moved by half a cell that must redraw the picture so treated (EQ-VAE, Kouzelis
   et al. 2025), and a price on latents that leap from cell to cell.
2. UNet and text encoder, {unet_steps} steps of {batch} pictures of 128 px or {wide} of 256 px, in
   turn, {pairs} % of them pairs whose plain half is noised and whose painted half is to be seen in
   it; squared error of the velocity, 10 % of prompts dropped, averaged weights, Muon.
3. Student, {distill_steps} steps of latent consistency distillation (Luo et al. 2023) on the fifty
   timesteps 999, 979, ... 19, pairs by their painted halves. The teacher goes {words:g} times as
   far again from what it does without words and {age:g} times from what it did after {young:.0%}
   of its steps (autoguidance, Karras et al. 2024), but for the mean of each row.
4. Decoder alone, {decoder_steps} steps, the encoder and so the latents as they were.

## Measured

- Redrawing 32 unseen worlds at 256 px (the autoencoder alone): {psnr:.1f} dB.
{measured}
## What it cannot do

{limits}
## Files

{files}

Licence: MIT, weights and data recipe alike.
"""


def write_card(folder: Path, train: Path, *, hours: str, measured: str, limits: str) -> None:
    """Draws the contact sheet and writes CARD.md for the weights that are in `folder`."""
    parts = image_model.load(folder)
    model = load_stable_diffusion(folder, device=torch.device("cpu"), dtype=torch.bfloat16)
    shown = few_steps(model, PROMPTS, [0, 16, 32, 45], seed=0, side=256)
    contact_sheet(shown, 4, folder / "contact.jpg")
    budget = BUDGETS["cpu"]
    sources = Photographs(train / "photographs").sources
    text = TEXT.format(
        words=WORDS,
        age=AGE,
        young=YOUNG,
        unet=_millions(parts.unet),
        vae=_millions(parts.vae),
        text=_millions(parts.text),
        channels=parts.vae.config["latent_channels"],
        photos=len(sources),
        sources=_credits(sources),
        hours=hours,
        crops=budget.vae_batch,
        crop=CROP,
        noise=LATENT_NOISE,
        batch=budget.unet_batch,
        wide=budget.unet_batch // 4,
        pairs=round(100 * PAIR_SHARE),
        psnr=held_out_psnr(parts.vae, size=256),
        measured=measured,
        limits=limits,
        files=_hashes(folder),
        **{f"{stage}_steps": _steps(train, stage) for stage in STAGES},
    )
    (folder / "CARD.md").write_text(text, encoding="utf-8")


def _credits(sources: list[Source]) -> str:
    rows = [f"| `{s.file}` | {s.package} | {s.author} | {s.licence} |" for s in sources]
    return "\n".join(["| file | package | author | licence |", "|---|---|---|---|", *rows, ""])


def _millions(module: torch.nn.Module) -> float:
    return sum(weight.numel() for weight in module.parameters()) / 1e6


def _steps(train: Path, stage: str) -> int:
    path = train / f"{stage}.pt"
    return torch.load(path, weights_only=True)["done"] if path.exists() else 0


def _hashes(folder: Path) -> str:
    rows = []
    for path in sorted(folder.rglob("*.safetensors")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append(f"- `{path.relative_to(folder).as_posix()}` `{digest}`")
    return "\n".join(rows)


def main(argv: list[str] | None = None) -> None:
    """Writes the card; figures that no code here measures come from text files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--train", type=Path, default=ROOT / ".train" / "image")
    parser.add_argument("--hours", required=True, help='as in "one hour"')
    parser.add_argument("--measured", type=Path, required=True, help="a Markdown list")
    parser.add_argument("--limits", type=Path, required=True, help="a Markdown list")
    options = parser.parse_args(argv)
    write_card(
        options.folder,
        options.train,
        hours=options.hours,
        measured=options.measured.read_text(encoding="utf-8"),
        limits=options.limits.read_text(encoding="utf-8"),
    )


if __name__ == "__main__":
    main()
