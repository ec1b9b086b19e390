"""Which of the grammar's motions a thing shows, by the course of its middle, its size and its turn:
the motion whose true tracks are nearest.

Only red things in the green by day are judged, which are found by their colour; and only what flies
(what stands on the ground sways and pulses alone). All seven motions can be told apart there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.color import luma
from kernels.resize import resize
from nodes.rollout.score.scorers import motion
from nodes.rollout.steering import UNSTEERED
from nodes.worlds.clip_motion import track, travel
from nodes.worlds.clip_words import MOTIONS, ClipWords
from nodes.worlds.light import make_worlds
from nodes.worlds.words import Words
from tests.bench.steer_judges import COLOUR, FPS, of_colour
from tests.bench.word_judges import PLAIN, SMALL, Told, told

if TYPE_CHECKING:
    from tests.bench.columns import Column
    from tests.bench.steer_judges import Driver

ASKED = (("star", "meadow"), ("balloon", "forest"))
BLOCKS = 5
FRAMES = 57  # of so many blocks: a whole beat of the slowest thing
TRACKS = 8  # true ones of each motion
SEED = 8_100_007  # of those
SMOOTH = 7  # pictures that turns are meaned over: what shimmers does not sway
TAIL = 0.05  # of the pictures at either end of a range that do not count
LEAST = 0.004  # of a picture that a thing covers at least


class Course(NamedTuple):
    """What a thing does: how far it goes across and down in picture heights, how much its size
    changes as a logarithm, how fast it turns on the whole and to and fro in radians a second."""

    across: float
    down: float
    growth: float
    turn: float
    sway: float


class MotionJudge:
    """Tells the motion of a thing; what moves like no true track has the motion it is nearest."""

    def __init__(self) -> None:
        courses = torch.tensor([_true_course(name) for name in MOTIONS])  # (motions, 5)
        self._scale = courses.amax(0)
        self._known = courses / self._scale

    def says(self, pictures: Tensor) -> str:
        """The motion of the red thing in pictures (T, 3, H, W); "" where there is none."""
        course = seen_course(pictures)
        if course is None:
            return ""
        gaps = (torch.tensor(course) / self._scale - self._known).norm(dim=1)
        return list(MOTIONS)[int(gaps.argmin())]


def asked() -> list[Told]:
    """Every motion of every thing that is judged, as a prompt that says it."""
    return [
        told(_words(thing, scene, name), motion=(*MOTIONS[name], "")[0])
        for thing, scene in ASKED
        for name in MOTIONS
    ]


def motions(column: Column, drive: Driver, judge: MotionJudge) -> None:
    """The share of motion words that things follow."""
    every = asked()
    right = sum(
        judge.says(drive(one, [UNSTEERED] * BLOCKS, 0)[:FRAMES]) == one.words.motion
        for one in every
    )
    column.share(f"motion, by statistics (by chance {100 / len(MOTIONS):.0f} %)", right, len(every))


def seen_course(pictures: Tensor) -> Course | None:
    """The course of the red thing in pictures (T, 3, H, W); None where it is mostly not there."""
    small = resize(pictures.float(), height=SMALL, width=SMALL, filter="area")
    of_it = of_colour(small, COLOUR)  # (T, H, W)
    area = of_it.mean((1, 2))
    there = area > LEAST
    if there.float().mean() < 0.5:
        return None
    place = (torch.arange(SMALL) + 0.5) / SMALL
    total = of_it.sum((1, 2)).clamp_min(1)
    across = (of_it * place).sum((1, 2)) / total
    down = (of_it * place[:, None]).sum((1, 2)) / total
    turns = _turns(small, of_it, across, down)
    return _course(across[there], down[there], area[there].sqrt(), turns)


def _turns(small: Tensor, of_it: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """How fast what is seen turns about its middle (T-1,), in radians a second, by its flow."""
    grey = luma(small)
    flow = motion(grey[1:], grey[:-1]) * of_it[1:, None] / SMALL  # (T-1, 2, H, W)
    place = (torch.arange(SMALL) + 0.5) / SMALL
    x = (place[None, None] - across[1:, None, None]) * of_it[1:]
    y = (place[None, :, None] - down[1:, None, None]) * of_it[1:]
    curl = (x * flow[:, 1] - y * flow[:, 0]).sum((1, 2))
    return curl / (x.square() + y.square()).sum((1, 2)).clamp_min(1e-6) * FPS


def _true_course(name: str) -> Course:
    """The mean course of true tracks of a motion."""
    words = [_words(*ASKED[at % len(ASKED)], name) for at in range(TRACKS)]
    rng = torch.Generator().manual_seed(SEED)
    worlds = make_worlds([one.still for one in words], rng)
    found = track(words, worlds, travel(words, FRAMES, rng), rng)
    turns = found.turn.diff(dim=1) * FPS
    each = zip(found.u, found.v, found.radius, turns, strict=True)
    courses = torch.tensor([_course(*parts) for parts in each])
    return Course(*courses.mean(0).tolist())


def _course(across: Tensor, down: Tensor, size: Tensor, turns: Tensor) -> Course:
    calm = F.avg_pool1d(turns[None], SMOOTH, 1)[0]
    return Course(
        _range(across), _range(down), _range(size.log()), abs(float(calm.mean())), float(calm.std())
    )


def _range(values: Tensor) -> float:
    return float(values.quantile(1 - TAIL) - values.quantile(TAIL))


def _words(thing: str, scene: str, name: str) -> ClipWords:
    return ClipWords(Words(scene, "day", thing, COLOUR, COLOUR, PLAIN), name, "still")
