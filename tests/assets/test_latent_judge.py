"""The judge of latents: it learns to tell, its word reaches what is judged and not itself, and
students keep their colours while they learn from it."""

from __future__ import annotations

import torch

from assets.recipes.latent_judge import Judging, LatentJudge, held


def judging() -> Judging:
    torch.manual_seed(0)
    return Judging(LatentJudge(3, 5, width=8), 4e-3)


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """True latents are stripes, made ones mist of the same mean."""
    draw = torch.Generator().manual_seed(seed)
    true = torch.randint(0, 2, (16, 3, 1, 8), generator=draw).float().expand(-1, -1, 8, -1)
    return true, torch.full_like(true, 0.5), torch.randn(16, 5, generator=draw)


def test_a_judge_learns_to_tell_edges_from_mist() -> None:
    taught = judging()
    losses = [float(taught.learn(*batch(seed))) for seed in range(40)]
    assert losses[-1] < 0.6 * losses[0]
    true, made, words = batch(1000)
    with torch.no_grad():
        real, fake = taught.judge(true, words), taught.judge(made, words)
    assert (real.patches.mean((1, 2, 3)) > fake.patches.mean((1, 2, 3))).all()


def test_its_word_moves_what_was_made_and_not_the_judge() -> None:
    taught = judging()
    _, made, words = batch(0)
    made = made.clone().requires_grad_()
    taught.looks(made, words).backward()
    assert made.grad is not None
    assert made.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in taught.judge.parameters())
    assert all(weight.requires_grad for weight in taught.judge.parameters())


def test_one_picture_with_other_words_is_judged_otherwise() -> None:
    taught = judging()
    true, _, words = batch(0)
    one, other = taught.judge(true, words), taught.judge(true, -words)
    assert torch.equal(one.patches, other.patches)
    assert not torch.allclose(one.parts, other.parts)


def test_what_is_held_are_the_means_of_cells_and_what_noise_lets_be_seen() -> None:
    was = torch.zeros(2, 3, 8, 8)
    ripples = was.clone()
    ripples[..., ::2] += 1
    ripples[..., 1::2] -= 1
    unseen, seen = torch.zeros(2), torch.ones(2)
    assert held(ripples, was, was, unseen) == 0
    assert held(was + 1, was, was, unseen) > 0.9
    assert held(ripples, was, was, seen) > 0.9
    assert held(ripples, was, ripples, seen) == 0
