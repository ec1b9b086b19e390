"""`slipstream run`: live without a window, its log, and the log rendered again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.live import status_line
from app.program import Program
from engine.eventlog import Event, EventLog, read
from engine.packet import flicks
from engine.probe import NodeStats
from engine.stats import Stats
from tests.app import shows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Says = Callable[..., tuple[int, str]]


def test_a_clip_runs_to_its_end_and_is_recorded(says: Says, show: Path, folder: Path) -> None:
    code, said = says("run", show, "--record", "out.mp4", "--seconds", "20")
    assert code == 0, said
    assert "ran for" in said
    assert len(shows.pictures(folder / "out.mp4")) >= 1


def test_seconds_end_a_run_that_has_no_end(says: Says, show: Path) -> None:
    code, said = says("run", show, "--set", "clip.loop=loop", "--seconds", "0.5")
    assert code == 0, said
    assert "in " in said
    assert "dropped" in said


def test_without_a_camera_the_run_goes_on_and_says_why(says: Says, folder: Path) -> None:
    nodes = {
        "clip": {"type": "sources.camera", "params": {"device": "no such camera"}},
        "grade": {"type": "compose.color", "params": {}},
        "preview": {"type": "sinks.preview", "params": {}},
    }
    links = ["clip.out -> grade.frame", "grade.out -> preview.frame"]
    show = shows.show(folder / "show.json", "", nodes=nodes, links=links)
    code, said = says("run", show, "--seconds", "1")
    assert code == 0, said
    assert "clip: " in said
    assert "camera" in said


def test_a_log_of_touches_is_rendered_again(says: Says, show: Path, folder: Path) -> None:
    log = EventLog(folder / "show.jsonl")
    log.append(Event(flicks(6 / 24), "set", "grade", "out_white", 0.0, "midi"))
    log.close()
    assert says("render", show, "--out", "out.mkv", "--log", "show.jsonl")[0] == 0
    light = [picture.mean() for picture in shows.pictures(folder / "out.mkv")]
    assert min(light[1:6]) > 10
    assert max(light[6:]) < 4


def test_what_was_played_live_is_rendered_from_its_log(
    says: Says, show: Path, folder: Path
) -> None:
    with Program(device="cpu") as program:
        document, _ = program.load(str(show))
        running = program.show(document, live=True, log=EventLog(folder / "take.jsonl"))
        running.apply(document.graph)
        running.player.start()
        running.player.set("grade", "out_white", 0.0, "midi")
        running.player.stop()
    assert [event.what for event in read(folder / "take.jsonl")] == ["graph", "set"]
    assert says("render", show, "--out", "out.mkv", "--log", "take.jsonl")[0] == 0
    assert np.mean(shows.pictures(folder / "out.mkv")[-1]) < 4


def test_a_touch_of_a_node_that_is_gone_is_passed_over(
    says: Says, show: Path, folder: Path
) -> None:
    log = EventLog(folder / "show.jsonl")
    log.append(Event(0, "set", "gone", "hue", 1.0))
    log.close()
    code, said = says("render", show, "--out", "out.mp4", "--log", "show.jsonl")
    assert code == 0, said
    assert "no node 'gone' is running" in said


def test_a_log_that_is_none_is_refused(says: Says, show: Path, folder: Path) -> None:
    (folder / "show.jsonl").write_text("hello\nworld\n")
    code, said = says("render", show, "--out", "out.mp4", "--log", "show.jsonl")
    assert code == 2
    assert "line 1: 'hello' is no event" in said


def test_a_log_that_cannot_be_written_is_refused(says: Says, show: Path) -> None:
    code, said = says("run", show, "--log", "gone/take.jsonl", "--seconds", "1")
    assert code == 2
    assert "cannot write the event log" in said


def test_the_status_line_names_rates_latency_and_drops(show: Path) -> None:
    with Program(device="cpu") as program:
        document, _ = program.load(str(show))
        running = program.show(document, live=False)
        running.apply(document.graph)
        line = status_line(running.player.stats(), document.graph)
        running.player.stop()
    assert line == "0.0 s: in 0.0 · 0 dropped · loading clip, grade"


def test_the_status_line_counts_generators_and_not_what_runs_beside_them() -> None:
    with Program(device="cpu") as program:
        graph = program.load("endless_landscape")[0].graph
        rates = {"dream": 24.0, "past": 0.0}
    nodes = (
        NodeStats(key, "ok", "", "slow", 9, 0, 1.0, 1.0, 1.0, rate, 0.0)
        for key, rate in rates.items()
    )
    line = status_line(Stats(1.0, tuple(nodes), (), (), ()), graph)
    assert "generated 24.0" in line
