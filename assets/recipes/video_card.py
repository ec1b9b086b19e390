"""Writes the card of slipstream-video: what it is, how it was made, figures measured now, and a
contact sheet."""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from assets.recipes.command import ROOT
from assets.recipes.precision import named
from assets.recipes.train_video import FOLDER
from assets.recipes.video_budgets import BUDGETS
from assets.recipes.video_distill import AGE, LATER_AGE, WORDS
from assets.recipes.video_flow import OPENING as FIRST_SHARE
from assets.recipes.video_flow import STILL_SHARE, STILLS, YOUNG
from assets.recipes.video_latents import OPENING
from assets.recipes.video_measure import colours_right, drift, pans_right, speed
from assets.recipes.video_onward import SHARE as ONWARD_SHARE
from assets.recipes.video_pool import CHUNK, SHORTS
from assets.recipes.video_sample import PROMPTS, film, sheet
from assets.recipes.video_steer import POINTED, TOLD
from assets.recipes.video_stride import SMALL_STEPS, WAY
from assets.recipes.video_student import OWN
from assets.recipes.video_vae import redraw_psnr
from engine.device import compute_dtype
from nodes.models.taehv import Taehv
from nodes.models.video_model import load_video_model

if TYPE_CHECKING:
    from nodes.models.video_model import VideoModel

STAGES = ("vae", "flow", "advection", "onward", "distill", "stride", "hearing", "decoder")
FRAMES = BUDGETS["cpu"].frames
SIDES = (128, 192, 256)
SHOWN = 10  # prompts on the contact sheet
STUDENT = """Student: {distill} steps of guidance distillation. In one call it answers the teacher's
   flow taken {words} times as far again from what it is without words, where it is not told the
   last frame, and away from what it was after {young:.0%} of the steps of 2 and of 4
   (autoguidance): {age} times as far again in first blocks, {later} times in those with a past.
   {own:.0%} of the steps are behind the student's own pictures.
6. {stride} steps more in which each step learns to go {way:.0%} of the way to where {small} small
   ones of its own would lead, half of them behind its own pictures.
7. {hearing} steps more of 3, by the words as 4 came to hear them; other stages leave it be."""
NO_STUDENT = "The few-step student is not trained yet: the steps are the flow's own, unguided."
END = 5.0  # seconds at either end of a film that are compared
MINUTE = 120  # blocks of 12 frames at 24 frames a second
LARGEST = 200_000  # bytes of the contact sheet

