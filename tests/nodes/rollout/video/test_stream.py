"""Claims about the small parts of a video stream: sizes, dissolves, stages, memories of cards."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.errors import ParamError
from nodes.models.video_card import LONGLIVE, STREAM_V2V
from nodes.rollout.memory.ring import Ring
from nodes.rollout.memory.window import Window
from nodes.rollout.video.beginnings import dissolved
from nodes.rollout.video.size import Canvas, chosen
from nodes.rollout.video.stages import Stages
from nodes.rollout.video.stream import default_policy, is_step_rows

UNIT = (16, 16)


@pytest.mark.parametrize(
    ("size", "worked"), [((32, 48), (32, 48)), ((30, 49), (32, 64)), ((1, 1), UNIT)]
)
def test_a_size_is_worked_at_the_next_multiple(size, worked):
    assert Canvas(size, UNIT).worked == worked


@pytest.mark.parametrize("size", [(32, 48), (17, 33), (1, 1), (31, 16)])
def test_what_is_padded_is_cut_off_again(size):
    canvas, picture = Canvas(size, UNIT), torch.rand(2, 3, *size)
    wide = canvas.padded(picture)
    assert tuple(wide.shape[2:]) == canvas.worked
    assert torch.equal(canvas.cropped(wide), picture)


@pytest.mark.parametrize("size", [(0, 16), (16, -1), (16 * 1024 + 1, 16)])
def test_a_size_beyond_the_positions_is_refused_with_the_limit(size):
    with pytest.raises(ParamError, match="takes 1 to 16384"):
        Canvas(size, UNIT)


def test_a_size_follows_what_is_given():
    assert chosen(100, 50, (9, 16), 1) == (50, 100)
    assert chosen(160, 0, (9, 16), 1) == (90, 160)
    assert chosen(0, 90, (9, 16), 1) == (90, 160)
    assert chosen(0, 0, (1, 4), 1024) == (16, 64)


def test_a_dissolve_ends_with_what_comes():
    dark, light = torch.zeros(8, 3, 2, 2), torch.ones(5, 3, 2, 2)
    mixed = dissolved(dark, light)
    assert mixed[:, 0, 0, 0].tolist() == pytest.approx([0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert len(dissolved(light, dark)) == 8
    assert torch.equal(dissolved(dark, torch.ones(5, 3, 4, 4)), torch.ones(5, 3, 4, 4))
    assert dissolved(dark, light[:0]) is dark  # what comes is still on its way
    assert torch.equal(dissolved(dark[:0], light), light)


def test_without_streams_a_stage_runs_where_it_is_called():
    stages = Stages(torch.device("cpu"), overlap=True)
    assert stages.run("decode", lambda: 7) == 7
    assert not stages.overlap
    assert stages.seconds["decode"] > 0


def test_a_checkpoint_gets_the_memory_it_was_trained_with():
    assert default_policy(LONGLIVE, 12) == Window(12, 3)
    assert default_policy(STREAM_V2V, 6) == Ring(6, 3)
    assert default_policy(replace(LONGLIVE, sink=9), 4) == Window(4, 3)
    assert is_step_rows(STREAM_V2V)
    assert not is_step_rows(LONGLIVE)
