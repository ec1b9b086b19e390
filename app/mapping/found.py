"""Which places of a window can be mapped: every widget that says so, and those known here.

A widget of any kind offers places by a method `mappables() -> list[Mappable]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QToolButton, QWidget

from app.actions import ACTIONS
from app.inspector.row import Row
from app.mapping.aim import Aim, Mappable, can_drive, has_address
from app.perform.dashboard import Dashboard
from app.perform.macros import macros
from app.perform.pad import CuePad
from app.perform.panic_bar import PanicBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.document import Document

PANIC = {
    "black": "panic.blackout",
    "freeze": "panic.freeze",
    "reanchor": "perform.reanchor",
    "safe": "perform.safe",
}
TITLES = {action.id: action.title for action in ACTIONS}
LEAST = 8  # pixels of a place that is worth showing


def mappables(window: QWidget, document: Document, kind: str = "midi") -> list[Mappable]:
    """Every visible place that a kind of control reaches, from top left to bottom right."""
    places: list[Mappable] = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible():
            offered = _offered(widget, document)
            places += [each for each in offered if _is_seen(each, window)]
    reaches = has_address if kind == "osc" else can_drive
    places = [each for each in places if all(reaches(document, aim) for aim in each.aims)]
    return sorted(places, key=lambda each: _order(each, window))


def area(place: Mappable, window: QWidget) -> QRect:
    """Where a place is in the window, without what scrolling and other panes hide."""
    seen = place.widget.visibleRegion().boundingRect() & place.rect
    return QRect(place.widget.mapTo(window, seen.topLeft()), seen.size())


def _offered(widget: Any, document: Document) -> list[Mappable]:
    if hasattr(widget, "mappables"):
        return widget.mappables()
    finder = FINDERS.get(type(widget))
    return finder(widget, document) if finder else []


def _is_seen(place: Mappable, window: QWidget) -> bool:
    rect = area(place, window)
    return rect.width() >= LEAST and rect.height() >= LEAST


def _order(place: Mappable, window: QWidget) -> tuple[int, int]:
    corner = area(place, window).topLeft()
    return corner.y(), corner.x()


def _row(row: Any, document: Document) -> list[Mappable]:
    """A line of the inspector: a parameter of one node, or of each that is selected."""
    knob = row.knob
    if not hasattr(knob, "keys"):
        return []
    aims = tuple(Aim(f"{key}.{knob.name}") for key in knob.keys)
    return [Mappable(row, row.rect(), aims, f"{knob.key} {knob.label.lower()}")]


def _pad(pad: Any, document: Document) -> list[Mappable]:
    if pad.cue is None:
        return []
    return [Mappable(pad, pad.rect(), (Aim(cue=pad.cue.name),), f"cue {pad.cue.name}")]


def _panic(bar: Any, document: Document) -> list[Mappable]:
    buttons = ((getattr(bar, name), action) for name, action in PANIC.items())
    return [
        Mappable(button, button.rect(), (Aim(action=action),), TITLES[action])
        for button, action in buttons
        if button.isVisible()
    ]


def _dashboard(dashboard: Any, document: Document) -> list[Mappable]:
    """A macro's knob maps all that it moves, each within the macro's ends."""
    found: list[Mappable] = []
    for slot, macro in macros(document).items():
        if slot < len(dashboard.knobs) and macro.targets:
            knob = dashboard.knobs[slot]
            aims = tuple(Aim(t.end, range=(t.span.low, t.span.high)) for t in macro.targets)
            found.append(Mappable(knob, knob.rect(), aims, f"macro {macro.name}"))
    return found


def _button(button: Any, document: Document) -> list[Mappable]:
    """A button of the window that runs a command of the table."""
    action = button.defaultAction()
    name = action.objectName() if action is not None else ""
    if name not in TITLES:
        return []
    return [Mappable(button, button.rect(), (Aim(action=name),), TITLES[name])]


FINDERS: dict[type, Callable[[Any, Document], list[Mappable]]] = {
    Row: _row,
    CuePad: _pad,
    PanicBar: _panic,
    Dashboard: _dashboard,
    QToolButton: _button,
}
