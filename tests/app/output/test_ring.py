"""The ring: whole frames or none, files that grow, files that are no ring."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.output.meeting import left_behind, runtime_folder
from app.output.ring import FRAMES, LARGEST_SIDE, RingError, RingReader, RingWriter

ROOT = Path(__file__).resolve().parents[3]
FUZZ = """
import sys, numpy as np
from pathlib import Path
from app.output.ring import RingWriter
ring, random = RingWriter.create(Path(sys.argv[1])), np.random.default_rng(1)
sizes = [(90, 160), (1, 1), (64, 333), (300, 500), (7, 3)]
for _ in range(3000):
    value = (ring.newest + 1) % 251
    ring.write(np.full((*sizes[random.integers(5)], 3), value, np.uint8), pts=-value)
"""


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[RingWriter]:
    made = RingWriter.create(tmp_path / "a.ring")
    yield made
    made.close()


def picture(height: int = 6, width: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_a_frame_comes_out_as_it_went_in(ring: RingWriter) -> None:
    reader = RingReader(ring.path)
    assert reader.read() is None
    assert ring.write(picture(), pts=-7) == 1
    taken = reader.read()
    assert np.array_equal(taken.pixels, picture())
    assert (taken.pts, taken.serial) == (-7, 1)
    assert reader.read(after=1) is None


def test_the_newest_frame_wins(ring: RingWriter) -> None:
    reader = RingReader(ring.path)
    for seed in range(10):
        ring.write(picture(seed=seed), pts=seed)
    assert reader.read(after=2).pts == 9


def test_a_frame_that_was_taken_does_not_change(ring: RingWriter) -> None:
    ring.write(picture())
    taken = RingReader(ring.path).read().pixels
    for seed in range(1, 8):
        ring.write(picture(seed=seed))
    assert np.array_equal(taken, picture())


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (720, 1280), (2160, 3840), (4, 4)])
def test_sizes_change_in_the_middle_of_a_stream(ring: RingWriter, shape: tuple[int, int]) -> None:
    reader = RingReader(ring.path)
    for size in ((2, 2), shape, (9, 7)):
        ring.write(picture(*size))
        assert np.array_equal(reader.read().pixels, picture(*size))


def test_rows_of_a_view_are_copied_by_their_strides(ring: RingWriter) -> None:
    whole = picture(20, 30)
    ring.write(whole[2:9, ::-2])
    assert np.array_equal(RingReader(ring.path).read().pixels, whole[2:9, ::-2])


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((1, LARGEST_SIDE + 1, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(ring: RingWriter, wrong: np.ndarray) -> None:
    with pytest.raises(RingError, match=r"the output takes|too large"):
        ring.write(wrong)
    assert ring.newest == 0


def test_no_reader_ever_sees_a_torn_frame(tmp_path: Path) -> None:
    path = tmp_path / "fuzz.ring"
    writer = subprocess.Popen([sys.executable, "-c", FUZZ, str(path)], cwd=ROOT)
    while not path.exists() or path.stat().st_size < FRAMES:
        assert writer.poll() is None
    reader, seen = None, 0
    while writer.poll() is None or seen == 0:
        reader = reader or opened(path)
        taken = reader.read() if reader else None
        if taken is None:
            continue
        seen += 1
        assert (taken.pixels == taken.serial % 251).all()
        assert taken.pts == -(taken.serial % 251)
    assert writer.returncode == 0
    assert reader.newest == 3000


def opened(path: Path) -> RingReader | None:
    try:
        return RingReader(path)
    except RingError:
        return None


def test_a_frame_left_half_written_is_not_shown_and_written_over(ring: RingWriter) -> None:
    ring.write(picture())
    ring._head(1)[0] = 1  # killed in the middle of frame 1
    reader = RingReader(ring.path)
    assert reader.read() is None
    for seed in range(1, 4):
        ring.write(picture(seed=seed))
    assert np.array_equal(reader.read().pixels, picture(seed=3))


def test_letters_are_read_once_each(ring: RingWriter) -> None:
    reader = RingReader(ring.path)
    assert reader.new_orders() is None
    ring.order({"blackout": [1, True], "hud": [1, "naïve 流れ"]})
    assert reader.new_orders() == {"blackout": [1, True], "hud": [1, "naïve 流れ"]}
    assert reader.new_orders() is None
    reader.tell({"fps": 60})
    assert ring.report == {"fps": 60}


def test_a_letter_that_is_too_long_is_refused(ring: RingWriter) -> None:
    ring.order({"hud": "a"})
    with pytest.raises(RingError, match="does not fit"):
        ring.order({"hud": "a" * 20_000})
    assert ring.orders == {"hud": "a"}


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[1]", b"null", b"7"])
def test_a_letter_of_garbage_is_no_letter(ring: RingWriter, text: bytes) -> None:
    ring.order({})
    reader, start = RingReader(ring.path), 4096
    ring._bytes[start + 8 : start + 16].view(np.uint64)[0] = len(text)
    ring._bytes[start + 16 : start + 16 + len(text)] = np.frombuffer(text, np.uint8)
    assert reader.new_orders() is None


@pytest.mark.parametrize("content", [b"", b"short", b"x" * FRAMES, bytes(FRAMES)])
def test_a_file_that_is_no_ring_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.ring"
    path.write_bytes(content)
    for open_it in (RingReader, RingWriter.adopt):
        with pytest.raises(RingError, match="is no output ring"):
            open_it(path)
    assert path.read_bytes() == content


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RingError, match="No such file"):
        RingReader(tmp_path / "gone.ring")


@pytest.mark.parametrize(("word", "value"), [(1, 99), (46, 0), (46, 1 << 62), (47, 1 << 40)])
def test_a_broken_header_is_refused(ring: RingWriter, word: int, value: int) -> None:
    ring.write(picture())
    ring._words[word] = value
    with pytest.raises(RingError, match=r"form 99|frames lie outside"):
        RingReader(ring.path)


@pytest.mark.parametrize(("word", "value"), [(3, 0), (3, 1 << 60), (4, 1 << 60), (5, 1)])
def test_a_slot_that_lies_about_its_size_is_not_shown(
    ring: RingWriter, word: int, value: int
) -> None:
    ring.write(picture())
    reader = RingReader(ring.path)
    ring._head(1)[word] = value
    assert reader.read() is None


def test_a_writer_that_lives_keeps_its_ring(ring: RingWriter) -> None:
    with pytest.raises(RingError, match="belongs to a studio that runs"):
        RingWriter.adopt(ring.path)


def test_a_writer_that_is_gone_leaves_its_ring_to_the_next(ring: RingWriter) -> None:
    ring.write(picture())
    reader = RingReader(ring.path)
    ring.close()
    other = RingWriter.adopt(ring.path)
    assert other.write(picture(seed=1)) == 2
    assert np.array_equal(reader.read(after=1).pixels, picture(seed=1))
    assert reader.writer == os.getpid()
    other.close()


def test_a_full_disk_is_told_before_anything_breaks(
    ring: RingWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    for _ in range(3):
        ring.write(picture())
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(RingError, match="No space left"):
        ring.write(picture(500, 500))
    ring.write(picture(seed=2))
    assert np.array_equal(RingReader(ring.path).read().pixels, picture(seed=2))


def test_rings_that_nobody_shows_are_cleared_away(ring: RingWriter) -> None:
    ring.path.rename(ring.path.with_name("output-1-1.ring"))
    folder = ring.path.parent
    (folder / "output-1-1.log").write_text("")
    assert left_behind(folder) is None
    assert len(list(folder.iterdir())) == 2  # its studio runs
    ring.close()
    assert left_behind(folder) is None
    assert list(folder.iterdir()) == []


def test_the_users_own_folder_in_memory_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "slipstream"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    monkeypatch.setattr("app.output.meeting.IN_MEMORY", tmp_path)
    assert runtime_folder().stat().st_mode & 0o077 == 0
