"""A session: every edit is live and undoable, what modulators do is neither, files are not lost."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from app.session import Session
from engine.document import dumps
from engine.errors import DocumentError, GraphError
from engine.journal import Snapshot
from tests.app import shows
from tests.app.shows import waits_for

if TYPE_CHECKING:
    from pathlib import Path

    from app.program import Program
    from app.session import Change
    from engine.document import Document
    from engine.graph import Graph


def test_an_edit_is_told_with_its_difference_and_undo_brings_the_same_object_back(
    session: Session,
) -> None:
    told: list[Change] = []
    session.changed.listen(told.append)
    before = session.document
    session.edit("Soften", session.graph.set("blur", radius=9.0))
    assert told[0].diff.params == {"blur": {"radius": 9.0}}
    session.undo()
    assert session.document is before
    session.redo()
    assert session.graph.value("blur", "radius") == 9.0


def test_a_drag_is_one_step(session: Session) -> None:
    for radius in range(1, 200):
        graph = session.graph.set("blur", radius=radius / 10)
        session.edit("Radius", graph, merge=("blur", "radius"))
    session.undo()
    assert session.history.undo_label is None


def test_what_is_played_by_hand_is_no_step_and_stays_out_of_the_document(session: Session) -> None:
    session.set("blur", "radius", 12.0, "midi")
    assert session.value("blur", "radius") == 12.0
    assert session.driven("blur", "radius") == "midi"
    assert session.graph.value("blur", "radius") != 12.0
    session.release("blur", "radius", "midi")
    assert session.value("blur", "radius") == session.graph.value("blur", "radius")
    assert session.history.undo_label is None


def test_capture_makes_live_values_one_step(session: Session) -> None:
    session.set("blur", "radius", 12.0, "midi")
    session.capture()
    assert session.graph.value("blur", "radius") == 12.0
    session.undo()
    assert session.history.undo_label is None


def test_an_edit_that_cannot_be_is_said_and_leaves_the_document_alone(session: Session) -> None:
    said: list[tuple[str, str]] = []
    session.said.listen(lambda text, severity: said.append((text, severity)))
    before = session.document
    assert not session.try_edit(
        "Link", lambda: session.graph.connect("pattern.out", "nobody.frame")
    )
    assert session.document is before
    assert "nobody" in said[0][0]


def test_a_wrong_touch_from_another_thread_is_said_at_the_next_tick(session: Session) -> None:
    said: list[str] = []
    session.said.listen(lambda text, _: said.append(text))
    session.set("blur", "radios", 1.0)
    session.set("blur", "radius", "loud")
    session.set("gone", "radius", 1.0)
    assert said == []
    session.tick()
    assert len(said) == 3


def test_the_studios_own_sinks_are_in_no_document(session: Session, program: Program) -> None:
    graph = session.graph.remove("output")
    session.edit("No output", graph)
    session.start()
    assert waits_for(session.picture)
    assert set(session.graph.nodes) == {"pattern", "blur"}
    assert "on_air" not in session.text()


def test_selection_follows_what_is_there(session: Session) -> None:
    session.select(["blur", "nobody", "blur"])
    assert session.selection == ("blur",)
    session.edit("Delete", session.document.remove("blur"))
    assert session.selection == ()


def test_a_preview_takes_the_edits_until_it_is_put_on_air(session: Session) -> None:
    session.start()
    session.set_blind(True)
    session.edit("Soften", session.graph.set("blur", radius=30.0))
    on_air = session.air.program
    assert on_air.document.graph.value("blur", "radius") != 30.0
    session.take()
    assert session.air.program.document.graph.value("blur", "radius") == 30.0
    assert session.blind
    session.set_blind(False)
    assert session.air.stages == (session.air.program,)


def test_a_timed_take_mixes_and_then_swaps(session: Session) -> None:
    session.set_blind(True)
    preview = session.air.preview
    session.take(fade=0.2)
    assert session.air.program is not preview

    def ticked() -> bool:
        session.tick()
        return session.air.program is preview

    assert waits_for(ticked)
    assert session.mix == 0.0


def test_what_is_played_on_air_is_played_in_the_preview_too(session: Session) -> None:
    session.set_blind(True)
    session.set("blur", "radius", 21.0, "midi")
    session.take()
    assert session.value("blur", "radius") == 21.0


def test_recording_writes_a_film_and_the_document_stays_as_it_was(
    session: Session, tmp_path: Path
) -> None:
    session.start()
    assert waits_for(session.picture)
    session.record(tmp_path / "take.mp4")
    assert session.recording == tmp_path / "take.mp4"
    first = session.picture()
    assert first is not None
    assert waits_for(lambda: (session.picture() or first).serial > first.serial + 12)
    session.record(None)
    assert session.history.undo_label is None
    session.stop()
    assert len(shows.pictures(tmp_path / "take.mp4")) > 5


def test_another_engine_takes_over_from_one_that_hangs(session: Session) -> None:
    session.start()
    assert waits_for(session.picture)
    hung = session.air.program.player
    session.restart()
    assert session.air.program.player is not hung
    assert waits_for(session.picture)


def test_opening_replaces_the_history_and_keeps_the_engine(
    session: Session, tmp_path: Path
) -> None:
    session.edit("Soften", session.graph.set("blur", radius=9.0))
    session.save(tmp_path / "one.json")
    assert session.is_saved
    player = session.air.program.player
    session.new()
    assert not session.graph.nodes
    session.open(tmp_path / "one.json")
    assert session.graph.value("blur", "radius") == 9.0
    assert session.history.undo_label is None
    assert session.air.program.player is player


def test_a_file_that_is_no_document_leaves_what_was_open(session: Session, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"format": 1, "nodes": ')
    before = session.document
    with pytest.raises(DocumentError):
        session.open(tmp_path / "broken.json")
    assert session.document is before


def test_a_preset_is_opened_without_its_file(session: Session) -> None:
    session.open("beat_strobe")
    assert session.path is None
    with pytest.raises(DocumentError):
        session.save()


def test_what_a_crash_left_counts_as_not_saved(session: Session) -> None:
    text = session.text()
    session.new()
    session.recover(Snapshot(text, "", "Soften", 0.0))
    assert json.loads(session.text())["nodes"] == json.loads(text)["nodes"]
    assert not session.is_saved


def test_random_edits_undone_are_the_same_text(session: Session) -> None:
    chance = random.Random(3)
    before = dumps(session.document)
    for _ in range(120):
        key = chance.choice([*session.graph.nodes, "nobody"])
        session.try_edit("Step", lambda key=key: _random_edit(session, chance, key))
    while session.history.undo_label:
        session.undo()
    assert dumps(session.document) == before


def _random_edit(session: Session, chance: random.Random, key: str) -> Document | Graph:
    graph = session.graph
    match chance.randrange(5):
        case 0:
            return graph.add(chance.choice(["compose.blur", "control.lfo", "sources.solid"]))
        case 1:
            return session.document.remove(key, heal=True)
        case 2:
            return graph.flag(key, "bypass", chance.random() < 0.5)
        case 3:
            return graph.connect(f"{chance.choice(list(graph.nodes) or ['x'])}.out", f"{key}.frame")
        case _:
            if "blur" not in graph.nodes:
                raise GraphError("there is no blur to rename")
            return session.document.rename("blur", f"soft{chance.randrange(99)}")
