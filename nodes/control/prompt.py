"""Text for the generators: weighted pieces, and a blend from one text to another."""

from __future__ import annotations

from typing import Literal

from engine.node import Node, param
from engine.values import Prompt


class PromptText(Node, id="control.prompt", aliases=("text", "prompt blend")):
    """Says what the generator draws, and moves smoothly from one text to a second one by `mix`.

    Link an LFO or a ramp to `mix` and the picture wanders between the two. A second text without
    words leaves the first alone.
    """

    text: Prompt = param(default=Prompt.of("a river of neon light"), doc="What is drawn at mix 0")
    other: Prompt = param(default=Prompt.of(""), doc="What is drawn at mix 1")
    mix: float = param(default=0.0, doc="From the text (0) to the other (1)", min=0, max=1)
    blend: Literal["linear", "slerp"] = param(
        default="slerp",
        doc="Straight between the meanings, or along the arc, which keeps their strength",
    )

    def process(self) -> Prompt:
        if not any(text.strip() for text, _ in self.other.pieces):
            return Prompt(self.text.pieces, self.blend)
        pieces = _scaled(self.text, 1 - self.mix) + _scaled(self.other, self.mix)
        return Prompt(pieces, self.blend)


def _scaled(prompt: Prompt, share: float) -> tuple[tuple[str, float], ...]:
    """The pieces with their weights times the share; nothing for a share of nought."""
    return tuple((text, weight * share) for text, weight in prompt.pieces if share > 0)
