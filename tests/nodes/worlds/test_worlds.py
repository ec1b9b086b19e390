"""The worlds and their words: seeded, true to the grammar, every scene and style paints."""

from __future__ import annotations

import random

import pytest
import torch

from nodes.worlds.render import Painter, render
from nodes.worlds.words import (
    OBJECTS,
    SCENES,
    STYLES,
    TIMES,
    Words,
    describe,
    draw_words,
    vocabulary,
)


def paint(words: list[Words], size: int = 32) -> torch.Tensor:
    return render(words, size, size, torch.Generator().manual_seed(0))


def test_the_same_seed_paints_the_same_worlds() -> None:
    first, again = Painter(3).batch(4, 32, 32), Painter(3).batch(4, 32, 32)
    assert torch.equal(first.pictures, again.pictures)
    assert first.texts == again.texts


def test_another_seed_paints_other_worlds() -> None:
    assert not torch.equal(
        Painter(3).batch(2, 32, 32).pictures, Painter(4).batch(2, 32, 32).pictures
    )


@pytest.mark.parametrize("style", STYLES)
def test_every_style_paints_every_scene_within_range(style: str) -> None:
    pictures = paint([Words(s, "day", "none", "red", "blue", style) for s in SCENES])
    assert pictures.shape == (len(SCENES), 3, 32, 32)
    assert bool(torch.isfinite(pictures).all())
    assert 0 <= float(pictures.min()) <= float(pictures.max()) <= 1


@pytest.mark.parametrize("thing", [name for name in OBJECTS if name != "none"])
def test_every_thing_shows_its_colour(thing: str) -> None:
    red, blue = paint(
        [Words("meadow", "day", thing, colour, "white", "photo") for colour in ("red", "blue")], 64
    )
    assert float((red - blue).abs().amax(0).gt(0.2).float().mean()) > 0.005


def test_night_is_darker_than_day() -> None:
    pictures = paint(
        [Words("meadow", time, "none", "red", "red", "photo") for time in ("day", "night")]
    )
    assert float(pictures[0].mean()) > 1.5 * float(pictures[1].mean())


def test_wide_pictures_keep_their_shape() -> None:
    words = [Words("islands", "dusk", "boat", "red", "red", "stained glass")]
    assert render(words, 48, 96, torch.Generator().manual_seed(0)).shape == (1, 3, 48, 96)


def test_a_named_thing_carries_its_own_colour() -> None:
    dice = random.Random(0)
    words = Words("sea", "night", "orb", "pink", "brown", "photo")
    said = [describe(words, dice) for _ in range(100)]
    assert all("pink" in text and "brown" not in text for text in said)
    assert any("night" in text for text in said)


def test_drawn_words_are_keys_of_the_tables() -> None:
    dice = random.Random(0)
    drawn = [draw_words(dice) for _ in range(200)]
    assert {w.scene for w in drawn} == set(SCENES)
    assert {w.style for w in drawn} == set(STYLES)
    assert {w.thing for w in drawn} == set(OBJECTS)


def test_every_word_of_the_grammar_is_in_the_vocabulary() -> None:
    known = set(vocabulary())
    phrases = [
        p for table in (SCENES, TIMES, OBJECTS, STYLES) for many in table.values() for p in many
    ]
    missing = {w for p in phrases for w in p.replace("-", " ").split() if w.isalpha()} - known
    assert not missing
