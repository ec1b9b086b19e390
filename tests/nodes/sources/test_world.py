"""The world source: words in, a moving picture out that never jumps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import Any

import pytest
import torch

from engine.node import Context, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from nodes.sources.world import AHEAD, AT_ONCE, Shown, World
from nodes.worlds.live_words import TABLES

DT = FLICKS_PER_SECOND // 24


@contextmanager
def playing(width: int = 64, height: int = 48, **params: Any) -> Iterator[World]:
    node = World(**params)
    node.ctx = Context(stream=Stream(width, height, Fraction(24)))
    try:
        node.setup(node.ctx)
        yield node
    finally:
        node.teardown()


@contextmanager
def all_playing(*params: dict[str, Any]) -> Iterator[list[World]]:
    with ExitStack() as stack:
        yield [stack.enter_context(playing(**one)) for one in params]


def at(node: World, index: int) -> Shown:
    return node.process(Tick(index * DT, DT, index))


def picture(node: World, index: int) -> torch.Tensor:
    return at(node, index).frame.tensor


def plain(**params: Any) -> dict[str, Any]:
    return {"scene": "meadow", "time": "day", "thing": "none", "camera": "still"} | params


def test_the_menus_are_the_tables() -> None:
    for name, table in TABLES.items():
        (menu,) = (one for one in World.spec.params if one.name == name)
        assert set(menu.choices) == set(table), name


def test_the_same_words_and_seed_are_the_same_pictures() -> None:
    with playing(seed=4) as one, playing(seed=4) as two, playing(seed=5) as other:
        first = [picture(node, 3) for node in (one, two, other)]
    assert torch.equal(first[0], first[1])
    assert not torch.equal(first[0], first[2])


@pytest.mark.parametrize("size", [(64, 48), (37, 80), (120, 20), (16, 16)])
def test_the_picture_has_the_size_of_the_stream(size: tuple[int, int]) -> None:
    with playing(*size, weather="rain", air="dust", style="oil") as node:
        shown = at(node, 5)
    assert shown.frame.tensor.shape == (1, 3, size[1], size[0])
    assert shown.mask.tensor.shape == (1, 1, size[1], size[0])
    assert 0 <= float(shown.frame.tensor.min()) <= float(shown.frame.tensor.max()) <= 1
    assert float(shown.frame.tensor.std()) > 0.02


def test_another_scene_is_painted_meanwhile_and_dissolves_in() -> None:
    begin = round(AHEAD * 24)
    with (
        playing(**plain()) as node,
        playing(**plain()) as stays,
        playing(**plain(time="night")) as new,
    ):
        at(node, 0), at(stays, 0), at(new, 0)
        node.time = "night"
        assert torch.equal(picture(node, 1), picture(stays, 1))
        at(node, begin), at(stays, begin)
        half = picture(node, 1 + begin + 12)
        ends = picture(stays, 1 + begin + 12), picture(new, 1 + begin + 12)
        assert torch.allclose(half, (ends[0] + ends[1]) / 2, atol=1e-4)
        assert torch.equal(picture(node, 1 + begin + 24), picture(new, 1 + begin + 24))


def test_a_change_without_transition_is_a_cut_and_says_so_in_words() -> None:
    index = 1 + round(AT_ONCE * 24)
    with playing(**plain(transition=0)) as node:
        at(node, 0)
        node.thing = "orb"
        texts = [at(node, i).text.pieces[0][0] for i in range(1, index + 2)]
    assert [("orb" in text) for text in texts].index(True) == index - 1


def test_a_dissolve_mixes_the_prompt_too() -> None:
    with playing(**plain(suffix="oil painting")) as node:
        at(node, 0)
        node.style = "ink"
        pieces = at(node, 1).text.pieces
        later = at(node, 1 + round(AT_ONCE * 24) + 12).text.pieces
    assert pieces == (("a meadow by day, oil painting", 1.0),)
    assert [text for text, _ in later][1] == "a meadow by day, ink drawing, oil painting"
    assert sum(weight for _, weight in later) == pytest.approx(1)


def test_a_knob_that_is_dragged_shows_what_it_came_to() -> None:
    with playing(**plain(transition=0)) as node, playing(**plain(seed=3)) as third:
        at(node, 0), at(third, 0)
        for index in (1, 2, 3):
            node.seed = index
            at(node, index)
        node.seed = 3
        done = 3 + round(AHEAD * 24)
        assert torch.equal(picture(node, done), picture(third, done))


def test_a_wish_that_is_taken_back_changes_nothing() -> None:
    with playing(**plain()) as node, playing(**plain()) as stays:
        at(node, 0), at(stays, 0)
        node.seed = 9
        at(node, 1)
        node.seed = 0
        frames = [(picture(node, i), picture(stays, i)) for i in (2, 30)]
    assert all(torch.equal(a, b) for a, b in frames)


def test_a_camera_that_turns_looks_at_the_same_world() -> None:
    with playing(**plain(camera="right")) as node:
        before = [picture(node, i) for i in range(12)][-1]
        node.camera = "left"
        after = picture(node, 12)
        assert float((after - before).abs().mean()) < 0.03
        assert at(node, 13).text.pieces[0][0].endswith("pan left")


def test_words_go_before_the_menus() -> None:
    with playing(**plain(words="a blue boat at night, pixel art")) as node:
        text = at(node, 0).text.pieces[0][0]
    assert text == "a blue boat near the sea at night, pixel art"


def test_the_track_is_in_the_thing_and_empty_without_one() -> None:
    with playing(96, 54, **plain(thing="orb", motion="circling")) as node:
        for index in (0, 9, 40):
            shown = at(node, index)
            x, y = shown.track.tensor[0, 0].tolist()
            assert float(shown.mask.tensor[0, 0, int(y), int(x)]) > 0.99
            assert bool(shown.track.visible[0, 0])
    with playing(**plain()) as bare:
        assert at(bare, 0).track.tensor.shape == (0, 1, 2)


def test_speed_nought_stands_still_and_below_nought_goes_back() -> None:
    with playing(**plain(camera="right", speed=0.0)) as still:
        assert torch.equal(picture(still, 0), picture(still, 24))
    with playing(**plain(camera="right")) as node:
        before = picture(node, 0)
        at(node, 12)
        node.speed = -1.0
        assert torch.allclose(picture(node, 24), before, atol=1e-4)


def test_detail_half_paints_less_and_shows_the_same_world() -> None:
    params = plain(thing="orb", camera="still")
    with playing(200, 112, detail="half", **params) as half:
        small = at(half, 0)
    assert small.frame.tensor.shape == (1, 3, 112, 200)
    assert float(small.mask.tensor.max()) <= 1


def test_a_node_that_is_reset_begins_again() -> None:
    with playing(**plain(camera="right")) as node:
        first = picture(node, 0)
        at(node, 30)
        node.reset()
        assert torch.equal(picture(node, 90), first)
