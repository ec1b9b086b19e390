"""Claims about the video restyle node: every picture comes out once at its own time, and no change
of source or knob loses one.
"""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from engine.values import Frame, Prompt, Trigger
from nodes.generate.video_restyle import VideoRestyle, clips
from nodes.memory.ring import RingMemory
from nodes.memory.window import WindowMemory
from tests.nodes.generate.video_parts import (
    DT,
    frames,
    packets,
    play,
    ready,
    same,
    shown,
    times,
)

FIRE = Prompt.of("fire")


@pytest.fixture
def restyle(video_folder):
    def build(**params: object) -> VideoRestyle:
        plain = {"model": str(video_folder), "steps": 2, "follows_motion": False}
        return ready(VideoRestyle(**plain | params))

    return build


def halves(node: VideoRestyle, first: list, second: list, **changes: object) -> list:
    """What comes of two runs of packets with parameters changed between them."""
    given, out = list(first), []
    with torch.no_grad():
        while given:
            size = node.window("frame")
            taken, given = given[:size], given[size:]
            out += [each.out for each in node.process(tuple(taken), None)]
    for name, value in changes.items():
        setattr(node, name, value)
    return out + play(node, second)


@pytest.mark.parametrize("batching", ["off", "steps"])
@pytest.mark.parametrize("count", [1, 2, 9, 14])
def test_every_picture_comes_out_once_at_its_time(restyle, batching, count):
    out = play(restyle(batching=batching, steps=3), packets(frames(count)))
    assert times(out) == [at * DT for at in range(count)]


def test_the_first_picture_is_answered_at_once(restyle):
    node = restyle(batching="steps", steps=4)
    first = list(node.process(tuple(packets(frames(1))), None))
    assert times([each.out for each in first]) == [0]
    assert node.window("frame") == 8


def test_a_block_that_the_window_cannot_hold_is_refused_with_the_first_picture(restyle):
    with pytest.raises(ParamError, match=r"cannot hold a block of 64: make it \d+ or more"):
        list(restyle(block=64).process(tuple(packets(frames(1))), None))


def test_the_same_seed_paints_the_same_twice(restyle):
    given = packets(frames(9))
    assert same(play(restyle(), given), play(restyle(), given))
    assert not same(play(restyle(seed=8), given), play(restyle(), given))


def test_low_strength_keeps_more_of_the_picture(restyle):
    given = packets(frames(9))
    plain = play(restyle(strength=0.02, steps=1), given)
    near, far = (play(restyle(strength=s, steps=1), given) for s in (0.1, 0.9))

    def off(out) -> float:
        pairs = zip(shown(out), shown(plain), strict=True)
        return sum((a - b).square().mean().item() for (_, a), (_, b) in pairs)

    assert off(near) < off(far)


def test_a_node_that_went_back_goes_on_bit_for_bit(restyle):
    node, given = restyle(batching="steps", steps=3, follows_motion=True), packets(frames(25))
    halves(node, given[:17], [])
    node = restyle(batching="steps", steps=3, follows_motion=True)
    with torch.no_grad():
        list(node.process(tuple(given[:1]), None))
        list(node.process(tuple(given[1:9]), None))
        kept = node.snapshot()
        once = play(node, given[9:])
        node.restore(kept)
        assert same(once, play(node, given[9:]))


def test_motion_lowers_the_strength(restyle):
    still, node = restyle(follows_motion=True), restyle(follows_motion=True)
    noise = packets([Frame(torch.rand(1, 3, 32, 48)) for _ in range(9)])
    halves(still, packets(frames(1) * 9), [], prompt=FIRE)
    with torch.no_grad():
        list(node.process(tuple(noise[:1]), None))
        list(node.process(tuple(noise[1:]), None))
        list(still.process(tuple(packets(frames(1))), None))
    assert node._past.noise.strength < still._past.noise.strength == pytest.approx(0.6)


CHANGES = [
    {"prompt": FIRE},
    {"strength": 0.3},
    {"steps": 4},
    {"steps": 1},
    {"seed": 5},
    {"batching": "off"},
    {"block": 1},
    {"block": 3},
    {"width": 64, "height": 64},
    {"restart": Trigger(1)},
    {"carry": 0.6},
    {"batching": "off", "history": "clean"},
]


