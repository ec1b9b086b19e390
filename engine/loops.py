"""Which loops a graph may have: each holds a Delay, and enters slow nodes only by inputs that hold.

A Delay gives older content, so links into its inputs do not tie the present to itself; links into
its parameters do.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from engine.errors import GraphError
from engine.spec import Lane, Param, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Graph
    from engine.parts import Link


class LoopError(GraphError):
    """A link that closes a loop without a Delay; `Graph.connect_with_delay` makes it with one."""


def refuse_loops(old: Graph, new: Graph) -> None:
    """LoopError where new links close a loop without a Delay, GraphError where one would stall."""
    flat, known = new.flatten(), set(old.flatten().links)
    fresh = [link for link in flat.links if link not in known]
    successors = _successors(undelayed(flat, flat.links)) if fresh else {}
    for link in fresh:
        _refuse_present(flat, successors, link)
        _refuse_stall(flat, link)


def is_delayed(flat: Graph, link: Link) -> bool:
    """Whether a link leads into an input of a Delay."""
    entry = flat.nodes.get(link.target_key)
    spec = flat.types.find(entry.type) if entry else None
    return spec is not None and spec.delays and spec.input(link.target_port) is not None


def undelayed(flat: Graph, links: Iterable[Link]) -> list[Link]:
    """Of some links those that tie the present to itself: all but those into inputs of Delays."""
    return [link for link in links if not is_delayed(flat, link)]


def stalls(flat: Graph, link: Link) -> bool:
    """Whether a link makes a slow node wait for packets: in a loop it would wait for itself."""
    entry = flat.nodes.get(link.target_key)
    spec = flat.types.find(entry.type) if entry else None
    if spec is None or spec.lane is not Lane.SLOW:
        return False
    target = flat.target(link.target_key, link.target_port)
    return target is not None and not isinstance(target, Param) and target.policy is not Policy.HELD


def tangles(links: Iterable[Link]) -> list[frozenset[str]]:
    """The sets of nodes that reach each other, also one that reaches itself (Kosaraju)."""
    links = _in_loops(list(links))
    forward, backward = _successors(links), _successors(links, backward=True)
    order = [key for finished in _sweeps(forward, forward) for key in finished]
    groups = _sweeps(reversed(order), backward)
    return [
        frozenset(group)
        for group in groups
        if len(group) > 1 or group[0] in forward.get(group[0], [])
    ]


def _in_loops(links: list[Link]) -> list[Link]:
    """The links in loops or behind them, mostly none: the rest is what an order can be given to."""
    successors = _successors(links)
    waits = Counter(link.target_key for link in links)
    free = [key for key in successors if not waits[key]]
    while free:
        for key in successors.get(free.pop(), []):
            waits[key] -= 1
            if not waits[key]:
                free.append(key)
    return [link for link in links if waits[link.source_key]]


def _sweeps(roots: Iterable[str], successors: Mapping[str, list[str]]) -> list[list[str]]:
    """From each root that is still unseen: the nodes it reaches, those finished first in front."""
    seen: set[str] = set()
    return [_finished(root, successors, seen) for root in roots if root not in seen]


def _finished(root: str, successors: Mapping[str, list[str]], seen: set[str]) -> list[str]:
    seen.add(root)
    done: list[str] = []
    stack = [(root, iter(successors.get(root, [])))]
    while stack:
        key, rest = stack[-1]
        unseen = next((other for other in rest if other not in seen), None)
        if unseen is None:
            done.append(key)
            stack.pop()
        else:
            seen.add(unseen)
            stack.append((unseen, iter(successors.get(unseen, []))))
    return done


def _refuse_present(flat: Graph, successors: Mapping[str, list[str]], link: Link) -> None:
    path = _path(successors, link.target_key, link.source_key)
    if path and not is_delayed(flat, link):
        raise LoopError(
            f"{link.source} to {link.target} closes a loop ({' -> '.join([*path, path[0]])}) "
            "that holds no Delay; insert a Delay on it"
        )


def _refuse_stall(flat: Graph, link: Link) -> None:
    ahead = _reached(_successors(flat.links), link.target_key)
    if link.source_key not in ahead:
        return
    loop = ahead & _reached(_successors(flat.links, backward=True), link.source_key)
    inside = (k for k in flat.links if k.source_key in loop and k.target_key in loop)
    stalled = next((k for k in inside if stalls(flat, k)), None)
    if stalled is not None:
        raise GraphError(
            f"{link.source} to {link.target} closes a loop through the slow node "
            f"{stalled.target_key}, which waits for each packet of {stalled.target_port}; "
            "close it over an input that holds"
        )


def _successors(links: Iterable[Link], *, backward: bool = False) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in links:
        ends = (
            (link.target_key, link.source_key) if backward else (link.source_key, link.target_key)
        )
        found.setdefault(ends[0], []).append(ends[1])
    return found


def _reached(successors: Mapping[str, list[str]], start: str) -> set[str]:
    seen, front = {start}, [start]
    while front:
        front = [key for at in front for key in successors.get(at, []) if key not in seen]
        seen.update(front)
    return seen


def _path(successors: Mapping[str, list[str]], start: str, goal: str) -> list[str]:
    """The shortest way from one node to another, both named; empty where there is none."""
    came = {start: ""}
    front = [start]
    while front and goal not in came:
        front = [
            key for at in front for key in successors.get(at, []) if came.setdefault(key, at) is at
        ]
        front = list(dict.fromkeys(front))
    way = [goal] if goal in came else []
    while way and came[way[-1]]:
        way.append(came[way[-1]])
    return way[::-1]
