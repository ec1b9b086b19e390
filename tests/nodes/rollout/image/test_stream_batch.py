"""Claims about the stream batch: it is n sequential steps in disguise, and no change of settings
shows a flash.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from nodes.rollout.image.guidance import Guidance
from nodes.rollout.image.stream_batch import StreamBatch, one_by_one, rungs
from tests.nodes.rollout.streams import Mixer, noise, pictures

MODES = ["none", "full", "self", "initialize"]


def sheet(z, schedule, indices, fixed, guidance, denoise, add_noise=True):
    """StreamDiffusion's steps for one frame, written out, in float64."""
    z, fixed = z.double(), fixed.double()
    tables = schedule.ladder(schedule.at(indices))
    a, b, c_skip, c_out = (t.tolist() for t in (tables.a, tables.b, tables.c_skip, tables.c_out))
    x, stock = a[0] * z + b[0] * fixed[0], fixed[0]
    for i, t in enumerate(tables.timesteps):
        text, negative = (denoise(x, torch.tensor([t]), k) for k in (0, 1))
        eps = text
        if guidance.acts:
            stock = negative if guidance.mode == "initialize" and i == 0 else stock
            u = negative if guidance.mode == "full" else guidance.delta * stock
            eps = u + guidance.scale * (text - u)
        x0 = c_out[i] * (x - b[i] * eps) / a[i] + c_skip[i] * x
        d = c_out[i] * (b[i] * stock - b[i] * eps) / a[i] + c_skip[i] * b[i] * stock
        if i + 1 < len(a):
            x = a[i + 1] * x0 + b[i + 1] * fixed[i + 1] * add_noise
            stock = fixed[i + 1] + a[i + 1] * d / b[i + 1]
    return x0.float()


def run(batch, frames, denoise):
    return [batch.step(z, denoise, tag=k) for k, z in enumerate(frames)]


def outputs(batch, frames, denoise):
    """Everything the stream gives for its frames, in order, drained."""
    given = [(z, tag) for z, tag in run(batch, frames, denoise) if tag is not None]
    return given + batch.drain(denoise)


@pytest.mark.parametrize("add_noise", [True, False])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "indices", [(32,), (32, 45), (0, 16, 32, 45), (12, 20, 26, 31, 40, 47, 49)]
)
def test_the_batch_is_the_sheet_in_disguise(settings, schedule, mixer, indices, mode, add_noise):
    now = settings(indices, mode, add_noise=add_noise)
    given = outputs(StreamBatch(now), pictures(9), mixer)
    assert [tag for _, tag in given] == list(range(9))
    for (out, _), z in zip(given, pictures(9), strict=True):
        expected = sheet(z, schedule, indices, noise(len(indices)), now.guidance, mixer, add_noise)
        torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_frame_k_comes_out_at_call_k_plus_n_minus_1(settings, mixer, mode):
    batch = StreamBatch(settings(mode=mode))
    given = run(batch, pictures(9), mixer)
    for call in range(4, 9):
        twin = one_by_one(
            pictures(9)[call - 3], batch.settings.rungs, batch.settings.guidance, mixer
        )
        torch.testing.assert_close(given[call][0], twin[-1][0], atol=1e-5, rtol=1e-5)
        assert given[call][1] == call - 3


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("frames", [2, 3])
def test_a_frame_buffer_gives_the_pictures_of_single_frames(settings, mixer, mode, frames):
    singles = outputs(StreamBatch(settings(mode=mode)), pictures(6), mixer)
    groups = [torch.cat(pictures(6)[i : i + frames]) for i in range(0, 6, frames)]
    grouped = outputs(StreamBatch(settings(mode=mode, frames=frames)), groups, mixer)
    together = torch.cat([out for out, _ in grouped])
    torch.testing.assert_close(
        together, torch.cat([out for out, _ in singles]), atol=1e-5, rtol=1e-5
    )


def test_true_noise_gives_the_picture_back(settings, schedule):
    now = settings((0, 16, 32, 45))
    z = pictures(1)[0]
    after = one_by_one(z, now.rungs, now.guidance, lambda x, t, k: _true_noise(now.rungs, t, x))
    for estimate, _ in after:
        torch.testing.assert_close(estimate, z, atol=2e-5, rtol=1e-5)


def _true_noise(at, timesteps, x):
    return at.fixed[(at.timesteps == timesteps[0]).nonzero()[0]].expand_as(x)


@pytest.mark.parametrize(
    ("mode", "rows"), [("none", 4), ("self", 4), ("initialize", 5), ("full", 8)]
)
def test_a_frame_costs_one_call_of_the_rows_of_its_mode(settings, mixer, mode, rows):
    batch = StreamBatch(settings(mode=mode))
    batch.step(pictures(1)[0], mixer, tag=0)
    mixer.calls.clear()
    run(batch, pictures(5), mixer)
    assert mixer.calls == [rows] * 5


def test_a_frame_buffer_of_two_costs_one_call_per_two_frames(settings, mixer):
    batch = StreamBatch(settings(mode="initialize", frames=2))
    batch.step(pictures(1, 2)[0], mixer, tag=0)
    mixer.calls.clear()
    batch.step(pictures(1, 2)[0], mixer, tag=1)
    assert mixer.calls == [10]


