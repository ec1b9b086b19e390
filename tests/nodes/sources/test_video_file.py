"""The video file source plays: its times, speeds, loops, jumps and sound."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.node import Context, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from engine.values import Trigger
from nodes.sources.video_file import VideoFile
from tests.nodes.sources.media_files import write_chord, write_film
from tests.nodes.sources.playing import FRAME, number, pictures, play, sounds


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Ten pictures, told apart by `number`, with nothing lost."""
    return write_film(tmp_path / "film.mkv", count=10, codec="ffv1", form="bgr0")


def test_every_frame_comes_once_at_the_files_own_times(clip_folder: Path) -> None:
    shown = pictures(play(VideoFile(path=clip_folder / "carphone_pristine.mp4")))
    assert [one.pts for one in shown] == [i * FLICKS_PER_SECOND * 1001 // 30000 for i in range(120)]


@pytest.mark.parametrize("layout", ["mono", "5.1", "7.1", "9 channels", "hexadecagonal"])
def test_every_channel_of_a_film_is_heard(tmp_path: Path, layout: str) -> None:
    path, channels = write_chord(tmp_path / "chord.mkv", layout)
    heard = torch.cat([one.value.tensor for one in sounds(play(VideoFile(path=path)))], 1)
    level = torch.arange(1, channels + 1) / 32
    assert heard.shape[1] == 1000
    assert torch.equal(heard, level[:, None].expand(-1, 1000))


def test_sound_runs_unbroken_beside_the_pictures(clip_folder: Path) -> None:
    given = play(VideoFile(path=clip_folder / "bigbuckbunny.mp4", out_point=1.0))
    heard = sounds(given)
    ends = [one.pts + one.value.tensor.shape[1] * FLICKS_PER_SECOND // 48_000 for one in heard]
    assert len(pictures(given)) == 25
    assert [one.pts for one in heard] == [0, *ends[:-1]]
    assert ends[-1] == FLICKS_PER_SECOND


def test_nothing_comes_before_its_time(film: Path) -> None:
    node = VideoFile(path=film)
    node.ctx = Context(stream=Stream(64, 48))
    node.setup(node.ctx)
    assert [media.frame.pts for media in node.process(Tick(0, FRAME))] == [0]
    assert [media.frame.pts for media in node.process(Tick(FRAME, FRAME))] == [FRAME]
    node.teardown()


def test_a_file_tells_how_long_it_will_play(film: Path) -> None:
    node = VideoFile(path=film, in_point=0.1, speed=-0.5)
    node.setup(Context())
    assert node.duration() == pytest.approx(FLICKS_PER_SECOND * 2 * 7 / 30, rel=0.01)
    node.loop = "loop"
    assert node.duration() is None
    node.teardown()


def test_the_end_comes_after_the_last_picture_has_lasted(film: Path) -> None:
    ends = []
    play(VideoFile(path=film), 50, lambda index, node: ends.append(index))
    assert ends[-1] == 10


def test_loops_join_without_a_gap_and_without_a_cut(film: Path) -> None:
    shown = pictures(play(VideoFile(path=film, loop="loop"), 25))
    assert [one.pts for one in shown] == [i * FRAME for i in range(25)]
    assert [number(one) for one in shown] == [i % 10 for i in range(25)]
    assert not any(one.cut for one in shown)


def test_ping_pong_goes_there_and_back(film: Path) -> None:
    shown = pictures(play(VideoFile(path=film, loop="ping-pong"), 25))
    assert [number(one) for one in shown] == [*range(10), *range(9, -1, -1), *range(5)]


def test_sound_stays_in_step_over_loops(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", count=15, sound=0.8)
    heard = sounds(play(VideoFile(path=path, loop="loop"), 60))
    step = FLICKS_PER_SECOND // 48_000
    second = next(one.pts for one in heard if one.pts >= FLICKS_PER_SECOND // 2)
    assert abs(second - FLICKS_PER_SECOND // 2) <= step
    joins = [b.pts - a.pts - a.value.tensor.shape[1] * step for a, b in itertools.pairwise(heard)]
    assert all(abs(join) <= step for join in joins)


def test_in_and_out_points_hold(film: Path) -> None:
    shown = pictures(play(VideoFile(path=film, in_point=3 / 30, out_point=6 / 30, loop="loop"), 7))
    assert [number(one) for one in shown] == [3, 4, 5, 3, 4, 5, 3]


@pytest.mark.parametrize(
    ("speed", "numbers", "step"),
    [(2.0, [0, 2, 4, 6, 8], 1), (0.5, list(range(10)), 2), (-1.0, list(range(9, -1, -1)), 1)],
)
def test_speeds(film: Path, speed: float, numbers: list[int], step: int) -> None:
    shown = pictures(play(VideoFile(path=film, speed=speed, loop="off")))
    assert [number(one) for one in shown] == numbers
    assert [one.pts for one in shown] == [i * step * FRAME for i in range(len(numbers))]


def test_speed_zero_holds_and_goes_on(film: Path) -> None:
    def act(index: int, node: VideoFile) -> None:
        node.speed = 0.0 if 3 <= index < 20 else 1.0

    shown = pictures(play(VideoFile(path=film), 60, act))
    assert [number(one) for one in shown] == list(range(10))
    assert [one.pts // FRAME for one in shown] == [0, 1, 2, *range(20, 27)]


def test_speed_turns_round_in_flight(film: Path) -> None:
    def act(index: int, node: VideoFile) -> None:
        node.speed = -1.0 if index >= 5 else 1.0

    shown = pictures(play(VideoFile(path=film), 60, act))
    numbers = [number(one) for one in shown]
    assert numbers[:5] == [0, 1, 2, 3, 4]
    assert numbers[5:] == sorted(numbers[5:], reverse=True)
    assert numbers[-1] == 0
    assert not any(one.cut for one in shown)


def test_a_seek_jumps_and_says_so(film: Path) -> None:
    def act(index: int, node: VideoFile) -> None:
        node.seek = 7 / 30
        node.jump = Trigger(index >= 3)

    shown = pictures(play(VideoFile(path=film), 60, act))
    assert [number(one) for one in shown] == [0, 1, 2, 7, 8, 9]
    assert [one.cut for one in shown] == [False, False, False, True, False, False]
    assert [one.pts for one in shown] == [i * FRAME for i in range(6)]


@pytest.mark.parametrize("where", [50.0, 1e15])
def test_a_seek_past_the_end_shows_the_last_picture(film: Path, where: float) -> None:
    def act(index: int, node: VideoFile) -> None:
        node.seek, node.jump = where, Trigger(index >= 2)

    assert [number(one) for one in pictures(play(VideoFile(path=film), 60, act))] == [0, 1, 9]


def test_restart_begins_again(film: Path) -> None:
    def act(index: int, node: VideoFile) -> None:
        node.restart = Trigger(4 if index >= 4 else 3)

    shown = pictures(play(VideoFile(path=film), 60, act))
    assert [number(one) for one in shown] == [0, 1, 2, 3, *range(10)]
    assert shown[4].cut


def test_another_path_plays_at_once(film: Path, tmp_path: Path) -> None:
    other = write_film(tmp_path / "b.mkv", count=3, codec="ffv1", form="bgr0", size=(32, 16))

    def act(index: int, node: VideoFile) -> None:
        node.path = other if index >= 2 else film

    shown = pictures(play(VideoFile(path=film), 60, act))
    assert [one.value.width for one in shown] == [64, 64, 32, 32, 32]
    assert shown[2].cut


def test_seeking_in_a_real_clip_lands_on_the_picture(clip_folder: Path) -> None:
    clip = clip_folder / "bikes.mp4"
    plain = pictures(play(VideoFile(path=clip), 150))
    late = pictures(play(VideoFile(path=clip, in_point=4.0), 3))
    wanted = next(one for one in plain if one.pts == 4 * FLICKS_PER_SECOND)
    assert torch.equal(late[0].value.tensor, wanted.value.tensor)


def test_a_real_clip_backwards_is_the_clip_forwards(clip_folder: Path) -> None:
    clip = clip_folder / "carphone_pristine.mp4"
    there = pictures(play(VideoFile(path=clip)))
    back = pictures(play(VideoFile(path=clip, speed=-1.0)))
    assert len(back) == len(there)
    for one, other in zip(there, reversed(back), strict=True):
        assert torch.equal(one.value.tensor, other.value.tensor)


def test_the_same_ticks_give_the_same_packets(clip_folder: Path) -> None:
    def act(index: int, node: VideoFile) -> None:
        node.speed = (1.0, 2.0, -1.0, 0.3)[index // 8 % 4]
        node.jump = Trigger(index // 20)
        node.seek = 1.0

    def run() -> list[Any]:
        given = pictures(play(VideoFile(path=clip_folder / "carphone_pristine.mp4"), 60, act))
        return [(one.pts, one.cut, one.value.tensor.double().sum().item()) for one in given]

    assert run() == run()


def test_no_thread_is_left(film: Path) -> None:
    play(VideoFile(path=film, loop="loop"), 5)
    assert not [one for one in threading.enumerate() if one.name.startswith("slipstream-read")]


def test_a_stall_of_the_caller_pauses_the_file(film: Path) -> None:
    node = VideoFile(path=film)
    node.ctx = Context(stream=Stream(64, 48))
    node.setup(node.ctx)
    list(node.process(Tick(0, FRAME)))
    late = list(node.process(Tick(3000 * FRAME, FRAME)))
    node.teardown()
    assert len(late) <= 8


@pytest.mark.parametrize(
    ("knobs", "seconds"),
    [
        ({}, 4.0),
        ({"speed": -2.0}, 2.0),
        ({"in_point": 1.0, "out_point": 3.0}, 2.0),
        ({"loop": "loop"}, None),
        ({"speed": 0.0}, None),
    ],
)
def test_its_duration_is_what_will_be_played(
    tmp_path: Path, knobs: dict[str, Any], seconds: float | None
) -> None:
    node = VideoFile(path=write_film(tmp_path / "a.mp4", count=120), **knobs)
    node.setup(Context())
    duration = node.duration()
    node.teardown()
    assert (
        duration is None if seconds is None else abs(duration / FLICKS_PER_SECOND - seconds) < 0.1
    )
