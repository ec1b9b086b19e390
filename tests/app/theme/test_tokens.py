"""A theme is named values; a name that is not there says which one was meant."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor

from app.theme import tokens
from engine.values import PORT_TYPES, Clip, Frame, Mask, Trigger


def test_every_theme_has_the_same_colours():
    names = [set(tokens.load(name).colors) for name in tokens.names()]
    assert names[1:] == names[:-1]


def test_every_colour_is_six_digits():
    for name in tokens.names():
        colors = tokens.load(name).colors.values()
        assert [c for c in colors if not re.fullmatch("#[0-9A-F]{6}", c)] == []


def test_the_colours_named_in_the_docstring_exist():
    listed = re.findall(r"[a-z]+\.[a-z]+", (tokens.__doc__ or "").split("driver.{")[0])
    assert set(listed) - {"e.g"} <= set(tokens.load("dark").colors)


def test_a_theme_that_is_not_there_says_which_is():
    with pytest.raises(ValueError, match=r"no theme 'drak'.*dark"):
        tokens.load("drak")


def test_a_colour_that_is_not_there_says_which_is():
    with pytest.raises(KeyError, match=r"no colour 'bg\.canvsa'.*bg\.canvas"):
        tokens.load("dark").color("bg.canvsa")


def test_a_colour_is_what_the_file_says():
    assert tokens.load("dark").color("bg.canvas") == QColor("#15171C")


def test_every_type_that_travels_has_a_look_of_its_own_family():
    assert set(PORT_TYPES) == set(tokens.FAMILIES)


def test_ports_differ_by_shape_where_colours_are_near():
    look = tokens.load("dark")
    shapes = [look.port(type).shape for type in (Frame, Clip, Mask, Trigger)]
    assert len(set(shapes)) == 4


def test_families_of_types_differ_by_shape_alone():
    shapes = [shape for shape, _, _ in tokens.LOOKS.values()]
    assert len(set(shapes)) == len(shapes)


def test_a_type_that_nobody_knows_is_any():
    assert tokens.load("dark").port(object).shape == "hollow_ring"


def test_every_folder_of_nodes_has_a_header():
    folders = {p.name for p in (tokens.ASSETS.parent / "nodes").iterdir() if p.is_dir()}
    menus = folders - {"models", "rollout", "worlds", "__pycache__"}
    assert menus - set(tokens.HEADERS) == set()


def test_fonts_have_their_size_in_pixels_and_digits_of_one_width(qapp: object):
    look = tokens.load("dark")
    assert look.font("title").pixelSize() == 13
    assert look.font("mono", 20).pixelSize() == 20


def test_a_fill_under_the_pointer_moves_toward_the_text():
    for name, sign in (("dark", 1), ("light", -1)):
        look = tokens.load(name)
        moved = look.hover(look.color("bg.node")).lightnessF()
        assert (moved - look.color("bg.node").lightnessF()) * sign == pytest.approx(0.06, abs=0.03)
