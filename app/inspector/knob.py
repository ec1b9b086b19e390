"""One parameter of one node, or of several of a type: what it is now, and every edit of it by hand.

It knows no Qt. While the studio performs, edits go to the live values instead of the document.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.arithmetic import evaluate
from app.control.addresses import path_of
from app.inspector.address import cli_form, spoken, words
from app.words import read
from engine.cells import LINK
from engine.errors import ParamError
from engine.subgraph import graph_at
from engine.values import Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from app.session import Session
    from engine.document import Document
    from engine.graph import Graph
    from engine.parts import Link
    from engine.spec import Param

LOCKS = "@locks"  # beside a node's place in the view, so that it moves and goes with the node
LONGEST = 100_000  # characters of a value that is pasted


@dataclass(frozen=True)
class Knob:
    """A parameter of the nodes `keys`, the first of which speaks for all."""

    session: Session
    keys: tuple[str, ...]
    param: Param
    performing: bool = False

    @property
    def key(self) -> str:
        return self.keys[0]

    @property
    def name(self) -> str:
        return self.param.name

    @property
    def label(self) -> str:
        return spoken(self.name)

    # What it is

    @property
    def value(self) -> Any:
        """The value, None where the nodes differ; while performing, the live one."""
        if self.performing and self.param.live:
            return self.session.value(self.key, self.name)
        values = [self.session.graph.value(key, self.name) for key in self.keys]
        return values[0] if all(value == values[0] for value in values[1:]) else None

    @property
    def is_modified(self) -> bool:
        """Whether it is not at its default everywhere."""
        graph = self.session.graph
        return any(graph.value(key, self.name) != self.param.default for key in self.keys)

    @property
    def is_exposed(self) -> bool:
        return all(self.name in self.session.graph.entry(key).expose for key in self.keys)

    @property
    def link(self) -> Link | None:
        """What is linked to it."""
        parent, last = _split(self.key)
        links = graph_at(self.session.graph, parent).links
        ends = (link for link in links if (link.target_key, link.target_port) == (last, self.name))
        return next(ends, None)

    @property
    def driver(self) -> str | None:
        """Who moves it beside the document: "link", "cue", or the origin of a touch."""
        found = self.session.driven(self.key, self.name)
        return found or (LINK if self.link is not None else None)

    @property
    def live(self) -> Any:
        """What the node reads now."""
        return self.session.value(self.key, self.name)

    @property
    def is_locked(self) -> bool:
        return any(self.name in locked(self.session.document, key) for key in self.keys)

    @property
    def can_edit(self) -> bool:
        return not self.is_locked and (self.param.live or not self.performing)

    # What is done to it

    def put(self, value: Any) -> bool:
        """Sets it everywhere: a step that merges with the last of the same gesture."""
        return self._each(lambda key: value)

    def type(self, text: str) -> bool:
        """Sets it from what was typed; "+1" adds to each node's own value."""
        return self._each(lambda key: self._typed(key, text))

    def reset(self) -> bool:
        """Returns it to its default, and lets go of what a hand has set live."""
        for key in self.keys:
            if self.session.driven(key, self.name) == "hand":
                self.session.release(key, self.name)
        self.settle()
        done = self._each(lambda key: self.param.default, f"Reset {self.label.lower()}")
        self.settle()
        return done

    def settle(self) -> None:
        """A gesture is over; the next edit is a step of its own."""
        self.session.break_merge()

    def paste(self, text: str) -> bool:
        """Sets it from a value as text."""
        self.settle()
        done = self._each(lambda key: self._read(text), f"Paste {self.label.lower()}")
        self.settle()
        return done

    def expose(self, on: bool) -> bool:
        """Shows it as a port of its nodes, or hides it."""
        label = f"{'Expose' if on else 'Hide'} {self.label.lower()}"
        return self.session.try_edit(label, lambda: self._exposed(on))

    def unlink(self) -> bool:
        """Takes away what is linked to it."""
        end = f"{self.key}.{self.name}"
        return self.session.try_edit("Disconnect", lambda: self.session.graph.disconnect(end))

    def let_go(self) -> None:
        """Lets it go back to what the document says."""
        origin = self.session.driven(self.key, self.name)
        if origin not in (None, LINK):
            self.session.release(self.key, self.name, str(origin))

    def lock(self, on: bool) -> bool:
        """Keeps hands off it in the inspector, or lets them again."""
        label = f"{'Lock' if on else 'Unlock'} {self.label.lower()}"
        return self.session.try_edit(label, lambda: self._with_lock(on))

    # As text

    @property
    def text(self) -> str:
        """The value for the clipboard."""
        return words(self.session.graph.value(self.key, self.name))

    @property
    def address(self) -> str:
        return path_of(self.key, self.name)

    @property
    def cli(self) -> str:
        return cli_form(self.key, self.name, self.session.graph.value(self.key, self.name))

    # Making edits

    @property
    def _merge(self) -> Hashable:
        return (self.key, self.name) if len(self.keys) == 1 else (self.keys, self.name)

    def _each(self, choose: Callable[[str], Any], label: str = "") -> bool:
        if not self.can_edit:
            self.session.said.tell(self._hands_off(), "info")
            return False
        try:
            values = {key: self._within(choose(key)) for key in self.keys}
        except ParamError as error:
            self.session.said.tell(str(error), "warning")
            return False
        if self._is_live_only:
            for key, value in values.items():
                self.session.set(key, self.name, value)
            return True
        return self.session.try_edit(label or self.label, lambda: self._set(values), self._merge)

    @property
    def _is_live_only(self) -> bool:
        """What is done is no edit of the document: while performing, and a trigger that fires."""
        fires = self.param.type is Trigger and self.session.is_running
        return self.param.live and (self.performing or fires)

    def _set(self, values: dict[str, Any]) -> Graph:
        graph = self.session.graph
        for key, value in values.items():
            graph = graph.set(key, **{self.name: value})
        return graph

    def _within(self, value: Any) -> Any:
        """The value within the limits; a sentence tells where it was not."""
        parsed = self.param.parse(value)
        kept = self.param.clamp(parsed)
        if kept != parsed:
            span = self.param.span()
            said = f"{self.name} = {words(parsed)} is outside {span}; {words(kept)} is used"
            self.session.said.tell(said, "info")
        return kept

    def _typed(self, key: str, text: str) -> float:
        own = self.session.value if self.performing else self.session.graph.value
        return evaluate(text, float(own(key, self.name)), self.param.unit)

    def _read(self, text: str) -> Any:
        if len(text) > LONGEST:
            raise ParamError(f"a value of {len(text):,} characters is too long to paste")
        try:
            return read(self.param, _unquoted(self.param, text))
        except (ValueError, RecursionError):
            raise ParamError(f"{self.name} cannot be pasted from this text") from None

    def _exposed(self, on: bool) -> Graph:
        graph = self.session.graph
        for key in self.keys:
            graph = graph.expose(key, self.name, on)
        return graph

    def _with_lock(self, on: bool) -> Document:
        document = self.session.document
        for key in self.keys:
            names = locked(document, key)
            names = names | {self.name} if on else names - {self.name}
            document = with_locked(document, key, names)
        return document

    def _hands_off(self) -> str:
        if self.is_locked:
            return f"{self.key}.{self.name} is locked; unlock it in its menu to change it"
        return f"{self.key}.{self.name} rebuilds its node, so it is left alone while performing"


def locked(document: Document, key: str) -> frozenset[str]:
    """The parameters of a node that are locked."""
    names = document.view.get(f"{key}/{LOCKS}")
    return frozenset(str(name) for name in names) if isinstance(names, list) else frozenset()


def with_locked(document: Document, key: str, names: frozenset[str]) -> Document:
    """The document with these parameters of a node locked, and no others."""
    at = f"{key}/{LOCKS}"
    view = {known: value for known, value in document.view.items() if known != at}
    if names:
        view[at] = sorted(names)
    return document if view == document.view else replace(document, view=view)


def _unquoted(param: Param, text: str) -> str:
    """Text copied from a JSON file is in quotes."""
    stripped = text.strip()
    if param.type is not str and stripped.startswith('"') and stripped.endswith('"'):
        return str(json.loads(stripped))
    return text if param.type is str and not param.choices else stripped


def _split(key: str) -> tuple[str, str]:
    cut = key.rfind("/") + 1
    return key[:cut], key[cut:]
