"""What a right click on a parameter offers; the same everywhere, so that hands learn it once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from app.control import binding
from app.control.source import parse
from app.editing.nesting import demote_param, promote_param
from app.inspector import drive
from app.theme import icon
from engine.cells import LINK

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.inspector.knob import Knob
    from app.inspector.row import Row
    from engine.document import Document

BANDS = {"low": "Bass", "mid": "Middle", "high": "Treble", "rms": "Loudness", "onset": "Onsets"}
LEARN = {
    "midi": ("midi", "MIDI learn…"),
    "osc": ("osc", "OSC learn…"),
    "key": ("keyboard", "Key…"),
}
PICTURES = {"lfo": "lfo", "beat": "beat", "lfo.random": "dice"}


@dataclass(frozen=True)
class Wishes:
    """What others do for the inspector, when a menu asks for it."""

    help: Callable[[str], object]  # a node type's id
    learn: Callable[[str, str, str], object]  # key, parameter, "midi", "osc" or "key"
    dashboard: Callable[[str, str], object]  # key, parameter


def plain_menu(row: Row) -> QMenu:
    """For what is no parameter of a node."""
    menu = QMenu(row)
    _value_actions(menu, row.knob)
    return menu


def node_menu(row: Row, wishes: Wishes) -> QMenu:
    """For a parameter of one node or of several."""
    menu, knob = QMenu(row), row.knob
    _value_actions(menu, knob)
    address = _add(menu, "osc", f"Copy address {knob.address}", partial(copy, knob.address))
    address.setEnabled(knob.param.live)
    _add(menu, "command", "Copy for the command line", partial(copy, knob.cli))
    menu.addSeparator()
    _drive_actions(menu, knob)
    _bind_actions(menu, knob, wishes)
    action = _add(menu, "controls", "Add to dashboard", _each(wishes.dashboard, knob))
    action.setEnabled(knob.param.live)
    menu.addSeparator()
    locked = knob.is_locked
    word, picture = ("Unlock", "unlock") if locked else ("Lock", "lock")
    _add(menu, picture, word, partial(knob.lock, not locked))
    type_id = knob.session.graph.entry(knob.key).type
    _add(menu, "help", "Help", partial(wishes.help, type_id))
    return menu


def copy(text: str) -> None:
    """Puts a text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


def pasted() -> str:
    """The text on the clipboard."""
    return QGuiApplication.clipboard().text()


def _value_actions(menu: QMenu, knob: Any) -> None:
    reset = _add(menu, "reset", "Reset", knob.reset)
    reset.setEnabled(knob.is_modified and knob.can_edit)
    reset.setShortcut(QKeySequence("Backspace"))
    menu.addSeparator()
    _add(menu, "copy", "Copy value", partial(copy, knob.text))
    paste = _add(menu, "paste", "Paste value", lambda: knob.paste(pasted()))
    paste.setEnabled(knob.can_edit and bool(pasted()))


def _drive_actions(menu: QMenu, knob: Knob) -> None:
    word = "Hide port" if knob.is_exposed else "Expose as port"
    shown = _add(menu, "expose", word, partial(knob.expose, not knob.is_exposed))
    shown.setEnabled(knob.param.exposable)
    if "/" in knob.key:
        _outside_action(menu, knob)
    if drive.is_drivable(knob.param):
        ways = menu.addMenu(icon("lfo"), "Drive by")
        for name, (title, way) in drive.WAYS.items():
            _add(ways, PICTURES[name], title, partial(_drive, knob, title, way))
        sound = ways.addMenu(icon("audio"), "Sound")
        for band, title in BANDS.items():
            _add(sound, "audio", title, partial(_follow_sound, knob, band))
    if knob.link is not None:
        _add(menu, "close", f"Disconnect {knob.link.source}", knob.unlink)
    if knob.driver not in (None, LINK):
        _add(menu, "undo", "Let go of the live value", knob.let_go)


def _outside_action(menu: QMenu, knob: Knob) -> None:
    """Inside a subgraph: whether the parameter is among those of the subgraph itself."""
    session, (group, _, last) = knob.session, knob.key.rpartition("/")
    end, inner = f"{knob.key}.{knob.name}", f"{last}.{knob.name}"
    params = session.graph.entry(group).border.params
    shown = next((name for name, at in params.items() if at == inner), None)
    word = "Hide from the subgraph" if shown else "Show on the subgraph"

    def make() -> Document:
        document = session.document
        if shown:
            return demote_param(document, f"{group}.{shown}")
        return promote_param(document, end)[0]

    _add(menu, "subgraph", word, lambda: session.try_edit(word, make))


def _drive(knob: Knob, title: str, way: Callable[..., Document]) -> None:
    def make() -> Document:
        document = knob.session.document
        for key in knob.keys:
            document = way(document, key, knob.name)
        return document

    knob.session.try_edit(f"Drive {knob.label.lower()} by {title}", make)


def _follow_sound(knob: Knob, band: str) -> None:
    def make() -> Document:
        document = knob.session.document
        for key in knob.keys:
            span = drive.fitting(document, key, knob.name)
            wanted = binding.Binding(parse(f"audio:{band}"), f"{key}.{knob.name}", range=span)
            document = binding.bind(document, wanted)
        return document

    knob.session.try_edit(f"Drive {knob.label.lower()} by sound", make)


def _bind_actions(menu: QMenu, knob: Knob, wishes: Wishes) -> None:
    bind = menu.addMenu(icon("midi"), "Bind")
    bind.setEnabled(knob.param.live)
    for kind, (picture, title) in LEARN.items():
        _add(bind, picture, title, partial(wishes.learn, knob.key, knob.name, kind))
    document, end = knob.session.document, f"{knob.key}.{knob.name}"
    for index, known in enumerate(binding.read(document)):
        if isinstance(known, binding.Binding) and known.param == end:
            title = f"Unbind {known.source.title}"
            _add(bind, "close", title, partial(_unbind, knob, index))


def _unbind(knob: Knob, index: int) -> None:
    session = knob.session
    session.try_edit("Unbind", lambda: binding.unbind(session.document, index))


def _each(wish: Callable[[str, str], object], knob: Knob) -> Callable[[], None]:
    def ask() -> None:
        for key in knob.keys:
            wish(key, knob.name)

    return ask


def _add(menu: QMenu, picture: str, text: str, call: Callable[[], object]) -> Any:
    return menu.addAction(icon(picture), text, lambda: call())
