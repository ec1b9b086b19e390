"""At which size and rate a clip is rendered: its shape, at the size that the document is made for.

A document with a generator works at about its own number of pixels, because a model is trained for
a size and costs by the pixel; any other takes the clip as it is, up to full HD.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.spec import Lane

if TYPE_CHECKING:
    from engine.graph import Graph

FULL_HD = 1920 * 1080
BLOCK = 16  # pixels: what latents of a generator come in
PAIR = 2  # pixels: what films come in


def fitted(graph: Graph, width: int, height: int) -> tuple[int, int]:
    """The stream's size for a clip of that size."""
    made_for = graph.stream.width * graph.stream.height
    if has_generator(graph):
        return scaled(width, height, pixels=made_for, step=BLOCK)
    return scaled(width, height, pixels=min(FULL_HD, width * height), step=PAIR)


def scaled(width: int, height: int, *, pixels: int, step: int) -> tuple[int, int]:
    """A size of that shape with about that many pixels, both sides in whole steps."""
    factor = math.sqrt(pixels / (width * height))
    return _whole(width * factor, step), _whole(height * factor, step)


def has_generator(graph: Graph) -> bool:
    """Whether a node runs beside the picture because it is slow."""
    flat = graph.flatten()
    specs = [flat.spec(key) for key in flat.nodes]
    return any(spec is not None and spec.lane is Lane.SLOW for spec in specs)


def _whole(side: float, step: int) -> int:
    return max(16, round(side / step) * step)
