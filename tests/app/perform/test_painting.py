"""Colours of the pads: names stay legible on every tag, in every theme."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from app.perform.pad import BRIGHT, CURRENT, RESTING
from app.perform.painting import TAGS, mixed, tag_color
from app.theme import tokens

THEMES = [tokens.load(name) for name in tokens.names()]


def light(color: QColor) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("tag", TAGS)
def test_a_pad_s_name_is_legible_whatever_its_tag(theme: tokens.Tokens, tag: str):
    found = [
        contrast(theme.color("text"), mixed(tag_color(tag), theme.color("bg.node"), share))
        for share in (RESTING, CURRENT, BRIGHT)
    ]
    assert min(found[:2]) >= 4.5, found
    assert found[2] >= 3.0, found


@pytest.mark.parametrize("name", ["", "no colour", "#12", "#zzzzzz"])
def test_a_tag_that_cannot_be_read_is_neutral(name: str):
    assert tag_color(name) == tokens.current().color("border.control")


def test_mixing_goes_from_one_colour_to_the_other():
    black, white = QColor("#000000"), QColor("#ffffff")
    assert mixed(white, black, 0.0) == black
    assert mixed(white, black, 1.0) == white
