"""The output's window: paints what its director says, passes keys on, hides an idle cursor.

One set of handlers on two kinds of window: painted by the graphics card where there is one, else
by the processor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QOffscreenSurface,
    QOpenGLContext,
    QPainter,
    QPaintEvent,
    QRasterWindow,
    QWindow,
)
from PySide6.QtOpenGL import QOpenGLWindow

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent

IDLE = 1000  # milliseconds until the cursor hides
GL_RENDERER = 0x1F01
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software")


class Director(Protocol):
    """Who decides what the window shows and what its keys do."""

    def paint(self, painter: QPainter, width: int, height: int) -> None: ...
    def pressed(self, event: QKeyEvent) -> None: ...
    def released(self, event: QKeyEvent) -> None: ...
    def may_close(self) -> bool: ...


class Handlers:
    """What both kinds of window do with Qt's events."""

    def begin(self: Any, director: Director) -> None:
        self._director = director
        self.hides_cursor = True
        self._idle = QTimer(self, singleShot=True, interval=IDLE)
        self._idle.timeout.connect(self._rest)
        self.setTitle("Slipstream output")
        self._idle.start()

    def paintEvent(self: Any, event: QPaintEvent) -> None:
        del event
        ratio = self.devicePixelRatio()
        painter = QPainter(self)
        painter.scale(1 / ratio, 1 / ratio)
        self._director.paint(painter, round(self.width() * ratio), round(self.height() * ratio))
        painter.end()

    def keyPressEvent(self: Any, event: QKeyEvent) -> None:
        self._director.pressed(event)

    def keyReleaseEvent(self: Any, event: QKeyEvent) -> None:
        self._director.released(event)

    def mouseMoveEvent(self: Any, event: QMouseEvent) -> None:
        del event
        self.unsetCursor()
        self._idle.start()

    def closeEvent(self: Any, event: QCloseEvent) -> None:
        if self._director.may_close():
            event.accept()
        else:
            event.ignore()

    def _rest(self: Any) -> None:
        if self.hides_cursor:
            self.setCursor(Qt.CursorShape.BlankCursor)


class RasterSurface(Handlers, QRasterWindow):
    """Painted by the processor."""

    def __init__(self, director: Director) -> None:
        super().__init__()
        self.begin(director)


class GraphicsSurface(Handlers, QOpenGLWindow):
    """Painted by the graphics card: a large display costs it nothing."""

    def __init__(self, director: Director) -> None:
        super().__init__()
        self.begin(director)


def renderer() -> str:
    """The name of the graphics card behind OpenGL, "" where there is none worth using."""
    surface = QOffscreenSurface()
    surface.create()
    context = QOpenGLContext()
    if not context.create() or not context.makeCurrent(surface):
        return ""
    name = str(context.functions().glGetString(GL_RENDERER) or "")
    context.doneCurrent()
    return "" if any(word in name.lower() for word in SOFTWARE) else name


def surface_for(director: Director) -> tuple[QWindow, str]:
    """A window, and what paints it."""
    card = renderer()
    if card:
        return GraphicsSurface(director), card
    return RasterSurface(director), "the processor"
