"""The hub under load and change: no undo step, few writes, documents that change underneath."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.control.binding import Binding, Mode, bind
from app.control.hub import Bindings, find_param
from app.control.midi import Decoder
from app.control.source import Source, Touch, parse
from app.control.span import Span
from engine.subgraph import promote

if TYPE_CHECKING:
    from app.session import Session
    from tests.app.control.conftest import Play

CC = "midi:1/cc/74"
KNOB = {"param": "blur.radius", "source": CC, "takeover": "none"}


def test_a_thousand_messages_are_no_step_of_the_history_and_few_writes(session: Session) -> None:
    document = bind(session.document, Binding.of(KNOB))
    session.edit("Bind", document)
    before, steps = session.document, []
    session.changed.listen(steps.append)
    hub = Bindings(session, document)
    for number in range(1000):
        raw = number % 128
        hub.touch(Touch(parse(CC), raw / 127, raw))
    assert hub.settle()
    assert session.document is before
    assert steps == []
    assert hub.written < 500
    last = session.value("blur", "radius")
    hub.close()
    span = Span.of(find_param(session.document, "blur", "radius"))
    assert last == pytest.approx(span.value((999 % 128) / 127))
    session.undo()
    assert session.document.bindings == ()


def test_the_newest_value_is_never_lost(play: Play) -> None:
    stage = play({"param": "knobs.level", "source": CC, "takeover": "none"})
    slow = Bindings(stage.solo, stage.hub.document, rate=50)
    for raw in range(128):
        slow.touch(Touch(parse(CC), raw / 127, raw))
    assert slow.settle()
    assert stage.solo.value("knobs", "level") == 1.0
    assert slow.written < 128
    slow.close()


def test_triggers_are_counted_though_writes_are_passed_over(play: Play) -> None:
    stage = play({"param": "knobs.hit", "source": "midi:1/note/60"})
    slow = Bindings(stage.solo, stage.hub.document, rate=20)
    for _ in range(50):
        slow.touch(Touch(parse("midi:1/note/60"), 1.0, 100))
        slow.touch(Touch(parse("midi:1/note/60"), 0.0, 0))
    assert slow.settle()
    assert stage.solo.value("knobs", "hit") == 50
    slow.close()


def test_another_document_keeps_what_its_bindings_know(play: Play) -> None:
    stage = play({"param": "knobs.level", "source": CC})
    stage.turn(CC, 60, 70)
    moved = bind(stage.hub.document, Binding.of({"param": "knobs.wide", "source": "key:W"}))
    stage.hub.follow(moved)
    stage.turn(CC, 100)
    assert stage.value("level") == 100 / 127


def test_a_node_that_is_gone_is_driven_no_more(play: Play) -> None:
    stage = play({"param": "knobs.level", "source": CC, "takeover": "none"})
    gone = stage.hub.document.graph.remove("knobs")
    stage.player.apply(gone)
    stage.turn(CC, 127)  # the hub has not heard of it yet
    stage.hub.follow(stage.hub.document.with_graph(gone))
    stage.turn(CC, 0)
    assert stage.hub.problems == ("knobs.level is bound, but there is no node 'knobs'",)


def test_a_promoted_parameter_of_a_subgraph_is_driven(play: Play) -> None:
    stage = play()
    document = stage.hub.document.collapse(["knobs"], "look")
    document = document.with_graph(promote(document.graph, "look", "knobs.level"))
    stage.player.apply(document.graph)
    stage.solo.document = document
    knob = {"param": "look.level", "source": CC, "takeover": "none"}
    stage.hub.follow(bind(document, Binding.of(knob)))
    stage.turn(CC, 127)
    assert stage.solo.value("look/knobs", "level") == 1.0
    assert stage.solo.value("look", "level") == 1.0


def test_program_changes_count_the_cues(play: Play) -> None:
    rows = {"param": "@cue.launch", "cue": "*", "source": "midi:*/program"}
    stage = play(rows, cues=({"name": "a"}, {"name": "b"}, {"name": "s", "row": -1}))
    for number in (1, 0, 1, 2, 99):
        source = Source("midi", "program", -1, "X", 4)
        stage.hub.touch(Touch(source, 1.0, number))
    assert stage.fired == ["b", "a", "b"]


def test_a_cue_fades_without_a_session(play: Play) -> None:
    cue = {"name": "low", "set": {"knobs.level": 0.1, "gone.x": 1}, "fade": 0}
    stage = play(cues=(cue,))
    stage.solo.launch("low")
    assert stage.solo.value("knobs", "level") == 0.1
    assert stage.said == ["the cue 'low' sets gone.x, which is not here"]
    stage.solo.launch("high")
    assert stage.said[-1] == "there is no cue 'high'"


def test_documents_change_while_devices_play(play: Play) -> None:
    stage = play({"param": "knobs.level", "source": CC, "takeover": "none"})
    stop = threading.Event()

    def wiggle() -> None:
        raw = 0
        while not stop.is_set():
            raw = (raw + 1) % 128
            stage.hub.touch(Touch(parse(CC), raw / 127, raw))

    hands = [threading.Thread(target=wiggle) for _ in range(3)]
    for hand in hands:
        hand.start()
    for number in range(200):
        shown = replace(stage.hub.document, title=str(number))
        stage.hub.follow(shown)
    stop.set()
    for hand in hands:
        hand.join()
    assert 0 <= stage.value("level") <= 1
    assert stage.said == []


EVERY = tuple(
    {"param": f"knobs.{kind}", "mode": mode, "source": f"midi:*/{control}"}
    for number, mode in enumerate(get_args(Mode))
    for kind in ("level", "hertz", "count", "on", "mode", "hit")
    for control in (f"cc/{number}", f"note/{number}", "pitch", "program")
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(messages=st.lists(st.tuples(*[st.integers(0, n) for n in (255, 127, 127)]), max_size=40))
def test_bindings_of_every_mode_survive_any_stream(
    play: Play, messages: list[tuple[int, int, int]]
) -> None:
    stage, decoder = play(*EVERY), Decoder("X")
    for message in messages:
        for touch in decoder.touches(message):
            stage.hub.touch(touch)
    assert stage.hub.settle()
    assert (stage.said, stage.hub.problems) == ([], ())
