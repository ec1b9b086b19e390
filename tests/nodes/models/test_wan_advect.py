"""The last frame of a causal Wan, carried where it goes: exact ways, harmless before training."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nodes.models.causal_wan import CausalWan, words_of
from nodes.models.video_card import CAMERA, COLOURS, LAST, LOUD, POINTS, STEERING
from nodes.models.wan_advect import FAST, REACH, SHARES, Advection, advected, inside
from nodes.rollout.steering import camera_planes, last_planes, point_planes
from tests.nodes.models.wan_parts import CONFIG, Masked, network, prompt

PLANES = sum(STEERING.values())
STEERED = PLANES - STEERING[LAST]
TOLD = replace(CONFIG, control_channels=PLANES, spread=16 * (1.0,), change=16 * (0.5,))


def steered(ago: list[int], rows: int = 8, columns: int = 12) -> Tensor:
    torch.manual_seed(3)
    last = torch.rand(2, 1, 16, rows, columns).expand(-1, len(ago), -1, -1, -1)
    others = torch.rand(2, len(ago), STEERED, rows, columns)
    return torch.cat([others, last_planes(last, last.flip(2), torch.tensor([ago, ago]))], 2)


def moved(across: float, down: float) -> Advection:
    """One that takes everything along one way."""
    torch.manual_seed(0)
    made = Advection(8, 6)
    torch.nn.init.zeros_(made.last.weight)
    made.last.bias.data = torch.tensor([across, down, *SHARES * [0.0]]) / FAST
    return made


def test_whole_cells_are_carried_exactly():
    picture = torch.rand(1, 3, 8, 12)
    way = torch.tensor([2 / 8, -1 / 8]).view(1, 2, 1, 1).expand(1, 2, 8, 12)
    there = advected(picture, way)
    assert torch.allclose(there[..., :-1, 2:], picture[..., 1:, :-2], atol=1e-5)


def test_what_leaves_at_one_side_comes_in_at_the_other():
    picture, way = torch.rand(1, 3, 8, 12), torch.zeros(1, 2, 8, 12)
    way[:, 0] = 2 / 8
    assert torch.allclose(advected(picture, way), picture.roll(2, 3), atol=1e-5)
    assert torch.allclose(advected(picture, -way), picture.roll(-2, 3), atol=1e-5)


def test_a_pan_round_the_whole_picture_comes_home():
    picture, way = torch.rand(1, 3, 8, 12), torch.zeros(1, 2, 8, 12)
    way[:, 0] = 3 / 8
    there = picture
    for _ in range(4):
        there = advected(there, way)
    assert torch.allclose(there, picture, atol=1e-4)


def test_what_comes_from_above_is_mirrored_there():
    picture, way = torch.rand(1, 3, 8, 12), torch.zeros(1, 2, 8, 12)
    way[:, 1] = 2 / 8
    there = advected(picture, way)
    assert torch.allclose(there[..., :4, :], picture[..., [1, 0, 0, 1], :], atol=1e-5)


def test_what_a_block_begins_with_is_the_last_frame_where_it_goes_edges_too():
    control, words = steered([1, 2, 0]), torch.rand(2, 6)
    made = moved(1 / 8, 0.0)
    there, last = made.carried(control, words), control[:, 0, -16:]
    assert torch.allclose(there[:, 0], last.roll(1, 3), atol=1e-5)
    assert torch.allclose(there[:, 1], last.roll(2, 3), atol=1e-5)
    assert not there[:, 2].any()


def test_which_way_things_went_before_says_where_they_go():
    torch.manual_seed(0)
    made, control, words = Advection(8, 6), steered([1]), torch.rand(2, 6)
    other = control.clone()
    other[:, :, STEERED + 1 :][:, :, :COLOURS] += 1
    assert not torch.allclose(made.speeds(control, words), made.speeds(other, words))


def test_a_network_without_ways_begins_with_the_last_frame_as_it_is():
    plain, control = network(config=TOLD), steered([1, 2], 4, 6)
    text = plain.embed_text(prompt(4))
    assert torch.equal(plain.carried(control, text), control[:, :, -16:])


def test_what_comes_from_above_is_untold_and_what_goes_round_is_told():
    control = steered([1, 2])
    there = moved(1 / 8, 1 / 8)(control, torch.rand(2, 6))
    for ago in (1, 2):
        told = there[:, ago - 1, STEERED:]
        assert not told[..., :ago, :].any()
        assert (told[:, 0, ago:] == LOUD * ago).all()
    assert torch.equal(there[:, :, :STEERED], control[:, :, :STEERED])


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
    assert not there[:, 2, STEERED:].any()


def test_ways_are_the_same_shares_of_a_larger_picture():
    made = moved(1 / 8, 0.0)
    small, large = (made.speeds(steered([1], 8 * n, 12 * n), torch.rand(2, 6)) for n in (1, 2))
    assert torch.allclose(small.mean(), large.mean(), atol=1e-6)


def test_words_and_steering_say_where_it_goes():
    torch.manual_seed(0)
    made, control, words = Advection(8, 6), steered([1]), torch.rand(2, 6)
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


def shares(*parts: float) -> Advection:
    """One whose cells all take these shares of what is told, and go nowhere by themselves."""
    made = moved(0.0, 0.0)
    made.last.bias.data[2:] = torch.tensor(parts)
    return made


def by_camera(aside: float, around: float, ahead: float, rows: int = 8) -> Tensor:
    speed = torch.tensor([aside, around, ahead]).expand(1, 1, 3)
    planes = torch.zeros(1, 1, PLANES, rows, rows)
    planes[:, :, : STEERING[CAMERA]] = camera_planes(speed, (rows, rows))
    return planes


def by_points(*points: tuple[float, float, float, float], rows: int = 16) -> Tensor:
    told = torch.tensor(points).view(1, 1, -1, 4)
    planes = torch.zeros(1, 1, PLANES, rows, rows)
    seen = torch.ones(told.shape[:3])
    drawn = point_planes(told[..., :2], told[..., 2:], seen, (rows, rows))
    planes[:, :, STEERING[CAMERA] :][:, :, : STEERING[POINTS]] = drawn
    return planes


@pytest.mark.parametrize("aside", [1.0, -0.5, 0.0])
def test_a_camera_takes_every_share_of_it_along_and_turns_with_its_sign(aside: float):
    found = shares(-0.5, 0, 0, 0, 0, 0).speeds(by_camera(aside, 0.7, 0.3), torch.rand(1, 6))
    assert torch.allclose(found[0, 0, 0], torch.tensor(FAST * -0.5 * aside).expand(8, 8))
    assert not found[0, 0, 1].any()


def test_a_flight_opens_up_from_the_middle_and_closes_backwards():
    ahead, back = (
        shares(0, 0, 1, 1, 0, 0).speeds(by_camera(0, 0, way), torch.rand(1, 6))[0, 0]
        for way in (1.0, -1.0)
    )
    assert (ahead[0, :, 4:] > 0).all()
    assert (ahead[0, :, :4] < 0).all()
    assert (ahead[1, 4:] > 0).all()
    assert torch.allclose(ahead, -back)


def test_cells_about_a_point_go_as_it_does_and_far_ones_do_not():
    found = shares(0, 0, 0, 0, 0, 1).speeds(by_points((0.25, 0.5, 1.0, -0.5)), torch.rand(1, 6))
    at = found[0, 0, :, 8]  # (2, w)
    assert torch.allclose(at[:, 4], FAST * torch.tensor([1.0, -0.5]), atol=1e-5)
    assert at[0, int(16 * (0.25 + 5 * REACH))] < 0.2 * FAST


def test_between_two_points_the_nearer_one_leads():
    points = by_points((0.2, 0.5, 1.0, 0.0), (0.8, 0.5, -1.0, 0.0))
    across = shares(0, 0, 0, 0, 0, 1).speeds(points, torch.rand(1, 6))[0, 0, 0, 8]
    assert (across[:8] > 0).all()
    assert (across[8:] < 0).all()


def test_a_control_of_other_planes_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"advect goes by all 27 planes of control.* there are 30"):
        replace(TOLD, control_channels=30, advect=8)
