"""Taking nodes away, or out of their chain: links on both sides are joined where types allow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.editing.parents import edited, side_by_side, tidied, within
from app.placement import BACKDROPS, NOTES
from engine.parts import sorted_links

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.document import Document
    from engine.graph import Graph


def delete(document: Document, keys: Iterable[str], *, heal: bool = True) -> Document:
    """Removes nodes with what is bound to them; `heal` joins their neighbours. GraphError."""
    gone = list(dict.fromkeys(keys))
    tops = [key for key in gone if not any(key.startswith(f"{other}/") for other in gone)]
    after = document.remove(*tops, heal=heal)
    return _without_boxes(tidied(after), tops)


def extract(document: Document, keys: Iterable[str]) -> Document:
    """Takes nodes out of their chain: they keep the links among themselves, the rest is joined."""
    path, names = side_by_side(document.graph, keys)
    return edited(document, within(document.graph, path, lambda graph: _extracted(graph, names)))


def _extracted(graph: Graph, names: list[str]) -> Graph:
    loose = [k for k in graph.links if k.source_key in names and k.target_key in names]
    around = graph.remove(*names, heal=True).links
    links = sorted_links([*loose, *around])
    return graph if links == graph.links else replace(graph, links=links)


def _without_boxes(document: Document, gone: list[str]) -> Document:
    """Backdrops and notes inside subgraphs that went go with them."""
    view = dict(document.view)
    for name in (BACKDROPS, NOTES):
        groups = view.get(name)
        if isinstance(groups, dict):
            view[name] = {
                path: boxes
                for path, boxes in groups.items()
                if not any(f"{path}/".startswith(f"{key}/") for key in gone)
            }
    return document if view == document.view else replace(document, view=view)
