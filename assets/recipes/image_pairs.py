"""Pictures in two media: a photograph or a world as it is, and the same painted over in a style
that the text names. The denoiser learns from them to keep what it sees and change its paint.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assets.recipes.pool import CHUNK, Pool
from nodes.worlds.render import Batch, render, stylise
from nodes.worlds.words import STYLES, describe, draw_words

if TYPE_CHECKING:
    from pathlib import Path

    from assets.recipes.image_photographs import Photographs

PLAIN = "photo"
PLAIN_SHARE = 0.15  # of pairs that stay as they are


class PairPool(Pool):
    """Pairs (N, 6, size, size): red, green and blue of the plain picture, then of the painted one;
    every other one a photograph, where there are any."""

    kind = "pairs"

    def __init__(
        self, folder: Path, photos: Photographs, *, size: int, seed: int, chunk: int = CHUNK
    ) -> None:
        super().__init__(folder, size=size, seed=seed, chunk=chunk)
        self._photos = photos

    def _made(self, seed: int) -> Batch:
        photos = self.chunk // 2 if len(self._photos) else 0
        dice = random.Random(seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            parts = [_worlds(self.chunk - photos, self._size, seed, dice)]
            if photos:
                parts.append(_photographs(photos, self._size, self._photos, seed, dice))
        pictures = torch.cat([part.pictures for part in parts])
        return Batch(pictures, [text for part in parts for text in part.texts])


def _worlds(n: int, side: int, seed: int, dice: random.Random) -> Batch:
    words = [draw_words(dice, plain=PLAIN_SHARE) for _ in range(n)]
    rng = torch.Generator().manual_seed(seed)
    plain = render([replace(one, style=PLAIN) for one in words], side, side, rng)
    painted = _painted(plain, [one.style for one in words], seed)
    return Batch(painted, [describe(one, dice) for one in words])


def _photographs(n: int, side: int, photos: Photographs, seed: int, dice: random.Random) -> Batch:
    plain, captions = photos.described(n, side, dice)
    others = [name for name in STYLES if name != PLAIN]
    styles = [PLAIN if dice.random() < PLAIN_SHARE else dice.choice(others) for _ in captions]
    texts = [_said(text, style, dice) for text, style in zip(captions, styles, strict=True)]
    return Batch(_painted(plain, styles, seed + 1), texts)


def _painted(plain: Tensor, styles: list[str], seed: int) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.cat([plain, stylise(plain, styles, rng)], 1)


def _said(caption: str, style: str, dice: random.Random) -> str:
    word = dice.choice(STYLES[style])
    if style == PLAIN and dice.random() < 0.5:
        return caption
    return dice.choice((f"{word} of {caption}", f"{caption}, {word}"))
