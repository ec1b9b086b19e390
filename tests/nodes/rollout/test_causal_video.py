"""Claims about the block generator, with the real causal Wan at tiny dimensions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.errors import ParamError
from engine.values import Generator
from nodes.rollout.conditions import BlockInputs, FirstFrame
from nodes.rollout.dense import Dense
from nodes.rollout.flow import Schedule, Step
from nodes.rollout.memory.recompute import Recompute
from nodes.rollout.memory.window import Window
from nodes.rollout.noise_source import Gaussian, Place, Propagated
from nodes.rollout.rope_plan import Absolute, Slot
from tests.nodes.rollout.tiny_wan import CONFIG, GRID, SIZE, latents
from tests.nodes.rollout.video_parts import (
    NETWORK,
    OTHER,
    SCHEDULE,
    STEPS,
    TEXT,
    Card,
    Stumbling,
    begun,
    inputs,
    keys_of,
    run,
    same,
    session,
    with_control,
)


def one_shot(block: int, frames: int) -> list[torch.Tensor]:
    """Clean latents in one call under a mask: what each layer's keys are, and the flow."""
    seen: list[torch.Tensor] = []

    class Kept(Dense):
        def attend(self, layer, q, k, v):
            seen.extend((k, v))
            return super().attend(layer, q, k, v)

    x = made_latents(block, frames)
    past = Kept(Absolute(), frames, GRID, block)
    flow = NETWORK(x, torch.zeros(1, frames), TEXT, past)
    return [flow, *seen]


