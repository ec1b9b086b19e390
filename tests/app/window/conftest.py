"""A whole studio on an invisible screen, with folders of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from app.settings import Preferences
from app.theme import style
from app.window.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from app.session import Session


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is on this machine's own folders."""
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir(mode=0o700)


@pytest.fixture
def window(
    session: Session, qapp: QApplication, tmp_path: Path, folders: None
) -> Iterator[MainWindow]:
    """The main window of the session, shown; no devices, no output."""
    style.apply(qapp)
    made = MainWindow(session, Preferences(tmp_path / "settings.json"))
    made.show()
    made.show_welcome(False)
    yield made
    session.history.mark_saved()
    session.record(None)
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)
