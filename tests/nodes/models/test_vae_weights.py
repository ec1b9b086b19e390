"""Checkpoints of video autoencoders: both namings give the public network, the rest is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import WeightsError
from nodes.models.taehv import Taehv, TaehvConfig
from nodes.models.vae_weights import load_taehv, load_wan_vae
from nodes.models.wan_vae import MEAN, STD, WanVae, WanVaeConfig

SIZES = WanVaeConfig(dim=6, channels=4, mult=(1, 2, 4, 4), blocks=2, mean=(), std=())
HERE = {"device": torch.device("cpu"), "dtype": torch.float32}
TINY = TaehvConfig(channels=4, encoder=(6, 6, 6, 6), decoder=(8, 8, 6, 6), blocks=2)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def clip(frames: int, size: int = 16) -> torch.Tensor:
    return torch.rand(1, frames, 3, size, size, generator=torch.Generator().manual_seed(1))


def saved(network: torch.nn.Module, path: Path) -> Path:
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    if path.suffix == ".pth":
        torch.save(tensors, path)
    else:
        save_file(tensors, path)
    return path


def public(channels: int = 4):
    from diffusers import AutoencoderKLWan

    torch.manual_seed(0)
    return AutoencoderKLWan(base_dim=6, z_dim=channels).eval()


def test_the_public_network_and_ours_encode_and_decode_alike(tmp_path):
    theirs = public()
    ours = load_wan_vae(saved(theirs, tmp_path / "vae.safetensors"), **HERE)
    assert ours.config == SIZES
    pixels = clip(9)
    latents = ours.encode_all(pixels)
    said = theirs.encode(pixels.transpose(1, 2) * 2 - 1).latent_dist.mode()
    torch.testing.assert_close(latents.transpose(1, 2), said, rtol=0, atol=1e-4)
    drawn = theirs.decode(said).sample
    found = ours.decode_all(latents).transpose(1, 2) * 2 - 1
    torch.testing.assert_close(found, drawn, rtol=0, atol=1e-4)


def test_latents_of_sixteen_channels_are_normalised_as_those_of_wan(tmp_path):
    theirs = public(16)
    ours = load_wan_vae(saved(theirs, tmp_path / "vae.safetensors"), **HERE)
    said = theirs.encode(clip(1).transpose(1, 2) * 2 - 1).latent_dist.mode()
    mean, std = (torch.tensor(each).view(1, 16, 1, 1, 1) for each in (MEAN, STD))
    found = ours.encode_all(clip(1)).transpose(1, 2)
    torch.testing.assert_close(found, (said - mean) / std, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["Wan2.1_VAE.pth", "vae.safetensors"])
def test_the_naming_of_wan_loads_as_it_is(tmp_path, name):
    sizes = WanVaeConfig(
        dim=4, channels=3, mult=(1, 2, 3), blocks=1, shorten=(True, True), mean=(), std=()
    )
    network = WanVae(sizes)
    found = load_wan_vae(saved(network, tmp_path / name), **HERE)
    assert found.config == sizes
    assert torch.equal(found.encode_all(clip(5)), network.encode_all(clip(5)))


def test_half_precision_reaches_all_of_the_network(tmp_path):
    path = saved(public(16), tmp_path / "vae.safetensors")
    found = load_wan_vae(path, device=torch.device("cpu"), dtype=torch.bfloat16)
    assert found.encode_all(clip(1).bfloat16()).dtype is torch.bfloat16


def test_the_public_tiny_autoencoder_loads_by_its_names(tmp_path):
    network = Taehv(TINY)
    found = load_taehv(saved(network, tmp_path / "taew2_1.pth"), **HERE)
    assert found.config == TINY
    assert torch.equal(found.encode_all(clip(5)), network.encode_all(clip(5)))


def test_steps_that_grow_more_frames_keep_the_last_of_them(tmp_path):
    network = Taehv(TINY)
    tensors = network.state_dict()
    kept = tensors["decoder.6.conv.weight"]
    tensors["decoder.6.conv.weight"] = torch.cat([kept + 1, kept])
    torch.save(tensors, tmp_path / "taew2_1.pth")
    found = load_taehv(tmp_path / "taew2_1.pth", **HERE)
    assert torch.equal(found.decoder[6].conv.weight, kept)


@pytest.mark.parametrize("load", [load_wan_vae, load_taehv])
def test_a_truncated_file_is_refused(tmp_path, load):
    path = saved(WanVae(SIZES), tmp_path / "vae.safetensors")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(WeightsError, match="cannot be read as a checkpoint"):
        load(path, **HERE)


def test_each_loader_names_the_other_kind(tmp_path):
    wan = saved(WanVae(SIZES), tmp_path / "wan.safetensors")
    tiny = saved(Taehv(TINY), tmp_path / "tiny.safetensors")
    with pytest.raises(WeightsError, match=r"tiny\.safetensors is a tiny autoencoder"):
        load_wan_vae(tiny, **HERE)
    with pytest.raises(WeightsError, match=r"wan\.safetensors is the autoencoder of Wan; a tiny"):
        load_taehv(wan, **HERE)


@pytest.mark.parametrize("load", [load_wan_vae, load_taehv])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("blocks.0.self_attn.q.weight", "is the transformer of Wan"),
        ("token_embedding.weight", "is a text encoder"),
        ("something.else", "it holds something.else"),
    ],
)
def test_a_foreign_file_is_named(tmp_path, load, name, said):
    save_file({name: torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match=said):
        load(tmp_path / "other.safetensors", **HERE)


def test_what_is_missing_beyond_or_of_another_shape_is_counted(tmp_path):
    tensors = WanVae(SIZES).state_dict()
    del tensors["decoder.head.2.bias"]
    tensors["more"] = torch.zeros(1)
    tensors["conv1.bias"] = torch.zeros(3)
    save_file(tensors, tmp_path / "vae.safetensors")
    with pytest.raises(WeightsError, match=r"1 missing .*1 unexpected .*1 of another shape"):
        load_wan_vae(tmp_path / "vae.safetensors", **HERE)


def test_a_file_without_the_layers_that_tell_its_sizes_is_refused(tmp_path):
    tensors = WanVae(SIZES).state_dict()
    del tensors["encoder.downsamples.1.residual.6.weight"]
    save_file(tensors, tmp_path / "vae.safetensors")
    with pytest.raises(WeightsError, match=r"lacks encoder\.downsamples\.1\.residual\.6\.weight"):
        load_wan_vae(tmp_path / "vae.safetensors", **HERE)