TEXT = """# slipstream-video

A causal text-to-video model in miniature, in the layout of Wan2.1 and run by the same code: blocks
of {block} latent frames, each {time} pictures, out of noise in {steps} steps straight along the
flow ("euler", shift {shift:g}), behind a memory of a sink of {sink} frames and a window of {window}
in all, positions by slot. It reads caches of finished blocks ("clean") and of one noise level
("per_level"): each block was trained at a level of its own. Behind finished blocks a block does not
begin in noise alone: its last frame, carried to where it goes, is what it begins with, under
{renewal:.0%} of noise, and it takes only the steps that lie below.

![Two films a row, eight moments of a minute each, seed 0](contact.jpg)

The sheet is {side}x{side}, {steps} steps, seed 0, the prompts of `assets/recipes/video_sample.py`,
two films a row: eight moments of each, from the start to the end of {length}.

| part | parameters |
|---|---|
| `transformer`, CausalWan, {dim} wide, {layers} layers, {heads} heads, patch 2 | {network:.2f} M |
| `vae`, TAEHV layout, 8x in space, 4x in time, 16 channels, causal | {vae:.2f} M |
| `text`, words, hashed pieces of unknown words, one attention layer | {text:.2f} M |

## Data

Own drawings only, made by `nodes/worlds/clip.py`: nine scenes at eight times of day, eight
kinds of things in twelve colours with seven motions, six cameras, four styles, described by a
grammar that says only what is there; {clips} clips of {frames} frames and {shorts} of {opening} at
{side} px. In {led:.0%} of both a thing is led over the picture. No photograph, no other person's
picture and no other model's output was used.

## Training

`python -m assets.recipes.train_video --budget cpu`, seed 0, {precision}, {device}, {hours}.

1. VAE, {vae_steps} steps of 8 crops of 9 x 64 x 64: L1, squares, differences of neighbours in space
   and time, means of cells of 2 to 8 pixels; noise on the latents, which are kept smooth: halved
   ones, or ones moved by half a cell, must give pictures halved or moved as far. The decoder
   alone: {decoder_steps} steps.
2. Denoiser and text encoder by flow matching, {flow_steps} steps. {still:.0%} of them are on single
   frames, {stills} in a batch; of the others {begun:.0%} are on first blocks, and of what is left
   three in five are teacher forcing, noisy blocks behind finished ones; in the last each block has
   its own level (diffusion forcing), a third of the past nearly clean. Pasts partly carry the
   model's own errors, 10 % of the prompts are dropped, averaged weights, Muon and AdamW. What lies
   on a thing counts four times, what moves up to five times, colours from 3 on three times as much
   as details. Tokens are told their place in the picture; the network adds to what the noisy
   latents and the last finished frame tell by themselves. Of {cameras:.0%} of the clips it is told
   how fast the camera goes, of {points:.0%} one to three points on the thing and where they go.
3. Where the last finished frame goes, {advection_steps} steps for that alone: a few convolutions
   say how large a share each cell takes of what camera and points are told to do, and what it does
   beside that, from words, picture and the colours of the frame before. They learn it from how the
   pictures moved (dense inverse search) and from the frames that came. What leaves at one side
   comes in at the other; what comes from above or below is untold, and begins mirrored.
4. Behind its own pictures, {onward_steps} steps: {share:.0%} of them roll out all blocks of a
   clip but the first, and learn the true block that follows. The flow there is straight from the
   carried frame under noise to the true one: noise leans to where the last frame was carried.
5. {student}

## Measured

- Redrawing unseen moving worlds, {side} px (the autoencoder alone): {psnr:.1f} dB.
- The colour that was said, of seven: {colours:.0f} % of {judged} films (by chance 14 %).
- Pans that move the ground the way that was said: {pans:.0f} %.
- Loading: {load:.2f} s. Frames a second, threads: {threads}, network and decoder:
{speeds}
- {length}, the first {end:g} seconds and the last:

| prompt | mean | spread | sharpness |
|---|---|---|---|
{drift}

{measured}
## What it cannot do

{limits}
## Files

{files}

Licence: MIT, weights and data recipe alike.
"""


def write_card(folder: Path, train: Path, *, told: dict[str, str], quick: bool) -> None:
    """Measures, draws the contact sheet and writes CARD.md for the weights in `folder`."""
    start = time.perf_counter()
    cpu = torch.device("cpu")
    model = load_video_model(folder, device=cpu, dtype=compute_dtype(cpu))
    load = time.perf_counter() - start
    side, card, config = model.card.size[0], model.card, model.network.config
    told_drift = draw_contact(model, folder / "contact.jpg", blocks=24 if quick else MINUTE)
    seeds = 2 if quick else 6
    plain = load_video_model(folder, device=cpu, dtype=torch.float32)
    assert isinstance(plain.vae, Taehv)
    figures = {
        "block": card.block,
        "time": model.vae.time,
        "steps": len(card.steps),
        "renewal": card.renewal,
        "shift": card.shift,
        "sink": card.sink,
        "window": card.window,
        "side": side,
        "length": "twelve seconds" if quick else "one minute",
        "end": END,
        "student": _student(train),
        "dim": config.dim,
        "layers": config.layers,
        "heads": config.heads,
        "network": _millions(model.network),
        "vae": _millions(plain.vae),
        "text": _millions(plain.text),
        "frames": FRAMES,
        "opening": OPENING,
        "clips": CHUNK * _chunks(train, side, FRAMES),
        "shorts": SHORTS * _chunks(train, side, OPENING),
        "precision": named(cpu),
        "still": STILL_SHARE,
        "stills": STILLS * BUDGETS["cpu"].batch,
        "begun": FIRST_SHARE,
        "led": BUDGETS["cpu"].led / (1 + BUDGETS["cpu"].led),
        "cameras": TOLD,
        "points": POINTED,
        "share": ONWARD_SHARE,
        "psnr": redraw_psnr(plain.vae, side=side),
        "colours": 100 * colours_right(model, side=side, seeds=seeds),
        "judged": 7 * seeds,
        "pans": 100 * pans_right(model, side=side, seeds=seeds),
        "load": load,
        "threads": torch.get_num_threads(),
        "speeds": _speeds(model),
        "drift": told_drift,
        "files": _hashes(folder),
        **{f"{stage}_steps": _steps(train, stage) for stage in STAGES},
        **told,
    }
    (folder / "CARD.md").write_text(TEXT.format(**figures), encoding="utf-8")


