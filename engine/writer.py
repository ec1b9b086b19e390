"""A graph to JSON that reads well in a diff: sorted keys, a link a line, positions in a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.spec import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.graph import Graph
    from engine.node import Stream
    from engine.parts import NodeEntry


def stream_json(stream: Stream) -> dict[str, Any]:
    """The stream as a document holds it; a rate that is not whole is text."""
    fps = stream.fps.numerator if stream.fps.denominator == 1 else str(stream.fps)
    return {"width": stream.width, "height": stream.height, "fps": fps, "seed": stream.seed}


def graph_json(graph: Graph, folder: Path | None) -> dict[str, Any]:
    """`nodes` and `links`; files below the folder are named relative to it."""
    return {
        "nodes": {key: _entry_json(entry, folder) for key, entry in graph.nodes.items()},
        "links": [str(link) for link in graph.links],
    }


def _entry_json(entry: NodeEntry, folder: Path | None) -> dict[str, Any]:
    data = {**entry.extra, "type": entry.type, "version": entry.version}
    if entry.flags:
        data["flags"] = sorted(entry.flags)
    if entry.expose:
        data["expose"] = list(entry.expose)
    if entry.body is None:
        params = entry.params.items()
        return {**data, "params": {name: _value_json(value, folder) for name, value in params}}
    border = entry.border
    return {
        **data,
        **graph_json(entry.body, folder),
        "inputs": {name: _one_or_all(ends) for name, ends in border.inputs.items()},
        "outputs": dict(border.outputs),
        "promoted": dict(border.params),
    }


def _one_or_all(ends: tuple[str, ...]) -> str | list[str]:
    return ends[0] if len(ends) == 1 else list(ends)


def _value_json(value: Any, folder: Path | None) -> Any:
    if isinstance(value, Path) and folder and value.is_absolute() and value.is_relative_to(folder):
        value = value.relative_to(folder)
    return to_json(value)


def text_of(value: Any, indent: str = "\n", *, ordered: bool = False) -> str:
    """JSON with an indent of 2; ValueError for numbers that JSON has not."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        pairs = cast("Mapping[str, Any]", value)
        names = list(pairs) if ordered else sorted(pairs)
        lines = [f"{_scalar(name)}: {text_of(pairs[name], inner)}" for name in names]
        return "{" + inner + f",{inner}".join(lines) + indent + "}"
    if isinstance(value, list | tuple) and value and not _is_row(cast("list[Any]", value)):
        lines = [text_of(each, inner) for each in cast("list[Any]", value)]
        return "[" + inner + f",{inner}".join(lines) + indent + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _is_row(values: list[Any]) -> bool:
    """Positions, ranges and weighted pieces: a few scalars, one of them a number."""
    scalars = all(value is None or isinstance(value, str | int | float) for value in values)
    return scalars and any(isinstance(value, int | float) for value in values)
