"""Which keys do what: a preset, and on top of it what a person has changed.

Two commands may have one key only where they are never heard together: every scope is heard
together with "global", no other two are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtGui import QKeySequence

from app.actions import ACTIONS, Action
from app.folders import ASSETS
from app.notice import Notice
from app.settings import folder, read_object, write_object
from engine.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

KEYMAPS = ASSETS / "keymaps"
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
_PORTABLE = QKeySequence.SequenceFormat.PortableText
_NATIVE = QKeySequence.SequenceFormat.NativeText

Keys = tuple[str, ...]


class Conflict(NamedTuple):
    """Commands that one key would call at the same time."""

    key: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Keymap:
    """The keys of every command: `own` has what differs from the preset."""

    preset: str = "default"
    own: Mapping[str, Keys] = field(default_factory=dict[str, Keys])

    def __repr__(self) -> str:
        return f"<Keymap {self.preset}, {len(self.own)} of one's own>"

    def keys(self, action: str) -> Keys:
        """The keys of a command, as Qt's text for them."""
        if action in self.own:
            return self.own[action]
        return preset_keys(self.preset).get(action, BY_ID[action].keys)

    def with_keys(self, action: str, keys: Iterable[str]) -> Keymap:
        """The keymap with other keys for a command. ValueError where a text names no key."""
        wanted = tuple(dict.fromkeys(normal(key) for key in keys))
        others = {name: each for name, each in self.own.items() if name != action}
        fresh = Keymap(self.preset, MappingProxyType(others))
        if fresh.keys(action) == wanted:
            return fresh
        return Keymap(self.preset, MappingProxyType({**others, action: wanted}))

    def reset(self, action: str) -> Keymap:
        """The keymap with the preset's keys for a command."""
        return self.with_keys(action, preset_keys(self.preset).get(action, BY_ID[action].keys))

    def conflicts(self) -> list[Conflict]:
        """Every key that would call more than one command."""
        owners: dict[str, list[str]] = {}
        for action in ACTIONS:
            for key in self.keys(action.id):
                owners.setdefault(key, []).append(action.id)
        pairs = ((key, _together(ids)) for key, ids in owners.items())
        return [Conflict(key, ids) for key, ids in pairs if len(ids) > 1]

    def users(self, key: str, action: str) -> tuple[str, ...]:
        """The other commands that have a key and are heard together with a command."""
        wanted = normal(key)
        mates = (each for each in ACTIONS if each.id != action and wanted in self.keys(each.id))
        return tuple(each.id for each in mates if _heard_together(each, BY_ID[action]))


class Shortcuts:
    """The keymap of this run and its file; `changed` tells when keys are to be set anew."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or folder() / "keymap.json"
        self.changed: Notice[Keymap] = Notice()
        self.said: list[str] = []
        self.value = read(self.path, self.said)

    def put(self, keymap: Keymap) -> None:
        """Takes another keymap and writes it; where that fails, `said` has a sentence more."""
        if keymap == self.value:
            return
        self.value = keymap
        try:
            write_object(self.path, {"preset": keymap.preset, "keys": dict(keymap.own)})
        except OSError as error:
            self.said.append(f"keys are not kept: {self.path} cannot be written: {error}")
        self.changed.tell(keymap)


def presets() -> dict[str, str]:
    """The presets that come along: their titles by name."""
    files = sorted(KEYMAPS.glob("*.json"))
    return {path.stem: _preset(path.stem)["title"] for path in files}


@cache
def preset_keys(name: str) -> Mapping[str, Keys]:
    """Where a preset differs from the table of commands."""
    return {action: tuple(keys) for action, keys in _preset(name)["keys"].items()}


def normal(key: str) -> str:
    """A key in the one way that Qt writes it. ValueError where it is none."""
    text = QKeySequence(key, _PORTABLE).toString(_PORTABLE)
    if not text:
        raise ValueError(f"{key!r} is no key; write keys such as Ctrl+Shift+B or F11")
    return text


def native(key: str) -> str:
    """A key as this machine's people write it."""
    return QKeySequence(key, _PORTABLE).toString(_NATIVE)


def read(path: Path, said: list[str]) -> Keymap:
    """The keymap of a file; what it has wrong is left out and said."""
    data = read_object(path, said)
    name = data.get("preset", "default")
    if not isinstance(name, str) or name not in presets():
        said.append(f"there is no keymap {name!r}; the default is taken")
        name = "default"
    given = data.get("keys", {})
    if not isinstance(given, dict):
        said.append(f"the keys in {path.name} are {given!r}, not an object; the preset's are taken")
        given = {}
    return Keymap(name, MappingProxyType(_parsed(given, said)))


def _parsed(given: dict[str, Any], said: list[str]) -> dict[str, Keys]:
    own: dict[str, Keys] = {}
    for action, keys in given.items():
        try:
            own[action] = _keys(action, keys)
        except ValueError as error:
            said.append(f"{error}; the preset's key is taken")
    return own


def _keys(action: str, keys: Any) -> Keys:
    if action not in BY_ID:
        raise ValueError(f"there is no command {action!r}{did_you_mean(action, BY_ID)}")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ValueError(f"the keys of {action} are {keys!r}, not a list of texts")
    return tuple(normal(key) for key in keys)


def _preset(name: str) -> dict[str, Any]:
    return json.loads((KEYMAPS / f"{name}.json").read_text(encoding="utf-8"))


def _heard_together(one: Action, other: Action) -> bool:
    return one.scope == other.scope or "global" in (one.scope, other.scope)


def _together(ids: list[str]) -> tuple[str, ...]:
    """Those of the commands that are heard together with another of them."""
    actions = [BY_ID[each] for each in ids]
    return tuple(
        one.id for one in actions if any(o is not one and _heard_together(o, one) for o in actions)
    )
