"""Latents read again: LongLive's recache, Krea's recompute, and what they leave alone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.testing import assert_close

from engine.errors import ParamError
from nodes.rollout.kv_cache import KVCache
from nodes.rollout.memory.policy import Again, refusal
from nodes.rollout.memory.prefill import prefill, recache
from nodes.rollout.memory.recache import Recache
from nodes.rollout.memory.recompute import Recompute
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Absolute, Slot
from tests.nodes.rollout.tiny_wan import latents, levels, network, stream, tags, text, view

PLAN = Absolute()


def block_tags(first: int, last: int, block: int = 1, prompt: int = 0):
    return [tags(f, 1, f // block, prompt=prompt)[0] for f in range(first, last)]


def same(a, b) -> bool:
    return all(map(torch.equal, a.k + a.v, b.k + b.v))


def frames(cache: KVCache) -> list[int]:
    return [tag.frame for tag in cache.tags]


@pytest.mark.parametrize("block", [1, 3])
def test_a_recache_with_the_same_prompt_changes_nothing(block):
    made, x, policy = network(), latents(6), Recache(frames=12, sink=3, mask="block_causal")
    _, cache = stream(made, x, policy, block)
    for keep in (False, True):
        how = Again(12, "block_causal", keep)
        again = recache(
            made, cache, x, block_tags(0, 6, block), text(made), policy=policy, plan=PLAN, how=how
        )
        assert frames(again) == frames(cache)
        for a, b in zip(again.pages, cache.pages, strict=True):
            assert_close((a.k, a.v), (b.k, b.v), rtol=1e-5, atol=1e-5)


def test_in_full_mode_only_the_first_layer_stays():
    made, x, policy = network(), latents(4), Recache(frames=12, sink=0, mask="full")
    _, cache = stream(made, x, policy)
    again = recache(
        made, cache, x, block_tags(0, 4), text(made), policy=policy, plan=PLAN, how=policy.on_prompt
    )
    for a, b in zip(again.pages[:-1], cache.pages[:-1], strict=True):
        assert_close(a.k[0], b.k[0], rtol=1e-5, atol=1e-5)
        assert (a.k[1] - b.k[1]).abs().max() > 1e-4


@pytest.mark.parametrize("mask", ["full", "block_causal"])
def test_after_a_switch_the_memory_is_that_of_the_new_prompt(mask):
    made, x, policy = network(), latents(9), Recache(5, 2, mask, keep_sink=False)
    new = text(made, seed=5)
    _, cache = stream(made, x, policy)
    how = {"policy": policy, "plan": PLAN}
    again = recache(
        made, cache, x[:, 4:], block_tags(4, 9, prompt=1), new, how=policy.on_prompt, **how
    )
    alone = prefill(made, x[:, 4:], block_tags(4, 9), new, mask=mask, **how)
    assert all(map(same, again.pages, alone.pages))
    assert {tag.prompt for tag in again.tags} == {1}
    assert not same(again.pages[-1], cache.pages[-1])


def test_the_sink_is_kept_bit_for_bit_and_the_rest_is_read_behind_it():
    made, x, policy = network(), latents(16), Recache(frames=12, sink=3)
    _, cache = stream(made, x, policy)
    again = recache(
        made,
        cache,
        x[:, 4:],
        block_tags(4, 16, prompt=1),
        text(made, seed=5),
        policy=policy,
        plan=PLAN,
        how=policy.on_prompt,
    )
    assert frames(again) == [0, 1, 2, *range(7, 16)]
    assert all(a is b for a, b in zip(again.pages[:3], cache.pages[:3], strict=True))
    assert [tag.prompt for tag in again.tags] == [0] * 3 + [1] * 9


def test_a_sink_that_is_all_there_is_stays():
    made, policy = network(), Recache(frames=6, sink=3)
    _, cache = stream(made, latents(2), policy)
    how = {"policy": policy, "plan": PLAN, "how": policy.on_prompt}
    again = recache(made, cache, latents(2), block_tags(0, 2), text(made), **how)
    assert again.pages == cache.pages


def test_recomputing_all_of_the_past_is_the_cache():
    made, x = network(), latents(4)
    said, _ = stream(made, x, Window(9, 0), plan=Slot())
    policy = Recompute(frames=3)
    cache = recache(
        made,
        KVCache(),
        x[:, :3],
        block_tags(0, 3),
        text(made),
        policy=policy,
        plan=Slot(),
        how=Again(policy.rebuild),
    )
    past = view(cache, 3, 1, policy, Slot(), made).call()
    assert torch.equal(made(x[:, 3:], levels(1), text(made), past), said[:, 3:])


def test_recompute_has_seen_nothing_older_than_its_frames():
    made, x, other, policy = network(), latents(6), latents(6, seed=8), Recompute(frames=2)
    other[:, 4:] = x[:, 4:]
    both = [
        recache(
            made,
            KVCache(),
            of,
            block_tags(0, 6),
            text(made),
            policy=policy,
            plan=Slot(),
            how=Again(policy.rebuild),
        )
        for of in (x, other)
    ]
    assert all(map(same, both[0].pages, both[1].pages))
    assert frames(both[0]) == [4, 5]


def test_prefill_is_the_stream_that_made_the_latents():
    made, x, policy = network(), latents(9), Window(6, 2)
    _, cache = stream(made, x, policy, block=3)
    again = prefill(made, x, block_tags(0, 9, 3), text(made), policy=policy, plan=PLAN)
    assert all(map(same, cache.pages, again.pages))


def test_recompute_is_refused_where_the_rows_are_those_of_noise_levels():
    card = SimpleNamespace(rows=frozenset({"per_level"}), window=12, sink=3, block=3)
    assert "keys of the same noise level" in refusal(Recompute(), card)
    assert "take 9 or fewer" in Recompute(10).matches(card)
    assert Recompute(9).matches(card) is None


def test_nothing_to_recompute_is_refused():
    with pytest.raises(ParamError, match="0 latent frames are nothing to recompute"):
        Recompute(0)
