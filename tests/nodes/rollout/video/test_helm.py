"""What a camera and points that move say of a block."""

import math
from fractions import Fraction

import pytest
import torch

from engine.node import Context, Stream, Tick
from engine.packet import flicks
from engine.values import CameraPath, Tracks
from nodes.rollout.video.helm import CIRCLE, FASTEST, FLIGHT, TURN, WALK, Helm, speed_between
from nodes.sources.world import World

FRAME, SIZE = (90, 160), (128, 128)


def path(pose):
    return CameraPath(pose[None], torch.eye(3)[None])


def points(*places, seen=True):
    count = len(places)
    return Tracks(
        torch.tensor(places).float().view(count, 1, 2),
        torch.full((count, 1), seen),
        torch.arange(count),
    )


def turned(helm, at, camera=None, tracks=None, **more):
    return helm.turned(flicks(at), camera, tracks, frame=FRAME, size=SIZE, **more)


def driven(seconds, aside=0.0, orbit=0.0, ahead=0.0):
    """A camera after it has been driven at these speeds for a while."""
    turn, pose = -orbit * TURN * seconds, torch.eye(4)
    pose[0, 0] = pose[2, 2] = math.cos(turn)
    pose[0, 2], pose[2, 0] = math.sin(turn), -math.sin(turn)
    pose[0, 3] = aside * WALK * seconds - CIRCLE * math.sin(turn)
    pose[2, 3] = ahead * FLIGHT * seconds + CIRCLE * (1 - math.cos(turn))
    return path(pose)


@pytest.mark.parametrize(
    ("aside", "orbit", "ahead"),
    [(1, 0, 0), (-0.5, 0, 0), (0, 1, 0), (0, -2, 0), (0, 0, 1), (0, 0, -1.5), (0, 0, 0)],
)
def test_a_driven_camera_steers_as_fast_as_it_is_driven(aside, orbit, ahead):
    helm, first = turned(Helm(), 0, driven(0))
    _, steering = turned(helm, 0.5, driven(0.5, aside, orbit, ahead))
    assert first.camera is None
    assert steering.camera == pytest.approx((aside, orbit, ahead), abs=0.05)


@pytest.mark.parametrize(
    ("camera", "told"),
    [("left", (-1, 0, 0)), ("right", (1, 0, 0)), ("orbit", (0, 0.8, 0)), ("forward", (0, 0, 1))],
)
def test_a_world_steers_as_the_worlds_that_models_learn_from(camera, told):
    world = World(scene="meadow", thing="none", camera=camera)
    world.ctx = Context(stream=Stream(64, 64, Fraction(10)))
    world.setup(world.ctx)
    try:
        ways = [world.process(Tick(flicks(i / 10), flicks(0.1), i)).camera for i in range(40)]
    finally:
        world.teardown()
    helm, _ = turned(Helm(), 3.4, ways[34].value)
    found = turned(helm, 3.9, ways[39].value)[1].camera
    assert found == pytest.approx(told, rel=0.25, abs=0.05)  # a world draws its pace, 0.8 to 1.2


def test_without_a_camera_nothing_is_said_of_it():
    helm, _ = turned(Helm(), 0, driven(0))
    assert turned(helm, 0.5)[1].camera is None
    assert turned(Helm(), 0.5)[1].camera is None


def test_time_that_stands_says_nothing():
    helm, _ = turned(Helm(), 0, driven(0))
    assert turned(helm, 0, driven(0.1, aside=1))[1].camera is None


def test_a_jump_is_held_at_what_models_have_seen():
    far = torch.eye(4)
    far[0, 3] = 1e6
    assert speed_between(torch.eye(4).double(), far.double(), 0.1)[0] == FASTEST


@pytest.mark.parametrize("broken", [torch.zeros(4, 4), torch.full((4, 4), torch.nan)])
def test_a_pose_that_cannot_be_says_nothing(broken):
    helm, _ = turned(Helm(), 0, path(broken))
    assert turned(helm, 0.5, path(torch.eye(4)))[1].camera is None


def test_a_video_that_plays_slower_is_steered_as_much_a_picture():
    helm, _ = turned(Helm(), 0, driven(0))
    _, steering = turned(helm, 0.5, driven(0.5, aside=1), haste=0.5)
    assert steering.camera[0] == pytest.approx(2, abs=0.01)


def test_points_lie_in_heights_of_the_picture_that_is_cut_from_the_frame():
    middle, left_edge = (80, 45), (35, 0)
    _, steering = turned(Helm(), 0, tracks=points(middle, left_edge))
    assert [(p.u, p.v) for p in steering.points] == [(0.5, 0.5), (0, 0)]


def test_points_go_as_fast_as_they_went():
    helm, first = turned(Helm(), 0, tracks=points((80, 45)))
    _, steering = turned(helm, 1, tracks=points((80 + 27, 45 - 27)))
    assert first.points[0][2:] == (0, 0)
    assert steering.points[0][2:] == pytest.approx((1, -1))


def test_points_that_are_hidden_or_no_numbers_say_nothing():
    assert not turned(Helm(), 0, tracks=points((80, 45), seen=False))[1]
    assert not turned(Helm(), 0, tracks=points((float("nan"), 45)))[1]
