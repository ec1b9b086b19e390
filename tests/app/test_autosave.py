"""Autosave: a crash loses a second at most, and an orderly end leaves nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from app.autosave import SETTLE, Autosave, leftovers
from app.session import Session
from app.window.stagehand import Stagehand
from engine.document import dumps
from engine.journal import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from app.program import Program


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def ended_process() -> int:
    """The number of a process that is no more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_what_was_edited_is_on_disk_after_a_second(session: Session, tmp_path: Path) -> None:
    clock = Hand()
    autosave = Autosave(tmp_path, clock=clock, pid=ended_process())
    autosave.keep(session.document, None, "Soften")
    autosave.tick(lambda: None)
    assert leftovers(tmp_path) == []
    clock.time += SETTLE
    autosave.tick(lambda: None)
    autosave._worker.shutdown()
    (left,) = leftovers(tmp_path)
    assert left.snapshot.text == dumps(session.document)
    assert left.snapshot.label == "Soften"


def test_a_step_taken_back_is_kept_too(program: Program, tmp_path: Path) -> None:
    clock = Hand()
    autosave = Autosave(tmp_path, clock=clock, pid=ended_process())
    session = Session(program, autosave=autosave)
    session.edit("Add", session.graph.add("compose.blur", "blur"))
    session.undo()
    clock.time += SETTLE
    session.tick()
    autosave._worker.submit(int).result()
    (left,) = leftovers(tmp_path)
    assert '"blur"' not in left.snapshot.text
    session.close()


def test_what_is_on_air_is_kept_though_nothing_was_edited(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    clock, pid = Hand(), ended_process()
    autosave = Autosave(tmp_path, clock=clock, pid=pid)
    session = Session(program, autosave=autosave)
    stagehand = Stagehand(session)
    stagehand.tick()
    assert autosave._waiting is None
    stagehand.output.start()
    stagehand.tick()
    clock.time += SETTLE
    session.tick()
    autosave._worker.submit(int).result()
    (left,) = leftovers(tmp_path)
    assert (left.process, left.snapshot.label) == (pid, "On air")
    stagehand.close()
    session.close()


def test_what_was_recovered_outlives_the_next_crash(program: Program, tmp_path: Path) -> None:
    clock = Hand()
    autosave = Autosave(tmp_path, clock=clock, pid=ended_process())
    session = Session(program, autosave=autosave)
    session.recover(Snapshot(session.text(), "", "Soften", 0.0))
    clock.time += SETTLE
    session.tick()
    autosave._worker.submit(int).result()
    assert [left.snapshot.label for left in leftovers(tmp_path)] == ["Soften"]
    session.close()


def test_a_picture_is_kept_beside(session: Session, tmp_path: Path) -> None:
    from nodes.sinks.window import Shown
    from tests.app.shows import shown

    clock = Hand()
    autosave = Autosave(tmp_path, clock=clock, pid=ended_process())
    autosave.keep(session.document, None, "Soften")
    clock.time += SETTLE
    autosave.tick(lambda: None)
    autosave._worker.submit(int).result()
    clock.time += 60
    picture: Shown = shown(640, 360)
    autosave.tick(lambda: picture)
    autosave._worker.shutdown()
    (left,) = leftovers(tmp_path)
    assert left.picture is not None
    left.discard()
    assert list(tmp_path.iterdir()) == []


def test_an_orderly_end_leaves_nothing(session: Session, tmp_path: Path) -> None:
    autosave = Autosave(tmp_path, pid=ended_process())
    autosave.keep(session.document, None, "Soften")
    autosave.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_running_studio_keeps_is_no_leftover(session: Session, tmp_path: Path) -> None:
    clock = Hand()
    autosave = Autosave(tmp_path, clock=clock)
    autosave.keep(session.document, None, "Soften")
    clock.time += SETTLE
    autosave.tick(lambda: None)
    autosave._worker.submit(int).result()
    assert leftovers(tmp_path) == []
    autosave.close()


def test_a_folder_that_cannot_be_written_is_no_crash(session: Session, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    clock = Hand()
    autosave = Autosave(tmp_path / "taken", clock=clock)
    autosave.keep(session.document, None, "Soften")
    clock.time += SETTLE
    autosave.tick(lambda: None)
    autosave._worker.shutdown()
    assert "autosave cannot write" in autosave.trouble
