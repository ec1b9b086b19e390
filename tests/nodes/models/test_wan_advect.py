"""The last frame of a causal Wan, carried where it goes: exact ways, harmless before training."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nodes.models.causal_wan import CausalWan, words_of
from nodes.models.video_card import COLOURS, LAST, LOUD, STEERING
from nodes.models.wan_advect import FAST, Advection, advected, inside
from nodes.rollout.steering import last_planes
from tests.nodes.models.wan_parts import CONFIG, Masked, network, prompt

PLANES = 3 + STEERING[LAST]
TOLD = replace(CONFIG, control_channels=PLANES, spread=16 * (1.0,), change=16 * (0.5,))


def steered(ago: list[int], rows: int = 8, columns: int = 12) -> Tensor:
    torch.manual_seed(3)
    last = torch.rand(2, 1, 16, rows, columns).expand(-1, len(ago), -1, -1, -1)
    others = torch.rand(2, len(ago), 3, rows, columns)
    return torch.cat([others, last_planes(last, last.flip(2), torch.tensor([ago, ago]))], 2)


def moved(across: float, down: float) -> Advection:
    """One that takes everything along one way."""
    torch.manual_seed(0)
    made = Advection(PLANES, 8, 6)
    torch.nn.init.zeros_(made.last.weight)
    made.last.bias.data = torch.tensor([across, down]) / FAST
    return made


def test_whole_cells_are_carried_exactly():
    picture = torch.rand(1, 3, 8, 12)
    way = torch.tensor([2 / 8, -1 / 8]).view(1, 2, 1, 1).expand(1, 2, 8, 12)
    there = advected(picture, way)
    assert torch.allclose(there[..., :-1, 2:], picture[..., 1:, :-2], atol=1e-5)


def test_what_comes_from_beyond_an_edge_is_mirrored_there():
    picture, way = torch.rand(1, 3, 8, 12), torch.zeros(1, 2, 8, 12)
    way[:, 0] = 2 / 8
    there = advected(picture, way)
    assert torch.allclose(there[..., :4], picture[..., [1, 0, 0, 1]], atol=1e-5)


def test_what_a_block_begins_with_is_the_last_frame_where_it_goes_edges_too():
    control, words = steered([1, 2, 0]), torch.rand(2, 6)
    made = moved(1 / 8, 0.0)
    there, last = made.carried(control, words), control[:, 0, -16:]
    assert torch.allclose(there[:, 0], last[..., [0, *range(11)]], atol=1e-5)
    assert torch.allclose(there[:, 1], last[..., [1, 0, *range(10)]], atol=1e-5)
    assert not there[:, 2].any()


def test_which_way_things_went_before_says_where_they_go():
    torch.manual_seed(0)
    made, control, words = Advection(PLANES, 8, 6), steered([1]), torch.rand(2, 6)
    other = control.clone()
    other[:, :, 4 : 4 + COLOURS] += 1
    assert not torch.allclose(made.speeds(control, words), made.speeds(other, words))


def test_a_network_without_ways_begins_with_the_last_frame_as_it_is():
    plain, control = network(config=TOLD), steered([1, 2], 4, 6)
    text = plain.embed_text(prompt(4))
    assert torch.equal(plain.carried(control, text), control[:, :, -16:])


def test_what_comes_into_the_picture_is_untold_and_what_stays_in_it_is_told():
    control = steered([1, 2])
    there = moved(1 / 8, 0.0)(control, torch.rand(2, 6))
    for ago in (1, 2):
        told = there[:, ago - 1, 3:]
        assert not told[..., :ago].any()
        assert (told[:, 0, :, ago:] == LOUD * ago).all()
    assert torch.equal(there[:, :, :3], control[:, :, :3])


def test_a_way_of_less_than_half_a_cell_leaves_nothing_untold():
    way = torch.full((1, 2, 8, 12), 0.49 / 8)
    assert inside(way).all()
    further = inside(way + 0.02 / 8)[0, 0]
    assert not further[0].any()
    assert not further[:, 0].any()
    assert further[1:, 1:].all()


def test_a_frame_goes_as_many_steps_as_it_is_ago():
    control = steered([1, 2, 0])
    there = moved(1 / 8, 0.0)(control, torch.rand(2, 6))
    last = control[:, 0, -16:]
    assert torch.allclose(there[:, 0, -16:, :, 1:], last[..., :-1], atol=1e-5)
    assert torch.allclose(there[:, 1, -16:, :, 2:], last[..., :-2], atol=1e-5)
    assert not there[:, 2, 3:].any()


def test_ways_are_the_same_shares_of_a_larger_picture():
    made = moved(1 / 8, 0.0)
    small, large = (made.speeds(steered([1], 8 * n, 12 * n), torch.rand(2, 6)) for n in (1, 2))
    assert torch.allclose(small.mean(), large.mean(), atol=1e-6)


def test_words_and_steering_say_where_it_goes():
    torch.manual_seed(0)
    made, control, words = Advection(PLANES, 8, 6), steered([1]), torch.rand(2, 6)
    ways = made.speeds(control, words)
    assert not torch.allclose(ways, made.speeds(control, words + 1.0))
    assert not torch.allclose(ways, made.speeds(control + LOUD, words))
    assert torch.allclose(made.speeds(control, words[:1])[:1], ways[:1], atol=1e-6)


def test_an_untrained_advection_leaves_a_network_as_it_was():
    plain = network(config=TOLD)
    made = CausalWan(replace(TOLD, advect=8))
    made.load_state_dict(plain.state_dict(), strict=False)
    x, control = torch.rand(2, 3, 16, 4, 6), steered([1, 2, 3], 4, 6)
    text = plain.embed_text(prompt(4))
    answers = [n(x, torch.full((2, 3), 500.0), text, Masked(3), control) for n in (plain, made)]
    assert torch.allclose(*answers, atol=1e-5)


def test_a_prompt_as_a_whole_has_a_row_each():
    made = network(config=CONFIG)
    text = made.embed_text(torch.cat([prompt(4), prompt(4)]))
    assert words_of(text).shape == (2, CONFIG.dim)


def test_nothing_is_carried_where_no_last_frame_is_told():
    with pytest.raises(ValueError, match="advect is 8"):
        replace(CONFIG, advect=8)
