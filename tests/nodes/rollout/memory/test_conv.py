"""SoulX-LiveAct's ConvKV: the algebra of its slots, its kernel along tokens, its fixed size."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.nn.functional import conv1d
from torch.testing import assert_close

from engine.errors import ParamError
from nodes.rollout.dense import Dense
from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.conv import ConvKV, fold
from nodes.rollout.memory.policy import refusal
from nodes.rollout.rope_plan import Absolute, Slot
from tests.nodes.rollout.tiny_wan import GRID, latents, levels, network, stream, text


def page(frame: int, value: float | None = None) -> Page:
    k = torch.full((1, 5, 1, 6), float(frame) if value is None else value)
    return Page(PageTag(frame, frame), (k,), (-k,))


def block(first: int, frames: int) -> tuple[Page, ...]:
    return tuple(page(first + at) for at in range(frames))


def values(cache: KVCache) -> list[float]:
    return [round(float(one.k[0].mean()), 4) for one in cache.pages]


def slots(past: list[float]) -> list[float]:
    """The published rule over the values of 14 slots, before a third and later block."""
    mean = [sum(past[at : at + 5]) / 5 for at in (2, 7)]
    return [*past[:2], *mean, *past[12:14]]


def test_three_blocks_are_the_published_slots():
    policy = ConvKV()
    cache = policy.commit(KVCache(), block(0, 6))
    assert values(cache) == [0, 1, 2, 3, 4, 5]
    by_hand = [float(frame) for frame in range(6)]
    for first in (6, 14, 22, 30):
        cache = policy.commit(cache, block(first, 8))
        by_hand = slots(by_hand + [float(first + at) for at in range(8)])
        assert values(cache) == pytest.approx(by_hand, abs=1e-4)


def test_the_size_is_fixed_and_no_position_beyond_the_fourteen():
    policy = ConvKV()
    cache = policy.commit(KVCache(), block(0, 6))
    for number in range(2000):
        cache = policy.commit(cache, block(6 + 8 * number, 8))
        assert (cache.frames, cache.tokens) == (6, 30)
    new = [PageTag(99_999 + at, 0) for at in range(8)]
    assert Slot().positions(cache.tags, new).block[-1] == 13


@pytest.mark.parametrize("frames", [1, 3])
def test_shorter_blocks_see_at_most_a_fold_more(frames):
    policy, cache = ConvKV(), KVCache()
    for number in range(3000):
        cache = policy.commit(cache, block(frames * number, frames))
        assert cache.frames < policy.frames
    assert [tag.label for tag in cache.tags[:5]] == ["", "", "folded", "folded", ""]


def test_a_hundred_thousand_blocks_stay_in_bounds():
    policy, cache = ConvKV(), KVCache()
    for number in range(100_000):
        cache = policy.commit(cache, (Page(PageTag(number, number)),))
    assert cache.frames <= policy.frames
    assert [tag.frame for tag in cache.tags[:2]] == [0, 1]


def test_the_kernel_runs_along_tokens_and_not_across_frames():
    k = torch.randn(5, 1, 10, 2, 3, generator=torch.Generator().manual_seed(0))
    folded = fold([Page(PageTag(at, at), (k[at],), (k[at],)) for at in range(5)])
    assert folded.k[0].shape == (1, 10, 2, 3)
    assert_close(folded.k[0][:, 0], k[0][:, :5].mean(1))
    assert_close(folded.k[0][:, 2], k[1][:, :5].mean(1))
    assert folded.tag.frame == 2


def test_a_kernel_of_fifths_is_the_mean_and_values_go_through_it_too():
    k, v = torch.randn(2, 5, 1, 10, 2, 3, generator=torch.Generator().manual_seed(0)).unbind(0)
    pages = [Page(PageTag(at, at), (k[at],), (v[at],)) for at in range(5)]
    fifths = (torch.full((6, 1, 5), 0.2),)
    assert_close(fold(pages, fifths).k, fold(pages).k, rtol=1e-6, atol=1e-6)
    kernel = torch.randn(6, 1, 5, generator=torch.Generator().manual_seed(1))
    line = torch.cat(list(v), 1).flatten(2).transpose(1, 2)
    wanted = conv1d(line, kernel, stride=5, groups=6).transpose(1, 2).view(1, 10, 2, 3)
    assert_close(fold(pages, (kernel,)).v[0], wanted)


def test_before_the_first_fold_it_is_the_masked_forward():
    made, x = network(), latents(6)
    said, _ = stream(made, x, ConvKV(), plan=Slot())
    whole = made(x, levels(6), text(made), Dense(Absolute(), 6, GRID, 1))
    assert_close(said, whole, rtol=1e-5, atol=1e-5)


def test_an_untrained_network_runs_on_with_a_folded_past():
    made, x = network(), latents(20)
    said, cache = stream(made, x, ConvKV(), block=2, plan=Slot())
    assert said.isfinite().all()
    assert "folded" in {tag.label for tag in cache.tags}


def test_the_sink_is_the_same_pages_for_ever():
    policy = ConvKV()
    first = policy.commit(KVCache(), block(0, 6))
    cache = first
    for number in range(20):
        cache = policy.commit(cache, block(6 + 8 * number, 8))
    assert all(a is b for a, b in zip(cache.pages[:2], first.pages[:2], strict=True))


def test_it_says_what_a_checkpoint_was_not_trained_for():
    card = SimpleNamespace(rows=frozenset({"clean"}), window=14)
    assert refusal(ConvKV(), card) is None
    assert "no kernels for folded frames" in ConvKV().matches(card)
    assert ConvKV(weights=(torch.zeros(6, 1, 5),)).matches(card) is None
    assert "up to 19" in ConvKV(slots=3).matches(card)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ((-1, 2, 2), "-1 sink frames are too few: make it 0"),
        ((2, 0, 2), "0 folded frames are too few: make it 1"),
        ((2, 2, -1), "-1 recent frames are too few: make it 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(args, sentence):
    with pytest.raises(ParamError, match=sentence):
        ConvKV(*args)
