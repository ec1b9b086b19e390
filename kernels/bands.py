"""Long chains of per-pixel steps run band by band, so that what lies between them stays in a cache.

On a CPU a chain over a large picture otherwise waits for memory at every step, and for the system
to hand out and take back each intermediate picture.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Concatenate, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

P = ParamSpec("P")

PIXELS = 1 << 16  # of one band; a few float32 copies of three channels fit a core's cache


def banded(
    function: Callable[Concatenate[Tensor, P], Tensor],
) -> Callable[Concatenate[Tensor, P], Tensor]:
    """Makes a function of one picture, each pixel for itself, run band by band on a CPU."""

    @functools.wraps(function)
    def run(picture: Tensor, /, *args: P.args, **options: P.kwargs) -> Tensor:
        return in_bands(lambda part: (function(part, *args, **options),), picture)[0]

    return run


def in_bands(
    step: Callable[..., tuple[Tensor, ...]], *pictures: Tensor | None
) -> tuple[Tensor, ...]:
    """step(*pictures), which works on each pixel for itself, made of bands of rows of them all.

    The pictures are (B, C, H, W) of one height and width; None is passed on.
    """
    first = next(picture for picture in pictures if picture is not None)
    if first.device.type != "cpu" or first.ndim != 4:
        return step(*pictures)
    height, width = first.shape[2:]
    rows = max(1, PIXELS // max(1, len(first) * width))
    if height <= rows:
        return step(*pictures)
    wholes: tuple[Tensor, ...] = ()
    for top in range(0, height, rows):
        part = [None if x is None else x[:, :, top : top + rows] for x in pictures]
        made = step(*part)
        wholes = wholes or tuple(x.new_empty(*x.shape[:2], height, width) for x in made)
        for whole, band in zip(wholes, made, strict=True):
            whole[:, :, top : top + rows] = band
    return wholes
