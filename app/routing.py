"""Another source in, another sink out: a document made to read one clip and write one film.

The picture's way through a graph is its trunk: from a sink upstream, at each node through its first
input.
"""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - as Graph
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import GraphError, MediaError
from engine.graph import Graph
from engine.parts import split_end
from engine.values import Audio, Frame

if TYPE_CHECKING:
    from engine.parts import Link

VIDEO, STILL, SEQUENCE = "sources.video_file", "sources.image", "sources.image_sequence"
PLAYED_ONCE: dict[str, Any] = {VIDEO: "off", SEQUENCE: False}  # what `loop` is set to
DEVICES = frozenset({"sources.camera", "sources.screen"})  # there is nothing to wait for offline
FILM, PICTURES = "sinks.record", "sinks.image_sequence"
FILMS = (".mp4", ".mov", ".mkv", ".webm")
STILLS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
WRITABLE = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


class Routed(NamedTuple):
    """A graph, the key of the node that was set, and what was done in a sentence (may be empty)."""

    graph: Graph
    key: str
    said: str = ""


def trunk(graph: Graph, sink: str) -> list[str]:
    """The keys from a sink up to its source, each node's first picture input taken."""
    flat = graph.flatten()
    way = [sink]
    while (link := _feed(flat, way[-1])) is not None and link.source_key not in way:
        way.append(link.source_key)
    return way


def sinks(graph: Graph) -> list[str]:
    """The nodes without outputs, in the document's order."""
    flat = graph.flatten()
    return [key for key in flat.nodes if (spec := flat.spec(key)) is not None and not spec.outputs]


def makes(kind: str) -> bool:
    """Whether nodes of a type generate pictures."""
    return kind.startswith("generate.")


def source(graph: Graph) -> str | None:
    """The node that the first sink's picture comes from; a file rather than another."""
    ends = [trunk(graph, sink)[-1] for sink in sinks(graph)]
    ends = [key for key in ends if _gives_pictures(graph, key)]
    files = [key for key in graph.flatten().nodes if graph.entry(key).type == VIDEO]
    on_trunk = [key for key in ends if key in files]
    return next(iter((*on_trunk, *ends, *files)), None)


def with_input(graph: Graph, path: Path) -> Routed:
    """The graph reading a file in place of its source; GraphError where it has none of pictures."""
    key = source(graph)
    kind = STILL if path.suffix.lower() in STILLS else VIDEO
    if "%" in path.name or "*" in path.name:
        kind = SEQUENCE
    if key is None:
        raise GraphError(
            "nothing in this document reads pictures, so --input has no place; leave it out"
        )
    if graph.entry(key).type == kind:
        return Routed(graph.set(key, path=str(path)), key)
    if "/" in key:
        raise GraphError(
            f"{key} is inside a subgraph; put a video file in its place, then give --input"
        )
    said = f"{key} ({graph.entry(key).type}) is replaced by the file {path.name}"
    return Routed(_swapped(graph, key, kind, path), key, said)


def without_devices(graph: Graph, clip: Path) -> Routed:
    """The graph with a clip in place of a camera or screen, which are live only."""
    key = source(graph)
    if key is None or graph.entry(key).type not in DEVICES or "/" in key:
        return Routed(graph, key or "")
    said = f"{key} is live only: {clip.name} takes its place; --input clip.mp4 for another"
    return Routed(_swapped(graph, key, VIDEO, clip), key, said)


def without_loop(graph: Graph) -> Routed:
    """The graph whose film is played once; what loops for ever cannot be rendered to its end."""
    key = source(graph)
    if key is None or graph.entry(key).type not in PLAYED_ONCE or ends(graph):
        return Routed(graph, key or "")
    said = f"{key} plays in a loop: one round of it is rendered; --frames A:B for another length"
    return Routed(graph.set(key, loop=PLAYED_ONCE[graph.entry(key).type]), key, said)


def ends(graph: Graph) -> bool:
    """Whether the picture comes from a file that is played once."""
    key = source(graph)
    kind = graph.entry(key).type if key is not None else ""
    return kind in PLAYED_ONCE and graph.value(key or "", "loop") == PLAYED_ONCE[kind]


