"""The planes that steer a video."""

from dataclasses import replace

import pytest
import torch

from nodes.models.video_card import SELF_FORCING
from nodes.rollout.steering import (
    LOUD,
    UNSTEERED,
    Point,
    Steering,
    as_said,
    block_planes,
    camera_planes,
    point_planes,
)

GRID = (4, 6)
CARD = replace(
    SELF_FORCING,
    steering=("camera",),
    camera_words=(
        ("pan left", -1.0, 0.0, 0.0),
        ("slow pan left", -0.5, 0.0, 0.0),
        ("dolly in", 0.0, 0.0, 1.0),
    ),
)


def planes(steering, kinds=("camera", "points"), frames=3, seconds=1 / 6):
    return block_planes(steering, kinds, frames, GRID, seconds)


def test_what_is_unsaid_is_zero():
    assert not Steering()
    assert planes(Steering()).shape == (1, 3, 7, *GRID)
    assert planes(Steering()).count_nonzero() == 0


def test_a_camera_that_stands_is_not_one_that_is_unsaid():
    drawn = planes(Steering(camera=(0.0, 0.0, 0.0)))
    assert (drawn[:, :, 0] == LOUD).all()
    assert drawn[:, :, 1:].count_nonzero() == 0


def test_the_camera_is_the_same_in_every_cell():
    drawn = camera_planes(torch.tensor([[[0.5, -1.0, 2.0]]]), GRID)
    assert (drawn[0, 0, :, 0, 0] / LOUD).tolist() == [1.0, 0.5, -1.0, 2.0]
    assert (drawn == drawn[..., :1, :1]).all()


def test_a_point_is_told_where_it_lies():
    at = torch.tensor([[[[0.625, 0.375]]]])  # in the middle of a cell: column 2, row 1
    drawn = point_planes(at, torch.tensor([[[[1.0, -2.0]]]]), torch.ones(1, 1, 1), GRID)
    assert (drawn[0, 0, :, 1, 2] / LOUD).tolist() == [1.0, 1.0, -2.0]
    assert drawn.count_nonzero() == 3


def test_a_point_between_cells_is_shared_by_them_as_it_lies():
    at = torch.tensor([[[[0.5625, 0.375]]]])
    told = point_planes(at, torch.zeros(1, 1, 1, 2), torch.ones(1, 1, 1), GRID)[0, 0, 0]
    assert (told[1] / LOUD).tolist() == pytest.approx([0, 0.25, 0.75, 0, 0, 0])


def test_points_in_one_cell_do_not_shout():
    at = torch.tensor([[[[0.625, 0.375]] * 3]]).view(1, 1, 3, 2)
    drawn = point_planes(at, torch.ones(1, 1, 3, 2), torch.ones(1, 1, 3), GRID)
    assert drawn.max() == LOUD


def test_points_that_are_not_seen_or_lie_outside_say_nothing():
    at = torch.tensor([[[[0.625, 0.375], [9.0, -3.0]]]])
    seen = torch.tensor([[[0.0, 1.0]]])
    assert point_planes(at, torch.ones(1, 1, 2, 2), seen, GRID).count_nonzero() == 0


def test_a_point_goes_on_through_its_block():
    drawn = planes(Steering(points=(Point(0.125, 0.375, across=5.0),)), ("points",))
    columns = [drawn[0, f, 0].sum(0).argmax().item() for f in range(3)]
    assert columns == [0, 1, 2]  # 5 * 0.3 heights a second, a sixth of one each, four cells high


def test_kinds_come_in_the_order_that_they_are_asked_for():
    steering = Steering((1.0, 0.0, 0.0), (Point(0.1, 0.1),))
    both, swapped = planes(steering), planes(steering, ("points", "camera"))
    assert torch.equal(both[:, :, :4], swapped[:, :, 3:])
    assert torch.equal(both[:, :, 4:], swapped[:, :, :3])


@pytest.mark.parametrize(
    ("text", "camera"),
    [
        ("the sea, Pan  LEFT", (-1, 0, 0)),
        ("slow pan left over dunes", (-0.5, 0, 0)),
        ("dolly in; a house", (0, 0, 1)),
        ("pan leftwards", None),
        ("a trolley dolly", None),
        ("", None),
    ],
)
def test_words_of_the_camera_are_told_as_its_speed(text, camera):
    assert as_said(UNSTEERED, [(text, 1.0)], CARD).camera == camera


def test_prompts_that_are_mixed_share_the_camera():
    mixed = [("pan left", 3.0), ("dolly in", 1.0), ("a house", 9.0), ("slow pan left", 0.0)]
    assert as_said(UNSTEERED, mixed, CARD).camera == (-0.75, 0, 0.25)


def test_a_linked_camera_goes_before_words_and_points_stay():
    linked = Steering(camera=(0.0, 0.0, 0.0))
    assert as_said(linked, [("pan left", 1.0)], CARD) == linked
    held = Steering(points=(Point(0.5, 0.5),))
    assert as_said(held, [("pan left", 1.0)], CARD) == replace(held, camera=(-1.0, 0.0, 0.0))


def test_models_without_words_for_the_camera_hear_none():
    assert as_said(UNSTEERED, [("pan left", 1.0)], SELF_FORCING) is UNSTEERED
