"""What a graph is made of: entries of nodes, links of one line of text, borders of subgraphs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from engine.errors import GraphError
from engine.spec import Param, can_drive, can_link, converter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.graph import Graph
    from engine.node import Stream
    from engine.spec import NodeSpec, Port

SUBGRAPH = "graph"  # the type of an entry that holds a graph
FLAGS = frozenset({"bypass", "mute", "hold"})

PolicyKind = Literal["latest", "queue", "lossless"]

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_END = r"([a-z][a-z0-9_]*(?:/[a-z][a-z0-9_]*)*)\.([A-Za-z_]\w*)"
_LINK = re.compile(rf"\s*{_END}\s*->\s*{_END}\s*(?:\[([^\[\]]*)\])?\s*", re.ASCII)


@dataclass(frozen=True)
class LinkPolicy:
    """How a link queues, in place of what port and mode choose; `seconds` is a queue's depth."""

    kind: PolicyKind
    seconds: float = 0.0

    def __post_init__(self) -> None:
        wants_depth = self.kind == "queue"
        if not math.isfinite(self.seconds) or (self.seconds > 0) is not wants_depth:
            raise GraphError(
                f"a link is [latest], [lossless] or [queue 0.2] (seconds), not [{self}]"
            )

    def __str__(self) -> str:
        return f"queue {self.seconds!r}" if self.kind == "queue" else self.kind

    @staticmethod
    def parse(text: str) -> LinkPolicy:
        """`latest`, `lossless` or `queue 0.2`."""
        words = text.split()
        try:
            if words in (["latest"], ["lossless"]):
                return LinkPolicy(cast("PolicyKind", words[0]))
            if len(words) == 2 and words[0] == "queue":
                return LinkPolicy("queue", float(words[1]))
        except ValueError:
            pass
        raise GraphError(f"a link is [latest], [lossless] or [queue 0.2] (seconds), not [{text}]")


@dataclass(frozen=True)
class Link:
    """From an output to an input or a parameter. Keys inside subgraphs are paths: `look/blur`."""

    source_key: str
    source_port: str
    target_key: str
    target_port: str
    policy: LinkPolicy | None = None

    @property
    def source(self) -> str:
        return f"{self.source_key}.{self.source_port}"

    @property
    def target(self) -> str:
        return f"{self.target_key}.{self.target_port}"

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}" + (f" [{self.policy}]" if self.policy else "")

    @staticmethod
    def parse(text: str) -> Link:
        """`a.out -> b.in`, `a.out -> b.in [queue 0.2]`; GraphError with what a link looks like."""
        found = _LINK.fullmatch(text)
        if found is None:
            raise GraphError(
                f"{text!r} is not a link; write 'a.out -> b.in' or 'a.out -> b.in [queue 0.2]'"
            )
        source, out, target, port, policy = found.groups()
        chosen = None if policy is None else LinkPolicy.parse(policy)
        return Link(source, out, target, port, chosen)

    @staticmethod
    def between(source: str, target: str, policy: LinkPolicy | None = None) -> Link:
        """A link from its two ends, each `key.port`."""
        return replace(Link.parse(f"{source} -> {target}"), policy=policy)

    def renamed(self, keys: Mapping[str, str]) -> Link:
        """The same link after nodes were renamed."""
        if self.source_key not in keys and self.target_key not in keys:
            return self
        source, target = (keys.get(key, key) for key in (self.source_key, self.target_key))
        return replace(self, source_key=source, target_key=target)


@dataclass(frozen=True)
class Border:
    """What a subgraph shows outside, by name, and what each is inside (`key.port`, `key.param`)."""

    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    params: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class NodeEntry:
    """One node. `extra` keeps JSON fields that are not known here; `body` makes it a subgraph."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    version: int = 1
    flags: frozenset[str] = frozenset()
    expose: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: Graph | None = None
    border: Border = Border()


def settled(spec: NodeSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """All values as a node runs with them: parsed, within limits, defaults where none is given."""
    given = {name: params.get(name, default) for name, default in spec.defaults().items()}
    return {param.name: param.clamp(param.parse(given[param.name])) for param in spec.params}


def checked_key(key: str) -> str:
    """The key itself; GraphError where it is not a word of small letters, digits, underscores."""
    if not _KEY.fullmatch(key):
        raise GraphError(
            f"{key!r} is no name for a node; use small letters, digits and _, a letter first"
        )
    return key


def split_end(end: str) -> tuple[str, str]:
    """`look/blur.radius` as the key `look/blur` and the name `radius`."""
    key, _, name = end.rpartition(".")
    return key, name


def sorted_links(links: list[Link]) -> tuple[Link, ...]:
    """Links in the order in which a file lists them."""
    return tuple(sorted(links, key=str))


def fits(source: Port, target: Port | Param) -> bool:
    """Whether what an output gives may arrive at an input or drive a parameter."""
    if isinstance(target, Param):
        return can_drive(source.type, target)
    return can_link(source.type, target.type)


def mismatch(link: Link, source: type, target: Port | Param) -> str:
    """The sentence that refuses a link between types, with the node that converts."""
    kind = "a choice" if isinstance(target, Param) and target.choices else target.type.__name__
    through = converter(source, target.type)
    hint = f"; {through} converts it" if through else ""
    return f"cannot link {link.source} to {link.target}: {source.__name__} is not {kind}{hint}"


def checked_stream(stream: Stream) -> Stream:
    """The stream itself; GraphError where its size, rate or seed cannot be."""
    for name, size in (("width", stream.width), ("height", stream.height)):
        if not 16 <= size <= 16384:
            raise GraphError(f"the stream's {name} is 16 to 16384 pixels, not {size}")
    if not 0 < stream.fps <= 1000:
        raise GraphError(f"the stream has 0 to 1000 frames a second, not {stream.fps}")
    if not 0 <= stream.seed < 1 << 63:
        raise GraphError(f"the seed is a whole number from 0 on, not {stream.seed}")
    return stream
