"""Edits of a document's cues, each from a document to a document; GraphError where one cannot be.

A cue is named by its place in the document, as `cue_list`, `pads` and `row_of` give it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.cues.cue import COLUMNS, FITS, SNAPSHOTS, Cue, pads, read_cues, row_of
from engine.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.document import Document


def store(
    document: Document, values: Mapping[str, Any], *, row: int, column: int, name: str = ""
) -> Document:
    """Values as a cue on a pad, or into the cue that is there, which keeps its name and fade."""
    if row >= 0 and not column < COLUMNS:
        raise GraphError(f"a row has {COLUMNS} pads, so there is no column {column}")
    there = pads(document).get((row, column)) if row >= 0 else row_of(document, row).get(column)
    if there is None:
        cue = Cue(_free_name(document, name or "Cue"), dict(values), row=row, column=column)
        return _with(document, [*read_cues(document), cue])
    cue = read_cues(document)[there]
    stored = replace(cue, values=dict(values), row=row, column=column, name=name or cue.name)
    return _put(document, there, stored)


def store_snapshot(document: Document, slot: int, values: Mapping[str, Any]) -> Document:
    """Values as the snapshot of a slot from 0 on, in place of what was there."""
    name = f"Snapshot {slot + 1}"
    return store(document, values, row=SNAPSHOTS, column=slot, name=name)


def change(document: Document, at: int, **values: Any) -> Document:
    """Other fade, curve, quantize, color, notes, pre_wait or follow; None is as the desk says."""
    cue = _cue(document, at)
    for name, value in values.items():
        fits = FITS.get(name)
        if fits is None or not (value is None or fits(value)):
            raise GraphError(f"a cue cannot have {name} {value!r}")
    return _put(document, at, replace(cue, **values))


def set_values(document: Document, at: int, values: Mapping[str, Any]) -> Document:
    """Other values that it sets."""
    return _put(document, at, replace(_cue(document, at), values=dict(values)))


def rename(document: Document, at: int, name: str) -> Document:
    """Another name; one that another cue has is numbered."""
    name = " ".join(name.split())
    if not name:
        raise GraphError("a cue needs a name")
    cue = _cue(document, at)
    if name == cue.name:
        return document
    return _put(document, at, replace(cue, name=_free_name(document, name)))


def move(document: Document, at: int, row: int, column: int) -> Document:
    """Onto another pad; a cue that lies there takes the place of this one."""
    if not (row >= 0 and 0 <= column < COLUMNS):
        raise GraphError(f"there is no pad in row {row + 1}, column {column + 1}")
    places = pads(document)
    home = next((pad for pad, cue in places.items() if cue == at), None)
    cues = list(read_cues(document))
    moved = replace(_cue(document, at), row=row, column=column)
    other = places.get((row, column))
    if other is not None and other != at and home is not None:
        cues[other] = replace(cues[other], row=home[0], column=home[1])
    cues[at] = moved
    return _with(document, cues)


def reorder(document: Document, at: int, to: int) -> Document:
    """To another place in the list, the pads as they are."""
    cues = list(_pinned(document))
    _cue(document, at)
    cues.insert(to if to <= at else to - 1, cues.pop(at))
    return _with(document, cues)


def duplicate(document: Document, at: int) -> Document:
    """A copy with a name of its own on the first free pad, behind this one in the list."""
    cue = _cue(document, at)
    copy = replace(cue, name=_free_name(document, cue.name), row=None, column=None)
    cues = list(_pinned(document))
    cues.insert(at + 1, Cue.read({**copy.written()}))
    return _with(document, cues)


def delete(document: Document, at: int) -> Document:
    """Without a cue; the pads of the others stay."""
    _cue(document, at)
    cues = _pinned(document)
    return _with(document, [*cues[:at], *cues[at + 1 :]])


def _pinned(document: Document) -> tuple[Cue, ...]:
    """The cues, each with the pad that it has, so that none moves up when the list changes."""
    cues = list(read_cues(document))
    for (row, column), at in pads(document).items():
        cues[at] = replace(cues[at], row=row, column=column)
    return tuple(cues)


def _cue(document: Document, at: int) -> Cue:
    if not 0 <= at < len(document.cues):
        raise GraphError(f"there is no cue {at + 1}; this document has {len(document.cues)}")
    return Cue.read(document.cues[at])


def _put(document: Document, at: int, cue: Cue) -> Document:
    cues = list(read_cues(document))
    cues[at] = cue
    return _with(document, cues)


def _with(document: Document, cues: Iterable[Cue]) -> Document:
    """The document with other cues, itself where nothing differs."""
    written = tuple(cue.written() for cue in cues)
    return document if written == document.cues else replace(document, cues=written)


def _free_name(document: Document, name: str) -> str:
    names = {cue.name for cue in read_cues(document)}
    if name not in names:
        return name
    stem = name.rstrip("0123456789").rstrip() or name
    numbered = (f"{stem} {n}" for n in range(2, len(names) + 3))
    return next(each for each in numbered if each not in names)
