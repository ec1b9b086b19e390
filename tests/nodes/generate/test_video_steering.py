"""Claims about a video stream that a camera and points steer."""

import json
import logging

import pytest
import torch

from assets.recipes import video_parts as recipe
from engine.errors import WeightsError
from engine.node import Tick
from engine.values import CameraPath, Prompt, Tracks
from nodes.generate.video_stream import VideoStream
from nodes.models.video_card import LAST, LOUD, STEERING
from nodes.models.video_model import load_video_model
from tests.nodes.generate import video_parts
from tests.nodes.generate.video_parts import DT, dreams, ready

STANDING = CameraPath(torch.eye(4)[None], torch.eye(3)[None])
MIDDLE = Tracks(torch.tensor([[[24.0, 16.0]]]), torch.ones(1, 1) > 0, torch.zeros(1).long())


@pytest.fixture
def steered(tmp_path):
    folder = video_parts.write(tmp_path / "steered", steering=("camera", "points"))
    return lambda: ready(VideoStream(model=str(folder), steps=2))


def alike(one, other):
    """Block by block, whether two streams show the same."""
    return [torch.equal(a.out.tensor, b.out.tensor) for a, b in zip(one, other, strict=True)]


def test_a_camera_steers_from_the_second_block_on(steered):
    plain, linked = dreams(steered(), 3), dreams(steered(), 3, camera=STANDING)
    assert alike(plain, linked) == [True, False, False]  # one pose alone tells no speed


def test_a_camera_that_goes_is_not_one_that_stands(steered):
    node, still = steered(), dreams(steered(), 2, camera=STANDING)
    begun = dreams(node, 1, camera=STANDING)
    moved = STANDING.tensor.clone()
    moved[0, 0, 3] = 0.05
    with torch.no_grad():
        gone = node.process(Tick(DT, DT), camera=CameraPath(moved, STANDING.intrinsics))
    assert alike(still, [*begun, gone]) == [True, False]


def test_points_steer_from_the_first_block_on(steered):
    assert alike(dreams(steered(), 2), dreams(steered(), 2, tracks=MIDDLE)) == [False, False]


@pytest.fixture
def following(tmp_path):
    """A stream of a network that is told the last finished frame, and what it was told."""
    recipe.save(recipe.build(0, "micro"), folder := tmp_path / "following", side=32)
    sea = Prompt((("the sea", 1.0),))
    node = ready(VideoStream(model=str(folder), steps=2, history="clean", prompt=sea))
    told = []
    network = node._stream.model.network
    network.register_forward_pre_hook(
        lambda _, inputs: told.append(inputs[4] if len(inputs) > 4 else None)
    )
    return node, told


def test_each_block_is_told_the_last_frame_of_the_one_before(following):
    node, told = following
    dreams(node, 1)
    assert told == [None] * 3  # two steps and the pass that is remembered
    last = node._past.rollout.recent[-1].latents[:, -1]
    told.clear()
    dreams(node, 1)
    for planes in told:
        assert torch.equal(planes[:, 0, -16:], last)
        assert (planes[:, :, -STEERING[LAST]] > 0).all()
        assert not planes[:, :, : -STEERING[LAST]].any()


@pytest.fixture
def called(following):
    """A stream whose blocks go on from their last frame, and what its network was asked."""
    node, _ = following
    asked = []
    node._stream.model.network.register_forward_pre_hook(lambda _, inputs: asked.append(inputs))
    return node, asked


def test_a_block_begins_where_the_last_frame_is_carried_and_takes_the_steps_that_are_left(called):
    node, asked = called
    dreams(node, 1)
    assert [int(t.max()) for _, t, *_ in asked] == [1000, 724, 0]
    asked.clear()
    dreams(node, 1)
    x, _, text, _, control = asked[0]
    assert [int(t.max()) for _, t, *_ in asked] == [600, 0]
    left = x - 0.4 * node._stream.model.network.carried(control, text)
    assert left.std() == pytest.approx(0.6, rel=0.1)  # noise, and nothing else


@pytest.mark.parametrize(
    ("renewal", "levels"),
    [(0.0, [600, 0]), (0.3, [300, 0]), (0.8, [800, 724, 0]), (1.0, [1000, 724, 0])],
)
def test_renewal_says_how_much_of_a_block_is_drawn_anew(called, renewal, levels):
    node, asked = called
    node.renewal = renewal
    dreams(node, 1)
    asked.clear()
    dreams(node, 1)
    assert [int(t.max()) for _, t, *_ in asked] == levels


