"""A growing store of described pictures on disk, in seeded chunks, so that training never waits
twice for the same picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nodes.worlds.render import Batch, Painter

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 64


class Pool:
    """Painted worlds (N, 3, size, size) as bytes with their texts; chunk k always holds the same
    worlds."""

    kind = "worlds"

    def __init__(self, folder: Path, *, size: int, seed: int, chunk: int = CHUNK) -> None:
        self._folder = folder / f"{self.kind}-{size}"
        self._size, self._seed, self.chunk = size, seed, chunk
        self._parts: list[Tensor] = []
        self.texts: list[str] = []
        self._folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"<Pool of {len(self)} {self.kind} of {self._size} px>"

    def grow(self, count: int) -> None:
        """Reads or renders chunks until at least `count` pictures are here."""
        while len(self) < count:
            pictures, texts = self._chunk_at(len(self._parts))
            self._parts.append(pictures)
            self.texts += texts

    def paint_next(self) -> int:
        """Paints the first chunk that is not on disk yet, without keeping it; returns how many
        pictures it holds."""
        self._chunk_at(self.on_disk() // self.chunk)
        return self.chunk

    def refresh(self, step: int, *, least: int) -> None:
        """Every hundredth step, takes in what a painting process has added on disk meanwhile."""
        if step % 100 == 0 or len(self) < least:
            self.grow(max(least, self.on_disk()))

    def on_disk(self) -> int:
        """How many pictures earlier runs have left."""
        return self.chunk * len(list(self._folder.glob("[0-9]*.pt")))

    def take(self, index: Tensor) -> Tensor:
        """Pictures (M, 3, size, size) in [0, 1] at these places."""
        rows = [self._parts[i // self.chunk][i % self.chunk] for i in index.tolist()]
        return torch.stack(rows).float() / 255

    def _chunk_at(self, number: int) -> tuple[Tensor, list[str]]:
        path = self._folder / f"{number:05d}.pt"
        if not path.exists():
            batch = self._made(self._seed * 1_000_003 + self._size * 7919 + number)
            pictures = (batch.pictures * 255).round().to(torch.uint8)
            torch.save({"pictures": pictures, "texts": batch.texts}, path.with_suffix(".part"))
            path.with_suffix(".part").replace(path)
        kept = torch.load(path, weights_only=True)
        return kept["pictures"], kept["texts"]

    def _made(self, seed: int) -> Batch:
        return Painter(seed).batch(self.chunk, self._size, self._size)
