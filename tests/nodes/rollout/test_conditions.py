"""Claims about what steers a block: each condition gives a block its own frames."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.rollout.conditions import Conditions, Control, FirstFrame, SourceVideo, Span
from nodes.rollout.noise_source import Propagated
from tests.nodes.rollout.tiny_wan import SIZE
from tests.nodes.rollout.video_parts import STEPS, TEXT, begun


def counted(frames: int, channels: int = 4) -> torch.Tensor:
    """Latents whose frame i is i everywhere."""
    at = torch.arange(frames, dtype=torch.float32).view(1, -1, 1, 1, 1)
    return at.expand(1, frames, channels, *SIZE).contiguous()


def numbers(latents: torch.Tensor) -> list[float]:
    return latents.mean((0, 2, 3, 4)).tolist()


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(10, 3), [0, 1, 2]),
        (Span(12, 3), [2, 3, 4]),
        (Span(13, 3), [3, 4, 4]),
        (Span(99, 2), [4, 4]),
        (Span(8, 3), [0, 0, 0]),
    ],
)
def test_a_source_gives_its_frames_and_holds_its_ends(span, expected):
    assert numbers(SourceVideo(counted(5), frame=10).at(span)) == expected


def test_a_control_signal_is_nothing_outside_its_time():
    control = Control(counted(3, 2) + 1, gain=0.5, frame=4)
    assert numbers(control.at(Span(3, 5))) == [0, 0.5, 1.0, 1.5, 0]


def test_conditions_make_the_inputs_of_a_block():
    given = Conditions(TEXT, SourceVideo(counted(9), 0.6), Control(counted(9, 2)))
    made = given.at(Span(3, 3), STEPS, Propagated(0.5))
    assert (made.frames, made.strength, made.noise) == (3, 0.6, Propagated(0.5))
    assert numbers(made.source) == numbers(made.control) == [3, 4, 5]


def test_a_control_of_no_gain_is_left_out():
    assert (
        Conditions(TEXT, control=Control(counted(3, 2), gain=0.0)).at(Span(0, 3), STEPS).control
        is None
    )


def test_a_source_that_blocks_do_not_divide_is_drawn_to_its_end():
    video, source = begun(), SourceVideo(counted(7), 0.5)
    given = Conditions(TEXT, source)
    made = [video.step(given.at(Span(video.state.frame, 3), STEPS)) for _ in range(3)]
    assert torch.cat(made, 1).shape[1] == 9
    assert video.state.frame == 9


@pytest.mark.parametrize("shape", [(1, 0, 4, *SIZE), (2, 3, 4, *SIZE), (3, 4, *SIZE)])
@pytest.mark.parametrize("kind", [SourceVideo, FirstFrame, Control])
def test_what_is_not_one_video_is_refused(kind, shape):
    with pytest.raises(ParamError, match=r"\(1, frames, C, h, w\)"):
        kind(torch.zeros(shape))


@pytest.mark.parametrize("strength", [0.0, 1.5, float("nan")])
def test_a_strength_outside_its_range_is_refused(strength):
    with pytest.raises(ParamError, match="strength"):
        SourceVideo(counted(3), strength)
