"""Where a picture lies in a window: whole, filling, stretched or pixel for pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from app.output.orders import Fit


class Box(NamedTuple):
    """A rectangle in pixels; it may reach beyond the window."""

    x: int
    y: int
    width: int
    height: int


def fitted(fit: Fit, picture: tuple[int, int], window: tuple[int, int]) -> Box:
    """The picture's box in a window, both (width, height) in pixels, in the middle.

    fit shows all of it, fill leaves no border, stretch gives up its shape, actual does not scale.
    """
    if fit == "stretch":
        return Box(0, 0, *window)
    scales = (window[0] / max(1, picture[0]), window[1] / max(1, picture[1]))
    scale = {"fit": min(scales), "fill": max(scales), "actual": 1.0}[fit]
    width, height = max(1, round(picture[0] * scale)), max(1, round(picture[1] * scale))
    return Box((window[0] - width) // 2, (window[1] - height) // 2, width, height)
