"""The studio from start to end: settings, theme, session, window, the first document."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtWidgets import QApplication

from app.autosave import Autosave
from app.program import Program
from app.session import Session
from app.settings import Preferences
from app.theme import style

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from app.terminal import Terminal

FIRST = "clip_restyle"  # generates at once, with a clip and a model that come along


def open_studio(options: Namespace, terminal: Terminal) -> int:
    """Runs the studio until its window is closed."""
    preferences = Preferences()
    style.magnify(preferences.value.scale)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Slipstream")
    style.apply(app, preferences.value.theme)
    from app.window.main_window import MainWindow  # once the theme stands

    with Program(device=options.device, nodes=options.nodes) as program:
        autosave = Autosave(state_folder()) if preferences.value.autosave else None
        session = Session(program, autosave=autosave)
        window = MainWindow(session, preferences)
        window.show()
        window.files.open(options.document or FIRST)
        session.start()
        code = app.exec()
        session.close()
    return code


def state_folder() -> Path:
    """Where journals of running studios lie."""
    return platformdirs.user_state_path("slipstream", appauthor=False)
