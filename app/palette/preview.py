"""What the highlighted offer is: its node drawn, its help, its ports and parameters."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.chrome import paint_face
from app.canvas.face import Face, Wired, read_face
from app.canvas.metrics import MARGIN, Tier
from app.placement import Place
from app.theme import tokens
from engine.graph import Graph
from engine.registry import Registry

if TYPE_CHECKING:
    from app.palette.offers import Offer
    from engine.spec import NodeSpec

SHOWN_PARAMS = 8


class Preview(QWidget):
    """The right side of the palette."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card = Card()
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._text)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._card, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(area, 1)
        self.setAccessibleName("About the node")

    def show_offer(self, offer: Offer | None) -> None:
        """Shows an offer, or nothing."""
        self._card.show_face(face_of(offer.spec) if offer and offer.spec else None)
        self._text.setText(page(offer) if offer else "")


class Card(QWidget):
    """A node as it will look on the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self._face: Face | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_face(self, face: Face | None) -> None:
        self._face = face
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if self._face is None:
            return QSize(0, 0)
        width, height = self._face.size
        return QSize(width + 2 * MARGIN, height + 2 * MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._face is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(MARGIN, MARGIN)
        paint_face(painter, self._face, Tier.FULL)
        painter.end()


def face_of(spec: NodeSpec) -> Face:
    """How a new node of a type looks."""
    types = Registry()
    types.add(spec)
    key = spec.id.rpartition(".")[2]
    return read_face(Graph(types).add(spec.id, key), key, Place(0, 0, thumbnail=False), Wired())


def page(offer: Offer) -> str:
    """The help of an offer as rich text."""
    grey = tokens.current().hex("text.secondary")
    paragraphs = [_marked(text.replace("\n", " ")) for text in offer.doc.split("\n\n")]
    parts = [f"<p>{text}</p>" for text in paragraphs]
    if offer.spec and offer.spec.params:
        parts.append(f"<p style='color:{grey}'>Parameters</p>{_params(offer.spec, grey)}")
    if offer.aliases:
        also = escape(", ".join(offer.aliases))
        parts.append(f"<p style='color:{grey}'>Also found as {also}</p>")
    return "".join(parts)


def _marked(text: str) -> str:
    """Names between backticks in the font of values."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _params(spec: NodeSpec, grey: str) -> str:
    rows = [
        f"<tr><td style='padding-right:8px'>{escape(param.name)}</td>"
        f"<td style='color:{grey}'>{escape(_brief(param.doc))}</td></tr>"
        for param in spec.params[:SHOWN_PARAMS]
    ]
    more = len(spec.params) - SHOWN_PARAMS
    rest = f"<p style='color:{grey}'>and {more} more</p>" if more > 0 else ""
    return f"<table>{''.join(rows)}</table>{rest}"


def _brief(doc: str) -> str:
    first = doc.replace("\n", " ").split(". ")[0].split("; ")[0].rstrip(".")
    return first if len(first) <= 60 else f"{first[:59].rstrip()}…"
