"""Boxes in layers and the lanes of long links between them: their order, then their heights.

Boxes and lanes are numbers, boxes first. The order minimises crossings by barycentres, the heights
are least squares under that order (Gansner et al. 1993 solve the same by a network simplex).
"""

from __future__ import annotations

from bisect import bisect_right, insort

SWEEPS = 4  # of the barycentre, there and back
PASSES = 3  # of the heights, there and back
LANE = 6.0  # the height of a long link where it passes a layer
MANY = 4  # lanes for each box: with more, the longest links get none
TRUNK, LEVEL = 4.0, 8.0  # how firmly a box's first link, and one along a lane, are kept straight

End = tuple[int, float, float]  # the other box or lane, the port there and the port here, from tops


class Drawing:
    """Boxes by layer, how high each is, where its top lies now, and links between them.

    A link is (source, target, leave, enter) with its ports as distances from the tops of its boxes;
    each leads to a later layer.
    """

    def __init__(
        self,
        layers: list[int],
        tall: list[float],
        now: list[float],
        links: list[tuple[int, int, float, float]],
    ) -> None:
        self._boxes = len(layers)
        self._tall, self._now = list(tall), list(now)
        self._layers: list[list[int]] = [[] for _ in range(max(layers) + 1)]
        for box, at in enumerate(layers):
            self._layers[at].append(box)
        self._before: list[list[End]] = [[] for _ in layers]
        self._after: list[list[End]] = [[] for _ in layers]
        self._stretch(layers, links)
        for known in self._layers:
            known.sort(key=lambda box: (self._now[box], box))
        for ends in (*self._before, *self._after):
            ends.sort(key=lambda end: end[2])

    def _stretch(self, layers: list[int], links: list[tuple[int, int, float, float]]) -> None:
        """Joins neighbours; the links of one port share one lane, short ones are led first."""
        left = MANY * self._boxes
        lanes: dict[tuple[int, float], list[int]] = {}
        links = sorted(links, key=lambda link: layers[link[1]] - layers[link[0]])
        for source, target, leave, enter in links:
            long = layers[target] - layers[source] - 1
            lane = lanes.setdefault((source, leave), [])
            if long - len(lane) > left:
                continue
            while len(lane) < long:
                left -= 1
                at = layers[source] + 1 + len(lane)
                lane.append(self._lane(at, self._now[source] + leave))
                start = (lane[-2], LANE / 2) if len(lane) > 1 else (source, leave)
                self._join(*start, lane[-1], LANE / 2)
            self._join(*((lane[long - 1], LANE / 2) if long else (source, leave)), target, enter)

    def _lane(self, layer: int, middle: float) -> int:
        self._tall.append(LANE)
        self._now.append(middle - LANE / 2)
        self._before.append([])
        self._after.append([])
        self._layers[layer].append(len(self._tall) - 1)
        return len(self._tall) - 1

    def _join(self, source: int, leave: float, target: int, enter: float) -> None:
        self._after[source].append((target, enter, leave))
        self._before[target].append((source, leave, enter))

    def reorder(self) -> None:
        """Takes the order with the fewest crossings of some sweeps; the one at hand wins a tie."""
        best, fewest = [list(boxes) for boxes in self._layers], self._crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            self._sweep(self._after if sweep % 2 else self._before, backward=sweep % 2 == 1)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(boxes) for boxes in self._layers], crossings
        self._layers = best

    def _sweep(self, ends: list[list[End]], *, backward: bool) -> None:
        """Each layer in the order of the barycentres of its neighbours in the layer before it."""
        layers = self._layers[::-1] if backward else self._layers
        where = [0.0] * len(self._tall)
        for at, box in enumerate(layers[0]):
            where[box] = at
        for boxes in layers[1:]:
            middles: dict[int, float] = {}
            for at, box in enumerate(boxes):
                near = ends[box]
                spots = [where[other] + port / (1 + self._tall[other]) for other, port, _ in near]
                middles[box] = sum(spots) / len(spots) if spots else at
            boxes.sort(key=middles.__getitem__)
            for at, box in enumerate(boxes):
                where[box] = at

    def _crossings(self) -> int:
        where = [0] * len(self._tall)
        for boxes in self._layers:
            for at, box in enumerate(boxes):
                where[box] = at
        return sum(self._crossed(boxes, where) for boxes in self._layers)

    def _crossed(self, boxes: list[int], where: list[int]) -> int:
        """How many of the links that leave a layer cross: inversions of where they arrive."""
        seen: list[tuple[int, float]] = []
        count = 0
        for box in boxes:
            ends = ((leave, where[other], enter) for other, enter, leave in self._after[box])
            for _, at, enter in sorted(ends):
                count += len(seen) - bisect_right(seen, (at, enter))
                insort(seen, (at, enter))
        return count

    def heights(self, gap: float) -> list[float]:
        """The top of each box and lane: near where its links are straight, none over another."""
        tops = [0.0] * len(self._tall)
        for boxes in self._layers:
            self._settle(boxes, gap, [(0.0, 1.0)] * len(boxes), tops)
        for turn in range(PASSES):
            for boxes in self._layers[1:]:
                self._settle(boxes, gap, self._goals(boxes, self._before, tops), tops)
            for boxes in self._layers[-2::-1] if turn < PASSES - 1 else ():
                self._settle(boxes, gap, self._goals(boxes, self._after, tops), tops)
        return tops

    def _goals(
        self, boxes: list[int], ends: list[list[End]], tops: list[float]
    ) -> list[tuple[float, float]]:
        """The tops that make links on one side straight, the first above all; and their weights."""
        goals: list[tuple[float, float]] = []
        for box in boxes:
            spots = [tops[other] + there - here for other, there, here in ends[box]]
            if not spots:
                goals.append((tops[box], 0.1))
                continue
            middle = (sum(spots) + (TRUNK - 1) * spots[0]) / (len(spots) + TRUNK - 1)
            goals.append((middle, LEVEL if box >= self._boxes else 1.0))
        return goals

    def _settle(
        self, boxes: list[int], gap: float, goals: list[tuple[float, float]], tops: list[float]
    ) -> None:
        """The tops nearest to their goals that keep the order and the gap between boxes."""
        offset, offsets = 0.0, list[float]()
        for box in boxes:
            offsets.append(offset)
            offset += self._tall[box] + gap
        pairs = zip(goals, offsets, strict=True)
        risen = _rising([(goal - off, weight) for (goal, weight), off in pairs])
        for box, at, off in zip(boxes, risen, offsets, strict=True):
            tops[box] = at + off


def _rising(goals: list[tuple[float, float]]) -> list[float]:
    """The nearest values that never fall (pool adjacent violators; Ayer et al. 1955)."""
    pools: list[tuple[float, float, int]] = []  # value, weight, how many
    for value, weight in goals:
        count = 1
        while pools and pools[-1][0] > value:
            other, heavy, several = pools.pop()
            value = (value * weight + other * heavy) / (weight + heavy)
            weight, count = weight + heavy, count + several
        pools.append((value, weight, count))
    return [value for value, _, count in pools for _ in range(count)]
