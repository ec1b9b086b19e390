"""Claims about the list of prompts."""

from __future__ import annotations

import pytest

from engine.errors import ParamError
from nodes.control.prompt_list import PromptList

TEXTS = "sea\n\n  fire  \nhills\n"


def pieces(at: float, texts: str = TEXTS) -> tuple:
    return PromptList(texts=texts, at=at).process().pieces


@pytest.mark.parametrize(("at", "text"), [(0, "sea"), (1, "fire"), (2, "hills"), (3, "sea")])
def test_a_whole_number_is_one_text(at, text):
    assert pieces(at) == ((text, 1.0),)


def test_between_two_numbers_both_are_mixed():
    assert pieces(1.25) == (("fire", 0.75), ("hills", 0.25))
    assert pieces(2.5) == (("hills", 0.5), ("sea", 0.5))


def test_below_the_first_comes_the_last():
    assert pieces(-1) == (("hills", 1.0),)


def test_nothing_is_the_empty_text():
    assert pieces(0.5, " \n ") == (("", 0.5), ("", 0.5))


def test_a_list_that_is_too_long_is_refused():
    with pytest.raises(ParamError, match="257 lines"):
        pieces(0, "a\n" * 257)
