"""Claims about bad model folders: each is refused in one sentence that names what is wrong; nothing
runs.
"""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import DDIMScheduler
from safetensors.torch import load_file, save_file

from engine.errors import WeightsError
from nodes.models.checkpoint import read_component, read_tensors
from nodes.models.stable_diffusion import load_stable_diffusion
from tests.nodes.models import folders

CPU = torch.device("cpu")
UNET = "diffusion_pytorch_model.safetensors"


def load(folder: Path):
    return load_stable_diffusion(folder, device=CPU, dtype=torch.float32)


@pytest.fixture
def folder(sd_folder, tmp_path) -> Path:
    return Path(shutil.copytree(sd_folder, tmp_path / "little-sd"))


def rewrite(path: Path, change) -> None:
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_missing_tensor_is_named_with_its_shape(folder):
    rewrite(folder / "unet" / UNET, lambda tensors: tensors.pop("conv_in.weight"))
    with pytest.raises(
        WeightsError, match=r"little-sd/unet does not fit: 1 missing \(conv_in\.weight\)"
    ):
        load(folder)


def test_a_tensor_of_another_shape_is_named_with_both(folder):
    def shrink(tensors):
        tensors["conv_in.bias"] = tensors["conv_in.bias"][:7].clone()

    rewrite(folder / "unet" / UNET, shrink)
    with pytest.raises(WeightsError, match=r"conv_in\.bias is \(7,\), not \(16,\)"):
        load(folder)


def test_tensors_that_no_layer_asks_for_are_left(folder):
    rewrite(folder / "unet" / UNET, lambda tensors: tensors.update(extra=torch.zeros(2)))
    assert load(folder).unet is not None


class Bomb:
    went_off = False

    def __reduce__(self):
        return (setattr, (Bomb, "went_off", True))


@pytest.mark.parametrize("suffix", [".bin", ".ckpt", ".pt", ".pth"])
def test_a_pickle_is_refused_and_never_opened(folder, suffix):
    (folder / "unet" / UNET).unlink()
    (folder / "unet" / f"diffusion_pytorch_model{suffix}").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(WeightsError, match=r"is a pickle.*convert it to \.safetensors"):
        load(folder)
    assert not Bomb.went_off


def test_a_pickle_beside_safetensors_is_not_looked_at(folder):
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))
    load(folder)
    assert not Bomb.went_off


def test_a_pickle_in_the_clothes_of_safetensors_is_refused(folder):
    (folder / "unet" / UNET).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(WeightsError, match="cannot be read as a checkpoint"):
        load(folder)
    assert not Bomb.went_off


@pytest.mark.parametrize("content", [b"", b"\x08", b"\xff" * 400])
def test_mangled_safetensors_are_refused(folder, content):
    (folder / "unet" / UNET).write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read as a checkpoint"):
        load(folder)


def test_truncated_safetensors_are_refused(folder):
    path = folder / "unet" / UNET
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="cannot be read as a checkpoint"):
        load(folder)


def test_missing_weights_are_refused(folder):
    (folder / "unet" / UNET).unlink()
    with pytest.raises(WeightsError, match=r"holds no diffusion_pytorch_model\.safetensors"):
        load(folder)


def test_a_missing_folder_names_a_near_one(folder):
    with pytest.raises(WeightsError, match="did you mean 'little-sd'"):
        load(folder.parent / "litle-sd")


def test_a_file_is_not_a_folder(folder):
    with pytest.raises(WeightsError, match="is a file"):
        load(folder / "model_index.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_a_mangled_index_is_refused(folder, text):
    (folder / "model_index.json").write_text(text)
    with pytest.raises(WeightsError, match=r"model_index\.json"):
        load(folder)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_a_missing_part_is_named(folder, part):
    shutil.rmtree(folder / part)
    with pytest.raises(WeightsError, match=part):
        load(folder)


def test_a_part_of_an_unknown_class_is_refused(folder):
    edit_json(folder / "model_index.json", unet=["os", "system"])
    with pytest.raises(WeightsError, match="the unet of little-sd is system; UNet2D"):
        load(folder)


def test_a_part_that_the_index_lacks_is_refused(folder):
    edit_json(folder / "model_index.json", text_encoder=[None, None])
    with pytest.raises(WeightsError, match="has no text_encoder"):
        load(folder)


def test_a_config_that_describes_no_network_is_refused(folder):
    edit_json(folder / "unet" / "config.json", block_out_channels=[16], down_block_types=["Nope"])
    with pytest.raises(WeightsError, match=r"unet.config\.json describes no network"):
        load(folder)


def test_an_inpainting_model_is_refused(tmp_path):
    folder = folders.stable_diffusion(tmp_path / "paint", unet=folders.unet(in_channels=9))
    with pytest.raises(
        WeightsError, match="takes 9 channels and the autoencoder makes 4; inpainting"
    ):
        load(folder)


def test_a_text_encoder_of_another_width_is_refused(tmp_path):
    folder = folders.stable_diffusion(tmp_path / "wide", unet=folders.unet(cross_attention_dim=32))
    with pytest.raises(
        WeightsError, match="attends to 32 numbers a token and the text encoder gives 24"
    ):
        load(folder)


def test_a_scheduler_that_cannot_be_followed_is_refused(tmp_path):
    scheduler = DDIMScheduler(prediction_type="sample")
    folder = folders.stable_diffusion(tmp_path / "sample", scheduler=scheduler)
    with pytest.raises(WeightsError, match="prediction_type is 'sample'"):
        load(folder)


def test_shards_are_read_together(folder):
    part = folder / "unet"
    tensors = load_file(part / UNET)
    names = sorted(tensors)
    (part / UNET).unlink()
    shards = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, held in shards.items():
        save_file({name: tensors[name] for name in held}, part / file)
    weight_map = {name: file for file, held in shards.items() for name in held}
    (part / f"{UNET}.index.json").write_text(json.dumps({"weight_map": weight_map}))
    found = read_component(part, "diffusion_pytorch_model")
    assert all(torch.equal(found[name], tensors[name]) for name in names)
    assert load(folder).unet is not None


def test_shards_outside_the_folder_are_refused(folder):
    part = folder / "unet"
    (part / UNET).rename(folder / "outside.safetensors")
    index = {"weight_map": {"conv_in.weight": "../outside.safetensors"}}
    (part / f"{UNET}.index.json").write_text(json.dumps(index))
    with pytest.raises(WeightsError, match="outside"):
        load(folder)


def test_half_precision_files_are_found(folder):
    part = folder / "unet"
    half = {name: tensor.half() for name, tensor in load_file(part / UNET).items()}
    (part / UNET).unlink()
    save_file(half, part / "diffusion_pytorch_model.fp16.safetensors")
    assert load(folder).unet.dtype is torch.float32


def test_names_of_older_files_are_understood(xl_folder, tmp_path):
    folder = Path(shutil.copytree(xl_folder, tmp_path / "old"))
    path = folder / "vae" / UNET
    renames = {
        ".to_q.": ".query.",
        ".to_k.": ".key.",
        ".to_v.": ".value.",
        ".to_out.0.": ".proj_attn.",
    }
    tensors = load_file(path)
    for now, then in renames.items():
        tensors = {name.replace(now, then): tensor for name, tensor in tensors.items()}
    save_file(tensors, path)
    assert any("proj_attn" in name for name in tensors)
    assert load(folder).coder.channels == 4


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"there is no checkpoint at .*nothing\.safetensors"):
        read_tensors(tmp_path / "nothing.safetensors")
