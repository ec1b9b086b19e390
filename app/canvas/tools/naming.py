"""Giving names: of nodes, frames and notes, in the floating editor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from app import editing
from app.canvas.metrics import HEADER
from app.canvas.region_items import BAR
from app.editing.boxes import put_backdrop, put_note

if TYPE_CHECKING:
    from app.canvas.region_items import BackdropItem, NoteItem
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.editor import Editor


class Naming:
    """One edit for each name that is kept; a name that stays the same is none."""

    def __init__(self, bench: Bench, editor: Editor) -> None:
        self._bench, self._editor = bench, editor

    def node(self, key: str) -> None:
        """Opens the title of a node."""
        item = self._bench.scene.node(key)
        if item is not None:
            rect = QRectF(item.rect.topLeft(), item.rect.topRight())
            rect.setHeight(HEADER)
            self._editor.edit_line(rect, item.face.title, lambda name: self._rename(key, name))

    def box(self, id: str) -> None:
        """Opens the title of a frame, or the text of a note."""
        frame, note = self._bench.scene.backdrops.get(id), self._bench.scene.notes.get(id)
        if frame is not None:
            rect = QRectF(frame.rect.topLeft(), frame.rect.topRight())
            rect.setHeight(BAR)
            self._editor.edit_line(rect, frame.backdrop.title, lambda t: self._title(frame, t))
        elif note is not None:
            self._editor.edit_text(note.rect, note.note.text, lambda text: self._text(note, text))

    def _rename(self, key: str, name: str) -> None:
        if not name.strip():
            return
        bench = self._bench
        made = bench.made(f"Rename {key}", lambda: editing.rename(bench.document, key, name))
        if made is not None and made != key:
            bench.session.select([made])

    def _title(self, item: BackdropItem, title: str) -> None:
        changed = replace(item.backdrop, title=" ".join(title.split()))
        bench = self._bench
        if changed != item.backdrop:
            bench.session.try_edit(
                "Name a frame", lambda: put_backdrop(bench.document, changed, bench.path)
            )

    def _text(self, item: NoteItem, text: str) -> None:
        changed = replace(item.note, text=text.rstrip())
        bench = self._bench
        if changed != item.note:
            bench.session.try_edit(
                "Write a note", lambda: put_note(bench.document, changed, bench.path)
            )
