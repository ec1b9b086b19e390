"""Takes the README's pictures of the studio while it plays: every workspace, as a person sees it.

QT_QPA_PLATFORM=offscreen python -m app.window.pictures FOLDER [PRESET]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch  # noqa: F401 - before Qt: both bring threads, and the second to come yields
from PySide6.QtWidgets import QApplication

from app.cues.edits import change, store
from app.program import Program
from app.session import Session
from app.settings import Preferences
from app.theme import style
from app.window.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.param import Param

PRESET = "lfo_prompt_blend"
PLAYED = 60.0  # seconds at most until the generator has made its first pictures
GENTLE = ("opacity", "strength", "guidance", "rate", "radius", "saturation")  # what cues move
CUES = (("dusk", "#c77dff"), ("storm", "#4c8dff"), ("embers", "#ff7043"), ("dawn", "#f5b83d"))


def main(folder: Path, preset: str = PRESET) -> None:
    """Writes edit.png, perform.png, tune.png, map.png and welcome.png."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    style.apply(app)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as own, Program() as program:
        session = Session(program)
        window = MainWindow(session, Preferences(Path(own) / "settings.json"))
        window.show()
        _prepare(app, window, preset)
        for name, pose in _poses(window).items():
            pose()
            _play(app, 3.0)
            window.grab().save(str(folder / f"{name}.png"))
        session.close()


def _prepare(app: QApplication, window: MainWindow, preset: str) -> None:
    session = window.session
    window.files.open(preset)
    session.start()
    _play(app, PLAYED, lambda: _generates(session))
    for at, (name, color) in enumerate(CUES):
        stored = store(session.document, _values(session, at), row=0, column=at, name=name)
        session.edit(f"Store {name}", change(stored, at, color=color))
    for key, param in _numbers(session)[:6]:
        window.parts.perform.add_macro(key, param)
    window.parts.cues.go()
    _play(app, 4.0)


def _poses(window: MainWindow) -> dict[str, Callable[[], object]]:
    generator = next(
        key for key, e in window.session.graph.nodes.items() if e.type.startswith("generate.")
    )

    def edit() -> None:
        window.workspaces.go("edit")
        window.session.select([generator])

    def welcome() -> None:
        window.workspaces.go("edit")
        window.show_welcome(True)

    goes = {name: lambda name=name: window.workspaces.go(name) for name in ("map", "tune")}
    perform = {"perform": lambda: window.workspaces.go("perform")}
    return {"edit": edit, **perform, **goes, "welcome": welcome}


def _generates(session: Session) -> bool:
    stats = session.stats()
    nodes = session.graph.nodes
    made = [n for n in stats.nodes if n.key in nodes] if stats else []
    return any(n.calls > 4 for n in made if nodes[n.key].type.startswith("generate."))


def _numbers(session: Session) -> list[tuple[str, str]]:
    return [
        (key, param.name)
        for key in session.graph.nodes
        for param in session.graph.params(key)
        if param.live and param.name in GENTLE
    ]


def _values(session: Session, at: int) -> dict[str, float]:
    """A few numbers of the graph, at another share of their range for each cue."""
    share = 0.6 + 0.08 * at
    found = [(f"{key}.{name}", session.graph.params(key)) for key, name in _numbers(session)[:4]]
    return {
        end: _at(next(p for p in params if p.name == end.rpartition(".")[2]), share)
        for end, params in found
    }


def _at(param: Param, share: float) -> float:
    low, high = param.soft or (param.min or 0.0, param.max or 1.0)
    return low + (high - low) * share


def _play(app: QApplication, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        app.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
