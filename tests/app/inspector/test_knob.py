"""One parameter of one or several nodes: edits by hand, live touches, locks and text."""

from __future__ import annotations

import pytest

from app.inspector.knob import Knob
from app.session import Session
from engine.values import Trigger


def knob(session: Session, name: str, *keys: str, performing: bool = False) -> Knob:
    keys = keys or ("blur",)
    param = next(p for p in session.graph.params(keys[0]) if p.name == name)
    return Knob(session, keys, param, performing)


@pytest.fixture
def two(session: Session) -> Session:
    """Two blurs of radius 2 and 6."""
    graph = session.graph.set("blur", radius=2.0).add("compose.blur", "soft", radius=6.0)
    session.edit("Two", graph)
    return session


def test_edits_of_one_gesture_are_one_step(session: Session) -> None:
    for radius in (1.0, 2.0, 3.0):
        knob(session, "radius").put(radius)
    assert session.history.labels == ["Radius"]
    session.undo()
    assert session.graph.value("blur", "radius") == 4.0


def test_gestures_are_steps_of_their_own(session: Session) -> None:
    radius = knob(session, "radius")
    radius.put(1.0)
    radius.settle()
    radius.put(2.0)
    assert len(session.history.labels) == 2


def test_nodes_that_differ_are_mixed(two: Session) -> None:
    both = knob(two, "radius", "blur", "soft")
    assert both.value is None
    both.put(3.0)
    assert both.value == 3.0
    two.undo()
    assert [two.graph.value(key, "radius") for key in ("blur", "soft")] == [2.0, 6.0]


def test_a_typed_change_starts_from_each_nodes_own_value(two: Session) -> None:
    knob(two, "radius", "blur", "soft").type("+1")
    assert [two.graph.value(key, "radius") for key in ("blur", "soft")] == [3.0, 7.0]


def test_typing_may_go_to_the_hard_limit_and_is_told_beyond(session: Session, said) -> None:
    radius = knob(session, "radius")
    radius.type("300")
    assert radius.value == 300
    radius.type("9999")
    assert radius.value == 512
    assert said == ["radius = 9999.0 is outside 0 to 512 px; 512.0 is used"]


@pytest.mark.parametrize("text", ["abc", "1/0", "9**9**9", "NaN", "", "1" * 1_000_000])
def test_bad_text_changes_nothing_and_is_a_sentence(session: Session, said, text: str) -> None:
    before = session.document
    assert not knob(session, "radius").type(text)
    assert not knob(session, "radius").paste(text)
    assert session.document is before
    assert len(said) == 2
    assert all(len(sentence) < 300 for sentence in said)


def test_reset_returns_to_the_default_in_one_step(session: Session) -> None:
    radius = knob(session, "radius")
    radius.put(9.0)
    assert radius.is_modified
    radius.reset()
    assert not radius.is_modified
    assert session.history.labels == ["Radius", "Reset radius"]


def test_a_locked_parameter_refuses_hands_and_says_so(session: Session, said) -> None:
    radius = knob(session, "radius")
    radius.lock(True)
    assert not radius.put(1.0)
    assert "unlock" in said[0]
    radius.lock(False)
    assert radius.put(1.0)


def test_a_lock_goes_with_its_node(session: Session) -> None:
    knob(session, "radius").lock(True)
    session.edit("Rename", session.document.rename("blur", "haze"))
    assert knob(session, "radius", "haze").is_locked
    session.edit("Delete", session.document.remove("haze"))
    session.edit("Add", session.graph.add("compose.blur", "haze"))
    assert not knob(session, "radius", "haze").is_locked


def test_while_performing_edits_are_live_and_no_steps(session: Session) -> None:
    radius = knob(session, "radius", performing=True)
    radius.put(20.0)
    assert radius.value == 20.0
    assert session.graph.value("blur", "radius") == 4.0
    assert session.history.labels == []
    radius.reset()
    assert session.history.labels == []


def test_what_rebuilds_a_node_is_left_alone_while_performing(session: Session, said) -> None:
    session.edit("Look", session.graph.add("compose.lut", "look"))
    assert not knob(session, "file", "look", performing=True).put("film.cube")
    assert "rebuilds" in said[0]


def test_a_link_is_a_driver_that_can_be_cut(session: Session) -> None:
    graph = session.graph.add("control.lfo").connect("lfo.out", "blur.radius")
    session.edit("Link", graph)
    radius = knob(session, "radius")
    assert (radius.driver, str(radius.link)) == ("link", "lfo.out -> blur.radius")
    radius.unlink()
    assert radius.driver is None


def test_a_live_touch_is_a_driver_that_can_be_let_go(session: Session) -> None:
    session.set("blur", "radius", 30.0, "midi")
    radius = knob(session, "radius")
    assert (radius.driver, radius.live, radius.value) == ("midi", 30.0, 4.0)
    radius.let_go()
    assert radius.driver is None


def test_a_value_is_copied_and_pasted_as_text(session: Session) -> None:
    radius = knob(session, "radius")
    radius.put(7.5)
    copied = radius.text
    radius.reset()
    assert radius.paste(copied)
    assert radius.value == 7.5
    assert radius.cli == "--set blur.radius=7.5"
    assert radius.address == "/blur/radius"


def test_a_choice_is_pasted_by_name_only(session: Session, said) -> None:
    assert knob(session, "shape").paste("box")
    assert not knob(session, "shape").paste("triangle")
    assert "gaussian" in said[0]


def test_a_trigger_counts_up_live_while_the_graph_runs(session: Session) -> None:
    session.edit("Beat", session.graph.add("control.beat_clock", "beat"))
    before = list(session.history.labels)
    session.start()
    tap = knob(session, "tap", "beat")
    tap.put(Trigger(tap.live + 1))
    assert tap.live == 1
    assert session.history.labels == before
    session.stop()
