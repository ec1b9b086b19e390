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
from app.monitor.recording import RecordButton
from app.monitor.strip import OutputStrip
from app.perform.crossfader import Crossfader
from app.perform.cue_list import GoButton
from app.perform.dashboard import Dashboard
from app.perform.macros import macros
from app.perform.pad import CuePad
from app.perform.panic_bar import PanicBar
from app.perform.snapshots import Snapshots
from app.perform.tempo_bar import TempoBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.document import Document

BUTTONS: dict[type, dict[str, str]] = {  # attributes of a widget that are buttons of commands
    PanicBar: {
        "black": "panic.blackout",
        "freeze": "panic.freeze",
        "reanchor": "perform.reanchor",
        "safe": "perform.safe",
    },
    OutputStrip: {
        "fullscreen": "output.fullscreen",
        "blackout": "panic.blackout",
        "fade": "panic.fade",
        "freeze": "panic.freeze",
        "safe": "perform.safe",
    },
    TempoBar: {"tap": "tempo.tap"},
    Crossfader: {"cut_button": "mix.cut", "auto_button": "mix.auto"},
    RecordButton: {"button": "record.toggle"},
}
TITLES = {action.id: action.title for action in ACTIONS}
LEAST = 8  # pixels of a place that is worth showing


def mappables(
    window: QWidget, document: Document, kind: str = "midi"
) -> list[tuple[Mappable, QRect]]:
    """Every visible place that a kind of control reaches, and where it is in the window, from top
    left to bottom right.
    """
    reaches = has_address if kind == "osc" else can_drive
    widgets = (widget for widget in window.findChildren(QWidget) if widget.isVisible())
    offered = (place for widget in widgets for place in _offered(widget, document))
    placed = ((place, area(place, window)) for place in offered)
    found = [
        (place, rect)
        for place, rect in placed
        if min(rect.width(), rect.height()) >= LEAST
        and all(reaches(document, aim) for aim in place.aims)
    ]
    return sorted(found, key=lambda each: (each[1].y(), each[1].x()))


def area(place: Mappable, window: QWidget) -> QRect:
    """Where a place is in the window, without what scrolling and other panes hide."""
    seen = place.widget.visibleRegion().boundingRect() & place.rect
    return QRect(place.widget.mapTo(window, seen.topLeft()), seen.size())


def _offered(widget: Any, document: Document) -> list[Mappable]:
    if hasattr(widget, "mappables"):
        return widget.mappables()
    finder = FINDERS.get(type(widget))
    return finder(widget, document) if finder else []


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


def _buttons(widget: Any, document: Document) -> list[Mappable]:
    """The buttons of a bar, each with its command."""
    named = ((getattr(widget, name), id) for name, id in BUTTONS[type(widget)].items())
    return [_command(button, id) for button, id in named if button.isVisible()]


def _go(button: Any, document: Document) -> list[Mappable]:
    return [_command(button, "cue.go")]


def _snapshots(row: Any, document: Document) -> list[Mappable]:
    return [_command(slot, f"snapshot.recall_{n}") for n, slot in enumerate(row.slots, 1)]


def _command(button: Any, id: str) -> Mappable:
    return Mappable(button, button.rect(), (Aim(action=id),), TITLES[id])


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
    return [_command(button, name)]


FINDERS: dict[type, Callable[[Any, Document], list[Mappable]]] = {
    Row: _row,
    CuePad: _pad,
    **dict.fromkeys(BUTTONS, _buttons),
    GoButton: _go,
    Snapshots: _snapshots,
    Dashboard: _dashboard,
    QToolButton: _button,
}
