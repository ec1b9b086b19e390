"""What the open window costs the show, what live edits cost the output, and how long a start takes.

    python -m tests.bench.bench_studio [share start edits] [--seconds S] [--rounds N]

`share` compares a generator's rate without a window and with one that shows twelve moving
thumbnails, in turns within one process. `edits` re-wires, undoes and redoes while a generator runs
and counts output frames that came late. `start` begins the program anew and waits for the first
generated picture.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session

LIGHT = 11  # nodes with a moving picture beside the generator
START = """
import sys, time
begun = float(sys.argv[1])
import torch
from PySide6.QtWidgets import QApplication
from app.window import studio
from argparse import Namespace
from app.terminal import Terminal
options = Namespace(document=None, perform=False, output=False, recover=False, device="cpu",
    nodes=[], no_crash_prompt=True, safe_mode=True, debug=True, quiet=False)
def seen(window):
    session, told = window.session, []
    tick = window.tick
    def look():
        tick()
        painted = [k for k, e in session.graph.nodes.items() if e.type.startswith("generate.")]
        tap = session.tap(painted[0]) if painted else None
        if session.picture() and "air" not in told:
            told.append("air"); print("a moving picture", round(time.time() - begun, 2))
        if tap and tap.newest() and session.stats().node(painted[0]).calls:
            print("a generated picture", round(time.time() - begun, 2), flush=True)
            window._timer.stop(); window.session.close(); import os; os._exit(0)
    window._timer.timeout.disconnect(); window._timer.timeout.connect(look)
studio.opened.listen(seen)
studio.open_studio(options, Terminal())
"""


def show(program: Any, light: int = LIGHT) -> Session:
    """A session that paints a clip, then lays light nodes behind the generator."""
    from app.session import Session

    session = Session(program)
    session.open("clip_restyle")
    graph = session.graph
    end = next(link.source for link in graph.links if link.target == "output.frame")
    for _ in range(light):
        key = graph.free_key("compose.color")
        graph = graph.add("compose.color", key, saturation=1.05).connect(end, f"{key}.frame")
        end = f"{key}.out"
    session.edit("A long chain", graph.connect(end, "output.frame"))
    return session


def generated(session: Session, wait: Callable[[float], None], seconds: float) -> float:
    """Calls of the generator a second."""
    wait(1.0)
    before, begun = _calls(session), time.perf_counter()
    wait(seconds)
    return (_calls(session) - before) / (time.perf_counter() - begun)


def _calls(session: Session) -> int:
    stats = session.stats()
    return stats.node("paint").calls if stats else 0


def share(seconds: float, rounds: int) -> None:
    """The generator's rate with the window over its rate without."""
    from app.program import Program

    _application()
    with Program(device="cpu") as program:
        session = show(program)
        session.start()
        _wait_for(lambda: _calls(session) > 8)
        window = _window(session)
        rates: dict[str, list[float]] = {"headless": [], "window": []}
        for _ in range(rounds):
            window.hide()
            window._timer.stop()
            rates["headless"].append(generated(session, time.sleep, seconds))
            window.show()
            window.commands.run("canvas.fit_all")
            window._timer.start()
            rates["window"].append(generated(session, _spin, seconds))
        session.close()
    ratios = [w / h for h, w in zip(rates["headless"], rates["window"], strict=True)]
    for name, found in rates.items():
        print(f"{name:10} {statistics.median(found):6.2f} generator calls/s  {found}")
    print(f"window / headless: median {statistics.median(ratios):.3f}, {ratios}")


def edits(seconds: float) -> None:
    """Late output frames while nothing is edited, and while three edits a second re-wire."""
    from app.program import Program

    _application()
    with Program(device="cpu") as program:
        session = show(program, light=1)
        window = _window(session)
        session.start()
        _wait_for(lambda: _calls(session) > 8)
        _spin(2.0)
        for name, edit in (("untouched", None), ("re-wired", _rewire), ("untouched", None)):
            print(f"{name:10} {_late_frames(session, seconds, edit)}")
        session.close()
        del window


def _late_frames(
    session: Session, seconds: float, edit: Callable[[Session, int], None] | None
) -> str:
    times: list[tuple[int, int]] = []
    number, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if edit is not None:
            edit(session, number)
            number += 1
        _spin(0.33, lambda: _note(session, times))
    period = 705_600_000 / float(session.graph.stream.fps)
    pairs = itertools.pairwise(times)
    late = sum((b[1] - a[1]) > 1.5 * period * (b[0] - a[0]) for a, b in pairs)
    return f"{number} edits, {times[-1][0] - times[0][0]} output frames, {late} late"


def _rewire(session: Session, number: int) -> None:
    graph = session.graph
    match number % 4:
        case 0:
            link = next(link for link in graph.links if link.target == "output.frame")
            session.edit("Insert", graph.insert_on_link("compose.color", link))
        case 2:
            session.redo()
        case _:
            session.undo()


def _note(session: Session, times: list[tuple[int, int]]) -> None:
    shown = session.picture()
    if shown is not None and (not times or shown.serial != times[-1][0]):
        times.append((shown.serial, shown.pts))


def start(rounds: int) -> None:
    """Seconds from the beginning of the process to the first generated picture."""
    for _ in range(rounds):
        words = [sys.executable, "-c", START, str(time.time())]
        ran = subprocess.run(words, capture_output=True, text=True, check=False, env=_environment())
        print(ran.stdout.strip().replace("\n", " s, ") + " s" if ran.stdout else ran.stderr[-800:])


def _environment() -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}


def _application() -> Any:
    os.environ.update(_environment())
    import torch  # noqa: F401 - before Qt
    from PySide6.QtWidgets import QApplication

    from app.theme import style

    app = QApplication.instance() or QApplication([])
    style.apply(app)
    return app


def _window(session: Session) -> Any:
    import tempfile
    from pathlib import Path

    from app.settings import Preferences
    from app.window.main_window import MainWindow

    made = MainWindow(session, Preferences(Path(tempfile.mkdtemp()) / "settings.json"))
    made.resize(1920, 1080)
    made.show()
    made.show_welcome(False)
    return made


def _spin(seconds: float, then: Callable[[], None] | None = None) -> None:
    """Runs Qt's own loop, as the studio does; `then` is called sixty times a second."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    looking = QTimer(interval=16)
    if then is not None:
        looking.timeout.connect(then)
        looking.start()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
    looking.stop()


def _wait_for(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["share", "edits", "start"])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if "share" in options.names:
        share(options.seconds, options.rounds)
    if "edits" in options.names:
        edits(3 * options.seconds)
    if "start" in options.names:
        start(options.rounds)


if __name__ == "__main__":
    main()
