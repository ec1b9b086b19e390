"""Memory of a rollout, counted before anything is loaded, and stepped down in a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.errors import WeightsError
from nodes.models.video_card import KREA, LONGLIVE, SELF_FORCING, STREAM_V2V
from nodes.models.video_plan import Needs, fitting_plan
from nodes.models.wan_config import SIZES

NEEDS = Needs(SIZES["1.3B"], SELF_FORCING, torch.bfloat16)
GB = 10**9


def test_weights_are_the_parameters_in_their_type():
    assert NEEDS.plan().weights == 1_418_996_800 * 2
    assert replace(NEEDS, dtype=torch.float32).plan().weights == 1_418_996_800 * 4
    assert replace(NEEDS, beside=7).plan().weights == 1_418_996_800 * 2 + 7


@pytest.mark.parametrize(("size", "once"), [("1.3B", 6.04e9), ("14B", 26.8e9)])
def test_the_past_is_that_of_the_public_loop_as_pages_and_once_more_rotated(size, once):
    plan = Needs(SIZES[size], SELF_FORCING, torch.bfloat16).plan()
    assert plan.past / 2 == pytest.approx(once, rel=1e-2)


def test_the_past_grows_with_window_and_picture():
    plan = NEEDS.plan()
    assert Needs(SIZES["1.3B"], LONGLIVE, torch.bfloat16).plan().past * 21 == plan.past * 12
    assert NEEDS.plan(size=(240, 416)).past * 4 == plan.past


def test_a_memory_for_each_level_is_counted_for_each_step():
    levels = Needs(SIZES["1.3B"], STREAM_V2V, torch.bfloat16).plan().past
    clean = replace(STREAM_V2V, rows=frozenset({"clean"}))
    assert levels * 2 == Needs(SIZES["1.3B"], clean, torch.bfloat16).plan().past * 5


def test_what_fits_runs_as_the_card_says():
    assert fitting_plan(NEEDS, 80 * GB, "self-forcing") == (NEEDS.plan(), "")


def test_a_shorter_past_is_taken_before_a_smaller_picture():
    plan, note = fitting_plan(NEEDS, 10 * GB, "self-forcing")
    assert plan.size == (480, 832)
    assert plan.window < 21
    assert plan.total <= 10 * GB
    assert note.startswith("self-forcing needs 16")
    assert f"it runs at 480x832 with {plan.window} frames of past" in note


def test_smaller_pictures_divide_into_patches():
    plan, _ = fitting_plan(NEEDS, int(4.5 * GB), "self-forcing")
    assert plan.size[0] < 480
    assert plan.size[0] % 16 == plan.size[1] % 16 == 0


def test_the_least_past_holds_sink_and_block():
    plan, _ = fitting_plan(Needs(SIZES["1.3B"], LONGLIVE, torch.bfloat16), 7 * GB, "longlive")
    assert plan.window >= 6


def test_what_cannot_fit_is_refused_in_a_sentence():
    krea = Needs(SIZES["14B"], KREA, torch.bfloat16)
    with pytest.raises(WeightsError, match=r"krea needs .* GB at 480x832 .* 24\.0 GB are free"):
        fitting_plan(krea, 24 * GB, "krea")
