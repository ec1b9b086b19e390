"""Pictures of the world source, played without an engine: what a true film does over a minute and
over a cut."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.node import Context, Stream, Tick
from engine.packet import flicks
from nodes.sources.world import Shown, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FPS = 24


def played(side: int, moments: Iterable[float], **menus: Any) -> Iterator[Shown]:
    """What a world source with these menus shows at moments in seconds, `side` pixels square."""
    node = World(**menus)
    node.ctx = Context(stream=Stream(side, side, Fraction(FPS)))
    try:
        node.setup(node.ctx)
        for index, moment in enumerate(moments):
            yield node.process(Tick(flicks(moment), flicks(1 / FPS), index))
    finally:
        node.teardown()
