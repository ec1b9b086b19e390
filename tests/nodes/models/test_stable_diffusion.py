"""Claims about loaded models: the same numbers as diffusers' own pipelines, at any size, in any
precision.
"""

from __future__ import annotations

import diffusers
import pytest
import torch
from diffusers import DDIMScheduler

from nodes.models.pixels import TinyCoder
from nodes.models.stable_diffusion import compute_dtype, load_stable_diffusion
from nodes.rollout.image.guidance import Guidance
from nodes.rollout.image.stream_batch import Settings, StreamBatch, rungs
from tests.nodes.models import folders

CPU = torch.device("cpu")
PICTURE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))


def noisy(rows: int, size: int = 8) -> torch.Tensor:
    return torch.randn(rows, 4, size, size, generator=torch.Generator().manual_seed(4))


def denoiser(model, text="abc", negative="", size=64):
    return model.denoiser(model.text.encode(text), model.text.encode_negative(negative), size, size)


def test_texts_are_encoded_as_by_the_stable_diffusion_pipeline(sd, sd_folder):
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(
        sd_folder, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
    theirs, negative = pipe.encode_prompt("ab cd", CPU, 1, True, negative_prompt="x")
    torch.testing.assert_close(sd.text.encode("ab cd").tokens, theirs)
    torch.testing.assert_close(sd.text.encode_negative("x").tokens, negative)
    assert sd.text.encode("ab").pooled is None


def test_texts_are_encoded_as_by_the_xl_pipeline(xl, xl_folder):
    pipe = diffusers.StableDiffusionXLPipeline.from_pretrained(xl_folder)
    theirs, negative, pooled, negative_pooled = pipe.encode_prompt("ab cd", device=CPU)
    mine, nothing = xl.text.encode("ab cd"), xl.text.encode_negative("")
    torch.testing.assert_close(mine.tokens, theirs)
    torch.testing.assert_close(mine.pooled, pooled)
    torch.testing.assert_close(nothing.tokens, negative)
    torch.testing.assert_close(nothing.pooled, negative_pooled)


def test_the_network_gets_negative_rows_first(sd):
    x, timesteps = noisy(3), torch.tensor([359, 359, 99])
    both = denoiser(sd, "abc", "xyz")(x, timesteps, 1)
    positive = denoiser(sd, "abc", "q")(x, timesteps, 0)
    negative = denoiser(sd, "xyz", "q")(x, timesteps, 0)
    torch.testing.assert_close(both[:1], negative[:1], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(both[1:], positive[1:], atol=1e-5, rtol=1e-4)


def test_the_xl_network_gets_pooled_text_and_size(xl, xl_folder):
    unet = diffusers.UNet2DConditionModel.from_pretrained(xl_folder / "unet")
    text, x = xl.text.encode("abc"), noisy(1)
    sizes = {"text_embeds": text.pooled, "time_ids": torch.tensor([[64.0, 64, 0, 0, 64, 64]])}
    theirs = unet(x, 359, encoder_hidden_states=text.tokens, added_cond_kwargs=sizes).sample
    mine = denoiser(xl)(x, torch.tensor([359]), 0)
    torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("model", ["sd", "xl"])
def test_pictures_are_coded_as_by_the_autoencoder(model, request, sd_folder, xl_folder):
    mine = request.getfixturevalue(model)
    cls = diffusers.AutoencoderTiny if model == "sd" else diffusers.AutoencoderKL
    theirs = cls.from_pretrained((sd_folder if model == "sd" else xl_folder) / "vae")
    encoded = theirs.encode(PICTURE * 2 - 1)
    latents = encoded.latents if model == "sd" else encoded.latent_dist.mode()
    scaled = latents * theirs.config.scaling_factor
    torch.testing.assert_close(mine.encode(PICTURE), scaled, atol=1e-5, rtol=1e-4)
    decoded = (theirs.decode(latents).sample / 2 + 0.5).clamp(0, 1)
    torch.testing.assert_close(mine.decode(scaled, 64, 64), decoded, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (57, 91), (8, 8), (1, 3), (72, 130)])
def test_a_picture_of_any_size_comes_back_at_its_size(sd, height, width):
    latents = sd.encode(torch.rand(2, 3, height, width))
    assert latents.shape == (2, 4, -(-height // 8), -(-width // 8))
    pictures = sd.decode(latents, height, width)
    assert pictures.shape == (2, 3, height, width)
    assert pictures.dtype is torch.float32
    assert pictures.min() >= 0
    assert pictures.max() <= 1


def test_an_odd_size_goes_through_the_network(sd):
    latents = sd.encode(torch.rand(1, 3, 57, 91))
    assert denoiser(sd)(latents, torch.tensor([359]), 0).shape == latents.shape


def test_velocities_become_noise(tmp_path):
    folder = folders.stable_diffusion(
        tmp_path / "v", scheduler=DDIMScheduler(prediction_type="v_prediction")
    )
    model = load_stable_diffusion(folder, device=CPU, dtype=torch.float32)
    x, t = noisy(1), torch.tensor([399])
    v = model.unet(x, t, encoder_hidden_states=model.text.encode("abc").tokens).sample
    a, b = (
        (model.schedule.alpha_bar[399] ** 0.5).item(),
        (1 - model.schedule.alpha_bar[399]).item() ** 0.5,
    )
    eps = denoiser(model)(x, t, 0)
    torch.testing.assert_close((x - b * eps) / a, a * x - b * v, atol=1e-5, rtol=1e-4)


def test_guidance_embedded_models_get_their_guidance(tmp_path):
    folder = folders.stable_diffusion(tmp_path / "lcm", unet=folders.unet(time_cond_proj_dim=32))
    model = load_stable_diffusion(folder, device=CPU, dtype=torch.float32)
    pipe = diffusers.LatentConsistencyModelPipeline.from_pretrained(
        folder, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
    known = pipe.get_guidance_scale_embedding(torch.tensor([7.5]), 32)
    x, text = noisy(1), model.text.encode("abc").tokens
    theirs = model.unet(x, 359, encoder_hidden_states=text, timestep_cond=known).sample
    torch.testing.assert_close(
        denoiser(model)(x, torch.tensor([359]), 0), theirs, atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("mode", ["none", "self", "initialize", "full"])
def test_bfloat16_on_the_cpu_is_finite_and_near(sd, sd_folder, mode):
    half = load_stable_diffusion(sd_folder, device=CPU, dtype=torch.bfloat16)
    outs = []
    for model in (sd, half):
        ladder = model.schedule.ladder(model.schedule.at([16, 32, 45]))
        batch = StreamBatch(Settings(rungs(ladder, noisy(3)), Guidance(mode, 1.3)))
        latents = model.encode(PICTURE)
        shown = [batch.step(latents, denoiser(model), tag=k)[0] for k in range(4)]
        outs.append(model.decode(shown[-1], 64, 64))
    assert half.unet.dtype is torch.bfloat16
    assert torch.isfinite(outs[1]).all()
    assert (outs[0] - outs[1]).abs().mean() < 0.03


def test_float16_is_never_used_on_a_cpu():
    assert compute_dtype(CPU, torch.float16) in (torch.bfloat16, torch.float32)
    assert compute_dtype(CPU, torch.float32) is torch.float32
    assert compute_dtype(torch.device("cuda"), torch.float16) is torch.float16


def test_networks_are_channels_last_and_frozen(sd):
    weight = sd.unet.conv_in.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not any(p.requires_grad for p in sd.unet.parameters())
    assert not sd.unet.training


def test_a_tiny_autoencoder_takes_the_place_of_the_models_own(xl_folder, tmp_path):
    folders.tiny_vae().save_pretrained(tmp_path / "taesd")
    model = load_stable_diffusion(
        xl_folder, device=CPU, dtype=torch.float32, tiny_vae=tmp_path / "taesd"
    )
    assert isinstance(model.coder, TinyCoder)
    assert model.decode(model.encode(PICTURE), 64, 64).shape == PICTURE.shape


def test_loading_tells_how_far_it_is(sd_folder):
    told: list[float] = []
    load_stable_diffusion(
        sd_folder, device=CPU, dtype=torch.float32, progress=lambda share, text: told.append(share)
    )
    assert told == sorted(told)
    assert told[-1] == 1.0
