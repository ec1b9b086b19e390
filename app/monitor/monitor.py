"""One monitor: a live picture in its shape, named, with a border that says whether it is on air.

It looks for a new picture when its window's clock ticks, only while it can be seen, and converts
no more pixels than it shows. Ctrl and the wheel zoom, dragging moves the zoomed picture, a double
click fits it again; a second pick is compared along a line that can be dragged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app.monitor.images import checker, image_of
from app.monitor.picks import PREVIEW, PROGRAM, Pick, is_live, look
from app.notice import Notice
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPaintEvent, QWheelEvent

    from app.session import Session

CAPTION = 22  # pixels
BORDER = 2
CLOSEST = 16.0  # times
WHEEL = 1.0015  # zoom by a unit of the wheel's angle
GRIP = 10  # pixels about the line of a comparison
EMPTY = {"program": "Not running", "preview": "Preview is off", "node": "No picture"}


class Monitor(QWidget):
    """Shows one pick. `picked` tells of another choice by hand."""

    def __init__(
        self, session: Session, pick: Pick = PROGRAM, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.picked: Notice[Pick] = Notice()
        self.pick = pick
        self.compared: Pick | None = None
        self.wipe = 0.5  # where the line of a comparison stands
        self.image: QImage | None = None
        self._other: QImage | None = None
        self._stamp: tuple[Any, ...] | None = None  # of what is shown
        self._note = ""
        self._proportion = 0.0  # of what is shown, height by width; 0 where nothing is
        self._zoom = 1.0
        self._center = QPointF(0.5, 0.5)  # of the view, as shares of the picture
        self._dragged: tuple[str, QPointF] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 68 + CAPTION)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setToolTip("Ctrl and wheel zoom, double-click fits, right-click chooses what is shown")
        self.show_pick(pick)

    def sizeHint(self) -> QSize:
        return QSize(384, 216 + CAPTION)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(width * self._shape()) + CAPTION

    # What is shown

    def show_pick(self, pick: Pick) -> None:
        """Shows something else."""
        self.pick = pick
        self.image, self._stamp = None, None
        self.setAccessibleName(f"Monitor {pick.title}")
        self.fit()

    def compare(self, pick: Pick | None) -> None:
        """Shows another pick to the right of a line, or none."""
        self.compared, self._other, self._stamp = pick, None, None
        self.update()

    def fit(self) -> None:
        """The whole picture."""
        self._zoom, self._center, self._stamp = 1.0, QPointF(0.5, 0.5), None
        self.update()

    def tick(self) -> None:
        """Takes the newest picture where there is another one and somebody can see it."""
        if not self.isVisible() or self.visibleRegion().isEmpty():
            return
        seen = look(self._session, self.pick)
        other = self._second()
        size = self._room().size() * self.devicePixelRatio() * self._zoom
        stamp = (seen, other, size, self._is_live(), self._share())
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._note = _note(seen)
        self._proportion = _proportion(seen)
        room = (size.width(), size.height())
        fit = self._zoom == 1
        self.image = image_of(seen, *room, fit=fit)
        self._other = image_of(other, *room, fit=fit)
        self.update()

    def _second(self) -> Any:
        """The value that lies over the picture: a comparison, or a preview mixed in."""
        if self.compared is not None:
            return look(self._session, self.compared)
        if self.pick.kind == "program" and self._session.mix > 0:
            return look(self._session, PREVIEW)
        return None

    def _share(self) -> float:
        return self.wipe if self.compared is not None else float(self._session.mix)

    def _is_live(self) -> bool:
        return is_live(self._session, self.pick)

    # Painting

    def paintEvent(self, _: QPaintEvent) -> None:
        theme = tokens.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg.canvas"))
        room = self._room()
        painter.fillRect(room, QColor("#000000"))
        if self.image is None:
            painter.setPen(QColor("#A9B0BC"))
            painter.setFont(theme.font("body"))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, EMPTY[self.pick.kind])
        else:
            self._paint_picture(painter, room, self.image)
        self._paint_caption(painter)
        tally = self._tally()
        painter.setPen(QPen(theme.color(tally or "border"), BORDER if tally else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = 1 if tally else 0
        painter.drawRect(self.rect().adjusted(inset, inset, -1 - inset, -1 - inset))

    def _paint_picture(self, painter: QPainter, room: QRect, image: QImage) -> None:
        target = self._target(room)
        painter.setClipRect(room)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._zoom < 4)
        if image.hasAlphaChannel():
            checker(painter, target.toRect().intersected(room))
        _lay(painter, target, image)
        if self._other is not None and self.compared is None:
            painter.setOpacity(self._share())
            _lay(painter, target, self._other)
            painter.setOpacity(1.0)
        elif self._other is not None:
            self._paint_wipe(painter, target, self._other)
        painter.setClipping(False)

    def _paint_wipe(self, painter: QPainter, target: QRectF, other: QImage) -> None:
        line = target.left() + target.width() * self.wipe
        right = QRectF(target)
        right.setLeft(line)
        cut = other.width() * self.wipe
        painter.drawImage(right, other, QRectF(cut, 0, other.width() - cut, other.height()))
        painter.setPen(QPen(QColor("#FFFFFF"), 1))
        painter.drawLine(QPointF(line, target.top()), QPointF(line, target.bottom()))
        for text, side in (("A", -22), ("B", 6)):
            place = QRectF(line + side, target.top() + 6, 16, 16)
            painter.fillRect(place, QColor(0, 0, 0, 150))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_caption(self, painter: QPainter) -> None:
        theme, tally = tokens.current(), self._tally()
        band = QRect(8, 0, self.width() - 16, CAPTION)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if tally:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(tally))
            painter.drawEllipse(QPointF(band.left() + 4, band.center().y() + 1), 4, 4)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            band.setLeft(band.left() + 14)
        painter.setFont(theme.font("title", 12))
        painter.setPen(theme.color("text"))
        title = self.pick.title + (f"  |  {self.compared.title}" if self.compared else "")
        note = self._note if self._zoom == 1 else f"{self._zoom * 100:.0f} %"
        painter.setFont(theme.font("mono", 11))
        needed = painter.fontMetrics().horizontalAdvance(note) + 8
        painter.setPen(theme.color("text.secondary"))
        painter.drawText(band, right, note)
        painter.setFont(theme.font("title", 12))
        painter.setPen(theme.color("text"))
        fitting = painter.fontMetrics().elidedText(
            title, Qt.TextElideMode.ElideRight, band.width() - needed
        )
        painter.drawText(band, left, fitting)

    def _tally(self) -> str:
        """The colour of the border: red on air, green in preview, none for the rest."""
        if not self._is_live() or self.image is None:
            return ""
        return {"program": "air", "preview": "preview"}.get(self.pick.kind, "")

    def _room(self) -> QRect:
        return self.rect().adjusted(BORDER, CAPTION, -BORDER, -BORDER)

    def _shape(self) -> float:
        """Height by width."""
        if self._proportion:
            return self._proportion
        stream = self._session.graph.stream
        return stream.height / stream.width

    def _target(self, room: QRect) -> QRectF:
        """Where the whole picture lies, zoomed and moved."""
        width = min(room.width(), room.height() / self._shape()) * self._zoom
        height = width * self._shape()
        center = QRectF(room).center()
        left = center.x() - width * self._center.x()
        return QRectF(left, center.y() - height * self._center.y(), width, height)

    # Hands

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        before, at = self._target(self._room()), event.position()
        share = QPointF(
            (at.x() - before.left()) / before.width(), (at.y() - before.top()) / before.height()
        )
        self._zoom = min(CLOSEST, max(1.0, self._zoom * WHEEL ** event.angleDelta().y()))
        after = self._target(self._room())
        off = at - (
            after.topLeft() + QPointF(share.x() * after.width(), share.y() * after.height())
        )
        self._move(off)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        target = self._target(self._room())
        line = target.left() + target.width() * self.wipe
        near = self.compared is not None and abs(event.position().x() - line) <= GRIP
        self._dragged = ("wipe" if near else "picture", event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is None:
            return
        what, before = self._dragged
        if what == "wipe":
            target = self._target(self._room())
            share = (event.position().x() - target.left()) / target.width()
            self.wipe = min(1.0, max(0.0, share))
            self.update()
        elif self._zoom > 1:
            self._move(event.position() - before)
        self._dragged = (what, event.position())

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        self._dragged = None

    def mouseDoubleClickEvent(self, _: QMouseEvent) -> None:
        self.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().exec(event.globalPos())

    def menu(self) -> QMenu:
        """Everything that the monitor can show."""
        menu = QMenu(self)
        for pick in (PROGRAM, PREVIEW):
            self._offer(menu, pick)
        menu.addSeparator()
        for key in self._session.graph.nodes:
            for port in self._session.graph.outputs(key):
                self._offer(menu, Pick("node", key, port.name))
        menu.addSeparator()
        menu.addAction("Fit", self.fit)
        return menu

    def _offer(self, menu: QMenu, pick: Pick) -> None:
        action = menu.addAction(pick.title)
        action.setCheckable(True)
        action.setChecked(pick == self.pick)
        action.triggered.connect(lambda: self._choose(pick))

    def _choose(self, pick: Pick) -> None:
        self.show_pick(pick)
        self.picked.tell(pick)

    def _move(self, by: QPointF) -> None:
        target = self._target(self._room())
        span = 0.5 / self._zoom
        x = self._center.x() - by.x() / target.width()
        y = self._center.y() - by.y() / target.height()
        self._center = QPointF(_within(x, span), _within(y, span))
        self.update()


def _lay(painter: QPainter, target: QRectF, image: QImage) -> None:
    """Puts an image into its place; pixel by pixel where it was made for it."""
    ratio = painter.device().devicePixelRatioF()
    if abs(image.width() - target.width() * ratio) > 1 or image.hasAlphaChannel():
        painter.drawImage(target, image)
        return
    image.setDevicePixelRatio(ratio)
    at = QPointF(round(target.left() * ratio) / ratio, round(target.top() * ratio) / ratio)
    painter.drawImage(at, image)


def _within(share: float, span: float) -> float:
    return min(1.0 - span, max(span, share))


def _proportion(value: Any) -> float:
    """Height by width of a picture, as its tensor has them."""
    shape = getattr(getattr(value, "tensor", None), "shape", ())
    return shape[-2] / shape[-1] if len(shape) > 1 and shape[-1] else 0.0


def _note(value: Any) -> str:
    """The size of a picture, the type of another value."""
    if value is None:
        return ""
    width, height = getattr(value, "width", 0), getattr(value, "height", 0)
    return f"{width} × {height}" if width and height else type(value).__name__
