"""Claims about the stream batch for video: it is the sequential run, in fewer calls."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.rollout.flow import Schedule, Step
from nodes.rollout.memory.window import Window
from nodes.rollout.noise_source import Propagated
from tests.nodes.rollout.tiny_wan import SIZE, latents
from tests.nodes.rollout.video_parts import (
    OTHER,
    SCHEDULE,
    STEPS,
    Card,
    Stumbling,
    begun,
    inputs,
    keys_of,
    run,
    same,
    with_control,
)

VIDEO = latents(40)


def sequential(**changes):
    return begun(history="per_level", **changes)


def batched(**changes):
    return begun(history="per_level", batched=True, **changes)


def source(block: int, frames: int = 3):
    return {"source": VIDEO[:, block * frames : (block + 1) * frames], "strength": 0.7}


def whole(video, blocks: int, **changes) -> torch.Tensor:
    """So many blocks and what is in flight after them."""
    made = run(video, blocks, **changes)
    return torch.cat([made, video.drain(inputs(**changes))], 1)


def close(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return same(a, b, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("sampler", ["renoise", "euler"])
@pytest.mark.parametrize("policy", [Window(12, 0), Window(6, 2)])
def test_batched_is_the_sequential_run(count, sampler, policy):
    plain = {"sampler": sampler, "policy": policy, "card": Card(sink=2)}
    steps = SCHEDULE.steps(count)
    one, many = sequential(**plain), batched(**plain)
    expected = run(one, 6, steps=steps)
    made = whole(many, 6, steps=steps)
    assert torch.allclose(made, expected, atol=1e-5)
    for row in range(count):
        assert close(keys_of(many, row), keys_of(one, row))


def test_video_to_video_is_the_sequential_run_too():
    one, many = sequential(), batched()
    schedule = Schedule((700, 500, 400, 200, 0), shift=8, warp=False)
    expected, made = [], []
    for block in range(6):
        strength = 0.8 - 0.02 * block
        steps = schedule.steps_from(strength, 2, spread="first", quirk=True)
        given = {"steps": steps, **source(block), "strength": strength}
        expected.append(one.step(inputs(**given)))
        made.append(many.step(inputs(**given)))
    made.append(many.drain(inputs(steps=steps)))
    assert torch.allclose(torch.cat(made, 1), torch.cat(expected, 1), atol=1e-5)


def test_propagated_noise_and_control_travel_with_their_block():
    made = with_control()
    torch.nn.init.normal_(made.control_embedding.weight, std=0.2)
    one, many = sequential(made=made), batched(made=made)
    pairs = [torch.randn(1, 3, 2, *SIZE) if block % 2 else None for block in range(5)]
    noise = Propagated(0.5)
    expected = [one.step(inputs(control=signal, noise=noise)) for signal in pairs]
    got = [many.step(inputs(control=signal, noise=noise)) for signal in pairs]
    got.append(many.drain(inputs(noise=noise)))
    assert torch.allclose(torch.cat(got, 1), torch.cat(expected, 1), atol=1e-5)


def test_a_block_comes_out_n_calls_after_it_went_in():
    video = batched()
    lengths = [video.step(inputs()).shape[1] for _ in range(7)]
    assert lengths == [3, 0, 0, 3, 3, 3, 3]
    assert [one.next for one in video.state.flight] == [1, 2]


def test_one_call_a_block_once_the_batch_is_full():
    rows = []

    class Counting(Stumbling):
        def forward(self, x, *rest):
            rows.append(len(x))
            return super().forward(x, *rest)

    run(batched(made=Counting(0)), 6)
    assert rows == [1, 1, 1, 1, 2, 3, 3, 3]


@pytest.mark.parametrize(("before", "after"), [(1, 2), (1, 4), (2, 4), (4, 2), (3, 1), (4, 3)])
@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_every_block_comes_out_once_and_in_order_when_steps_change(before, after, blocks):
    video = batched(made=Still(0))
    counts = [before] * blocks + [after] * 6
    out = [video.step(marked(i, count)) for i, count in enumerate(counts)]
    out.append(video.drain(marked(0, after)))
    labels = torch.cat(out, 1).mean((0, 2, 3, 4)).tolist()
    assert labels == pytest.approx([i // 3 for i in range(3 * blocks + 18)], abs=0.05)
    assert [done.block for done in video.state.recent][-1] == blocks + 5


class Still(Stumbling):
    """A network that finds no noise: a block stays what its source was."""

    def forward(self, x, *rest):
        return super().forward(x, *rest) * 0


def marked(block: int, count: int):
    """A block whose source is its number everywhere, hardly noised."""
    steps = tuple(Step(1 - i / 10, 1e-3 - i * 1e-4) for i in range(count))
    picture = torch.full((1, 3, 4, *SIZE), float(block))
    return inputs(steps=steps, source=picture, strength=1e-3)


def test_after_a_change_of_steps_the_stream_is_the_sequential_one_again():
    """Rows that the change left unlike each other are forgotten with their window."""
    video = batched(policy=Window(3, 0), card=Card(window=3))
    run(video, 4)
    two = SCHEDULE.steps(2)
    made = whole(video, 5, steps=two)
    other = sequential(policy=Window(3, 0), card=Card(window=3))
    assert torch.allclose(made[:, -3:], run(other, 9, steps=two)[:, -3:], atol=1e-5)


def test_a_change_of_steps_shows_no_flash():
    video = batched()
    before = run(video, 6)
    after = run(video, 6, steps=SCHEDULE.steps(2))
    assert after.std() < 1.5 * before.std()
    assert after.isfinite().all()


def test_a_block_of_another_length_lets_the_others_out_first():
    video = batched()
    run(video, 4)
    out = video.step(inputs(frames=2))
    assert out.shape[1] == 6
    assert [len(one.tags) for one in video.state.flight] == [2]
    assert whole(video, 3, frames=2).shape[1] == 8


def test_draining_an_empty_stream_gives_nothing():
    assert batched().drain(inputs()).shape == (1, 0, 4, *SIZE)
    assert sequential().drain(inputs()).shape == (1, 0, 4, *SIZE)


def test_a_snapshot_holds_what_is_in_flight():
    video = batched()
    run(video, 4)
    kept = video.snapshot()
    first = whole(video, 3)
    video.restore(kept)
    other = video.fork()
    run(other, 2, keys=OTHER)
    assert torch.equal(whole(video, 3), first)


@pytest.mark.parametrize("answer", [None, float("nan")])
def test_a_failed_call_leaves_the_flight(answer):
    video = batched(made=Stumbling(7, answer))
    run(video, 4)
    kept = video.snapshot()
    with pytest.raises((RuntimeError, ParamError)):
        video.step(inputs())
    assert video.snapshot() is kept
    assert torch.allclose(video.step(inputs()), run(batched(), 5)[:, -3:], atol=1e-6)


def test_a_warm_start_may_repeat_the_last_steps_keys():
    own, last = batched(), batched(warm="last")
    assert torch.equal(run(own, 1), run(last, 1))
    assert same(keys_of(last, 0), keys_of(own, 2))
    assert {page.tag.level for page in last.state.caches[0].pages} == {STEPS[-1].t}


def test_a_prompt_reaches_every_row_in_the_next_call():
    video = batched()
    run(video, 4)
    other = video.fork()
    a, b = video.step(inputs()), other.step(inputs(OTHER))
    assert not torch.allclose(a, b, atol=1e-4)
