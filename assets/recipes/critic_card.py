"""Writes the card of slipstream-critic: what it is, how it was made, figures measured now on worlds
that it did not learn from."""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from assets.recipes.command import ROOT
from assets.recipes.critic_measure import damage_told, words_right
from assets.recipes.train_critic import BUDGETS, FOLDER, Job
from nodes.models.critic import WEIGHTS, load_critic

if TYPE_CHECKING:
    from nodes.models.critic import CriticModel

ROUNDS = 20  # pictures that are judged one by one to take the time

TEXT = """# slipstream-critic

A judge of generated pictures in miniature: it sees one frame and says how sound it looks, a number
in [0, 1], and which words of the painted worlds it shows. Best-of, drift meters and the score nodes
ask it; with a prompt its score is half quality and half the mean probability of the words that the
prompt says.

| part | parameters |
|---|---|
| convolutions, {widths} wide, to a grid of {grid} x {grid} | {convolutions:.2f} M |
| {looks} soft looks at places, one layer of heads | {heads:.2f} M |

Pictures are judged at {side} x {side}; larger ones are made smaller first. Heads:
{words}.

## Data

Own drawings only, made by `nodes/worlds/clip.py`: {frames} frames of {clips} clips, and as many
again damaged while training. No photograph, no other person's picture was used; {redraws} frames
come out of the autoencoder of `slipstream-video` with disturbed latents.

- Damages (`assets/recipes/critic_damage.py`), each at every strength from 0.05 to 1: blur, noise,
  posterising, burn-out, fading, scrambled cells, melted shapes, another picture shining through,
  and redrawing from disturbed latents.
- Words come from the clips' texts, which say only what is there. What a text leaves unsaid, a thing
  that has left the frame and a colour under a style that paints over it cost nothing.

## Training

`python -m assets.recipes.train_critic --budget {budget}`, seed 0, bfloat16 autocast, {device},
{hours}: {steps} of {total} steps of {batch} worlds, each as it is and damaged once.

- Quality: cross entropy against one less the damage's strength; and a damaged picture below the
  one that it was made of.
- Words: cross entropy of each head, half weight, labels smoothed by 0.05, fading out towards a
  damage of half strength.
- AdamW at {peak:g} on a cosine, averaged weights, batch norms folded into the convolutions.

## Measured

On {held} frames of {held_clips} clips that were not learnt from. *Told apart*: how often an
undamaged frame scores above a damaged one of another world, over all strengths (area under the
curve, by chance 0.5). *Ordered*: rank correlation of quality with strength (by chance 0).

| damage | told apart | ordered |
|---|---|---|
{damages}

| words | right | by chance | frames |
|---|---|---|---|
{right}

Loading: {load:.2f} s. A frame of {side} px: {single:.1f} ms of one thread alone, {many:.1f} ms
among {rounds} (in float32, on a machine that other work kept busy).

## What it cannot do

{limits}
## Files

- `{weights}` {size:.1f} MB `{digest}`

Licence: MIT, weights and data recipe alike.
"""


def write_card(job: Job, folder: Path, told: dict[str, str]) -> None:
    """Measures the weights in `folder` and writes CARD.md beside them."""
    device = torch.device("cpu")
    began = time.perf_counter()
    model = load_critic(folder, device=device)
    load = time.perf_counter() - began
    b, held = job.budget, job.frames("held")
    single, many = _speeds(model)
    path = folder / WEIGHTS
    figures = {
        "widths": ", ".join(map(str, b.network.widths)),
        "grid": b.network.side // 16,
        "convolutions": _millions(model.network.stages),
        "looks": b.network.looks,
        "heads": _millions(model.network.look, model.network.head),
        "side": b.network.side,
        "words": ", ".join(f"{head} ({len(w)})" for head, w in model.table.heads.items()),
        "frames": b.chunks * b.chunk * b.each,
        "clips": b.chunks * b.chunk,
        "redraws": b.redraws,
        "steps": torch.load(job.train / "critic.pt", weights_only=True)["done"],
        "total": b.steps,
        "batch": b.batch,
        "peak": b.peak,
        "held": len(held.pictures),
        "held_clips": b.held * b.chunk,
        "damages": _damages(model, job),
        "right": _right(model, job),
        "load": load,
        "single": single,
        "many": many,
        "rounds": ROUNDS,
        "weights": WEIGHTS,
        "size": path.stat().st_size / 1e6,
        "digest": hashlib.sha256(path.read_bytes()).hexdigest(),
        **told,
    }
    (folder / "CARD.md").write_text(TEXT.format(**figures), encoding="utf-8")


def _damages(model: CriticModel, job: Job) -> str:
    told = damage_told(model, job.frames("held"), job.redraws("held-redraws"))
    return "\n".join(f"| {name} | {one.area:.2f} | {one.order:.2f} |" for name, one in told.items())


def _right(model: CriticModel, job: Job) -> str:
    rows = [
        f"| {head} | {100 * share:.0f} % | {100 / len(model.table.heads[head]):.0f} % | {count} |"
        for head, (share, count) in words_right(model, job.frames("held")).items()
    ]
    return "\n".join(rows)


def _speeds(model: CriticModel) -> tuple[float, float]:
    """Milliseconds of this process for a picture alone, the least of several, and among many."""
    side = model.config.side
    pictures, alone = torch.rand(ROUNDS, 3, side, side), []
    model.judge(pictures)
    for picture in pictures.split(1):
        began = time.process_time()
        model.judge(picture)
        alone.append(time.process_time() - began)
    began = time.process_time()
    model.judge(pictures)
    return 1000 * min(alone), 1000 * (time.process_time() - began) / ROUNDS


def _millions(*modules: torch.nn.Module) -> float:
    return sum(w.numel() for module in modules for w in module.parameters()) / 1e6


def main(argv: list[str] | None = None) -> None:
    """Writes the card; what no code here can know comes from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--train", type=Path, default=ROOT / ".train" / "critic")
    parser.add_argument("--budget", choices=sorted(BUDGETS), default="cpu")
    parser.add_argument("--hours", required=True, help='as in "half an hour"')
    parser.add_argument("--device", default="one CPU core that other work shared")
    parser.add_argument("--limits", type=Path, required=True, help="a Markdown list")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    told = {
        "budget": options.budget,
        "hours": options.hours,
        "device": options.device,
        "limits": options.limits.read_text(encoding="utf-8"),
    }
    write_card(Job(BUDGETS[options.budget], options.train, 0, 0), options.folder, told)


if __name__ == "__main__":
    main()
