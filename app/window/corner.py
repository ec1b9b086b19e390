"""What stands at the right of the menus: the document's name, the workspaces, the controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.theme import icon

if TYPE_CHECKING:
    from app.session import Session
    from app.window.commands import Commands

ICONS = {"edit": "edit_mode", "perform": "perform", "map": "map", "tune": "tune"}
TITLE = 200  # pixels for the document's name


class Corner(QWidget):
    """Name, workspace buttons, and what else is given to it."""

    def __init__(self, session: Session, commands: Commands, *more: QWidget) -> None:
        super().__init__()
        self._session = session
        self._shown = ""
        self.title = QLabel()
        self.title.setAccessibleName("Document")
        self.title.setProperty("role", "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self.title.setFixedWidth(TITLE)
        self.title.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.title)
        row.addSpacing(12)
        for name, picture in ICONS.items():
            row.addWidget(_button(commands, f"view.{name}", picture))
        row.addSpacing(8)
        row.addWidget(_button(commands, "edit.lock", "lock", words=False))
        for widget in more:
            row.addWidget(widget)

    def tick(self) -> None:
        """Shows the document's name, with a dot while it is not saved."""
        text = name_of(self._session)
        if text != self._shown:
            self._shown = text
            room = Qt.TextElideMode.ElideRight, TITLE
            self.title.setText(self.title.fontMetrics().elidedText(text, *room))
            self.title.setToolTip(str(self._session.path or "this document has no file yet"))
            self.window().setWindowTitle(f"{text} – Slipstream")


def name_of(session: Session) -> str:
    """The name of a file, else the title, and a dot while it is not saved."""
    name = (
        session.path.stem
        if session.path
        else session.document.title.partition(":")[0] or "Untitled"
    )
    return name if session.is_saved else f"• {name}"


def _button(commands: Commands, action: str, picture: str, *, words: bool = True) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(commands.actions[action])
    commands.actions[action].setIcon(icon(picture))
    button.setAccessibleName(commands.actions[action].text())
    if words:
        commands.actions[action].setIconText(commands.actions[action].text().split()[0])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