def made_latents(block: int, frames: int) -> torch.Tensor:
    return run(begun(block=block), frames // block)


@pytest.mark.parametrize("block", [1, 2, 3])
def test_streaming_equals_one_masked_call_cache_and_all(block):
    video = begun(block=block)
    run(video, 6 // block)
    _, *whole = one_shot(block, 6)
    pages = video.state.caches[0].pages
    for layer in range(CONFIG.layers):
        streamed = torch.cat([page.k[layer] for page in pages], 1)
        assert torch.allclose(streamed, whole[2 * layer], atol=1e-5)
        values = torch.cat([page.v[layer] for page in pages], 1)
        assert torch.allclose(values, whole[2 * layer + 1], atol=1e-5)


def test_a_block_is_the_published_loop():
    """Self-Forcing, pipeline/causal_inference.py, written out with one masked call a step."""
    video, frames = begun(seed=4), 6
    first, second = video.step(inputs()), video.step(inputs())
    x = Gaussian().sample(tuple(second.shape), Place(4, 0, 1))
    for i, (t, sigma) in enumerate(STEPS):
        times = torch.tensor([[0.0] * 3 + [t] * 3])
        past = Dense(Absolute(), frames, GRID, 3)
        v = NETWORK(torch.cat([first, x], 1), times, TEXT, past)[:, 3:]
        x0 = x - sigma * v
        if i + 1 < len(STEPS):
            eps = Gaussian().sample(tuple(x.shape), Place(4, 0, 1, i + 1))
            x = (1 - STEPS[i + 1].sigma) * x0 + STEPS[i + 1].sigma * eps
    assert torch.allclose(second, x0, atol=1e-4)


def test_a_block_of_levels_is_the_published_loop():
    """SoulX-LiveAct, generate.py: at each step a block sees what the others were at that step."""
    seen: list[list[torch.Tensor]] = [[] for _ in STEPS]
    made, shape = [], (1, 3, 4, *SIZE)
    for block in range(3):
        x = Gaussian().sample(shape, Place(4, 0, block))
        for i, (t, sigma) in enumerate(STEPS):
            seen[i].append(x)
            whole, frames = torch.cat(seen[i], 1), 3 * len(seen[i])
            past = Dense(Absolute(), frames, GRID, 3)
            x0 = x - sigma * NETWORK(whole, torch.full((1, frames), t), TEXT, past)[:, -3:]
            if i + 1 < len(STEPS):
                eps = Gaussian().sample(shape, Place(4, 0, block, i + 1))
                x = (1 - STEPS[i + 1].sigma) * x0 + STEPS[i + 1].sigma * eps
        made.append(x0)
    streamed = run(begun(history="per_level", seed=4), 3)
    assert torch.allclose(streamed, torch.cat(made, 1), atol=1e-4)
    assert (streamed - run(begun(seed=4), 3))[:, 3:].abs().max() > 0.05


@pytest.mark.parametrize("block", [1, 3])
def test_after_the_clean_pass_the_cache_is_a_prefill_with_the_result(block):
    for steps in (STEPS, SCHEDULE.steps(1), SCHEDULE.steps(4)):
        video, other = begun(block=block), begun(block=block)
        made = run(video, 2, steps=steps)
        other.prefill(FirstFrame(made), inputs())
        assert same(keys_of(video), keys_of(other))


def test_a_window_keeps_its_frames_and_its_sink():
    video = begun(policy=Window(9, 3), card=Card(window=9, sink=3))
    run(video, 7)
    assert [p.tag.frame for p in video.state.caches[0].pages] == [0, 1, 2, *range(15, 21)]


def test_same_seed_same_latents_other_seed_others():
    first = run(begun(seed=1), 3)
    assert torch.equal(first, run(begun(seed=1), 3))
    assert not torch.allclose(first, run(begun(seed=2), 3), atol=0.1)
    assert not torch.allclose(first, run(begun(seed=1, stream=1), 3), atol=0.1)


@pytest.mark.parametrize("history", ["clean", "last", "per_level"])
@pytest.mark.parametrize("sampler", ["renoise", "euler"])
def test_a_snapshot_brings_everything_back_bit_for_bit(history, sampler):
    video = begun(history=history, sampler=sampler, policy=Window(6, 0))
    noise = Propagated(0.5)
    run(video, 2, noise=noise)
    kept = video.snapshot()
    first, keys = run(video, 3, noise=noise), keys_of(video)
    video.restore(kept)
    assert torch.equal(run(video, 3, noise=noise), first)
    assert same(keys_of(video), keys)


def test_steps_go_as_the_model_was_trained_unless_asked():
    straight = run(begun(sampler="euler"), 2)
    asked = begun(card=Card(sampler="euler"))
    assert torch.equal(run(asked, 2), straight)
    assert not torch.allclose(run(begun(), 2), straight, atol=0.1)
    overruled = begun(card=Card(sampler="euler"), sampler="renoise")
    assert torch.equal(run(overruled, 2), run(begun(), 2))


def test_forks_do_not_touch_each_other():
    video = begun()
    run(video, 2)
    other = video.fork()
    run(other, 2, keys=OTHER)
    assert torch.equal(run(video, 1), run(begun(), 3)[:, 6:])
    assert other.state.block == 4
    assert other.state.caches[0].pages[0] is video.state.caches[0].pages[0]


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_a_failure_in_any_call_leaves_the_state(call):
    broken = Stumbling(4 + call)
    video = begun(made=broken)
    video.step(inputs())
    kept, keys = video.snapshot(), keys_of(video)
    with pytest.raises(RuntimeError, match="memory"):
        video.step(inputs())
    assert video.snapshot() is kept
    assert same(keys_of(video), keys)
    assert torch.equal(video.step(inputs()), run(begun(), 2)[:, 3:])


@pytest.mark.parametrize("answer", [float("nan"), float("inf")])
def test_a_block_that_is_not_finite_is_left_out_in_one_sentence(answer):
    video = begun(made=Stumbling(7, answer))
    video.step(inputs())
    with pytest.raises(ParamError, match="block 1 came out"):
        video.step(inputs())
    assert torch.equal(video.step(inputs()), run(begun(), 2)[:, 3:])


def test_a_source_of_nan_is_refused_and_the_next_block_is_well():
    video = begun()
    with pytest.raises(ParamError, match="not finite"):
        video.step(inputs(source=torch.full((1, 3, 4, *SIZE), float("nan")), strength=0.5))
    assert torch.equal(video.step(inputs()), run(begun(), 1))


def test_control_that_was_not_trained_is_the_base():
    made = with_control()
    video = begun(made=made)
    signal = torch.randn(1, 3, 2, *SIZE)
    assert torch.equal(run(video, 2, control=signal), run(begun(), 2))
    torch.nn.init.normal_(made.control_embedding.weight)
    assert not torch.allclose(run(begun(made=made), 1, control=signal), run(begun(), 1), atol=0.01)


def test_control_of_the_wrong_kind_is_refused():
    with pytest.raises(ParamError, match="unlink"):
        begun().step(inputs(control=torch.zeros(1, 3, 2, *SIZE)))
    with pytest.raises(ParamError, match=r"takes \(1, 3, 2"):
        begun(made=with_control()).step(inputs(control=torch.zeros(1, 3, 5, *SIZE)))


def test_a_weak_strength_stays_near_its_source():
    source = latents(3)
    steps = SCHEDULE.steps_from(0.02, 1)
    made = begun().step(inputs(source=source, strength=0.02, steps=steps))
    assert (made - source).abs().max() < 0.3
    assert torch.allclose(
        begun().step(inputs(source=source, strength=1.0)), begun().step(inputs()), atol=1e-6
    )


def test_the_quirk_noises_with_the_strength_and_answers_with_the_timestep():
    source, seen = latents(1), {}

    class Watching(Stumbling):
        def forward(self, x, t, *rest):
            seen.update(x=x, t=t)
            return super().forward(x, t, *rest)

    steps = Schedule((700, 500), shift=8, warp=False).steps_from(0.8, 1, quirk=True)
    video = begun(made=Watching(0), block=1, history="last")
    video.step(inputs(source=source, strength=0.8, steps=steps))
    eps = Gaussian().sample((1, 1, 4, *SIZE), Place(0, 0, 0))
    assert torch.allclose(seen["x"], 0.2 * source + 0.8 * eps, atol=1e-6)
    assert seen["t"].unique().item() == 700


def test_given_frames_come_first_and_the_shorter_block_leads():
    video, seen = begun(), latents(4)
    video.prefill(FirstFrame(seen), inputs())
    tags = video.state.caches[0].tags
    assert [tag.frame for tag in tags] == [0, 1, 2, 3]
    assert [tag.block for tag in tags] == [0, 1, 1, 1]
    assert video.state.frame == 4
    assert video.step(inputs()).shape == (1, 3, 4, *SIZE)


def test_a_first_frame_steers_what_follows():
    made = []
    for seed in (1, 2):
        video = begun()
        video.prefill(FirstFrame(latents(1, seed)), inputs())
        made.append(video.step(inputs()))
    assert not torch.allclose(*made, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 0, 4, *SIZE), (2, 1, 4, *SIZE), (4, *SIZE), (1, 1, 4, 8, 8)])
