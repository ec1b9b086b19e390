"""The output's process, for real: frames arrive, orders hold, and what dies takes nothing along."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.output.link import Output, OutputError

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 30.0  # seconds; a busy machine is slow, not wrong
HEAVY = ("torch", "engine", "nodes", "kernels", "av", "cv2", "PySide6.QtWidgets")
STUDIO = """
import sys, time, numpy as np
from pathlib import Path
from app.output.link import Output
output = Output(Path(sys.argv[1]))
output.start()
while True:
    output.send(np.full((32, 32, 3), 200, np.uint8))
    output.watch()
    time.sleep(0.02)
"""
MAIN = {"beamer": True, "desk": False}  # the platform takes the last of its screens for that
pause = threading.Event().wait


def until(true: Callable[[], object]) -> None:
    """Waits for something that must come."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came"
        pause(0.02)


def colour(value: int, height: int = 36, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), (value, 255 - value, 7), np.uint8)


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Output]:
    made = Output(tmp_path)
    made.start()
    until(lambda: made.status.alive)
    yield made
    made.stop()


def shown(output: Output, folder: Path) -> np.ndarray:
    """What the window paints, as (H, W, 3)."""
    path = folder / f"shown-{time.monotonic_ns()}.png"
    output.order(dump=str(path))
    until(path.exists)
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def middle(output: Output, folder: Path) -> list[int]:
    picture = shown(output, folder)
    return picture[picture.shape[0] // 2, picture.shape[1] // 2].tolist()


def send(output: Output, pixels: np.ndarray) -> None:
    """Sends a picture and waits until the output has it."""
    serial = output.send(pixels)
    until(lambda: output.status.serial >= serial)


def test_frames_arrive_and_change_their_size(output: Output, tmp_path: Path) -> None:
    assert max(shown(output, tmp_path).mean(axis=(0, 1))) < 40  # the slate is dark
    for value, size in ((200, (36, 64)), (90, (540, 960)), (30, (10, 10))):
        send(output, colour(value, *size))
        assert middle(output, tmp_path) == [value, 255 - value, 7]
    picture = shown(output, tmp_path)  # the last is square: black to its left and right
    assert picture[:, :10].max() == 0


def test_blackout_freeze_and_safe_look_belong_to_the_output(output: Output, tmp_path: Path) -> None:
    send(output, colour(200))
    output.order(blackout=True)
    until(lambda: max(middle(output, tmp_path)) == 0)
    output.order(blackout=False)
    until(lambda: middle(output, tmp_path) == [200, 55, 7])
    output.order(freeze=True)
    send(output, colour(100))
    assert middle(output, tmp_path) == [200, 55, 7]
    output.order(freeze=False)
    until(lambda: middle(output, tmp_path) == [100, 155, 7])
    output.order(safe=True, safe_picture=str(tmp_path / "gone.png"))
    until(lambda: "cannot read" in output.status.said)
    assert output.orders.safe


def test_the_test_pattern_has_all_bars(output: Output, tmp_path: Path) -> None:
    output.order(pattern=True)
    until(lambda: len(np.unique(shown(output, tmp_path).reshape(-1, 3), axis=0)) > 100)
    row = shown(output, tmp_path)[int(540 * 0.2)].reshape(-1, 3)
    assert {(191, 191, 0), (0, 191, 191), (191, 0, 191), (0, 0, 191)} <= set(map(tuple, row))


def test_a_stopped_studio_leaves_the_output_working(tmp_path: Path) -> None:
    studio = subprocess.Popen([sys.executable, "-c", STUDIO, str(tmp_path)], cwd=ROOT)
    try:
        until(lambda: list(tmp_path.glob("*.ring")))
        ring = next(tmp_path.glob("*.ring"))
        watcher = Watcher(ring)
        until(lambda: watcher.report.get("serial", 0) > 3)
        studio.send_signal(signal.SIGSTOP)
        until(lambda: watcher.report["held"])
        watcher.order(blackout=[1000, True])
        until(lambda: watcher.report["blackout"])
        watcher.order(dump=[1000, str(tmp_path / "a.png")])
        until((tmp_path / "a.png").exists)
        assert QImage(str(tmp_path / "a.png")).pixelColor(480, 270).lightness() == 0
        watcher.order(quit=[1000, True])
        until(lambda: not alive(watcher.report["pid"]))
    finally:
        studio.kill()
        studio.wait()


class Watcher:
    """A third hand on a ring: no studio, but with its words."""

    def __init__(self, path: Path) -> None:
        from app.output.ring import RingReader

        until(lambda: path.stat().st_size > 8192)
        self._ring = RingReader.__new__(RingReader)
        super(RingReader, self._ring).__init__(path, os.open(path, os.O_RDWR))
        self._ring._check()

    @property
    def report(self) -> dict:
        found = None
        while found is None:
            found = self._ring._read_letter(4096 + 16384) or ({} if not self._told() else None)
        return found

    def _told(self) -> bool:
        return self._ring._letter_number(4096 + 16384) > 0

    def order(self, **fields: list) -> None:
        self._ring._write_letter(4096, fields)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_killed_studio_is_followed_by_the_next_in_the_same_window(tmp_path: Path) -> None:
    studio = subprocess.Popen([sys.executable, "-c", STUDIO, str(tmp_path)], cwd=ROOT)
    until(lambda: list(tmp_path.glob("*.ring")))
    watcher = Watcher(next(tmp_path.glob("*.ring")))
    until(lambda: watcher.report.get("serial", 0) > 3)
    pid = watcher.report["pid"]
    studio.send_signal(signal.SIGKILL)
    studio.wait()
    second = Output(tmp_path)
    second.start()
    try:
        assert second.adopted
        send(second, colour(60))
        assert second.status.pid == pid
        assert middle(second, tmp_path) == [60, 195, 7]
    finally:
        second.stop()
    assert not alive(pid)
    assert list(tmp_path.glob("*.ring")) == []


def test_two_studios_have_an_output_each(output: Output, tmp_path: Path) -> None:
    other = Output(tmp_path)
    other.start()
    try:
        assert not other.adopted
        until(lambda: other.status.alive)
        assert other.status.pid != output.status.pid
    finally:
        other.stop()


def test_an_output_that_dies_comes_back_with_its_picture_and_orders(
    output: Output, tmp_path: Path
) -> None:
    send(output, colour(120))
    output.order(fit="stretch", hud="still here")
    first = output.status.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: (output.watch(), output.status.pid not in (0, first))[1])
    until(lambda: output.status.serial == 1)
    assert shown(output, tmp_path)[-1, -1].tolist() == [120, 135, 7]
    assert output.orders.hud == "still here"


