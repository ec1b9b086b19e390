"""Is the graph runnable: what a person should hear about it, and which nodes stand still meanwhile.

Only errors make a node inert. A link that cannot carry is a warning and carries nothing; where an
input needed it, the missing input is the error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from engine.errors import GraphError, ParamError, did_you_mean
from engine.loops import stalls, tangles, undelayed
from engine.parts import FLAGS, Link, fits, mismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.graph import Graph
    from engine.parts import NodeEntry
    from engine.spec import NodeSpec, Param

_ADDRESS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]+:/"
)  # rtsp://camera, once a Path has swallowed a slash


@dataclass(frozen=True)
class Problem:
    """What is wrong at a node ("" for the whole graph) and, where it can be said, what mends it."""

    key: str
    port_or_param: str
    message: str
    severity: Literal["error", "warning"] = "error"
    fix: str | None = None

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}" + (f" ({self.fix})" if self.fix else "")


class Verdict(NamedTuple):
    """What is wrong with a graph, and which links of the flattened graph carry all the same."""

    problems: list[Problem]
    links: tuple[Link, ...]


def examine(graph: Graph) -> Verdict:
    """Every problem of a graph; keys inside subgraphs are paths. Nothing is raised."""
    flat = graph.flatten()
    faults = [_fault(flat, link) for link in flat.links]
    carried = _carried(flat.links, faults)
    nested = any(entry.body is not None for entry in graph.nodes.values())
    problems = [*_overall(flat), *(_links(graph, "") if nested else _faulty(graph, "", faults))]
    for key, entry in flat.nodes.items():
        problems.extend(_node(flat, key, entry))
    problems.extend(_missing(flat, carried))
    problems.extend(_loops(flat, carried))
    return Verdict(problems, carried)


def validate(graph: Graph) -> list[Problem]:
    """The problems that `examine` finds."""
    return examine(graph).problems


def inert(graph: Graph, problems: Iterable[Problem]) -> set[str]:
    """The nodes of the flattened graph that cannot run; their consumers are not among them."""
    wrong = {problem.key for problem in problems if problem.severity == "error"}
    return wrong & set(graph.flatten().nodes)


def _overall(flat: Graph) -> Iterator[Problem]:
    if not flat.nodes:
        yield Problem("", "", "the graph is empty", "warning", "add a source and a sink")
        return
    specs = [flat.types.find(entry.type) for entry in flat.nodes.values()]
    if all(spec is None or spec.outputs for spec in specs):
        yield Problem("", "", "nothing shows or records the picture", "warning", "add a sink")


def _links(graph: Graph, path: str) -> Iterator[Problem]:
    yield from _faulty(graph, path, [_fault(graph, link) for link in graph.links])
    for key, entry in graph.nodes.items():
        if entry.body is not None:
            yield from _links(entry.body, f"{path}{key}/")


def _faulty(graph: Graph, path: str, faults: list[str | None]) -> Iterator[Problem]:
    taken: set[str] = set()
    for link, found in zip(graph.links, faults, strict=True):
        fault = found
        if fault is None and link.target in taken:
            fault = f"{link.target} has two links; {link.source} is left out"
        taken.add(link.target)
        if fault is not None:
            key = link.target_key if link.target_key in graph.nodes else link.source_key
            yield Problem(path + key, link.target_port, fault, "warning", f"remove {link}")


def _carried(links: tuple[Link, ...], faults: list[str | None]) -> tuple[Link, ...]:
    """Links without a fault, the first alone where several arrive at one input."""
    taken: dict[str, Link] = {}
    for link, fault in zip(links, faults, strict=True):
        if fault is None:
            taken.setdefault(link.target, link)
    return tuple(taken.values())


def _fault(graph: Graph, link: Link) -> str | None:
    """Why a link cannot carry, None where it can."""
    try:
        source, target = graph.ends(link)
    except GraphError as error:
        return str(error)
    return None if fits(source, target) else mismatch(link, source.type, target)


def _node(flat: Graph, key: str, entry: NodeEntry) -> Iterator[Problem]:
    spec = flat.types.find(entry.type)
    if spec is None:
        hint = did_you_mean(entry.type, [known.id for known in flat.types.specs()])
        message = f"{key} has the type {entry.type!r}, which is not installed{hint}"
        yield Problem(key, "", message, fix="install the nodes that it comes from")
        return
    if entry.version > spec.version:
        message = f"{key} was saved by version {entry.version} of {spec.id}; this is {spec.version}"
        yield Problem(key, "", message, "warning", "update the node")
    for name in sorted(entry.params.keys() - {param.name for param in spec.params}):
        hint = did_you_mean(name, spec.defaults())
        yield Problem(key, name, f"{spec.id} has no parameter {name!r}{hint}", "warning")
    for flag in sorted(entry.flags - FLAGS) if entry.flags else ():
        yield Problem(key, flag, f"{key} has an unknown flag {flag!r}", "warning")
    for param in spec.params:
        yield from _value(key, spec, param, entry.params.get(param.name, param.default))


def _value(key: str, spec: NodeSpec, param: Param, value: Any) -> Iterator[Problem]:
    try:
        parsed = param.parse(value)
    except (ParamError, OverflowError) as error:
        yield Problem(key, param.name, f"{key}: {error}", fix=f"set it to {param.default!r}")
        return
    if param.clamp(parsed) != parsed:
        message = f"{key}.{param.name} = {value!r} is outside {param.span()}"
        yield Problem(key, param.name, message, "warning", f"{param.clamp(parsed)!r} is used")
    if isinstance(parsed, Path) and spec.outputs and _is_missing(parsed):
        message = f"{key}.{param.name}: there is no file {str(parsed)!r}"
        yield Problem(key, param.name, message, "warning", "choose another file")


def is_address(path: Path) -> bool:
    """Whether what stands in place of a file is an address such as rtsp://camera."""
    return _ADDRESS.match(str(path)) is not None


def _is_missing(path: Path) -> bool:
    if not path.parts or is_address(path) or "%" in path.name or "*" in path.name:
        return False
    try:
        return not path.exists()
    except (OSError, ValueError):
        return True


def _missing(flat: Graph, carried: tuple[Link, ...]) -> Iterator[Problem]:
    fed = {link.target for link in carried}
    fed.update(link.target for link in flat.links if _is_placeholder(flat, link.source_key))
    for key, entry in flat.nodes.items():
        spec = flat.types.find(entry.type)
        for port in spec.inputs if spec else ():
            if not port.optional and f"{key}.{port.name}" not in fed:
                message = f"{key} has nothing linked to {port.name}"
                yield Problem(key, port.name, message, fix=f"link a {port.type.__name__} to it")


def _is_placeholder(flat: Graph, key: str) -> bool:
    entry = flat.nodes.get(key)
    return entry is not None and flat.types.find(entry.type) is None


def _loops(flat: Graph, carried: tuple[Link, ...]) -> Iterator[Problem]:
    for loop in tangles(undelayed(flat, carried)):
        around = ", ".join(sorted(loop))
        for key in sorted(loop):
            message = f"{key} is in a loop without a Delay ({around})"
            yield Problem(key, "", message, fix="insert a Delay into the loop")
    for loop in tangles(carried):
        for link in carried:
            if link.source_key in loop and link.target_key in loop and stalls(flat, link):
                port = link.target_port
                message = f"{link.target_key} waits for its own output at {port}"
                yield Problem(link.target_key, port, message, fix="use an input that holds")