def test_given_frames_of_another_shape_are_refused(shape):
    video = begun()
    with pytest.raises(ParamError, match=r"the (given video|first frame) is"):
        video.prefill(FirstFrame(torch.zeros(shape)), inputs())
    assert video.state.frame == 0


def test_per_level_caches_read_only_their_own_level():
    video = begun(history="per_level")
    run(video, 2)
    levels = [{page.tag.level for page in cache.pages} for cache in video.state.caches]
    assert levels == [{step.t} for step in STEPS]


def test_the_last_steps_keys_stay_where_there_is_no_clean_pass():
    video = begun(history="last")
    run(video, 2)
    assert {page.tag.level for page in video.state.caches[0].pages} == {STEPS[-1].t}


def test_the_card_says_which_history():
    assert session(card=Card(clean_pass=True)).keeps == "clean"
    assert session(card=Card(clean_pass=False)).keeps == "per_level"
    assert session(card=Card(clean_pass=False, rows=frozenset({"clean"}))).keeps == "last"


@pytest.mark.parametrize("history", ["clean", "last", "per_level"])
def test_the_number_of_steps_changes_live(history):
    video = begun(history=history)
    for count in (3, 1, 4, 2, 3):
        assert video.step(inputs(steps=SCHEDULE.steps(count))).isfinite().all()
    assert len(video.state.caches) == (3 if history == "per_level" else 1)


def test_blocks_change_their_length_live():
    video = begun(policy=Window(12, 0))
    made = [video.step(inputs(frames=frames)) for frames in (3, 1, 2, 5)]
    assert [part.shape[1] for part in made] == [3, 1, 2, 5]
    assert [page.tag.frame for page in video.state.caches[0].pages] == list(range(11))


