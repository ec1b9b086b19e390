"""Keeps the items of a scene equal to a document: all at first, then what an edit changed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from app.canvas.face import Wired, border_ends, read_face, wired
from app.canvas.link_item import LinkItem
from app.canvas.node_item import NodeItem
from app.canvas.region_items import BackdropItem, NoteItem
from app.placement import backdrops, notes, place, waypoints
from engine.errors import GraphError
from engine.parts import fits, mismatch
from engine.subgraph import graph_at, with_parent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from app.canvas.scene import CanvasScene
    from app.session import Change
    from engine.document import Document
    from engine.graph import Graph
    from engine.parts import Border, Link


def build(scene: CanvasScene) -> None:
    """Makes every item of the scene's path anew."""
    for item in [*scene.links.values(), *scene.nodes.values()]:
        scene.removeItem(item)
    for region in [*scene.backdrops.values(), *scene.notes.values()]:
        scene.removeItem(region)
    for kept in (scene.links, scene.nodes, scene.backdrops, scene.notes, scene.unsharp):
        kept.clear()
    document, graph = scene.session.document, scene.graph
    ends = wired(graph.links, _border(document, scene.path))
    for name in graph.nodes:
        _add_node(scene, document, graph, name, ends)
    _add_links(scene, graph.links)
    _check(scene, graph, scene.links.values())
    _lead(scene, document)
    _regions(scene, document)


def follow(scene: CanvasScene, change: Change) -> None:
    """Does to the items what an edit did to the document."""
    before = graph_at(change.before.graph, scene.prefix)
    after = graph_at(change.after.graph, scene.prefix)
    other_view = change.before.view is not change.after.view
    shown = _newly_shown(change, scene.path)
    touched = False
    if before is not after or shown:
        touched = _structure(scene, before, after, change.after, shown)
    if touched or other_view:
        _places(scene, change)
        _lead(scene, change.after)
        scene.moved.tell()
    if other_view:
        _regions(scene, change.after)


def _border(document: Document, path: str) -> Border | None:
    return document.graph.entry(path).border if path else None


def _newly_shown(change: Change, path: str) -> set[str]:
    """The nodes of which the subgraph around shows another port than before."""
    old, new = _border(change.before, path), _border(change.after, path)
    if old is None or new is None or old == new:
        return set()
    return {key for key, _, _ in border_ends(old) ^ border_ends(new)}


def _structure(
    scene: CanvasScene, before: Graph, after: Graph, document: Document, shown: set[str]
) -> bool:
    """Nodes and links that came, went or look different; whether any did."""
    diff = before.diff(after)
    prefix = scene.prefix
    for link in diff.links_removed:
        _remove_link(scene, str(with_parent(link, prefix)))
    for name in diff.removed:
        scene.removeItem(scene.nodes.pop(prefix + name))
    ends = wired(after.links, _border(document, scene.path))
    for name in diff.added:
        _add_node(scene, document, after, name, ends)
    changed = (*diff.links_removed, *diff.links_added)
    names = {name for link in changed for name in (link.source_key, link.target_key)}
    names |= {*diff.retyped, *diff.flags, *diff.expose, *shown}
    for name in (names & after.nodes.keys()) - diff.added.keys():
        _show(scene, document, after, name, ends)
    _add_links(scene, diff.links_added)
    _check(scene, after, _at(scene, {*names, *diff.added}))
    return bool(names or diff.added or diff.removed)


def _at(scene: CanvasScene, names: Iterable[str]) -> list[LinkItem]:
    """The links that end at nodes of this path."""
    items = (scene.nodes.get(scene.prefix + name) for name in names)
    return list(
        {link.text: link for item in items if item for link in item.links.values()}.values()
    )


def _add_node(
    scene: CanvasScene, document: Document, graph: Graph, name: str, ends: Mapping[str, Wired]
) -> None:
    key = scene.prefix + name
    where = place(document, key)
    item = NodeItem(key, read_face(graph, name, where, ends.get(name, Wired())))
    item.place_at(where.x, where.y)
    _mark_flags(item, graph.nodes[name].flags)
    scene.nodes[key] = item
    scene.addItem(item)


