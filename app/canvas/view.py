"""The window onto the canvas: where one looks, what one sees of it, and who handles the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QNativeGestureEvent, QPainter
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip

from app.canvas import hover
from app.canvas.camera import Camera
from app.canvas.commands import view_commands
from app.canvas.crumbs import Crumbs
from app.canvas.feed import Feed
from app.canvas.finder import Finder
from app.canvas.grid import Grid
from app.canvas.health import Health
from app.canvas.hint import Hint
from app.canvas.minimap import Minimap
from app.canvas.panel import FocusRing
from app.canvas.peek import Peek
from app.canvas.pulses import Pulses
from app.canvas.scene import CHROME_MS, CanvasScene
from app.canvas.tool import PlainSelection, Tool
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import (
        QFocusEvent,
        QKeyEvent,
        QPaintEvent,
        QResizeEvent,
        QShowEvent,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QWidget

    from app.canvas.link_item import LinkItem
    from app.canvas.node_item import NodeItem
    from app.session import Session
    from engine.document import Document

WHEEL_STEP = 1.15  # zoom of one notch
NOTCH = 120
EDGE, EDGE_SPEED = 36, 24  # pixels from the border, and pixels a tick there
CORNER = 12  # pixels that minimap, path and search keep from the border


class CanvasView(QGraphicsView):
    """Shows a scene. `tool` handles the hand; `edge_pan` is on while a tool drags something."""

    def __init__(
        self, session: Session, scene: CanvasScene | None = None, parent: QWidget | None = None
    ) -> None:
        self.canvas = scene or CanvasScene(session)
        super().__init__(self.canvas, parent)
        self.session = session
        self.edge_pan = False
        self._grid = Grid()
        self._panned_from: QPoint | None = None
        self._space = False
        self.hovered: tuple[NodeItem | None, LinkItem | None] = (None, None)
        self.hovered_at: object = None  # where that was
        self.pointer_in_view = QPointF(-1, -1)
        self._set_up()
        self.health = Health(self.canvas)
        self.feed, self.pulses = Feed(self), Pulses(self)
        self.minimap, self.finder, self.peek = Minimap(self), Finder(self), Peek(self)
        self.crumbs, self.ring = Crumbs(self.canvas, self), FocusRing(self)
        self.hint = Hint(self)
        self.camera = Camera(self)
        self.tool: Tool = PlainSelection(self)
        self._listen()
        self._moved()

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

    def _listen(self) -> None:
        canvas = self.canvas
        self._ends = [
            canvas.leaving.listen(lambda _: self.camera.leaving()),
            canvas.entered.listen(self.camera.entered),
            canvas.built.listen(self._rebuilt),
            canvas.moved.listen(self._moved),
            self.session.opened.listen(self._opened),
            self.session.selected.listen(self._selected),
            tokens.changed.listen(lambda _: self.minimap.stale()),
        ]

    def close_canvas(self) -> None:
        """Stops listening to the session."""
        for end in self._ends:
            end()
        self.canvas.close()

    def _rebuilt(self) -> None:
        self.feed.forget()
        self.hovered = (None, None)
        self.hovered_at = None
        self.peek.follow(None)
        self.health.look()

    def _selected(self, keys: tuple[str, ...]) -> None:
        self.setAccessibleDescription(", ".join(keys) + " selected" if keys else "")
        self.minimap.stale()

    def _moved(self) -> None:
        self.minimap.stale()
        self.hint.setVisible(not self.canvas.nodes)

    def _opened(self, document: Document) -> None:
        self.camera.opened(document.view)

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
        return self.to_scene(self.pointer_in_view)

    def seen(self) -> QRectF:
        """The part of the scene that is seen."""
        size = self.viewport().size()
        corner = QPointF(size.width(), size.height())
        return QRectF(self.to_scene(QPointF(0, 0)), self.to_scene(corner))

    def frame_items(self, keys: Iterable[str]) -> None:
        """Looks at nodes, or at everything where none is named."""
        items = [item for key in keys if (item := self.canvas.node(key))]
        self.camera.fit(self.canvas.bounds(items or None))

    def sharpen(self) -> None:
        """Makes at once all chrome that is in sight, for a still picture of the view."""
        self.canvas.hasty = False
        self.canvas.chrome_ms = 1e6
        self.viewport().repaint()
        self.canvas.chrome_ms = CHROME_MS

    # Commands

    def commands(self) -> dict[str, Callable[[], None]]:
        """What the view does, by the ids of `app/actions.py`."""
        return view_commands(self)

    def states(self) -> dict[str, Callable[[], bool]]:
        """Which of its commands are on."""
        return {
            "canvas.minimap": self.minimap.isVisible,
            "canvas.heat": lambda: self.health.heat,
            "canvas.thumbnails": lambda: self.feed.on,
        }

    def toggle_minimap(self) -> None:
        """Shows or hides the map in the corner."""
        self.minimap.setVisible(not self.minimap.isVisible())
        self.minimap.stale()

    def toggle_heat(self) -> None:
        """Colours nodes by what they cost, or no more."""
        self.health.heat = not self.health.heat
        self.health.look()

    def toggle_thumbnails(self) -> None:
        """Shows or hides every thumbnail."""
        self.feed.on = not self.feed.on
        for item in self.canvas.nodes.values():
            item.clear_preview()
        self.feed.forget()

    # Time

    def tick(self) -> None:
        """Thirty times a second."""
        if not self.isVisible():
            return
        self.camera.tick()
        if self.edge_pan:
            self._pan_at_edge()
        self.canvas.sharpen()
        self.health.tick()
        self.feed.tick()
        self.pulses.tick()
        self.minimap.tick()
        hover.tick(self)

    def _pan_at_edge(self) -> None:
        area = self.viewport().rect()
        dx = _push(self.pointer_in_view.x(), area.width())
        dy = _push(self.pointer_in_view.y(), area.height())
        if dx or dy:
            self.camera.pan(-dx, -dy)
            self.tool.move(hover.same_place(self))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        self.canvas.allowance = self.canvas.chrome_ms
        super().paintEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        size, ratio = self.viewport().size(), self.devicePixelRatioF()
        picture = self._grid.picture(size.width(), size.height(), self.zoom, ratio)
        period = self._grid.period(self.zoom)
        origin = self.viewportTransform().map(QPointF(0, 0))
        corner = (origin.x() % period - period, origin.y() % period - period)
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(QPointF(*(round(at * ratio) / ratio for at in corner)), picture)
        painter.restore()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.camera.shown()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size, map_size = self.size(), self.minimap.size()
        self.minimap.move(
            size.width() - map_size.width() - CORNER, size.height() - map_size.height() - CORNER
        )
        self.camera.resized()
        self.ring.surround(self.rect())
        self.hint.center_in(self.rect())
        self.crumbs.move(CORNER, CORNER)
        self.finder.move(size.width() - self.finder.width() - CORNER, CORNER)

    # The hand

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = hover.tooltip(self, QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        if event.type() is QEvent.Type.NativeGesture and isinstance(event, QNativeGestureEvent):
            return self._pinch(event)
        if event.type() is QEvent.Type.Leave:
            self.pointer_in_view = QPointF(-1, -1)
        return super().viewportEvent(event)

    def _pinch(self, event: QNativeGestureEvent) -> bool:
        zooms = event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture
        if zooms:
            self.camera.zoom_at(event.position(), 1.0 + event.value())
        return zooms

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointer_in_view = event.position()
        middle = event.button() is Qt.MouseButton.MiddleButton
        if middle or (self._space and event.button() is Qt.MouseButton.LeftButton):
            self._panned_from = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self.tool.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer_in_view = event.position()
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
            self.camera.note()
        else:
            self.tool.release(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.tool.double_click(event)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.tool.key_press(event):
            event.accept()
        elif event.key() == Qt.Key.Key_Space:
            self._hold_space(event, True)
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self._space:
            self._hold_space(event, False)
        elif not self.tool.key_release(event):
            event.ignore()

    def _hold_space(self, event: QKeyEvent, on: bool) -> None:
        if not event.isAutoRepeat():
            self._space = on
            self._show_hand()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.ring.setVisible(event.reason() in FocusRing.KEYS)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self._show_hand()
        self.ring.hide()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, zooms = event.pixelDelta(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if self.tool.wheel(event):
            pass
        elif not pixels.isNull() and not zooms:
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
