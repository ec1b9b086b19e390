"""The window onto the canvas: where one looks, what one sees of it, and who handles the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QGraphicsView

from app.canvas import metrics
from app.canvas.camera import Camera
from app.canvas.grid import Grid
from app.canvas.scene import CHROME_MS, CanvasScene
from app.canvas.tool import PlainSelection, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from app.session import Session

WHEEL_STEP = 1.15  # zoom of one notch
NOTCH = 120
EDGE, EDGE_SPEED = 36, 24  # pixels from the border, and pixels a tick there


class CanvasView(QGraphicsView):
    """Shows a scene. `tool` handles the hand; `edge_pan` is on while a tool drags something."""

    def __init__(
        self, session: Session, scene: CanvasScene | None = None, parent: QWidget | None = None
    ) -> None:
        self.canvas = scene or CanvasScene(session)
        super().__init__(self.canvas, parent)
        self.session = session
        self.camera = Camera(self)
        self.tool: Tool = PlainSelection(self)
        self.edge_pan = False
        self._grid = Grid()
        self._panned_from: QPoint | None = None
        self._space = False
        self._pointer = QPointF()
        self._set_up()

    def _set_up(self) -> None:
        self.setAccessibleName("Node graph")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(
            QPainter.RenderHint.Antialiasing
            | QPainter.RenderHint.TextAntialiasing
            | QPainter.RenderHint.SmoothPixmapTransform
        )
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlags(
            QGraphicsView.OptimizationFlag.DontSavePainterState
            | QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing
        )
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)

    # Where one looks

    @property
    def zoom(self) -> float:
        """Screen pixels per canvas pixel."""
        return self.transform().m11()

    def to_scene(self, position: QPointF) -> QPointF:
        """A point of the viewport in scene coordinates."""
        return self.viewportTransform().inverted()[0].map(position)

    @property
    def pointer(self) -> QPointF:
        """Where the pointer is, in scene coordinates."""
        return self.to_scene(self._pointer)

    def seen(self) -> QRectF:
        """The part of the scene that is seen."""
        size = self.viewport().size()
        return QRectF(
            self.to_scene(QPointF(0, 0)), self.to_scene(QPointF(size.width(), size.height()))
        )

    def commands(self) -> dict[str, Callable[[], None]]:
        """What the view does, by the ids of `app/actions.py`."""
        return {}

    def frame_items(self, keys: Iterable[str]) -> None:
        """Looks at nodes, or at everything where none is named."""
        items = [item for key in keys if (item := self.canvas.node(key))]
        self.camera.fit(self.canvas.bounds(items or None))

    # Time

    def tick(self) -> None:
        """Thirty times a second."""
        if not self.isVisible():
            return
        self.camera.tick()
        if self.edge_pan:
            self._pan_at_edge()
        self.canvas.sharpen()

    def _pan_at_edge(self) -> None:
        area = self.viewport().rect()
        x, y = self._pointer.x(), self._pointer.y()
        dx = _push(x, area.width())
        dy = _push(y, area.height())
        if dx or dy:
            self.camera.pan(-dx, -dy)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        self.canvas.allowance = CHROME_MS
        super().paintEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        size, ratio = self.viewport().size(), self.devicePixelRatioF()
        picture = self._grid.picture(size.width(), size.height(), self.zoom, ratio)
        period = self._grid.period(self.zoom)
        corner = self.viewportTransform().map(QPointF(0, 0))
        x, y = (-((-at) % period) for at in (corner.x(), corner.y()))
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(QPointF(round(x % period - period), round(y % period - period)), picture)
        painter.restore()

    # The hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        middle = event.button() is Qt.MouseButton.MiddleButton
        if middle or (self._space and event.button() is Qt.MouseButton.LeftButton):
            self._panned_from = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self.tool.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._panned_from is not None:
            at = event.position().toPoint()
            self.camera.pan(at.x() - self._panned_from.x(), at.y() - self._panned_from.y())
            self._panned_from = at
        else:
            self.tool.move(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._panned_from is not None:
            self._panned_from = None
            self._show_hand()
            self.camera.keep()
        else:
            self.tool.release(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.tool.double_click(event)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.tool.key_press(event):
            event.accept()
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self._show_hand()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat() and self._space:
            self._space = False
            self._show_hand()
        elif not self.tool.key_release(event):
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.tool.wheel(event):
            event.accept()
            return
        pixels, zooms = event.pixelDelta(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if not pixels.isNull() and not zooms:
            self.camera.pan(pixels.x(), pixels.y())
        else:
            self.camera.zoom_at(event.position(), WHEEL_STEP ** (event.angleDelta().y() / NOTCH))
        event.accept()

    def _show_hand(self) -> None:
        shape = Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)


def _push(at: float, length: int) -> float:
    """How far to pan for a pointer at a place along the view: faster the nearer to the border."""
    if at < EDGE:
        return -EDGE_SPEED * min(1.0, (EDGE - at) / EDGE)
    return EDGE_SPEED * min(1.0, (at - length + EDGE) / EDGE) if at > length - EDGE else 0.0


__all__ = ["CanvasView", "metrics"]
