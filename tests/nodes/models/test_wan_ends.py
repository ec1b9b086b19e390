"""Convolutions at both ends of a causal Wan: every frame by itself, harmless before training."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from nodes.models.causal_wan import CausalWan
from nodes.models.wan_ends import Ends
from tests.nodes.models.wan_parts import CONFIG, Cache, Masked, latents, network, prompt

STEERED = replace(CONFIG, ends=16, control_channels=3)
NETWORK = network(config=STEERED)
TEXT = NETWORK.embed_text(prompt(4))
CLEAN = torch.zeros(1, 9)


def test_an_untrained_network_with_ends_answers_nothing():
    made = CausalWan(STEERED)
    assert not made(latents(3), CLEAN[:, :3], made.embed_text(prompt(4)), Masked(3)).any()


def test_untrained_ends_leave_a_network_as_it_was():
    plain = network(config=replace(CONFIG, control_channels=3))
    made = CausalWan(STEERED)
    made.load_state_dict(plain.state_dict(), strict=False)
    x = latents(9)
    whole = plain(x, CLEAN, plain.embed_text(prompt(4)), Masked(9))
    assert torch.allclose(made(x, CLEAN, made.embed_text(prompt(4)), Masked(9)), whole, atol=1e-6)


def test_no_control_is_as_good_as_zeros():
    x = latents(9)
    zeros = torch.zeros(1, 9, 3, *x.shape[-2:])
    told = NETWORK(x, CLEAN, TEXT, Masked(9), zeros)
    assert torch.allclose(NETWORK(x, CLEAN, TEXT, Masked(9)), told, atol=1e-6)


def test_blocks_through_a_cache_equal_one_pass():
    x, cache, blocks = latents(9), Cache(), []
    for now in (slice(0, 3), slice(3, 6), slice(6, 9)):
        blocks.append(NETWORK(x[:, now], CLEAN[:, now], TEXT, cache))
        cache.commit(3)
    whole = NETWORK(x, CLEAN, TEXT, Masked(9, block=3))
    assert torch.allclose(torch.cat(blocks, 1), whole, atol=1e-4)


def test_ends_see_one_frame_at_its_own_time():
    ends, x, time = Ends(4, 4, 16, 8), torch.rand(1, 2, 4, 6, 6), torch.rand(1, 2, 8)
    other = x.clone()
    other[:, 1] += 1.0
    seen, changed = ends.seen(x, time), ends.seen(other, time)
    assert torch.equal(seen[:, 0], changed[:, 0])
    assert not torch.allclose(seen[:, 1], changed[:, 1])
    later = ends.seen(x, time + torch.tensor([[[0.0], [1.0]]]))
    assert torch.equal(seen[:, 0], later[:, 0])
    assert not torch.allclose(seen[:, 1], later[:, 1])


def test_what_the_layers_tell_is_drawn_cell_by_cell_around_it():
    torch.manual_seed(0)
    ends, time = Ends(4, 4, 16, 8), torch.rand(1, 1, 8)
    seen, told = torch.zeros(2, 1, 1, 16, 24, 24)
    plain = ends.drawn(seen, told, time)
    told[..., 2, 2] = 1.0
    moved = (ends.drawn(seen, told, time) - plain).abs().sum((0, 1, 2))
    assert moved[2, 2] > 10 * moved[-1, -1]


@pytest.mark.parametrize("width", [-8, 12])
def test_ends_are_whole_groups_wide(width):
    with pytest.raises(ValueError, match=f"ends is {width}"):
        replace(CONFIG, ends=width)
