"""What a right click on a parameter offers, and what comes of it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from app.inspector.inspector import Inspector


@pytest.fixture
def menu(inspector: Inspector):
    """The menu of the radius."""
    yield inspector.row("radius").open_menu()
    last = QApplication.activePopupWidget()
    if last is not None:
        last.close()


def choose(menu: QMenu, *path: str) -> None:
    found = action(menu, *path)
    assert found.isEnabled(), path
    found.trigger()


def action(menu: QMenu, *path: str) -> QAction:
    for title in path[:-1]:
        menu = next(a.menu() for a in menu.actions() if a.text() == title)
    return next(a for a in menu.actions() if a.text().startswith(path[-1]))


@pytest.mark.parametrize(
    ("way", "added"),
    [("LFO", {"lfo"}), ("Beat", {"lfo", "beat_clock"}), ("Smooth random", {"lfo"})],
)
def test_driving_is_one_step(inspector: Inspector, menu: QMenu, way: str, added: set) -> None:
    session = inspector.session
    before = session.document
    choose(menu, "Drive by", way)
    assert set(session.graph.nodes) - set(before.graph.nodes) == added
    assert inspector.row("radius").knob.driver == "link"
    session.undo()
    assert session.document is before


def test_sound_is_bound_with_a_range_that_fits(inspector: Inspector, menu: QMenu) -> None:
    choose(menu, "Drive by", "Sound", "Bass")
    (bound,) = inspector.session.document.bindings
    assert (bound["param"], bound["source"]) == ("blur.radius", "audio:low")
    low, high = bound["range"]
    assert 0 <= low < high <= 40


def test_a_binding_is_taken_away_where_it_is_seen(inspector: Inspector, menu: QMenu) -> None:
    choose(menu, "Drive by", "Sound", "Bass")
    again = inspector.row("radius").open_menu()
    choose(again, "Bind", "Unbind")
    assert inspector.session.document.bindings == ()


@pytest.mark.parametrize(("title", "kind"), [("MIDI", "midi"), ("OSC", "osc"), ("Key", "key")])
def test_learning_is_asked_for(inspector: Inspector, menu: QMenu, title: str, kind: str) -> None:
    asked: list[tuple[str, ...]] = []
    inspector.learn_wanted.connect(lambda *what: asked.append(what))
    choose(menu, "Bind", title)
    assert asked == [("blur", "radius", kind)]


def test_help_and_dashboard_are_asked_for(inspector: Inspector, menu: QMenu) -> None:
    asked: list[tuple[str, ...]] = []
    inspector.help_wanted.connect(lambda *what: asked.append(what))
    inspector.dashboard_wanted.connect(lambda *what: asked.append(what))
    choose(menu, "Add to dashboard")
    choose(menu, "Help")
    assert asked == [("blur", "radius"), ("compose.blur",)]


def test_addresses_are_copied(inspector: Inspector, menu: QMenu, qapp) -> None:
    choose(menu, "Copy address")
    assert qapp.clipboard().text() == "/blur/radius"
    choose(menu, "Copy for the command line")
    assert qapp.clipboard().text() == "--set blur.radius=4.0"


def test_a_lock_is_in_the_menu(inspector: Inspector, menu: QMenu) -> None:
    choose(menu, "Lock")
    assert not inspector.row("radius").field.isEnabled()
    again = inspector.row("radius").open_menu()
    choose(again, "Unlock")
    assert inspector.row("radius").field.isEnabled()


def test_a_port_is_exposed_and_hidden(inspector: Inspector, menu: QMenu) -> None:
    choose(menu, "Expose as port")
    assert inspector.session.graph.entry("blur").expose == ("radius",)
    again = inspector.row("radius").open_menu()
    choose(again, "Hide port")
    assert inspector.session.graph.entry("blur").expose == ()


def test_a_link_is_cut_in_the_menu(inspector: Inspector, menu: QMenu) -> None:
    choose(menu, "Drive by", "LFO")
    again = inspector.row("radius").open_menu()
    choose(again, "Disconnect lfo.out")
    assert inspector.row("radius").knob.link is None


def test_what_cannot_be_is_greyed(inspector: Inspector, menu: QMenu) -> None:
    assert not action(menu, "Reset").isEnabled()
    session = inspector.session
    session.edit("Add", session.graph.add("compose.lut", "look"))
    session.select(["look"])
    fixed = inspector.row("file").open_menu()
    assert not action(fixed, "Expose").isEnabled()
    assert not action(fixed, "Copy address").isEnabled()
    assert not action(fixed, "Bind").isEnabled()


def test_the_stream_has_a_small_menu(inspector: Inspector) -> None:
    inspector.session.select([])
    menu = inspector.row("width").open_menu()
    titles = [each.text() for each in menu.actions() if each.text()]
    assert titles == ["Reset", "Copy value", "Paste value"]


def test_inside_a_subgraph_a_parameter_is_shown_on_it_and_hidden(inspector: Inspector) -> None:
    session = inspector.session
    session.edit("Group", session.graph.collapse(["blur"], "look"))
    session.select(["look/blur"])
    choose(inspector.row("radius").open_menu(), "Show on the subgraph")
    assert session.graph.entry("look").border.params == {"radius": "blur.radius"}
    choose(inspector.row("radius").open_menu(), "Hide from the subgraph")
    assert session.graph.entry("look").border.params == {}
