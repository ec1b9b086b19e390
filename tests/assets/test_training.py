"""The recipe: every stage takes steps, stops, and goes on exactly where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from assets.recipes import image_model, loop
from assets.recipes.image_muon import MuonOnKernels, kernels
from assets.recipes.image_pairs import PairPool
from assets.recipes.image_photographs import SOURCES, Photographs
from assets.recipes.muon import DECAY, Muon
from assets.recipes.pool import Pool
from assets.recipes.smooth import calm_loss, moved_both
from assets.recipes.train_distill import grid_time
from assets.recipes.train_image import main
from assets.recipes.train_unet import add_noise, picture_loss, unmixed


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
    made = image_model.load(out)
    assert made.unet.config["in_channels"] == image_model.CHANNELS
    assert made.vae.config["scaling_factor"] != 1


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
    clean, noise, alpha = *torch.randn(2, 2, 4, 8, 8).unbind(), torch.tensor([0.1, 0.9])
    v = add_noise(noise, -clean, alpha)
    noisy = add_noise(clean, noise, alpha)
    assert float(picture_loss(v, noisy, clean, alpha)) < 1e-10
    assert float(picture_loss(v, noisy, clean + 1, alpha)) > 1


def test_a_velocity_says_what_is_clean_and_what_is_noise() -> None:
    clean, noise, alpha = *torch.randn(2, 3, 4, 8, 8).unbind(), torch.tensor([0.0, 0.5, 1.0])
    found = unmixed(add_noise(clean, noise, alpha), add_noise(noise, -clean, alpha), alpha)
    torch.testing.assert_close(found[0], clean)
    torch.testing.assert_close(found[1], noise)


def test_pairs_show_the_same_thing_in_two_media(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    Image.new("RGB", (300, 200), (200, 30, 30)).save(folder / "coffee.png")
    pool = PairPool(tmp_path, Photographs(folder), size=32, seed=0, chunk=8)
    pool.grow(8)
    both = pool.take(torch.arange(8))
    assert both.shape == (8, 6, 32, 32)
    assert all(any(word in text for word in ("coffee", "cup")) for text in pool.texts[4:])
    assert not torch.equal(both[:, :3], both[:, 3:])


def test_without_photographs_there_are_pairs_of_worlds(tmp_path: Path) -> None:
    pool = PairPool(tmp_path, Photographs(tmp_path), size=32, seed=0, chunk=4)
    pool.grow(4)
    assert len(pool) == 4


def test_every_photograph_says_whose_it_is_and_on_which_terms() -> None:
    free = {"public domain", "CC0-1.0", "CC-BY-2.0", "CC-BY-4.0"}
    assert all(source.author and source.licence in free and source.captions for source in SOURCES)


def test_kernels_are_turned_and_the_rest_is_not() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(16, 32, 3), torch.nn.Embedding(40, 16))
    network = network.to(memory_format=torch.channels_last)
    inside, others = kernels(network)
    assert [tuple(weight.shape) for weight in inside] == [(32, 16, 3, 3)]
    assert len(others) == 2


def test_muon_goes_as_pytorchs_own_does() -> None:
    torch.manual_seed(0)
    ours, theirs = ([torch.ones(24, 64), torch.ones(64, 24), torch.ones(64, 24)] for _ in range(2))
    muon = Muon(ours, 1e-3)
    known = torch.optim.Muon(theirs, 1e-3, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw")
    for _ in range(3):
        for mine, other in zip(ours, theirs, strict=True):
            mine.grad = torch.randn_like(mine)
            other.grad = mine.grad.clone()
        muon.step()
        known.step()
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine - other).norm() < 0.02 * (mine - 1).norm()  # PyTorch's counts in bfloat16


def test_muon_moves_the_kernel_itself() -> None:
    conv = torch.nn.Conv2d(16, 16, 3).to(memory_format=torch.channels_last)
    before = conv.weight.detach().clone()
    optimizer = MuonOnKernels(*kernels(conv), peak=0.01)
    loss = conv(torch.randn(1, 16, 8, 8)).square().mean()
    loop.descend(optimizer, loss, 0.01)
    assert not torch.equal(conv.weight, before)
    assert conv.weight.grad is None


def test_smooth_latents_cost_less_than_rough_ones() -> None:
    rough = torch.randn(1, 4, 8, 8)
    smooth = torch.nn.functional.avg_pool2d(rough, 3, 1, 1)
    assert float(calm_loss(smooth)) < float(calm_loss(rough))


def test_moved_latents_and_crops_stay_together() -> None:
    for seed in range(6):
        torch.manual_seed(seed)
        latents, crops = moved_both(torch.randn(1, 4, 12, 12), torch.randn(1, 3, 96, 96))
        assert [8 * side for side in latents.shape[2:]] == list(crops.shape[2:])
