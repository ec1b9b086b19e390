"""Checkpoints of the Wan family: every wrapping loads whole, and what does not fit is said."""

from __future__ import annotations

import json
import pickle
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import WeightsError
from kernels.noise import gaussian
from nodes.models.wan_config import SIZES as PUBLIC
from nodes.models.wan_config import WanConfig
from nodes.models.wan_names import wan_name
from nodes.models.wan_weights import infer_config, load_wan, merge_lora, read_wan
from nodes.rollout.dense import Dense
from nodes.rollout.rope_plan import Absolute
from tests.nodes.models.wan_parts import CONFIG, latents, network, prompt

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

CPU = torch.device("cpu")
SIZES = WanConfig(dim=128, ffn=64, heads=1, layers=2, text_dim=24)
MADE = network(3, SIZES)
TENSORS = MADE.state_dict()
LAYER = "blocks.1.cross_attn.o"


def load(path: Path, **options):
    return load_wan(path, device=CPU, dtype=torch.float32, **options)


def prefixed(prefix: str, tensors: dict[str, Tensor] = TENSORS) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def zeros() -> dict[str, Tensor]:
    return {name: torch.zeros_like(tensor) for name, tensor in TENSORS.items()}


def wrapped(name: str) -> str:
    return "model._fsdp_wrapped_module." + name.replace(
        "self_attn.", "_checkpoint_wrapped_module.self_attn."
    )


def saved(folder: Path, data: object) -> Path:
    torch.save(data, folder / "model.pt")
    return folder / "model.pt"


WRAPPINGS = {
    "self-forcing, both": {
        "generator": prefixed("model.", zeros()),
        "generator_ema": prefixed("model."),
    },
    "self-forcing, one": {"generator": prefixed("model.")},
    "causvid": {"generator": prefixed("model."), "critic": prefixed("model.", zeros())},
    "longlive": {"generator": {wrapped(name): tensor for name, tensor in TENSORS.items()}},
    "an empty average": {"generator": prefixed("model."), "generator_ema": {}},
    "compiled": {"generator": prefixed("model._orig_mod.")},
    "streamdiffusion, state_dict": {"state_dict": prefixed("model.")},
    "streamdiffusion, bare": dict(TENSORS),
    "nested": {"state_dict": {"generator": prefixed("module.model.")}},
}


@pytest.mark.parametrize("data", WRAPPINGS.values(), ids=WRAPPINGS)
def test_every_wrapping_of_torch_files_loads_whole(data, tmp_path):
    loaded = load(saved(tmp_path, data))
    assert loaded.config == SIZES
    assert all(torch.equal(t, TENSORS[name]) for name, t in loaded.state_dict().items())
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


@pytest.mark.parametrize("prefix", ["", "model.", "diffusion_model.", "transformer."])
def test_flat_safetensors_load_with_or_without_a_prefix(prefix, tmp_path):
    save_file(prefixed(prefix), tmp_path / "krea.safetensors")
    assert load(tmp_path / "krea.safetensors").config == SIZES


def test_the_holder_that_is_asked_for_is_taken(tmp_path):
    data = {"generator": prefixed("model."), "generator_ema": prefixed("model.", zeros())}
    plain = load(saved(tmp_path, data), holder="generator")
    assert plain.head.head.weight.abs().max() > 0
    assert load(saved(tmp_path, data)).head.head.weight.abs().max() == 0


def test_a_folder_of_shards_loads(tmp_path):
    names, cut = list(TENSORS), 9
    parts = {"a.safetensors": names[:cut], "b.safetensors": names[cut:]}
    for file, some in parts.items():
        save_file({name: TENSORS[name] for name in some}, tmp_path / file)
    index = {"weight_map": {name: file for file, some in parts.items() for name in some}}
    at = tmp_path / "diffusion_pytorch_model.safetensors.index.json"
    at.write_text(json.dumps(index))
    assert load(tmp_path).config == SIZES


def test_networks_run_in_the_type_that_is_asked_for(tmp_path):
    loaded = load_wan(saved(tmp_path, dict(TENSORS)), device=CPU, dtype=torch.bfloat16)
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.bfloat16}


def test_a_config_stands_for_heads_of_another_size(tmp_path):
    little = network()
    assert load(saved(tmp_path, little.state_dict()), config=CONFIG).config == CONFIG
    with pytest.raises(WeightsError, match=r"a multiple of 128"):
        load(saved(tmp_path, little.state_dict()))


def test_a_control_is_found_in_the_tensors():
    extra = {"control_embedding.weight": torch.zeros(128, 7, 1, 2, 2)}
    assert infer_config({**TENSORS, **extra}).control_channels == 7


def diffusers_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    from diffusers import WanTransformer3DModel

    with torch.device("meta"):
        theirs = WanTransformer3DModel(
            num_attention_heads=1, attention_head_dim=128, text_dim=24, ffn_dim=64, num_layers=2
        )
    return {name: tensors[wan_name(name)].clone() for name in theirs.state_dict()}


