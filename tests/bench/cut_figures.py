"""Whether a thing stays what it is over a cut: the true cuts of the world source, films that are
told the same two shots, and who sees the same colour and kind before and behind.

A maker that always shows the same thing, or none, seems to keep it. So every share stands beside
the one of exchanged films, the shot before of one thing and the shot behind of another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from assets.recipes.video_measure import JUDGED, colours_seen
from nodes.memory.recompute import RecomputeMemory
from nodes.models.critic import COLOUR, THING
from nodes.rollout.video.look import VideoLook, VideoPast
from nodes.rollout.video.stream import VideoRollout
from nodes.worlds.live_words import LiveWords, read, say
from tests.bench.word_judges import NOTHING, likeliest, some
from tests.bench.world_films import played

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nodes.models.critic import CriticModel
    from nodes.models.video_model import VideoModel
    from tests.bench.columns import Column

THINGS = ("balloon", "orb", "star", "ring")
PLACES = (("mountains", "sunset"), ("meadow", "day"), ("desert", "dawn"), ("canyon", "day"))
SEED = 6_400_021  # of the worlds that are cut; no recipe trains with it
UNCLEAR = "white"  # things whose kind the critic does not tell, in true worlds either
LENGTH = 1.0  # seconds of a shot of true worlds
MOMENTS = (0.0, 0.4, 0.7, 0.95, 1.0, 1.25, 1.5, 1.75)  # half of them before the cut
BEFORE, BEHIND = 2, 3  # blocks of a film's shots


@dataclass(frozen=True, eq=False)
class Shots:
    """Two shots of one thing: what they are told, each with its scene, and pictures (T, 3, H, W)
    of either."""

    thing: str
    colour: str
    texts: tuple[str, str]
    scenes: tuple[str, str]
    before: Tensor
    behind: Tensor


def true_cuts(count: int, side: int) -> list[list[Shots]]:
    """The cuts of so many things, each in every judged colour and elsewhere the same."""
    return [[_true_cut(at, colour, side) for colour in JUDGED] for at in range(count)]


def _true_cut(at: int, colour: str, side: int) -> Shots:
    thing, (scene, time) = THINGS[at % len(THINGS)], PLACES[at % len(PLACES)]
    shown = list(
        played(
            side, MOMENTS, scene=scene, time=time, thing=thing, colour=colour, motion="floating",
            camera="still", cut_every=LENGTH, seed=SEED + at,
        )
    )  # fmt: skip
    ends = [replace(read(one.text.pieces[0][0], LiveWords()), camera="still") for one in shown]
    pictures = torch.cat([one.frame.value.tensor for one in shown])
    half = len(MOMENTS) // 2
    assert [one.frame.cut for one in shown].index(True, 1) == half
    first, last = ends[0], ends[-1]
    return Shots(
        thing, colour, (say(first), say(last)), (first.scene, last.scene),
        pictures[:half], pictures[half:],
    )  # fmt: skip


def filmed(model: VideoModel, shots: Shots, seed: int) -> Shots:
    """The same two shots by a model, as the preset of a change of scene goes from one to the next:
    its newest pictures are read anew under the words of the moment, without a transition."""
    stream, policy, size = VideoRollout(model), RecomputeMemory(frames=3).policy(), model.card.size
    look = VideoLook((), size, len(model.card.steps), seed=seed, recache="none")
    past, ends = VideoPast(), []
    for text, blocks in zip(shots.texts, (BEFORE, BEHIND), strict=True):
        pictures = torch.empty(0)
        for _ in range(blocks):
            said = replace(look, prompt=((text, 1.0),))
            pictures, past = stream.dream(said, policy, past)
        ends.append(pictures)
    return replace(shots, before=ends[0], behind=ends[1])


def identities(column: Column, groups: Sequence[Sequence[Shots]], critic: CriticModel) -> None:
    """The share of things whose colour and kind are seen alike before and behind a cut, and of cuts
    behind which the second scene is seen."""
    every = [shots for group in groups for shots in group]
    ends = {one: (_seen(one.before, critic), _seen(one.behind, critic)) for one in every}
    colours = [one.colour for one in every]
    named = [_colours(groups, end) for end in ("before", "behind")]
    _keep(column, "colour kept over a cut, by statistics", *named, colours)
    _keep(column, "colour kept over a cut, by critic", *_words(ends.values(), COLOUR), colours)
    clear = [one for one in every if one.colour != UNCLEAR]
    kinds = _words([ends[one] for one in clear], THING)
    _keep(column, "kind kept over a cut, by critic", *kinds, [one.thing for one in clear])
    shown = sum(behind["scene"] == one.scenes[1] for one, (_, behind) in ends.items())
    column.share("scene behind a cut, by critic", shown, len(every))


def _seen(pictures: Tensor, critic: CriticModel) -> dict[str, str]:
    return likeliest(critic.judge(some(pictures)).words, critic)


def _words(ends: Iterable[tuple[dict[str, str], ...]], head: str) -> list[list[str]]:
    """What is seen of a head before cuts, and behind them."""
    return [[said[head] for said in end] for end in zip(*ends, strict=True)]


def _colours(groups: Sequence[Sequence[Shots]], end: str) -> list[str]:
    """The colour of each thing, told apart from the same shot with the others."""
    return [
        JUDGED[at]
        for group in groups
        for at in colours_seen(torch.stack([getattr(one, end)[-1] for one in group])).tolist()
    ]


class Kept(NamedTuple):
    """The share of films that show the same before and behind a cut, and of exchanged ones; None
    where all are told the same."""

    own: float
    exchanged: float | None


def kept(before: Sequence[str], behind: Sequence[str], told: Sequence[str]) -> Kept:
    """What films show at both ends of a cut; nothing is never the same. Exchanged are the ends of
    every two films that are told something else."""
    places = range(len(told))
    own = [_same(before[i], behind[i]) for i in places]
    others = [_same(before[i], behind[j]) for i in places for j in places if told[i] != told[j]]
    return Kept(sum(own) / len(own), sum(others) / len(others) if others else None)


def _same(one: str, other: str) -> bool:
    return one == other != NOTHING


def _keep(
    column: Column, row: str, before: Sequence[str], behind: Sequence[str], told: Sequence[str]
) -> None:
    own, exchanged = kept(before, behind, told)
    beside = "" if exchanged is None else f" (exchanged {100 * exchanged:.0f} %)"
    column.rows[row] = f"{100 * own:.0f} % of {len(told)}{beside}"
