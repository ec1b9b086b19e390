"""What the refiner learns from: two pictures of a moving world, carried to the moment between them
as the node carries them, with the picture of that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from nodes.motion.midway import midway, misfit, searched, searcher

if TYPE_CHECKING:
    from pathlib import Path

    from assets.recipes.video_pool import ClipPool
    from nodes.models.video_model import VideoVAE

STEPS = (1, 2, 3, 4)  # frames from one picture to the next: 24 to 6 pictures a second
SEARCH = 320  # the longer side that the node searches at, unless told
FEWEST = 9  # frames of a clip that an autoencoder redraws: a first latent and two behind it
ALIKE = 0.6  # of `misfit`: what is further apart is a cut, which nothing mends


class Triplets(NamedTuple):
    """Pictures (N, 3, side, side) uint8: the first and the second, carried to the middle, and the
    middle as it was."""

    first: Tensor
    second: Tensor
    middle: Tensor

    def __len__(self) -> int:
        return len(self.middle)


def take_triplets(pool: ClipPool, chunks: range, *, each: int, side: int, seed: int) -> Triplets:
    """`each` triplets of every clip of some chunks, cut to `side`, at all steps in turn."""
    dice, found = torch.Generator().manual_seed(seed), list[Triplets]()
    for number in chunks:
        frames = pool.chunk_at(number).frames
        found += [taken(clip, at, side, dice) for clip in frames for at in range(each)]
    return joined(found)


def taken(clip: Tensor, number: int, side: int, dice: torch.Generator) -> Triplets:
    """One triplet of a clip (T, 3, H, W) uint8, its step the `number`-th of those that fit."""
    steps = [step for step in STEPS if 2 * step < len(clip)]
    step = steps[number % len(steps)]
    start = int(torch.randint(len(clip) - 2 * step, (), generator=dice))
    three = clip[start : start + 2 * step + 1 : step].float() / 255
    carried = _carried(three[:1], three[2:])
    return _cut((*carried, three[1:2]), side, dice)


def _carried(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    found = midway(first, second, searched(first, second, searcher(), size=SEARCH))
    return found.first, found.second


def _cut(pictures: tuple[Tensor, ...], side: int, dice: torch.Generator) -> Triplets:
    high, wide = (x - side for x in pictures[0].shape[2:])
    y, x = (int(torch.randint(room + 1, (), generator=dice)) for room in (high, wide))
    return Triplets(
        *((each[..., y : y + side, x : x + side] * 255).round().byte() for each in pictures)
    )


@torch.no_grad()
def redrawn_triplets(
    pool: ClipPool, chunks: range, vae: VideoVAE, *, count: int, side: int, seed: int
) -> Triplets:
    """One triplet each of `count` clips as the video model's autoencoder draws them: pictures that
    are generated are what is doubled most."""
    dice, found = torch.Generator().manual_seed(seed), list[Triplets]()
    for at in range(count):
        frames = pool.chunk_at(chunks[at % len(chunks)]).frames
        clip = frames[at // len(chunks) % len(frames)]
        start = int(torch.randint(len(clip) - FEWEST + 1, (), generator=dice))
        part = clip[None, start : start + FEWEST].float() / 255
        drawn = vae.decode_all(vae.encode_all(part))[0].clamp(0, 1)
        found.append(taken((drawn * 255).round().byte(), at, side, dice))
    return joined(found)


def joined(many: list[Triplets]) -> Triplets:
    """All of them in one, without those whose pictures are cuts."""
    parts = (torch.cat(part) for part in zip(*map(_without_cuts, many), strict=True))
    return Triplets(*parts)


def _without_cuts(one: Triplets) -> Triplets:
    kept = [
        at
        for at in range(len(one))
        if misfit(one.first[at : at + 1] / 255, one.second[at : at + 1] / 255) < ALIKE
    ]
    return Triplets(*(part[kept] for part in one))


def keep(triplets: Triplets, path: Path) -> None:
    """Writes triplets, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(triplets._asdict(), path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)
