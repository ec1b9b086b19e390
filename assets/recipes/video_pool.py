"""Moving worlds on disk, in seeded chunks: one process paints, others train on what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from nodes.worlds.clip import ClipPainter
from nodes.worlds.clip_motion import FLIGHT, FPS, PAN

if TYPE_CHECKING:
    from pathlib import Path

    from nodes.worlds.clip import Clips

CHUNK = 16
FEW = 2


class Chunk(NamedTuple):
    """Frames (CHUNK, T, 3, side, side) uint8, what they show, their things (CHUNK, T, 3): middle
    u, v and radius in picture heights, the radius 0 where there is none; and how fast their
    cameras go, (CHUNK, T, 3), as `camera_planes` takes it."""

    frames: Tensor
    texts: list[str]
    things: Tensor
    cameras: Tensor


class ClipPool:
    """Clips (CHUNK, T, 3, side, side) as bytes with their texts and where their things are; chunk k
    always holds the same clips, whoever paints it."""

    def __init__(
        self, folder: Path, *, side: int, frames: int, seed: int, chunk: int = CHUNK
    ) -> None:
        self.folder = folder / f"clips-{side}-{frames}"
        self.side, self.frames, self.chunk, self._seed = side, frames, chunk, seed
        self.folder.mkdir(parents=True, exist_ok=True)

    def __repr__(self) -> str:
        return f"<ClipPool {self.count() * self.chunk} clips of {self.frames} x {self.side} px>"

    def count(self) -> int:
        """How many chunks lie on disk, one after another."""
        return len(list(self.folder.glob("[0-9]*.pt")))

    def paint_next(self) -> int:
        """Paints the first chunk that is not there yet; returns how many clips that is."""
        number = self.count()
        painter = ClipPainter(self._seed * 1_000_003 + self.side * 7919 + number)
        # few at a time: large films spend their time in page faults
        parts = [painter.batch(few, self.frames, self.side) for few in _shares(self.chunk)]
        pictures = torch.cat([(part.frames * 255).round().to(torch.uint8) for part in parts])
        texts = [text for part in parts for text in part.texts]
        things = torch.cat([_places(part) for part in parts])
        cameras = torch.cat([_speeds(part) for part in parts])
        kept = Chunk(pictures, texts, things, cameras)
        part = self.folder / f"{number:05d}.part"
        torch.save(kept._asdict(), part)
        part.replace(part.with_suffix(".pt"))
        return self.chunk

    def chunk_at(self, number: int) -> Chunk:
        """One chunk, its frames mapped from disk."""
        path = self.folder / f"{number:05d}.pt"
        return Chunk(**torch.load(path, weights_only=True, mmap=True))


def _places(clips: Clips) -> Tensor:
    """Middle u, v and radius of each clip's thing at every moment, (N, T, 3)."""
    named = torch.tensor([words.still.thing != "none" for words in clips.words])
    track = clips.track
    return torch.stack([track.u, track.v, track.radius * named[:, None]], -1)


def _speeds(clips: Clips) -> Tensor:
    """How fast each camera goes aside, round and ahead at every moment, (N, T, 3)."""
    camera, orbit = clips.camera, clips.camera.orbit[:, None].float()
    aside, ahead = (
        torch.gradient(way, spacing=1 / FPS, dim=1)[0] / easy
        for way, easy in ((camera.shift, PAN), (camera.passed, FLIGHT))
    )
    return torch.stack([aside * (1 - orbit), aside * orbit, ahead], -1)


def _shares(count: int) -> list[int]:
    whole, rest = divmod(count, FEW)
    return [FEW] * whole + [rest] * bool(rest)
