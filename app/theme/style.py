"""Puts a theme on the application: style sheet, palette, fonts and plots from the same tokens.

A widget asks for a look beyond its kind by its property `role`:
QPushButton "primary", "quiet", "air", "danger"; QLabel "secondary", "warn", "error", "key";
QFrame "card", "popup", "line"; QWidget "panel"; QLineEdit and item views "bare";
QTextBrowser "page".
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from PySide6.QtGui import QPalette

from app.theme import fonts, marks, tokens

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.theme.tokens import Tokens

SHEET = tokens.THEMES / "studio.qss"
SMALLEST, LARGEST = 75, 200  # percent
ROLES = {
    QPalette.ColorRole.Window: "bg.panel",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "bg.field",
    QPalette.ColorRole.AlternateBase: "bg.canvas",
    QPalette.ColorRole.ToolTipBase: "bg.tooltip",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "text.secondary",
    QPalette.ColorRole.Button: "bg.node",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "air",
    QPalette.ColorRole.Light: "border.control",
    QPalette.ColorRole.Midlight: "border.node",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "bg.canvas",
    QPalette.ColorRole.Shadow: "bg.overlay",
    QPalette.ColorRole.Highlight: "button",
    QPalette.ColorRole.HighlightedText: "button.text",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Accent: "accent",
}
TEXTS = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.ToolTipText,
)


def magnify(percent: int) -> None:
    """Makes everything larger or smaller, fonts and canvas alike; only before there is a window.

    Parameters
    ----------
    percent
        75 to 200; what lies outside is brought to the nearest limit. At 100 a QT_SCALE_FACTOR that
        was given from outside stands.
    """
    if percent == 100 and os.environ.get("QT_SCALE_FACTOR"):
        return
    os.environ["QT_SCALE_FACTOR"] = f"{min(max(percent, SMALLEST), LARGEST) / 100:g}"


def apply(app: QApplication, name: str = "dark") -> Tokens:
    """Gives the whole application a theme; ValueError with the nearest name."""
    chosen = tokens.load(name)
    fonts.register()
    app.setStyle("Fusion")
    app.setPalette(palette(chosen))
    app.setFont(chosen.font("body"))
    app.setStyleSheet(sheet(chosen))
    plots(chosen)
    tokens.put_on(chosen)
    return chosen


def sheet(chosen: Tokens) -> str:
    """The style sheet in the colours of a theme."""
    drawn = {name: path.as_posix() for name, path in marks.files(chosen).items()}
    text = re.sub(r"\$(\w+)", lambda found: drawn[found[1]], SHEET.read_text(encoding="utf-8"))
    return re.sub(r"@([a-z]+(?:\.[a-z]+)*)", lambda found: chosen.hex(found[1]), text)


def palette(chosen: Tokens) -> QPalette:
    """The palette that widgets and styles fall back on."""
    made = QPalette()
    for role, color in ROLES.items():
        made.setColor(role, chosen.color(color))
    for role in TEXTS:
        made.setColor(QPalette.ColorGroup.Disabled, role, chosen.color("text.disabled"))
    return made


def plots(chosen: Tokens) -> None:
    """Colours of plots made from now on, where pyqtgraph has been imported."""
    pyqtgraph = sys.modules.get("pyqtgraph")
    if pyqtgraph is not None:
        pyqtgraph.setConfigOptions(
            background=chosen.hex("bg.panel"), foreground=chosen.hex("text.secondary")
        )
