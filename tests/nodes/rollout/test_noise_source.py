"""Claims about what blocks begin in: variance, correlation, the pruned bound, repeatability."""

from __future__ import annotations

import math

import pytest
import torch

from nodes.rollout.noise_source import Gaussian, Place, Propagated, Pruned, acceptance, pruning_axes

SHAPE = (1, 3, 4, 8, 8)
SIZE = 4 * 8 * 8
AT = Place(seed=7, stream=2, block=5)


def axes(count: int, size: int = SIZE) -> torch.Tensor:
    drawn = torch.randn(size, size, generator=torch.Generator().manual_seed(1))
    return torch.linalg.qr(drawn).Q[:count]


def cosines(noise: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    rows = noise.reshape(-1, directions.shape[1])
    return rows @ directions.T / rows.norm(dim=1, keepdim=True)


def chain(source, blocks: int, shape=SHAPE) -> list[torch.Tensor]:
    drawn: list[torch.Tensor] = []
    for block in range(blocks):
        previous = drawn[-1] if drawn else None
        drawn.append(source.sample(shape, AT._replace(block=block), previous=previous))
    return drawn


SOURCES = [
    Gaussian(),
    Propagated(0.6),
    Pruned(axes(20), 0.06),
    Pruned(axes(20), 0.06, "clip"),
]


@pytest.mark.parametrize("source", SOURCES)
def test_a_place_gives_the_same_noise_whenever_it_is_asked(source):
    first = source.sample(SHAPE, AT)
    source.sample(SHAPE, AT._replace(block=9))
    assert torch.equal(source.sample(SHAPE, AT), first)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("word", ["seed", "stream", "block", "step"])
def test_every_word_of_a_place_makes_other_noise(source, word):
    other = source.sample(SHAPE, AT._replace(**{word: 11}))
    assert (
        abs(torch.corrcoef(torch.stack([source.sample(SHAPE, AT).ravel(), other.ravel()]))[0, 1])
        < 0.15
    )


@pytest.mark.parametrize("rho", [-0.1, 0.5, 0.9])
def test_propagated_noise_keeps_its_variance_and_is_like_the_last_by_rho(rho):
    drawn = torch.stack([eps.ravel() for eps in chain(Propagated(rho), 4, (1, 1, 16, 256, 256))])
    table = torch.corrcoef(drawn)
    assert drawn.mean(1).abs().max() < 4e-3
    assert drawn.var(1).sub(1).abs().max() < 6e-3
    assert table[2, 3] == pytest.approx(rho, abs=4e-3)
    assert table[1, 3] == pytest.approx(rho**2, abs=4e-3)


def test_noise_between_steps_is_not_carried():
    at = AT._replace(step=2)
    previous = torch.ones(SHAPE)
    assert torch.equal(
        Propagated(0.9).sample(SHAPE, at, previous=previous), Gaussian().sample(SHAPE, at)
    )


def test_a_block_of_another_size_begins_anew():
    longer = torch.ones(1, 4, 4, 8, 8)
    assert torch.equal(
        Propagated(0.9).sample(SHAPE, AT, previous=longer), Gaussian().sample(SHAPE, AT)
    )


@pytest.mark.parametrize("rho", [1.0, -1.0, float("nan")])
def test_noise_cannot_be_carried_whole(rho):
    with pytest.raises(ValueError, match="rho"):
        Propagated(rho)


@pytest.mark.parametrize("form", ["reject", "clip"])
@pytest.mark.parametrize("count", [1, 20])
def test_no_accepted_draw_passes_the_threshold(form, count):
    source = Pruned(axes(count), 0.08, form)
    for block in range(30):
        noise = source.sample(SHAPE, AT._replace(block=block))
        assert cosines(noise, axes(count)).max() <= 0.08 + 1e-6


def test_clipping_holds_for_all_directions_at_once_and_spares_the_rest():
    half = axes(SIZE // 2)
    noise = Pruned(half, 0.01, "clip").sample((1, 200, 4, 8, 8), AT)
    plain = Gaussian().sample((1, 200, 4, 8, 8), AT)
    assert cosines(noise, half).max() <= 0.01 + 1e-6
    kept = torch.eye(SIZE) - half.T @ half
    assert torch.allclose(noise.flatten(2) @ kept, plain.flatten(2) @ kept, atol=1e-4)


def test_acceptance_is_as_predicted():
    assert acceptance(1, 3072, 0.048) == pytest.approx(0.996, abs=1e-3)
    z = Gaussian().sample((1, 20_000, 4, 8, 8), AT)
    accepted = (cosines(z, axes(5)) <= 0.1).all(1).float().mean().item()
    assert accepted == pytest.approx(acceptance(5, SIZE, 0.1), abs=0.01)


def test_kept_directions_stay_normal():
    noise = Pruned(axes(4), 0.05).sample((1, 3000, 4, 8, 8), AT)
    along = (noise.flatten(2) @ axes(40)[39]).ravel().double().sort().values
    gap = torch.special.ndtr(along) - (torch.arange(3000) + 0.5) / 3000
    assert gap.abs().max() < 1.63 / math.sqrt(3000)  # Kolmogorov and Smirnov at 1 %


def test_no_axes_are_plain_noise():
    assert torch.equal(Pruned(torch.zeros(0, SIZE)).sample(SHAPE, AT), Gaussian().sample(SHAPE, AT))


def test_norm_alignment_scales():
    assert torch.equal(Gaussian(0.5).sample(SHAPE, AT), 0.5 * Gaussian().sample(SHAPE, AT))


def test_hopeless_pruning_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match='"clip"'):
        Pruned(axes(100), 0.01)


def test_axes_of_another_size_are_refused_with_both():
    with pytest.raises(ValueError, match="256 numbers"):
        Pruned(axes(3)).sample((1, 1, 4, 4, 4), AT)
    with pytest.raises(ValueError, match=r"\(M, d\)"):
        Pruned(torch.zeros(3))


def test_axes_are_found_where_no_latent_points():
    latents = torch.randn(4000, 24, generator=torch.Generator().manual_seed(3))
    latents[:, 5] = latents[:, 5].abs() * -1 - 3
    found = pruning_axes(latents)
    assert torch.allclose(found @ found.T, torch.eye(len(found)), atol=1e-5)
    assert cosines(latents, found).max() < 1e-2
    assert found[:, 5].abs().max() > 0.9


def test_too_few_latents_prune_nothing():
    with pytest.raises(ValueError, match="more than 24"):
        pruning_axes(torch.randn(24, 24))
