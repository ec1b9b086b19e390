"""What the small windows beside pads and knobs share: where they open, a name, a row of colours."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.perform.painting import TAGS, swatch, tag_color

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QFrame

GAP = 4  # pixels between a window and what it belongs to
SWATCH = QSize(18, 18)


def as_popup(form: QFrame, title: str) -> None:
    """Makes a frame a small window that goes when something else is clicked."""
    form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    form.setProperty("role", "popup")
    form.setAccessibleName(title)


def open_beside(form: QFrame, widget: QWidget, name: QLineEdit) -> None:
    """Shows it above what it belongs to, within the screen, ready for a new name."""
    form.adjustSize()
    room = widget.screen().availableGeometry()
    corner = widget.mapToGlobal(widget.rect().topLeft())
    x = min(max(corner.x(), room.left()), room.right() - form.width())
    y = corner.y() - form.height() - GAP
    form.move(x, y if y >= room.top() else corner.y() + widget.height() + GAP)
    form.show()
    name.setFocus()
    name.selectAll()


class NameField(QLineEdit):
    """A name that is kept once when it was changed, however the window is left."""

    def __init__(
        self, name: str, longest: int, keep: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__(name, parent)
        self._kept, self._keep = name, keep
        self.setMaxLength(longest)
        self.editingFinished.connect(self.keep)
        self.returnPressed.connect(parent.close)

    def keep(self) -> None:
        """Keeps what was typed."""
        name = self.text()
        if name.strip() and name != self._kept:
            self._kept = name
            self._keep(name)


def tag_row(choose: Callable[[str], object], parent: QWidget) -> QWidget:
    """A button for each colour that a cue or a macro can have."""
    row = QWidget(parent)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for tag in TAGS:
        button = QToolButton(row)
        button.setIcon(swatch(tag_color(tag)))
        button.setIconSize(SWATCH)
        button.setAccessibleName(f"Colour {tag or 'none'}")
        button.clicked.connect(partial(choose, tag))
        layout.addWidget(button)
    layout.addStretch(1)
    return row
