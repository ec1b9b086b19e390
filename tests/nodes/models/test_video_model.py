"""Video models from folders: what is written comes back, and what is wrong is said."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from engine.device import Memory
from engine.errors import WeightsError
from engine.node import Context
from engine.weights import Weights
from nodes.models import video_model, zoo
from nodes.models.taehv import Taehv, TaehvConfig
from nodes.models.umt5 import Umt5, Umt5Config
from nodes.models.video_card import PUBLIC, RolloutCard
from nodes.models.video_model import (
    VideoModel,
    hold_video_model,
    load_video_model,
    public_file,
    weights_bytes,
)
from nodes.models.video_parts import TINY_VAE, UMT5, WAN_VAE
from nodes.models.wan_config import WanConfig
from nodes.models.wan_vae import WanVae, WanVaeConfig
from nodes.models.word_text import Vocabulary, WordText, WordTextConfig
from tests.nodes.models.wan_parts import CONFIG, Masked, latents, network

if TYPE_CHECKING:
    from pathlib import Path

CPU = torch.device("cpu")
CARD = RolloutCard(
    block=3,
    window=9,
    sink=3,
    steps=(1000.0, 500.0),
    shift=3.0,
    warp=True,
    fps=12.0,
    size=(32, 48),
    space="little",
    trained_for="tests",
    rows=frozenset({"clean", "per_level"}),
    rope="slot",
)
VAE = TaehvConfig(channels=16, encoder=(8,) * 4, decoder=(8,) * 4, blocks=1, ahead=False)
TEXT = WordTextConfig(dim=24, width=16, layers=1, heads=2, length=10)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "little-video"
    folder.mkdir()
    words = Vocabulary(("red", "circle"))
    words.write(folder / "vocabulary.json")
    modules = {"transformer": network(), "vae": Taehv(VAE), "text": WordText(words, TEXT)}
    for name, module in modules.items():
        state = {key: tensor.half() for key, tensor in module.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
    config = {
        "family": "causal_wan",
        "network": asdict(CONFIG),
        "rollout": asdict(CARD) | {"rows": sorted(CARD.rows)},
        "vae": {"kind": "taehv", **asdict(VAE)},
        "text": {"kind": "words", **asdict(TEXT)},
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def folder(written, tmp_path) -> Path:
    """A copy to break."""
    copy = tmp_path / "little-video"
    copy.mkdir()
    for file in written.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def load(path: Path, **options) -> VideoModel:
    return load_video_model(path, device=CPU, dtype=torch.float32, **options)


def edit(folder: Path, part: str, **changes: object) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text())
    config[part] |= changes
    file.write_text(json.dumps(config))


def test_a_folder_of_ours_comes_back_whole(written):
    model = load(written)
    assert model.network.config == CONFIG
    assert model.card == CARD
    assert model.name == "little-video"
    assert model.vae.config == VAE
    parts = (model.network, model.vae, model.text)
    assert model.bytes == sum(weights_bytes(part) for part in parts)
    assert not any(p.requires_grad for part in parts for p in part.parameters())
    assert (model.plan.size, model.plan.window, model.note) == (CARD.size, CARD.window, "")


def test_the_parts_of_a_model_run_together(written):
    model = load(written)
    text = model.network.embed_text(model.text.encode("a red circle"))
    v = model.network(latents(1), torch.full((1, 1), 500.0), text, Masked(1))
    pixels, _ = model.vae.decode(v, model.vae.decode_begin())
    assert pixels.shape == (1, 1, 3, 32, 48)
    assert pixels.isfinite().all()


def test_a_model_is_in_the_type_that_is_asked_for(written):
    model = load_video_model(written, device=CPU, dtype=torch.bfloat16)
    for part in (model.network, model.vae, model.text):
        assert {parameter.dtype for parameter in part.parameters()} == {torch.bfloat16}


BROKEN = [
    ({"network": {"heads": 7}}, r"little-video network: 7 heads cannot share 96 channels"),
    ({"network": {"dim": 10**9}}, r"little-video network: dim is 1000000000; a network has 1 to"),
    ({"network": {"layers": -1}}, r"little-video network: a network has 0 to 1024 layers, not -1"),
    ({"network": {"heads": 0}}, r"little-video network: heads is 0; a network has 1 to 65536"),
    ({"network": {"layers": 3}}, r"little-video does not fit: 2\d missing \(blocks\.2\."),
    ({"network": {"depth": 3}}, r"little-video network has no field 'depth'"),
    ({"network": {"text_dim": 25}}, r"gives 10 rows of 24, its network takes up to 10 of 25"),
    ({"network": {"channels": 8}}, r"autoencoder has 16 channels, its network takes 8"),
    ({"rollout": {"window": 2}}, r"window of 2 frames with a sink of 3 cannot hold a block of 3"),
    ({"rollout": {"rows": ["noisy"]}}, r"rows are \['noisy'\]; take clean, per_level or both"),
    ({"rollout": {"size": [32]}}, r"rollout\.size has 1 values, not 2"),
    ({"vae": {"kind": "sd"}}, r"the vae of little-video is of the kind 'sd'; "),
    ({"text": {"kind": []}}, r"the text of little-video is of the kind \[\]; "),
    ({"vae": {"decoder": [9, 8, 8, 8]}}, r"vae\.safetensors does not fit"),
    ({"text": {"width": 17}}, r"text"),
]


@pytest.mark.parametrize(("changes", "said"), BROKEN, ids=range(len(BROKEN)))
def test_a_config_that_is_wrong_is_said(changes, said, folder):
    for part, values in changes.items():
        edit(folder, part, **values)
    with pytest.raises(WeightsError, match=said):
        load(folder)


@pytest.mark.parametrize(
    "file", ["transformer.safetensors", "vae.safetensors", "text.safetensors", "vocabulary.json"]
)
def test_a_file_that_is_missing_is_said(file, folder):
    (folder / file).unlink()
    with pytest.raises(WeightsError, match=file):
        load(folder)


def test_a_folder_of_another_family_is_said(folder):
    (folder / "config.json").write_text('{"_class_name": "UNet"}')
    with pytest.raises(WeightsError, match=r"of the family None, not 'causal_wan'"):
        load(folder)


def test_a_tensor_too_many_is_said(folder):
    file = folder / "vae.safetensors"
    save_file(load_file(file) | {"extra": torch.zeros(1)}, file)
    with pytest.raises(WeightsError, match=r"vae\.safetensors does not fit: 1 unexpected \(extra"):
        load(folder)


def test_what_is_no_model_says_what_could_be(tmp_path):
    with pytest.raises(WeightsError, match=r"is none of self-forcing, "):
        load(tmp_path)
    with pytest.raises(WeightsError, match=r"there is no video model at"):
        load(tmp_path / "nowhere")


def test_public_checkpoints_are_known_by_their_files(tmp_path):
    each = PUBLIC["longlive"]
    file = tmp_path / each.file
    file.parent.mkdir()
    file.touch()
    assert public_file(tmp_path) == ("longlive", file)
    assert public_file(file) == ("longlive", file)
    bare = tmp_path / "longlive_base.pt"
    bare.touch()
    assert public_file(bare) == ("longlive", bare)


def test_a_file_that_may_be_several_asks_for_a_name(tmp_path):
    file = tmp_path / "model.pt"
    file.touch()
    with pytest.raises(WeightsError, match=r"may be causvid or streamdiffusion-v2 or .*; give one"):
        public_file(file)
    assert public_file(file, "causvid") == ("causvid", file)
    with pytest.raises(WeightsError, match=r"holds no checkpoints/self_forcing_dmd\.pt"):
        public_file(tmp_path, "self-forcing")


def test_every_public_checkpoint_has_a_name_in_the_zoo():
    assert all(zoo.known(name).repo == each.repo for name, each in PUBLIC.items())
    assert all(each.source for each in PUBLIC.values())


def saved(file: Path, data: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(data, file)
    return file


def public_files(hub: Path) -> Path:
    """A little LongLive, LoRA and all, and beside it the parts of Wan, as their repositories have
    them.
    """
    made = network(3, WanConfig(dim=128, ffn=64, heads=1, layers=1, text_dim=12))
    longlive = hub / "longlive"
    stored = {f"model.{name}": tensor for name, tensor in made.state_dict().items()}
    saved(longlive / "models" / "longlive_base.pt", {"generator": stored, "generator_ema": {}})
    lora = {
        "base_model.model.blocks.0.ffn.0.lora_A.weight": torch.ones(4, 128),
        "base_model.model.blocks.0.ffn.0.lora_B.weight": torch.ones(64, 4),
    }
    saved(longlive / "models" / "lora.pt", {"generator_lora": lora})
    saved(hub / "wan2.1" / WAN_VAE, WanVae(WanVaeConfig(dim=8)).state_dict())
    text = Umt5Config(vocabulary=8, dim=12, attention=8, heads=2, ffn=20, layers=1, buckets=8)
    saved(hub / "wan2.1" / UMT5, Umt5(text).state_dict())
    saved(hub / "taehv" / TINY_VAE, Taehv().state_dict())
    places = hub / "wan2.1" / "google" / "umt5-xxl"
    places.mkdir(parents=True)
    Tokenizer(WordLevel({"red": 1, "?": 2}, unk_token="?")).save(str(places / "tokenizer.json"))
    return longlive


@pytest.mark.parametrize(("tiny", "vae"), [(False, WanVae), (True, Taehv)])
def test_a_public_checkpoint_is_joined_with_the_parts_of_wan(tiny, vae, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "EMBEDDED", tmp_path)
    public_files(tmp_path)
    model = hold_video_model("longlive", Context(), tiny_vae=tiny).model
    assert model.name == "longlive"
    assert (model.card.window, model.card.sink) == (12, 3)
    assert isinstance(model.vae, vae)
    assert model.text.encode("red").shape == (1, 512, 12)
    untouched = network(3, WanConfig(dim=128, ffn=64, heads=1, layers=1, text_dim=12))
    change = model.network.blocks[0].ffn[0].weight - untouched.blocks[0].ffn[0].weight
    assert torch.allclose(change, torch.full((64, 128), 4.0), atol=1e-5)


def test_a_model_too_large_for_the_memory_is_refused_before_it_is_built(written, monkeypatch):
    monkeypatch.setattr(video_model, "memory", lambda device: Memory(used=10**9, total=10**9 + 9))
    with pytest.raises(WeightsError, match=r"little-video needs .* at 32x48 .* 0\.0 GB are free"):
        load(written)


def test_a_model_that_is_stepped_down_says_so(written, monkeypatch):
    needed = load(written).plan
    monkeypatch.setattr(video_model, "memory", lambda device: Memory(0, needed.total - 1))
    model = load(written)
    assert model.plan.total < needed.total
    assert model.plan.window == 6
    assert "it runs at 32x48 with 6 frames of past" in model.note


def test_parts_of_wan_that_are_missing_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "EMBEDDED", tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    longlive = public_files(tmp_path)
    (tmp_path / "wan2.1" / UMT5).unlink()
    with pytest.raises(WeightsError, match=UMT5):
        load(longlive)
    (longlive / "models" / "lora.pt").unlink()
    with pytest.raises(WeightsError, match=r"needs models/lora\.pt of Efficient-Large-Model"):
        load(longlive)
    shutil.rmtree(tmp_path / "wan2.1")
    (longlive / "models" / "lora.pt").touch()
    with pytest.raises(
        WeightsError, match=r"fetch https://huggingface\.co/Wan-AI/Wan2\.1-T2V-1\.3B"
    ):
        load(longlive)


@pytest.mark.parametrize(
    "wrong", [{"block": 0}, {"steps": ()}, {"fps": 0.0}, {"rope": "none"}, {"sampler": "none"}]
)
def test_a_card_that_no_rollout_can_follow_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\d|none"):
        replace(CARD, **wrong)


def test_a_name_is_held_and_shared_until_it_is_given_back(written, monkeypatch):
    monkeypatch.setattr(zoo, "EMBEDDED", written.parent)
    weights = Weights(zoo.Zoo(), folders=(written.parent,))
    try:
        ctx = Context(weights=weights)
        first, second = (hold_video_model(str(written), ctx) for _ in range(2))
        assert first.model is second.model
        first.release()
        second.release()
    finally:
        weights.close()


def test_without_shared_weights_a_model_is_loaded_for_oneself(written):
    held = hold_video_model(str(written), Context())
    assert held.model.card == CARD
    held.release()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (" ", "no video model is named; try 'slipstream-video'"),
        ("longlive", "fetch https://huggingface.co/Efficient-Large-Model/LongLive-1.3B"),
        ("slipstream-vdieo", "did you mean 'slipstream-video'"),
    ],
)
def test_a_name_that_is_nowhere_is_said(name, said, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=said):
        hold_video_model(name, Context())


def test_the_embedded_model_is_loaded_without_torchs_compiler_and_diffusers():
    code = (
        "import sys, torch\n"
        "from nodes.models.video_model import load_video_model\n"
        "from nodes.models.zoo import EMBEDDED\n"
        "load_video_model(EMBEDDED / 'slipstream-video', device=torch.device('cpu'),"
        " dtype=torch.float32, progress=lambda *_: None)\n"
        "print([n for n in ('torch._dynamo', 'diffusers', 'transformers') if n in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
