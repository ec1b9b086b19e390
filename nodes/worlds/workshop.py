"""Where worlds are painted: on a thread of its own, while another one shows, and the latest are
kept."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from nodes.worlds.land_strips import Land, Place, paint_land
from nodes.worlds.live import LiveWorld

if TYPE_CHECKING:
    from nodes.worlds.live_words import LiveWords
    from nodes.worlds.stand import Cast

AHEAD = 0.75  # seconds from a wish for another land until it shows: it is painted meanwhile
USUAL = 300  # lines up to which that is time enough; larger lands are given longer
KEPT = 3  # worlds that are kept painted: the one that shows, the one that comes, the next shot


@dataclass(frozen=True, slots=True)
class Wish:
    """What a painted world follows from; `frame` (height, width) is what is seen of its land."""

    words: LiveWords
    place: Place
    frame: tuple[int, int]
    cast: Cast | None = None


class Workshop:
    """Paints worlds one after another; a world that stands on a land that is there takes it."""

    def __init__(self) -> None:
        self.showing: LiveWorld | None = None  # what may stay, its land above all
        self._painted: dict[Wish, Future[LiveWorld]] = {}
        self._hand = ThreadPoolExecutor(1, "slipstream-world", torch.set_grad_enabled, (False,))

    def paint(self, wish: Wish) -> Future[LiveWorld]:
        """The world of a wish, now or later; it shows when its time has come, so that it is the
        same on every machine."""
        if wish not in self._painted:
            earlier = list(self._painted.values())
            self._painted[wish] = self._hand.submit(_make, wish, earlier, self.showing)
        self._painted[wish] = found = self._painted.pop(wish)  # the last is the latest used
        for old in list(self._painted)[:-KEPT]:
            self._painted.pop(old).cancel()
        return found

    def forget(self, wish: Wish) -> None:
        """Nobody waits for the world of a wish any more."""
        if wish in self._painted:
            self._painted.pop(wish).cancel()

    def close(self) -> None:
        """Ends the thread."""
        self._hand.shutdown(cancel_futures=True)


def painting_time(place: Place) -> float:
    """Seconds that the painting of a land is given."""
    return AHEAD * max(1.0, place.height / USUAL) ** 2


def _make(wish: Wish, earlier: list[Future[LiveWorld]], showing: LiveWorld | None) -> LiveWorld:
    there = [one.result() for one in earlier if _is_painted(one)]
    there += [showing] if showing else []
    lands: dict[Place, Land] = {world.land.place: world.land for world in there}
    land = lands.get(wish.place) or paint_land(wish.place)
    return LiveWorld(wish.words, land, frame=wish.frame, cast=wish.cast)


def _is_painted(one: Future[LiveWorld]) -> bool:
    return one.done() and not one.cancelled() and one.exception() is None
