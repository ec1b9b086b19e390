"""What a world knows of its picture: depth, motion and camera agree with it and with each other."""

from __future__ import annotations

import math
from functools import cache

import pytest
import torch

from kernels.warp import backward_warp
from nodes.worlds.clip_motion import is_flying
from nodes.worlds.journey import Journey
from nodes.worlds.land_strips import Land, Place, paint_land
from nodes.worlds.live import LiveWorld
from nodes.worlds.live_words import LiveWords
from nodes.worlds.sight import FAR, RIDGE, SKY, THING, WATER, Sight
from nodes.worlds.view import OVER, carried, grid

FRAME = (54, 96)


@cache
def painted(place: Place) -> Land:
    return paint_land(place)


def world_of(**words: str) -> LiveWorld:
    said = LiveWords(**({"time": "day"} | words)).fitted()
    over = OVER if said.camera in ("tilt", "roll") else 1
    high, wide = (math.ceil(side * over) for side in FRAME)
    place = Place(said.scene, said.time, bool(is_flying([said.clip])[0]), 0, high, wide)
    return LiveWorld(said, painted(place), frame=FRAME)


def two(world: LiveWorld, *, shake: float = 0.0) -> tuple[Sight, Sight, list[torch.Tensor]]:
    """Two frames on end, a good second after the start, and their pictures."""
    journey, camera, found = Journey(), world.words.camera, []
    for _ in range(32):
        journey = journey.after(1 / 24, camera, 1 / 24, shake=shake)
        found = [*found[-1:], world.film(journey.position(camera))]
    first, second = (Sight(world, moment.stand) for moment in found)
    return first, second, [moment.picture for moment in found]


@pytest.mark.parametrize(
    ("camera", "shake"),
    [
        ("right", 0),
        ("orbit", 0),
        ("forward", 0),
        ("dolly", 0),
        ("tilt", 0),
        ("roll", 0),
        ("left", 2),
    ],
)
def test_the_next_frame_read_along_the_flow_is_this_frame(camera: str, shake: float) -> None:
    world = world_of(scene="mountains", thing="orb", motion="circling", camera=camera)
    first, second, pictures = two(world, shake=shake)
    flow, valid = second.flow(first)
    back, _ = backward_warp(pictures[1], flow)
    off, moved = ((other - pictures[0]).abs().mean(1) for other in (back, pictures[1]))
    seen = valid[:, 0] > 0
    assert float(valid.mean()) > 0.9
    assert off[seen].mean() < 0.5 * moved[seen].mean()
    assert off[seen].mean() < 0.008


@pytest.mark.parametrize(
    ("camera", "shake"), [("right", 1.5), ("dolly", 0), ("tilt", 0), ("roll", 0)]
)
@pytest.mark.parametrize("scene", ["canyon", "islands"])
def test_depth_and_camera_say_the_same_motion_of_the_land(
    camera: str, shake: float, scene: str
) -> None:
    first, second, _ = two(world_of(scene=scene, camera=camera), shake=shake)
    x, y = grid(*FRAME)
    there, of_there = (part[0].double() for part in first.camera(FRAME))
    here, of_here = (part[0].double() for part in second.camera(FRAME))
    rays = torch.stack([x, y, torch.ones_like(x)]).double().flatten(1)
    seen = torch.linalg.inv(of_there) @ rays * first.depth().flatten()
    points = there[:3, :3] @ seen + there[:3, 3:]
    new = of_here @ here[:3, :3].T @ (points - here[:3, 3:])
    flow, _ = second.flow(first)
    off = ((new[:2] / new[2]).view(2, *FRAME) - torch.stack([x, y]) - flow[0]).abs().amax(0)
    land = (first.owners >= RIDGE) | (first.owners == WATER)
    assert land.float().mean() > 0.2
    assert off[land].max() < 0.05


