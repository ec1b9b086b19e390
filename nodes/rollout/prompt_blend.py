"""Prompts and seeds as points: several are mixed with weights, two can be joined by a great circle.

Every text is encoded once and kept; what changes while a fader moves is arithmetic on what is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kernels.interpolate import mix, slerp

if TYPE_CHECKING:
    from torch import Tensor

Blend = Literal["linear", "slerp"]
Pieces = Sequence[tuple[str, float]]
KEPT_TEXTS = 64


@dataclass(frozen=True, eq=False)
class TextCondition:
    """What an image network attends to: tokens (1, N, D), and for SDXL the pooled text (1, P)."""

    tokens: Tensor
    pooled: Tensor | None = None


def shares(weights: Sequence[float]) -> list[float]:
    """Weights that sum to 1; equal ones where all are 0. ValueError for a negative or no number."""
    if any(not weight >= 0 or weight == float("inf") for weight in weights):
        raise ValueError(f"blend weights are {list(weights)}; each is a number of at least 0")
    total = sum(weights)
    if total == 0:
        return [1 / len(weights)] * len(weights)
    return [weight / total for weight in weights]


def blend_tensors(tensors: Sequence[Tensor], weights: Sequence[float], how: Blend) -> Tensor:
    """The mix of tensors of one shape by weights that sum to 1; slerp joins two, more are
    linear.
    """
    if how == "slerp" and len(tensors) == 2:
        return slerp(tensors[0], tensors[1], weights[1], per_row=False)
    return mix(tensors, weights)


def blend_conditions(
    conditions: Sequence[TextCondition], weights: Sequence[float], how: Blend
) -> TextCondition:
    """The mix of what several texts mean. A text whose weight is 0 leaves no trace."""
    present = [(c, w) for c, w in zip(conditions, shares(weights), strict=True) if w > 0]
    if len(present) == 1:
        return present[0][0]
    parts, amounts = [c for c, _ in present], [w for _, w in present]
    pooled = [c.pooled for c in parts if c.pooled is not None]
    return TextCondition(
        tokens=blend_tensors([c.tokens for c in parts], amounts, how),
        pooled=blend_tensors(pooled, amounts, how) if pooled else None,
    )


def blend_noise(noises: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Noise between noises: slerp for two, else a sum brought back to their mean length."""
    present = [(n, w) for n, w in zip(noises, shares(weights), strict=True) if w > 0]
    parts, amounts = [n for n, _ in present], [w for _, w in present]
    if len(parts) == 2:
        return slerp(parts[0], parts[1], amounts[1], per_row=False)
    return mix(parts, amounts, keep_norm=True)


class PromptBlend:
    """Encodes texts once each and mixes them; the same pieces twice give the same object."""

    def __init__(self, encode: Callable[[str], TextCondition]) -> None:
        self._encode = encode
        self._kept: OrderedDict[str, TextCondition] = OrderedDict()
        self._last: tuple[tuple[tuple[str, float], ...], str, TextCondition] | None = None

    def forget(self) -> None:
        """The encoder has changed: every text is encoded anew."""
        self._kept.clear()
        self._last = None

    def of(self, pieces: Pieces, how: Blend = "linear") -> TextCondition:
        """The condition of weighted texts; no pieces are the empty text."""
        asked = tuple(pieces) or (("", 1.0),)
        if self._last and self._last[:2] == (asked, how):
            return self._last[2]
        weights = [weight for _, weight in asked]
        found = blend_conditions([self._text(text) for text, _ in asked], weights, how)
        self._last = (asked, how, found)
        return found

    def _text(self, text: str) -> TextCondition:
        if text not in self._kept:
            self._kept[text] = self._encode(text)
        self._kept.move_to_end(text)
        if len(self._kept) > KEPT_TEXTS:
            self._kept.popitem(last=False)
        return self._kept[text]