def _show(
    scene: CanvasScene, document: Document, graph: Graph, name: str, ends: Mapping[str, Wired]
) -> None:
    """A node's face and place as the document has them."""
    item = scene.nodes[scene.prefix + name]
    where = place(document, item.key)
    face = read_face(graph, name, where, ends.get(name, Wired()))
    is_other = face != item.face
    if is_other:
        item.show_face(face)
    _mark_flags(item, graph.nodes[name].flags)
    if is_other or (item.x(), item.y()) != (where.x, where.y):
        item.place_at(where.x, where.y)
        for link in item.links.values():
            link.restyle()


def _mark_flags(item: NodeItem, flags: Iterable[str]) -> None:
    item.mark(bypassed="bypass" in flags, muted="mute" in flags, held="hold" in flags)


def _add_links(scene: CanvasScene, links: Iterable[Link]) -> None:
    for link in links:
        full = with_parent(link, scene.prefix)
        source, target = scene.nodes.get(full.source_key), scene.nodes.get(full.target_key)
        if source is None or target is None:
            continue
        item = LinkItem(full, source, target)
        source.links[item.text] = target.links[item.text] = item
        scene.links[item.text] = item
        item.reroute()
        item.show_tier(scene.tier)
        scene.addItem(item)


def _remove_link(scene: CanvasScene, text: str) -> None:
    item = scene.links.pop(text, None)
    if item is not None:
        item.source.links.pop(text, None)
        item.target.links.pop(text, None)
        scene.removeItem(item)


def _check(scene: CanvasScene, graph: Graph, items: Iterable[LinkItem]) -> None:
    """Marks the links that carry nothing, with the reason."""
    arriving = Counter(link.target for link in graph.links)
    for item in items:
        local = _local(item.link, len(scene.prefix))
        doubled = "another link arrives at the same port" if arriving[local.target] > 1 else ""
        item.mark(warning=_fault(graph, local) or doubled)


def _fault(graph: Graph, link: Link) -> str:
    try:
        source, target = graph.ends(link)
    except GraphError as error:
        return str(error)
    return "" if fits(source, target) else mismatch(link, source.type, target)


def _local(link: Link, skip: int) -> Link:
    """A link without the path before its keys."""
    if not skip:
        return link
    return link.renamed({key: key[skip:] for key in (link.source_key, link.target_key)})


def _places(scene: CanvasScene, change: Change) -> None:
    """Moves what has another place; nodes without one are laid out by the rest."""
    old, new = change.before.view, change.after.view
    graph = graph_at(change.after.graph, scene.prefix)
    ends: Mapping[str, Wired] | None = None
    for key in scene.nodes:
        value = new.get(key)
        if value is not old.get(key) or not _is_placed(value):
            ends = ends or wired(graph.links, _border(change.after, scene.path))
            _show(scene, change.after, graph, key[len(scene.prefix) :], ends)


def _is_placed(value: Any) -> bool:
    at = value.get("at") if isinstance(value, dict) else value
    return isinstance(at, list) and len(at) == 2 and all(isinstance(n, int | float) for n in at)


def _lead(scene: CanvasScene, document: Document) -> None:
    """Leads links over the dots that the document has."""
    dots = waypoints(document)
    for text, item in scene.links.items():
        wanted = dots.get(text, ())
        if item.waypoints != wanted:
            item.lead(wanted)


def _regions(scene: CanvasScene, document: Document) -> None:
    """Frames and notes as the document has them."""
    wanted = {each.id: each for each in backdrops(document, scene.path)}
    for gone in scene.backdrops.keys() - wanted.keys():
        scene.removeItem(scene.backdrops.pop(gone))
    for id, backdrop in wanted.items():
        item = scene.backdrops.get(id)
        if item is None:
            scene.backdrops[id] = item = BackdropItem(backdrop)
            scene.addItem(item)
        elif item.backdrop != backdrop:
            item.show_backdrop(backdrop)
    _notes(scene, document)


def _notes(scene: CanvasScene, document: Document) -> None:
    wanted = {each.id: each for each in notes(document, scene.path)}
    for gone in scene.notes.keys() - wanted.keys():
        scene.removeItem(scene.notes.pop(gone))
    for id, note in wanted.items():
        item = scene.notes.get(id)
        if item is None:
            scene.notes[id] = item = NoteItem(note)
            scene.addItem(item)
        elif item.note != note:
            item.show_note(note)
