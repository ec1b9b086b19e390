"""Which field edits which parameter: one table from types to widgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from app.inspector.choices import Choice, Segments, Switch, side_by_side
from app.inspector.color_field import ColorField
from app.inspector.files import LISTS, FileField, NameField
from app.inspector.fire import Fire
from app.inspector.prompt_field import PromptField
from app.inspector.scrub import ScrubField
from app.inspector.textbox import TextBox
from engine.values import Color, Prompt, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from app.inspector.look import Driver
    from engine.spec import Param


class Editor(Protocol):
    """What every field does. `edited` tells a value of the parameter's own type, `settled` that a
    gesture is over, `refused` a sentence about what cannot be.
    """

    edited: Any
    settled: Any
    refused: Any
    wide: bool  # it takes the whole width, below its label
    marks_live: bool  # it draws the driven value itself

    def show_value(self, value: Any) -> None:
        """Shows a value; None where several nodes differ."""
        ...

    def show_live(self, value: Any, driver: Driver | None) -> None:
        """Shows what a driver makes of it meanwhile."""
        ...


def _text(param: Param) -> QWidget:
    return TextBox(param.name)


EDITORS: Mapping[type, Callable[[Param], QWidget]] = {
    float: ScrubField,
    int: ScrubField,
    bool: Switch,
    str: _text,
    Path: FileField,
    Color: ColorField,
    Trigger: Fire,
    Prompt: PromptField,
}


def editor(param: Param, type_id: str = "") -> Any:
    """A field for a parameter of a node type: an `Editor` that is a QWidget."""
    if param.choices:
        return Segments(param) if side_by_side(param) else Choice(param)
    known = LISTS.get(f"{type_id}.{param.name}")
    if known is not None:
        return NameField(param, known)
    return EDITORS[param.type](param)
