"""The world source: words in, a moving picture out that never jumps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import Any

import pytest
import torch

from engine.node import Context, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from engine.values import Trigger
from nodes.sources.world import AT_ONCE, Shown, World
from nodes.worlds.live_words import TABLES
from nodes.worlds.workshop import AHEAD

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


def at(node: World, index: int, **inputs: Any) -> Shown:
    return node.process(Tick(index * DT, DT, index), **inputs)


def picture(node: World, index: int) -> torch.Tensor:
    return at(node, index).frame.value.tensor


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
    assert shown.frame.value.tensor.shape == (1, 3, size[1], size[0])
    assert shown.mask.value.tensor.shape == (1, 1, size[1], size[0])
    assert 0 <= float(shown.frame.value.tensor.min()) <= float(shown.frame.value.tensor.max()) <= 1
    assert float(shown.frame.value.tensor.std()) > 0.02


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
            x, y = shown.track.value.tensor[0, 0].tolist()
            assert float(shown.mask.value.tensor[0, 0, int(y), int(x)]) > 0.99
            assert bool(shown.track.value.visible[0, 0])
    with playing(**plain()) as bare:
        assert at(bare, 0).track.value.tensor.shape == (0, 1, 2)


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
    assert small.frame.value.tensor.shape == (1, 3, 112, 200)
    assert float(small.mask.value.tensor.max()) <= 1


def test_a_node_that_is_reset_begins_again() -> None:
    with playing(**plain(camera="right")) as node:
        first = picture(node, 0)
        at(node, 30)
        node.reset()
        assert torch.equal(picture(node, 90), first)


def cuts(node: World, last: int) -> list[int]:
    return [index for index in range(last) if at(node, index).frame.cut]


def test_a_cut_is_elsewhere_says_so_and_keeps_the_thing() -> None:
    with playing(**plain(thing="orb", colour="blue", motion="still", cut_every=2.0)) as node:
        before, after = [at(node, index) for index in range(49)][-2:]
    sent = (after.frame, after.mask, after.track, after.depth, after.flow, after.camera)
    assert not before.frame.cut
    assert all(packet.cut for packet in sent)
    one, other = (shown.text.pieces[0][0] for shown in (before, after))
    assert other.startswith("a blue orb")
    assert one.split(" over ")[1] != other.split(" over ")[1]
    assert before.track.value.ids.tolist() == after.track.value.ids.tolist() == [0]
    off = (before.frame.value.tensor - after.frame.value.tensor).abs().mean()
    assert float(off) > 0.05


def test_the_thing_keeps_its_size_and_shade_over_cuts() -> None:
    with playing(**plain(thing="orb", motion="still", cut_every=2.0)) as node:
        worlds = []
        for index in range(3 * 48 + 2):
            at(node, index)
            worlds += [node._world] if node._world not in worlds else []
    assert len(worlds) == 4
    sizes = [float(world.build.radius) / world.close for world in worlds if world]
    assert sizes == pytest.approx([sizes[0]] * 4, rel=1e-6)
    shades = [world.worlds.colour for world in worlds if world]
    assert all(torch.equal(shade, shades[0]) for shade in shades)


def test_cuts_fall_by_seconds_by_beats_and_by_hand() -> None:
    with playing(**plain(cut_every=1.5)) as node:
        assert cuts(node, 80) == [36, 72]
    with playing(**plain(cut_every=4.0)) as node:
        found = [i for i in range(60) if at(node, i, beat=i / 6).frame.cut]
        assert found == [24, 48]
    with playing(**plain(cut=Trigger(3))) as node:
        assert cuts(node, 30) == []
        node.cut = Trigger(4)
        first = [index for index in range(30, 60) if at(node, index).frame.cut]
        assert first == [30 + round(AHEAD * 24)]
        node.cut = Trigger(5)
        assert at(node, 70).frame.cut


def test_without_cuts_no_shot_is_painted_ahead() -> None:
    with playing(**plain()) as node:
        at(node, 0), at(node, 30)
        assert node._shop is not None
        assert len(node._shop._painted) == 1


def test_a_menu_after_a_cut_changes_the_shot_and_not_its_place() -> None:
    with playing(**plain(thing="orb", transition=0, cut_every=1.0)) as node:
        cuts(node, 25)
        node.cut_every = 0.0
        scene = at(node, 26).text.pieces[0][0].split(" over ")[1]
        node.thing = "star"
        text = [at(node, index) for index in range(27, 40)][-1].text.pieces[0][0]
    assert "star" in text
    assert text.endswith(scene)


def test_a_transition_of_nought_to_another_land_is_a_cut_and_to_another_thing_none() -> None:
    with playing(**plain(transition=0)) as node:
        at(node, 0)
        node.time = "night"
        assert len(cuts(node, 30)) == 1
        node.thing = "orb"
        assert [index for index in range(30, 60) if at(node, index).frame.cut] == []


def test_what_nobody_reads_is_not_made() -> None:
    with playing(**plain(camera="right")) as node:
        at(node, 0), at(node, 1)
        assert node._sight is not None
        assert "owners" not in vars(node._sight)
        shown = at(node, 2)
        assert shown.depth.value.tensor.shape == (1, 1, 48, 64)
        assert "owners" in vars(node._sight)


def test_flow_follows_the_camera_and_is_not_trusted_over_a_cut() -> None:
    with playing(**plain(camera="right", cut_every=1.0)) as node:
        shown = [at(node, index).flow.value for index in range(25)]
        valid = [flow.valid for flow in shown if flow.valid is not None]
        assert valid[0].max() == valid[24].max() == 0
        assert valid[10].mean() > 0.9
        assert shown[10].tensor[0, 0, -1].max() < -0.1
        assert shown[24].tensor.abs().max() == 0


def test_the_camera_is_where_the_picture_is_seen_from() -> None:
    with playing(200, 112, detail="half", **plain(camera="right")) as node:
        first, last = (at(node, index).camera.value for index in (0, 24))
    assert first.tensor.shape == (1, 4, 4)
    assert float(last.tensor[0, 0, 3] - first.tensor[0, 0, 3]) == pytest.approx(1.8, rel=0.25)
    assert float(first.intrinsics[0, 0, 0]) == pytest.approx(112, rel=0.02)
    assert float(first.intrinsics[0, 0, 2]) == pytest.approx(100)


def test_both_things_of_a_dissolve_are_followed_under_their_numbers() -> None:
    with playing(**plain(thing="orb")) as node:
        at(node, 0)
        node.thing = "star"
        numbers = [at(node, index).track.value.ids.tolist() for index in range(1, 40)]
    assert numbers[0] == [0]
    assert [0, 1] in numbers
    assert [1, 0] in numbers
    assert numbers[-1] == [1]


@pytest.mark.parametrize("camera", ["handheld", "tilt", "roll", "dolly"])
def test_a_camera_that_turns_or_nears_moves_the_picture_softly(camera: str) -> None:
    with playing(**plain(camera=camera, pace=2.0)) as node:
        frames = [picture(node, index) for index in range(36)]
    steps = [float((b - a).abs().mean()) for a, b in itertools.pairwise(frames)]
    assert max(steps) < 0.03
    assert float((frames[-1] - frames[0]).abs().mean()) > 0.005


def test_a_tripod_stands_and_a_hand_shakes_even_where_time_does() -> None:
    with playing(**plain(speed=0.0, shake=2.0)) as shaken, playing(**plain(speed=0.0)) as still:
        assert not torch.equal(picture(shaken, 0), picture(shaken, 24))
        assert torch.equal(picture(still, 0), picture(still, 24))


def test_a_camera_that_is_taken_into_the_hand_stays_in_its_world() -> None:
    with playing(**plain(camera="still")) as node:
        before = [picture(node, index) for index in range(3)][-1]
        node.camera = "handheld"
        after = picture(node, 3)
        assert node._change is None
        assert float((after - before).abs().mean()) < 0.03
