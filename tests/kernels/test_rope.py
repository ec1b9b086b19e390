"""Rotary positions: lengths stay, only distances count, and each axis turns its own pairs."""

from __future__ import annotations

import pytest
import torch

from kernels.attention import attention
from kernels.noise import gaussian
from kernels.rope import angles, rotate

GRID = (2, 3)
HEAD = 16  # eight pairs: four for time, two for rows, two for columns
X = gaussian((2, 18, 3, HEAD), seed=1, stream=0)
Y = gaussian((2, 18, 3, HEAD), seed=1, stream=1)


def frames(*positions: float) -> torch.Tensor:
    return torch.tensor(positions)


def scores(start: float, phase: float = 0.0) -> torch.Tensor:
    turn = angles(frames(start, start + 1, start + 2), GRID, HEAD, phase=torch.full((3,), phase))
    return torch.einsum("bnhd,bmhd->bhnm", rotate(X, *turn), rotate(Y, *turn))


def test_pairs_keep_their_length():
    turned = rotate(X, *angles(frames(0, 5, 700.5), GRID, HEAD))
    pairs = turned.unflatten(-1, (-1, 2)).norm(dim=-1)
    assert torch.allclose(pairs, X.unflatten(-1, (-1, 2)).norm(dim=-1), atol=1e-5)


def test_the_first_token_of_frame_zero_does_not_turn():
    turned = rotate(X, *angles(frames(0, 1, 2), GRID, HEAD))
    assert torch.equal(turned[:, 0], X[:, 0])
    assert not torch.allclose(turned[:, 1], X[:, 1])


@pytest.mark.parametrize("start", [1, 7, 900])
def test_only_distances_in_time_count(start):
    assert torch.allclose(scores(start), scores(0), atol=1e-4)


def test_a_phase_that_all_share_changes_nothing():
    assert torch.allclose(scores(0, phase=1 / 6), scores(0), atol=1e-5)


def test_a_phase_turns_every_temporal_pair_by_itself():
    still = angles(frames(3), (1, 1), HEAD)
    cos, sin = angles(frames(3), (1, 1), HEAD, phase=frames(1 / 6))
    between = torch.atan2(sin * still[0] - cos * still[1], cos * still[0] + sin * still[1])
    assert torch.allclose(between[0, :4], torch.full((4,), 1 / 6), atol=1e-6)
    assert torch.allclose(between[0, 4:], torch.zeros(4), atol=1e-6)


def test_a_head_of_128_has_22_temporal_pairs_and_21_for_each_side():
    cos, sin = angles(frames(0, 1), (2, 2), 128)
    turns = torch.atan2(sin, cos).view(2, 2, 2, 64)
    assert turns[1, 0, 0].nonzero().flatten().tolist() == list(range(22))
    assert turns[0, 1, 0].nonzero().flatten().tolist() == list(range(22, 43))
    assert turns[0, 0, 1].nonzero().flatten().tolist() == list(range(43, 64))


def test_the_slowest_temporal_pair_of_128_turns_by_theta_to_the_minus_42_of_44():
    _, sin = angles(frames(1), (1, 1), 128)
    assert sin[0, 21].item() == pytest.approx(10000 ** (-42 / 44), rel=1e-5)


def test_positions_may_lie_between_frames():
    middle = angles(frames(1.5), (1, 1), HEAD)
    assert torch.allclose(middle[0][0, 0], torch.tensor(1.5).cos(), atol=1e-6)


@pytest.mark.parametrize("head", [4, 15])
def test_a_head_without_a_pair_for_each_axis_is_refused(head):
    with pytest.raises(ValueError, match=f"{head} channels of a head"):
        angles(frames(0), GRID, head)


def test_half_precision_comes_back_as_it_came():
    turn = angles(frames(0, 1, 2), GRID, HEAD)
    turned = rotate(X.bfloat16(), *turn)
    assert turned.dtype == torch.bfloat16
    assert torch.allclose(turned.float(), rotate(X, *turn), atol=0.03)


def test_the_form_for_compilers_is_the_same(monkeypatch):
    turn = angles(frames(0, 1, 2), GRID, HEAD)
    eager = rotate(X, *turn)
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    assert torch.allclose(rotate(X, *turn), eager, atol=1e-6)


def test_gradients_turn_back():
    turn = angles(frames(0, 1, 2), GRID, HEAD)
    x = X.clone().requires_grad_()
    rotate(x, *turn).backward(rotate(Y, *turn))
    assert torch.allclose(x.grad, Y, atol=1e-5)


def test_attention_reads_what_the_mask_allows():
    mask = torch.eye(18, dtype=torch.bool)
    assert torch.allclose(attention(X, Y, Y, mask), Y, atol=1e-6)


def test_one_row_of_keys_serves_every_row_of_queries():
    shared = attention(X, Y[:1], Y[:1])
    assert torch.allclose(shared[1], attention(X[1:], Y[:1], Y[:1])[0], atol=1e-6)
