"""The video file source against real clips and clips made here."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from engine.errors import EndOfStream, MediaError
from engine.node import Context, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from engine.values import Trigger
from nodes.sources.media import probe
from nodes.sources.picture import to_tensors
from nodes.sources.video_file import Media, VideoFile
from tests.nodes.sources.media_files import rgb, write_film, write_sound

FRAME = FLICKS_PER_SECOND // 30
ROOT = Path(__file__).resolve().parents[3]


def play(
    node: VideoFile, ticks: int = 200, act: Callable[[int, VideoFile], None] | None = None
) -> list[Media]:
    """What the node gives in so many ticks of 1/30 s, or until it ends."""
    node.ctx = Context(stream=Stream(64, 48, Fraction(30)))
    given: list[Media] = []
    try:
        node.setup(node.ctx)
        for index in range(ticks):
            if act:
                act(index, node)
            given.extend(node.process(Tick(index * FRAME, FRAME, index)))
    except EndOfStream:
        pass
    finally:
        node.teardown()
    return given


def pictures(given: list[Media]) -> list[Any]:
    return [media.frame for media in given if media.frame is not None]


def sounds(given: list[Media]) -> list[Any]:
    return [media.audio for media in given if media.audio is not None]


def number(packet: Any) -> int:
    """Which picture of `write_film` a packet holds, read off its blue, for up to 28 pictures."""
    return round(float(packet.value.tensor[0, 2].mean()) * 255 / 9)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Ten pictures, told apart by `number`, with nothing lost."""
    return write_film(tmp_path / "film.mkv", count=10, codec="ffv1", form="bgr0")