@pytest.mark.parametrize("mode", MODES)
def test_a_still_input_is_constant_from_the_first_output(settings, mixer, mode):
    z = pictures(1)[0]
    given = [out for out, _ in run(StreamBatch(settings(mode=mode)), [z] * 8, mixer)]
    for out in given[1:]:
        torch.testing.assert_close(out, given[0], atol=1e-5, rtol=1e-5)


def test_no_output_comes_from_an_empty_buffer_after_begin(settings, mixer):
    batch = StreamBatch(settings())
    first = run(batch, pictures(3), mixer)[0][0]
    batch.begin()
    again = run(batch, pictures(3), mixer)
    assert torch.equal(again[0][0], first)
    assert [tag for _, tag in again] == [0, None, None]


def test_delta_zero_scales_the_prediction(settings, mixer):
    guided = outputs(StreamBatch(settings(mode="self", scale=1.5, delta=0.0)), pictures(4), mixer)
    scaled = outputs(
        StreamBatch(settings(mode="none")), pictures(4), lambda x, t, k: 1.5 * mixer(x, t, k)
    )
    for (one, _), (other, _) in zip(guided, scaled, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_guidance_of_one_makes_all_modes_equal(settings, mixer):
    given = [
        outputs(StreamBatch(settings(mode=mode, scale=1.0)), pictures(3), mixer) for mode in MODES
    ]
    for other in given[1:]:
        assert all(torch.equal(a[0], b[0]) for a, b in zip(given[0], other, strict=True))


def test_one_step_with_self_guidance_pushes_from_the_noise_that_was_added(settings, mixer):
    now = settings((32,), "self", scale=1.5, delta=1.0)
    z = pictures(1)[0]
    out, _ = StreamBatch(now).step(z, mixer, tag=0)
    x = now.rungs.a * z + now.rungs.noise
    eps = torch.lerp(now.rungs.fixed, mixer(x, now.rungs.timesteps, 0), 1.5)
    torch.testing.assert_close(out, now.rungs.keep * x - now.rungs.take * eps)


def test_a_change_of_prompt_reaches_every_frame_in_flight(settings, mixer):
    def fourth_output(prompt_at):
        batch, given = StreamBatch(settings()), []
        for k, z in enumerate(pictures(6)):
            mixer.prompt = 0.1 if k < prompt_at else 0.6
            given.append(batch.step(z, mixer, tag=k)[0])
        return given[4]

    same, last_step_changed, three_changed = fourth_output(9), fourth_output(4), fourth_output(2)
    assert not torch.equal(same, last_step_changed)
    assert not torch.equal(last_step_changed, three_changed)


@pytest.mark.parametrize("mode", MODES)
def test_a_snapshot_brings_everything_back_bit_for_bit(settings, mixer, mode):
    batch = StreamBatch(settings(mode=mode))
    run(batch, pictures(5), mixer)
    kept = batch.snapshot()
    ahead = run(batch, pictures(5), mixer)
    batch.recondition(settings((20, 40), "full"), mixer)
    batch.restore(kept)
    again = run(batch, pictures(5), mixer)
    assert all(torch.equal(a[0], b[0]) and a[1] == b[1] for a, b in zip(ahead, again, strict=True))


def test_a_fork_goes_its_own_way(settings, mixer):
    batch = StreamBatch(settings())
    run(batch, pictures(5), mixer)
    fork = batch.fork()
    expected = fork.step(pictures(1)[0], mixer, tag=7)[0]
    batch.recondition(settings((40,)), mixer)
    assert torch.equal(
        batch.fork().step(pictures(1)[0], mixer, tag=7)[0],
        batch.step(pictures(1)[0], mixer, tag=7)[0],
    )
    assert fork.settings is not batch.settings
    assert torch.isfinite(expected).all()


def test_state_is_never_written_into(settings, mixer):
    batch = StreamBatch(settings(mode="initialize"))
    run(batch, pictures(5), mixer)
    flight = batch.snapshot().flight
    before = flight.estimates.clone(), flight.drifts.clone()
    run(batch, pictures(3), mixer)
    assert torch.equal(flight.estimates, before[0])
    assert torch.equal(flight.drifts, before[1])


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("to", [(32,), (32, 45), (20, 30, 40, 45), (5, 15, 25, 35, 45, 48)])
@pytest.mark.parametrize("start", [(40,), (30, 42), (0, 16, 32, 45)])
def test_steps_change_with_every_frame_in_and_out_once(settings, mixer, start, to, frames):
    groups = pictures(12, frames)
    batch = StreamBatch(settings(start, frames=frames))
    tags = [tag for _, tag in run(batch, groups[:5], mixer)]
    tags += [tag for _, tag in batch.recondition(settings(to, frames=frames), mixer)]
    tags += [batch.step(z, mixer, tag=5 + k)[1] for k, z in enumerate(groups[5:])]
    tags += [tag for _, tag in batch.drain(mixer)]
    assert [tag for tag in tags if tag is not None] == list(range(12))


class Restorer(Mixer):
    """A network that knows the picture: it predicts the noise that leads to it, off by a little."""

    def __init__(self, z: torch.Tensor, ladders: list) -> None:
        super().__init__()
        self.z = z
        self.levels = {t: (a, b) for at in ladders for t, a, b in _levels(at)}

    def __call__(self, x: torch.Tensor, timesteps: torch.Tensor, negatives: int) -> torch.Tensor:
        a, b = (
            torch.tensor(c).view(-1, 1, 1, 1)
            for c in zip(*(self.levels[t] for t in timesteps.tolist()), strict=True)
        )
        return (x - a * self.z) / b + 0.01 * super().__call__(x, timesteps, negatives)


def _levels(at):
    return zip(at.timesteps.tolist(), at.a.flatten().tolist(), at.b.flatten().tolist(), strict=True)


CHANGES = {
    "fewer steps": ({}, {"indices": (25, 40)}),
    "one step": ({}, {"indices": (30,)}),
    "more steps": ({"indices": (25, 40)}, {}),
    "from one step": ({"indices": (30,)}, {}),
    "less strength": ({}, {"indices": (30, 36, 42, 48)}),
    "more strength": ({"indices": (30, 36, 42, 48)}, {"indices": (0, 12, 25, 37)}),
    "seed": ({}, {"seed": 77}),
    "guidance": ({"mode": "none"}, {"mode": "self", "scale": 1.6}),
    "full guidance": ({"mode": "self"}, {"mode": "full", "scale": 1.6}),
    "no noise": ({}, {"add_noise": False}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_live_change_never_flashes(settings, change):
    before, after = (settings(**kwargs) for kwargs in CHANGES[change])
    z = pictures(1)[0]
    network = Restorer(z, [before.rungs, after.rungs])
    batch = StreamBatch(before)
    shown = [out for out, _ in run(batch, [z] * 6, network)]
    shown += [out for out, _ in batch.recondition(after, network)]
    shown += [out for out, _ in run(batch, [z] * 8, network)]
    worst = max((out - z).abs().max().item() for out in shown)
    steady = max((out - z).abs().max().item() for out in (shown[0], shown[-1]))
    assert worst <= 1.5 * steady + 0.02
    assert steady < 0.25


def test_another_size_finishes_the_old_stream_and_begins_anew(settings, mixer):
    batch = StreamBatch(settings())
    run(batch, pictures(5), mixer)
    before = settings()
    larger = replace(before, rungs=before.rungs.renoised(torch.randn(4, 4, 8, 8)))
    finished = batch.recondition(larger, mixer)
    assert [tag for _, tag in finished] == [2, 3, 4]
    assert batch.step(torch.randn(1, 4, 8, 8), mixer, tag=5)[1] == 5


def test_a_skipped_frame_leaves_with_the_newest_that_waits(settings, mixer):
    batch = StreamBatch(settings((32, 45)))
    for k, z in enumerate(pictures(3)):
        batch.step(z, mixer, tag=(k,))
    assert batch.skip(lambda tag: (*tag, 3))
    assert batch.step(pictures(1)[0], mixer, tag=(4,))[1] == (2, 3)


def test_nothing_waits_with_one_step_or_before_the_first_frame(settings, mixer):
    batch = StreamBatch(settings((32,)))
    assert not batch.skip(lambda tag: tag)
    batch.step(pictures(1)[0], mixer, tag=0)
    assert not batch.skip(lambda tag: tag + 1)


def test_pure_noise_enters_as_it_is(settings, mixer):
    now = settings((0, 25), "none")
    x = noise(1, seed=5)
    out, _ = StreamBatch(now).step(x, mixer, tag=0, noisy=True)
    first = now.rungs.keep[:1] * x - now.rungs.take[:1] * mixer(x, now.rungs.timesteps[:1], 0)
    second = now.rungs.a[1:] * first + now.rungs.noise[1:]
    expected = now.rungs.keep[1:] * second - now.rungs.take[1:] * mixer(
        second, now.rungs.timesteps[1:], 0
    )
    torch.testing.assert_close(out, expected)


def test_pure_noise_in_a_batch_is_pure_noise_one_by_one(settings, mixer):
    now = settings((0, 16, 40), "none")
    batch, given = StreamBatch(now), []
    drawn = [noise(1, seed=s) for s in range(6)]
    given = [batch.step(x, mixer, tag=k, noisy=True) for k, x in enumerate(drawn)]
    twin = one_by_one(drawn[3], now.rungs, now.guidance, mixer, noisy=True)
    torch.testing.assert_close(given[5][0], twin[-1][0], atol=1e-5, rtol=1e-5)


def test_the_wrong_number_of_noise_pictures_is_refused(schedule):
    with pytest.raises(ValueError, match="ladder of 2 steps"):
        rungs(schedule.ladder((600, 300)), noise(3))


def test_guidance_acts_only_above_one():
    assert not Guidance("full", 1.0).acts
    assert not Guidance("none", 7.0).acts
    assert Guidance("self", 1.2).acts
