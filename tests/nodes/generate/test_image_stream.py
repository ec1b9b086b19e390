"""Claims about the image stream node: every frame in comes out once at its own time, and no change
flashes.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from safetensors.torch import save_file
from torch.utils._python_dispatch import TorchDispatchMode

from engine.errors import ParamError, WeightsError
from engine.node import Context, Packet, Rng, Stream, Tick
from engine.values import Frame, Prompt
from engine.weights import Weights
from nodes.generate.image_stream import ImageStream
from nodes.models.zoo import Zoo
from nodes.rollout.image.stream_batch import one_by_one
from tests.nodes.generate.conftest import DT, call, frames, numbers, packets, play, same

MODES = ["none", "self", "initialize", "full"]


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("frame_buffer", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 4, 7])
def test_every_frame_comes_out_once_at_its_time(stream, steps, frame_buffer, count):
    node = stream(steps=steps, frame_buffer=frame_buffer)
    outs = play(node, frames(count)) + list(node.drain())
    assert numbers(outs) == list(range(count))


@pytest.mark.parametrize("mode", MODES)
def test_a_frame_is_painted_as_step_by_step(stream, mode):
    node = stream(steps=3, guidance_mode=mode, guidance=1.4, delta=0.7)
    given = frames(5)
    outs = play(node, given) + list(node.drain())
    settings, model = node._past.memory.settings, node._held.model
    denoise = node._session.denoiser(node._look(), (32, 48))
    for frame, out in zip(given, outs, strict=True):
        after = one_by_one(model.encode(frame.tensor), settings.rungs, settings.guidance, denoise)
        expected = model.decode(after[-1][0], 32, 48)
        torch.testing.assert_close(out.value.tensor, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("mode", "rows"), [("none", 2), ("self", 2), ("initialize", 3), ("full", 4)]
)
def test_a_frame_costs_one_network_call(stream, network_calls, mode, rows):
    node = stream(steps=2, guidance_mode=mode, guidance=1.4)
    play(node, frames(1))
    calls = network_calls(node)
    play(node, frames(4), start=1)
    assert calls == [rows] * 4


@pytest.mark.parametrize("mode", MODES)
def test_a_still_input_gives_a_still_picture_from_the_first(stream, mode):
    outs = play(stream(steps=4, guidance_mode=mode, guidance=1.3), frames(1) * 7)
    for out in outs[1:]:
        torch.testing.assert_close(out.value.tensor, outs[0].value.tensor, atol=1e-4, rtol=1e-4)


def test_the_first_picture_comes_at_once_and_again_after_a_reset(stream):
    node = stream(steps=4)
    first = call(node, packets(frames(1))[0])
    play(node, frames(3), start=1)
    node.reset()
    again = call(node, packets(frames(1))[0])
    assert numbers(first) == [0]
    assert same(first, again)


CHANGES = [
    {"steps": 1},
    {"steps": 5},
    {"strength": 0.9},
    {"strength": 0.0},
    {"seed": 77},
    {"seed_blend": 0.4},
    {"guidance_mode": "self", "guidance": 1.5},
    {"guidance_mode": "full", "guidance": 2.0, "negative_prompt": "q"},
    {"prompt": Prompt((("x", 1.0), ("y", 2.0)), "slerp")},
    {"add_noise": False},
    {"step_indices": "32 45"},
    {"frame_buffer": 2},
    {"width": 64, "height": 32},
    {"steps": 4, "strength": 0.8, "width": 24},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_any_change_keeps_every_frame(stream, change):
    node = stream(steps=3)
    outs = play(node, frames(5))
    for name, value in change.items():
        setattr(node, name, value)
    outs += play(node, frames(6), start=5) + list(node.drain())
    assert numbers(outs) == list(range(11))
    assert all(torch.isfinite(out.value.tensor).all() for out in outs)


@pytest.mark.parametrize("change", CHANGES[:11], ids=str)
def test_no_change_shows_a_flash(stream, change):
    """On a still input every picture lies between the one before the change and the one after."""
    node, still = stream(steps=3), frames(1)
    before = play(node, still * 5)
    for name, value in change.items():
        setattr(node, name, value)
    after = play(node, still * 12, start=5)
    first, last = before[-1].value.tensor, after[-1].value.tensor
    step = (first - last).abs().mean()
    for out in after:
        assert (out.value.tensor - last).abs().mean() <= step * 1.5 + 0.01
        assert abs(out.value.tensor.mean() - last.mean()) <= abs(first.mean() - last.mean()) + 0.02


def test_a_changed_look_is_the_look_itself_once_it_has_settled(stream):
    changed, straight, still = stream(steps=2), stream(steps=4, strength=0.8), frames(1)
    play(changed, still * 4)
    changed.steps, changed.strength = 4, 0.8
    settled = play(changed, still * 10, start=4)[-1]
    expected = play(straight, still)[0]
    torch.testing.assert_close(settled.value.tensor, expected.value.tensor, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_a_changed_prompt_keeps_the_guidance(stream, mode):
    params = {"steps": 3, "guidance_mode": mode, "guidance": 1.6, "negative_prompt": "q"}
    changed, still = stream(**params), frames(1)
    straight = stream(**params, prompt=Prompt.of("zzz"))
    play(changed, still * 3)
    changed.prompt = Prompt.of("zzz")
    settled = play(changed, still * 8, start=3)[-1]
    expected = play(straight, still)[0]
    torch.testing.assert_close(settled.value.tensor, expected.value.tensor, atol=1e-4, rtol=1e-4)


def test_fewer_steps_let_the_oldest_frames_out_first(stream):
    node = stream(steps=4)
    outs = play(node, frames(6))
    node.steps = 1
    outs += call(node, packets(frames(1), start=6)[0])
    assert numbers(outs) == list(range(7))


@pytest.mark.parametrize(("height", "width"), [(32, 48), (33, 47), (8, 8), (1, 1), (9, 200)])
def test_a_picture_comes_back_at_its_size(stream, height, width):
    (out,) = play(stream(steps=1), frames(1, height, width))
    assert out.value.tensor.shape == (1, 3, height, width)


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({"width": 64, "height": 40}, (40, 64)),
        ({"width": 24}, (16, 24)),
        ({"height": 64}, (64, 96)),
        ({}, (32, 48)),
    ],
)
def test_a_size_can_be_chosen(stream, params, size):
    (linked,) = play(stream(steps=1, **params), frames(1))
    (unlinked,) = stream(steps=1, **params).process(Tick(0, DT))
    for out in (linked, unlinked):
        assert (out.value.height, out.value.width) == size


def test_an_input_that_changes_size_keeps_every_frame(stream):
    node = stream(steps=3)
    outs = play(node, frames(4)) + play(node, frames(4, 40, 40), start=4) + list(node.drain())
    assert numbers(outs) == list(range(8))
    assert [out.value.height for out in outs] == [32] * 4 + [40] * 4


def test_a_snapshot_brings_the_stream_back_bit_for_bit(stream):
    node = stream(steps=3, guidance_mode="initialize", guidance=1.4, skip_similar=True)
    play(node, frames(5))
    kept = node.snapshot()
    ahead = play(node, frames(5), start=5) + list(node.drain())
    node.restore(kept)
    assert same(ahead, play(node, frames(5), start=5) + list(node.drain()))


def test_the_same_twice_is_the_same(stream):
    params = {"steps": 2, "guidance_mode": "self", "guidance": 1.4, "skip_similar": True}
    assert same(play(stream(**params), frames(6)), play(stream(**params), frames(6)))


def test_inputs_are_not_written_into(stream):
    given = frames(3)
    before = [frame.tensor.clone() for frame in given]
    play(stream(steps=2), given)
    assert all(torch.equal(a, frame.tensor) for a, frame in zip(before, given, strict=True))


@pytest.mark.parametrize("steps", [1, 3])
def test_similar_frames_are_answered_without_the_network(stream, network_calls, steps):
    node = stream(steps=steps, skip_similar=True, frame_buffer=1)
    still = frames(1)
    outs = play(node, still)
    calls = network_calls(node)
    outs += play(node, still * 24, start=1) + list(node.drain())
    assert numbers(outs) == list(range(25))
    assert len(calls) <= 2 * steps + 2


def test_after_eleven_repeats_a_frame_is_painted(stream, network_calls):
    node, still = stream(steps=1, skip_similar=True), frames(1)
    play(node, still)
    calls = network_calls(node)
    painted = []
    for k in range(1, 26):
        play(node, still, start=k)
        painted.append(len(calls))
    assert painted[:11] == [0] * 11
    assert painted[11:23] == [1] * 12
    assert painted[23] == 2


def test_a_changed_prompt_is_painted_however_still_the_input(stream, network_calls):
    node, still = stream(steps=3, skip_similar=True), frames(1)
    play(node, still * 8)
    node.prompt = Prompt.of("zzz")
    calls = network_calls(node)
    play(node, still * 5, start=8)
    assert len(calls) == 3


def test_without_a_link_a_picture_comes_each_tick_and_changes_slowly(stream):
    node = stream(steps=2, drift=0.5)
    outs = [out for k in range(12) for out in node.process(Tick(k * DT, DT, k))]
    assert numbers(outs) == list(range(12))
    moved = [(a.value.tensor - b.value.tensor).abs().mean().item() for a, b in pairwise(outs[2:])]
    far = (outs[2].value.tensor - outs[-1].value.tensor).abs().mean().item()
    assert min(moved) > 0
    assert max(moved) < far


def test_without_drift_the_picture_stands(stream):
    node = stream(steps=2, drift=0.0)
    outs = [out for k in range(5) for out in node.process(Tick(k * DT, DT, k))]
    torch.testing.assert_close(outs[-1].value.tensor, outs[0].value.tensor, atol=1e-5, rtol=1e-5)


def test_the_walk_through_noise_is_noise_everywhere(stream):
    node = stream()
    session, look = node._session, node._look()
    for phase in (0.0, 0.3, 0.5, 7.99, 8.0, 1e4 + 0.25):
        noise = session.wandering(look, (256, 256), phase).rungs.fixed
        assert noise.std().item() == pytest.approx(1.0, abs=0.04)
    here, near = (session.wandering(look, (64, 64), at).rungs.fixed for at in (3.0, 3.0 + 1e-4))
    assert 0 < (here - near).abs().max() < 1e-2


def test_another_document_seed_is_another_picture(folder):
    outs = []
    for seed in (0, 1):
        node = ImageStream(model=str(folder), steps=1)
        node.ctx = Context(stream=Stream(48, 32), rng=Rng(seed, 3))
        node.setup(node.ctx)
        outs.append(play(node, frames(1))[0].value.tensor)
    assert not torch.equal(*outs)


class Readings(TorchDispatchMode):
    """Counts what would wait for an accelerator: numbers read out of tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if name in ("_local_scalar_dense", "nonzero", "is_nonzero", "equal"):
            self.read.append(name)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("mode", MODES)
