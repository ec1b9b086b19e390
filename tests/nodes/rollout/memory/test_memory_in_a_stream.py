"""Every memory under the generator: exact snapshots and forks, bounds, changes of memory."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.rollout.memory.conv import ConvKV
from nodes.rollout.memory.diverse import Diverse
from nodes.rollout.memory.diverse_tokens import DiverseTokens
from nodes.rollout.memory.policy import PER_LEVEL, Live
from nodes.rollout.memory.recache import Recache
from nodes.rollout.memory.recompute import Recompute
from nodes.rollout.memory.replay import Replay
from nodes.rollout.memory.retrieve import Retrieve
from nodes.rollout.memory.ring import Ring
from nodes.rollout.memory.window import Window
from nodes.rollout.recondition import Change
from nodes.rollout.rope_plan import Absolute, Shots, Slot
from tests.nodes.rollout.video_parts import OTHER, STEPS, begun, keys_of, run, same

POLICIES = [
    Window(9, 3),
    Ring(9, 3),
    Recompute(6),
    Recache(9, 3),
    Diverse(9, 1, 2),
    DiverseTokens(9, 1, 2),
    Retrieve(9, 1, 2, archive=8),
    Replay(9, 3, 2),
    ConvKV(2, 1, 1),
]
EVERY = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
LEVELS = [policy for policy in POLICIES if PER_LEVEL in policy.rows]


@EVERY
def test_a_snapshot_brings_the_stream_back_bit_for_bit(policy):
    video = begun(policy=policy, plan=Slot())
    run(video, 5)
    kept = video.snapshot()
    once, keys = run(video, 2), keys_of(video)
    video.restore(kept)
    assert torch.equal(run(video, 2), once)
    assert same(keys_of(video), keys)


@EVERY
def test_a_fork_goes_its_own_way(policy):
    video = begun(policy=policy, plan=Slot())
    run(video, 4)
    other = video.fork()
    run(other, 2, keys=OTHER)
    alone = begun(policy=policy, plan=Slot())
    assert torch.equal(run(video, 1), run(alone, 5)[:, 12:])


@pytest.mark.parametrize("policy", LEVELS, ids=lambda policy: policy.name)
@pytest.mark.parametrize("batched", [False, True])
def test_one_cache_a_noise_level(policy, batched):
    video = begun(policy=policy, plan=Slot(), history="per_level", batched=batched)
    made = run(video, 6)
    assert made.isfinite().all()
    assert len(video.state.caches) == len(STEPS)
    written = [{tag.level for tag in cache.tags} for cache in video.state.caches]
    assert written == [{step.t} for step in STEPS]


@pytest.mark.parametrize("policy", LEVELS, ids=lambda policy: policy.name)
def test_the_stream_batch_is_one_step_after_the_other(policy):
    batched = begun(policy=policy, plan=Slot(), history="per_level", batched=True)
    single = begun(policy=policy, plan=Slot(), history="per_level")
    made, wanted = run(batched, 8), run(single, 6)
    assert torch.allclose(made, wanted[:, : made.shape[1]], atol=1e-4)


@EVERY
def test_the_memory_is_changed_while_it_runs(policy):
    video = begun(policy=Window(12, 3), plan=Slot())
    run(video, 4)
    for other in (policy, Diverse(9, 1, 2), policy, Window(6, 0)):
        video.recondition(Change(policy=other))
        assert run(video, 2).isfinite().all()
    assert video.state.caches[0].frames <= 6


@EVERY
@pytest.mark.parametrize("plan", [Absolute(), Absolute(limit=16), Shots(Slot(), 8, 1 / 6)])
def test_every_plan_places_what_a_memory_keeps(policy, plan):
    video = begun(policy=policy, plan=plan)
    run(video, 3)
    video.recondition(Change(cut=True))
    assert run(video, 3).isfinite().all()


@EVERY
def test_a_prompt_that_changes_finds_a_memory_that_goes_on(policy):
    video = begun(policy=policy, plan=Slot())
    run(video, 4)
    video.recondition(Change(text=OTHER, recache="full"))
    assert run(video, 2, keys=OTHER).isfinite().all()
    assert video.state.caches[0].tags[-1].prompt == 1


@EVERY
def test_bytes_stop_growing(policy):
    video = begun(policy=policy, plan=Slot(), block=3)
    sizes = []
    for _ in range(24):
        run(video, 1, steps=STEPS[:1])
        sizes.append(video.state.bytes)
    assert max(sizes[-6:]) <= max(sizes[6:18])


def test_a_handle_of_live_knobs_is_asked_at_each_block():
    frames = [12]
    video = begun(policy=Live(lambda: Window(frames[0], 0)), plan=Slot())
    run(video, 5)
    assert video.state.caches[0].frames == 12
    frames[0] = 6
    run(video, 1)
    assert video.state.caches[0].frames == 6


def test_knobs_that_do_not_go_together_leave_the_stream_as_it_was():
    sink = [0]
    video = begun(policy=Live(lambda: Window(6, sink[0])), plan=Slot())
    run(video, 3)
    kept, sink[0] = video.snapshot(), 9
    with pytest.raises(ParamError, match="a sink of 9 frames fills the window of 6"):
        run(video, 1)
    assert video.snapshot() is kept
