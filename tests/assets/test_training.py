"""The recipe: every stage takes steps, stops, and goes on exactly where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from assets.recipes import image_model, loop
from assets.recipes.pool import Pool
from assets.recipes.train_distill import grid_time
from assets.recipes.train_image import main
from assets.recipes.train_unet import add_noise, noise_loss


class Counter:
    """A stage that learns a single number."""

    name = "counter"

    def __init__(self) -> None:
        self.weight = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.zeros_(self.weight.weight)

    def keep(self) -> dict[str, torch.nn.Module]:
        return {"weight": self.weight}

    def step(self, index: int, total: int) -> float:
        with torch.no_grad():
            self.weight.weight += torch.rand(1)
        return 0.0


@pytest.mark.timeout(300)  # five seconds of work; a machine that others load needs the rest
def test_all_stages_run_and_leave_a_loadable_folder(tmp_path: Path) -> None:
    train, out = tmp_path / "train", tmp_path / "model"
    call = ["--budget", "micro", "--train", str(train), "--out", str(out)]
    main([*call, "--stage", "vae", "--minutes", "0"])
    assert torch.load(train / "vae.pt", weights_only=True)["done"] == 0
    main(call)
    done = [
        torch.load(train / f"{n}.pt", weights_only=True)["done"] for n in ("vae", "unet", "distill")
    ]
    assert done == [2, 2, 2]
    assert image_model.load(out).unet.config["in_channels"] == 4


def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    whole, halves = Counter(), Counter()
    loop.run_stage(whole, tmp_path / "a", total=6, minutes=1, seed=0)
    loop.run_stage(halves, tmp_path / "b", total=3, minutes=1, seed=0)
    resumed = Counter()
    assert loop.run_stage(resumed, tmp_path / "b", total=6, minutes=1, seed=0) == 6
    assert torch.equal(resumed.weight.weight, whole.weight.weight)


def test_a_slice_without_time_changes_nothing(tmp_path: Path) -> None:
    assert loop.run_stage(Counter(), tmp_path, total=6, minutes=0, seed=0) == 0


def test_a_pool_reads_back_what_it_painted(tmp_path: Path) -> None:
    first, again = (Pool(tmp_path, size=32, seed=1, chunk=2) for _ in range(2))
    first.grow(3)
    again.grow(4)
    assert len(first) == first.on_disk() == 4
    assert first.texts == again.texts
    assert torch.equal(first.take(torch.tensor([3])), again.take(torch.tensor([3])))


def test_the_learning_rate_rises_then_falls() -> None:
    rates = [loop.rate(i, 1000, peak=1.0, warm=100) for i in (0, 99, 500, 1000)]
    assert rates == pytest.approx([0.01, 1.0, 0.525, 0.05], abs=1e-3)


def test_the_grid_ends_in_the_clean_picture() -> None:
    assert grid_time(torch.tensor([0, 32, 49, 50, 52])).tolist() == [999, 359, 19, -1, -1]


def test_a_perfect_guess_costs_nothing() -> None:
    noise, alpha = torch.randn(2, 4, 8, 8), torch.tensor([0.1, 0.9])
    noisy = add_noise(torch.zeros_like(noise), noise, alpha)
    assert torch.allclose(noisy, noise * (1 - alpha)[:, None, None, None].sqrt())
    assert float(noise_loss(noise, noise, alpha)) == 0.0
