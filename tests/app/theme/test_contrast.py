"""Every pair of colours that meets on the screen can be told apart, in every theme."""

from __future__ import annotations

import pytest

from app.theme import tokens

GROUNDS = ("bg.canvas", "bg.panel", "bg.node", "bg.field")
UNDER_TEXT = (*GROUNDS, "bg.hover", "bg.selected", "bg.pressed", "bg.tooltip", "bg.overlay")
SIGNS = (
    *("accent", "focus", "ok", "warn", "error", "air", "preview", "border.control"),
    *(f"driver.{name}" for name in ("midi", "osc", "key", "lfo", "audio", "beat", "link", "cue")),
)
FAMILIES = tuple(tokens.LOOKS)
HEADERS = tuple(dict.fromkeys(tokens.HEADERS.values()))


@pytest.fixture(params=tokens.names())
def theme(request: pytest.FixtureRequest) -> tokens.Tokens:
    return tokens.load(request.param)


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def weak(theme: tokens.Tokens, fronts: tuple[str, ...], backs: tuple[str, ...], least: float):
    """The pairs whose contrast is below the least."""
    found = {}
    for front in fronts:
        for back in backs:
            dark, light = sorted(luminance(theme.hex(name)) for name in (front, back))
            found[front, back] = round((light + 0.05) / (dark + 0.05), 2)
    return {pair: ratio for pair, ratio in found.items() if ratio < least}


def test_black_on_white_has_the_highest_contrast():
    assert luminance("#FFFFFF") == pytest.approx(1.0)
    assert luminance("#000000") == 0.0


def test_text_is_legible_on_every_ground(theme: tokens.Tokens):
    assert weak(theme, ("text", "text.secondary"), UNDER_TEXT, 4.5) == {}


def test_text_is_easy_to_read_on_the_usual_grounds(theme: tokens.Tokens):
    assert weak(theme, ("text",), GROUNDS, 7.0) == {}
    assert weak(theme, ("text.secondary",), GROUNDS, 6.0) == {}


def test_disabled_text_can_still_be_made_out(theme: tokens.Tokens):
    assert weak(theme, ("text.disabled",), GROUNDS, 3.0) == {}


def test_white_on_filled_buttons_is_legible(theme: tokens.Tokens):
    assert weak(theme, ("button.text",), ("button",), 4.5) == {}
    assert weak(theme, ("air.text",), ("air.fill",), 4.5) == {}


def test_signs_and_rings_stand_out_on_every_ground(theme: tokens.Tokens):
    assert weak(theme, SIGNS, GROUNDS, 3.0) == {}
    assert weak(theme, ("selection",), ("bg.canvas", "bg.node"), 7.0) == {}


def test_sentences_of_warning_are_legible_in_panels(theme: tokens.Tokens):
    assert weak(theme, ("ok", "warn", "error", "accent"), ("bg.panel", "bg.node"), 4.4) == {}


def test_ports_stand_out_on_nodes_and_links_on_the_canvas(theme: tokens.Tokens):
    ports = tuple(f"port.{family}" for family in FAMILIES)
    assert weak(theme, ports, ("bg.node",), 4.29) == {}
    assert weak(theme, ports, ("bg.canvas",), 4.0) == {}


def test_titles_are_legible_on_the_tint_of_every_header(theme: tokens.Tokens):
    assert weak(theme, ("text",), tuple(f"header.{name}" for name in HEADERS), 7.0) == {}


def test_high_contrast_is_higher_still():
    theme = tokens.load("high_contrast")
    assert weak(theme, ("text", "text.secondary", *SIGNS), GROUNDS, 7.0) == {}
