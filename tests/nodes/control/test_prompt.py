"""PromptText: pieces and their weights along the blend."""

from __future__ import annotations

from engine.values import Prompt
from nodes.control.prompt import PromptText


def test_one_text_passes_with_its_weights():
    text = Prompt((("sea", 0.7), ("fire", 0.3)))
    assert PromptText(text=text, blend="linear", mix=0.8).process() == text


def test_a_quarter_of_the_way_weighs_a_quarter():
    node = PromptText(text=Prompt.of("sea"), other=Prompt.of("fire"), mix=0.25)
    assert node.process() == Prompt((("sea", 0.75), ("fire", 0.25)), "slerp")


def test_the_ends_hold_one_text_alone():
    node = PromptText(text=Prompt.of("sea"), other=Prompt.of("fire"), mix=0.0)
    assert node.process().pieces == (("sea", 1.0),)
    node.mix = 1.0
    assert node.process().pieces == (("fire", 1.0),)


def test_an_empty_text_may_be_the_first():
    assert PromptText(text=Prompt.of(""), other=Prompt.of("fire"), mix=0.5).process().pieces == (
        ("", 0.5),
        ("fire", 0.5),
    )
