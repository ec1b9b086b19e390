"""What turns one graph into another; entries that both graphs share cost nothing to compare."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.parts import Link, NodeEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.graph import Graph
    from engine.node import Stream


@dataclass(frozen=True)
class Diff:
    """Applied in this order it turns the old graph into the new one.

    `params` has the changed values alone; `retyped` has whole entries whose type, version, subgraph
    or kept fields differ. A rename is a removal and an addition.
    """

    removed: tuple[str, ...] = ()
    added: Mapping[str, NodeEntry] = field(default_factory=dict[str, NodeEntry])
    retyped: Mapping[str, NodeEntry] = field(default_factory=dict[str, NodeEntry])
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, "dict[str, Any]"])
    flags: Mapping[str, frozenset[str]] = field(default_factory=dict[str, "frozenset[str]"])
    expose: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    links_removed: tuple[Link, ...] = ()
    links_added: tuple[Link, ...] = ()
    stream: Stream | None = None  # the new one, where it changed

    def __bool__(self) -> bool:
        return self != Diff()

    @property
    def keys(self) -> frozenset[str]:
        """Every node whose entry or existence changed."""
        groups = (self.added, self.retyped, self.params, self.flags, self.expose)
        return frozenset(self.removed).union(*groups)


def difference(old: Graph, new: Graph) -> Diff:
    """The diff from one graph to another."""
    both = [key for key in new.nodes if key in old.nodes and new.nodes[key] is not old.nodes[key]]
    pairs = {key: (old.nodes[key], new.nodes[key]) for key in both}
    retyped = {key: after for key, (before, after) in pairs.items() if _is_another(before, after)}
    same = {key: pair for key, pair in pairs.items() if key not in retyped}
    return Diff(
        removed=tuple(key for key in old.nodes if key not in new.nodes),
        added={key: entry for key, entry in new.nodes.items() if key not in old.nodes},
        retyped=retyped,
        params={key: changed for key, pair in same.items() if (changed := _changed(*pair))},
        flags={key: b.flags for key, (a, b) in same.items() if a.flags != b.flags},
        expose={key: b.expose for key, (a, b) in same.items() if a.expose != b.expose},
        links_removed=_without(old.links, new.links),
        links_added=_without(new.links, old.links),
        stream=None if new.stream == old.stream else new.stream,
    )


def _is_another(old: NodeEntry, new: NodeEntry) -> bool:
    if old.params.keys() != new.params.keys():
        return True
    return replace(old, params=new.params, flags=new.flags, expose=new.expose) != new


def _changed(old: NodeEntry, new: NodeEntry) -> dict[str, Any]:
    if old.params is new.params:
        return {}
    return {name: value for name, value in new.params.items() if not same(old.params[name], value)}


def same(old: Any, new: Any) -> bool:
    """Whether two values are one, also in type: 1 is not 1.0, which a file would tell apart."""
    return old is new or (type(old) is type(new) and old == new)


def _without(links: tuple[Link, ...], others: tuple[Link, ...]) -> tuple[Link, ...]:
    if links is others:
        return ()
    known = set(others)
    return tuple(link for link in links if link not in known)
