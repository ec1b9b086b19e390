"""JSON to a graph: parsed strictly at the edge, migrated node by node, and nothing unknown is lost.

Shapes that no document has are refused with the place; values that a node cannot hold, and types
that are not installed, stay in their entries as they were found and are named as problems.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import DocumentError, GraphError, ParamError
from engine.graph import Graph
from engine.node import Stream
from engine.packet import frame_rate
from engine.parts import (
    SUBGRAPH,
    Border,
    Link,
    NodeEntry,
    checked_key,
    checked_stream,
    sorted_links,
    split_end,
)
from engine.strictjson import a_list, a_text, a_whole, an_object
from engine.validate import Problem, is_address

if TYPE_CHECKING:
    from engine.registry import Registry
    from engine.spec import NodeSpec, Param

DEEPEST = 16  # subgraphs in each other
KNOWN = frozenset({"type", "version", "params", "flags", "expose"})
KNOWN_IN_SUBGRAPHS = KNOWN | {"nodes", "links", "inputs", "outputs", "promoted"}


@dataclass
class Reading:
    """What reading a document gathers: problems, and by path key the names that nodes gave up."""

    types: Registry
    folder: Path | None = None
    problems: list[Problem] = field(default_factory=list[Problem])
    renames: dict[str, dict[str, str]] = field(default_factory=dict[str, "dict[str, str]"])

    def end(self, end: str) -> str:
        """`blur.size` as its node calls it today."""
        key, name = split_end(end)
        return f"{key}.{self.renames.get(key, {}).get(name, name)}"

    def warn(self, key: str, name: str, message: str) -> None:
        self.problems.append(Problem(key, name, message, "warning"))


def read_stream(data: dict[str, Any]) -> Stream:
    """Size, rate and seed; DocumentError where no stream has them."""
    known = Stream()
    sizes = {name: data.get(name, getattr(known, name)) for name in ("width", "height", "seed")}
    whole = {name: a_whole(value, f"stream.{name}") for name, value in sizes.items()}
    try:
        return checked_stream(Stream(**whole, fps=_rate(data.get("fps", known.fps))))
    except (GraphError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise DocumentError(f"the stream cannot be: {error}") from None


def read_graph(data: dict[str, Any], stream: Stream, reading: Reading, path: str = "") -> Graph:
    """The graph in an object with `nodes` and `links`; `path` is its key with a slash."""
    if path.count("/") > DEEPEST:
        raise DocumentError(f"{path} is more than {DEEPEST} subgraphs deep")
    found = an_object(data.get("nodes", {}), f"{path}nodes")
    nodes = {_key(key, path): _entry(entry, path + key, reading) for key, entry in found.items()}
    lines = a_list(data.get("links", []), f"{path}links")
    links = [link for line in lines if (link := _link(line, path, reading))]
    return Graph(reading.types, stream, nodes, sorted_links(list(dict.fromkeys(links))))


def read_end(value: Any, where: str) -> str:
    """`mix.amount`: a node and what is meant of it."""
    end = a_text(value, where)
    if not all(split_end(end)):
        raise DocumentError(f"{where} is {end!r}, not a node and a name such as 'mix.amount'")
    return end


def _key(key: str, path: str) -> str:
    try:
        return checked_key(key)
    except GraphError as error:
        raise DocumentError(f"{path}{error}") from None


def _link(line: Any, path: str, reading: Reading) -> Link | None:
    text = a_text(line, f"a line of {path}links")
    try:
        link = Link.parse(text)
    except GraphError as error:
        reading.warn(path.rstrip("/"), "", f"{error}; it was left out")
        return None
    source = _local(reading, path, path + link.source)
    return Link(*source, *_local(reading, path, path + link.target), link.policy)


def _local(reading: Reading, path: str, end: str) -> tuple[str, str]:
    key, name = split_end(reading.end(end))
    return key.removeprefix(path), name


def _entry(value: Any, path: str, reading: Reading) -> NodeEntry:
    data = an_object(value, f"nodes.{path}")
    type_id = a_text(data.get("type"), f"nodes.{path}.type")
    if type_id == SUBGRAPH:
        return _subgraph(data, path, reading)
    entry = NodeEntry(
        type=type_id,
        params=an_object(data.get("params", {}), f"nodes.{path}.params"),
        version=a_whole(data.get("version", 1), f"nodes.{path}.version"),
        flags=frozenset(_texts(data, "flags", path)),
        expose=tuple(_texts(data, "expose", path)),
        extra={name: kept for name, kept in data.items() if name not in KNOWN},
    )
    spec = reading.types.find(type_id) or reading.types.resolve_replaced(type_id)
    return _todays(entry, spec, path, reading) if spec else entry


def _subgraph(data: dict[str, Any], path: str, reading: Reading) -> NodeEntry:
    body = read_graph(data, Stream(), reading, f"{path}/")

    def ends(name: str) -> dict[str, Any]:
        return an_object(data.get(name, {}), f"nodes.{path}.{name}")

    def inner(value: Any) -> str:
        end = read_end(value, f"an end in nodes.{path}")
        return ".".join(_local(reading, f"{path}/", f"{path}/{end}"))

    def inner_all(value: Any) -> tuple[str, ...]:
        several = isinstance(value, list)
        return tuple(map(inner, a_list(value, f"nodes.{path}.inputs") if several else [value]))

    border = Border(
        {name: inner_all(value) for name, value in ends("inputs").items()},
        {name: inner(end) for name, end in ends("outputs").items()},
        {name: inner(end) for name, end in ends("promoted").items()},
    )
    return NodeEntry(
        SUBGRAPH,
        version=a_whole(data.get("version", 1), f"nodes.{path}.version"),
        flags=frozenset(_texts(data, "flags", path)),
        expose=tuple(_texts(data, "expose", path)),
        extra={name: kept for name, kept in data.items() if name not in KNOWN_IN_SUBGRAPHS},
        body=body,
        border=border,
    )


def _todays(entry: NodeEntry, spec: NodeSpec, path: str, reading: Reading) -> NodeEntry:
    """An entry as today's version of its node would have saved it."""
    reading.renames[path] = dict(spec.renamed)
    params = {_renamed(spec, name, entry.params): value for name, value in entry.params.items()}
    if entry.version < spec.version:
        params = _upgraded(spec, params, entry.version, path, reading)
    values = {p.name: _parsed(p, params.get(p.name, p.default), reading) for p in spec.params}
    return NodeEntry(
        type=spec.id,
        params={**params, **values},
        version=max(entry.version, spec.version),
        flags=entry.flags,
        expose=tuple(dict.fromkeys(spec.renamed.get(name, name) for name in entry.expose)),
        extra=entry.extra,
    )


