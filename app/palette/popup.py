"""The palette at the cursor: type a few letters, Enter places the node where the pointer is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.palette.listing import OfferTree
from app.palette.offers import Offer, fitting, of_folder, of_registry
from app.palette.preview import Preview
from app.palette.ranking import ranked, tree
from app.theme import icons, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtCore import QModelIndex

    from app.palette.offers import End
    from app.palette.usage import Usage
    from engine.registry import Registry

SIZE = QSize(620, 400)
PAGE = 10
HINT = "Enter place   Shift+Enter place and link   Alt+Enter place without a link   Esc leave"
HINT_FILTERED = "Enter place and link   Esc leave"
STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: PAGE,
    Qt.Key.Key_PageUp: -PAGE,
}

Wiring = Literal["auto", "force", "never"]


class Choice(NamedTuple):
    """What was chosen, and whether it is to be linked."""

    offer: Offer
    wiring: Wiring


class Palette(QFrame):
    """A popup with a search field, a list and a preview; `chosen` tells what to place.

    It closes itself at a choice, Esc or a click outside; `left` tells that nothing was chosen.
    """

    chosen = Signal(object)  # Choice
    left = Signal()

    def __init__(
        self,
        registry: Registry,
        usage: Usage,
        saved: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._registry, self._usage, self._saved = registry, usage, saved
        self._offers: list[Offer] = []
        self._neighbour = ""
        self._order: dict[str, int] = {}
        self._end: End | None = None
        self._was_chosen = False
        self.search = QLineEdit(clearButtonEnabled=True)
        self.listing = OfferTree()
        self._preview = Preview()
        self._filter = QLabel()
        self._hint = QLabel(HINT)
        self._build()

    def ask(
        self,
        at: QPoint,
        *,
        end: End | None = None,
        neighbour: str = "",
        order: Sequence[str] = (),
    ) -> None:
        """Opens at a point of the screen.

        An end keeps what fits it, in the order of node types that is given; the type of a
        neighbour ranks what is found.
        """
        self._order = {id: place for place, id in enumerate(order)}
        self._end, self._neighbour, self._was_chosen = end, neighbour, False
        known = [*of_registry(self._registry), *(of_folder(self._saved) if self._saved else ())]
        self._offers = fitting(known, end) if end else known
        self._filter.setText(_filter_text(end))
        self._filter.setVisible(end is not None)
        self._hint.setText(HINT_FILTERED if end else HINT)
        self.search.clear()
        self._refill("")
        self.move(_on_screen(at, self.size()))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # else Return and arrows would be commands of the canvas behind
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QEvent) -> None:
        super().hideEvent(event)  # type: ignore[arg-type]
        if not self._was_chosen:
            self._was_chosen = True
            self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = tokens.current(), QPainter(self)
        painter.setPen(QPen(look.color("border.control"), 1))
        painter.setBrush(look.color("bg.panel"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _build(self) -> None:
        self.resize(SIZE)
        self.setAccessibleName("Add a node")
        self.search.setPlaceholderText("Add a node")
        self.search.setAccessibleName("Name of a node")
        self.search.addAction(icons.icon("search", "text.secondary"), _LEADING)
        self.search.installEventFilter(self)
        self.search.textEdited.connect(self._refill)
        self.listing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.listing.setAccessibleName("Nodes")
        self.listing.currentItemChanged.connect(lambda *_: self._show_preview())
        self.listing.clicked.connect(self._clicked)
        self._lay_out()

    def _lay_out(self) -> None:
        lists = QHBoxLayout()
        lists.setSpacing(0)
        lists.addWidget(self.listing, 3)
        lists.addWidget(self._preview, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 9, 9, 7)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self._filter)
        column.addLayout(lists, 1)
        column.addWidget(self._hint)
        for label in (self._hint, self._filter):
            label.setFont(tokens.current().font("label"))
            label.setEnabled(label is self._filter)

    def _refill(self, query: str) -> None:
        if query.strip():
            self.listing.show_found(ranked(self._offers, query, self._weight), query)
        elif self._end is not None:
            last = len(self._order)
            best = sorted(self._offers, key=lambda offer: self._order.get(offer.id, last))
            self.listing.show_found(best, "")
        else:
            sections = tree(self._offers, self._usage.recent, self._usage.favourites)
            self.listing.show_sections(sections, {"Recent", "Favourites"})
        self._show_preview()

    def _weight(self, id: str) -> float:
        before = self._neighbour if self._end is not None and not self._end.is_output else ""
        return self._usage.weight(id, after="" if before else self._neighbour, before=before)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in STEPS:
            self.listing.step(STEPS[key])
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(_wiring(event.modifiers()))
            return True
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not self.search.text():
            return self.listing.open(key == Qt.Key.Key_Right)
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.listing.step(1 if key == Qt.Key.Key_Tab else -1)
            return True
        return False

    def _clicked(self, index: QModelIndex) -> None:
        if self.listing.offer() is not None:
            self._choose(_wiring(QGuiApplication.keyboardModifiers()))

    def _choose(self, wiring: Wiring) -> None:
        offer = self.listing.offer()
        if offer is None:
            self.listing.open(not self.listing.is_open())
            return
        self._was_chosen = True
        self._usage.placed(offer.id)
        self.hide()
        self.chosen.emit(Choice(offer, wiring))

    def _show_preview(self) -> None:
        self._preview.show_offer(self.listing.offer())


_LEADING = QLineEdit.ActionPosition.LeadingPosition


def _wiring(modifiers: Qt.KeyboardModifier) -> Wiring:
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return "force"
    return "never" if modifiers & Qt.KeyboardModifier.AltModifier else "auto"


def _filter_text(end: End | None) -> str:
    if end is None:
        return ""
    verb = "Takes" if end.is_output else "Gives"
    way = "from" if end.is_output else "to"
    return f"{verb} {end.port.type.__name__} {way} {end.address}"


def _on_screen(at: QPoint, size: QSize) -> QPoint:
    """The point, moved so that a window of that size is on its screen."""
    screen = QGuiApplication.screenAt(at) or QGuiApplication.primaryScreen()
    room = screen.availableGeometry()
    x = max(room.left(), min(at.x(), room.right() - size.width()))
    return QPoint(x, max(room.top(), min(at.y(), room.bottom() - size.height())))
