"""What a person ordered, and the graph that comes of it: another source, a sink, a size, values.

Live and offline prepare a graph in the same way, and so every graph of an event log, so that a show
replays onto another clip.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app import routing, sizing, words
from app.folders import CLIPS
from engine.errors import GraphError, MediaError
from engine.validate import validate
from nodes.sinks.output_file import check_folder
from nodes.sources.media import probe

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from app.terminal import Terminal
    from engine.graph import Graph


@dataclass(frozen=True)
class Order:
    """The words; None is what the document or the clip says."""

    document: str
    input: Path | None = None
    out: Path | None = None
    values: list[str] = field(default_factory=list)
    first: int = 0
    last: int | None = None
    seed: int | None = None
    size: tuple[int, int] | None = None
    fps: Fraction | None = None
    log: Path | None = None


class Preparation:
    """Makes graphs as the order wants them. MediaError where input or output cannot be."""

    def __init__(self, order: Order, *, live: bool) -> None:
        self._order = order
        self._live = live
        self._clip = (
            probe(order.input) if order.input is not None and _is_film(order.input) else None
        )
        if order.out is not None:
            _check_output(order.out.absolute())

    def graph(self, graph: Graph) -> Graph:
        """The graph with input, output, stream and values set."""
        order = self._order
        graph = self._with_source(graph).graph
        if not self._live and order.last is None:
            graph = routing.without_loop(graph).graph
        if order.out is not None:
            graph = routing.with_output(graph, order.out.absolute()).graph
        return words.with_values(self._sized(graph), order.values)

    def tell(self, before: Graph, graph: Graph, terminal: Terminal) -> None:
        """Says what a person may not expect."""
        order, stream = self._order, graph.stream
        for word in order.values:
            driver = words.driver(graph, word)
            if driver:
                terminal.warn(
                    f"{word.partition('=')[0]} is driven by {driver}, so --set changes nothing"
                )
        sourced = self._with_source(before)
        looped = routing.without_loop(sourced.graph)
        if sourced.said:
            terminal.note(sourced.said)
        if looped.said and not self._live and order.last is None and order.input is None:
            terminal.note(looped.said)
        size = f"{stream.width}x{stream.height}, {float(stream.fps):.4g} frames/s"
        terminal.note(f"{order.document}: {size}{self._why_this_size(graph)}")

    def _with_source(self, graph: Graph) -> routing.Routed:
        if self._order.input is not None:
            return routing.with_input(graph, self._order.input.absolute())
        if self._live:
            return routing.Routed(graph, "")
        return routing.without_devices(graph, CLIPS / "demo.mp4")

    def _sized(self, graph: Graph) -> Graph:
        order, clip = self._order, self._clip
        width, height = order.size or (None, None)
        if order.size is None and clip is not None:
            width, height = sizing.fitted(graph, clip.width, clip.height)
        fps = order.fps or (clip.fps if clip is not None else None)
        return graph.with_stream(width=width, height=height, fps=fps, seed=order.seed)

    def _why_this_size(self, graph: Graph) -> str:
        clip, stream = self._clip, graph.stream
        if (
            clip is None
            or self._order.size
            or (clip.width, clip.height) == (stream.width, stream.height)
        ):
            return ""
        own = f"{clip.width}x{clip.height}"
        return f" (the clip's shape at the size of this document; --size {own} for the clip's own)"


def refuse_errors(graph: Graph, name: str) -> None:
    """GraphError where a node of the graph cannot run."""
    errors = [problem for problem in validate(graph) if problem.severity == "error"]
    if errors:
        more = (
            f"; {len(errors) - 1} more, `slipstream check {name}` lists them" if errors[1:] else ""
        )
        fix = f"; {errors[0].fix}" if errors[0].fix else ""
        raise GraphError(f"{errors[0].message}{fix}{more}")


def _check_output(path: Path) -> None:
    """MediaError unless a film, or the folder of pictures, can be made there."""
    if routing.output_kind(path) == routing.FILM:
        check_folder(path)
        return
    folder = routing.pictures_path(path).parent
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise MediaError(f"cannot make the folder {folder}: {error.strerror}") from None
    check_folder(folder / "frame.png")


def _is_film(path: Path) -> bool:
    return not {"%", "*"} & set(path.name) and path.suffix.lower() not in routing.STILLS
