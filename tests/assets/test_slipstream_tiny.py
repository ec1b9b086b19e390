"""The shipped image model: a real diffusers folder, honest about itself, that redraws and
denoises."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import torch

from assets.recipes import image_model
from assets.recipes.sample import few_steps, repainted
from assets.recipes.train_vae import held_out_psnr
from nodes.models.stable_diffusion import ImageModel, load_stable_diffusion
from nodes.worlds.render import Painter

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models" / "slipstream-tiny"
PSNR_FLOOR_DB = 20.0


@pytest.fixture(scope="module")
def parts() -> image_model.Parts:
    return image_model.load(FOLDER)


def test_the_folder_opens_as_a_stable_diffusion_pipeline(parts: image_model.Parts) -> None:
    assert parts.unet.config["in_channels"] == parts.vae.config["latent_channels"]
    assert parts.unet.config["cross_attention_dim"] == parts.text.config.hidden_size
    assert parts.tokenizer.model_max_length == parts.text.config.max_position_embeddings


@pytest.fixture(scope="module")
def model() -> ImageModel:
    return load_stable_diffusion(FOLDER, device=torch.device("cpu"), dtype=torch.float32)


def test_the_schedule_has_the_steps_of_stable_diffusion_one_and_ends_in_noise(
    model: ImageModel,
) -> None:
    assert model.schedule.at([0, 16, 32, 45]) == (999, 679, 359, 99)
    assert float(model.schedule.alpha_bar[-1]) < 1e-4


@pytest.mark.parametrize(
    "text", ["", "a red flower", "🦊 größe 東京 \x00 ẞ", "x" * 5000, "<|endoftext|>", " \n\t"]
)
def test_any_text_becomes_thirty_two_tokens(parts: image_model.Parts, text: str) -> None:
    ids = image_model.tokens(parts.tokenizer, [text])
    assert ids.shape == (1, image_model.POSITIONS)
    assert int(ids.max()) < parts.text.config.vocab_size


def test_words_of_the_grammar_are_single_tokens(parts: image_model.Parts) -> None:
    assert len(parts.tokenizer("watercolour mountains aurora").input_ids) == 3 + 2


def test_unknown_words_are_spelled_not_dropped(parts: image_model.Parts) -> None:
    ids = parts.tokenizer("zyzzyva").input_ids
    assert parts.tokenizer.decode(ids, skip_special_tokens=True) == "zyzzyva"


def test_the_card_names_the_weights_that_are_here() -> None:
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"`(\S+\.safetensors)` `([0-9a-f]{64})`", card))
    here = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.rglob("*.safetensors")
    }
    assert named == here


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 15e6


def test_redrawing_an_unseen_world_keeps_it(parts: image_model.Parts) -> None:
    assert held_out_psnr(parts.vae, size=128, count=4) > PSNR_FLOOR_DB


def test_weights_are_finite(parts: image_model.Parts) -> None:
    for module in (parts.vae, parts.unet, parts.text):
        assert all(bool(torch.isfinite(weight).all()) for weight in module.parameters())


@torch.no_grad()
def test_the_denoiser_knows_noise_from_picture(model: ImageModel) -> None:
    draw = torch.Generator().manual_seed(0)
    noise = torch.randn(1, model.latent_channels, 32, 32, generator=draw)
    told = model.denoiser(model.text.encode("a red flower"), model.text.encode(""), 256, 256)
    level = (1 - model.schedule.alpha_bar[999]).sqrt().float()
    guess = told(noise * level, torch.tensor([999]), 0)
    assert float(((guess - noise) ** 2).mean()) < 0.5


def test_a_picture_from_noise_is_a_picture(model: ImageModel) -> None:
    made = few_steps(model, ["mountains at dawn"], [0, 32], seed=0, side=64)
    assert made.shape == (1, 3, 64, 64)
    assert 0 <= float(made.min()) < float(made.max()) <= 1


def test_at_little_strength_the_picture_stays(model: ImageModel) -> None:
    picture = Painter(seed=-1).batch(1, 64, 64).pictures
    after = repainted(model, picture, "a photo", strength=0.02, steps=1)
    assert float(((after - picture) ** 2).mean()) < 0.03
