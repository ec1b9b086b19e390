"""What still worlds show, for a model of single pictures: all styles of the grammar, told by the
colours of bands and by how much neighbours differ, beside still worlds of the same place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from kernels.color import rgb_to_oklab
from kernels.resize import resize
from nodes.worlds.clip_words import ClipWords
from nodes.worlds.render import render
from nodes.worlds.words import STYLES, Words
from tests.bench.word_judges import EACH, NOTHING, SMALL, bands, told

if TYPE_CHECKING:
    from tests.bench.columns import Column, Maker
    from tests.bench.word_judges import Told

PLACES = (("mountains", "day"), ("sea", "sunset"), ("meadow", "dawn"), ("city", "dusk"))
SIDE = 128  # pixels of the still worlds that pictures are compared with
OTHERS = 9_400_033  # of those
EDGES = 20.0  # times that differences of neighbours count beside colours of bands


@dataclass(eq=False)
class StyleJudge:
    """The style whose still worlds of the same scene and time are nearest."""

    _known: dict[tuple[str, str], Tensor] = field(default_factory=dict)

    def says(self, picture: Tensor, words: Words) -> str:
        """The style of a picture (3, H, W)."""
        known = self._of((words.scene, words.time))  # (styles, EACH, features)
        gaps = (known - _features(picture[None])).norm(dim=2).mean(1)
        return list(STYLES)[int(gaps.argmin())]

    def _of(self, place: tuple[str, str]) -> Tensor:
        if place not in self._known:
            rng = torch.Generator().manual_seed(OTHERS + len(self._known))
            words = [_words(place, style) for style in STYLES for _ in range(EACH)]
            self._known[place] = _features(render(words, SIDE, SIDE, rng)).unflatten(0, (-1, EACH))
        return self._known[place]


def still(one: Told, side: int, seed: int) -> Tensor:
    """A true still world (1, 3, side, side) of what is told."""
    return render([one.words.still], side, side, torch.Generator().manual_seed(seed))


def styles(column: Column, make: Maker, judge: StyleJudge, seeds: int) -> None:
    """The share of all the grammar's styles that pictures of empty places have."""
    right = 0
    asked = [_told(PLACES[at % len(PLACES)], style) for at in range(seeds) for style in STYLES]
    for at, one in enumerate(asked):
        picture = make(one, at // len(STYLES))[-1]
        right += judge.says(picture, one.words.still) == one.words.still.style
    column.share(f"style of {len(STYLES)}, by statistics", right, len(asked))


def _told(place: tuple[str, str], style: str) -> Told:
    return told(ClipWords(_words(place, style), "still", "still"))


def _features(pictures: Tensor) -> Tensor:
    """Bands and edges of pictures (B, 3, H, W)."""
    lab = rgb_to_oklab(resize(pictures.float(), height=SMALL, width=SMALL, filter="area"))
    edges = [lab.diff(dim=dim).abs().mean((2, 3)) for dim in (2, 3)]
    return torch.cat([bands(pictures), EDGES * torch.cat(edges, 1)], 1)


def _words(place: tuple[str, str], style: str) -> Words:
    return Words(*place, NOTHING, "red", "red", style)
