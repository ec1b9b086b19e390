"""Draws batches of worlds: words in, pictures and the sentences that describe them out, every
drop of chance seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from nodes.worlds.land import LAYERS, blossoms, ridge, sky, water, weather
from nodes.worlds.leaves import dead_leaves
from nodes.worlds.light import Worlds, make_worlds
from nodes.worlds.noise import Paper
from nodes.worlds.styles import STYLE_FILTERS
from nodes.worlds.things import place_things
from nodes.worlds.words import Words, describe, draw_words


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures (N, 3, H, W) in [0, 1] and what each shows, in words."""

    pictures: Tensor
    texts: list[str]


class Painter:
    """An endless, seeded supply of described pictures."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._rng = torch.Generator().manual_seed(seed)

    def batch(self, n: int, height: int, width: int) -> Batch:
        """Draws n fresh worlds."""
        words = [draw_words(self._dice) for _ in range(n)]
        pictures = render(words, height, width, self._rng)
        return Batch(pictures, [describe(w, self._dice) for w in words])


def render(words: list[Words], height: int, width: int, rng: Generator) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] of these words; the same generator state gives the same
    pictures."""
    picture = torch.empty(len(words), 3, height, width)
    for abstract in (False, True):
        rows = [i for i, w in enumerate(words) if (w.scene == "abstract") == abstract]
        if rows:
            worlds = make_worlds([words[i] for i in rows], rng)
            draw = _abstract if abstract else landscape
            picture[rows] = draw(worlds, height, width, rng)
    return stylise(picture, [w.style for w in words], rng)


def landscape(worlds: Worlds, height: int, width: int, rng: Generator) -> Tensor:
    """Sky, ridges, water, foreground, thing and weather, from far to near."""
    picture = sky(worlds, height, width, rng)
    for layer in range(LAYERS - 1):
        picture = ridge(picture, worlds, layer, rng)
    picture = water(picture, worlds, rng)
    near = ridge(picture, worlds, LAYERS - 1, rng)
    picture = torch.where(worlds.is_scene("sea")[:, None] > 0, picture, near)
    picture = place_things(blossoms(picture, worlds, rng), worlds, rng)
    return weather(picture, worlds, rng).clamp(0, 1)


def stylise(picture: Tensor, styles: list[str], rng: Generator) -> Tensor:
    """Each picture in its own style; "photo" leaves it as it is."""
    out = picture.clone()
    for name, style in STYLE_FILTERS.items():
        rows = [i for i, wanted in enumerate(styles) if wanted == name]
        if rows:
            out[rows] = style(picture[rows], Paper(rng))
    return out.clamp(0, 1)


def _abstract(worlds: Worlds, height: int, width: int, rng: Generator) -> Tensor:
    return dead_leaves(worlds.colour, worlds.second, height, width, rng)
