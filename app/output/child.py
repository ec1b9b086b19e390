"""The output's own process: shows what comes through the ring, whatever becomes of who sends it.

It is started as `python -m app.output.child FILE` and knows Qt, numpy and the ring alone: neither
torch nor the engine, so that it is there in half a second and nothing of theirs can stop it.
Blackout, freeze, the safe look and the last picture live here. It ends when it is told to, or by
Ctrl+Shift+Alt+W in its window.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication, QImage, QPainter

from app.output.displays import Choice, Display, choose, displays
from app.output.look import Look
from app.output.orders import Ledger
from app.output.painting import Overlay, image_of, paint
from app.output.ring import RingError, RingReader
from app.output.surface import RasterSurface, surface_for
from app.output.wakefulness import Wakefulness

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
REPORT_EVERY = 0.25  # seconds
UNDO_FOR = 5.0  # seconds in which Esc leaves a full screen that covers the only display
TWICE = 0.6  # seconds between two Esc that mean the safe look
HOLD = 0.4  # seconds after which letting go of B ends the blackout it began
GONE = 2.0  # seconds without a sign of life after which the studio is taken for gone
WINDOWED = (960, 540)
OFF = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
OFF |= Qt.KeyboardModifier.AltModifier


class Child:
    """The window, its state, and the ends of the ring."""

    def __init__(self, app: QGuiApplication, ring: RingReader, *, raster: bool = False) -> None:
        self._app = app
        self._ring = ring
        self._look = Look()
        self._ledger = Ledger()
        self._said = ""
        self._closed = ""
        self._image: tuple[Any, QImage | None] = (
            None,
            None,
        )  # the pixels, and what is made of them
        self._paints: list[tuple[float, int]] = []  # when which frame was painted
        self._undo_until = self._escaped = self._pressed_at = self._reported = 0.0
        self._seen = 0
        self._hinted, self._moved = "", False  # what was painted last
        self._wakefulness = Wakefulness()
        self._window: Any
        if raster:
            self._window, self._painter = RasterSurface(self), "the processor"
        else:
            self._window, self._painter = surface_for(self)
        app.screenAdded.connect(self._screens_changed)
        app.screenRemoved.connect(self._screens_changed)
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._obey()
        self._place()
        self._timer.start()

    # The ring

    def tick(self) -> None:
        """Once a picture of the display: orders, the newest frame, and now and then a report."""
        self._ring.beat()
        self._obey()
        picture = self._ring.read(self._seen)
        if picture is not None:
            self._seen = picture.serial
            self._look.feed(picture)
        hint, moving = self._hint(), self._look.moving
        # the end of a fade is painted too
        overdue = moving or self._moved or hint != self._hinted or self._ledger.orders.mark
        if picture is not None or overdue:
            self._hinted, self._moved = hint, moving
            self._window.update()
        if time.monotonic() - self._reported >= REPORT_EVERY:
            self._report()

    def _obey(self) -> None:
        letter = self._ring.new_orders()
        if letter is None:
            return
        for name, value in self._ledger.take(letter).items():
            self._follow(name, value)
        self._window.update()
        self._report()

    def _follow(self, name: str, value: Any) -> None:
        match name:
            case "blackout":
                self._look.blackout(value, self._ledger.orders.fade)
            case "freeze":
                self._look.freeze(value)
            case "safe" | "safe_picture":
                self._look.logo = self._picture_file(self._ledger.orders.safe_picture)
                self._look.safe(self._ledger.orders.safe)
            case "hide_cursor":
                self._window.hides_cursor = value
                self._window.unsetCursor()
            case "display" | "fullscreen" | "on_top":
                self._place()
            case "dump" if value:
                self._dump(Path(value))
            case "quit" if value:
                self._app.exit()

    def _report(self) -> None:
        self._reported = now = time.monotonic()
        self._paints = [paint for paint in self._paints if now - paint[0] <= 1.0]
        orders = self._ledger.orders
        found = self._displays()
        self._ring.tell(
            {
                "pid": os.getpid(),
                "fps": len({serial for _, serial in self._paints}),
                "serial": self._seen,
                "late": self._ring.late,
                "displays": [list(display) for display in found],
                "display": found[self._choice().place].name if found else "",
                "size": list(self._size()),
                "held": self._look.held,
                "painter": self._painter,
                "awake": self._wakefulness.way,
                "said": self._said,
                "closed": self._closed,
                "taken": self._ledger.counts,
                "blackout": orders.blackout,
                "freeze": orders.freeze,
                "safe": orders.safe,
                "fullscreen": orders.fullscreen,
            }
        )

    # The window

    def paint(self, painter: QPainter, width: int, height: int) -> None:
        """Paints the scene of this moment."""
        scene = self._look.scene()
        if scene.picture is not self._image[0]:
            made = image_of(scene.picture) if scene.picture is not None else None
            self._image = (scene.picture, made)
        self._paints.append((time.monotonic(), scene.serial))
        overlay = self._overlay(scene.held)
        paint(
            painter, (width, height), self._image[1], self._ledger.orders.fit, scene.dark, overlay
        )

    def pressed(self, event: QKeyEvent) -> None:
        """B blackout, F freeze, Esc Esc safe look, F11 full screen, Ctrl+Shift+Alt+W off."""
        if event.isAutoRepeat():
            return
        now = time.monotonic()
        match event.key():
            case Qt.Key.Key_W if event.modifiers() & OFF == OFF:
                self._off()
            case Qt.Key.Key_B:
                self._pressed_at = now if not self._look.dark else 0.0
                self._do(blackout=not self._look.dark)
            case Qt.Key.Key_F:
                self._do(freeze=not self._look.frozen)
            case Qt.Key.Key_F11:
                self._do(fullscreen=not self._ledger.orders.fullscreen)
            case Qt.Key.Key_Escape if self._undo_left() > 0:
                self._undo_until = 0.0
                self._do(fullscreen=False)
            case Qt.Key.Key_Escape:
                twice = now - self._escaped <= TWICE
                self._escaped = 0.0 if twice else now
                if twice:
                    self._do(safe=not self._look.is_safe)

    def released(self, event: QKeyEvent) -> None:
        """Ends a blackout for which B was held down."""
        if event.key() != Qt.Key.Key_B or event.isAutoRepeat() or not self._pressed_at:
            return
        held, self._pressed_at = time.monotonic() - self._pressed_at, 0.0
        if held >= HOLD:
            self._do(blackout=False)

    def may_close(self) -> bool:
        """A full screen is not closed by a window manager's key; a window with a frame is."""
        if not self._ledger.orders.fullscreen:
            self._off()
        return not self._ledger.orders.fullscreen

    def _do(self, **changes: Any) -> None:
        """Changes the state by hand; the studio reads of it in the report."""
        self._ledger.mirror(**changes)
        for name, value in changes.items():
            self._follow(name, value)
        self._window.update()
        self._report()

    def _off(self) -> None:
        self._closed = "hand"
        self._report()
        self._app.exit()  # quit() would ask the window, and a full screen says no

    def _overlay(self, held: bool) -> Overlay:
        orders = self._ledger.orders
        found = self._displays()
        return Overlay(
            pattern=orders.pattern,
            identify=orders.identify,
            display=found[self._choice().place].name if found else "",
            hud=orders.hud,
            hint=self._hint(),
            mark=orders.mark and held,
        )

    def _hint(self) -> str:
        left = self._undo_left()
        return f"Esc leaves full screen ({math.ceil(left)} s)" if left > 0 else ""

    def _place(self) -> None:
        """Puts the window on its display, with or without a frame."""
        found = self._displays()
        if not found:
            return
        choice = self._choice()
        self._said = choice.said
        screen, orders = self._app.screens()[choice.place], self._ledger.orders
        flags = Qt.WindowType.Window
        flags |= Qt.WindowType.FramelessWindowHint if orders.fullscreen else flags
        flags |= Qt.WindowType.WindowStaysOnTopHint if orders.on_top else flags
        if self._window.flags() != flags or self._window.screen() is not screen:
            self._window.hide()
        self._window.setFlags(flags)
        self._window.setScreen(screen)
        self._timer.setInterval(max(4, round(1000 / max(1.0, screen.refreshRate()))))
        if orders.fullscreen:
            self._window.setGeometry(screen.geometry())
            self._window.showFullScreen()
            self._undo_until = time.monotonic() + UNDO_FOR if choice.only else 0.0
        else:
            self._window.resize(*WINDOWED)
            self._window.setPosition(screen.availableGeometry().topLeft())
            self._window.showNormal()

    def leave(self) -> None:
        """Lets go of the window and the ring, and of the file where nobody writes it any more."""
        self._timer.stop()
        self._window.hide()
        self._report()
        if self._ring.writer_silent > GONE:
            for path in (self._ring.path, self._ring.path.with_suffix(".log")):
                path.unlink(missing_ok=True)
        self._ring.close()

    def _screens_changed(self, *_: object) -> None:
        self._place()
        self._report()

    def _displays(self) -> tuple[Display, ...]:
        return displays(self._app.screens(), self._app.primaryScreen())

    def _choice(self) -> Choice:
        return choose(self._displays(), self._ledger.orders.display)

    def _undo_left(self) -> float:
        return max(0.0, self._undo_until - time.monotonic())

    def _size(self) -> tuple[int, int]:
        ratio = self._window.devicePixelRatio()
        return round(self._window.width() * ratio), round(self._window.height() * ratio)

    def _dump(self, path: Path) -> None:
        """Paints what the window shows into a PNG file, which appears whole."""
        image = QImage(*self._size(), QImage.Format.Format_RGB32)
        painter = QPainter(image)
        self.paint(painter, image.width(), image.height())
        painter.end()
        partial = path.with_name("." + path.name)
        if image.save(str(partial)):
            partial.replace(path)
        else:
            self._said = f"cannot write '{path}'"

    def _picture_file(self, name: str) -> np.ndarray | None:
        """A picture file as (H, W, 3), None where none is chosen or it cannot be read."""
        if not name:
            return None
        image = QImage(name)
        if image.isNull():
            self._said = f"cannot read '{name}' for the safe look; the last good picture is used"
            return None
        image = image.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
        return np.ascontiguousarray(pixels)


def main(words: list[str]) -> int:
    """Shows one ring until it is told to end; 2 where the file is no ring."""
    try:
        ring = RingReader(Path(words[0]))
    except RingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    app = QGuiApplication(["slipstream-output"])
    app.setQuitOnLastWindowClosed(False)
    for font in sorted(FONTS.glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(font))
    signal.signal(signal.SIGTERM, lambda *_: app.exit())
    child = Child(app, ring, raster="--raster" in words[1:])
    code = app.exec()
    child.leave()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
