"""The table of commands is whole: the studio can be made from it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from app.actions import ACTIONS
from app.keymap import normal

IDS = {action.id for action in ACTIONS}


def test_ids_are_two_words_and_there_is_one_of_each():
    assert [name for name, count in Counter(a.id for a in ACTIONS).items() if count > 1] == []
    assert [name for name in IDS if not re.fullmatch(r"[a-z]+\.[a-z0-9_]+", name)] == []


def test_every_command_says_in_a_few_words_what_it_does():
    assert [a.id for a in ACTIONS if not a.title or not a.doc or a.doc.endswith(".")] == []


def test_keys_are_written_as_qt_writes_them():
    assert [(a.id, key) for a in ACTIONS for key in a.keys if normal(key) != key] == []


def test_two_commands_of_one_menu_have_two_titles():
    titles = Counter((a.menu, a.title) for a in ACTIONS if a.menu)
    assert [each for each, count in titles.items() if count > 1] == []


@pytest.mark.parametrize(
    ("key", "action"),
    [
        *(("F1", "perform.toggle"), ("F11", "output.fullscreen"), ("F12", "record.screenshot")),
        *(("Ctrl+B", "panic.blackout"), ("Ctrl+Shift+B", "panic.freeze"), ("F3", "output.health")),
        *(("Ctrl+Return", "engine.run"), ("Ctrl+Alt+Shift+W", "output.off"), ("?", "help.keys")),
        *(("Tab", "graph.add"), ("Shift+A", "graph.add"), ("M", "graph.bypass")),
        *(
            ("Ctrl+Shift+X", "graph.extract"),
            ("Ctrl+Del", "clip.delete_bare"),
            ("W", "monitor.wipe"),
        ),
        *(("Space", "cue.go"), ("Esc", "perform.panic"), ("Shift+3", "snapshot.recall_3")),
        *(("Shift+F1", "help.node"), ("Ctrl+P", "help.palette"), ("Ctrl+M", "map.midi")),
    ],
)
def test_the_keys_of_the_design_are_there(key: str, action: str):
    assert action in [a.id for a in ACTIONS if key in a.keys]
