"""The causal Wan transformer: the same through a cache as under a mask, as public code has it, and
harmless before it is trained.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from kernels.noise import gaussian
from nodes.models.causal_wan import CausalWan, TextKeys, flow_guess, timestep_waves
from nodes.models.wan_config import SIZES, WanConfig
from nodes.rollout.dense import Dense
from nodes.rollout.rope_plan import Absolute
from tests.nodes.models.wan_parts import (
    CONFIG,
    Cache,
    Masked,
    latents,
    network,
    prompt,
    with_control,
)

NETWORK = network()
TEXT = NETWORK.embed_text(prompt(4))
CLEAN = torch.zeros(1, 9)


def rolled(cache: Cache, x: torch.Tensor, t: torch.Tensor = CLEAN) -> torch.Tensor:
    """Blocks of three frames, one after the other."""
    blocks = []
    for start in range(0, x.shape[1], 3):
        now = slice(start, start + 3)
        blocks.append(NETWORK(x[:, now], t[:, now], TEXT, cache))
        cache.commit(3)
    return torch.cat(blocks, 1)


@pytest.mark.parametrize(("name", "parameters"), [("1.3B", 1_418_996_800), ("14B", 14_288_491_584)])
def test_the_public_sizes_have_their_number_of_parameters(name, parameters):
    with torch.device("meta"):
        made = CausalWan(SIZES[name])
    assert sum(parameter.numel() for parameter in made.parameters()) == parameters


def test_blocks_through_a_cache_equal_one_pass_under_a_block_causal_mask():
    x = latents(9)
    whole = NETWORK(x, CLEAN, TEXT, Masked(9, block=3))
    assert torch.allclose(rolled(Cache(), x), whole, atol=1e-5)


def test_a_windowed_cache_equals_a_windowed_mask():
    x = latents(9)
    whole = NETWORK(x, CLEAN, TEXT, Masked(9, block=3, window=6))
    assert torch.allclose(rolled(Cache(window=6), x), whole, atol=1e-5)
    assert not torch.allclose(rolled(Cache(), x), whole, atol=1e-3)


def test_later_frames_do_not_reach_back():
    x = latents(9)
    whole = NETWORK(x, CLEAN, TEXT, Masked(9, block=3))
    alone = NETWORK(x[:, :3], CLEAN[:, :3], TEXT, Masked(3, block=3))
    assert torch.allclose(whole[:, :3], alone, atol=1e-5)


def test_a_start_elsewhere_changes_nothing():
    x, t = latents(3), torch.full((1, 3), 500.0)
    here = NETWORK(x, t, TEXT, Masked(3))
    assert torch.allclose(NETWORK(x, t, TEXT, Masked(3, start=200)), here, atol=1e-4)


def test_frames_have_timesteps_of_their_own():
    x = latents(3)
    mixed = NETWORK(x, torch.tensor([[1000.0, 937.5, 0.0]]), TEXT, Masked(3, block=1))
    first = NETWORK(x[:, :1], torch.tensor([[1000.0]]), TEXT, Masked(1))
    assert torch.allclose(mixed[:, :1], first, atol=1e-5)
    other = NETWORK(x, torch.tensor([[1000.0, 937.0, 0.0]]), TEXT, Masked(3, block=1))
    assert not torch.allclose(mixed[:, 1], other[:, 1], atol=1e-5)


def test_rows_of_a_batch_do_not_meet():
    x, t = latents(3, rows=2), torch.tensor([[900.0] * 3, [100.0] * 3])
    both = NETWORK(x, t, TEXT, Masked(3))
    assert torch.allclose(both[1:], NETWORK(x[1:], t[1:], TEXT, Masked(3)), atol=1e-5)


def test_keys_of_a_prompt_made_once_equal_keys_made_each_time():
    x, t = latents(3), CLEAN[:, :3]
    again = NETWORK.embed_text(prompt(4))
    assert torch.equal(NETWORK(x, t, TEXT, Masked(3)), NETWORK(x, t, again, Masked(3)))


def test_another_prompt_makes_another_picture():
    x, t = latents(3), CLEAN[:, :3]
    other = NETWORK.embed_text(prompt(4, seed=9))
    apart = NETWORK(x, t, TEXT, Masked(3)) - NETWORK(x, t, other, Masked(3))
    assert apart.abs().max() > 1e-3


def test_a_short_prompt_is_filled_up_with_zeros_that_are_seen():
    short = NETWORK.embed_text(prompt(4))
    full = NETWORK.embed_text(torch.cat([prompt(4), torch.zeros(1, 6, 24)], 1))
    assert all(torch.equal(a, b) for a, b in zip(short.k, full.k, strict=True))
    cut = TextKeys(tuple(k[:, :4] for k in short.k), tuple(v[:, :4] for v in short.v))
    x, t = latents(3), CLEAN[:, :3]
    assert not torch.allclose(
        NETWORK(x, t, short, Masked(3)), NETWORK(x, t, cut, Masked(3)), atol=1e-3
    )


@pytest.mark.parametrize("shape", [(1, 11, 24), (1, 4, 25)])
def test_a_prompt_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match="at most 10 rows of 24"):
        NETWORK.embed_text(torch.zeros(shape))


def test_latents_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="5 by 6 do not divide into patches of 2 by 2"):
        NETWORK(torch.zeros(1, 1, 16, 5, 6), torch.zeros(1, 1), TEXT, Masked(1))


@pytest.mark.parametrize("sigma", [1.0, 0.75, 0.3, 0.0])
def test_what_the_guess_at_the_flow_misses_has_nothing_to_do_with_what_it_saw(sigma):
    spread = (1.8, 0.4)
    x0 = gaussian((20_000, 1, 2, 1, 1), seed=1, stream=0) * torch.tensor(spread)[:, None, None]
    eps = gaussian(tuple(x0.shape), seed=2, stream=0)
    x = (1 - sigma) * x0 + sigma * eps
    missed = eps - x0 - flow_guess(x, torch.full((20_000, 1), 1000 * sigma), spread)
    assert (missed * x).mean(0).abs().max() < 0.05
    assert (missed.square().mean() <= (eps - x0).square().mean() + 1e-3).item()


def test_an_untrained_network_that_knows_the_spread_answers_the_guess():
    made = network(2, replace(CONFIG, spread=(0.5,) * 16))
    x, t = latents(3), torch.full((1, 3), 600.0)
    torch.nn.init.zeros_(made.head.head.weight)
    torch.nn.init.zeros_(made.head.head.bias)
    text = made.embed_text(prompt(4))
    assert torch.equal(made(x, t, text, Masked(3)), flow_guess(x, t, (0.5,) * 16))


@pytest.mark.parametrize(
    "wrong",
    [{"heads": 7}, {"heads": 32}, {"patch": (2, 2, 2)}, {"freq_dim": 255}, {"spread": (1.0,)}],
)
def test_sizes_that_do_not_go_together_are_refused(wrong):
    sizes = {"dim": 96, "ffn": 192, "heads": 6, "layers": 2} | wrong
    with pytest.raises(ValueError, match=r"heads|patch|freq_dim|deviations"):
        WanConfig(**sizes)


def test_patches_go_back_where_they_came_from():
    plain = CausalWan(WanConfig(dim=64, ffn=8, heads=4, layers=0, patch=(1, 2, 2)))
    plain.patch_embedding.weight.data = torch.eye(64).view(64, 16, 1, 2, 2)
    torch.nn.init.zeros_(plain.patch_embedding.bias)
    x = latents(3)
    tokens = plain._embedded(plain.patch_embedding, x).unflatten(-1, (16, 2, 2))
    back = tokens.permute(0, 1, 2, 4, 5, 3).flatten(3)  # the head puts channels last
    assert torch.equal(plain._unpatched(back, plain.grid(4, 6)), x)


def test_the_patch_embedding_is_the_convolution_that_checkpoints_were_trained_with():
    x = latents(3)
    tokens = NETWORK._embedded(NETWORK.patch_embedding, x)
    convolved = NETWORK.patch_embedding(x.transpose(1, 2))  # (B, dim, F, h', w')
    assert torch.allclose(tokens, convolved.flatten(3).permute(0, 2, 3, 1), atol=1e-5)


def test_timesteps_are_told_by_cosines_and_then_sines():
    waves = timestep_waves(torch.tensor([[0.0, 937.5]]), 256)
    assert torch.equal(waves[0, 0], torch.cat([torch.ones(128), torch.zeros(128)]).double())
    assert waves[0, 1, 1].item() == pytest.approx(
        torch.cos(torch.tensor(937.5 * 10000 ** (-1 / 128), dtype=torch.float64)).item()
    )


def test_an_untrained_network_answers_zero_and_learns_everywhere():
    made = CausalWan(with_control(3))
    text, control = made.embed_text(prompt(4)), gaussian((1, 3, 3, 4, 6), seed=7, stream=0)
    assert made(latents(3), CLEAN[:, :3], text, Masked(3), control).abs().max() == 0
    torch.nn.init.normal_(made.head.head.weight)
    made(latents(3), CLEAN[:, :3], text, Masked(3), control).square().mean().backward()
    still = [name for name, p in made.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


def test_a_control_that_was_never_trained_leaves_the_base_as_it_was():
    made = CausalWan(with_control(3)).eval().requires_grad_(False)
    made.load_state_dict(NETWORK.state_dict(), strict=False)
    control = gaussian((1, 3, 3, 4, 6), seed=7, stream=0)
    steered = made(latents(3), CLEAN[:, :3], TEXT, Masked(3), control)
    assert torch.equal(steered, NETWORK(latents(3), CLEAN[:, :3], TEXT, Masked(3)))


class Watching(Cache):
    """A cache that keeps what entered each layer."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[int, torch.Tensor] = {}

    def residual(self, layer: int, hidden: torch.Tensor, modulation: torch.Tensor) -> None:
        assert modulation.shape == (1, 3, 6, CONFIG.dim)
        self.seen[layer] = hidden


