"""Claims about changes under a running stream: prompts, seeds, sizes, memories, cuts, anchors."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.rollout.conditions import FirstFrame
from nodes.rollout.memory.recache import Recache
from nodes.rollout.memory.recompute import Recompute
from nodes.rollout.memory.window import Window
from nodes.rollout.recondition import Change
from nodes.rollout.rope_plan import Slot
from tests.nodes.rollout.tiny_wan import CONFIG, latents
from tests.nodes.rollout.video_parts import (
    OTHER,
    STEPS,
    TEXT,
    Card,
    Stumbling,
    begun,
    inputs,
    keys_of,
    run,
    same,
)

LONG = {"policy": Window(9, 3), "card": Card(window=9, sink=3)}
MASKS = ["full", "block_causal"]


def layer(video, at: int) -> list[torch.Tensor]:
    return [part for page in video.state.caches[0].pages for part in (page.k[at], page.v[at])]


def gone_on(blocks: int, **changes):
    """A stream of so many blocks, and its latents."""
    video = begun(**changes)
    return video, run(video, blocks)


def test_recache_with_the_same_prompt_changes_nothing_block_by_block():
    video, _ = gone_on(3)
    before = keys_of(video)
    video.recondition(Change(text=TEXT, recache="block_causal", global_sink=False))
    assert same(keys_of(video), before, atol=1e-5)


def test_recache_both_ways_changes_nothing_in_the_first_layer_alone():
    video, _ = gone_on(3)
    before = [layer(video, at) for at in range(CONFIG.layers)]
    video.recondition(Change(text=TEXT, recache="full", global_sink=False))
    assert same(layer(video, 0), before[0], atol=1e-5)
    assert not same(layer(video, 1), before[1], atol=1e-3)


@pytest.mark.parametrize("blocks", [2, 5])
@pytest.mark.parametrize("mask", MASKS)
def test_after_a_switch_the_cache_is_a_pass_over_the_last_latents(blocks, mask):
    video, made = gone_on(blocks, **LONG)
    video.recondition(Change(text=OTHER, recache=mask, global_sink=False))
    kept = min(9, made.shape[1])
    size = 3 if mask == "block_causal" else kept
    fresh = begun(block=size, policy=Window(24, 0), plan=Slot())
    fresh.prefill(FirstFrame(made[:, -kept:]), inputs(OTHER))
    assert same(keys_of(video), keys_of(fresh), atol=1e-5)
    assert {page.tag.prompt for page in video.state.caches[0].pages} == {1}


@pytest.mark.parametrize("mask", MASKS)
def test_a_global_sink_keeps_the_first_prompts_keys(mask):
    video, _ = gone_on(5, **LONG)
    before = video.state.caches[0].pages
    video.recondition(Change(text=OTHER, recache=mask, global_sink=True))
    after = video.state.caches[0].pages
    assert after[:3] == before[:3]
    assert [page.tag.frame for page in after] == [0, 1, 2, *range(9, 15)]
    assert [page.tag.prompt for page in after] == [0] * 3 + [1] * 6
    assert not same(list(after[4].k), list(before[4].k), atol=1e-3)


def test_a_switch_while_all_is_in_the_window_reaches_the_sink_too():
    video, _ = gone_on(3, **LONG)
    video.recondition(Change(text=OTHER, recache="full", global_sink=True))
    assert {page.tag.prompt for page in video.state.caches[0].pages} == {1}


def test_a_switch_without_recache_keeps_the_past_and_obeys_the_new_text():
    video, _ = gone_on(2)
    before = keys_of(video)
    video.recondition(Change(text=OTHER, recache="none"))
    assert same(keys_of(video), before)
    assert video.state.prompt == 1


@pytest.mark.parametrize("history", ["clean", "per_level"])
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("sink", [True, False])
def test_the_memory_says_what_is_run_again_where_nobody_else_does(history, mask, sink):
    made = Recache(9, 3, mask, keep_sink=sink)
    video, _ = gone_on(5, policy=made, card=LONG["card"], history=history)
    plain, _ = gone_on(5, history=history, **LONG)
    video.recondition(Change(text=OTHER))
    plain.recondition(Change(text=OTHER, recache=mask, global_sink=sink))
    for row in range(len(plain.state.caches)):
        assert same(keys_of(video, row), keys_of(plain, row))


def test_a_memory_that_asks_for_nothing_keeps_the_old_prompt():
    untouched, _ = gone_on(5, **LONG)
    before = keys_of(untouched)
    untouched.recondition(Change(text=OTHER))
    assert same(keys_of(untouched), before)


def test_a_switch_before_the_first_block_has_nothing_to_run_again():
    video = begun()
    video.recondition(Change(text=OTHER, recache="full"))
    assert torch.equal(run(video, 1), run(begun(), 1))
    assert video.state.prompt == 1


def test_a_recompute_memory_needs_no_recache():
    video, _ = gone_on(2, policy=Recompute(3), plan=Slot())
    video.recondition(Change(text=OTHER, recache="full"))
    assert run(video, 1, keys=OTHER).isfinite().all()


@pytest.mark.parametrize("mask", MASKS)
def test_caches_of_levels_are_run_again_in_their_noise(mask):
    video, _ = gone_on(3, history="per_level")
    video.recondition(Change(text=TEXT, recache=mask, global_sink=False))
    levels = [{page.tag.level for page in cache.pages} for cache in video.state.caches]
    assert levels == [{step.t} for step in STEPS]
    assert run(video, 1).isfinite().all()


def test_blocks_in_flight_are_run_again_where_they_have_been():
    video = begun(history="per_level", batched=True)
    run(video, 5)
    before = [cache.tags for cache in video.state.caches]
    video.recondition(Change(text=OTHER, recache="block_causal", global_sink=False))
    after = [[tag.frame for tag in cache.tags] for cache in video.state.caches]
    assert after == [[tag.frame for tag in tags] for tags in before]
    assert run(video, 2, keys=OTHER).shape[1] == 6


def test_another_seed_takes_over_with_the_next_block():
    video, _ = gone_on(1, seed=1)
    video.recondition(Change(seed=2))
    assert not torch.allclose(run(video, 1), run(begun(seed=1), 2)[:, 3:], atol=0.1)


@pytest.mark.parametrize("size", [(2, 4), (8, 10)])
@pytest.mark.parametrize("history", ["clean", "per_level"])
def test_another_size_goes_on_from_the_resized_past(size, history):
    video, _ = gone_on(3, history=history)
    video.recondition(Change(size=size))
    cells = (size[0] // 2) * (size[1] // 2)
    assert {page.tokens for page in video.state.caches[0].pages} == {cells}
    assert video.step(inputs()).shape == (1, 3, 4, *size)


def test_another_size_with_blocks_in_flight_loses_none():
    video = begun(history="per_level", batched=True)
    before = run(video, 4).shape[1]
    video.recondition(Change(size=(8, 8)))
    after = torch.cat([run(video, 2), video.drain(inputs())], 1)
    assert before + after.shape[1] == 18
    assert after.shape[-2:] == (8, 8)


def test_a_size_that_does_not_fit_leaves_everything():
    video, _ = gone_on(1)
    kept = video.snapshot()
    with pytest.raises(ValueError, match="patches"):
        video.recondition(Change(size=(5, 6)))
    assert video.snapshot() is kept
    assert run(video, 1).shape[-2:] == (4, 6)


def test_a_failed_recache_leaves_everything():
    video = begun(made=Stumbling(9))
    run(video, 2)
    kept = video.snapshot()
    with pytest.raises(RuntimeError, match="memory"):
        video.recondition(Change(text=OTHER, recache="full"))
    assert video.snapshot() is kept


def test_a_cut_marks_the_frames_behind_it():
    video, _ = gone_on(1)
    video.recondition(Change(cut=True))
    run(video, 1)
    assert [page.tag.shot for page in video.state.caches[0].pages] == [0] * 3 + [1] * 3


def test_frames_stay_in_their_shot_when_they_are_run_again():
    video, _ = gone_on(1)
    video.recondition(Change(cut=True))
    run(video, 1)
    video.recondition(Change(text=OTHER, recache="full", cut=True))
    assert [page.tag.shot for page in video.state.caches[0].pages] == [0] * 3 + [1] * 3
    run(video, 1)
    assert video.state.caches[0].pages[-1].tag.shot == 2


def test_an_anchor_makes_the_newest_frames_the_sink():
    video, _ = gone_on(4, **LONG)
    video.recondition(Change(anchor=3))
    run(video, 3)
    assert [page.tag.frame for page in video.state.caches[0].pages] == [9, 10, 11, *range(15, 21)]


def test_another_memory_goes_on_with_the_pages_that_are_there():
    video, _ = gone_on(4)
    video.recondition(Change(policy=Window(6, 0)))
    run(video, 1)
    assert [page.tag.frame for page in video.state.caches[0].pages] == list(range(9, 15))


def test_a_memory_that_the_checkpoint_cannot_read_is_refused():
    video, _ = gone_on(1, card=Card(rows=frozenset({"per_level"}), clean_pass=False))
    with pytest.raises(ParamError, match="another checkpoint"):
        video.recondition(Change(policy=Recompute(3)))


def test_a_prefill_of_levels_wants_their_steps():
    with pytest.raises(ParamError, match="at least 1 step"):
        begun(history="per_level").prefill(FirstFrame(latents(1)), inputs(steps=()))


def test_a_prefill_does_not_overtake_blocks_in_flight():
    video = begun(history="per_level", batched=True)
    run(video, 2)
    with pytest.raises(ParamError, match="drain"):
        video.prefill(FirstFrame(latents(1)), inputs())
