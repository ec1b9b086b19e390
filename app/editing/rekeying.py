"""What the view keeps by key or link when keys change: waypoints, backdrops and notes inside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.placement import BACKDROPS, NOTES, WAYPOINTS
from engine.errors import GraphError
from engine.graph import Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.document import Document


def rekeyed(before: Document, after: Document, keys: Mapping[str, str]) -> Document:
    """A document whose nodes got other keys, with waypoints, backdrops and notes under them."""
    view = dict(after.view)
    for name in (BACKDROPS, NOTES):
        groups = before.view.get(name)
        if isinstance(groups, dict):
            view[name] = {moved_key(path, keys): boxes for path, boxes in groups.items()}
    dots = before.view.get(WAYPOINTS)
    if isinstance(dots, dict):
        view[WAYPOINTS] = {moved_link(text, keys): points for text, points in dots.items()}
    return after if view == after.view else replace(after, view=view)


def moved_key(key: str, keys: Mapping[str, str]) -> str:
    """A key or path after some nodes got others; what lies inside them follows."""
    parts = key.split("/")
    for end in range(len(parts), 0, -1):
        head = "/".join(parts[:end])
        if head in keys:
            return "/".join([keys[head], *parts[end:]])
    return key


def moved_link(text: str, keys: Mapping[str, str]) -> str:
    """The text of a link after nodes got other keys; text that is no link stays."""
    link = parsed(text)
    if link is None:
        return text
    source, target = (moved_key(key, keys) for key in (link.source_key, link.target_key))
    return str(replace(link, source_key=source, target_key=target))


def parsed(text: str) -> Link | None:
    """The link of a text, None where it is none."""
    try:
        return Link.parse(text)
    except GraphError:
        return None
