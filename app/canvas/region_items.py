"""What lies behind nodes: frames with a title and a colour, and notes in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QTextDocument,
)
from PySide6.QtWidgets import QGraphicsPathItem

from app.canvas import metrics
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from app.placement import Backdrop, Note

BAR = 28  # height of a frame's title
GRIP = 16  # the corner that resizes, in canvas pixels


class RegionItem(QGraphicsPathItem):
    """A rectangle with an id; `at_title` and `at_grip` say what a point takes hold of."""

    depth = -100.0

    def __init__(self, id: str) -> None:
        super().__init__()
        self.id = id
        self.selected = self.hovered = False
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(self.depth)
        self._size = (0.0, 0.0)

    @property
    def rect(self) -> QRectF:
        """In scene coordinates."""
        return QRectF(self.x(), self.y(), *self._size)

    def set_rect(self, rect: QRectF) -> None:
        """Moves and sizes the item; the document is not touched."""
        self._size = (rect.width(), rect.height())
        outline = QPainterPath()
        outline.addRect(QRectF(-2, -2, rect.width() + 4, rect.height() + 4))
        self.setPath(outline)
        self.setPos(rect.topLeft())

    def mark(self, *, selected: bool | None = None, hovered: bool | None = None) -> None:
        """Changes states."""
        self.selected = self.selected if selected is None else selected
        self.hovered = self.hovered if hovered is None else hovered
        self.update()

    def at_grip(self, point: QPointF) -> bool:
        """Whether a point of the scene is on the corner that resizes."""
        rect = self.rect
        corner = QRectF(rect.right() - GRIP, rect.bottom() - GRIP, GRIP, GRIP)
        return corner.contains(point)

    def _outline(self, painter: QPainter, color: QColor) -> None:
        look = tokens.current()
        pen = QPen(look.color("selection"), 2.0) if self.selected else QPen(color, 1.0)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(0, 0, *self._size), 8, 8)


def tint(color: str, fallback: str) -> QColor:
    """A colour from a document, or one of the theme where it is none."""
    own = QColor(color) if color else QColor()
    return own if own.isValid() else QColor(tokens.current().color(fallback))


class BackdropItem(RegionItem):
    """A frame around nodes."""

    def __init__(self, backdrop: Backdrop) -> None:
        super().__init__(backdrop.id)
        self.milliseconds: float | None = None  # of the nodes on it, all together
        self.show_backdrop(backdrop)

    def show_backdrop(self, backdrop: Backdrop) -> None:
        """Another place, title or colour."""
        self.backdrop = backdrop
        self.set_rect(QRectF(*backdrop.rect))
        self.update()

    def show_milliseconds(self, milliseconds: float | None) -> None:
        """What its nodes take of each frame."""
        if milliseconds != self.milliseconds:
            self.milliseconds = milliseconds
            self.update(QRectF(0, 0, self._size[0], BAR))

    def at_title(self, point: QPointF) -> bool:
        """Whether a point of the scene is on the title."""
        rect = self.rect
        return QRectF(rect.left(), rect.top(), rect.width(), BAR).contains(point)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        color = tint(self.backdrop.color, "border.control")
        body = QColor(color)
        body.setAlphaF(0.13)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(body)
        painter.drawRoundedRect(QRectF(0, 0, *self._size), 8, 8)
        color.setAlphaF(0.9 if self.hovered else 0.6)
        self._outline(painter, color)
        if painter.worldTransform().m11() >= metrics.PLAIN_FROM:
            self._title(painter)

    def _title(self, painter: QPainter) -> None:
        look = tokens.current()
        font = look.font("title", 14)
        room = QRectF(12, 0, self._size[0] - 24, BAR)
        painter.setFont(font)
        painter.setPen(look.color("text"))
        spent = "" if self.milliseconds is None else f"{self.milliseconds:.1f} ms"
        title = QFontMetricsF(font).elidedText(
            self.backdrop.title or "Frame", Qt.TextElideMode.ElideRight, room.width() - 70
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), title)
        painter.setFont(look.font("mono", 11))
        painter.setPen(look.color("text.secondary"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(room, int(right), spent)


class NoteItem(RegionItem):
    """A note."""

    depth = -50.0

    def __init__(self, note: Note) -> None:
        super().__init__(note.id)
        self._text = QTextDocument()
        self.show_note(note)

    def show_note(self, note: Note) -> None:
        """Another place, text or colour."""
        self.note = note
        self.set_rect(QRectF(*note.rect))
        look = tokens.current()
        self._text.setDefaultFont(look.font("body", 13))
        self._text.setMarkdown(note.text, QTextDocument.MarkdownFeature.MarkdownNoHTML)
        self._text.setTextWidth(max(8.0, note.rect[2] - 20))
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        color = tint(self.note.color, "port.prompt")
        paper = QColor(color)
        paper.setAlphaF(0.14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paper)
        painter.drawRoundedRect(QRectF(0, 0, *self._size), 8, 8)
        color.setAlphaF(0.55)
        self._outline(painter, color)
        if painter.worldTransform().m11() >= metrics.PLAIN_FROM:
            self._words(painter)

    def _words(self, painter: QPainter) -> None:
        painter.save()
        painter.setClipRect(QRectF(6, 6, self._size[0] - 12, self._size[1] - 12))
        painter.translate(10, 8)
        context = _inked()
        self._text.documentLayout().draw(painter, context)
        painter.restore()


def _inked() -> QAbstractTextDocumentLayout.PaintContext:
    context = QAbstractTextDocumentLayout.PaintContext()
    palette = context.palette
    palette.setColor(QPalette.ColorRole.Text, tokens.current().color("text"))
    context.palette = palette
    return context