@pytest.mark.parametrize("params", CHANGES, ids=str)
def test_no_change_loses_a_picture_or_flashes(restyle, params):
    given = packets(frames(25))
    node = restyle(batching="steps", steps=3)
    out = halves(node, given[:17], given[17:], **params)
    assert times(out) == [at * DT for at in range(25)]
    for _, picture in shown(out):
        assert torch.isfinite(picture).all()
        assert picture.std() > 1e-3


def test_a_source_of_another_size_begins_anew_and_loses_nothing(restyle):
    small, large = frames(9), frames(8, 64, 64)
    given = packets([*small, *large])
    out = halves(restyle(batching="steps"), given[:9], given[9:])
    assert times(out) == [at * DT for at in range(17)]
    assert {tuple(picture.shape[1:]) for _, picture in shown(out)} == {(32, 48), (39, 39)}


def test_a_size_that_changes_within_a_window_is_fitted(restyle):
    node = restyle(width=48, height=32)
    out = play(node, packets([*frames(5), *frames(6, 30, 100)]))
    assert len(shown(out)) == 11


def test_a_source_of_another_rate_keeps_its_times(restyle):
    when = [at * DT for at in range(12)] + [12 * DT + at * DT // 2 for at in range(10)]
    assert times(play(restyle(), packets(frames(22), when))) == when


def test_uneven_times_are_kept_to_the_flick(restyle):
    when = [0, 7, 11, 1000, 1001, 5000, 9999, 20_000, 20_001]
    assert times(play(restyle(), packets(frames(9), when))) == when


def test_a_reset_between_windows_begins_anew_with_what_the_engine_hands_over(restyle):
    node, given = restyle(), packets(frames(17))
    halves(node, given[:9], [])
    node.reset()
    with torch.no_grad():
        out = [each.out for each in node.process(tuple(given[9:]), None)]
    assert times(out) == [at * DT for at in range(9, 17)]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (17, 33), (31, 47), (64, 16)])
def test_any_size_comes_out_as_asked_for(restyle, height, width):
    node = restyle(width=width, height=height, steps=1)
    out = play(node, packets(frames(3)))
    assert {tuple(picture.shape[1:]) for _, picture in shown(out)} == {(height, width)}


def test_the_shape_of_the_source_is_kept_at_the_models_area(restyle):
    out = play(restyle(steps=1), packets(frames(1, 120, 40)))
    height, width = shown(out)[0][1].shape[1:]
    assert height == 3 * width - 1 == 68


def test_a_linked_memory_is_swapped_between_two_windows(restyle):
    node, given = restyle(), packets(frames(25))
    play(node, given[:9], RingMemory(frames=6, sink=1).process())
    out = play(node, given[9:], WindowMemory(frames=5, sink=0).process())
    assert len(shown(out)) == 16
    assert all(torch.isfinite(picture).all() for _, picture in shown(out))


def test_a_failed_call_leaves_the_stream_where_it_was(restyle):
    node, given = restyle(), packets(frames(9))
    halves(node, given[:1], [])
    list(node.process(tuple(given[:1]), None))
    kept = node._past
    node.prompt = Prompt((("sea", float("nan")),))
    with pytest.raises(ParamError):
        list(node.process(tuple(given[1:]), None))
    assert node._past is kept


def test_drift_is_told_beside_the_source(restyle):
    node = restyle(steps=1)
    dimmed = [Frame(frame.tensor * (1 - at / 300)) for at, frame in enumerate(frames(150))]
    play(node, packets(dimmed[:1]))
    given, told = packets(dimmed), 0.0
    with torch.no_grad():
        while given:
            size = node.window("frame")
            taken, given = given[:size], given[size:]
            told = [each.drift for each in node.process(tuple(taken), None)][-1:] or [told]
    assert 0 <= told[0] < 3


def test_clips_hold_what_is_evenly_spaced():
    pictures = torch.zeros(5, 3, 2, 2)
    found = clips(pictures, (0, 10, 20, 35, 45), 10)
    assert [(packet.pts, len(packet.value.tensor)) for packet in found] == [(0, 3), (35, 2)]
    assert clips(pictures[:1], (7,), 24)[0].value.rate == 705_600_000 / 24
