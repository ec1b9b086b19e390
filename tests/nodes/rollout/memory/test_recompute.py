"""Memories that are read anew, before each block or at a prompt; test_recondition.py runs them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from engine.errors import ParamError
from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.policy import Again, refusal
from nodes.rollout.memory.recache import Recache
from nodes.rollout.memory.recompute import Recompute
from nodes.rollout.memory.window import Window

CARD = SimpleNamespace(rows=frozenset({"clean"}), window=12, sink=3, block=3)
LEVELS = SimpleNamespace(rows=frozenset({"per_level"}), window=12, sink=3, block=3)


def cache(frames: int) -> KVCache:
    return KVCache(tuple(Page(PageTag(frame, frame)) for frame in range(frames)))


def test_only_recompute_is_run_again_before_each_block():
    assert Recompute(frames=4).rebuild == 4
    assert Recache().rebuild is None
    assert Window().rebuild is None


def test_only_recache_is_run_again_at_a_prompt():
    assert Recache(9, 2, "block_causal", False).on_prompt == Again(9, "block_causal", False)
    assert Window().on_prompt is None
    assert Recompute().on_prompt is None


def test_a_block_sees_the_recomputed_frames_and_no_others():
    assert [tag.frame for tag in Recompute(frames=3).admit(cache(9), 3).tags] == [6, 7, 8]


def test_recache_is_a_window_between_prompts():
    both = [policy.admit(cache(20), 3).tags for policy in (Recache(12, 3), Window(12, 3))]
    assert both[0] == both[1]


def test_recompute_is_refused_where_the_rows_are_those_of_noise_levels():
    assert refusal(Recompute(), CARD) is None
    assert "keys of the same noise level" in refusal(Recompute(), LEVELS)


def test_recache_serves_both_kinds_of_rows():
    assert refusal(Recache(), CARD) is None
    assert refusal(Recache(), LEVELS) is None


def test_recompute_says_how_many_frames_a_checkpoint_takes():
    assert Recompute(9).matches(CARD) is None
    assert "take 9 or fewer" in Recompute(10).matches(CARD)


def test_recache_says_what_window_a_checkpoint_takes():
    assert Recache(12, 3).matches(CARD) is None
    assert "trained to see 12" in Recache(15, 3).matches(CARD)


def test_nothing_to_recompute_is_refused():
    with pytest.raises(ParamError, match="0 latent frames are nothing to recompute"):
        Recompute(0)


def test_a_sink_as_long_as_the_window_is_refused():
    with pytest.raises(ParamError, match="a sink of 3 frames fills the window of 3"):
        Recache(3, 3)
