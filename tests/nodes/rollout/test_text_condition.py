"""Claims about prompts as keys: encoded once, mixed by arithmetic, walked between."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.models.causal_wan import TextKeys
from nodes.rollout.text_condition import KEPT_KEYS, PromptKeys, TextFade, blend_keys
from tests.nodes.rollout.tiny_wan import CONFIG
from tests.nodes.rollout.video_parts import NETWORK, OTHER, TEXT


class Letters:
    """A text encoder that knows how often each of eight letters is there."""

    dim, length = CONFIG.text_dim, CONFIG.text_len

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, text: str) -> torch.Tensor:
        self.asked.append(text)
        counts = [float(text.count(letter)) for letter in "abcdefgh"]
        return torch.tensor(counts).expand(1, 2, -1)


def prompts() -> PromptKeys:
    return PromptKeys(NETWORK, Letters())


def equal(a: TextKeys, b: TextKeys, atol: float = 0.0) -> bool:
    pairs = zip((*a.k, *a.v), (*b.k, *b.v), strict=True)
    return all(torch.allclose(x, y, atol=atol, rtol=0) for x, y in pairs)


def test_a_text_is_encoded_once():
    made, letters = PromptKeys(NETWORK, encoder := Letters()), encoder
    first = made.of([("a bed", 1.0)])
    made.of([("a bed", 0.5), ("a cab", 0.5)])
    made.of([("a bed", 0.2), ("a cab", 0.8)])
    assert made.of([("a bed", 3.0)]) is made.of([("a bed", 3.0)])
    assert equal(made.of([("a bed", 1.0)]), first)
    assert letters.asked == ["a bed", "a cab"]


def test_weights_mix_and_none_leaves_no_trace():
    made = prompts()
    bed, cab = made.of([("bed", 1.0)]), made.of([("cab", 1.0)])
    assert equal(made.of([("bed", 1.0), ("cab", 0.0)]), bed)
    mixed = made.of([("bed", 1.0), ("cab", 3.0)])
    assert torch.allclose(mixed.v[0], 0.25 * bed.v[0] + 0.75 * cab.v[0], atol=1e-6)


def test_no_pieces_are_the_empty_text():
    made = prompts()
    assert equal(made.of([]), made.of([("", 1.0)]))


def test_more_texts_than_are_kept_still_mix():
    made = prompts()
    pieces = [(letter, 1.0) for letter in "abcdefgh"]
    first = made.of(pieces)
    assert len(pieces) > KEPT_KEYS
    made.of([("a", 1.0)])
    assert equal(made.of(pieces), first)


def test_new_weights_forget_what_was_encoded():
    made, letters = PromptKeys(NETWORK, encoder := Letters()), encoder
    made.of([("a", 1.0)])
    made.forget()
    made.of([("a", 1.0)])
    assert letters.asked == ["a", "a"]


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [float("nan"), 1.0]])
def test_weights_that_are_no_shares_are_refused(weights):
    with pytest.raises(ValueError, match="blend weights"):
        blend_keys([TEXT, OTHER], weights, "linear")


def test_a_walk_goes_in_even_paces_and_ends_exactly():
    fade, shares = TextFade(TEXT, OTHER, 4), []
    assert fade.keys is TEXT
    while not fade.finished:
        fade = fade.after()
        shares.append(fade.share)
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert fade.keys is OTHER
    assert fade.after().keys is OTHER


def test_half_way_is_the_mean():
    keys = TextFade(TEXT, OTHER, 2).after().keys
    assert torch.allclose(keys.k[1], (TEXT.k[1] + OTHER.k[1]) / 2, atol=1e-6)


def test_a_new_goal_is_walked_to_from_here():
    here = TextFade(TEXT, OTHER, 2).after()
    back = here.towards(TEXT, 2)
    assert equal(back.keys, here.keys)
    assert equal(back.after().keys, blend_keys([TEXT, OTHER], [0.75, 0.25], "linear"), 1e-6)


def test_a_walk_takes_a_block():
    with pytest.raises(ParamError, match="0 blocks"):
        TextFade(TEXT, OTHER, 0)
