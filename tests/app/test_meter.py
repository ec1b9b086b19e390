"""The meter: samples are seldom, costs add up to what the engine measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from app.meter import EVERY, Meter
from tests.app.shows import waits_for

if TYPE_CHECKING:
    from app.session import Session


def test_nothing_is_sampled_while_nothing_runs(session: Session) -> None:
    meter = Meter(session)
    assert not meter.tick()
    assert meter.newest is None


def test_a_running_show_is_sampled_four_times_a_second_at_most(session: Session) -> None:
    now = [10.0]
    meter = Meter(session, clock=lambda: now[0])
    session.start()
    assert waits_for(session.picture)
    assert meter.tick()
    assert not meter.tick()
    now[0] += EVERY
    assert meter.tick()
    assert meter.taken == 2


def test_a_sample_has_every_node_of_the_person_and_none_of_the_studio(session: Session) -> None:
    session.edit("No output", session.graph.remove("output"))
    session.start()
    assert waits_for(session.picture)
    meter = Meter(session)
    meter.tick()
    assert meter.newest is not None
    assert {cost.key for cost in meter.newest.costs} == {"pattern", "blur"}


def test_cost_is_milliseconds_a_picture_and_its_share_of_the_budget(session: Session) -> None:
    session.start()
    assert waits_for(lambda: (shown := session.picture()) and shown.serial > 20)
    meter = Meter(session)
    time.sleep(EVERY)
    meter.tick()
    assert meter.newest is not None
    blur = next(cost for cost in meter.newest.costs if cost.key == "blur")
    assert meter.newest.budget_ms == pytest.approx(1000 / 24)
    assert blur.share == pytest.approx(blur.per_picture_ms / meter.newest.budget_ms)
    assert meter.newest.busiest[0].per_picture_ms >= blur.per_picture_ms
