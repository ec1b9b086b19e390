"""Writes the card of slipstream-refiner: what it is, how it was made, figures measured now on
worlds that it did not learn from."""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from assets.recipes.command import ROOT
from assets.recipes.refiner_data import STEPS
from assets.recipes.refiner_measure import WAYS, milliseconds, nearness, threes
from assets.recipes.train_refiner import BUDGETS, FOLDER, Job
from nodes.models.refiner import WEIGHTS, load_refiner
from nodes.worlds.clip_motion import FPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from nodes.models.refiner import RefinerModel

EVERY = 4  # clips of a chunk, one of which is measured on
SIDES = (128, 192, 256)

TEXT = """# slipstream-refiner

What the frame doubler (`motion.interpolate`) asks where its quality is `refined`. Two neighbouring
pictures are carried along their motion to the moment between them (`nodes/motion/midway.py`); the
network sees both, says for every pixel which of them to believe, and adds what both lack. It is
ANVIL's form (arXiv 2603.26835) in small; motion comes from a dense inverse search, since generated
pictures have no codec's vectors.

| part | parameters |
|---|---|
| convolutions, {widths} wide at a half, a quarter, an eighth of the side, no norms | {size:.3f} M |

The last layer began at zero, where the network is the plain mix of both pictures.

## Data

Own drawings only: {triplets} triplets of pictures of moving worlds (`nodes/worlds/clip.py`),
{steps} frames of 1/24 s from one to the next. {clips} clips of {side} px, {large} of {wide} px of
which pieces are learnt from, and {redraws} that the autoencoder of `slipstream-video` has drawn. No
photograph, no other person's picture was used.

## Training

`python -m assets.recipes.train_refiner --budget {budget}`, seed 0, bfloat16 autocast, {device},
{hours}: {done} of {total} steps of {batch} pieces of {crop} px, mirrored, turned, played backwards,
brightened, their colours exchanged. Mean distance to the true picture, and half as much of the
steps between neighbours. AdamW at {peak:g} on a cosine, averaged weights.

## Measured

On {held} clips of {side} px that were not learnt from, in dB of the picture between, the mean over
pictures; *moving* counts the cells of 8 px alone that differ by 0.02 or more.

| from | in | {ways} |
|---|---|---|---|---|---|
{rows}

Milliseconds of one thread for one picture between, in {dtype}, the quickest of several on a machine
that other work kept busy; weights load in {load:.2f} s.

| side | search | carry | refine | together |
|---|---|---|---|---|
{speeds}

`slipstream bench refiner` measures on worlds of other seeds, at two sizes, and on photographs.

## What it cannot do

{limits}
## Files

- `{weights}` {megabytes:.1f} MB `{digest}`

Licence: MIT, weights and data recipe alike.
"""


def write_card(job: Job, folder: Path, told: dict[str, str]) -> None:
    """Measures the weights in `folder` and writes CARD.md beside them."""
    began = time.perf_counter()
    model = load_refiner(folder, device=torch.device("cpu"))
    load = time.perf_counter() - began
    b, path = job.budget, folder / WEIGHTS
    figures = {
        "widths": ", ".join(map(str, b.network.widths)),
        "size": sum(w.numel() for w in model.network.parameters()) / 1e6,
        "triplets": len(job.triplets()),
        "steps": f"{', '.join(map(str, STEPS[:-1]))} or {STEPS[-1]}",
        "clips": b.chunks * b.chunk,
        "side": b.side,
        "large": b.large * b.chunk,
        "wide": job.large().side,
        "redraws": b.redraws,
        "done": torch.load(job.train / "refiner.pt", weights_only=True)["done"],
        "total": b.steps,
        "batch": b.batch,
        "crop": b.crop,
        "peak": b.peak,
        "held": b.held * b.chunk // EVERY,
        "ways": " | ".join(WAYS),
        "rows": _rows(model, job),
        "load": load,
        "dtype": "float32",
        "speeds": "\n".join(_speed(model, side) for side in SIDES),
        "weights": WEIGHTS,
        "megabytes": path.stat().st_size / 1e6,
        "digest": hashlib.sha256(path.read_bytes()).hexdigest(),
        **told,
    }
    (folder / "CARD.md").write_text(TEXT.format(**figures), encoding="utf-8")


def _rows(model: RefinerModel, job: Job) -> str:
    rows = []
    for step in STEPS:
        found = nearness(model, _held(job, step))
        rate = f"{FPS / 2 / step:g} to {FPS / step:g} a second"
        whole = " | ".join(f"{found[way].whole:.2f}" for way in WAYS)
        moving = " | ".join(f"{found[way].moving:.2f}" for way in WAYS)
        rows += [f"| {rate} | whole | {whole} |", f"| | moving | {moving} |"]
    return "\n".join(rows)


def _held(job: Job, step: int) -> Iterator[Tensor]:
    """Three pictures from the middle of every fourth clip that was not learnt from."""
    for number in job.held:
        for clip in job.pool().chunk_at(number).frames[::EVERY]:
            middle = len(clip) // 2
            yield from threes(clip[middle - step : middle + step + 1].float() / 255, step)


def _speed(model: RefinerModel, side: int) -> str:
    found = milliseconds(model, side)
    each = " | ".join(f"{value:.1f}" for value in found.values())
    return f"| {side} px | {each} | {sum(found.values()):.1f} |"


def main(argv: list[str] | None = None) -> None:
    """Writes the card; what no code here can know comes from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--train", type=Path, default=ROOT / ".train" / "refiner")
    parser.add_argument("--clips", type=Path, help="folder of train_video with painted clips")
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
    job = Job(BUDGETS[options.budget], options.train, 0, 0, options.clips)
    write_card(job, options.folder, told)


if __name__ == "__main__":
    main()
