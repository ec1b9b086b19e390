"""Claims about blending: ends are exact, lengths are kept where they must be, texts are encoded
once.
"""

from __future__ import annotations

import pytest
import torch

from nodes.rollout.prompt_blend import (
    KEPT_TEXTS,
    PromptBlend,
    TextCondition,
    blend_conditions,
    blend_noise,
    blend_tensors,
)


def embedding(seed: int) -> torch.Tensor:
    return torch.randn(1, 7, 16, generator=torch.Generator().manual_seed(seed))


def conditions(count: int) -> list[TextCondition]:
    return [TextCondition(embedding(i), embedding(i + 50)[:, 0]) for i in range(count)]


class Encoder:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> TextCondition:
        self.asked.append(text)
        return TextCondition(embedding(len(text)))


@pytest.mark.parametrize("how", ["linear", "slerp"])
def test_the_ends_of_a_blend_are_the_texts_themselves(how):
    one, other = conditions(2)
    assert blend_conditions([one, other], [1.0, 0.0], how) is one
    assert blend_conditions([one, other], [0.0, 3.0], how) is other


def test_linear_weights_are_normalised():
    one, other = conditions(2)
    blended = blend_conditions([one, other], [3.0, 1.0], "linear")
    torch.testing.assert_close(blended.tokens, 0.75 * one.tokens + 0.25 * other.tokens)
    torch.testing.assert_close(blended.pooled, 0.75 * one.pooled + 0.25 * other.pooled)


def test_slerp_keeps_the_length_of_two_of_equal_length():
    one, other = embedding(1), embedding(2)
    other = other * one.norm() / other.norm()
    for t in (0.1, 0.5, 0.9):
        blended = blend_tensors([one, other], [1 - t, t], "slerp")
        assert blended.norm().item() == pytest.approx(one.norm().item(), rel=1e-5)


def test_slerp_of_three_is_linear():
    three = conditions(3)
    blended = blend_conditions(three, [1, 1, 2], "slerp")
    expected = 0.25 * three[0].tokens + 0.25 * three[1].tokens + 0.5 * three[2].tokens
    torch.testing.assert_close(blended.tokens, expected)


def test_weights_of_zero_are_equal_weights():
    one, other = conditions(2)
    blended = blend_conditions([one, other], [0.0, 0.0], "linear")
    torch.testing.assert_close(blended.tokens, (one.tokens + other.tokens) / 2)


@pytest.mark.parametrize("weights", [[1.0, -0.5], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_weights_that_are_no_shares_are_refused(weights):
    with pytest.raises(ValueError, match="at least 0"):
        blend_conditions(conditions(2), weights, "linear")


def test_noise_of_several_seeds_keeps_their_mean_length():
    noises = [embedding(i) * (1 + i / 5) for i in range(4)]
    blended = blend_noise(noises, [1, 1, 1, 1])
    mean = sum(noise.norm().item() for noise in noises) / 4
    assert blended.norm().item() == pytest.approx(mean, rel=1e-5)


def test_noise_of_two_seeds_goes_along_a_circle():
    one, other = embedding(1), embedding(2)
    assert blend_noise([one, other], [1, 0]) is one
    halfway = blend_noise([one, other], [1, 1])
    assert halfway.norm().item() == pytest.approx(one.norm().item(), rel=0.1)


def test_a_text_is_encoded_once_while_its_weight_moves():
    encoder = Encoder()
    blend = PromptBlend(encoder)
    for k in range(20):
        blend.of([("river", 1 - k / 20), ("neon fire", k / 20)])
    assert sorted(encoder.asked) == ["neon fire", "river"]


def test_the_same_pieces_give_the_same_object():
    blend = PromptBlend(Encoder())
    pieces = [("river", 0.4), ("fire", 0.6)]
    assert blend.of(pieces, "slerp") is blend.of(list(pieces), "slerp")
    assert blend.of(pieces, "linear") is not blend.of(pieces, "slerp")


def test_no_pieces_are_the_empty_text():
    encoder = Encoder()
    PromptBlend(encoder).of([])
    assert encoder.asked == [""]


def test_texts_are_forgotten_oldest_first():
    encoder = Encoder()
    blend = PromptBlend(encoder)
    for k in range(KEPT_TEXTS + 1):
        blend.of([("x" * k, 1.0)])
    blend.of([("x" * KEPT_TEXTS, 1.0)])
    blend.of([("", 1.0)])
    assert len(encoder.asked) == KEPT_TEXTS + 2


def test_a_changed_encoder_encodes_anew():
    encoder = Encoder()
    blend = PromptBlend(encoder)
    blend.of([("river", 1.0)])
    blend.forget()
    blend.of([("river", 1.0)])
    assert encoder.asked == ["river", "river"]
