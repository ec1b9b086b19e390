"""InfiniteVGGT's memory: what is unlike stays, whatever the order, and the budget holds."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.testing import assert_close

from engine.errors import ParamError
from nodes.rollout.dense import Dense
from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.diverse import Diverse, likeness
from nodes.rollout.memory.diverse_tokens import DiverseTokens, layer_budgets, most_diverse
from nodes.rollout.memory.diverse_tokens import likeness as token_likeness
from nodes.rollout.rope_plan import Absolute, Slot
from tests.nodes.rollout.tiny_wan import GRID, latents, levels, network, stream, text, view

BOTH = pytest.mark.parametrize("kind", [Diverse, DiverseTokens])


def page(frame: int, seed: int | None = None, size: float = 1.0, tokens: int = 4) -> Page:
    generator = torch.Generator().manual_seed(frame if seed is None else seed)
    k = torch.randn(2, 2, 1, tokens, 3, 8, generator=generator)
    return Page(PageTag(frame, frame), (k[0, 0], k[1, 0]), (size * k[0, 1], size * k[1, 1]))


def run(policy, pages) -> KVCache:
    cache = KVCache()
    for one in pages:
        cache = policy.commit(cache, (one,))
    return cache


def frames(cache: KVCache) -> list[int]:
    return [tag.frame for page in cache.pages for tag in page.tags]


@BOTH
def test_while_nothing_is_forgotten_it_is_the_masked_forward(kind):
    made, x = network(), latents(6)
    said, cache = stream(made, x, kind(frames=7, sink=1, recent=2), plan=Slot())
    whole = made(x, levels(6), text(made), Dense(Absolute(), 6, GRID, 1))
    assert_close(said, whole, rtol=1e-5, atol=1e-5)
    assert frames(cache) == list(range(6))


@BOTH
def test_anchors_are_the_same_pages_for_ever_and_the_newest_are_safe(kind):
    policy = kind(frames=7, sink=2, recent=2)
    pages = [page(frame) for frame in range(40)]
    cache = run(policy, pages)
    assert all(cache.pages[at] is pages[at] for at in range(2))
    assert all(a is b for a, b in zip(cache.pages[-2:], pages[-2:], strict=True))


def test_a_new_picture_among_copies_of_one_stays():
    pages = [page(frame, seed=0) for frame in range(30)] + [page(30, seed=1)]
    pages += [page(frame, seed=0) for frame in range(31, 60)]
    assert 30 in frames(run(Diverse(frames=6, sink=1, recent=2), pages))


def test_new_tokens_among_copies_of_one_frame_stay():
    pages = [page(frame, seed=0) for frame in range(30)] + [page(30, seed=1)]
    pages += [page(frame, seed=0) for frame in range(31, 40)]
    cache = run(DiverseTokens(frames=8, sink=1, recent=1), pages)
    mixed = next(one for one in cache.pages if one.parts)
    part = [tag.frame for tag in mixed.parts].index(30)
    kept = sum(int((where // 4 == part).sum()) for where in mixed.where)
    assert kept >= 0.8 * 4 * 3 * 2  # tokens, heads, layers


def test_the_order_of_candidates_does_not_matter():
    policy, middle = Diverse(frames=7, sink=1, recent=2), [page(frame) for frame in range(1, 12)]
    ends = page(0), (page(12), page(13))
    kept = set()
    for seed in range(5):
        order = torch.randperm(11, generator=torch.Generator().manual_seed(seed)).tolist()
        cache = KVCache((ends[0], *(middle[at] for at in order), *ends[1]))
        kept.add(frozenset(frames(policy.admit(cache, 1))))
    assert len(kept) == 1


def test_turning_all_keys_does_not_matter():
    turn = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(3))).Q
    pages = [page(frame) for frame in range(14)]
    turned = [Page(one.tag, tuple(k @ turn for k in one.k), one.v) for one in pages]
    policy = Diverse(frames=7, sink=1, recent=2)
    assert frames(policy.admit(KVCache(tuple(pages)), 1)) == frames(
        policy.admit(KVCache(tuple(turned)), 1)
    )


def test_tokens_are_chosen_by_set_and_kept_in_the_order_of_time():
    k, v = torch.randn(2, 1, 20, 3, 8, generator=torch.Generator().manual_seed(0)).unbind(0)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(1))
    kept = most_diverse(token_likeness(k, v, 0.0), 7)
    mixed = most_diverse(token_likeness(k[:, order], v[:, order], 0.0), 7)
    assert torch.equal(order[mixed].sort(1).values, kept)
    assert (kept.diff(dim=1) > 0).all()


def test_a_frame_of_nearly_no_values_goes_first():
    pages = [page(frame, size=1e-4 if frame == 5 else 1.0) for frame in range(9)]
    assert 5 not in frames(run(Diverse(frames=9, sink=1, recent=2, floor=0.1), pages))
    summary = run(Diverse(frames=4, sink=1, recent=2), pages)
    assert summary.frames == 3


def test_a_token_of_nearly_no_values_goes_first():
    k, v = torch.randn(2, 1, 20, 3, 8, generator=torch.Generator().manual_seed(0)).unbind(0)
    v[:, 4] *= 1e-4
    assert token_likeness(k, v, 0.1)[:, 4].isinf().all()


def test_scores_are_the_cosines_to_the_mean_direction():
    policy = Diverse(frames=6, sink=0, recent=1)
    cache = policy.admit(KVCache(tuple(page(frame) for frame in range(8))), 1)
    known = list(cache.extra.values())
    c = torch.stack([one.keys for one in known])
    wanted = torch.einsum("plhd,lhd->plh", c, c.mean(0)).mean((1, 2))
    assert_close(likeness(known, 0.0), wanted)
    assert_close(c.norm(dim=-1), torch.ones(c.shape[:-1]))


def test_budgets_are_equal_where_layers_are_and_never_more_than_all():
    assert layer_budgets(None, 4, 10) == [10] * 4
    assert layer_budgets((0.3,) * 4, 4, 10) == [10] * 4
    shared = layer_budgets((0.9, 0.1), 2, 100)
    assert shared[0] < 100 < shared[1]
    assert sum(shared) <= 200


@pytest.mark.parametrize("blocks", [400])
def test_a_long_run_keeps_tokens_bytes_and_positions_bounded(blocks):
    policy, cache, most = DiverseTokens(frames=8, sink=1, recent=2), KVCache(), 0
    for frame in range(blocks):
        cache = policy.commit(cache, (page(frame),))
        layers = [sum(one.k[layer].shape[1] for one in cache.pages) for layer in range(2)]
        assert sum(layers) <= 2 * 8 * 4
        most = max(most, cache.bytes)
    tags = [tag for one in cache.pages for tag in one.tags]
    assert max(Slot().positions(tags, [PageTag(blocks, blocks)]).past) <= 8 * 4
    assert most <= 8 * page(0).bytes * 1.5  # tokens' places count too


def test_a_hundred_thousand_frames_stay_in_the_budget():
    cache, policy = KVCache(), Diverse(frames=8, sink=2, recent=2)
    for frame in range(100_000):
        cache = policy.commit(cache, (Page(PageTag(frame, frame)),))
    assert cache.frames == 7
    assert frames(cache)[:2] == [0, 1]


def test_a_page_of_single_tokens_is_read_as_its_tokens_at_their_own_places():
    made, x, policy = network(), latents(9), DiverseTokens(frames=6, sink=1, recent=2)
    _, cache = stream(made, x[:, :8], policy)
    past = view(cache, 8, 1, policy, Absolute(), made).call()
    said = made(x[:, 8:], levels(1), text(made), past)
    assert said.isfinite().all()
    mixed = next(one for one in cache.pages if one.parts)
    _, full = stream(made, x[:, :8], DiverseTokens(frames=20, sink=1, recent=2))
    by_frame = {one.tag.frame: one for one in full.pages}
    cells = GRID[0] * GRID[1]
    for layer, where in enumerate(mixed.where):
        for token, head in ((0, 0), (3, 1), (-1, 2)):
            part, cell = divmod(int(where[0, token, head]), cells)
            origin = by_frame[mixed.parts[part].frame]
            if layer == 0:  # deeper keys have seen less than those of the full memory
                assert_close(mixed.k[0][0, token, head], origin.k[0][0, cell, head])


def test_a_page_that_lost_nothing_is_read_like_the_frames_it_came_from():
    made, x, policy = network(), latents(7), DiverseTokens(frames=20, sink=1, recent=2)
    _, cache = stream(made, x[:, :6], policy)
    mixed = policy._mixed(cache, 20)
    assert [len(one.tags) for one in mixed.pages] == [1, 3, 1, 1]
    both = [
        made(x[:, 6:], levels(1), text(made), view(c, 6, 1, policy, Absolute(), made).call())
        for c in (cache, mixed)
    ]
    assert_close(both[0], both[1], rtol=1e-5, atol=1e-5)


@BOTH
def test_the_same_pages_from_a_snapshot_give_the_same_memory(kind):
    policy = kind(frames=6, sink=1, recent=2)
    cache = run(policy, [page(frame) for frame in range(20)])
    once = run_on(policy, cache, range(20, 30))
    run_on(policy, cache, range(50, 60))
    again = run_on(policy, cache, range(20, 30))
    assert frames(once) == frames(again)
    for a, b in zip(once.pages, again.pages, strict=True):
        assert all(map(torch.equal, a.k + a.v + a.where, b.k + b.v + b.where))


def run_on(policy, cache, numbers):
    for number in numbers:
        cache = policy.commit(cache, (page(number),))
    return cache


@BOTH
@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ((4, 2, 3, 0.1), "2 sink and 3 recent frames are more than the budget of 4: make it 5"),
        ((4, 4, 1, 0.1), "a sink of 4 frames fills the window of 4"),
        ((6, 1, 0, 0.1), "0 recent frames leave none that is safe"),
        ((6, 1, 2, 1.0), "a norm floor of 1 is not a share"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(kind, args, sentence):
    with pytest.raises(ParamError, match=sentence):
        kind(*args)


@BOTH
def test_a_block_that_does_not_fit_is_refused(kind):
    with pytest.raises(ParamError, match=r"cannot hold a block of 3: make it 6 or more"):
        kind(frames=5, sink=1, recent=2).admit(KVCache(), 3)


@BOTH
def test_a_checkpoint_of_a_shorter_window_is_told(kind):
    card = SimpleNamespace(window=8, sink=1)
    assert "trained to see 8 latent frames" in kind(frames=12).matches(card)
    assert kind(frames=8).matches(card) is None
