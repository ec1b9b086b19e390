"""Many texts in a list, one of which is spoken at a time, or two that lie beside each other."""

from __future__ import annotations

import math
from typing import Literal

from engine.errors import ParamError
from engine.node import Node, param
from engine.values import Prompt

MOST_TEXTS = 256


class PromptList(Node, id="control.prompt_list", aliases=("texts", "schedule", "storyboard")):
    """Says what the generator draws out of a list of texts, by their number.

    Link a sequence that is stepped by the beat to `at`, and the picture changes with the music;
    link a ramp or a fader, and it wanders through the list. Between two whole numbers the two texts
    are mixed. Behind the last text comes the first again.
    """

    texts: str = param(
        default="rolling green hills\nthe sea at night\na city on fire",
        doc="The texts, one a line; up to 256",
    )
    at: float = param(
        default=0.0,
        doc="Which text: 0 is the first, 1.5 is the second and the third mixed",
        min=-1_000_000,
        max=1_000_000,
        soft=(0, 8),
    )
    blend: Literal["linear", "slerp"] = param(
        default="slerp",
        doc="Straight between the meanings, or along the arc, which keeps their strength",
    )

    def process(self) -> Prompt:
        texts = read_texts(self.texts)
        here = math.floor(self.at)
        share = self.at - here
        pieces = ((texts[here % len(texts)], 1 - share), (texts[(here + 1) % len(texts)], share))
        return Prompt(tuple(piece for piece in pieces if piece[1] > 0), self.blend)


def read_texts(text: str) -> tuple[str, ...]:
    """The texts of lines that are not empty, one empty text where there is none."""
    found = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(found) > MOST_TEXTS:
        raise ParamError(f"texts holds {len(found)} lines; write up to {MOST_TEXTS}")
    return found or ("",)
