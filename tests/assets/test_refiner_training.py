"""The recipe of slipstream-refiner: every stage takes steps, pictures are carried as the node
carries them, and what ships is what its card says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from assets.recipes import train_refiner
from assets.recipes.refiner_data import Triplets, joined, taken
from assets.recipes.refiner_measure import WAYS, middles, milliseconds, nearness, threes
from assets.recipes.refiner_stage import RefinerStage, difference
from nodes.models.refiner import RefinerConfig, RefinerModel, RefinerNetwork, load_refiner
from nodes.worlds.clip import ClipPainter
from tests.nodes.motion.test_flow import moved, texture

FOLDER = train_refiner.FOLDER
PICTURE = texture(96, 128)
CLIP = torch.cat([moved(PICTURE, at, 0).tensor for at in range(9)])


def little() -> RefinerModel:
    config = RefinerConfig((4, 4, 8), 1)
    return RefinerModel(RefinerNetwork(config).eval(), config, "little")


def triplets(count: int) -> Triplets:
    dice = torch.Generator().manual_seed(0)
    clip = (CLIP * 255).byte()
    return joined([taken(clip, at, 64, dice) for at in range(count)])


@pytest.mark.timeout(300)  # seconds of work; a machine that others load needs the rest
def test_all_stages_run_and_leave_a_folder(tmp_path: Path) -> None:
    train, out = tmp_path / "train", tmp_path / "model"
    call = ["--budget", "micro", "--train", str(train), "--out", str(out), "--minutes", "5"]
    train_refiner.main(call)
    assert torch.load(train / "refiner.pt", weights_only=True)["done"] == 2
    picture = torch.rand(1, 3, 32, 32)
    made = load_refiner(out, device=torch.device("cpu")).middle(picture, picture)
    assert torch.allclose(made, picture, atol=0.05)


def test_clips_of_others_are_not_added_to(tmp_path: Path) -> None:
    call = ["--budget", "micro", "--train", str(tmp_path / "t"), "--clips", str(tmp_path / "c")]
    with pytest.raises(ValueError, match="0 chunks of clips, not 2"):
        train_refiner.main([*call, "--stage", "clips"])
    assert not list((tmp_path / "c").rglob("*.pt"))


def test_the_shipped_folder_is_small_and_its_card_names_the_file() -> None:
    weights = FOLDER / "refiner.safetensors"
    assert weights.stat().st_size < 1_000_000
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    assert hashlib.sha256(weights.read_bytes()).hexdigest() in card


def test_a_triplet_is_of_one_moment() -> None:
    found = triplets(4)
    assert len(found) == 4
    wrong = (found.first.float() - found.middle.float())[..., 16:-16, 16:-16].abs().mean()
    assert wrong < 3  # of 255


def test_pictures_across_a_cut_are_not_learnt_from() -> None:
    clip = torch.cat([CLIP[:3], 1 - CLIP[:3].flip(2)])
    dice = torch.Generator().manual_seed(0)
    cut = taken((clip[1:5:1] * 255).byte(), 0, 64, dice)
    assert len(joined([cut, triplets(1)])) == 1


def test_a_step_brings_the_loss_down() -> None:
    torch.manual_seed(0)
    middle = triplets(4).middle
    dim = (middle * 0.8).byte()
    stage = RefinerStage(little().network, Triplets(dim, dim, middle), batch=4, crop=64, peak=0.1)
    losses = []
    for index in range(20):
        torch.manual_seed(1)
        losses.append(stage.step(index, 20))
    assert losses[-1] < losses[0]


def test_a_sample_varies_a_triplet_and_keeps_it_one() -> None:
    torch.manual_seed(0)
    stage = RefinerStage(little().network, triplets(4), batch=8, crop=32, peak=1e-3)
    first, second, middle = stage.sample()
    assert first.shape == second.shape == middle.shape == (8, 3, 32, 32)
    assert (first - middle).abs().mean() < 0.05
    assert middle.flatten(1).std(1).min() > 0


def test_blur_costs_more_than_its_distance() -> None:
    true = (torch.arange(16) % 2).float().expand(1, 3, 16, 16)
    shifted, blurred = true * 0.5, torch.full_like(true, 0.5)
    assert difference(true, true) == 0
    assert difference(blurred, true) > difference(shifted, true)


def test_pictures_between_are_measured_against_those_that_were_there() -> None:
    found = nearness(little(), threes(CLIP, 1))
    assert [found[way].pictures for way in WAYS] == [4] * 4
    assert found["copy"].moving < found["blend"].moving < found["warped"].moving
    assert found["warped"].whole == pytest.approx(found["refined"].whole, abs=1e-3)  # untrained


def test_every_way_gives_a_picture_and_takes_time() -> None:
    made = middles(little(), CLIP[:1], CLIP[2:3])
    assert set(made) == set(WAYS)
    assert all(time > 0 for time in milliseconds(little(), 32).values())


def test_the_shipped_one_is_far_above_a_mix_and_not_behind_carrying_alone() -> None:
    model = load_refiner(FOLDER, device=torch.device("cpu"))
    clips = ClipPainter(4_000_017).batch(4, 9, 96).frames
    found = nearness(model, (three for clip in clips for three in threes(clip, 4)))
    assert found["refined"].moving > found["blend"].moving + 2
    assert found["refined"].moving > found["warped"].moving - 0.2
