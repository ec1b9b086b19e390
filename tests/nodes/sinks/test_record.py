"""The recorder: what goes in comes out of the file, at its times, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch

from engine.errors import MediaError
from engine.node import Context, Packet, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from engine.values import Frame
from nodes.sinks.record import Latency, Record
from tests.nodes.sinks.film import pictures, read, record

ROOT = Path(__file__).resolve().parents[3]
KINDS = [
    ("h264", ".mp4"),
    ("h264", ".mov"),
    ("h264", ".mkv"),
    ("hevc", ".mp4"),
    ("av1", ".mp4"),
    ("av1", ".webm"),
    ("vp9", ".webm"),
    ("prores", ".mov"),
    ("prores", ".mkv"),
    ("ffv1", ".mkv"),
]


def click_times(heard: list) -> list[float]:
    """When sound jumps from silence, in milliseconds."""
    rate = heard[0].value.rate
    loud = torch.cat([packet.value.tensor for packet in heard], 1)[0].abs() > 0.4
    starts = loud & ~torch.cat([torch.zeros(2400, dtype=torch.bool), loud])[: len(loud)]
    starts &= ~torch.stack([loud.roll(k) for k in range(1, 24)]).any(0)
    begin = heard[0].pts / FLICKS_PER_SECOND
    return [1000 * (begin + int(at) / rate) for at in starts.nonzero()[:, 0]]


@pytest.mark.parametrize(
    ("codec", "suffix", "effort"),
    [(*kind, "live") for kind in KINDS]
    + [("h264", ".mp4", "best"), ("hevc", ".mp4", "best"), ("av1", ".mp4", "best")],
)
def test_every_frame_comes_back_at_its_time_with_its_sound(
    tmp_path: Path, codec: str, suffix: str, effort: str
) -> None:
    path = tmp_path / f"take{suffix}"
    made = pictures(32)
    record(Record(path=path, codec=codec, effort=effort), made, sound=True)
    shown, heard = read(path)
    assert [packet.pts for packet in shown] == [i * FLICKS_PER_SECOND // 30 for i in range(32)]
    off = [(a.value.tensor - b.tensor).abs().mean() for a, b in zip(shown, made, strict=True)]
    assert max(off) < (1e-6 if codec == "ffv1" else 0.03)
    assert all(abs(at - round(at / 500) * 500) < 1 for at in click_times(heard))
    assert len(click_times(heard)) == 3


@pytest.mark.parametrize(("codec", "suffix"), KINDS)
def test_one_input_gives_one_file(tmp_path: Path, codec: str, suffix: str) -> None:
    sums = set()
    for take in range(2):
        path = tmp_path / f"take{take}{suffix}"
        record(Record(path=path, codec=codec), pictures(8), sound=True)
        sums.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(sums) == 1


def test_ffv1_keeps_every_bit(tmp_path: Path) -> None:
    path = tmp_path / "take.mkv"
    made = pictures(5, 61, 47)
    record(Record(path=path, codec="ffv1"), made)
    shown, _ = read(path)
    for packet, frame in zip(shown, made, strict=True):
        assert (packet.value.tensor - frame.tensor).abs().max() < 1e-6


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25), Fraction(60)]
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_film_rates_are_exact(tmp_path: Path, rate: Fraction, name: str) -> None:
    dt = round(FLICKS_PER_SECOND / rate)
    times = [i * dt for i in range(20)]
    record(Record(path=tmp_path / name), pictures(20), times=times, fps=rate)
    shown, _ = read(tmp_path / name, rate)
    assert [packet.pts for packet in shown] == times


def test_a_variable_rate_is_exact(tmp_path: Path) -> None:
    milliseconds = [0, 7, 40, 41, 300, 1100, 1133]
    times = [at * FLICKS_PER_SECOND // 1000 for at in milliseconds]
    record(Record(path=tmp_path / "a.mp4"), pictures(7), times=times)
    shown, _ = read(tmp_path / "a.mp4")
    assert [packet.pts for packet in shown] == times


def test_a_frame_that_is_not_later_than_the_last_is_left_out(tmp_path: Path) -> None:
    times = [0, 0, 100, FLICKS_PER_SECOND // 30]
    record(Record(path=tmp_path / "a.mp4"), pictures(4), times=times)
    assert len(read(tmp_path / "a.mp4")[0]) == 2


@pytest.mark.parametrize(
    ("codec", "name"), [("prores", "a.mov"), ("ffv1", "a.mkv"), ("vp9", "a.webm")]
)
def test_alpha_is_kept(tmp_path: Path, codec: str, name: str) -> None:
    made = pictures(4, alpha=True)
    record(Record(path=tmp_path / name, codec=codec), made)
    shown, _ = read(tmp_path / name)
    for packet, frame in zip(shown, made, strict=True):
        assert (packet.value.alpha - frame.alpha).abs().mean() < 0.02


def test_without_alpha_in_the_codec_the_picture_lies_over_black(tmp_path: Path) -> None:
    clear = Frame(torch.ones(1, 3, 48, 64), torch.zeros(1, 1, 48, 64))
    record(Record(path=tmp_path / "a.mp4"), [clear] * 3)
    assert read(tmp_path / "a.mp4")[0][0].value.tensor.max() < 0.02


@pytest.mark.parametrize(("codec", "suffix"), [kind for kind in KINDS if kind[1] != ".mkv"])
def test_an_odd_size_gets_its_last_row_and_column_once_more(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    record(Record(path=path, codec=codec), pictures(3, 65, 49))
    frame = read(path)[0][0].value
    expected = (66, 49) if codec == "prores" else (66, 50)
    assert (frame.width, frame.height) == expected


def test_a_new_size_is_scaled_to_the_first(tmp_path: Path) -> None:
    record(Record(path=tmp_path / "a.mp4"), [*pictures(3), *pictures(3, 100, 20)])
    shown, _ = read(tmp_path / "a.mp4")
    assert {(packet.value.width, packet.value.height) for packet in shown} == {(64, 48)}
    assert len(shown) == 6


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_the_graph_travels_in_the_file(tmp_path: Path, name: str) -> None:
    graph = json.dumps({"prompt": "流れ " * 20_000}, ensure_ascii=False)
    record(Record(path=tmp_path / name), pictures(2), describe=graph)
    with av.open(str(tmp_path / name)) as container:
        found = {key.lower(): value for key, value in container.metadata.items()}
    assert found["comment"] == graph


def test_nothing_is_overwritten_by_surprise(tmp_path: Path) -> None:
    for _ in range(3):
        record(Record(path=tmp_path / "a.mp4"), pictures(2))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.mp4", "a_2.mp4", "a_3.mp4"]
    record(Record(path=tmp_path / "a.mp4", exists="overwrite"), pictures(5))
    assert len(read(tmp_path / "a.mp4")[0]) == 5


def test_off_and_on_begins_the_next_file(tmp_path: Path) -> None:
    node = Record(path=tmp_path / "a.mp4")
    node.ctx = Context(stream=Stream(64, 48))
    for index, frame in enumerate(pictures(9)):
        node.active = index not in (3, 4)
        pts = index * node.ctx.stream.dt
        node.process(Tick(pts, node.ctx.stream.dt, index), Packet(frame, pts))
    node.teardown()
    assert [len(read(tmp_path / name)[0]) for name in ("a.mp4", "a_2.mp4")] == [3, 4]


def test_no_frame_leaves_no_file(tmp_path: Path) -> None:
    record(Record(path=tmp_path / "a.mp4"), [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "codec", "said"),
    [
        ("", "h264", "no file is chosen"),
        ("a.gif", "h264", r"\.gif"),
        ("a", "h264", "nothing"),
        ("a.webm", "h264", r"webm files cannot hold h264; name the file \.mp4"),
        ("a.mp4", "prores", r"name the file \.mov or \.mkv"),
        ("gone/a.mp4", "h264", "no folder"),
    ],
)
def test_what_cannot_be_written_is_said_at_once(
    tmp_path: Path, name: str, codec: str, said: str
) -> None:
    node = Record(path=tmp_path / name if name else Path(), codec=codec)
    with pytest.raises(MediaError, match=said):
        node.setup(Context())


def test_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(MediaError, match="is a folder"):
        Record(path=tmp_path / "a.mp4").setup(Context())


def test_hardware_that_is_not_there_falls_back(tmp_path: Path) -> None:
    record(Record(path=tmp_path / "a.mp4", hardware=True), pictures(3))
    assert len(read(tmp_path / "a.mp4")[0]) == 3


def test_sound_follows_the_latency_of_the_pictures() -> None:
    latency = Latency()
    for i in range(50):
        latency.measure(i * 100 + 7_000_000, i * 100)
    assert latency.held == 7_000_000


def test_repeats_of_one_packet_do_not_count_as_latency() -> None:
    latency = Latency()
    for presented in range(0, FLICKS_PER_SECOND, FLICKS_PER_SECOND // 30):
        latency.measure(presented, 0)
    assert latency.held == 0


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


FOREVER = """
    import sys
    from pathlib import Path
    from engine.node import Context, Packet, Stream, Tick
    from nodes.sinks.record import Record
    from tests.nodes.sinks.film import clicks, pictures
    node = Record(path=Path(sys.argv[1]), codec=sys.argv[2])
    node.ctx = Context(stream=Stream(64, 48))
    node.setup(node.ctx)
    dt, sound, made = node.ctx.stream.dt, clicks(10**12), pictures(8)
    due = next(sound)
    for i in range(150):
        heard = []
        while due.pts <= i * dt:
            heard.append(due)
            due = next(sound)
        node.process(Tick(i * dt, dt, i), Packet(made[i % 8], i * dt), tuple(heard))
    print("written", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("h264", "a.mp4"),
        ("prores", "a.mov"),
        ("ffv1", "a.mkv"),
        ("vp9", "a.webm"),
        ("av1", "a.mp4"),
    ],
)
def test_a_killed_recorder_loses_at_most_two_seconds(tmp_path: Path, codec: str, name: str) -> None:
    process = run_python(FOREVER, tmp_path / name, codec)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)
    assert len(read(tmp_path / name)[0]) >= 150 - 60


FULL = """
    import resource, signal, sys
    from pathlib import Path
    from engine.errors import MediaError
    from nodes.sinks.record import Record
    from tests.nodes.sinks.film import pictures, record
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), -1))
    try:
        record(Record(path=Path(sys.argv[1]), codec=sys.argv[2]), pictures(8, 320, 240) * 40)
    except MediaError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the file size as POSIX does")
@pytest.mark.parametrize(
    ("codec", "name"), [("h264", "a.mp4"), ("ffv1", "a.mkv"), ("prores", "a.mov")]
)
def test_a_full_disk_is_said_and_the_file_so_far_plays(
    tmp_path: Path, codec: str, name: str
) -> None:
    with run_python(
        FULL, tmp_path / name, codec, 200_000 if codec == "h264" else 3_000_000
    ) as process:
        said, _ = process.communicate()
    assert "largest file" in said
    assert len(said.strip().splitlines()) == 1
    assert len(read(tmp_path / name)[0]) >= 10
