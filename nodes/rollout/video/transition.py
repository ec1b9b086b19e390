"""From one prompt to the next while the video goes on: at once where a fader moves, as a walk over
several blocks where the words change.

What a block attends to is a mix of two sets of keys; at the end of a walk the past is read again
under the new prompt, so that it does not pull the picture back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import ParamError
from nodes.rollout.prompt_blend import shares
from nodes.rollout.text_condition import TextFade

if TYPE_CHECKING:
    from nodes.models.causal_wan import TextKeys
    from nodes.rollout.prompt_blend import Pieces

TURN = 0.35  # of the weight on other texts than before: more is another prompt, less a fader
LONGEST = 1000  # blocks of a walk


@dataclass(frozen=True, eq=False)
class Walk:
    """Where the prompt stands: the texts that are wanted, and the way to them.

    `arrived` is true of the one block in which another prompt is wholly there for the first time.
    """

    pieces: tuple[tuple[str, float], ...]
    fade: TextFade
    arrived: bool = False

    @property
    def keys(self) -> TextKeys:
        """What the block being made attends to."""
        return self.fade.keys

    @property
    def under_way(self) -> bool:
        return not self.fade.finished

    @property
    def turns(self) -> bool:
        """Whether the block being made is on the way to another prompt, or the first of it."""
        return self.under_way or self.arrived


def begun(pieces: Pieces, keys: TextKeys) -> Walk:
    """The prompt of a first block."""
    return Walk(tuple(pieces), TextFade(keys, keys, 1, 1))


def walked(walk: Walk, pieces: Pieces, keys: TextKeys, blocks: int) -> Walk:
    """The walk at the next block, which is made for `pieces`, whose keys are `keys`.

    Another prompt is reached in the `blocks`-th block from now, by equal steps; with 1 at once.
    """
    if not 1 <= blocks <= LONGEST:
        raise ParamError(f"a transition of {blocks} blocks: it takes 1 to {LONGEST}")
    pieces = tuple(pieces)
    fade = walk.fade
    if pieces == walk.pieces:
        return Walk(pieces, fade.after(), arrived=fade.blocks - fade.done == 1)
    if another(walk.pieces, pieces):
        fade = fade.towards(keys, blocks).after()
        return Walk(pieces, fade, arrived=fade.finished)
    fade = TextFade(fade.start, keys, fade.blocks, fade.done).after()
    return Walk(pieces, fade, arrived=walk.under_way and fade.finished)


def another(before: Pieces, after: Pieces) -> bool:
    """Whether the words are another prompt, and not the same one with its faders moved."""
    return turned(before, after) > TURN


def turned(before: Pieces, after: Pieces) -> float:
    """How much of a prompt's weight lies on other texts than before, 0 to 1."""
    old, new = _weights(before), _weights(after)
    return 1 - sum(min(weight, new.get(text, 0.0)) for text, weight in old.items())


def blocks_of(seconds: float, frames: int, fps: float) -> int:
    """How many blocks of so many pictures a walk of so long takes, 1 at least."""
    return min(LONGEST, max(1, round(seconds * fps / frames)))


def _weights(pieces: Pieces) -> dict[str, float]:
    asked = tuple(pieces) or (("", 1.0),)
    found: dict[str, float] = {}
    for (text, _), share in zip(asked, shares([weight for _, weight in asked]), strict=True):
        found[text] = found.get(text, 0.0) + share
    return found