def test_keys_and_values_come_back_from_the_residual():
    watching, t = Watching(), torch.tensor([[0.0, 250.0, 0.0]])
    NETWORK(latents(3), t, TEXT, watching)
    for layer, (k, v) in watching.written.items():
        again = NETWORK.key_values(layer, watching.seen[layer], t)
        assert torch.equal(again[0], k)
        assert torch.equal(again[1], v)


def test_half_precision_stays_near():
    x, t = latents(3), torch.full((1, 3), 625.0)
    half = network().bfloat16()
    v = half(x, t, half.embed_text(prompt(4)), Masked(3))
    exact = NETWORK(x, t, TEXT, Masked(3))
    assert v.dtype == torch.float32
    assert (v - exact).norm() / exact.norm() < 0.05


def test_autocast_neither_warns_nor_strays():
    x, t = latents(3), torch.full((1, 3), 625.0)
    with torch.autocast("cpu", torch.bfloat16):
        v = NETWORK(x, t, NETWORK.embed_text(prompt(4)), Masked(3))
    exact = NETWORK(x, t, TEXT, Masked(3))
    assert (v - exact).norm() / exact.norm() < 0.05


@pytest.mark.slow
def test_the_network_compiles_in_one_piece_with_its_past():
    compiled = torch.compile(NETWORK, backend="aot_eager", fullgraph=True)
    x, t = latents(3), torch.full((1, 3), 500.0)
    v = compiled(x, t, TEXT, Masked(3, block=1))
    assert torch.allclose(v, NETWORK(x, t, TEXT, Masked(3, block=1)), atol=1e-5)


