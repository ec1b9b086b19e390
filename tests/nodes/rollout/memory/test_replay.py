"""KV-Direct: keys made again from residuals, the same bits at half the memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from engine.errors import ParamError
from nodes.rollout.kv_cache import Checkpoint, KVCache, Page, PageTag
from nodes.rollout.memory.replay import Replay, kv_bytes
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Absolute, Slot
from tests.nodes.rollout.tiny_wan import latents, levels, network, stream, text, view


@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("plan", [Absolute(), Slot()])
def test_what_is_made_again_is_what_was_kept_bit_for_bit(block, plan):
    made, x = network(), latents(12)
    said, _ = stream(made, x, Replay(frames=9, sink=2, recent=1), block, plan)
    kept, _ = stream(made, x, Window(frames=9, sink=2), block, plan)
    assert torch.equal(said, kept)


@pytest.mark.parametrize("rows", [1, 3])
def test_keys_are_those_of_the_call_that_the_residual_came_from(rows):
    made, x = network(), latents(3)
    _, cache = stream(made, x, Replay(frames=9, sink=0, recent=9), block=rows)
    for page in cache.pages:
        for layer in range(2):
            whole = made.key_values(layer, page.checkpoint.hidden[layer], page.checkpoint.t)
            k, v = (part.chunk(rows, dim=1)[page.row] for part in whole)
            assert torch.equal(k, page.k[layer])
            assert torch.equal(v, page.v[layer])


def test_another_layout_of_rows_is_the_same_to_rounding():
    made, x = network(), latents(3)
    _, cache = stream(made, x, Replay(frames=9, sink=0, recent=9), block=3)
    page = cache.pages[1]
    hidden = page.checkpoint.hidden[1].chunk(3, dim=1)[1]
    k, _ = made.key_values(1, hidden, page.checkpoint.t[:, 1:2])
    assert_close(k, page.k[1], rtol=1e-5, atol=1e-6)


def test_older_pages_are_half_the_size():
    made, x = network(), latents(6)
    _, cache = stream(made, x, Replay(frames=9, sink=2, recent=2))
    whole = kv_bytes(cache.pages[-1])
    assert [page.bytes for page in cache.pages[:4]] == [whole // 2] * 4
    tokens, layers, dim = 6, 2, 48
    assert cache.pages[0].bytes == tokens * layers * dim * 4


def test_what_is_put_into_a_residual_is_what_is_remembered():
    made, x, other = network(), latents(3), latents(3, seed=8)
    policy = Replay(frames=9, sink=0, recent=0)
    _, cache = stream(made, x[:, :2], policy)
    _, theirs = stream(made, other[:, :2], policy)
    swapped = replace(cache.pages[0], checkpoint=theirs.pages[0].checkpoint)
    mixed = cache.replace(0, swapped)
    also = KVCache((theirs.pages[0], cache.pages[1]))
    said = [
        made(x[:, 2:], levels(1), text(made), view(c, 2, 1, policy, Absolute(), made).call())
        for c in (mixed, also, cache)
    ]
    assert torch.equal(said[0], said[1])
    assert (said[0] - said[2]).abs().max() > 1e-4


def test_new_weights_change_the_past():
    made, x, policy = network(), latents(3), Replay(frames=9, sink=0, recent=0)
    _, cache = stream(made, x[:, :2], policy)
    before = view(cache, 2, 1, policy, Absolute(), made)
    first = made(x[:, 2:], levels(1), text(made), before.call())
    made.blocks[1].self_attn.v.weight.add_(0.1)
    _, windowed = stream(made, x[:, :2], Window(9, 0))
    after = view(cache, 2, 1, policy, Absolute(), made)
    again = made(x[:, 2:], levels(1), text(made), after.call())
    fresh = view(windowed, 2, 1, Window(9, 0), Absolute(), made)
    assert (first - again).abs().max() > 1e-4
    assert_close(again, made(x[:, 2:], levels(1), text(made), fresh.call()), rtol=1e-5, atol=1e-5)


def test_a_network_with_fewer_heads_for_keys_is_refused():
    k = torch.zeros(1, 6, 2, 8)
    hidden = Checkpoint((torch.zeros(1, 6, 64),), torch.zeros(1, 1))
    page = Page(PageTag(0, 0), (k,), (k,), checkpoint=hidden)
    with pytest.raises(ParamError, match=r"64 numbers a token is no smaller .* of 32"):
        Replay().commit(KVCache(), (page,))


def test_a_hundred_thousand_blocks_stay_in_bounds():
    policy, cache = Replay(frames=8, sink=2, recent=2), KVCache()
    for frame in range(100_000):
        cache = policy.commit(cache, (Page(PageTag(frame, frame)),))
    assert [tag.frame for tag in cache.tags[:3]] == [0, 1, 99_994]
    assert cache.frames == 8


def test_recent_frames_below_none_are_refused():
    with pytest.raises(ParamError, match="-1 recent frames"):
        Replay(recent=-1)
