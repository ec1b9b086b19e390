"""Moving worlds on disk, in seeded chunks: one process paints, others train on what is there."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from assets.recipes.halls import HallPainter
from nodes.worlds.clip import ClipPainter
from nodes.worlds.clip_motion import FLIGHT, FPS, PAN

if TYPE_CHECKING:
    from pathlib import Path

    from nodes.worlds.clip import Clips

log = logging.getLogger(__name__)

CHUNK, SHORTS = 16, 64  # clips of a chunk, long or short
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
    always holds the same clips, whoever paints it. Every `halls`-th chunk, where that is above 0,
    is of walks through halls; from chunk `led_from` on things are led over the picture."""

    def __init__(
        self,
        folder: Path,
        *,
        side: int,
        frames: int,
        seed: int,
        chunk: int = CHUNK,
        halls: int = 0,
        led_from: int | None = None,
    ) -> None:
        self.folder = folder / f"clips-{side}-{frames}"
        self.side, self.frames, self.chunk, self._seed = side, frames, chunk, seed
        self._halls, self._led_from = halls, led_from
        self.folder.mkdir(parents=True, exist_ok=True)

    def __repr__(self) -> str:
        return f"<ClipPool {self.count() * self.chunk} clips of {self.frames} x {self.side} px>"

    def count(self) -> int:
        """How many chunks lie on disk, one after another."""
        return len(list(self.folder.glob("[0-9]*.pt")))

    def paint_next(self) -> int:
        """Paints the first chunk that is not there yet; returns how many clips that is."""
        number = self.count()
        seed = self._seed * 1_000_003 + self.side * 7919 + number
        walked = self._halls and number % self._halls == self._halls - 1
        kept = self._walked(seed) if walked else self._painted(seed, led=self._leads(number))
        part = self.folder / f"{number:05d}.part"
        torch.save(kept._asdict(), part)
        part.replace(part.with_suffix(".pt"))
        return self.chunk

    def fill(self, chunks: int, minutes: float) -> None:
        """Paints until there are so many chunks or the minutes are over."""
        end = time.monotonic() + 60 * minutes
        while self.count() < chunks and time.monotonic() < end:
            self.paint_next()
            log.info("%s", self)

    def _leads(self, number: int) -> bool:
        return self._led_from is not None and number >= self._led_from

    def _painted(self, seed: int, *, led: bool) -> Chunk:
        painter = ClipPainter(seed, led=led)
        # few at a time: large films spend their time in page faults
        parts = [painter.batch(few, self.frames, self.side) for few in _shares(self.chunk)]
        return Chunk(
            torch.cat([_bytes(part.frames) for part in parts]),
            [text for part in parts for text in part.texts],
            torch.cat([_places(part) for part in parts]),
            torch.cat([_speeds(part) for part in parts]),
        )

    def _walked(self, seed: int) -> Chunk:
        walks = HallPainter(seed).batch(self.chunk, self.frames, self.side)
        return Chunk(
            torch.stack([_bytes(walk.frames) for walk in walks]),
            [walk.text for walk in walks],
            torch.zeros(len(walks), self.frames, 3),
            torch.stack([walk.speeds() for walk in walks]),
        )

    def chunk_at(self, number: int) -> Chunk:
        """One chunk, its frames mapped from disk."""
        path = self.folder / f"{number:05d}.pt"
        return Chunk(**torch.load(path, weights_only=True, mmap=True))


def _bytes(frames: Tensor) -> Tensor:
    return (frames * 255).round().to(torch.uint8)


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
