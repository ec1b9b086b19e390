"""Every parameter of every installed node type has a field that takes and gives its values."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.control.addresses import path_of
from app.inspector.address import explained, readable
from app.inspector.choices import Choice, Segments, Switch
from app.inspector.color_field import ColorField
from app.inspector.editors import editor
from app.inspector.files import FileField, NameField
from app.inspector.fire import Fire
from app.inspector.prompt_field import PromptField
from app.inspector.scrub import ScrubField
from app.inspector.textbox import TextBox
from app.program import Program
from engine.param import Param
from engine.values import Color, Prompt, Trigger

CHANCE = random.Random(7)
TEXTS = ("", "a", "two\nlines", "naïve 🎆 שלום", " spaces ")


def values(param: Param) -> list[Any]:
    """The default, the limits and a few between them."""
    limits = [param.type(end) for end in (param.min, param.max) if end is not None]
    return [param.default, *limits, *(_any(param) for _ in range(3))]


def _any(param: Param) -> Any:
    low = param.min if param.min is not None else -50
    high = param.max if param.max is not None else 50
    made = {
        float: lambda: round(CHANCE.uniform(low, high), 3),
        int: lambda: CHANCE.randint(int(low), int(high)),
        bool: lambda: CHANCE.random() < 0.5,
        str: lambda: CHANCE.choice(param.choices or TEXTS),
        Path: lambda: Path("/tmp") / f"{CHANCE.randrange(99)}.mp4",
        Color: lambda: Color(f"#{CHANCE.randrange(1 << 24):06x}"),
        Trigger: lambda: Trigger(CHANCE.randrange(1000)),
        Prompt: lambda: Prompt(tuple((text, CHANCE.random()) for text in TEXTS[1:3]), "slerp"),
    }
    return made[param.type]()


# How a value is put into a field by its parts, as a hand would, and told by it
HANDS: dict[type[QWidget], Any] = {
    ScrubField: lambda field, value: field._put(value),
    Switch: lambda field, value: (field.setChecked(not value), field.click()),
    Segments: lambda field, value: field.buttons[value].click(),
    Choice: lambda field, value: field.activated.emit(field.param.choices.index(value)),
    TextBox: lambda field, value: (field.setPlainText(value), field.commit()),
    NameField: lambda field, value: (field.line.setText(value), field.line.commit()),
    FileField: lambda field, value: field.take(str(value)),
    ColorField: lambda field, value: (field.line.setText(value), field.line.commit()),
    Fire: lambda field, value: (field.show_value(value - 1), field.pressed.emit()),
}


def test_every_parameter_round_trips(program: Program, qtbot: QtBot) -> None:
    for spec in program.registry.specs():
        for param in spec.params:
            field = editor(param, spec.id)
            qtbot.addWidget(field)
            told: list[Any] = []
            field.edited.connect(told.append)
            for value in values(param):
                field.show_value(None)
                told.clear()
                assert _put(field, value, told), (spec.id, param.name, value)
                field.show_value(value)
                field.show_value(None)


def _put(field: Any, value: Any, told: list[Any]) -> bool:
    if isinstance(field, PromptField):
        field.show_value(value)
        return _shown(field) == value
    HANDS[type(field)](field, value)
    if not told:  # what is shown for "mixed" is this very value
        return value in ("", Trigger(0))
    return _is_same(told[-1], value)


def _is_same(told: Any, value: Any) -> bool:
    if type(value) is float:
        return type(told) is float and told == pytest.approx(value, rel=1e-3, abs=1e-3)
    return type(told) is type(value) and told == value


def _shown(field: PromptField) -> Prompt:
    pieces = tuple((piece.text.toPlainText(), piece.weight.number) for piece in field.pieces)
    return Prompt(pieces, field._prompt.blend)


def test_every_parameter_says_what_it_does_and_has_an_address_of_its_own(program: Program) -> None:
    for spec in program.registry.specs():
        tips = [explained(param, "node") for param in spec.params]
        addresses = {path_of("node", param.name) for param in spec.params}
        assert len(addresses) == len(spec.params)
        for param, tip in zip(spec.params, tips, strict=True):
            assert param.doc in tip
            assert "Default" in tip
            assert (path_of("node", param.name) in tip) == param.live


def test_few_short_choices_lie_side_by_side(qtbot: QtBot) -> None:
    few = Param("fit", str, "fill", "Fit", choices=("fill", "fit"))
    many = Param("mode", str, "a", "Mode", choices=tuple("abcdefghij" * 4))
    for param, kind in ((few, Segments), (many, Choice)):
        field = editor(param)
        qtbot.addWidget(field)
        assert isinstance(field, kind)


def test_a_prompt_is_read_as_its_texts() -> None:
    assert readable(Prompt.of("hills")) == "hills"
    assert readable(Prompt((("hills", 0.7), ("neon", 0.3)))) == "hills (0.70), neon (0.30)"
    assert len(readable(Prompt.of("x" * 10_000))) == 81
