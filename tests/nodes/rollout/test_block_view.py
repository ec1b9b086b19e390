"""Block by block over a cache is the one forward pass under a mask, whatever the plan."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from kernels.rope import angles
from nodes.rollout.block_view import BlockView, RowsView
from nodes.rollout.dense import Dense
from nodes.rollout.kv_cache import KVCache, PageTag
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Absolute, Shots, Slot
from tests.nodes.rollout.tiny_wan import (
    GRID,
    HEAD_DIM,
    latents,
    levels,
    network,
    stream,
    tags,
    text,
    view,
)

ALL = Window(frames=100, sink=0)


def dense(made, x, block, **more):
    past = Dense(Absolute(), x.shape[1], GRID, block, **more)
    return made(x, levels(x.shape[1]), text(made), past)


@pytest.mark.parametrize("plan", [Absolute(), Slot(), Shots(Slot(), offset=8, phase=1 / 6)])
@pytest.mark.parametrize("block", [1, 3])
def test_streaming_equals_the_one_masked_forward(plan, block):
    made, x = network(), latents(6)
    said, cache = stream(made, x, ALL, block, plan)
    assert_close(said, dense(made, x, block), rtol=1e-5, atol=1e-5)
    assert cache.frames == 6


@pytest.mark.parametrize(("window", "sink"), [(4, 0), (4, 1), (3, 2)])
def test_a_window_with_a_sink_equals_the_windowed_mask(window, sink):
    made, x = network(), latents(8)
    said, _ = stream(made, x, Window(window, sink), 1)
    assert_close(said, dense(made, x, 1, window=window, sink=sink), rtol=1e-5, atol=1e-5)
    assert (said - dense(made, x, 1)).abs().max() > 1e-3


def by_hand(q, k, v, places, block):
    """Softmax attention written out, keys and queries turned to slots one frame at a time."""
    cells, heads = GRID[0] * GRID[1], q.shape[2]
    turned = []
    for x, at in ((q, [block]), (k, places)):
        cos, sin = angles(torch.tensor(at, dtype=torch.float32), GRID, HEAD_DIM)
        a, b = x[0, :, :, 0::2], x[0, :, :, 1::2]  # (n, heads, pairs)
        cos, sin = cos[:, None], sin[:, None]
        turned.append(torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(2))
    assert turned[1].shape == (cells * len(places), heads, HEAD_DIM)
    weights = torch.einsum("nhd,mhd->hnm", *turned).div(HEAD_DIM**0.5).softmax(-1)
    return torch.einsum("hnm,mhd->nhd", weights, v[0])[None]


@pytest.mark.parametrize(("plan", "places"), [(Slot(), [0, 1, 2, 3]), (Absolute(), [0, 5, 6, 7])])
def test_after_forgetting_attention_is_that_over_the_kept_keys_at_their_places(plan, places):
    made, x, policy = network(), latents(7), Window(4, 1)
    _, cache = stream(made, x, policy, plan=plan)
    q, k, v = torch.randn(3, 1, 6, 3, HEAD_DIM, generator=torch.Generator().manual_seed(4)).unbind()
    past = view(cache, 7, 1, policy, plan, made).call()
    kept = policy.admit(cache, 1).pages
    keys = torch.cat([*(page.k[0] for page in kept), k], 1)
    values = torch.cat([*(page.v[0] for page in kept), v], 1)
    wanted = by_hand(q, keys, values, places, places[-1])
    assert_close(past.attend(0, q, k, v), wanted, rtol=1e-5, atol=1e-5)


def test_blocks_of_three_in_a_window_equal_the_windowed_mask():
    made, x = network(), latents(12)
    said, _ = stream(made, x, Window(8, 2), 3)
    assert_close(said, dense(made, x, 3, window=8, sink=2), rtol=1e-5, atol=1e-5)


def test_a_first_block_without_a_past_is_bit_for_bit_full_attention():
    made, x = network(), latents(3)
    said, _ = stream(made, x, ALL, 3)
    assert torch.equal(said, dense(made, x, 3, mask="full"))


def test_teacher_forcing_shows_a_noisy_block_what_the_cache_of_finished_frames_does():
    made, x, noisy = network(), latents(4), latents(4, seed=9)
    both = torch.cat([x, noisy], dim=1)
    t = torch.cat([levels(4), levels(4, 500)], dim=1)
    said = made(both, t, text(made), Dense(Absolute(), 4, GRID, 2, mask="teacher_forcing"))
    _, cache = stream(made, x[:, :2], ALL, 2)
    past = view(cache, 2, 2, ALL, Absolute(), made).call(500.0)
    assert_close(
        said[:, 6:], made(noisy[:, 2:], levels(2, 500), text(made), past), rtol=1e-5, atol=1e-5
    )


def test_every_step_of_a_block_sees_the_same_past_and_only_the_last_is_kept():
    made, x, noise = network(), latents(4), latents(2, seed=9)
    _, cache = stream(made, x[:, :2], ALL, 2)
    one = view(cache, 2, 2, ALL, Absolute(), made)
    for level in (1000.0, 750.0, 250.0):
        made(noise, levels(2, level), text(made), one.call(level))
    last = one.call()
    made(x[:, 2:], levels(2), text(made), last)
    pages = last.pages()
    _, alone = stream(made, x, ALL, 2)
    for page, clean in zip(pages, alone.pages[2:], strict=True):
        assert all(map(torch.equal, page.k + page.v, clean.k + clean.v))


def test_pages_carry_the_timestep_that_wrote_them():
    made = network()
    past = BlockView(KVCache(), tags(5, 2, 1), Absolute(), ALL, GRID, HEAD_DIM).call((300.0, 100.0))
    made(latents(2), torch.tensor([[300.0, 100.0]]), text(made), past)
    assert [page.tag for page in past.pages()] == [PageTag(5, 1, 300.0), PageTag(6, 1, 100.0)]


def test_timesteps_that_are_not_one_a_frame_are_refused():
    with pytest.raises(ValueError, match="3 timesteps for a block of 2 frames"):
        BlockView(KVCache(), tags(0, 2), Absolute(), ALL, GRID, HEAD_DIM).call((1.0, 2.0, 3.0))


def test_a_call_that_is_given_up_leaves_the_cache_as_it_was():
    made, x = network(), latents(3)
    _, cache = stream(made, x, ALL)
    before = [tensor.clone() for page in cache.pages for tensor in page.k + page.v]
    one = view(cache, 3, 1, ALL, Absolute(), made)
    made(latents(1, seed=7), levels(1, 900), text(made), one.call(900.0))
    after = [tensor for page in cache.pages for tensor in page.k + page.v]
    assert all(map(torch.equal, before, after))


def test_the_same_block_from_a_snapshot_is_the_same_bit_for_bit():
    made, x = network(), latents(5)
    _, cache = stream(made, x[:, :2], Window(4, 1))
    once, end = stream(made, x[:, 2:], Window(4, 1), cache=cache, first=2)
    stream(made, latents(3, seed=8), Window(4, 1), cache=cache, first=2)
    again, same = stream(made, x[:, 2:], Window(4, 1), cache=cache, first=2)
    assert torch.equal(once, again)
    assert all(torch.equal(a.k[1], b.k[1]) for a, b in zip(end.pages, same.pages, strict=True))


@pytest.mark.parametrize("lengths", [(3, 3), (1, 3), (0, 2)])
def test_rows_with_pasts_of_their_own_equal_each_row_alone(lengths):
    made, keys = network(), text(network())
    x, steps = torch.cat([latents(1, 5), latents(1, 6)]), (700.0, 200.0)
    caches = [stream(made, latents(n, seed=n + 1), ALL)[1] if n else KVCache() for n in lengths]
    rows = RowsView(
        [view(c, n, 1, ALL, Absolute(), made) for c, n in zip(caches, lengths, strict=True)]
    )
    t = torch.tensor(steps)[:, None]
    for _ in range(2):
        past = rows.call(steps)
        said = made(x, t, keys, past)
    for at, (cache, first) in enumerate(zip(caches, lengths, strict=True)):
        alone = view(cache, first, 1, ALL, Absolute(), made).call(steps[at])
        assert_close(
            said[at : at + 1],
            made(x[at : at + 1], t[at : at + 1], keys, alone),
            rtol=1e-5,
            atol=1e-5,
        )
        assert_close(past.pages()[at][0].k[1], alone.pages()[0].k[1], rtol=1e-5, atol=1e-5)
        assert past.pages()[at][0].tag == PageTag(first, first, steps[at])


def test_a_past_of_one_row_serves_a_batch():
    made, x = network(), latents(3)
    _, cache = stream(made, x[:, :2], ALL)
    past = view(cache, 2, 1, ALL, Absolute(), made).call()
    both = made(x[:, 2:].expand(2, -1, -1, -1, -1), levels(1).expand(2, -1), text(made), past)
    assert_close(both[1:], dense(made, x, 1)[:, 2:], rtol=1e-5, atol=1e-5)


def test_gradients_flow_through_the_past_and_through_every_step():
    made, x = network(), latents(3)
    for weight in made.parameters():
        weight.requires_grad_(True)
    said, _ = stream(made, x, ALL)
    said.square().sum().backward()
    got = made.blocks[0].self_attn.k.weight.grad.clone()
    made.zero_grad()
    dense(made, x, 1).square().sum().backward()
    assert_close(got, made.blocks[0].self_attn.k.weight.grad, rtol=1e-4, atol=1e-5)


def test_a_step_with_gradients_after_steps_without_has_those_of_one_alone():
    made, x = network(), latents(3)
    _, cache = stream(made, x[:, :2], ALL)
    made.blocks[1].self_attn.k.weight.requires_grad_(True)
    one = view(cache, 2, 1, ALL, Absolute(), made)
    with torch.no_grad():
        made(x[:, 2:], levels(1, 500), text(made), one.call(500.0))
    made(x[:, 2:], levels(1), text(made), one.call()).sum().backward()
    got, made.blocks[1].self_attn.k.weight.grad = made.blocks[1].self_attn.k.weight.grad, None
    made(
        x[:, 2:], levels(1), text(made), view(cache, 2, 1, ALL, Absolute(), made).call()
    ).sum().backward()
    assert_close(got, made.blocks[1].self_attn.k.weight.grad)


def test_gradients_through_queries_alone_outlive_the_next_step():
    made, x = network(), latents(3)
    _, cache = stream(made, x[:, :2], ALL)
    made.blocks[0].self_attn.q.weight.requires_grad_(True)
    one = view(cache, 2, 1, ALL, Absolute(), made)
    both = [made(x[:, 2:], levels(1, t), text(made), one.call(t)) for t in (500.0, 0.0)]
    torch.cat(both).sum().backward()
    assert made.blocks[0].self_attn.q.weight.grad.isfinite().all()


def test_half_precision_pages_are_read_in_the_precision_of_the_block():
    made, x = network().bfloat16(), latents(3).bfloat16()
    said, cache = stream(made, x, ALL)
    assert said.dtype is torch.bfloat16
    assert cache.pages[0].k[0].dtype is torch.bfloat16
