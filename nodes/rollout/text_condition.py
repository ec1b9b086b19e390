"""Prompts as the cross-attention keys of a causal video model: encoded once, mixed by arithmetic.

What two prompts mean is mixed where the network reads it, in the keys and values of every layer, so
a fader moves without the text encoder, and a switch of prompts is a walk between two sets of keys.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from engine.errors import ParamError
from nodes.models.causal_wan import CausalWan, TextKeys
from nodes.rollout.prompt_blend import Blend, Pieces, blend_tensors, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.models.video_model import VideoText

Kept = TypeVar("Kept")
KEPT_TEXTS = 64  # encoder outputs: 4 MB each for UMT5 in half precision
KEPT_KEYS = 4  # 94 MB each for the 1.3B network, 419 MB for the 14B


def blend_keys(keys: Sequence[TextKeys], weights: Sequence[float], how: Blend) -> TextKeys:
    """The mix of what several prompts mean. A prompt whose weight is 0 leaves no trace."""
    present = [(k, w) for k, w in zip(keys, shares(weights), strict=True) if w > 0]
    if len(present) == 1:
        return present[0][0]
    parts, amounts = [part for part, _ in present], [weight for _, weight in present]

    def layers(each: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        return tuple(blend_tensors(layer, amounts, how) for layer in zip(*each, strict=True))

    return TextKeys(layers([part.k for part in parts]), layers([part.v for part in parts]))


class PromptKeys:
    """Keys of weighted texts; the same pieces twice give the same object."""

    def __init__(self, network: CausalWan, text: VideoText) -> None:
        self._network, self._text = network, text
        self._embeds: OrderedDict[str, Tensor] = OrderedDict()
        self._keys: OrderedDict[str, TextKeys] = OrderedDict()
        self._last: tuple[tuple[tuple[str, float], ...], str, TextKeys] | None = None

    def forget(self) -> None:
        """The weights have changed: every text is encoded anew."""
        self._embeds.clear()
        self._keys.clear()
        self._last = None

    def of(self, pieces: Pieces, how: Blend = "linear") -> TextKeys:
        """The keys of weighted texts; no pieces are the empty text."""
        asked = tuple(pieces) or (("", 1.0),)
        if self._last and self._last[:2] == (asked, how):
            return self._last[2]
        found = blend_keys([self._one(text) for text, _ in asked], [w for _, w in asked], how)
        self._last = (asked, how, found)
        return found

    def _one(self, text: str) -> TextKeys:
        if text not in self._keys:
            self._keys[text] = self._network.embed_text(self._embedded(text))
        return _newest(self._keys, text, KEPT_KEYS)

    def _embedded(self, text: str) -> Tensor:
        if text not in self._embeds:
            weight = self._network.patch_embedding.weight
            self._embeds[text] = self._text.encode(text).to(weight.device, weight.dtype)
        return _newest(self._embeds, text, KEPT_TEXTS)


def _newest(kept: OrderedDict[str, Kept], text: str, limit: int) -> Kept:
    kept.move_to_end(text)
    if len(kept) > limit:
        kept.popitem(last=False)
    return kept[text]


@dataclass(frozen=True, eq=False)
class TextFade:
    """A walk from one prompt to another over `blocks` blocks; a goal that changes on the way is
    walked to from here.
    """

    start: TextKeys
    goal: TextKeys
    blocks: int
    done: int = 0

    def __post_init__(self) -> None:
        if self.blocks < 1:
            raise ParamError(f"a fade over {self.blocks} blocks: it takes at least 1")

    @property
    def share(self) -> float:
        """How much of the goal is there, 0 to 1."""
        return self.done / self.blocks

    @property
    def finished(self) -> bool:
        return self.done >= self.blocks

    @property
    def keys(self) -> TextKeys:
        """What the block being made attends to."""
        if self.done <= 0:
            return self.start
        if self.finished:
            return self.goal
        return blend_keys([self.start, self.goal], [1 - self.share, self.share], "linear")

    def after(self) -> TextFade:
        """The walk one block on."""
        return replace(self, done=min(self.done + 1, self.blocks))

    def towards(self, goal: TextKeys, blocks: int) -> TextFade:
        """From where the walk is now to another goal."""
        return TextFade(self.keys, goal, blocks)
