"""Claims about the image stream on the model that ships: pictures stay pictures, whatever is moved
while it plays.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from engine.node import Context, Stream, Tick
from engine.values import Frame, Prompt
from engine.weights import Weights
from nodes.generate.image_stream import ImageStream
from nodes.models.zoo import Zoo
from tests.nodes.generate.conftest import DT, play

SIZE = 96


@pytest.fixture(scope="module")
def weights():
    found = Weights(Zoo())
    yield found
    found.close()


@pytest.fixture
def stream(weights):
    def build(dtype=torch.float32, **params):
        node = ImageStream(**params)
        node.ctx = Context(stream=Stream(SIZE, SIZE), weights=weights, dtype=dtype)
        node.setup(node.ctx)
        return node

    return build


def landscape() -> Frame:
    """A sky over a hill with a sun."""
    y, x = torch.meshgrid(*[torch.linspace(0, 1, SIZE)] * 2, indexing="ij")
    sky = torch.stack([0.4 + 0.3 * y, 0.6 + 0.1 * y, 0.9 - 0.2 * y])
    hill = (y > 0.6 + 0.1 * torch.sin(6 * x))[None]
    ground = torch.tensor([0.25, 0.55, 0.2]).view(3, 1, 1) * (0.7 + 0.3 * x)
    sun = ((x - 0.7) ** 2 + (y - 0.25) ** 2 < 0.01)[None]
    picture = torch.where(hill, ground, sky)
    return Frame(torch.where(sun, torch.tensor([1.0, 0.9, 0.6]).view(3, 1, 1), picture)[None])


def distance(one, other) -> float:
    """Root mean square difference of two pictures."""
    return (one - other).square().mean().sqrt().item()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_little_strength_keeps_the_picture(stream, dtype):
    frame = landscape()
    (out,) = play(stream(dtype, steps=1, strength=0.1), [frame])
    assert distance(out.value.tensor, frame.tensor) < 0.12


def test_more_strength_leaves_more_to_the_prompt(stream):
    frame, apart = landscape(), []
    for strength in (0.1, 0.5, 1.0):
        (out,) = play(stream(steps=2, strength=strength), [frame])
        apart.append(distance(out.value.tensor, frame.tensor))
    assert apart == sorted(apart)


def test_the_prompt_is_seen(stream):
    frame = landscape()
    fire, ice = (
        play(stream(steps=2, strength=0.8, prompt=Prompt.of(text)), [frame])[0].value.tensor
        for text in ("mountains made of fire", "mountains made of ice")
    )
    warmth = [(picture[:, 0] - picture[:, 2]).mean() for picture in (fire, ice)]
    assert warmth[0] > warmth[1] + 0.05


CHANGES = {
    "fewer steps": ({"steps": 4}, {"steps": 1}),
    "more steps": ({"steps": 1}, {"steps": 4}),
    "less strength": ({"strength": 0.8}, {"strength": 0.2}),
    "more strength": ({"strength": 0.2}, {"strength": 0.8}),
    "seed": ({"seed": 1}, {"seed": 99}),
    "guidance": ({}, {"guidance_mode": "self", "guidance": 1.4}),
    "no grain": ({"steps": 4}, {"add_noise": False}),
    "everything": ({"steps": 2}, {"steps": 5, "strength": 0.9, "seed": 8}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_live_change_does_not_flash(stream, change):
    """Every picture after it is as near to its goal as the last before, or nearer; brightness
    too.
    """
    before, after = CHANGES[change]
    node, still = stream(**before), landscape()
    first = play(node, [still] * 5)[-1].value.tensor
    for name, value in after.items():
        setattr(node, name, value)
    shown = [out.value.tensor for out in play(node, [still] * 12, start=5)]
    goal = shown[-1]
    for picture in shown:
        assert distance(picture, goal) <= distance(first, goal) * 1.1 + 0.005
        assert abs(picture.mean() - goal.mean()) <= abs(first.mean() - goal.mean()) + 0.04


def test_the_first_picture_is_as_bright_as_all_that_follow(stream):
    outs = play(stream(steps=4), [landscape()] * 8)
    means = [out.value.tensor.mean().item() for out in outs]
    assert max(means) - min(means) < 1e-3


def test_from_noise_a_picture_grows_that_changes_smoothly(stream):
    node = stream(torch.bfloat16, steps=4, drift=1.0)
    outs = [next(node.process(Tick(k * DT, DT, k))).value.tensor for k in range(20)]
    moved = [distance(one, other) for one, other in pairwise(outs)]
    assert min(moved) > 0
    assert max(moved[4:]) < 0.05
    assert distance(outs[4], outs[-1]) > 3 * max(moved[4:])
    assert outs[-1].std() > 0.03