def _renamed(spec: NodeSpec, name: str, given: Any) -> str:
    """Today's name of a parameter; its own where today's is given as well."""
    today = spec.renamed.get(name, name)
    return name if today in given else today


def _upgraded(
    spec: NodeSpec, params: dict[str, Any], version: int, path: str, reading: Reading
) -> dict[str, Any]:
    try:
        return an_object(spec.cls.upgrade(dict(params), version), "what upgrade() returned")
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        DocumentError,
    ) as error:
        message = f"{path} cannot be brought from version {version} to {spec.version}: {error!r}"
        reading.warn(path, "", message)
        return params


def _parsed(param: Param, value: Any, reading: Reading) -> Any:
    """The value in the parameter's type, or as it was found: `validate` has the sentence then."""
    try:
        parsed = param.parse(value)
    except (ParamError, OverflowError):
        return value
    if isinstance(parsed, Path) and parsed.parts and reading.folder:
        return parsed if is_address(parsed) else reading.folder / parsed
    return parsed


def _texts(data: dict[str, Any], name: str, path: str) -> list[str]:
    where = f"nodes.{path}.{name}"
    return [a_text(text, f"an entry of {where}") for text in a_list(data.get(name, []), where)]


def _rate(value: Any) -> Fraction:
    if isinstance(value, float):
        return frame_rate(value)
    if type(value) is int or isinstance(value, str | Fraction):
        return Fraction(value)
    raise ValueError(f"its rate is a number such as 30 or '30000/1001', not {value!r}")
