"""Program and preview: a fader between them, the preview's switch, cut and timed transition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractSlider, QHBoxLayout, QPushButton, QWidget

from app.perform.painting import draw_focus
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from app.cues.player import CuePlayer
    from app.session import Session

STEPS = 1000
NUDGE = 0.05  # of Z and X
CAP = 26.0  # pixels that the handle is wide
LETTER = 22.0
HEIGHT = 44


class Fader(QAbstractSlider):
    """From A to B; `moved` tells of hands."""

    moved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_held = False
        self._quiet = False
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Crossfader")
        self.setMinimumSize(130, 40)
        self.valueChanged.connect(self._tell)

    def sizeHint(self) -> QSize:
        return QSize(220, 44)

    def show_mix(self, mix: float) -> None:
        """Shows the model's; at its other end the hand has let go."""
        if self.is_held and mix == 0.0 and self.value() == STEPS:
            self.is_held = False
        if not self.is_held:
            self._quiet = True
            self.setValue(round(mix * STEPS))
            self._quiet = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.is_held = True
            self._go(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.is_held:
            self._go(event.position().x())

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        self.is_held = False

    def paintEvent(self, _: QPaintEvent) -> None:
        theme, enabled = tokens.current(), self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("title", 15))
        middle, height = self.height() / 2, float(self.height())
        for text, left, color in (("A", 0.0, "air"), ("B", self.width() - LETTER, "preview")):
            painter.setPen(theme.color(color if enabled else "text.disabled"))
            box = QRectF(left, 0, LETTER, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        left, room = self._room()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("bg.field"))
        painter.drawRoundedRect(QRectF(left, middle - 4, room, 8), 4, 4)
        at = left + (room - CAP) * self.value() / STEPS
        painter.setBrush(theme.color("text" if enabled else "border.node"))
        painter.drawRoundedRect(QRectF(at, 5, CAP, height - 10), 4, 4)
        painter.setBrush(theme.color("bg.panel"))
        painter.drawRect(QRectF(at + CAP / 2 - 1, 10, 2, height - 20))
        draw_focus(painter, self)

    def _room(self) -> tuple[float, float]:
        return LETTER + 6, self.width() - 2 * (LETTER + 6)

    def _go(self, x: float) -> None:
        left, room = self._room()
        self.setValue(round((x - left - CAP / 2) / (room - CAP) * STEPS))

    def _tell(self) -> None:
        self.update()
        if not self._quiet:
            self.moved.emit(self.value() / STEPS)


class Crossfader(QWidget):
    """The fader with its preview switch, CUT and AUTO."""

    def __init__(self, session: Session, cues: CuePlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._cues = session, cues
        self.fader = Fader(self)
        self.fader.moved.connect(self._mix)
        self.blind = self._button("PREVIEW", "Edits go to a preview until they are taken")
        self.blind.setCheckable(True)
        self.blind.clicked.connect(lambda on: self._session.set_blind(on))
        self.cut_button = self._button("CUT", "Puts the preview on air at once (Return)")
        self.cut_button.clicked.connect(self.cut)
        self.auto_button = self._button(
            "AUTO", "Fades the preview on air in the morph time (Shift+Return)"
        )
        self.auto_button.clicked.connect(self.auto)
        self.setFixedHeight(HEIGHT)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.blind, self.fader, self.cut_button, self.auto_button):
            layout.addWidget(widget)
        self.tick()

    def tick(self) -> None:
        """Shows where the mix stands."""
        blind = self._session.blind
        if self.blind.isChecked() != blind:
            self.blind.setChecked(blind)
        for widget in (self.fader, self.cut_button, self.auto_button):
            if widget.isEnabled() != blind:
                widget.setEnabled(blind)
        self.fader.setToolTip(
            "A is on air, B is the preview" if blind else "Switch the preview on to have a B"
        )
        self.fader.show_mix(self._session.mix)

    def cut(self) -> None:
        """The preview is on air."""
        self._session.take()

    def auto(self) -> None:
        """The preview fades on air as long as the desk's morph takes."""
        desk = self._cues.desk
        beats = desk.beats
        self._session.take(desk.fade if beats is None else self._cues.tempo.seconds_of(beats))

    def toward_a(self) -> None:
        self._mix(self._session.mix - NUDGE)

    def toward_b(self) -> None:
        self._mix(self._session.mix + NUDGE)

    def _mix(self, share: float) -> None:
        self._session.mix = min(1.0, max(0.0, share))

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(text.capitalize())
        button.setFixedHeight(HEIGHT)
        return button
