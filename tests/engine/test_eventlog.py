"""A show's log: what was touched, when; a torn end is no harm, a wrong line is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import DocumentError
from engine.eventlog import Event, EventLog, read

if TYPE_CHECKING:
    from pathlib import Path


def test_events_come_back_in_order_of_time(tmp_path: Path):
    log = EventLog(tmp_path / "show.jsonl")
    events = [Event(20, "set", "a", "level", 0.5, "midi"), Event(10, "reset")]
    for event in events:
        log.append(event)
    log.close()
    assert read(tmp_path / "show.jsonl") == events[::-1]


def test_a_cue_comes_back_with_its_curve(tmp_path: Path):
    log = EventLog(tmp_path / "show.jsonl")
    cue = Event(5, "cue", "a", "level", 1, fade=2.0, curve="s")
    log.append(cue)
    log.close()
    assert read(tmp_path / "show.jsonl") == [cue]


def test_a_torn_last_line_is_passed_over(tmp_path: Path):
    path = tmp_path / "show.jsonl"
    path.write_text(Event(1, "reset").line() + "\n" + '{"pts": 2, "wh')
    assert read(path) == [Event(1, "reset")]


@pytest.mark.parametrize(
    "line",
    [
        '{"pts": 1, "what": "cue", "curve": "wild"}',
        "{}",
        "[]",
        "7",
        '{"pts": "soon", "what": "set"}',
        '{"pts": 1, "what": "eval"}',
    ],
)
def test_a_line_that_is_no_event_is_named(tmp_path: Path, line: str):
    path = tmp_path / "show.jsonl"
    path.write_text(line + "\n" + Event(1, "reset").line())
    with pytest.raises(DocumentError, match="line 1"):
        read(path)


def test_a_missing_log_is_one_sentence(tmp_path: Path):
    with pytest.raises(DocumentError, match="cannot read the event log"):
        read(tmp_path / "none.jsonl")


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    with pytest.raises(DocumentError, match="cannot write the event log"):
        EventLog(tmp_path / "no" / "show.jsonl")


def test_without_a_file_events_go_nowhere():
    EventLog().append(Event(1, "reset"))
    assert (
        Event(3, "set", "a", "b", 1).line()
        == '{"pts": 3, "what": "set", "key": "a", "param": "b", "value": 1}'
    )