def draw_contact(model: VideoModel, path: Path, *, blocks: int) -> str:
    """Draws eight moments of each prompt's film, two films a row; returns how they drift."""
    moments, told = [], []
    for prompt in PROMPTS[:SHOWN]:
        pictures = torch.cat(list(film(model, prompt, blocks=blocks, side=model.card.size[0])))
        moments.append([pictures[i] for i in torch.linspace(0, len(pictures) - 1, 8).long()])
        told.append(f"| {prompt} | {drift(pictures, end=round(END * model.card.fps))} |")
    rows = [left + right for left, right in zip(moments[::2], moments[1::2], strict=True)]
    quality = 90
    sheet(rows, path, quality=quality)
    while path.stat().st_size > LARGEST and quality > 40:
        quality -= 6
        sheet(rows, path, quality=quality)
    return "\n".join(told)


def _speeds(model: VideoModel) -> str:
    rows = [
        f"  {side} px: {speed(model, side=side, steps=4):.0f} in 4 steps, "
        f"{speed(model, side=side, steps=2):.0f} in 2."
        for side in SIDES
    ]
    return "\n".join(rows)


def _chunks(train: Path, side: int, frames: int) -> int:
    return len(list((train / f"clips-{side}-{frames}").glob("[0-9]*.pt")))


def _millions(module: object) -> float:
    assert isinstance(module, torch.nn.Module)
    return sum(weight.numel() for weight in module.parameters()) / 1e6


def _steps(train: Path, stage: str) -> int:
    path = train / f"{stage}.pt"
    return torch.load(path, weights_only=True)["done"] if path.exists() else 0


def _student(train: Path) -> str:
    steps = {name: _steps(train, name) for name in ("distill", "stride", "hearing")}
    if not steps["distill"]:
        return NO_STUDENT
    shares = {"words": WORDS, "age": AGE, "later": LATER_AGE, "own": OWN, "way": WAY}
    return STUDENT.format(young=YOUNG, small=SMALL_STEPS, **steps, **shares)


def _hashes(folder: Path) -> str:
    rows = []
    for path in sorted(folder.glob("*.safetensors")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append(f"- `{path.name}` {path.stat().st_size / 1e6:.1f} MB `{digest}`")
    return "\n".join(rows)


def main(argv: list[str] | None = None) -> None:
    """Writes the card; what no code here can know comes from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--train", type=Path, default=ROOT / ".train" / "video")
    parser.add_argument("--hours", required=True, help='as in "one hour"')
    parser.add_argument("--device", default="two CPU cores that other work shared")
    parser.add_argument("--measured", type=Path, help="a Markdown list of further figures")
    parser.add_argument("--limits", type=Path, required=True, help="a Markdown list")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a few seconds in place of a minute")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    told = {
        "hours": options.hours,
        "device": options.device,
        "measured": options.measured.read_text(encoding="utf-8") if options.measured else "",
        "limits": options.limits.read_text(encoding="utf-8"),
    }
    write_card(options.folder, options.train, told=told, quick=options.quick)


if __name__ == "__main__":
    main()