def test_an_untrained_network_that_is_told_the_last_frame_holds_on_to_it():
    sizes = WanConfig(
        dim=24, ffn=8, heads=2, layers=1, channels=2, out_channels=2, text_dim=6, text_len=4,
        control_channels=6, spread=(1.0, 0.5), change=(0.3, 0.2),
    )  # fmt: skip
    network = CausalWan(sizes)
    x, last = torch.randn(1, 2, 2, 4, 4), torch.randn(1, 1, 2, 4, 4).expand(-1, 2, -1, -1, -1)
    told = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1, 1).expand(-1, -1, 1, 4, 4)
    earlier = torch.randn(1, 2, 3, 4, 4)
    control, t = torch.cat([told, earlier, last], 2), torch.full((1, 2), 1000.0)
    text = network.embed_text(torch.zeros(1, 4, 6))
    seen = x - network(x, t, text, Dense(Absolute(), 2, (2, 2), 1), control)
    assert torch.allclose(seen[:, 0], last[:, 0], atol=1e-5)
    assert torch.allclose(seen[:, 1], torch.zeros_like(seen[:, 1]), atol=1e-5)


def test_where_nearly_all_is_known_the_last_frame_says_little():
    x, last = torch.randn(1, 1, 2, 4, 4), torch.randn(1, 1, 2, 4, 4)
    sizes = WanConfig(
        dim=24, ffn=8, heads=2, layers=1, channels=2, out_channels=2, text_dim=6, text_len=4,
        control_channels=6, spread=(1.0, 1.0), change=(0.5, 0.5),
    )  # fmt: skip
    network = CausalWan(sizes)
    control = torch.cat([torch.ones(1, 1, 4, 4, 4), last], 2)
    t, text = torch.full((1, 1), 10.0), network.embed_text(torch.zeros(1, 4, 6))
    seen = x - 0.01 * network(x, t, text, Dense(Absolute(), 1, (2, 2), 1), control)
    assert (seen - x).abs().max() < 0.05


def with_local() -> CausalWan:
    made = CausalWan(replace(CONFIG, local=3))
    made.load_state_dict(NETWORK.state_dict(), strict=False)
    return made


def test_an_untrained_look_beside_each_token_leaves_the_network_as_it_was():
    x = latents(9)
    without = NETWORK(x, CLEAN, TEXT, Cache())
    assert torch.allclose(with_local()(x, CLEAN, TEXT, Cache()), without, atol=1e-6)


def test_a_look_beside_goes_to_the_tokens_around_and_no_further():
    block = with_local().blocks[0]
    torch.nn.init.ones_(block.local.weight)
    x = torch.zeros(1, 2, 20, CONFIG.dim)
    x[0, 0, 6] = 1.0  # row 1, column 1 of 4 by 5
    seen = block._beside(x, (4, 5))[0, ..., 0].view(2, 4, 5)
    assert seen[0, :3, :3].tolist() == [[1, 1, 1], [1, 2, 1], [1, 1, 1]]
    assert seen[0].sum() == 10
    assert not seen[1].any()


@pytest.mark.parametrize("side", [-3, 2, 17])
def test_a_look_beside_has_a_middle_and_an_end(side):
    with pytest.raises(ValueError, match=f"local is {side}"):
        replace(CONFIG, local=side)


@pytest.mark.parametrize(
    "sizes", [{"change": (1.0,)}, {"change": (1.0,) * 16, "spread": (1.0,) * 16}]
)
def test_a_change_without_its_planes_is_refused(sizes):
    with pytest.raises(ValueError, match=r"deviations of change|takes 20 planes"):
        WanConfig(dim=24, ffn=8, heads=2, layers=1, **sizes)
