"""Sound on a film's time: unbroken, in step with late pictures, whatever its shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.node import Context, Packet, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from nodes.sinks.record import Record
from nodes.sinks.soundtrack import Soundtrack
from tests.nodes.sinks.film import clicks, pictures, read

MS = FLICKS_PER_SECOND // 1000


def run(track: Soundtrack, *chunks: tuple[int, int]) -> np.ndarray:
    """Chunks of ones, given as (milliseconds at, samples), as one row of samples."""
    rows = [
        frame.to_ndarray()[0]
        for at, count in chunks
        for frame in track.place(np.ones((2, count), np.float32), track.rate, at * MS)
    ]
    return np.concatenate(rows)


def test_chunks_in_a_row_join() -> None:
    assert run(Soundtrack(2, 1000), (0, 10), (10, 10), (20, 5)).tolist() == [1] * 25


def test_a_gap_is_silence_and_an_overlap_is_cut() -> None:
    row = run(Soundtrack(2, 1000), (3, 2), (10, 5), (12, 6))
    assert row.tolist() == [0] * 3 + [1] * 2 + [0] * 5 + [1] * 8


def test_what_lies_before_the_film_is_left_out() -> None:
    assert run(Soundtrack(2, 1000), (-4, 10)).tolist() == [1] * 6


def test_a_rounding_of_less_than_a_millisecond_moves_nothing() -> None:
    track = Soundtrack(2, 48_000)
    list(track.place(np.ones((2, 480), np.float32), 48_000, 0))
    (frame,) = track.place(np.ones((2, 480), np.float32), 48_000, 10 * MS + MS // 2)
    assert frame.pts == 480


def test_silence_fills_in_for_sound_that_stays_away() -> None:
    track = Soundtrack(1, 1000)
    assert sum(frame.samples for frame in track.catch_up(2000 * MS)) == 1500
    assert not list(track.catch_up(2000 * MS))


@pytest.mark.parametrize(("channels", "rate"), [(1, 48_000), (2, 44_100), (6, 48_000), (1, 8000)])
def test_another_rate_or_layout_is_converted(channels: int, rate: int) -> None:
    track = Soundtrack(2, 48_000)
    heard = 0
    for index in range(20):
        chunk = np.ones((channels, rate // 10), np.float32)
        heard += sum(frame.samples for frame in track.place(chunk, rate, index * 100 * MS))
    assert heard == pytest.approx(96_000, abs=200)


def test_sound_waits_for_pictures_that_come_late(tmp_path: Path) -> None:
    node = Record(path=tmp_path / "a.mkv", codec="ffv1")
    node.ctx = Context(stream=Stream(64, 48))
    dt, late = node.ctx.stream.dt, FLICKS_PER_SECOND // 5
    sound = iter(clicks(FLICKS_PER_SECOND * 2))
    due = next(sound)
    for index, frame in enumerate(pictures(45)):
        presented, chunks = index * dt + late, []
        while due.pts <= presented:
            chunks.append(due)
            due = next(sound)
        node.process(Tick(presented, dt, index), Packet(frame, index * dt), tuple(chunks))
    list(node.drain())
    shown, heard = read(tmp_path / "a.mkv")
    row = np.concatenate([one.value.tensor[0].numpy() for one in heard])
    first = [
        at for at in np.flatnonzero(row > 0.4) if row[max(0, at - 2000) : at].max(initial=0) < 0.4
    ]
    assert len(shown) == 45
    assert np.abs(np.array(first) / 48 - np.array([0, 500, 1000])[: len(first)]).max() < 1