def test_the_names_of_diffusers_load_whole(tmp_path):
    folder = tmp_path / "transformer"
    folder.mkdir()
    named = diffusers_names(TENSORS)
    assert set(map(wan_name, named)) == set(TENSORS)
    save_file(named, folder / "diffusion_pytorch_model.safetensors")
    assert load(tmp_path).config == SIZES


def of_diffusers(config: WanConfig, tensors: dict[str, Tensor]) -> torch.nn.Module:
    """The network of diffusers with our weights in it, not copied."""
    from diffusers import WanTransformer3DModel

    sizes = {
        "num_attention_heads": config.heads,
        "attention_head_dim": config.head_dim,
        "text_dim": config.text_dim,
        "ffn_dim": config.ffn,
        "num_layers": config.layers,
    }
    with torch.device("meta"):
        empty = WanTransformer3DModel(**sizes)
    named = {name: tensors[wan_name(name)] for name in empty.state_dict()}
    empty.load_state_dict(named, assign=True)
    empty.rope = type(empty.rope)(config.head_dim, (1, 2, 2), 1024)  # its tables are not stored
    return empty.eval()


@pytest.mark.parametrize(
    "config",
    [CONFIG, replace(PUBLIC["1.3B"], layers=1, text_len=10, text_dim=24)],
    ids=["tiny", "one layer of the 1.3B"],
)
def test_the_network_agrees_with_that_of_diffusers(config):
    ours, x = network(config=config), latents(5)
    embeds = torch.cat([prompt(4), torch.zeros(1, 6, 24)], 1)
    with torch.no_grad():
        made = of_diffusers(config, ours.state_dict())(
            x.transpose(1, 2), torch.tensor([625.0]), embeds
        )
    answer, t = made.sample.transpose(1, 2), torch.full((1, 5), 625.0)
    past = Dense(Absolute(), 5, (2, 3), 5, mask="full")
    said = ours(x, t, ours.embed_text(prompt(4)), past)
    assert torch.allclose(said, answer, atol=1e-4 * float(answer.abs().max()))


def factors(rank: int) -> dict[str, Tensor]:
    return {
        "lora_A": gaussian((rank, 128), seed=8, stream=0),
        "lora_B": gaussian((128, rank), seed=8, stream=1),
    }


LORA_NAMES = {
    "peft": f"base_model.model.{LAYER}.{{}}.weight",
    "peft, with its adapter": f"base_model.model.model.{LAYER}.{{}}.default.weight",
    "diffusers": "transformer.blocks.1.attn2.to_out.0.{}.weight",
    "plain": f"diffusion_model.{LAYER}.{{}}.weight",
}


@pytest.mark.parametrize("pattern", LORA_NAMES.values(), ids=LORA_NAMES)
def test_a_lora_is_merged_into_the_layer_it_names(pattern, tmp_path):
    made = factors(16)
    lora = tmp_path / "lora.pt"
    torch.save({"generator_lora": {pattern.format(role): t for role, t in made.items()}}, lora)
    loaded = load(saved(tmp_path, {"generator": prefixed("model.")}), loras=[lora])
    wanted = TENSORS[f"{LAYER}.weight"] + made["lora_B"] @ made["lora_A"]
    assert torch.allclose(loaded.state_dict()[f"{LAYER}.weight"], wanted, atol=1e-4)
    others = [name for name in TENSORS if name != f"{LAYER}.weight"]
    assert all(torch.equal(loaded.state_dict()[name], TENSORS[name]) for name in others)


def test_alpha_over_rank_scales_a_lora(tmp_path):
    made = factors(4)
    named = {
        "lora_unet_blocks_1_cross_attn_o.lora_down.weight": made["lora_A"],
        "lora_unet_blocks_1_cross_attn_o.lora_up.weight": made["lora_B"],
        "lora_unet_blocks_1_cross_attn_o.alpha": torch.tensor(2.0),
    }
    save_file(named, tmp_path / "lora.safetensors")
    merged = merge_lora(TENSORS, tmp_path / "lora.safetensors", scale=0.5)
    change = merged[f"{LAYER}.weight"] - TENSORS[f"{LAYER}.weight"]
    assert torch.allclose(change, 0.25 * made["lora_B"] @ made["lora_A"], atol=1e-4)


def lora_file(tmp_path: Path, tensors: dict[str, Tensor]) -> Path:
    save_file(tensors, tmp_path / "lora.safetensors")
    return tmp_path / "lora.safetensors"


WRONG_LORAS = {
    r"changes blocks_7_ffn_0, which the model does not have": {
        "blocks.7.ffn.0.lora_A.weight": torch.zeros(4, 128)
    },
    r"has no up factor": {"blocks.0.ffn.0.lora_A.weight": torch.zeros(4, 128)},
    r"\(64, 4\) by \(4, 96\), which does not make \(64, 128\)": {
        "blocks.0.ffn.0.lora_A.weight": torch.zeros(4, 96),
        "blocks.0.ffn.0.lora_B.weight": torch.zeros(64, 4),
    },
    r"has blocks\.0\.ffn\.0\.bias; plain LoRA": {"blocks.0.ffn.0.bias": torch.zeros(64)},
    r"holds no LoRA layers": {},
}


