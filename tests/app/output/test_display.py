"""The output on a real X display: what is on the screen, by real keys, while the studio stands."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from tests.app.output.test_output import ROOT, STUDIO, Watcher, alive, until

NEEDED = ("Xvfb", "xdotool")
GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
app.primaryScreen().grabWindow(0).save(sys.argv[1])
"""

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason=f"needs {' and '.join(NEEDED)}"
)


@pytest.fixture
def display() -> Iterator[dict[str, str]]:
    """The environment of programs on a display of their own."""
    reading, writing = os.pipe()
    words = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "640x360x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    server.terminate()
    server.wait()


@pytest.fixture
def screen(display: dict[str, str], tmp_path: Path) -> Callable[[], QColor]:
    """Takes the colour in the middle of the screen, as it is."""

    def grab() -> QColor:
        path = tmp_path / "screen.png"
        subprocess.run([sys.executable, "-c", GRAB, str(path)], env=display, check=True)
        return QImage(str(path)).pixelColor(320, 180)

    return grab


def test_keys_of_the_window_work_while_the_studio_stands_still(
    display: dict[str, str], screen: Callable[[], QColor], tmp_path: Path
) -> None:
    words = [sys.executable, "-c", STUDIO, str(tmp_path)]
    studio = subprocess.Popen(words, cwd=ROOT, env=display)
    try:
        until(lambda: list(tmp_path.glob("*.ring")))
        watcher = Watcher(next(tmp_path.glob("*.ring")))
        until(lambda: watcher.report.get("serial", 0) > 3)
        watcher.order(fullscreen=[1000, True])
        until(lambda: watcher.report["fullscreen"])
        until(lambda: screen().red() == 200)
        studio.send_signal(signal.SIGSTOP)
        assert screen().red() == 200
        focus(display, "b")
        until(lambda: watcher.report["blackout"])
        until(lambda: screen().lightness() == 0)
        focus(display, "b")
        until(lambda: screen().red() == 200)
        pid = watcher.report["pid"]
        focus(display, "ctrl+shift+alt+w")
        until(lambda: not alive(pid))
    finally:
        studio.kill()
        studio.wait()


def focus(display: dict[str, str], keys: str) -> None:
    """Presses keys on the output's window; without a window manager it has to be focused first."""
    find = ["xdotool", "search", "--name", "Slipstream output"]
    # the window may be gone before the keys are let go
    subprocess.run([*find, "windowfocus", "key", keys], env=display, check=False)
