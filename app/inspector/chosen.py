"""The selected nodes as one thing: what they have in common, and what is done to all their values.

It knows no Qt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.editing.sizes import Faces
from app.editing.states import rename
from app.inspector.knob import Knob, locked
from engine.errors import DocumentError, GraphError, ParamError
from engine.param import to_json
from engine.strictjson import an_object, parse

if TYPE_CHECKING:
    from app.session import Session
    from engine.graph import Graph
    from engine.spec import Param

LONGEST = 1 << 20  # characters that are pasted
TYPE, PARAMS = "type", "params"


@dataclass(frozen=True)
class Chosen:
    """One or more nodes by key."""

    session: Session
    keys: tuple[str, ...]
    performing: bool = False

    @cached_property
    def types(self) -> list[str]:
        """The types of the nodes, each once."""
        entries = (self.session.graph.entry(key) for key in self.keys)
        return list(dict.fromkeys(entry.type for entry in entries))

    @property
    def type_id(self) -> str:
        """The type that all nodes have, "" where they differ or it is not installed."""
        kind = self.types[0]
        known = self.session.registry.find(kind)
        return kind if len(self.types) == 1 and known else ""

    @property
    def category(self) -> str:
        return self.types[0].partition(".")[0] if len(self.types) == 1 else ""

    @cached_property
    def params(self) -> tuple[Param, ...]:
        """The parameters that all nodes have: those of their type, or of the one subgraph."""
        first, *others = self.keys
        if len(self.types) > 1 or (others and not self.type_id):
            return ()
        return self.session.graph.params(first)

    @property
    def title(self) -> str:
        """What stands at the top."""
        if len(self.keys) == 1:
            return Faces(self.session.document).of(self.keys[0]).title
        spec = self.session.registry.find(self.type_id) if self.type_id else None
        return f"{len(self.keys)} × {spec.title}" if spec else f"{len(self.keys)} nodes"

    @property
    def about(self) -> str:
        """The type and the keys."""
        if len(self.types) > 1:
            return f"{len(self.types)} types: {', '.join(self.keys)}"
        return f"{self.types[0]}  ·  {', '.join(self.keys)}"

    def knob(self, param: Param) -> Knob:
        return Knob(self.session, self.keys, param, self.performing)

    # Names and values

    def rename(self, name: str) -> bool:
        """Gives the node another name, and selects it under its new key."""
        found: list[str] = []

        def make() -> Any:
            document, key = rename(self.session.document, self.keys[0], name)
            found.append(key)
            return document

        done = self.session.try_edit("Rename", make)
        if done and found:
            self.session.select(found)
        return done

    def copied(self) -> str:
        """All values of the first node as text."""
        graph = self.session.graph
        values = {p.name: to_json(graph.value(self.keys[0], p.name)) for p in self.params}
        return json.dumps({TYPE: self.types[0], PARAMS: values}, indent=2, ensure_ascii=False)

    def paste(self, text: str) -> bool:
        """Sets the parameters that are named in a text and not locked, on every node."""
        return self.session.try_edit("Paste values", lambda: self._pasted(text))

    def reset_all(self) -> bool:
        """Returns all that is not locked to its default."""
        values = {param.name: param.default for param in self.params}
        return self.session.try_edit("Reset all parameters", lambda: self._with(values))

    def _pasted(self, text: str) -> Graph:
        if len(text) > LONGEST:
            raise ParamError(f"{len(text):,} characters are too many to paste as values")
        try:
            given = an_object(parse(text).get(PARAMS), "params")
        except DocumentError:
            raise ParamError("what was copied are no values of a node; copy them first") from None
        known = {param.name for param in self.params}
        if not known & given.keys():
            raise GraphError(f"none of the values that were copied belongs to {self.types[0]}")
        return self._with({name: value for name, value in given.items() if name in known})

    def _with(self, values: dict[str, Any]) -> Graph:
        graph = self.session.graph
        for key in self.keys:
            kept = locked(self.session.document, key)
            mine = {name: value for name, value in values.items() if name not in kept}
            graph = graph.set(key, **mine)
        return graph