@pytest.mark.parametrize(("said", "tensors"), WRONG_LORAS.items(), ids=range(len(WRONG_LORAS)))
def test_a_lora_that_does_not_fit_is_refused(said, tensors, tmp_path):
    with pytest.raises(WeightsError, match=said):
        merge_lora(TENSORS, lora_file(tmp_path, tensors))


def without(*names: str) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in TENSORS.items() if name not in names}


MISFITS = {
    r"model\.pt does not fit: 2 missing \(blocks\.0\.norm3\.bias, head\.head\.bias\)": without(
        "blocks.0.norm3.bias", "head.head.bias"
    ),
    r"1 unexpected \(gan_branch\.weight\)": {**TENSORS, "gan_branch.weight": torch.zeros(3)},
    r"of another shape \(blocks\.1\.ffn\.2\.bias is \(5,\), not \(128,\)\)": {
        **TENSORS,
        "blocks.1.ffn.2.bias": torch.zeros(5),
    },
    r"lacks head\.head\.weight among": without("head.head.weight"),
    r"has shapes that no Wan transformer has: patch_embedding\.weight is \(128, 64\)": {
        **TENSORS,
        "patch_embedding.weight": torch.zeros(128, 64),
    },
    r"a patch spans one latent frame, not 2": {
        **TENSORS,
        "patch_embedding.weight": torch.zeros(128, 16, 2, 2, 2),
    },
    r"begin with 'student\.', which no known": prefixed("student."),
    r"holds blocks\.0\.ffn\.0\.bias twice": {
        "model.blocks.0.ffn.0.bias": torch.zeros(64),
        "blocks.0.ffn.0.bias": torch.zeros(64),
    },
    r"holds no tensors, neither at its top nor under generator_ema": {"epoch": 7},
    r"an image-to-video Wan": {**TENSORS, "img_emb.proj.0.weight": torch.zeros(3)},
    r"a umT5 text encoder": {"token_embedding.weight": torch.zeros(3, 4)},
    r"the autoencoder of Wan": {"encoder.downsamples.0.residual.0.gamma": torch.zeros(3)},
    r"a tiny autoencoder": {"decoder.1.weight": torch.zeros(3)},
    r"a Stable Diffusion model": {"model.diffusion_model.input_blocks.0.0.bias": torch.zeros(3)},
    r"another diffusion transformer": {"transformer_blocks.0.attn.to_q.weight": torch.zeros(3)},
    r"a Flux or HunyuanVideo model": {"double_blocks.0.img_attn.qkv.bias": torch.zeros(3)},
    r"a LoRA, which goes on a model": {"blocks.0.ffn.0.lora_A.weight": torch.zeros(4, 128)},
    r"lacks patch_embedding\.weight": {"something.weight": torch.zeros(3)},
}


@pytest.mark.parametrize(("said", "data"), MISFITS.items(), ids=range(len(MISFITS)))
def test_what_does_not_fit_is_said_in_a_sentence(said, data, tmp_path):
    with pytest.raises(WeightsError, match=said) as caught:
        load(saved(tmp_path, data))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("kept", [0, 40, 20_000])
def test_a_truncated_file_is_refused(suffix, kept, tmp_path):
    whole = saved(tmp_path, {"generator": prefixed("model.")})
    if suffix == ".safetensors":
        save_file(TENSORS, tmp_path / "whole.safetensors")
        whole = tmp_path / "whole.safetensors"
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=r"cut\.(pt|safetensors) .* cut short .* fetch it again"):
        load(cut)


def test_a_pickle_that_runs_code_is_not_opened(tmp_path):
    class Payload:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"generator": prefixed("model."), "extra": Payload()}, tmp_path / "model.pt")
    with pytest.raises(WeightsError, match="holds Python code beside its tensors"):
        load(tmp_path / "model.pt")
    (tmp_path / "bare.pt").write_bytes(pickle.dumps(Payload(), protocol=2))
    with pytest.raises(WeightsError, match=r"bare\.pt"):
        load(tmp_path / "bare.pt")
    assert not (tmp_path / "ran").exists()


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(WeightsError, match=re.escape(str(tmp_path / "nowhere.pt"))):
        read_wan(tmp_path / "nowhere.pt")
    with pytest.raises(WeightsError, match=r"holds no diffusion_pytorch_model"):
        read_wan(tmp_path)


def test_progress_is_told_and_may_stop_the_reading(tmp_path):
    def stop(share: float, text: str) -> None:
        raise WeightsError(f"stopped at {share:.0%} {text}")

    with pytest.raises(WeightsError, match=r"stopped at 0% reading model\.pt"):
        load(saved(tmp_path, dict(TENSORS)), progress=stop)