def test_a_thing_is_nearer_than_the_hills_and_those_than_the_sky() -> None:
    sight = Sight(world := world_of(scene="meadow", thing="orb"), two(world)[0].stand)
    depth, owners = sight.depth()[0, 0], sight.owners
    assert depth[owners == THING].max() <= depth[owners >= RIDGE].min()
    hills = [float(depth[owners == one].mean()) for one in owners.unique() if one >= RIDGE]
    assert hills == sorted(hills, reverse=True)
    assert len(hills) > 1
    assert (depth[owners == SKY] == FAR).all()


def test_water_comes_nearer_row_by_row() -> None:
    sight = two(world_of(scene="sea", camera="still"))[0]
    water = torch.where(sight.owners == WATER, sight.depth()[0, 0], torch.nan).nanmean(1)
    rows = water[~water.isnan()]
    assert len(rows) > 10
    assert (rows[1:] < rows[:-1]).all()


def test_the_mask_is_what_the_sight_takes_for_the_thing() -> None:
    world = world_of(scene="desert", thing="star", motion="spinning", camera="roll")
    journey = Journey(seconds=3, swings=0.25).after(1 / 24, "roll", 1 / 24)
    moment = world.film(journey.position("roll"))
    thing = Sight(world, moment.stand).owners == THING
    assert thing.any()
    assert moment.mask[0, 0][thing].mean() > 0.9
    assert moment.mask[0, 0][~thing].max() < 0.9


def test_what_is_hidden_or_gone_is_not_to_be_trusted() -> None:
    first, second, _ = two(world_of(scene="city", thing="orb", camera="right"))
    flow, valid = second.flow(first)
    x, y = grid(*FRAME)
    left = (x + flow[0, 0] < 0) | (y + flow[0, 1] < 0)
    assert left.any()
    assert valid[0, 0][left].max() == 0
    assert set(valid.unique().tolist()) == {0.0, 1.0}
    alone = second.flow(None)
    assert alone[0].abs().max() == alone[1].max() == 0


def test_flow_of_another_size_has_its_pixels() -> None:
    first, second, _ = two(world_of(scene="city", camera="right"))
    small, large = second.flow(first)[0], second.flow(first, (108, 192))[0]
    assert large.shape == (1, 2, 108, 192)
    assert large[..., -1, 90:96].mean() == pytest.approx(2 * float(small[..., -1, 45:48].mean()))
    assert second.depth((20, 30)).shape == (1, 1, 20, 30)


def test_a_camera_to_the_right_moves_what_is_near_to_the_left() -> None:
    first, second, _ = two(world_of(scene="city", camera="right"))
    assert second.camera(FRAME)[0][0, 0, 3] > first.camera(FRAME)[0][0, 0, 3]
    flow = second.flow(first)[0]
    assert flow[0, 0, -1].max() < 0


def test_a_pose_turns_and_does_not_stretch() -> None:
    for camera in ("tilt", "roll", "orbit", "handheld"):
        pose = two(world_of(scene="city", camera=camera))[1].camera(FRAME)[0][0]
        turn = pose[:3, :3]
        assert torch.allclose(turn @ turn.T, torch.eye(3), atol=1e-5), camera
        assert torch.det(turn) == pytest.approx(1, abs=1e-5)
        assert not torch.equal(turn, torch.eye(3)), camera


def test_the_intrinsics_take_what_lies_ahead_to_the_horizon() -> None:
    world = world_of(scene="city", camera="still")
    _, lens = two(world)[0].camera((108, 192))
    assert lens[0, 0, 2] == pytest.approx(96)
    assert lens[0, 1, 2] == pytest.approx(108 * float(world.worlds.horizon))
    assert lens[0, 0, 0] == pytest.approx(108, rel=1e-3)


def test_a_homography_and_back_is_where_it_was() -> None:
    view = two(world_of(scene="city", camera="tilt"))[1].stand.view
    x, y = grid(*FRAME)
    there = carried(view.to_canvas, x, y)
    back = carried(torch.linalg.inv(view.to_canvas), *there)
    assert torch.allclose(back[0], x, atol=1e-3)
    assert torch.allclose(back[1], y, atol=1e-3)
