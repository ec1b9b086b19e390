"""How near the frame doubler's pictures come to those that were there, and what they cost.

    python -m tests.bench.bench_refiner [--model NAME] [--clips N] [--threads N] [--out FILE]

Markdown tables: decibels by way (the picture before, the mix of both, both carried along their
motion, and that refined), on worlds that no recipe has painted, on the model's own redraws of them
and on photographs; then milliseconds of each part.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from assets.recipes.refiner_measure import WAYS, milliseconds, nearness, threes
from engine import device as devices
from nodes.models import zoo
from nodes.models.refiner import EMBEDDED, load_refiner
from nodes.models.video_model import load_video_model
from nodes.worlds.clip import ClipPainter
from nodes.worlds.clip_motion import FPS
from tests.bench.photographs import photographs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

    from nodes.models.refiner import RefinerModel

SEED = 77_000_001  # no recipe's
LENGTH = 9  # frames of a clip
STEPS = (1, 2, 4)
PHOTO = 256
VIDEO = "slipstream-video"


def worlds(count: int, side: int) -> Iterator[Tensor]:
    """Clips (LENGTH, 3, side, side) that nothing was trained on."""
    painter = ClipPainter(SEED + side)
    for _ in range(count):
        yield painter.batch(1, LENGTH, side).frames[0]


def redrawn(clips: Iterable[Tensor]) -> Iterator[Tensor]:
    """The same as the embedded video model's autoencoder draws them."""
    vae = load_video_model(zoo.locate(VIDEO), device=torch.device("cpu"), dtype=torch.float32).vae
    for clip in clips:
        yield vae.decode_all(vae.encode_all(clip[None]))[0].clamp(0, 1)


def rows(model: RefinerModel, name: str, clips: Sequence[Tensor]) -> list[str]:
    """A line of the table for each step that clips are long enough for, and its moving cells."""
    lines = []
    for step in (step for step in STEPS if 2 * step < len(clips[0])):
        found = nearness(model, (three for clip in clips for three in threes(clip, step)))
        for part in ("whole", "moving"):
            figures = " | ".join(f"{getattr(found[way], part):.2f}" for way in WAYS)
            rate = f"{FPS / 2 / step:g} to {FPS / step:g}"
            lines.append(f"| {name} | {rate} | {part} | {found[WAYS[0]].pictures} | {figures} |")
    return lines


def nearness_table(model: RefinerModel, count: int, sides: Sequence[int]) -> str:
    """Decibels of every way."""
    lines = [
        f"| pictures | a second | in | of | {' | '.join(WAYS)} |",
        f"|{' --- |' * (4 + len(WAYS))}",
    ]
    for side in sides:
        lines += rows(model, f"worlds, {side} px", list(worlds(count, side)))
    lines += rows(model, f"redrawn, {sides[0]} px", list(redrawn(worlds(count, sides[0]))))
    shots = photographs(PHOTO)
    if shots is not None:
        lines += rows(model, f"photographs, {PHOTO} px", list(shots))
    return "\n".join(lines)


def speed_table(path: Path, sides: Sequence[int]) -> str:
    """Milliseconds of each part, in both types that a processor computes in."""
    lines = ["| side | in | search | carry | refine | together |", f"|{' --- |' * 6}"]
    for side in sides:
        for dtype in dict.fromkeys((torch.float32, devices.compute_dtype(torch.device("cpu")))):
            model = load_refiner(path, device=torch.device("cpu"), dtype=dtype)
            found = milliseconds(model, side)
            each = " | ".join(f"{value:.1f}" for value in found.values())
            kind = str(dtype).removeprefix("torch.")
            lines.append(f"| {side} px | {kind} | {each} | {sum(found.values()):.1f} |")
    return "\n".join(lines)


@torch.no_grad()
def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=EMBEDDED)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--timed", type=int, nargs="+", default=[128, 192, 256])
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, help="write the tables here too")
    options = parser.parse_args(argv)
    devices.configure(options.threads)
    began, path = time.perf_counter(), zoo.locate(options.model)
    model = load_refiner(path, device=torch.device("cpu"))
    found = "\n\n".join(
        [
            nearness_table(model, options.clips, options.sides),
            speed_table(path, options.timed),
        ]
    )
    print(found)
    print(f"\n{torch.get_num_threads()} threads, measured in {time.perf_counter() - began:.0f} s")
    if options.out:
        options.out.write_text(found + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
