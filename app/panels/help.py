"""Help for a node: what it does to the picture, its ports and parameters, where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from app.panels.help_page import blank, page
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from engine.spec import NodeSpec


class HelpPanel(QWidget):
    """Follows the selection. Its links to presets tell `preset_chosen`, those to nodes lead on."""

    preset_chosen = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.shown: NodeSpec | None = None
        self.page = QTextBrowser()
        self._build()
        ends = [
            session.selected.listen(self._select),
            tokens.changed.listen(lambda _: self._write()),
        ]
        self.destroyed.connect(lambda: [end() for end in ends])
        self._select(session.selection)

    def _build(self) -> None:
        self.page.setProperty("role", "page")
        self.page.setAccessibleName("Node help")
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._follow)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.page)

    def commands(self) -> dict[str, Callable[[], None]]:
        """What this panel does when it is asked for by name."""
        return {"help.node": self.read}

    def read(self) -> None:
        """Puts the page of the selected node under the reader's keys."""
        self._select(self._session.selection)
        self.page.setFocus()

    def show_type(self, id: str) -> None:
        """Shows the page of a node type; the page stays where there is none of that id."""
        found = self._session.registry.find(id)
        if found is not None and found is not self.shown:
            self.shown = found
            self._write()

    def _select(self, keys: tuple[str, ...]) -> None:
        spec = self._session.graph.spec(keys[-1]) if keys else None
        if spec is not None:
            self.show_type(spec.id)
        elif self.shown is None:
            self._write()

    def _follow(self, link: QUrl) -> None:
        if link.scheme() == "preset":
            self.preset_chosen.emit(link.path())
        else:
            self.show_type(link.path())

    def _write(self) -> None:
        shown = self.shown
        self.page.setHtml(page(shown, self._session.registry) if shown else blank())