def test_at_another_size_a_block_goes_on_from_the_picture_at_that_size(called):
    node, asked = called
    dreams(node, 2)
    asked.clear()
    node.width = node.height = 64
    dreams(node, 2)
    calls = [(x.shape[-1], int(t.max())) for x, t, *_ in asked]
    assert calls == [(8, t) for t in (0, 0, 600, 0, 600, 0)]  # two blocks seen anew come first


def test_words_of_the_camera_are_told_as_its_speed_from_the_first_block_on(following):
    node, told = following
    node.prompt = Prompt((("the sea, pan left", 1.0),))
    dreams(node, 2)
    for planes in told:
        aside = planes[:, :, :4].mean((0, 1, 3, 4))
        assert torch.equal(aside, LOUD * torch.tensor([1.0, -1.0, 0.0, 0.0]))


def test_on_the_way_to_another_prompt_no_block_is_told_what_would_hold_it_back(following):
    node, told = following
    node.transition = 0.7  # two blocks of 12 pictures at 24 a second, or less
    dreams(node, 2)
    node.prompt = Prompt((("a desert at night", 1.0),))
    ways = []
    for _ in range(5):
        told.clear()
        dreams(node, 1)
        ways.append([bool(planes is not None and planes.any()) for planes in told[:2]])
    walk = ways.index([True, True])
    assert 1 <= walk < 4
    assert ways == [[False, False]] * walk + [[True, True]] * (5 - walk)


@pytest.mark.parametrize(("knob", "value"), [("batching", "steps"), ("history", "per_level")])
def test_beside_unfinished_frames_the_last_one_goes_untold(following, knob, value):
    node, told = following
    setattr(node, knob, value)
    dreams(node, 3)
    assert told
    assert not any(planes is not None and planes.any() for planes in told)


def test_steering_lets_go_when_nothing_is_linked_any_more(steered):
    node = steered()
    dreams(node, 2, tracks=MIDDLE)
    kept = node.snapshot()
    once = dreams(node, 1)
    node.restore(kept)
    assert alike(once, dreams(node, 1)) == [True]
    assert node._past.look.steering.points == ()


def test_a_model_that_was_not_trained_for_it_says_so_once_and_goes_on(tmp_path, caplog):
    folder = video_parts.write(tmp_path / "plain")
    node, other = (ready(VideoStream(model=str(folder), steps=2)) for _ in range(2))
    with caplog.at_level(logging.WARNING):
        linked = dreams(node, 4, camera=STANDING, tracks=MIDDLE)
    assert alike(linked, dreams(other, 4)) == [True] * 4
    said = [record.getMessage() for record in caplog.records]
    assert [sentence for sentence in said if "follow a camera" in sentence] == [
        "plain was not trained to follow a camera and leaves it be"
    ]
    assert len([sentence for sentence in said if "follow points" in sentence]) == 1


@pytest.mark.parametrize(
    ("steering", "said"),
    [
        (["camera"], "7 planes of control"),
        (["wheel"], "steering is 'wheel'; take camera or points"),
    ],
)
def test_a_folder_whose_steering_is_not_its_networks_is_refused(tmp_path, steering, said):
    folder = video_parts.write(tmp_path / "odd", steering=("camera", "points"))
    config = json.loads((folder / "config.json").read_text())
    config["rollout"]["steering"] = steering
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match=said):
        load_video_model(folder, device=torch.device("cpu"), dtype=torch.float32)


@pytest.mark.parametrize(
    ("rollout", "said"),
    [
        ({"renewal": 0.0}, "renewal is 0; it goes from above 0"),
        ({"renewal": 1.5}, "renewal is 1.5; it goes from above 0"),
        ({"renewal": 0.6}, "the steering must end with 'last'"),
    ],
)
def test_a_folder_that_carries_what_it_is_not_told_is_refused(tmp_path, rollout, said):
    folder = video_parts.write(tmp_path / "odd", steering=("camera", "points"))
    config = json.loads((folder / "config.json").read_text())
    config["rollout"] |= rollout
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match=said):
        load_video_model(folder, device=torch.device("cpu"), dtype=torch.float32)


def test_a_folder_whose_last_frame_is_not_where_its_network_looks_is_refused(tmp_path):
    recipe.save(recipe.build(0, "micro"), tmp_path / "odd", side=32)
    config = json.loads((tmp_path / "odd" / "config.json").read_text())
    config["rollout"]["steering"] = ["last", "camera", "points"]
    (tmp_path / "odd" / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="must end with 'last'"):
        load_video_model(tmp_path / "odd", device=torch.device("cpu"), dtype=torch.float32)
