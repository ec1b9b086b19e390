"""A layered drawing of a directed graph (Sugiyama, Tagawa, Toda 1981), stable and quick.

Links run from left to right: a box stands behind all that feed it, and a long link gets a lane of
its own. Within layers the order follows the barycentre of the neighbours and starts from where the
boxes lie now; heights are least squares under that order, so that trunks run straight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.editing.lanes import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Size = tuple[float, float]  # width, height
Point = tuple[float, float]

QUICK = 400  # boxes that are arranged in a few hundredths of a second


class Stretch(NamedTuple):
    """A link between two boxes; `leave` and `enter` are how far below their tops its ports lie."""

    source: str
    target: str
    leave: float = 0.0
    enter: float = 0.0


def arranged(
    sizes: Mapping[str, Size], links: list[Stretch], old: Mapping[str, Point], gap: Size
) -> dict[str, Point]:
    """Where boxes go, from (0, 0): none overlap, and links go right except where they close a loop.

    `old` is where the boxes lie now; it settles what the links leave open. What is found is
    arranged again as often as there is time, so that a drawing that was arranged mostly stays.
    """
    found = _once(sizes, links, old, gap)
    for _ in range(min(4, QUICK // (1 + len(sizes)))):
        again = _once(sizes, links, found, gap)
        if again == found:
            break
        found = again
    return found


def _once(
    sizes: Mapping[str, Size], links: list[Stretch], old: Mapping[str, Point], gap: Size
) -> dict[str, Point]:
    found: dict[str, Point] = {}
    top = 0.0
    for part in _parts(sizes, links, old):
        inside = set(part)
        mine = [w for w in links if w.source in inside and w.target in inside]
        spots = _drawn(part, mine, sizes, old, gap) if mine else _in_rows(part, sizes, gap)
        found.update({key: (x, y + top) for key, (x, y) in spots.items()})
        top = max(found[key][1] + sizes[key][1] for key in part) + 2 * gap[1]
    return found


def _parts(
    sizes: Mapping[str, Size], links: list[Stretch], old: Mapping[str, Point]
) -> list[list[str]]:
    """Boxes that links hold together, from the top; those without links are the last part."""
    root = {key: key for key in sizes}

    def find(key: str) -> str:
        while root[key] != key:
            root[key] = key = root[root[key]]
        return key

    for link in links:
        root[find(link.source)] = find(link.target)
    linked = {key for link in links for key in link[:2]}
    parts: dict[str, list[str]] = {}
    for key in sorted(sizes, key=lambda key: (old[key][1], old[key][0], key)):
        parts.setdefault(find(key) if key in linked else "", []).append(key)
    alone = parts.pop("", [])
    return [*parts.values(), *([alone] if alone else [])]


def _in_rows(keys: list[str], sizes: Mapping[str, Size], gap: Size) -> dict[str, Point]:
    """Boxes without links, six in a row."""
    spots: dict[str, Point] = {}
    y = 0.0
    for start in range(0, len(keys), 6):
        row, x = keys[start : start + 6], 0.0
        for key in row:
            spots[key] = (x, y)
            x += sizes[key][0] + gap[0]
        y += max(sizes[key][1] for key in row) + gap[1]
    return spots


def _drawn(
    keys: list[str],
    links: list[Stretch],
    sizes: Mapping[str, Size],
    old: Mapping[str, Point],
    gap: Size,
) -> dict[str, Point]:
    forward = _without_loops(keys, links, old)
    layer = _layered(keys, forward)
    index = {key: at for at, key in enumerate(keys)}
    drawing = Drawing(
        [layer[key] for key in keys],
        [sizes[key][1] for key in keys],
        [old[key][1] for key in keys],
        [(index[w.source], index[w.target], w.leave, w.enter) for w in forward],
    )
    drawing.reorder()
    tops = drawing.heights(gap[1])
    highest = min(tops[: len(keys)])
    lefts = _lefts(layer, sizes, gap[0])
    return {key: (lefts[layer[key]], round(tops[at] - highest)) for key, at in index.items()}


def _lefts(layer: Mapping[str, int], sizes: Mapping[str, Size], gap: float) -> list[float]:
    widths = [0.0] * (max(layer.values()) + 1)
    for key, at in layer.items():
        widths[at] = max(widths[at], sizes[key][0])
    lefts = [0.0]
    for width in widths:
        lefts.append(lefts[-1] + width + gap)
    return lefts


def _without_loops(
    keys: list[str], links: list[Stretch], old: Mapping[str, Point]
) -> list[Stretch]:
    """The links without those that lead back to what is still open in a walk from the left."""
    ways: dict[str, list[Stretch]] = {key: [] for key in keys}
    for link in links:
        ways[link.source].append(link)
    fed = {link.target for link in links}
    starts = sorted(keys, key=lambda key: (key in fed, old[key], key))
    is_open: dict[str, bool] = {}
    return [
        link for start in starts if start not in is_open for link in _walked(start, ways, is_open)
    ]


def _walked(
    start: str, ways: Mapping[str, list[Stretch]], is_open: dict[str, bool]
) -> Iterator[Stretch]:
    """The links of a walk in depth, but for those to boxes whose own links are being walked."""
    is_open[start] = True
    stack = [(start, iter(ways[start]))]
    while stack:
        key, rest = stack[-1]
        link = next(rest, None)
        if link is None:
            is_open[key] = False
            stack.pop()
        elif not is_open.get(link.target):
            yield link
            if link.target not in is_open:
                is_open[link.target] = True
                stack.append((link.target, iter(ways[link.target])))


def _layered(keys: list[str], links: list[Stretch]) -> dict[str, int]:
    """The longest way from the left; what nothing feeds stands right before what it feeds."""
    after: dict[str, list[str]] = {key: [] for key in keys}
    waits = dict.fromkeys(keys, 0)
    for link in links:
        after[link.source].append(link.target)
        waits[link.target] += 1
    roots = [key for key in keys if not waits[key]]
    layer, ready = dict.fromkeys(keys, 0), list(roots)
    for key in ready:  # grows as it goes
        for other in after[key]:
            layer[other] = max(layer[other], layer[key] + 1)
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    for key in roots:
        layer[key] = min((layer[other] for other in after[key]), default=1) - 1
    return layer
