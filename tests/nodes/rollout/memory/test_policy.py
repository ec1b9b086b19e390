"""What every memory owes a generator: it invents nothing, and forgets nothing while it has room."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.conv import ConvKV
from nodes.rollout.memory.diverse import Diverse
from nodes.rollout.memory.diverse_tokens import DiverseTokens
from nodes.rollout.memory.recache import Recache
from nodes.rollout.memory.recompute import Recompute
from nodes.rollout.memory.replay import Replay
from nodes.rollout.memory.retrieve import Retrieve
from nodes.rollout.memory.ring import Ring
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Absolute, Slot
from tests.nodes.rollout.video_parts import Card, begun, keys_of, run, same

ROOMY = [
    Ring(30, 3),
    Recache(30, 3),
    Diverse(30, 1, 2),
    Retrieve(30, 1, 2, mass=1.0),
    Replay(30, 3, 2),
    ConvKV(2, 2, 2),
]
SMALL = [
    Window(7, 2),
    Ring(7, 2),
    Recache(7, 2),
    Recompute(4),
    Diverse(7, 1, 2),
    Retrieve(7, 1, 2, archive=5),
    Replay(7, 2, 2),
]
NAMED = {"ids": lambda policy: policy.name}
CARD = Card(window=30, sink=3)


def dreamt(policy, history: str, frames: list[int]):
    video = begun(policy=policy, plan=Slot(), history=history, card=CARD)
    return video, torch.cat([run(video, 1, frames=count) for count in frames], 1)


@pytest.mark.parametrize(
    ("policy", "history"),
    [(policy, history) for policy in ROOMY for history in sorted(policy.rows)],
)
def test_while_it_has_room_it_is_the_window_bit_for_bit(policy, history):
    """In blocks of 6 and 8, too: SoulX-LiveAct's first two, before anything is folded."""
    for blocks in ([3, 3, 3], [6, 8]):
        video, made = dreamt(policy, history, blocks)
        plain, wanted = dreamt(Window(30, 0), history, blocks)
        assert torch.equal(made, wanted)
        if not policy.needs_residual and policy.name != "conv":
            assert same(keys_of(video), keys_of(plain))


@pytest.mark.parametrize("policy", [DiverseTokens(30, 1, 2), Recompute(30)], **NAMED)
def test_while_it_has_room_it_is_the_window_to_rounding(policy):
    _, made = dreamt(policy, "clean", [3, 3, 3])
    _, wanted = dreamt(Window(30, 0), "clean", [3, 3, 3])
    assert_close(made, wanted, rtol=1e-4, atol=1e-4)


def keyed(frame: int) -> Page:
    k = torch.randn(1, 4, 2, 6, generator=torch.Generator().manual_seed(frame % 5))
    return Page(PageTag(frame, frame), (k,), (k.flip(1),))


@pytest.mark.parametrize("policy", SMALL, **NAMED)
@given(lengths=st.lists(st.integers(1, 3), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_what_is_kept_are_pages_that_came_once_each_and_in_order(policy, lengths):
    cache, came = KVCache(), {}
    for length in lengths:
        new = tuple(keyed(len(came) + at) for at in range(length))
        came |= {page.tag.frame: page for page in new}
        cache = policy.commit(cache, new)
        for held in (cache, policy.admit(cache, 1)):
            frames = [tag.frame for tag in held.tags]
            assert frames == sorted(set(frames))
            assert all(page.k[0] is came[page.tag.frame].k[0] for page in held.pages)


@pytest.mark.parametrize("policy", [Recompute(4), Recache(7, 2)], **NAMED)
def test_a_hundred_thousand_blocks_stay_in_bounds(policy):
    cache = KVCache()
    for number in range(100_000):
        new = (Page(PageTag(number, number)),)
        if number % 997 == 0:
            tags = policy.admit(cache, 1).tags
            for plan in (Absolute(), Slot()):
                places = plan.positions(tags, [new[0].tag])
                assert max(places.past + places.block) < 1024
        cache = policy.commit(cache, new)
        assert cache.frames <= policy.frames
