"""Keys can be changed at will; what cannot be is said and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import keymap
from app.actions import ACTIONS
from app.keymap import BY_ID, Conflict, Keymap, Shortcuts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "keymap.json"


def written(path: Path, text: str) -> Shortcuts:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Shortcuts(path)


@pytest.mark.parametrize("preset", keymap.presets())
def test_no_key_of_a_preset_calls_two_commands(preset: str):
    assert Keymap(preset).conflicts() == []


@pytest.mark.parametrize("preset", keymap.presets())
def test_presets_name_commands_and_keys_that_exist(preset: str):
    changed = keymap.preset_keys(preset)
    assert set(changed) <= set(BY_ID)
    assert [key for keys in changed.values() for key in keys if keymap.normal(key) != key] == []


def test_the_presets_of_the_design_come_along():
    titles = {"Slipstream", "Blender", "Nuke", "TouchDesigner"}
    assert set(keymap.presets().values()) == titles


def test_a_preset_changes_some_keys_and_leaves_the_rest():
    blender = Keymap("blender")
    assert blender.keys("clip.duplicate") == ("Shift+D",)
    assert blender.keys("file.save") == ("Ctrl+S",)


def test_a_key_of_two_commands_that_are_heard_together_is_a_conflict():
    twice = Keymap().with_keys("graph.note", ["D"])
    assert twice.conflicts() == [Conflict("D", ("graph.bypass", "graph.note"))]
    assert twice.users("D", "graph.note") == ("graph.bypass",)


def test_a_global_key_conflicts_with_every_scope():
    assert Keymap().users("F", "file.save") == ("canvas.fit", "perform.freeze")


def test_canvas_and_stage_may_share_keys():
    assert Keymap().users("T", "tempo.tap") == ()


def test_what_is_the_presets_own_is_not_kept_as_changed():
    changed = Keymap().with_keys("graph.note", ["N"])
    assert dict(changed.own) == {"graph.note": ("N",)}
    assert changed.with_keys("graph.note", ["C"]) == changed.reset("graph.note") == Keymap()


def test_a_command_can_be_left_without_a_key():
    assert Keymap().with_keys("app.quit", []).keys("app.quit") == ()


@pytest.mark.parametrize("text", ["", "Bogus", "Ctrl+", "Ctrl+Foo", "😀😀"])
def test_a_text_that_is_no_key_is_refused(text: str):
    with pytest.raises(ValueError, match="is no key; write keys such as"):
        Keymap().with_keys("file.new", [text])


def test_changed_keys_are_there_at_the_next_start(path: Path):
    Shortcuts(path).put(Keymap("nuke").with_keys("file.new", ["ctrl+alt+n"]))
    again = Shortcuts(path)
    assert again.value == Keymap("nuke", {"file.new": ("Ctrl+Alt+N",)})
    assert again.said == []


def test_listeners_hear_of_another_keymap_once(path: Path):
    here, heard = Shortcuts(path), []
    here.changed.listen(heard.append)
    here.put(Keymap("blender"))
    here.put(Keymap("blender"))
    assert heard == [Keymap("blender")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"preset": "emacs"}', "there is no keymap 'emacs'"),
        ('{"preset": 3}', "there is no keymap 3"),
        ('{"keys": ["F1"]}', "are ['F1'], not an object"),
        ('{"keys": {"file.nwe": ["F4"]}}', "no command 'file.nwe'"),
        ('{"keys": {"file.new": "F4"}}', "not a list of texts"),
        ('{"keys": {"file.new": ["Hyper+F4"]}}', "'Hyper+F4' is no key"),
        ("[]", "cannot be read"),
    ],
)
def test_a_keymap_file_with_faults_is_read_as_far_as_it_can_be(
    path: Path, text: str, sentence: str
):
    read = written(path, text)
    assert len(read.said) == 1
    assert sentence in read.said[0]
    assert read.value.keys("file.new") == ("Ctrl+N",)


def test_good_keys_beside_a_bad_one_hold(path: Path):
    read = written(path, '{"keys": {"no.where": [], "file.new": ["F4"]}}')
    assert read.value.keys("file.new") == ("F4",)


@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit, QSpinBox])
def test_letters_are_typed_where_text_is_typed(qtbot: QtBot, kind: type[QWidget]):
    called, window, field = [], QWidget(), kind()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(field)
    for action in ACTIONS:
        if action.scope != "canvas":
            continue
        made = QAction(action.title, window)
        made.setShortcuts([QKeySequence(key) for key in action.keys])
        made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        made.triggered.connect(lambda _=False, id=action.id: called.append(id))
        window.addAction(made)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    field.setFocus()
    for letter in "dmcuwqlhptjso14":
        qtbot.keyClick(field, letter)
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert called == []
