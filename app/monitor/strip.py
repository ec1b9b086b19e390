"""The output's controls in a row: where it is, how it fits, and the switches of an emergency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.live import status_line
from app.output.link import OutputError
from app.output.orders import FITS
from app.theme import icons

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from app.output.displays import Display
    from app.output.link import Output, Status
    from app.session import Session
    from app.settings import Preferences

WORDS = {"fit": "Fit", "fill": "Fill", "stretch": "Stretch", "actual": "1:1"}
FIT_TIPS = "Fit shows all, Fill leaves no border, Stretch gives up the shape, 1:1 does not scale"
SECOND = "Second display"
MARGIN, GAP = 8, 6  # pixels
EVERY = 5  # ticks between looks at the output
HEALTH_EVERY = 15  # and between figures over its picture


class OutputStrip(QWidget):
    """Steers one output and remembers the rig in the settings."""

    def __init__(
        self,
        session: Session,
        output: Output,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._output, self._preferences = session, output, preferences
        self._ticks = 0
        self._said = ""
        self._shows_health = False
        self._shown: tuple[Display, ...] = ()
        self.power = self._switch("display", "Output", "Opens the output window, or closes it")
        self.power.setText("Output")
        self.display = QComboBox(self)
        self.display.setAccessibleName("Display")
        self.display.setToolTip("The display that the output is on")
        self.display.setMinimumWidth(110)
        self.display.addItem(SECOND, "")
        self.display.activated.connect(self._choose_display)
        self.fit = QComboBox(self)
        self.fit.setAccessibleName("Fit")
        self.fit.setToolTip(FIT_TIPS)
        for fit in FITS:
            self.fit.addItem(WORDS[fit], fit)
        self.fit.activated.connect(self._choose_fit)
        self.fullscreen = self._tool("fullscreen", "Full screen on the chosen display (F11)")
        self.pattern = self._tool("color", "Test pattern")
        self.identify = self._tool("eye", "Shows the display's name on it")
        self.blackout = self._switch("blackout", "Black", "Makes the output black (Ctrl+B)")
        self.fade = QPushButton(icons.icon("fade"), "Fade", self)
        self.fade.setToolTip("Fades the output to black, and back (Ctrl+Alt+B)")
        self.fade.setAccessibleName("Fade to black")
        self.freeze = self._switch("freeze", "Freeze", "Holds the output's picture (Ctrl+Shift+B)")
        self.safe = self._switch("safe", "Safe look", "Shows the last good picture")
        self.state = QLabel(self)
        self.state.setProperty("role", "secondary")
        self.state.setMinimumWidth(24)
        self._connect()
        self._arrange()
        self._remember_rig()
        self.show_state()

    # Commands

    def toggle_power(self) -> None:
        """Opens the output, or closes it."""
        if self._output.is_on:
            self._output.stop(wait=False)
        else:
            self._try(self._output.start)
        self.show_state()

    def turn_off(self) -> None:
        """Gives the screens back at once."""
        self._output.stop(wait=False)
        self.show_state()

    def toggle_fullscreen(self) -> None:
        """Fills the chosen display, or becomes a window; opens the output where it is closed."""
        if self._output.is_on:
            self._order(fullscreen=not self._output.orders.fullscreen)
            return
        self._output.order(fullscreen=True)
        self.toggle_power()

    def toggle_blackout(self) -> None:
        self._order(fade=0.0, blackout=not self._output.orders.blackout)

    def toggle_fade(self) -> None:
        self._order(
            fade=float(self._preferences.value.fade), blackout=not self._output.orders.blackout
        )

    def set_blackout(self, on: bool) -> None:
        """Black while a key is held."""
        self._order(fade=0.0, blackout=on)

    def toggle_freeze(self) -> None:
        self._order(freeze=not self._output.orders.freeze)

    def toggle_safe(self) -> None:
        self._order(safe=not self._output.orders.safe)

    def toggle_pattern(self) -> None:
        self._order(pattern=not self._output.orders.pattern)

    def toggle_identify(self) -> None:
        self._order(identify=not self._output.orders.identify)

    def toggle_health(self) -> None:
        """Lays rates and latency over the output's picture, or takes them away."""
        self._shows_health = not self._shows_health
        self._order(hud=self._figures() if self._shows_health else "")

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the strip does, by the ids of actions."""
        return {
            "output.fullscreen": self.toggle_fullscreen,
            "output.off": self.turn_off,
            "output.identify": self.toggle_identify,
            "output.pattern": self.toggle_pattern,
            "output.health": self.toggle_health,
            "panic.blackout": self.toggle_blackout,
            "panic.fade": self.toggle_fade,
            "panic.freeze": self.toggle_freeze,
            "perform.safe": self.toggle_safe,
        }

    def states(self) -> dict[str, Callable[[], bool]]:
        """Which of them are on."""
        orders = self._output
        return {
            "output.fullscreen": lambda: orders.is_on and orders.orders.fullscreen,
            "output.pattern": lambda: orders.orders.pattern,
            "output.health": lambda: self._shows_health,
            "panic.blackout": lambda: orders.orders.blackout,
            "panic.freeze": lambda: orders.orders.freeze,
        }

    # Looking

    def tick(self) -> None:
        """Shows what keys in the output's window changed, and says what it has to say."""
        self._ticks += 1
        if self._ticks % EVERY:
            return
        said = self._output.status.said
        if said and said != self._said:
            self._session.said.tell(said, "warning")
        self._said = said
        if self._shows_health and self._ticks % HEALTH_EVERY == 0:
            self._try(lambda: self._output.order(hud=self._figures()))
        if self.isVisible():
            self.show_state()

    def show_state(self) -> None:
        """Puts every control where the output is."""
        orders, status, is_on = self._output.orders, self._output.status, self._output.is_on
        for button, on in (
            (self.power, is_on),
            (self.fullscreen, orders.fullscreen),
            (self.pattern, orders.pattern),
            (self.identify, orders.identify),
            (self.blackout, orders.blackout),
            (self.freeze, orders.freeze),
            (self.safe, orders.safe),
        ):
            button.setChecked(on)
        self._list_displays(status.displays)
        self.fit.setCurrentIndex(FITS.index(orders.fit))
        self.state.setText(self._sentence())
        self.state.setToolTip(_how(status) if status.alive else "")

    def _sentence(self) -> str:
        status = self._output.status
        if not self._output.is_on:
            return "Off"
        if not status.alive:
            return "Opening…"
        orders, size = self._output.orders, f"{status.size[0]} × {status.size[1]}"
        for on, word in (
            (orders.blackout, "Black"),
            (orders.safe, "Safe look"),
            (orders.freeze, "Frozen"),
            (status.held, "Holding"),
        ):
            if on:
                return f"{word} · {size}"
        return f"{status.fps:.0f} fps · {size}"

    def _figures(self) -> str:
        stats = self._session.stats()
        if stats is None:
            return "the engine is stopped"
        _, _, rest = status_line(stats, self._session.graph).partition(": ")
        return rest.replace(" · ", "\n")

    def _list_displays(self, found: tuple[Display, ...]) -> None:
        if found and found != self._shown:
            self._shown = found
            self.display.clear()
            self.display.addItem(SECOND, "")
            for display in found:
                self.display.addItem(display.label, display.name)
        wanted = self._output.orders.display
        if self.display.findData(wanted) < 0:
            self.display.addItem(f"{wanted} · not there" if self._shown else wanted, wanted)
        self.display.setCurrentIndex(self.display.findData(wanted))

    # Hands

    def _choose_display(self, at: int) -> None:
        name = self.display.itemData(at)
        self._order(display=name)
        self._preferences.set(output_display=name)

    def _choose_fit(self, at: int) -> None:
        self._order(fit=self.fit.itemData(at))
        self._preferences.set(output_fit=self.fit.itemData(at))

    def _order(self, **changes: object) -> None:
        self._try(lambda: self._output.order(**changes))
        self.show_state()

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except OutputError as error:
            self._session.said.tell(str(error), "error")

    def _remember_rig(self) -> None:
        wanted = self._preferences.value
        if not self._output.is_on:
            self._output.order(
                display=wanted.output_display, fit=wanted.output_fit, on_top=wanted.output_on_top
            )
        self._preferences.changed.listen(
            lambda _, new: self._order(
                display=new.output_display, fit=new.output_fit, on_top=new.output_on_top
            )
        )

    def _connect(self) -> None:
        for button, call in (
            (self.power, self.toggle_power),
            (self.fullscreen, self.toggle_fullscreen),
            (self.pattern, self.toggle_pattern),
            (self.identify, self.toggle_identify),
            (self.blackout, self.toggle_blackout),
            (self.fade, self.toggle_fade),
            (self.freeze, self.toggle_freeze),
            (self.safe, self.toggle_safe),
        ):
            button.clicked.connect(lambda _=False, call=call: call())

    def minimumSizeHint(self) -> QSize:
        parts = [part.minimumSizeHint() for part in self._parts]
        lines = sum(part.height() for part in parts) + GAP + MARGIN
        return QSize(max(part.width() for part in parts) + 2 * MARGIN, lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        row = QBoxLayout.Direction.LeftToRight
        fits = sum(part.sizeHint().width() for part in self._parts) + 2 * MARGIN + GAP
        self._box.setDirection(row if self.width() >= fits else QBoxLayout.Direction.TopToBottom)

    def _arrange(self) -> None:
        """One line where there is room, else the rig above the switches."""
        rig = (self.power, self.display, self.fit, self.fullscreen, self.pattern, self.identify)
        self.display.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        switches = (self.blackout, self.fade, self.freeze, self.safe, self.state)
        self._parts = (_line(rig, self), _line(switches, self))
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(MARGIN, 4, MARGIN, 4)
        self._box.setSpacing(GAP)
        self._box.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self._box.addWidget(self._parts[0], 1)
        self._box.addWidget(self._parts[1], 1)

    def _switch(self, icon: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(icons.icon(icon), text, self)
        button.setCheckable(True)
        button.setProperty("role", "air" if icon in ("blackout", "freeze", "safe") else "")
        button.setToolTip(tip)
        button.setAccessibleName(text)
        return button

    def _tool(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setIconSize(QSize(18, 18))
        button.setCheckable(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button


def _how(status: Status) -> str:
    awake = f"kept off by {status.awake}" if status.awake else "not kept off: no way is known here"
    return f"Painted by {status.painter}; the screen saver is {awake}"


def _line(widgets: Sequence[QWidget], parent: QWidget) -> QWidget:
    line = QWidget(parent)
    layout = QHBoxLayout(line)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    if isinstance(widgets[-1], QLabel):
        layout.setStretchFactor(widgets[-1], 1)
    return line