def test_every_frame_comes_once_at_the_files_own_times(clip_folder: Path) -> None:
    shown = pictures(play(VideoFile(path=clip_folder / "carphone_pristine.mp4")))
    assert [one.pts for one in shown] == [i * FLICKS_PER_SECOND * 1001 // 30000 for i in range(120)]


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


def test_variable_rates_stay_exact(tmp_path: Path) -> None:
    times = [0, 900, 4000, 4001, 20_000, 90_000]
    path = write_film(tmp_path / "a.mp4", count=6, pts=times, base=Fraction(1, 90_000))
    shown = pictures(play(VideoFile(path=path)))
    assert [one.pts for one in shown] == [at * 7840 for at in times]


def test_time_begins_at_the_first_picture(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.ts", count=6, pts=list(range(100, 106)))
    assert [one.pts for one in pictures(play(VideoFile(path=path)))] == [
        i * FRAME for i in range(6)
    ]


@pytest.mark.parametrize("size", [(65, 49), (1, 1), (2, 300), (17, 3)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write_film(tmp_path / "a.mkv", count=2, codec="ffv1", form="yuv444p", size=size)
    assert (pictures(play(VideoFile(path=path)))[0].value.width, size[1]) == size


def test_ten_bits_are_more_than_eight(tmp_path: Path) -> None:
    deep = write_film(tmp_path / "b.mp4", count=2, form="yuv420p10le", options={"crf": "1"})
    off = pictures(play(VideoFile(path=deep)))[0].value.tensor[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(off - rgb(0)).mean() < 3
    assert np.abs(off * 4 - np.round(off * 4)).max() > 0.2


@pytest.mark.parametrize(
    ("form", "white", "span"),
    [
        ("yuv420p", 235, 1),
        ("yuv420p10le", 940, 1),
        ("yuv444p10le", 1023, 2),
        ("yuv444p12le", 3760, 1),
        ("gbrp10le", 1023, 2),
        ("gray16le", 65535, 2),
    ],
)
def test_white_is_one_at_any_depth(form: str, white: int, span: int) -> None:
    frame = av.VideoFrame(16, 16, form)
    frame.color_range = span
    bits = frame.format.components[0].bits
    for at, plane in enumerate(frame.planes):
        level = 1 << (bits - 1) if at and form.startswith("yuv") else white
        plane.update(
            level.to_bytes(1 + (bits > 8), "little") * (plane.buffer_size // (1 + (bits > 8)))
        )
    assert (to_tensors(frame)[0] - 1).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("name", "codec", "form", "options"),
    [
        ("a.mov", "prores_ks", "yuva444p10le", {"profile": "4444"}),
        ("a.webm", "libvpx-vp9", "yuva420p", {"crf": "10", "b": "0"}),
        ("a.mov", "png", "rgba", {}),
    ],
)
def test_alpha_is_read(tmp_path: Path, name: str, codec: str, form: str, options: dict) -> None:
    path = write_film(tmp_path / name, count=5, codec=codec, form=form, options=options, alpha=True)
    shown = pictures(play(VideoFile(path=path)))
    for index, packet in enumerate(shown):
        assert abs(packet.value.alpha.mean() * 255 - index * 8) < 2


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_turned_files_stand_upright(tmp_path: Path, angle: int) -> None:
    plain = write_film(tmp_path / "a.mp4", count=2, size=(64, 48))
    turned = write_film(tmp_path / "b.mp4", count=2, size=(64, 48), rotation=angle)
    straight = pictures(play(VideoFile(path=plain)))[0].value.tensor
    upright = pictures(play(VideoFile(path=turned)))[0].value.tensor
    assert torch.equal(upright, straight.rot90(angle // 90, (2, 3)))


def test_interlaced_pictures_are_woven(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", options={"x264-params": "tff=1"})
    woven = pictures(play(VideoFile(path=path)))
    raw = pictures(play(VideoFile(path=path, deinterlace=False)))
    assert [one.pts for one in woven] == [one.pts for one in raw] == [i * FRAME for i in range(30)]
    assert not torch.equal(woven[5].value.tensor, raw[5].value.tensor)


@pytest.mark.parametrize(
    ("space", "span", "expected"),
    [
        (1, 1, (255.0, 0.6, 0.0)),
        (1, 2, (239.4, 15.4, 14.8)),
        (5, 1, (233.5, 0.0, 2.3)),
        (5, 2, (220.0, 0.0, 16.9)),
    ],
)
def test_matrix_and_range_are_the_files_own(
    tmp_path: Path, space: int, span: int, expected: tuple[float, ...]
) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=30)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = space, span
        frame = av.VideoFrame(16, 16, "yuv420p")
        for plane, value in zip(frame.planes, (63, 102, 240), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    seen = pictures(play(VideoFile(path=path)))[0].value.tensor[0, :, 8, 8] * 255
    assert np.allclose(seen, expected, atol=1.1)


def test_a_still_picture_is_a_film_of_one_frame(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.png", count=1, codec="png", form="rgb24")
    shown = pictures(play(VideoFile(path=path)))
    assert len(shown) == 1
    assert np.array_equal((shown[0].value.tensor[0] * 255).round().permute(1, 2, 0), rgb(0))
    assert len(pictures(play(VideoFile(path=path, loop="loop"), 30))) >= 20


def test_the_name_may_lie_about_the_container(film: Path) -> None:
    renamed = film.rename(film.with_name("film 100% (a|b).txt"))
    assert len(pictures(play(VideoFile(path=renamed)))) == 10


def test_a_file_says_what_it_is(clip_folder: Path) -> None:
    info = probe(clip_folder / "bigbuckbunny.mp4")
    assert (info.width, info.height, info.fps, info.has_audio) == (1280, 720, Fraction(25), True)


def make_bad(folder: Path, what: str) -> Path:
    path = folder / f"{what}.mp4"
    if what == "zero":
        path.touch()
    elif what == "folder":
        path.mkdir()
    elif what == "text":
        path.write_text("not a film\n" * 1000)
    elif what == "noise":
        path.write_bytes(random.Random(0).randbytes(20_000))
    elif what == "sound":
        write_sound(path)
    elif what == "list":
        path.write_text("ffconcat version 1.0\nfile film.mkv\n")
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "locked":
        keys = {"encryption_key": "0" * 32, "encryption_kid": "1" * 32}
        write_film(path, muxer={"encryption_scheme": "cenc-aes-ctr", **keys})
    elif what == "huge":
        header = b"YUV4MPEG2 W60000 H60000 F30:1\nFRAME\n"
        path.write_bytes(header + bytes(5000))
    return path


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("missing", "no file"),
        ("zero", "empty"),
        ("folder", "is a folder"),
        ("text", "not media"),
        ("noise", "not media"),
        ("sound", "sound but no picture"),
        ("list", "list of other files|not media"),
        ("pipe", "pipe"),
        ("locked", "encrypted"),
        ("huge", "60000|not media"),
    ],
)
def test_bad_files_are_told_in_one_sentence(tmp_path: Path, what: str, said: str) -> None:
    with pytest.raises(MediaError, match=said) as caught:
        play(VideoFile(path=make_bad(tmp_path, what)), 2)
    assert "\n" not in str(caught.value)


def test_no_path_is_told() -> None:
    with pytest.raises(MediaError, match="no file is chosen"):
        play(VideoFile(), 1)


@pytest.mark.parametrize(
    "knobs",
    [{"in_point": 50.0}, {"in_point": 0.2, "out_point": 0.1}, {"in_point": 0.34, "loop": "loop"}],
)
def test_points_without_a_picture_between_are_told(film: Path, knobs: dict[str, Any]) -> None:
    with pytest.raises(MediaError, match="in point"):
        play(VideoFile(path=film, **knobs), 1)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs file modes")
def test_a_file_that_may_not_be_read_is_told(film: Path) -> None:
    film.chmod(0)
    code = """
import os, sys
from pathlib import Path
from nodes.sources.media import MediaError, open_media
if os.geteuid() == 0:
    os.seteuid(65534)
try:
    open_media(Path(sys.argv[1]))
except MediaError as error:
    print(error)
"""
    for folder in itertools.takewhile(lambda one: one != Path("/tmp"), film.parents):
        folder.chmod(0o755)
    told = subprocess.run(
        [sys.executable, "-c", code, str(film)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "permission denied" in told.stdout


def test_a_truncated_file_plays_what_there_is(tmp_path: Path) -> None:
    whole = write_film(tmp_path / "a.mp4", muxer={"movflags": "faststart"}, sound=1.0)
    data = whole.read_bytes()
    counts = []
    for share in (0.2, 0.5, 0.8, 0.999):
        cut = tmp_path / f"{share}.mp4"
        cut.write_bytes(data[: int(len(data) * share)])
        counts.append(_played_or_told(cut))
    assert counts == sorted(counts)
    assert counts[-1] >= 20


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts"])
def test_no_mutation_crashes_or_hangs(tmp_path: Path, kind: str) -> None:
    data = write_film(tmp_path / f"a.{kind}", count=20, sound=0.6).read_bytes()
    dice = random.Random(kind)
    for turn in range(20):
        broken = bytearray(data[: dice.randrange(1, len(data))] if turn % 4 == 0 else data)
        for _ in range(dice.choice((1, 5, 50))):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        path = tmp_path / f"{turn}.{kind}"
        path.write_bytes(bytes(broken))
        assert _played_or_told(path) <= 80


def _played_or_told(path: Path) -> int:
    try:
        return len(pictures(play(VideoFile(path=path), 60)))
    except MediaError:
        return 0


def test_broken_packets_are_skipped_and_counted(tmp_path: Path) -> None:
    data = bytearray(write_film(tmp_path / "a.ts", count=30).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    (tmp_path / "b.ts").write_bytes(bytes(data))
    assert len(pictures(play(VideoFile(path=tmp_path / "b.ts"), 60))) >= 15
