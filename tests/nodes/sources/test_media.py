"""What files may be like: odd, deep, turned, woven, clear, and broken in every way."""

from __future__ import annotations

import gc
import itertools
import os
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import torch

from engine.errors import MediaError
from nodes.sources.media import nominal_rate, probe
from nodes.sources.picture import to_tensors
from nodes.sources.video_file import VideoFile
from tests.nodes.sources.media_files import rgb, write_film, write_sound
from tests.nodes.sources.playing import FRAME, pictures, play

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Ten pictures, told apart by `number`, with nothing lost."""
    return write_film(tmp_path / "film.mkv", count=10, codec="ffv1", form="bgr0")


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


def test_a_picture_that_was_read_leaves_nothing_behind() -> None:
    gc.collect()
    gc.disable()
    try:
        to_tensors(av.VideoFrame(64, 48, "yuv420p"))
        assert not [one for one in gc.get_objects() if type(one) is av.VideoFrame]
    finally:
        gc.enable()


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


@pytest.mark.parametrize("rate", [Fraction(1, 3000), Fraction(2000), None])
def test_a_rate_beyond_belief_is_taken_as_25(rate: Fraction | None) -> None:
    assert nominal_rate(SimpleNamespace(average_rate=rate, guessed_rate=None)) == 25


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