def with_output(graph: Graph, path: Path, *, exists: str = "overwrite") -> Routed:
    """The graph writing to a film or a folder of pictures, by a sink that it has or one more.

    MediaError where the name says neither; GraphError where no node gives a picture.
    """
    kind = output_kind(path)
    path = path if kind == FILM else pictures_path(path)
    values = {"path": str(path), "exists": exists}
    known = {param.name for param in graph.types.get(kind).params}
    values = {name: value for name, value in values.items() if name in known}
    for key in sinks(graph):
        if graph.entry(key).type == kind:
            return Routed(graph.set(key, **values), key)
    feed = picture_end(graph)
    key = graph.free_key(kind)
    grown = graph.add(kind, key, **values).connect(feed, f"{key}.frame")
    return Routed(with_sound(grown, key, feed), key)


def output_kind(path: Path) -> str:
    """The sink that writes what a path names."""
    suffix = path.suffix.lower()
    if suffix in FILMS:
        return FILM
    if suffix in WRITABLE or not suffix:
        return PICTURES
    known = f"a film ends in {', '.join(FILMS)}, pictures in {', '.join(WRITABLE)}"
    raise MediaError(f"{path} ends in {suffix!r}; {known}, or name a folder")


def pictures_path(path: Path) -> Path:
    """`shots`, `shots/%05d.png` and `shots/frame.png` as the last, which the sink numbers."""
    if not path.suffix:
        return path / "frame.png"
    stem = re.sub(r"[._-]*%0?\d*d", "", path.stem)
    return path.with_stem(stem or "frame")


def writers(graph: Graph) -> list[str]:
    """The sinks that write films or pictures, whether or not they have a file."""
    flat = graph.flatten()
    return [key for key in sinks(graph) if flat.nodes[key].type in (FILM, PICTURES)]


def _swapped(graph: Graph, key: str, kind: str, path: Path) -> Graph:
    ports = {port.name: port.type for port in graph.outputs(key)}
    fed = [link for link in graph.links if link.source_key == key]
    graph = graph.remove(key).add(kind, key, path=str(path))
    outputs = {port.type: port.name for port in graph.outputs(key)}
    for link in fed:
        port = outputs.get(ports[link.source_port])
        if port is not None:
            graph = graph.connect(f"{key}.{port}", link.target, link.policy)
    return graph


def _feed(flat: Graph, key: str) -> Link | None:
    """The link into a node's first input of pictures, else into its first input."""
    inputs = list(flat.inputs(key))
    inputs.sort(key=lambda port: port.type is not Frame)
    for port in inputs:
        for link in flat.links:
            if link.target == f"{key}.{port.name}":
                return link
    return None


def _gives_pictures(graph: Graph, key: str) -> bool:
    return any(port.type is Frame for port in graph.outputs(key))


def picture_end(graph: Graph) -> str:
    """The output that the first sink of pictures shows, else the last one that nothing takes."""
    sinks_here = [key for key in graph.nodes if not graph.outputs(key)]
    shown = [link.source for key in sinks_here if (link := _feed(graph, key)) is not None]
    taken = {link.source for link in graph.links}
    ends = [f"{key}.{port.name}" for key in graph.nodes for port in graph.outputs(key)]
    free = [end for end in reversed(ends) if end not in taken]
    for end in (*shown, *free):
        if _type_of(graph, end) is Frame:
            return end
    raise GraphError("no node of this document gives a picture, so there is nothing to write")


def _type_of(graph: Graph, end: str) -> type | None:
    port = graph.output(*split_end(end))
    return port.type if port else None


def with_sound(graph: Graph, sink: str, feed: str) -> Graph:
    """Links the sound of the picture's source to a sink that can take it."""
    wants = next((port for port in graph.inputs(sink) if port.type is Audio), None)
    end = trunk(graph, sink)[-1]
    gives = next((port for port in graph.outputs(end) if port.type is Audio), None)
    if wants is None or gives is None:
        return graph
    return graph.connect(f"{end}.{gives.name}", f"{sink}.{wants.name}")
