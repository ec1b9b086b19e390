"""One line of the inspector: a label, a field, and the marks of what the value has to do with.

At the left edge a bar where it is not the default; beside it the port, which a click shows on the
node; behind the field the tint of who drives it, while the field still edits the base value.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.inspector import look
from app.inspector.address import readable
from app.inspector.editors import editor
from app.theme import icon, tokens
from engine.cells import LINK
from engine.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPaintEvent

    from app.inspector.knob import Knob
    from app.inspector.stream_knob import StreamKnob
    from engine.spec import Param

BAR = 3  # pixels
DOT = 4.0  # radius of a port
TOP = 20  # pixels of a label above its field
ICON = 13
SEEDS = 100_000  # how many numbers the dice have: few enough to be read out
SEED = 2**31 - 1  # whole numbers that may be as large are seeds
CLEAR = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)

# Links from these tell what moves the value better than the type that they carry
MOVERS = {"control.lfo": "driver.lfo", "control.beat_clock": "driver.beat"}
ORIGINS = {
    "hand": "Set live by hand; the document still says",
    "cue": "Moved by a cue; the document says",
    "midi": "Driven by MIDI; the document says",
    "osc": "Driven by OSC; the document says",
    "audio": "Driven by sound; the document says",
    "key": "Driven by a key; the document says",
    "gamepad": "Driven by a gamepad; the document says",
}


class State(NamedTuple):
    """What the marks of a row tell."""

    modified: bool = False
    exposed: bool = False
    locked: bool = False
    editable: bool = True
    link: Any = None

    @staticmethod
    def of(knob: Any) -> State:
        """How a parameter stands now."""
        return State(knob.is_modified, knob.is_exposed, knob.is_locked, knob.can_edit, knob.link)


class Row(QWidget):
    """A parameter. `knob` does the edits, `menu` is asked for what a right click offers."""

    refused = Signal(str)

    def __init__(
        self,
        knob: Knob | StreamKnob,
        tip: str,
        menu: Callable[[Row], QMenu],
        type_id: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.knob: Any = knob
        self._menu = menu
        self._driver: look.Driver | None = None
        self._state = State()
        self._touched = False  # whether the gesture that goes on has edited
        self.problem = ""
        self.tip = tip
        self.field: Any = editor(knob.param, type_id)
        self.live_line = QLabel(self)
        self.live_line.setFont(tokens.current().font("label"))
        self.live_line.setVisible(False)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        left = look.GUTTER if self.field.wide else look.GUTTER + look.LABELS + look.GAP
        column = QVBoxLayout(self)
        column.setContentsMargins(left, TOP if self.field.wide else 0, look.GAP, 0)
        column.setSpacing(1)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        line.addWidget(self.field, 1)
        if _is_seed(self.knob.param):
            line.addWidget(self._dice())
        column.addLayout(line)
        column.addWidget(self.live_line)
        self.field.setAccessibleName(self.knob.label)
        self.setToolTip(self.tip)

    def _dice(self) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon("dice", "text.secondary"))
        button.setToolTip("Takes another number by chance")
        button.setAccessibleName(f"Random {self.knob.label.lower()}")
        button.setAutoRaise(True)
        button.setFixedSize(look.HEIGHT, look.HEIGHT)
        button.clicked.connect(self._throw)
        return button

    def _throw(self) -> None:
        """Takes another seed; each throw is a step of its own."""
        self._put(random.randrange(SEEDS))
        self._settle()

    def _connect(self) -> None:
        self.field.edited.connect(self._put)
        self.field.settled.connect(self._settle)
        self.field.refused.connect(self.refused)
        if hasattr(self.field, "typed"):
            self.field.typed.connect(self._type)
            self.field.cancelled.connect(self._cancel)

    # What it shows

    def refresh(self) -> None:
        """Shows what the document says."""
        try:
            value, state = self.knob.value, State.of(self.knob)
        except GraphError:
            return  # the node is gone; the inspector is about to hear of it
        self.field.show_value(value)
        if state != self._state:
            self._state = state
            self.field.setEnabled(state.editable)
            self.update()
        self.tick()

    def tick(self) -> None:
        """Shows who drives it, and where it has been moved."""
        driver = self._found_driver()
        if driver is None and self._driver is None:
            if self.knob.performing:
                self.field.show_value(self.knob.value)
            return
        live = self.knob.live if driver is not None else None
        if driver != self._driver:
            self._driver = driver
            self.setToolTip(self._full_tip())
            self.update()
        self.field.show_live(live, driver)
        if not self.field.marks_live:
            self._say_live(live)

    def show_ghost(self, physical: Any) -> None:
        """Shows where the control at hand stands, None for no more."""
        if hasattr(self.field, "show_ghost"):
            self.field.show_ghost(physical)

    def show_problem(self, message: str) -> None:
        """Marks the row where the running graph has something against its value."""
        if message != self.problem:
            self.problem = message
            self.setToolTip(self._full_tip())
            self.update()

    def _say_live(self, live: Any) -> None:
        shown = self._driver is not None
        if shown:
            color = self._driver.color.name() if self._driver else ""
            self.live_line.setStyleSheet(f"color: {color};")
            self.live_line.setText(f"now {readable(live)}")
        self.live_line.setVisible(shown)

    def _found_driver(self) -> look.Driver | None:
        origin = self.knob.driver
        if origin is None or (origin == "hand" and self.knob.performing):
            return None
        if origin == LINK and self._state.link is not None:
            return self._link_driver()
        title = ORIGINS.get(origin, f"Driven by {origin}; the document says")
        return look.Driver(look.driver_color(origin), title)

    def _link_driver(self) -> look.Driver:
        parent, link = self.knob.key[: self.knob.key.rfind("/") + 1], self._state.link
        graph, source = self.knob.session.graph, parent + link.source_key
        current = tokens.current()
        mover = MOVERS.get(graph.entry(source).type)
        output = graph.output(source, link.source_port)
        color = current.port(output.type).color if output else current.color("driver.link")
        title = f"Driven by {source}.{link.source_port}; without it"
        return look.Driver(current.color(mover) if mover else color, title)

    def _full_tip(self) -> str:
        lines = [self.problem] if self.problem else []
        if self._driver is not None:
            lines.append(f"{self._driver.title} {readable(self.knob.value)}")
        return "\n".join([*lines, self.tip])

    # What is done with it

    def _put(self, value: Any) -> None:
        self._touched = self.knob.put(value)
        self.refresh()

    def _settle(self) -> None:
        self._touched = False
        self.knob.settle()

    def _type(self, text: str) -> None:
        self.knob.type(text)
        self._settle()
        self.refresh()

    def _cancel(self, before: Any) -> None:
        """Takes back what the drag has done."""
        if self.knob.performing:
            self.knob.put(before)
        elif self._touched:
            self.knob.session.undo()
        self._settle()
        self.refresh()

    def reset(self) -> None:
        self.knob.reset()

    def open_menu(self, at: QPoint | None = None) -> QMenu:
        """Shows what can be done with the parameter."""
        menu = self._menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at or self.mapToGlobal(self.label_rect().bottomLeft()))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.open_menu(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in CLEAR:
            self.reset()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        over = self.dot_rect().contains(event.position().toPoint())
        if over and event.button() == Qt.MouseButton.LeftButton and self._has_port():
            self.knob.expose(not self.knob.is_exposed)
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.label_rect().contains(event.position().toPoint()):
            self.reset()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.dot_rect().contains(event.position().toPoint()) and self._has_port()
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    # Where its parts lie, and how they are painted

    def label_rect(self) -> QRect:
        width = self.width() - look.GUTTER - look.GAP if self.field.wide else look.LABELS
        return QRect(look.GUTTER, 0, width, TOP if self.field.wide else look.HEIGHT)

    def dot_rect(self) -> QRect:
        return QRect(BAR, 0, look.GUTTER - BAR, look.HEIGHT)

    def _has_port(self) -> bool:
        return bool(self.knob.param.exposable) and hasattr(self.knob, "expose")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._state.modified:
            bar = QRectF(0, 2, BAR, self.height() - 4)
            painter.fillRect(bar, tokens.current().color("accent"))
        self._paint_port(painter)
        self._paint_label(painter)

    def _paint_port(self, painter: QPainter) -> None:
        shown = self._state.exposed or self._state.link is not None
        if not self._has_port() or not (shown or self.underMouse()):
            return
        port = tokens.current().port(self.knob.param.type)
        color = port.color if shown else tokens.current().color("text.secondary")
        painter.setPen(QPen(color, 1.4))
        filled = self._state.link is not None
        painter.setBrush(color if filled else Qt.BrushStyle.NoBrush)
        centre = QPointF(self.dot_rect().center()) + QPointF(0.5, 0.5)
        painter.drawEllipse(centre, DOT - 0.5, DOT - 0.5)

    def _paint_label(self, painter: QPainter) -> None:
        current = tokens.current()
        rect = self.label_rect()
        for name, color in self._icons():
            at = QRect(rect.right() - ICON + 1, rect.center().y() - ICON // 2, ICON, ICON)
            icon(name, color).paint(painter, at)
            rect.adjust(0, 0, -ICON - 3, 0)
        painter.setFont(current.font("body"))
        bright = self._state.modified or self._driver is not None
        painter.setPen(current.color("text" if bright else "text.secondary"))
        metrics = QFontMetrics(painter.font())
        text = metrics.elidedText(self.knob.label, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _icons(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        if self.problem:
            found.append(("warning", "warn"))
        if self._state.locked:
            found.append(("lock", "text.secondary"))
        if not self.knob.param.live:
            found.append(("restart", "text.disabled"))
        return found


def _is_seed(param: Param) -> bool:
    return param.type is int and param.min == 0 and (param.max or 0) >= SEED
