"""Nodes laid out in layers from left to right, with the backdrops that carry them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.editing.boxes import carried, framed
from app.editing.layers import Stretch, arranged
from app.editing.parents import keys_at, links_at, pinned, prefix, side_by_side
from app.editing.rekeying import parsed
from app.editing.sizes import GAP_X, GAP_Y, Faces, around, rect
from app.placement import (
    backdrops,
    place,
    placed,
    waypoints,
    with_backdrops,
    with_waypoints,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.editing.sizes import SizeOf
    from engine.document import Document
    from engine.graph import Link


def layout(
    document: Document,
    keys: Iterable[str] = (),
    *,
    path: str = "",
    size: SizeOf | None = None,
) -> Document:
    """Lays out nodes, or all at a path; the top left corner of what is laid out stays.

    Links go right, nodes do not overlap, and a layout once more changes nothing. Dots on their
    links go; backdrops are fitted around what they carried.
    """
    keys = list(keys) or keys_at(document.graph, path)
    if not keys:
        return document
    path, names = side_by_side(document.graph, keys)
    document = pinned(document, path)
    keys = [prefix(path) + name for name in names]
    faces = Faces(document)
    size = size or faces.size
    places = {key: place(document, key) for key in keys}
    x, y, _, _ = around([rect(document, key, size) for key in keys])
    spots = arranged(
        {key: size(key) for key in keys},
        [_stretch(faces, link) for link in links_at(document.graph, path) if _is_in(link, places)],
        {key: (at.x, at.y) for key, at in places.items()},
        (GAP_X, GAP_Y),
    )
    moved = {k: replace(places[k], x=x + dx, y=y + dy) for k, (dx, dy) in spots.items()}
    after = _without_dots(placed(document, moved), set(keys))
    return _with_backdrops(document, after, path, set(keys), size)


def _is_in(link: Link, keys: Iterable[str]) -> bool:
    return (
        link.source_key in keys and link.target_key in keys and link.source_key != link.target_key
    )


def _stretch(faces: Faces, link: Link) -> Stretch:
    leave = faces.of(link.source_key).at(link.source_port, True)[1]
    enter = faces.of(link.target_key).at(link.target_port, False)[1]
    return Stretch(link.source_key, link.target_key, leave, enter)


def _without_dots(document: Document, keys: set[str]) -> Document:
    dots = waypoints(document)
    links = {text: link for text in dots if (link := parsed(text))}
    stale = {text for text, k in links.items() if {k.source_key, k.target_key} & keys}
    kept = {text: points for text, points in dots.items() if text not in stale}
    return with_waypoints(document, kept) if stale else document


def _with_backdrops(
    before: Document, after: Document, path: str, keys: set[str], size: SizeOf
) -> Document:
    """Backdrops that carried only nodes that were laid out, around them again."""
    fitted = []
    for box in backdrops(before, path):
        inside, _ = carried(before, [box.id], path, size)
        if inside and inside <= keys:
            box = replace(box, rect=framed([rect(after, key, size) for key in inside]))
        fitted.append(box)
    return with_backdrops(after, fitted, path) if fitted else after
