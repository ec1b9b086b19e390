"""What a cue can hold of a graph that runs: which parameters, and the values that they have now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.cells import LINK
from engine.errors import GraphError, ParamError
from engine.parts import split_end
from engine.spec import Lane, to_json
from engine.values import Prompt, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.graph import Graph
    from engine.spec import Param

End = tuple[str, str]  # a node's key and a parameter's name
SIZES = ("size", "width", "height")  # where they count pixels or are chosen, they rebuild memory


class Played(Protocol):
    """What is read of a session."""

    @property
    def graph(self) -> Graph: ...
    def value(self, key: str, name: str) -> Any: ...
    def driven(self, key: str, name: str) -> str | None: ...


def storable(graph: Graph) -> list[tuple[str, Param]]:
    """Every parameter that a cue can set, as `node.param`, nodes inside subgraphs with them."""
    flat = graph.flatten()
    return [
        (f"{key}.{param.name}", param)
        for key in flat.nodes
        for param in flat.params(key)
        if param.live and param.type not in (Path, Trigger)
    ]


def whole(played: Played) -> list[str]:
    """What a cue of the whole graph sets: all that no link drives."""
    return [end for end, _ in storable(played.graph) if played.driven(*split_end(end)) != LINK]


def look(played: Played) -> list[str]:
    """What shapes the picture: nothing of files, devices and outputs, and no sizes."""
    graph = played.graph.flatten()
    shapes = {f"{key}.{param.name}" for key in graph.nodes for param in _shaping(graph, key)}
    return [end for end in whole(played) if end in shapes]


def _shaping(graph: Graph, key: str) -> list[Param]:
    spec = graph.spec(key)
    if spec is None or spec.lane is Lane.IO or spec.category == "sinks":
        return []
    return [param for param in graph.params(key) if not _is_size(param)]


def _is_size(param: Param) -> bool:
    return param.name in SIZES and (param.unit == "px" or bool(param.choices))


def prompts(played: Played) -> list[str]:
    """The prompts of the graph that no link drives."""
    return [end for end in prompt_ends(played.graph) if played.driven(*split_end(end)) != LINK]


def prompt_ends(graph: Graph) -> list[str]:
    """Every prompt of a graph as `node.param`."""
    return [end for end, param in storable(graph) if param.type is Prompt]


def touched(played: Played) -> list[str]:
    """What hands, controllers and cues hold away from the document."""
    return [
        end
        for end, _ in storable(played.graph)
        if played.driven(*split_end(end)) not in (None, LINK)
    ]


def of_nodes(played: Played, keys: Iterable[str]) -> list[str]:
    """What a cue of the whole graph sets of some nodes, and of the nodes inside them."""
    heads = tuple(keys)
    return [
        end
        for end in whole(played)
        if any(split_end(end)[0] == key or end.startswith(f"{key}/") for key in heads)
    ]


def live_values(played: Played, ends: Iterable[str]) -> dict[str, Any]:
    """The present values of parameters as JSON, by `node.param`."""
    return {end: to_json(played.value(*split_end(end))) for end in ends}


def playable(graph: Graph, values: Mapping[str, Any]) -> tuple[dict[End, Any], list[str]]:
    """What of a cue's values the graph can take, parsed, and the ends of what it cannot."""
    found: dict[End, Any] = {}
    lost: list[str] = []
    for end, value in values.items():
        key, name = split_end(end)
        try:
            found[key, name] = _param(graph, key, name).parse(value)
        except (GraphError, ParamError):
            lost.append(end)
    return found, lost


def _param(graph: Graph, key: str, name: str) -> Param:
    """A parameter that changes live; GraphError where there is none."""
    for param in graph.params(key):
        if param.name == name and param.live:
            return param
    raise GraphError(f"{key} has no parameter {name!r} that changes while it runs")


SUBSETS: dict[str, Callable[[Played], list[str]]] = {  # what can be stored, the usual first
    "Look": look,
    "Prompts": prompts,
    "What was touched": touched,
    "Everything": whole,
}
