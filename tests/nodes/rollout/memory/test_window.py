"""A window with a sink: what stays, for ever, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from engine.errors import ParamError
from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.policy import refusal
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Absolute, Slot


def block(number: int, frames: int = 1) -> tuple[Page, ...]:
    return tuple(Page(PageTag(number * frames + at, number)) for at in range(frames))


def run(policy, blocks: int, frames: int = 1) -> KVCache:
    cache = KVCache()
    for number in range(blocks):
        cache = policy.commit(cache, block(number, frames))
    return cache


def frames(cache: KVCache) -> list[int]:
    return [tag.frame for tag in cache.tags]


def test_the_first_frames_and_the_newest_stay():
    assert frames(run(Window(frames=6, sink=2), 20)) == [0, 1, 16, 17, 18, 19]


def test_a_block_sees_what_leaves_room_for_itself():
    policy = Window(frames=12, sink=3)
    cache = run(policy, 10, frames=3)
    assert frames(policy.admit(cache, 3)) == [0, 1, 2, 24, 25, 26, 27, 28, 29]


def test_longlives_number_of_keys():
    policy, cache = Window(frames=12, sink=3), KVCache()
    for number in range(9):
        seen = policy.admit(cache, 3).frames + 3
        assert seen == min(3 * number + 3, 12)
        cache = policy.commit(cache, block(number, 3))


def rolled(size: int, sink: int, block: int, blocks: int) -> list[list[int]]:
    """Self-Forcing's buffer, its frames as numbers: shifted left behind the sink, then written."""
    buffer: list[int] = []
    seen = []
    for number in range(blocks):
        new = [number * block + at for at in range(block)]
        evicted = max(0, len(buffer) + block - size)
        buffer = buffer[:sink] + buffer[sink + evicted :] + new
        seen.append(list(buffer))
    return seen


@pytest.mark.parametrize(("size", "sink", "block"), [(12, 3, 3), (6, 3, 1), (7, 0, 2), (21, 1, 5)])
def test_what_a_block_sees_is_the_published_buffer(size, sink, block):
    policy, cache, seen = Window(size, sink), KVCache(), []
    for number in range(30):
        new = tuple(Page(PageTag(number * block + at, number)) for at in range(block))
        seen.append(frames(policy.admit(cache, block)) + [page.tag.frame for page in new])
        cache = policy.commit(cache, new)
    assert seen == rolled(size, sink, block, 30)


def test_the_sink_is_the_same_page_for_ever():
    policy = Window(frames=4, sink=1)
    cache = policy.commit(KVCache(), block(0))
    first = cache.pages[0]
    for number in range(1, 50):
        cache = policy.commit(cache, block(number))
    assert cache.pages[0] is first


def test_pinned_frames_are_the_sink_before_the_oldest_are():
    policy = Window(frames=4, sink=2)
    cache = run(policy, 10).anchored(1)
    for number in range(10, 20):
        cache = policy.commit(cache, block(number))
    assert frames(cache) == [0, 9, 18, 19]


def test_a_hundred_thousand_blocks_stay_in_bounds():
    policy, plan, cache = Window(frames=12, sink=3), Absolute(), KVCache()
    for number in range(100_000):
        new = block(number)
        if number % 97 == 0 or number > 99_990:
            tags = [page.tag for page in new]
            past = policy.admit(cache, 1).tags
            for one in (plan, Slot()):
                got = one.positions(past, tags)
                assert max(got.past + got.block) < 1024
        cache = policy.commit(cache, new)
        assert cache.frames <= 12
    assert frames(cache)[:3] == [0, 1, 2]


def test_a_window_that_shrinks_while_it_runs_keeps_its_sink():
    cache = run(Window(frames=9, sink=2), 20)
    assert frames(Window(frames=4, sink=1).commit(cache, block(20))) == [0, 18, 19, 20]


@pytest.mark.parametrize(
    ("frames", "sink", "sentence"),
    [
        (0, 0, "a window of 0 frames holds nothing: make it 1 or more"),
        (3, -1, "a sink of -1 frames is not a number of frames: make it 0 or more"),
        (
            3,
            3,
            "a sink of 3 frames fills the window of 3: make it 2 or fewer, or the window longer",
        ),
    ],
)
def test_a_window_that_makes_no_sense_is_refused_in_a_sentence(frames, sink, sentence):
    with pytest.raises(ParamError, match=sentence):
        Window(frames, sink)


def test_a_window_that_cannot_hold_the_block_is_refused():
    with pytest.raises(
        ParamError,
        match="a window of 4 frames with a sink of 2 cannot hold a block of 3: make it 5 or more",
    ):
        Window(frames=4, sink=2).admit(KVCache(), 3)


def card(**facts):
    return SimpleNamespace(**{"window": 12, "sink": 3, "rows": frozenset({"clean"})} | facts)


def test_it_says_what_a_checkpoint_was_not_trained_for():
    assert Window(12, 3).matches(card()) is None
    assert "trained to see 12 latent frames" in Window(13, 3).matches(card())
    assert "without a sink" in Window(12, 3).matches(card(sink=0))


def test_a_window_serves_both_kinds_of_rows():
    assert refusal(Window(), card()) is None
    assert refusal(Window(), card(rows=frozenset({"per_level"}))) is None
