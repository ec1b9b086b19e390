"""What nodes are set to beside their parameters: flags, names, looks, shown parameters."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from app.editing.parents import body, checked, parent, prefix
from app.editing.rekeying import rekeyed
from app.editing.sizes import Faces
from app.placement import place, placed
from engine.errors import GraphError
from engine.subgraph import free_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.document import Document

Look = Literal["collapsed", "thumbnail", "hide_ports"]


def toggle_flag(document: Document, keys: Iterable[str], flag: str) -> Document:
    """Switches bypass, mute or hold on for all nodes, or off where all have it. GraphError."""
    keys = checked(document.graph, keys)
    on = not all(flag in document.graph.entry(key).flags for key in keys)
    graph = document.graph
    for key in keys:
        graph = graph.flag(key, flag, on)
    return document.with_graph(graph)


def toggle_look(document: Document, keys: Iterable[str], look: Look) -> Document:
    """Collapses nodes, shows their thumbnails, hides their unused ports, or the other way round."""
    places = {key: place(document, key) for key in checked(document.graph, keys)}
    on = not all(getattr(found, look) for found in places.values())
    return placed(document, {key: replace(old, **{look: on}) for key, old in places.items()})


def color(document: Document, keys: Iterable[str], color: str) -> Document:
    """Gives nodes a colour as "#rrggbb", or takes it away ("")."""
    if color and not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise GraphError(f"{color!r} is not a colour; write it as '#rrggbb', or '' for none")
    places = {key: place(document, key) for key in checked(document.graph, keys)}
    return placed(document, {key: replace(old, color=color) for key, old in places.items()})


def rename(document: Document, key: str, name: str) -> tuple[Document, str]:
    """Gives a node a name in a person's words; its key is made of them: "My blur" is my_blur.

    Returns the key, numbered where another node has it. GraphError where no letter is left.
    """
    document.graph.entry(key)
    name = " ".join(name.split())
    if name == Faces(document).of(key).title:
        return document, key
    path, last = parent(key), key.rpartition("/")[2]
    wanted = key_of(name)
    others = [other for other in body(document.graph, path).nodes if other != last]
    new = free_name(wanted, others)
    after = document.rename(key, new)
    moved = prefix(path) + new
    after = rekeyed(document, after, {key: moved})
    title = "" if name in (new, new.replace("_", " ").capitalize()) else name
    old = place(after, moved)
    return (
        after if old.title == title else placed(after, {moved: replace(old, title=title)})
    ), moved


def key_of(name: str) -> str:
    """A name in a person's words as a key: small letters, digits and _. GraphError."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    key = words if words[:1].isalpha() else f"node_{words}"
    if not words:
        raise GraphError(f"{name!r} has no letter or digit that a key could be made of")
    return key


def expose(document: Document, key: str, name: str, on: bool = True) -> Document:
    """Shows a parameter as a port of its node, or hides it."""
    return document.with_graph(document.graph.expose(key, name, on))
