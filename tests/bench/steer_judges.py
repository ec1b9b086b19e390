"""Judges of a video that is steered: where a coloured thing is, beside where points led it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from kernels.color import rgb_to_oklab
from nodes.rollout.steering import EASY, Point, Steering
from nodes.worlds.clip import render_clips
from nodes.worlds.clip_words import ClipWords
from nodes.worlds.words import COLOURS, Words
from tests.bench.word_judges import PLAIN, Told, told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Driver = Callable[[Told, Sequence[Steering], int], Tensor]  # pictures (T, 3, H, W) in [0, 1]

CAMERAS = {
    "left": (-1.0, 0.0, 0.0),
    "right": (1.0, 0.0, 0.0),
    "forward": (0.0, 0.0, 1.0),
    "backward": (0.0, 0.0, -1.0),
}
COLOUR = "red"  # nothing else by day in the green is
GREEN = ("meadow", "forest")
LED = ("orb", "balloon")
FAINT = 0.35  # of its full chroma, below which a pixel is not of a colour
FPS = 24
BLOCK, FIRST = 12, 9  # pictures of a block, and of the first


class Led(NamedTuple):
    """A thing that is led over the picture: what is told, and where it goes."""

    what: Told
    begin: float
    speed: float  # picture heights a second to the right

    def steerings(self, blocks: int) -> list[Steering]:
        """The point at the beginning of every block."""
        starts = [0.0, *((FIRST + BLOCK * i) / FPS for i in range(blocks - 1))]
        return [
            Steering(points=(Point(self.at(when), 0.45, self.speed / EASY),)) for when in starts
        ]

    def at(self, seconds: float) -> float:
        """Where it should be, across."""
        return self.begin + self.speed * seconds


def things_led() -> list[Led]:
    """Every thing in every green place, to the right and to the left."""
    return [
        Led(told(_with(thing, scene)), 0.5 - way * 0.2, way * 0.22)
        for thing in LED
        for scene in GREEN
        for way in (1, -1)
    ]


def track_errors(drive: Driver, blocks: int = 4) -> list[float]:
    """Mean distance from where each thing was led, across and in widths, from the second block on;
    half a width where it is not to be seen."""
    return [_error(drive(led.what, led.steerings(blocks), 0), led) for led in things_led()]


def _error(pictures: Tensor, led: Led) -> float:
    places = middles(pictures[FIRST:], COLOUR)[:, 0]
    wanted = torch.tensor([led.at((FIRST + i) / FPS) for i in range(len(places))])
    return float((places - wanted).abs().nan_to_num(0.5).mean())


def true_errors() -> list[float]:
    """The same for true worlds, whose things go their own way: what the judge itself is off."""
    found = []
    for at, led in enumerate(things_led()):
        rng = torch.Generator().manual_seed(at)
        clip = render_clips([led.what.words], [""], FPS // 2, 64, rng)
        found.append(float((middles(clip.frames[0], COLOUR)[:, 0] - clip.track.u[0]).abs().mean()))
    return found


def middles(pictures: Tensor, colour: str) -> Tensor:
    """The middle (T, 2) of what has a colour in each picture (T, 3, H, W), in shares of width and
    height; NaN where nothing has."""
    of_it = of_colour(pictures, colour)
    columns, rows = ((torch.arange(n) + 0.5) / n for n in (of_it.shape[2], of_it.shape[1]))
    total = of_it.sum((1, 2))
    across, down = (of_it * columns).sum((1, 2)), (of_it * rows[:, None]).sum((1, 2))
    return torch.stack([across, down], 1) / torch.where(total > 0, total, torch.nan)[:, None]


def of_colour(pictures: Tensor, colour: str) -> Tensor:
    """Where pictures (T, 3, H, W) have a colour, 1 or 0, (T, H, W)."""
    wanted = rgb_to_oklab(torch.tensor(COLOURS[colour]).view(1, 3, 1, 1))[:, 1:]
    chroma = rgb_to_oklab(pictures.float())[:, 1:]
    share = (chroma * wanted).sum(1) / wanted.square().sum()
    return (share > FAINT).float()


def _with(thing: str, scene: str) -> ClipWords:
    return ClipWords(Words(scene, "day", thing, COLOUR, COLOUR, PLAIN), "floating", "still")
