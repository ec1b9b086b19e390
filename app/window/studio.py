"""The studio from start to end: settings, theme, session, window, the first document."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.autosave import Autosave, leftovers
from app.notice import Notice
from app.output.meeting import left_behind, runtime_folder
from app.program import Program
from app.session import Session
from app.settings import Preferences
from app.theme import style
from nodes.models.diffusers_folder import import_libraries

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from app.terminal import Terminal
    from app.window.main_window import MainWindow

FIRST = "painted_dream"  # its video model is quick to load; the picture waits for no other
opened: Notice[MainWindow] = Notice()  # a window that is about to run


def open_studio(options: Namespace, terminal: Terminal) -> int:
    """Runs the studio until its window is closed."""
    former = _former()
    # the first document's own model waits for no library, and a show on air for nothing
    if options.document and former is None:
        threading.Thread(target=import_libraries, name="slipstream-import", daemon=True).start()
    with contextlib.ExitStack() as stack:
        preferences = _preferences(stack, safe=options.safe_mode)
        app = _application(preferences)
        nodes = [] if options.safe_mode else options.nodes
        program = stack.enter_context(
            Program(device=options.device, nodes=nodes, own=not options.safe_mode)
        )
        autosave = Autosave(state_folder()) if preferences.value.autosave else None
        session = Session(program, autosave=autosave)
        stack.callback(session.close)
        window = _window(session, preferences, options, former)
        opened.tell(window)
        terminal.note(f"the studio is open on {program.device}")
        with _ends_on_signals(app):
            return app.exec()


def state_folder() -> Path:
    """Where journals of running studios lie."""
    return platformdirs.user_state_path("slipstream", appauthor=False)


def _preferences(stack: contextlib.ExitStack, *, safe: bool) -> Preferences:
    """A person's settings; in safe mode the usual ones, kept nowhere."""
    if not safe:
        return Preferences()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="slipstream-safe-"))
    return Preferences(Path(folder) / "settings.json")


def _application(preferences: Preferences) -> QApplication:
    if QApplication.instance() is None:
        style.magnify(preferences.value.scale)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Slipstream")
    style.apply(app, preferences.value.theme)
    return app


def _window(
    session: Session, preferences: Preferences, options: Namespace, former: int | None
) -> MainWindow:
    from app.window.main_window import MainWindow  # once the theme stands
    from app.window.wiring import recover

    lost = leftovers(state_folder())
    on_air = former is not None
    left = next(iter(lost), None)
    asks = left is not None and preferences.value.crash_prompt and not options.no_crash_prompt
    window = MainWindow(session, preferences, left if asks else None)
    window.show()
    if not window.files.open(options.document or FIRST):  # it has said why; a picture moves yet
        window.files.open(FIRST)
    cut_off = next((each for each in lost if each.process == former), None)
    wanted = cut_off or (left if options.recover else None)
    if wanted is not None:
        recover(window, wanted)
    elif asks or (not options.document and preferences.value.welcome and not on_air):
        window.show_welcome(True)
    if window.start(output=options.output or on_air, devices=not options.safe_mode):
        session.said.tell("the output that was left on air is fed again", "info")
    if options.perform:
        window.workspaces.go("perform")
    return window


def _former() -> int | None:
    """The process of a studio that crashed and has left its output, None where none did."""
    ring = left_behind(runtime_folder())
    if ring is None:
        return None
    ring.close()
    return ring.former


@contextlib.contextmanager
def _ends_on_signals(app: QApplication) -> Iterator[None]:
    """Ctrl-C in the terminal ends the studio as closing its window does.

    A signal comes amid the window's clock, which would stand while a question is asked.
    """
    before = signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, app.closeAllWindows))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