def test_an_output_that_cannot_live_is_given_up_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    output = Output(tmp_path)
    output.start()
    with pytest.raises(OutputError, match="ended 5 times within a minute"):
        until(lambda: output.watch())
    assert not output.is_on
    assert "ended 5 times" in output.status.said
    assert list(tmp_path.iterdir()) == []


def test_the_process_of_the_output_knows_neither_torch_nor_the_engine() -> None:
    code = f"""
import sys, app.output.child
loaded = [name for name in {HEAVY!r} if name in sys.modules]
print(loaded)
"""
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("content", [b"", b"nonsense" * 9000])
def test_a_bad_ring_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "output-1-1.ring"
    path.write_bytes(content)
    words = [sys.executable, "-m", "app.output.child", str(path)]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert told.stderr == f"'{path}' is no output ring: {told.stderr.split(': ')[1]}"
    assert len(told.stderr.splitlines()) == 1


def test_a_full_screen_ends_when_it_is_told_to(output: Output) -> None:
    output.order(fullscreen=True)
    until(lambda: output.status.size == (800, 800))
    process = output._process
    output.stop()
    assert process.returncode == 0


def test_what_is_sent_while_the_output_is_off_goes_nowhere(tmp_path: Path) -> None:
    output = Output(tmp_path)
    assert output.send(colour(1)) == 0
    output.watch()
    output.stop()
    assert not output.status.alive


def test_the_output_takes_the_second_display_and_moves_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = [
        {"name": name, "x": x, "y": 0, "width": wide, "height": 600, "logicalDpi": 96, "dpr": 1}
        for name, x, wide in (("desk", 0, 800), ("beamer", 800, 1024))
    ]
    config = tmp_path / "rig.json"
    config.write_text(json.dumps({"screens": rig}))
    monkeypatch.setenv("QT_QPA_PLATFORM", f"offscreen:configfile={config}")
    output = Output(tmp_path)
    output.order(fullscreen=True)
    output.start()
    try:
        until(lambda: output.status.size == (800, 600))
        assert output.status.display == "desk"
        output.order(display="beamer")
        until(lambda: output.status.size == (1024, 600))
        assert {one.name: one.primary for one in output.status.displays} == MAIN
        output.order(display="wall")
        until(lambda: "'wall' is not there; the output is on 'desk'" in output.status.said)
    finally:
        output.stop()
