"""What a control is to drive, before it is known which control: a place to aim at on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from app.control.binding import Binding, Mode, bind, read, unbind
from app.control.hub import find_param
from app.control.source import BindingError
from app.control.span import is_mappable
from engine.parts import split_end
from engine.values import Trigger

if TYPE_CHECKING:
    from app.control.learn import Learned
    from engine.document import Document
    from engine.param import Param


class Aim(NamedTuple):
    """A parameter with the part that is swept (None: all), an action, or a cue."""

    param: str = ""
    action: str = ""
    cue: str = ""
    range: tuple[float, float] | None = None

    @property
    def title(self) -> str:
        return self.param or self.action or f"cue {self.cue}"


class Mappable(NamedTuple):
    """A place that can be mapped: what lies in `rect` of a widget drives all of `aims`."""

    widget: QWidget
    rect: QRect
    aims: tuple[Aim, ...]
    title: str


def mapped(document: Document, aims: tuple[Aim, ...], learned: Learned) -> Document:
    """The document with a control on all of these."""
    for aim in aims:
        document = bind(document, binding(document, aim, learned))
    return document


def binding(document: Document, aim: Aim, learned: Learned) -> Binding:
    """The binding that serves best; BindingError where the parameter cannot be driven."""
    param = find_param(document, *split_end(aim.param)) if aim.param else None
    return Binding(
        learned.source,
        aim.param,
        aim.action,
        aim.cue,
        range=aim.range,
        mode=_mode(param, learned),
        encoder=learned.encoder,
        resolution=learned.resolution,
    )


def unmapped(document: Document, aims: tuple[Aim, ...], kinds: frozenset[str]) -> Document:
    """The document without what these kinds of controls do to all of these."""
    return unbind(document, *(index for index, _ in on(document, aims, kinds)))


def on(
    document: Document, aims: tuple[Aim, ...], kinds: frozenset[str]
) -> list[tuple[int, Binding]]:
    """The bindings of these kinds to any of these, with their places."""
    wanted = {(aim.param, aim.action, aim.cue) for aim in aims}
    return [
        (index, each)
        for index, each in enumerate(read(document))
        if isinstance(each, Binding)
        and each.source.kind in kinds
        and (each.param, each.action, each.cue) in wanted
    ]


def can_drive(document: Document, aim: Aim) -> bool:
    """Whether a knob or a key can drive it."""
    param = _param(document, aim)
    return is_mappable(param) if param else not aim.param


def has_address(document: Document, aim: Aim) -> bool:
    """Whether OSC reaches it: texts and colours too."""
    param = _param(document, aim)
    return param.live if param else not aim.param


def _param(document: Document, aim: Aim) -> Param | None:
    try:
        return find_param(document, *split_end(aim.param)) if aim.param else None
    except BindingError:
        return None


def _mode(param: Param | None, learned: Learned) -> Mode:
    """Buttons step through choices, strike triggers, and switch the rest."""
    is_button = learned.mode in ("toggle", "trigger")
    if param is None:
        return "trigger"
    if param.type is Trigger:
        return "trigger"
    return "cycle" if param.choices and is_button else learned.mode