def test_nothing_in_the_frame_path_waits_for_the_device(stream, mode):
    node = stream(steps=2, guidance_mode=mode, guidance=1.4)
    play(node, frames(2))
    with Readings() as readings:
        play(node, frames(3), start=2)
    assert readings.read == []


def lora(tmp_path, *, width: int = 32) -> str:
    name = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
    up = torch.randn(width, 2, generator=torch.Generator().manual_seed(0))
    path = tmp_path / "style.safetensors"
    save_file({f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": up.T.contiguous()}, path)
    return str(path)


def test_lora_weights_move_live_and_zero_is_the_base(stream, tmp_path):
    node, still = stream(steps=1), frames(1)
    plain = play(node, still)[0].value.tensor
    node.loras = f"{lora(tmp_path)} = 0.8"
    full = play(node, still, start=1)[0].value.tensor
    node.lora_scale = 0.5
    half = play(node, still, start=2)[0].value.tensor
    node.lora_scale = 0.0
    none = play(node, still, start=3)[0].value.tensor
    assert not torch.equal(plain, full)
    assert not torch.equal(half, full)
    assert torch.equal(none, plain)


@pytest.mark.parametrize("line", ["= 0.5", "a.safetensors = much", "a.safetensors = nan"])
def test_a_lora_line_that_cannot_be_read_is_quoted(stream, line):
    node = stream(loras=f"# mine\n\n{line}")
    with pytest.raises(ParamError, match=r"style\.safetensors = 0\.8") as caught:
        play(node, frames(1))
    assert repr(line) in str(caught.value)


def test_a_missing_lora_names_a_near_file(stream, tmp_path):
    wrong = lora(tmp_path).replace("style", "stile")
    with pytest.raises(WeightsError, match=r"there is no LoRA .*did you mean .*style\.safetensors"):
        play(stream(loras=wrong), frames(1))


def test_a_lora_of_another_model_leaves_the_stream_as_it_was(stream, tmp_path):
    node = stream(steps=2)
    play(node, frames(2))
    node.loras = lora(tmp_path, width=31)
    with pytest.raises(WeightsError, match="another kind of model"):
        play(node, frames(1), start=2)
    node.loras = ""
    assert numbers(play(node, frames(1), start=2) + list(node.drain())) == [1, 2]


@pytest.mark.parametrize("text", ["45 32", "a b", "50", "-3", "1.5"])
def test_step_indices_that_cannot_be_followed_are_refused(stream, text):
    with pytest.raises(ParamError, match="whole numbers"):
        play(stream(step_indices=text), frames(1))


def test_step_indices_take_the_place_of_steps_and_strength(stream):
    node = stream(step_indices="10, 32;45", steps=9, strength=0.1)
    play(node, frames(1))
    assert node._past.memory.settings.rungs.timesteps.tolist() == [799, 359, 99]


def test_prompt_weights_that_are_no_shares_are_refused(stream):
    with pytest.raises(ParamError, match="at least 0"):
        play(stream(prompt=Prompt((("a", -1.0), ("b", 2.0)))), frames(1))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "no model is named"),
        ("slipstream-tinny", "did you mean 'slipstream-tiny'"),
        ("nobody/has-this", "https://huggingface.co/nobody/has-this"),
        ("/nowhere/at/all", "neither as a name nor as a path"),
    ],
)
@pytest.mark.parametrize("registry", [False, True])
def test_a_model_that_is_nowhere_is_refused_in_a_sentence(name, said, registry):
    weights = Weights(Zoo()) if registry else None
    node = ImageStream(model=name)
    node.ctx = Context(weights=weights)
    with pytest.raises(WeightsError, match=said) as caught:
        node.setup(node.ctx)
    assert "\n" not in str(caught.value)
    node.teardown()
    if weights:
        weights.close()


def test_two_nodes_share_one_model_and_give_it_back(folder):
    weights = Weights(Zoo())
    nodes = [ImageStream(model=str(folder)) for _ in range(2)]
    for node in nodes:
        node.ctx = Context(stream=Stream(48, 32), weights=weights)
        node.setup(node.ctx)
    assert nodes[0]._held.model is nodes[1]._held.model
    assert len(play(nodes[0], frames(1))) == 1
    for node in nodes:
        node.teardown()
    assert "0 in use" in repr(weights)
    weights.close()


def test_a_transparent_frame_is_painted(stream):
    frame = Frame(torch.rand(1, 3, 32, 48), torch.rand(1, 1, 32, 48))
    (out,) = call(stream(steps=1), Packet(frame, 0))
    assert out.value.tensor.shape == frame.tensor.shape


def test_help_says_what_it_does_to_the_picture():
    assert ImageStream.spec.summary.startswith("Repaints every frame")
    live = {p.name for p in ImageStream.spec.params if not p.live}
    assert live == {"model", "vae"}
