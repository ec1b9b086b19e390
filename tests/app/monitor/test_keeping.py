"""Recordings, screenshots and replays: files that play, figures that are true, words when not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.embedded_graph import graph_text
from app.monitor.keeping import Keeper
from app.monitor.recording import (
    RecordButton,
    media_path,
    spoken_minutes,
    spoken_time,
)
from app.monitor.replay import Kept, Replay, write_film
from app.session import Session
from app.settings import Preferences
from engine.packet import FLICKS_PER_SECOND
from engine.values import Frame
from nodes.sinks.stills import encoded
from nodes.sinks.window import Shown
from tests.app import shows
from tests.app.shows import waits_for

TICK = FLICKS_PER_SECOND // 24


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    made = Preferences(tmp_path / "settings.json")
    made.set(record_folder=str(tmp_path / "films"))
    return made


@pytest.fixture
def keeper(session: Session, preferences: Preferences) -> Iterator[Keeper]:
    made = Keeper(session, preferences)
    yield made
    made.close()


@pytest.fixture
def heard(session: Session) -> list[str]:
    said: list[str] = []
    session.said.listen(lambda text, _: said.append(text))
    return said


def jpeg(value: float, height: int = 48, width: int = 64) -> bytes:
    frame = Frame(torch.full((1, 3, height, width), value))
    return encoded(frame, ".jpg", deep=False, quality=90)


def test_the_button_records_a_film_and_shows_time_and_room(
    session: Session, preferences: Preferences, heard: list[str], qtbot: QtBot
) -> None:
    now = [0.0]
    button = RecordButton(session, preferences, clock=lambda: now[0])
    qtbot.addWidget(button)
    button.show()
    session.start()
    assert waits_for(session.picture)
    qtbot.mouseClick(button.button, Qt.MouseButton.LeftButton)
    path = session.recording
    assert path.parent == Path(preferences.value.record_folder)
    assert waits_for(lambda: path.exists() and path.stat().st_size > 0)
    now[0] = 764.0
    button.show_state()
    assert button.label.text().startswith("REC 00:12:44 · ")
    assert " left" in button.label.text()
    qtbot.mouseClick(button.button, Qt.MouseButton.LeftButton)
    assert session.recording is None
    assert button.button.text() == "Record"
    assert heard[-1] == f"recorded {path}"


def test_a_folder_that_cannot_be_made_is_said(
    session: Session, preferences: Preferences, heard: list[str], qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    preferences.set(record_folder=str(tmp_path / "file" / "below"))
    button = RecordButton(session, preferences)
    qtbot.addWidget(button)
    button.toggle()
    assert "cannot record" in heard[-1]
    assert session.recording is None


def test_a_recording_that_writes_nothing_is_said_once(
    session: Session, preferences: Preferences, heard: list[str], qtbot: QtBot, tmp_path: Path
) -> None:
    button = RecordButton(session, preferences)
    qtbot.addWidget(button)
    session.start()
    session.record(tmp_path / "nowhere" / "film.mp4")
    qtbot.waitUntil(lambda: button.show_state() or button.label.text() == "NOT RECORDING")
    button.show_state()
    assert [text for text in heard if "nothing is recorded" in text] == heard[-1:]
    session.record(None)


def test_minutes_come_from_how_the_file_grows(
    session: Session, preferences: Preferences, qtbot: QtBot, tmp_path: Path
) -> None:
    now = [0.0]
    button = RecordButton(session, preferences, clock=lambda: now[0])
    qtbot.addWidget(button)
    film = tmp_path / "film.mp4"
    button._path = film
    for size in range(5):
        now[0] = float(size)
        film.write_bytes(bytes(size * 1000))
        button._measure()
    assert button._rate() == pytest.approx(1000)


def test_times_are_spoken() -> None:
    assert spoken_time(3661.9) == "01:01:01"
    assert [spoken_minutes(m) for m in (95, 1560, 20_000)] == ["95 min", "26 h", "14 days"]
    assert spoken_minutes(1e9) == "over a month"


def test_files_are_named_by_their_time(tmp_path: Path) -> None:
    path = media_path(str(tmp_path / "new"), ".mp4", datetime(2026, 11, 22, 9, 5, 7))
    assert path == tmp_path / "new" / "Slipstream 2026-11-22 09.05.07.mp4"


def test_a_screenshot_carries_the_graph(keeper: Keeper, session: Session, heard: list[str]) -> None:
    assert keeper.screenshot() is None
    assert "start the engine" in heard[-1]
    session.start()
    assert waits_for(session.picture)
    path = keeper.screenshot()
    assert json.loads(graph_text(path)) == json.loads(session.text())
    assert heard[-1] == f"saved {path}"


def test_a_replay_is_the_last_seconds(session: Session) -> None:
    replay = Replay(session, 2.0)
    for index in range(200):
        replay._keep(Kept(index * TICK, b"x"))
    assert replay.seconds == pytest.approx(2.0)
    assert replay.size == 49


def test_a_replay_stays_within_its_memory(session: Session) -> None:
    replay = Replay(session, 1000.0, limit=1000)
    for index in range(50):
        replay._keep(Kept(index * TICK, bytes(100)))
    assert replay.size <= 1000
    assert replay.seconds > 0


def test_a_replay_begins_anew_with_the_engine(session: Session) -> None:
    replay = Replay(session, 30.0)
    for pts in (100, 200, 5, 6):
        replay._keep(Kept(pts * TICK, b"x"))
    assert replay.size == 2


def test_only_new_pictures_are_kept(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = Replay(session, 30.0)
    picture = Frame.solid(8, 8)
    monkeypatch.setattr(session, "picture", lambda: Shown(picture, 0, 1))
    assert [replay.take(), replay.take()] == [True, False]


def test_a_replay_becomes_a_film_with_its_times(tmp_path: Path) -> None:
    kept = tuple(Kept(index * 2 * TICK, jpeg(index / 10)) for index in range(6))
    path = write_film(kept, tmp_path / "a.mp4", Fraction(24), "{}")
    pictures = shows.pictures(path)
    assert len(pictures) == 6
    assert pictures[0].shape == (48, 64, 3)
    with av.open(str(path)) as film:
        times = [frame.time for frame in film.decode(video=0)]
    assert times[-1] == pytest.approx(10 / 24, abs=0.01)


def test_the_last_seconds_of_a_session_are_saved(
    keeper: Keeper, session: Session, heard: list[str]
) -> None:
    assert not keeper.save_replay()
    assert "no replay to save" in heard[-1]
    session.start()
    keeper.start()
    assert waits_for(lambda: keeper.replay.seconds > 0.3)
    assert keeper.save_replay()
    assert waits_for(lambda: (keeper.tick(), heard[-1].startswith("saved the replay"))[1])
    path = Path(heard[-1].removeprefix("saved the replay as "))
    assert len(shows.pictures(path)) > 3
    with av.open(str(path)) as film:
        assert json.loads(film.metadata["comment"]) == json.loads(session.text())


def test_a_replay_that_cannot_be_written_is_said(session: Session, tmp_path: Path) -> None:
    replay, told, done = Replay(session), [], threading.Event()
    for index in range(3):
        replay._keep(Kept(index * TICK, jpeg(0.5)))

    def hear(path: Path | None, why: str) -> None:
        told.append((path, why))
        done.set()

    assert replay.save(tmp_path / "gone" / "a.mp4", hear)
    assert done.wait(20)
    assert told[0][0] is None
    assert "there is no folder" in told[0][1]


def test_a_replay_is_switched_by_the_settings(keeper: Keeper, preferences: Preferences) -> None:
    preferences.set(replay_seconds=0)
    assert keeper.replay._thread is None
    preferences.set(replay_seconds=10)
    assert keeper.replay.length == 10
    assert keeper.replay._thread is not None


def test_every_command_is_in_the_table(keeper: Keeper) -> None:
    assert set(keeper.commands()) <= {action.id for action in ACTIONS}
