"""The panels that watch: plots, cost table, log, history and health say what is so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from app.meter import Cost, Drops, Meter, Sample
from app.panels.health import HealthBar
from app.panels.history import HistoryPanel
from app.panels.log import LogPanel
from app.panels.performance import PerformancePanel
from app.panels.tune import TuneTable

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.session import Session


def sample(at: float, **changes: object) -> Sample:
    """A moment of a show at 24 frames a second that generates at 12."""
    costs = (
        Cost("camera", "ready", "io", 24.0, 1.0, 2.0, 1.0, 0.024, 0, ""),
        Cost("paint", "ready", "slow", 12.0, 80.0, 95.0, 40.0, 0.96, 0, ""),
        Cost("blur", "failed", "light", 24.0, 3.0, 4.0, 3.0, 0.07, 2, "no room"),
    )
    made = Sample(
        at, 24.0, 12.0, 24.0, 96.0, 1000 / 24, costs, (("a.out -> b.in", 3.0),), Drops(5, 1, 2),
        1 << 30, (0, 0), 0.5,
    )  # fmt: skip
    return made._replace(**changes)


@pytest.fixture
def meter(session: Session) -> Meter:
    """Ten seconds of a show."""
    made = Meter(session)
    made.samples.extend(sample(at / 4, latency_ms=90.0 + at % 7) for at in range(40))
    made.taken = 40
    return made


def test_the_dearest_node_is_at_the_top_of_the_table(
    session: Session, meter: Meter, qtbot: QtBot
) -> None:
    table = TuneTable(session, meter)
    qtbot.addWidget(table)
    table.show()
    table.tick()
    rows = [table.model().index(row, 0).data() for row in range(3)]
    assert rows == ["paint", "blur", "camera"]
    assert table.model().index(0, 1).data() == "40.00"


def test_a_click_in_the_table_selects_the_node(
    session: Session, meter: Meter, qtbot: QtBot
) -> None:
    table = TuneTable(session, meter)
    qtbot.addWidget(table)
    table.resize(900, 200)
    table.show()
    table.tick()
    at = table.visualRect(table.model().index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.selection == ("blur",)


def test_plots_are_drawn_where_they_are_seen_and_again_only_for_new_figures(
    session: Session, meter: Meter, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = PerformancePanel(meter)
    qtbot.addWidget(panel)
    drawn: list[int] = []
    draw = panel.draw
    monkeypatch.setattr(panel, "draw", lambda: (drawn.append(1), draw()))
    panel.tick()
    assert drawn == []
    panel.resize(1200, 180)
    panel.show()
    panel.tick()
    panel.tick()
    assert drawn == [1]
    assert "paint 40.0" in panel._times.getPlotItem().titleLabel.text


def test_the_log_is_filtered_by_words_and_severity(session: Session, qtbot: QtBot) -> None:
    panel = LogPanel(session)
    qtbot.addWidget(panel)
    session.said.tell("saved show.json", "info")
    session.said.tell("the camera went away", "warning")
    logging.getLogger("engine").error("a lane ended")
    panel.tick()
    assert panel.counts() == {"info": 1, "warning": 1, "error": 1}
    qtbot.keyClicks(panel._words, "CAMERA")
    assert panel._text.toPlainText().endswith("the camera went away")
    panel._words.clear()
    panel._least.setCurrentIndex(2)
    assert panel._text.toPlainText().endswith("a lane ended")


def test_a_click_on_a_step_goes_there_and_back(session: Session, qtbot: QtBot) -> None:
    panel = HistoryPanel(session)
    qtbot.addWidget(panel)
    for radius in (3.0, 5.0, 7.0):
        session.edit(f"Radius {radius}", session.graph.set("blur", radius=radius))
    panel.resize(200, 300)
    panel.show()
    panel.tick()
    at = panel.visualItemRect(panel.item(1)).center()
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.graph.value("blur", "radius") == 3.0
    panel.tick()
    assert [panel.item(row).text() for row in range(4)][3] == "Radius 7.0"
    panel.go(3)
    assert session.graph.value("blur", "radius") == 7.0


def test_health_says_what_is_slow_and_what_was_dropped_by_cause(
    session: Session, meter: Meter
) -> None:
    meter.samples.append(sample(11.0, output_rate=12.0, drops=Drops(9, 1, 5)))
    bar = HealthBar(session, meter)
    assert ("engine stopped", "text.disabled") in tuple(bar.figures())
    session.start()
    figures = dict(bar.figures())
    assert figures["● engine running"] == "warn"
    assert figures["10 s: passed over 4 cut 0 missed 3"] == "warn"
    assert "latency   96 ms" in figures
