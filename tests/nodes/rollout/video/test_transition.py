"""Claims about the walk from prompt to prompt."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.rollout.video.transition import begun, blocks_of, turned, walked
from tests.nodes.rollout.video_parts import OTHER, TEXT

ONE, TWO = (("sea", 1.0),), (("fire", 1.0),)


def test_another_prompt_begins_in_the_next_block_and_is_there_after_as_many_as_asked():
    walk, shares = begun(ONE, TEXT), []
    for _ in range(5):
        walk = walked(walk, TWO, OTHER, 4)
        shares.append(walk.fade.share)
    assert shares == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert walk.keys is OTHER


def test_the_arrival_is_said_once():
    walk, said = begun(ONE, TEXT), []
    for _ in range(5):
        walk = walked(walk, TWO, OTHER, 3)
        said.append(walk.arrived)
    assert said == [False, False, True, False, False]


def test_without_a_transition_the_prompt_is_there_at_once():
    walk = walked(begun(ONE, TEXT), TWO, OTHER, 1)
    assert walk.arrived
    assert walk.keys is OTHER


def test_a_prompt_that_stays_is_never_an_arrival():
    walk = begun(ONE, TEXT)
    assert not walked(walk, ONE, TEXT, 4).arrived


def test_a_fader_between_two_prompts_moves_at_once_and_is_no_other_prompt():
    before, after = (("sea", 0.9), ("fire", 0.1)), (("sea", 0.8), ("fire", 0.2))
    walk = walked(begun(before, TEXT), after, OTHER, 8)
    assert walk.keys is OTHER
    assert not walk.arrived


def test_a_third_prompt_on_the_way_is_walked_to_from_there():
    walk = walked(begun(ONE, TEXT), TWO, OTHER, 2)
    here = walk.keys
    walk = walked(walk, (("night", 1.0),), TEXT, 4)
    expected = 0.75 * here.k[0] + 0.25 * TEXT.k[0]
    torch.testing.assert_close(walk.keys.k[0], expected)


def test_how_far_prompts_are_from_each_other():
    assert turned(ONE, ONE) == 0
    assert turned(ONE, TWO) == 1
    assert turned(ONE, (("sea", 3.0), ("fire", 1.0))) == pytest.approx(0.25)
    assert turned((), (("", 1.0),)) == 0


def test_seconds_are_counted_in_blocks():
    assert blocks_of(0, 12, 24) == 1
    assert blocks_of(2, 12, 24) == 4
    assert blocks_of(1e9, 12, 24) == 1000


def test_a_transition_of_no_blocks_is_refused():
    with pytest.raises(ParamError, match="0 blocks"):
        walked(begun(ONE, TEXT), TWO, OTHER, 0)
