"""A card beside a link under the pointer: the picture that runs through it, and its figures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.canvas.face import word
from app.canvas.node_paint import fitted
from app.canvas.origins import inner_output
from app.canvas.pictures import facts, thumbnail
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent

    from app.canvas.link_item import LinkItem
    from app.canvas.view import CanvasView

AFTER, EVERY = 0.5, 0.1  # seconds until it shows, and between two pictures
WIDTH, PICTURE, LINE, PAD = 256, 144, 17, 10
AWAY = 18  # pixels from the pointer


class Peek(QWidget):
    """Shown by `follow` once the pointer has stayed on one link for half a second."""

    def __init__(self, view: CanvasView, clock: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(view)
        self._view, self._clock = view, clock
        self._item: LinkItem | None = None
        self._since = self._looked = 0.0
        self._picture: QImage | None = None
        self.lines: list[tuple[str, str]] = []
        self.title = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What runs through the link")
        self.hide()

    def follow(self, item: LinkItem | None) -> None:
        """The link under the pointer, None where there is none."""
        now = self._clock()
        if item is not self._item:
            self._item, self._since = item, now
            self.hide()
        elif item is not None and now - self._since >= AFTER and now - self._looked >= EVERY:
            self._looked = now
            self._read(item)
            self._place()

    def _read(self, item: LinkItem) -> None:
        session, link = self._view.session, item.link
        output = inner_output(session.graph, link.source_key, link.source_port)
        tap = session.tap(*output) if output is not None else None
        packet = tap.newest() if tap is not None else None
        self.title = f"{link.source}  →  {link.target}"
        self._picture = None
        value = packet.value if packet is not None else None
        if value is not None and (packet is None or packet.ready is None or packet.ready.query()):
            self._picture = thumbnail(value, *self._pixels())
        self.lines = [("Type", word(item.carries)), *self._figures(item, value)]
        self.resize(self.sizeHint())
        self.update()

    def _figures(self, item: LinkItem, value: object) -> list[tuple[str, str]]:
        if item.look.warning:
            return [("Carries nothing", item.look.warning)]
        if value is None:
            running = self._view.session.is_running
            return [("Now", "nothing has passed yet" if running else "the engine is stopped")]
        shown = facts(value)
        traffic = self._view.health.traffic.get(item.text)
        if traffic is not None:
            shown += [
                ("Rate", f"{traffic.rate:.1f} a second"),
                ("Age", f"{traffic.age_ms:.0f} ms"),
                ("Waiting", f"{traffic.waiting}, {traffic.rule}"),
                ("Dropped", str(traffic.dropped)),
            ]
        return shown

    def _pixels(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return round((WIDTH - 2 * PAD) * ratio), round((PICTURE - PAD) * ratio)

    def sizeHint(self) -> QSize:
        picture = PICTURE if self._picture is not None else 0
        return QSize(WIDTH, picture + PAD * 2 + LINE * (len(self.lines) + 1) + 4)

    def _place(self) -> None:
        at = self._view.pointer_in_view + QPointF(AWAY, AWAY)
        room = self._view.size()
        x = min(at.x(), room.width() - self.width() - 8)
        y = at.y() if at.y() + self.height() < room.height() - 8 else at.y() - self.height() - 36
        self.move(round(x), max(8, round(y)))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens.current()
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.setPen(QPen(look.color("border.control"), 1))
        painter.setBrush(look.color("bg.tooltip"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        top = float(PAD)
        if self._picture is not None:
            room = QRectF(PAD, PAD, self.width() - 2 * PAD, PICTURE - PAD)
            painter.fillRect(room, look.color("bg.field"))
            painter.drawImage(fitted(self._picture, room), self._picture)
            top += PICTURE
        self._write(painter, top)
        painter.end()

    def _write(self, painter: QPainter, top: float) -> None:
        look = tokens.current()
        metrics = painter.fontMetrics()
        painter.setFont(look.font("label"))
        painter.setPen(look.color("text"))
        metrics = painter.fontMetrics()
        width = self.width() - 2 * PAD
        title = metrics.elidedText(self.title, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRectF(PAD, top, width, LINE), title)
        for number, (name, text) in enumerate(self.lines, 1):
            room = QRectF(PAD, top + 4 + number * LINE, width, LINE)
            painter.setFont(look.font("label"))
            painter.setPen(look.color("text.secondary"))
            painter.drawText(room, name)
            painter.setFont(look.font("mono", 10))
            painter.setPen(look.color("text"))
            self._value(painter, room, text)

    def _value(self, painter: QPainter, room: QRectF, text: str) -> None:
        room = room.adjusted(58, 0, 0, 0)
        metrics = painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight), text)