def test_euler_goes_along_the_flow():
    class Straight(Stumbling):
        def forward(self, x, t, *rest):
            super().forward(x, t, *rest)
            return x * 0.5

    made = begun(made=Straight(0), sampler="euler").step(inputs())
    x = Gaussian().sample(tuple(made.shape), Place(0, 0, 0))
    sigmas = [step.sigma for step in STEPS] + [0.0]
    for i in range(len(STEPS)):
        x = x + 0.5 * x * (sigmas[i + 1] - sigmas[i])
    assert torch.allclose(made, x, atol=1e-5)


def test_propagated_noise_begins_where_the_last_block_did():
    video, noise = begun(), Propagated(0.7)
    run(video, 2, noise=noise)
    shape = (1, 3, 4, *SIZE)
    first = Gaussian().sample(shape, Place(0, 0, 0))
    second = 0.7 * first + 0.51**0.5 * Gaussian().sample(shape, Place(0, 0, 1))
    assert torch.allclose(video.state.begun_in, second, atol=1e-6)


def test_recompute_reads_the_last_latents_anew_and_keeps_no_pages():
    video = begun(policy=Recompute(3), plan=Slot())
    made = run(video, 2)
    assert video.state.caches[0].frames <= 3
    past = begun(policy=Window(12, 0), plan=Slot())
    past.prefill(FirstFrame(made[:, :3]), inputs())
    past.restore(replace(past.state, block=1, frame=3))
    assert torch.allclose(past.step(inputs()), made[:, 3:], atol=1e-5)


@pytest.mark.parametrize("history", ["clean", "per_level"])
def test_bytes_stay_bounded(history):
    video = begun(history=history, policy=Window(4, 1), block=1)
    sizes = []
    for _ in range(40):
        video.step(inputs(steps=SCHEDULE.steps(2)))
        sizes.append(video.state.bytes)
    assert len(set(sizes[8:])) == 1


@pytest.mark.parametrize("plan", [Absolute(), Slot()])
@pytest.mark.parametrize("blocks", [341, 100_000])
def test_a_hundred_thousand_blocks_on_the_picture_is_the_same(plan, blocks):
    video = begun(policy=Window(6, 0), plan=plan)
    run(video, 3)
    later = video.fork()
    later.restore(moved(video.state, 3 * blocks))
    assert torch.allclose(run(later, 2), run(video, 2), atol=2e-4)


def moved(state, frames: int):
    """The state as if it had begun so many frames earlier."""

    def cache(old):
        pages = (page.tagged(frame=page.tag.frame + frames) for page in old.pages)
        return replace(old, pages=tuple(pages))

    return replace(state, frame=state.frame + frames, caches=tuple(map(cache, state.caches)))


def test_it_is_a_generator_that_nodes_can_hand_on():
    assert isinstance(begun(), Generator)


def test_what_does_not_go_together_is_refused_when_it_begins():
    with pytest.raises(ParamError, match="stream batch"):
        session(batched=True, history="clean")
    with pytest.raises(ParamError, match="another checkpoint"):
        session(card=Card(rows=frozenset({"per_level"})), policy=Recompute(3))
    with pytest.raises(ParamError, match='"per_level" keys'):
        session(history="per_level", policy=Recompute(3))
    with pytest.raises(ValueError, match="patches"):
        session(size=(5, 6))


def test_a_memory_that_was_not_trained_for_is_said():
    assert session(policy=Window(12, 0), card=Card(window=12)).warning() is None
    assert "9" in (session(policy=Window(12, 0), card=Card(window=9)).warning() or "")


def test_no_step_before_begin_and_none_without_steps():
    from nodes.rollout.causal_video import CausalVideo

    with pytest.raises(ParamError, match="begin"):
        CausalVideo().step(inputs())
    with pytest.raises(ParamError, match="at least 1"):
        begun().step(BlockInputs(TEXT, ()))


def test_a_source_of_another_size_is_refused_with_both():
    video = begun()
    kept = video.snapshot()
    with pytest.raises(ParamError, match="size"):
        video.step(inputs(source=latents(3)[..., :4], strength=0.5))
    assert video.snapshot() is kept


def test_a_timestep_without_noise_answers_with_the_latent_itself():
    source = latents(3)
    made = begun().step(inputs(source=source, strength=1e-9, steps=(Step(0.0, 0.0),)))
    assert torch.allclose(made, source, atol=1e-6)
