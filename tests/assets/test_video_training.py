"""The recipe of slipstream-video: every stage takes steps and the folder holds what it names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from assets.recipes import train_video, video_parts
from assets.recipes.video_flow import BLOCKS, THING, FlowStage, weights
from assets.recipes.video_latents import LatentPool
from assets.recipes.video_level import WANTED, level_vae, measure
from assets.recipes.video_parts import BLOCK, WINDOW
from assets.recipes.video_vae import redraw_loss, spread_loss, start_as_averages
from nodes.models.taehv import Taehv, TaehvConfig


class Given(LatentPool):
    """Clips of noise without a disk."""

    def __init__(self) -> None:
        self.kept = torch.randn(6, 13, 16, 4, 4)
        self.texts = ["a red orb, pan left"] * 6

    def refresh(self) -> None: ...

    def take(self, index: torch.Tensor) -> torch.Tensor:
        return self.kept[index]

    def things(self, index: torch.Tensor) -> torch.Tensor:
        return torch.tensor([0.5, 0.5, 0.3]).expand(len(index), 13, 3)


def flow(batch: int = 64) -> FlowStage:
    torch.manual_seed(0)
    return FlowStage("flow", video_parts.build(0, "micro"), Given(), batch=batch, peak=1e-3)


@pytest.mark.timeout(300)  # ten seconds of work; a machine that others load needs the rest
def test_all_stages_run_and_leave_a_folder(tmp_path: Path) -> None:
    train, out = tmp_path / "train", tmp_path / "model"
    call = ["--budget", "micro", "--train", str(train), "--out", str(out), "--minutes", "5"]
    train_video.main(call)
    stages = ("vae", "half", "whole", "distill", "decoder")
    done = [torch.load(train / f"{name}.pt", weights_only=True)["done"] for name in stages]
    assert done == [2] * 5
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert config["rollout"]["window"] == WINDOW
    with safe_open(out / "transformer.safetensors", "pt") as file:
        assert file.get_tensor("patch_embedding.weight").dtype == torch.float16


def test_levels_are_one_a_block_and_the_last_block_is_never_context() -> None:
    sample = flow().sample()
    levels = sample.sigma.unflatten(1, (BLOCKS, BLOCK))
    assert torch.equal(levels[..., 0], levels[..., 2])
    assert (levels[:, -1] > 0.04).float().mean() > 0.9
    assert (levels[:, 0] < 0.05).float().mean() > 0.2


def test_where_time_was_left_out_the_block_behind_the_gap_is_not_judged() -> None:
    sample = flow().sample()
    skipped = (sample.counts[:, BLOCK] == 0).all(-1).all(-1)
    assert 0 < skipped.sum() < len(skipped)
    assert (sample.sigma[skipped, BLOCK] < 0.05).all()


def test_a_thing_counts_more_than_what_is_around_it() -> None:
    here = weights(torch.tensor([[[0.25, 0.75, 0.2], [0.25, 0.75, 0.0]]]), 8)
    assert here[0, 0, 6, 2] == THING  # row, column
    assert here[0, 0, 2, 6] == 1
    assert (here[0, 1] == 1).all()


def test_some_texts_are_left_out() -> None:
    texts = flow(256).sample().texts
    assert 0 < texts.count("") < 128


def test_an_untrained_autoencoder_redraws_the_mean_colours() -> None:
    vae = Taehv(TaehvConfig(16, (8, 8, 8, 8), (8, 8, 8, 8), 1, patch=2, scale=(2, 2, 1)))
    start_as_averages(vae)
    flat = torch.rand(1, 1, 3, 1, 1).expand(1, 9, 3, 16, 16)
    assert (vae.decode_all(vae.encode_all(flat)) - flat).abs().mean() < 0.15


def test_redrawing_exactly_costs_nothing() -> None:
    clip = torch.rand(1, 5, 3, 16, 16)
    assert redraw_loss(clip, clip) == 0
    assert redraw_loss(clip + 0.1, clip) > 0


def test_normal_latents_are_spread_as_wanted() -> None:
    normal = torch.randn(4, 4, 16, 16, 16, generator=torch.Generator().manual_seed(0))
    assert spread_loss(normal) < 0.01
    assert spread_loss(normal * 3) > 1


def test_a_loud_first_latent_does_not_make_up_for_quiet_ones() -> None:
    latents = torch.randn(4, 4, 16, 16, 16, generator=torch.Generator().manual_seed(0))
    latents[:, 1:] *= 0.2
    latents[:, :1] *= 2
    assert latents.std() == pytest.approx(1, abs=0.1)
    assert spread_loss(latents) > 0.4


def test_levelling_gives_every_channel_one_deviation_and_the_same_pictures(tmp_path: Path) -> None:
    vae, clip = video_parts.build(0, "micro").vae, torch.rand(2, 13, 3, 32, 32)
    latents, before = vae.encode_all(clip), vae.decode_all(vae.encode_all(clip))
    torch.save({"whole": latents, "half": latents, "texts": []}, tmp_path / "00000.pt")
    levels = measure(tmp_path)
    level_vae(vae, levels)
    running = vae.encode_all(clip)[:, 1:].std((0, 1, 3, 4))
    assert torch.allclose(running, torch.full((16,), WANTED), atol=1e-3)
    assert (vae.decode_all(vae.encode_all(clip)) - before)[:, 5:].abs().mean() < 0.05
