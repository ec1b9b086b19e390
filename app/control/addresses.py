"""The OSC address of everything: each live parameter, action and cue, found from the document.

A parameter's address is its node's key and its name, so it needs no assignment and changes only
with the key. First words that stand for something else (`/cue`, `/tempo` ...) are taken: a node of
such a key is found under `/node`.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.control.span import natural
from engine.errors import GraphError
from engine.param import Param, to_json
from engine.values import Color, Prompt, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.document import Document
    from engine.graph import Graph

CLOCK = "control.beat_clock"
SHORT = {  # addresses that performers know by heart -> the action
    "/blackout": "panic.blackout",
    "/freeze": "panic.freeze",
    "/fade": "panic.fade",
    "/safe": "perform.safe",
    "/reanchor": "perform.reanchor",
    "/go": "cue.go",
    "/record": "record.toggle",
    "/tempo/resync": "tempo.resync",
}
TAKEN = frozenset({"node", "selected", "cue", "action", "tempo", *(k.split("/")[1] for k in SHORT)})
STAR = "[^/]*"
WILD = 8  # wildcards in one address at most: more cost time and mean nothing


class Address(NamedTuple):
    """An address and what it reaches: a parameter, an action or a cue."""

    path: str
    key: str = ""
    param: Param | None = None
    action: str = ""
    cue: str = ""
    title: str = ""

    @property
    def type(self) -> str:
        """What it takes, in a word."""
        if self.param is None:
            return "press"
        if self.param.choices:
            return "choice"
        return TYPES.get(self.param.type, "text")

    @property
    def range(self) -> str:
        """What it takes, in full."""
        if self.param is None:
            return "1 to press"
        if self.param.choices:
            return ", ".join(self.param.choices)
        return self.param.span() if self.param.type in (int, float) else ""

    @property
    def example(self) -> str:
        """A message that can be copied."""
        return f"{self.path} {_example(self.param)}"

    @property
    def doc(self) -> str:
        return self.param.doc if self.param else self.title


TYPES: dict[type, str] = {
    float: "number",
    int: "whole number",
    bool: "switch",
    Trigger: "press",
    Color: "colour",
    Prompt: "text",
}


class Addresses:
    """Every address of a document; `actions` are ids with their titles."""

    def __init__(self, document: Document, actions: Sequence[tuple[str, str]] = ()) -> None:
        rows = [*_params(document.graph), *_cues(document), *_actions(actions)]
        self._rows: Mapping[str, Address] = {row.path: row for row in rows}
        self.graph = document.graph

    def __iter__(self) -> Iterator[Address]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def params(self) -> tuple[Address, ...]:
        """The addresses of parameters."""
        return tuple(row for row in self if row.param is not None)

    @cached_property
    def _by_end(self) -> dict[tuple[str, str], str]:
        return {(row.key, row.param.name): row.path for row in self if row.param}

    def of(self, key: str, name: str) -> str | None:
        """The address of a parameter."""
        return self._by_end.get((key, name))

    def find(self, path: str) -> tuple[Address, ...]:
        """What an address or a pattern of addresses reaches."""
        row = self._rows.get(path)
        if row is not None:
            return (row,)
        if not any(sign in path for sign in "*?[{"):
            return ()
        pattern = compiled(path)
        if pattern is None:
            return ()
        return tuple(row for row in self if pattern.fullmatch(row.path))

    def clocks(self) -> tuple[str, ...]:
        """The nodes that a tempo drives."""
        flat = self.graph.flatten()
        return tuple(key for key, entry in flat.nodes.items() if entry.type == CLOCK)


def path_of(key: str, name: str) -> str:
    """The address of a parameter of a node."""
    head = key.partition("/")[0]
    return f"/node/{key}/{name}" if head in TAKEN else f"/{key}/{name}"


def slug(name: str) -> str:
    """A cue's name without what an address cannot hold."""
    return re.sub(r"[^\w.+-]+", "_", name.strip()).strip("_")[:64] or "cue"


def compiled(path: str) -> re.Pattern[str] | None:
    """A pattern of OSC 1.0 (`?`, `*`, `[a-c]`, `{this,that}`); None where it is none."""
    if sum(path.count(sign) for sign in "*?[{") > WILD:
        return None
    parts = re.findall(r"\*+|\?|\[[^\[\]]+\]|\{[^{}]*\}|[^*?\[\]{}]+|.", path)
    try:
        return re.compile(_joined([_piece(part) for part in parts]))
    except re.error:
        return None


def _joined(pieces: list[str]) -> str:
    """One expression in which a star takes the nearest of what follows and never tries again, so
    that no address can make it slow.
    """
    stars = [at for at, piece in enumerate(pieces) if piece == STAR]
    if not stars:
        return "".join(pieces)
    text = "".join(pieces[: stars[0]])
    for at, after in pairwise(stars):
        text += f"(?>[^/]*?{''.join(pieces[at + 1 : after])})"
    return text + STAR + "".join(pieces[stars[-1] + 1 :])


def _piece(part: str) -> str:
    if part.startswith("*"):
        return STAR
    if part == "?":
        return "[^/]"
    if part.startswith("[") and part.endswith("]") and len(part) > 2:
        inner = part[1:-1]
        sign, rest = ("^", inner[1:]) if inner.startswith("!") else ("", inner)
        return f"[{sign}{re.escape(rest).replace(chr(92) + '-', '-')}]"
    if part.startswith("{") and part.endswith("}"):
        return "(?:" + "|".join(re.escape(word) for word in part[1:-1].split(",")) + ")"
    return re.escape(part)


def _params(graph: Graph) -> Iterator[Address]:
    """Parameters of nodes and subgraphs, and of the nodes inside them."""
    keys = dict.fromkeys([*graph.nodes, *graph.flatten().nodes])
    for key in keys:
        try:
            params = graph.params(key)
        except GraphError:
            continue
        for param in params:
            if param.live:
                yield Address(path_of(key, param.name), key, param)


def _cues(document: Document) -> Iterator[Address]:
    taken: dict[str, int] = {}
    for cue in document.cues:
        name = str(cue["name"])
        stem = slug(name)
        taken[stem] = taken.get(stem, 0) + 1
        path = f"/cue/{stem}" + (f"_{taken[stem]}" if taken[stem] > 1 else "")
        while path in taken:
            path += "_"
        taken[path] = 1
        yield Address(path, cue=name, title=f"Launches {name}")


def _actions(actions: Sequence[tuple[str, str]]) -> Iterator[Address]:
    known = dict(actions)
    for action, title in actions:
        yield Address(f"/action/{action.replace('.', '/')}", action=action, title=title)
    for path, action in SHORT.items():
        if action in known:
            yield Address(path, action=action, title=known[action])


def _example(param: Param | None) -> str:
    if param is None or param.type is Trigger:
        return "1"
    if param.choices:
        return param.choices[-1]
    if param.type in (float, int):
        low, high = natural(param)
        middle = low + (high - low) / 4
        return f"{round(middle) if param.type is int else middle:.6g}"
    if param.type is bool:
        return "1"
    if param.type is Color:
        return "#ff8800"
    example = {Prompt: "a river of neon", Path: "clip.mp4"}.get(param.type)
    return f'"{example or to_json(param.default) or "text"}"'
