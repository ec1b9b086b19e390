"""The shipped image model: a real diffusers folder, honest about itself, that redraws and
denoises."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import torch

from assets.recipes import image_model
from assets.recipes.train_vae import held_out_psnr

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models" / "slipstream-tiny"
PSNR_FLOOR_DB = 20.0


@pytest.fixture(scope="module")
def parts() -> image_model.Parts:
    return image_model.load(FOLDER)


def test_the_folder_opens_as_a_stable_diffusion_pipeline(parts: image_model.Parts) -> None:
    assert parts.unet.config["in_channels"] == parts.vae.config["latent_channels"] == 4
    assert parts.unet.config["cross_attention_dim"] == parts.text.config.hidden_size
    assert parts.tokenizer.model_max_length == parts.text.config.max_position_embeddings


def test_the_schedule_is_that_of_stable_diffusion_one() -> None:
    schedule = image_model.scheduler()
    schedule.set_timesteps(50)
    assert schedule.timesteps[[0, 16, 32, 45]].tolist() == [999, 679, 359, 99]
    assert schedule.config["prediction_type"] == "epsilon"


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
def test_the_denoiser_knows_noise_from_picture(parts: image_model.Parts) -> None:
    alphas = image_model.scheduler().alphas_cumprod
    noise = torch.randn(2, 4, 32, 32, generator=torch.Generator().manual_seed(0))
    t = torch.tensor([999, 999])
    context = parts.text(image_model.tokens(parts.tokenizer, ["a red flower", "the sea at night"]))
    guess = parts.unet(noise * (1 - alphas[t[0]]).sqrt(), t, context.last_hidden_state).sample
    assert float(((guess - noise) ** 2).mean()) < 0.5
