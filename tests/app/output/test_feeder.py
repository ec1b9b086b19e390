"""The feeder: from the session's picture to the window, mixed, thinned, and stopped by nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from app.output.feeder import Feeder, mixed
from app.output.link import Output
from app.output.ring import LARGEST_SIDE, RingReader
from app.session import Session
from engine.runner import Status
from engine.values import Frame
from tests.app.shows import waits_for


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Output]:
    made = Output(tmp_path)
    made.start()
    yield made
    made.stop()


def flat(value: float, height: int = 4, width: int = 6) -> Frame:
    return Frame(torch.full((1, 3, height, width), value))


def test_what_is_on_air_reaches_the_output(session: Session, output: Output) -> None:
    feeder = Feeder(session, output)
    feeder.start()
    session.start()
    try:
        assert waits_for(lambda: output.status.serial > 5)
        assert waits_for(lambda: output.status.fps > 0)
        assert feeder.trouble == ""
        assert feeder.milliseconds > 0
    finally:
        feeder.stop()


def test_an_output_that_a_crash_left_holds_its_picture_while_models_load(
    session: Session, output: Output
) -> None:
    feeder = Feeder(session, output)
    session.start()
    assert waits_for(session.picture)
    runner, output.adopted = session.air.program.find("blur"), True
    runner.status = Status.LOADING
    assert not feeder.step()
    runner.status = Status.READY
    assert feeder.step()
    runner.status = Status.LOADING  # an edit while the show goes on holds nothing up
    assert waits_for(lambda: feeder.step() or feeder.sent > 1)


def test_an_output_of_this_studio_shows_what_there_is_while_models_load(
    session: Session, output: Output
) -> None:
    feeder = Feeder(session, output)
    session.start()
    assert waits_for(session.picture)
    session.air.program.find("blur").status = Status.LOADING
    assert feeder.step()


def test_a_picture_that_stays_is_sent_again_but_rarely(session: Session, output: Output) -> None:
    now = [100.0]
    feeder = Feeder(session, output, clock=lambda: now[0])
    session.start()
    assert waits_for(session.picture)
    session.stop()
    still = session.picture
    session.picture = lambda: kept
    kept = still() or shown()
    sent = []
    for _ in range(20):
        now[0] += 0.1
        sent.append(feeder.step())
    assert sent[0]
    assert 4 <= sum(sent) <= 5


def shown():
    from nodes.sinks.window import Shown

    return Shown(flat(0.5), 0, 1)


def test_a_failing_picture_does_not_end_the_feeder(session: Session, output: Output) -> None:
    feeder = Feeder(session, output)
    working = session.picture

    def broken() -> None:
        raise RuntimeError("device lost")

    session.start()
    session.picture = broken
    feeder.start()
    try:
        assert waits_for(lambda: feeder.trouble == "device lost")
        session.picture = working
        assert waits_for(lambda: feeder.sent > 2 and not feeder.trouble)
    finally:
        feeder.stop()


def test_a_feeder_without_an_output_waits(session: Session, tmp_path: Path) -> None:
    assert not Feeder(session, Output(tmp_path)).step()


def test_the_preview_is_mixed_in_by_its_share() -> None:
    assert mixed(flat(1.0), flat(0.0), 0.25).max() == 191
    assert mixed(flat(1.0), flat(0.0), 1.0).max() == 0
    assert mixed(flat(1.0), None, 0.5).min() == 255


def test_a_preview_of_another_size_takes_the_size_on_air() -> None:
    assert mixed(flat(0.0), flat(1.0, 9, 9), 0.5).shape == (4, 6, 3)


def test_too_large_a_picture_is_thinned_out(tmp_path: Path) -> None:
    made = mixed(flat(0.5, 2, 2 * LARGEST_SIDE))
    assert made.shape == (1, LARGEST_SIDE, 3)
    assert np.all(made == 128)


def test_a_studio_that_leaves_lets_the_output_hold_its_picture(
    session: Session, tmp_path: Path
) -> None:
    output = Output(tmp_path)
    output.start()
    assert waits_for(lambda: output.status.alive)
    serial = output.send(mixed(flat(0.5)))
    assert waits_for(lambda: output.status.serial == serial)
    output.leave()
    ring = RingReader(next(tmp_path.glob("*.ring")))
    assert ring.read().serial == serial
    ring.close()
    second = Output(tmp_path)
    second.start()
    assert second.adopted
    assert second.status.serial == serial
    second.stop()
