"""Claims about LoRA: zero is the base exactly, one is what fusing gives, every dialect means the
same.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

from engine.errors import WeightsError
from nodes.models.lora import LoraModel
from nodes.models.stable_diffusion import load_stable_diffusion

X, T = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(1)), torch.tensor([359, 99])
LINEAR = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q"
OUT = "mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0"
CONV = "mid_block.resnets.0.conv1"
TEXT = "text_model.encoder.layers.0.self_attn.q_proj"


def predicted(model, text="abc"):
    positive, negative = model.text.encode(text), model.text.encode_negative("")
    return model.denoiser(positive, negative, 64, 64)(X, T, 0)


def factors(
    *layers: str, rank: int = 3, seed: int = 0
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    shapes = {LINEAR: (32, 32), OUT: (32, 32), CONV: (32, 32, 3, 3), TEXT: (24, 24)}
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for layer in layers:
        out, *into = shapes[layer]
        tail = (1,) * (len(into) - 1)
        up = torch.randn(out, rank, *tail, generator=generator)
        found[layer] = up, torch.randn(rank, *into, generator=generator) / 5
    return found


def kohya(layers, alpha=None) -> dict[str, torch.Tensor]:
    out = {}
    for layer, (up, down) in layers.items():
        prefix = "lora_te_" if layer == TEXT else "lora_unet_"
        name = prefix + layer.replace(".", "_")
        out |= {f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}
        if alpha is not None:
            out[f"{name}.alpha"] = torch.tensor(float(alpha))
    return out


def peft(layers) -> dict[str, torch.Tensor]:
    part = {layer: "text_encoder" if layer == TEXT else "unet" for layer in layers}
    ups = {f"{part[layer]}.{layer}.lora_B.weight": up for layer, (up, _) in layers.items()}
    downs = {f"{part[layer]}.{layer}.lora_A.weight": down for layer, (_, down) in layers.items()}
    return ups | downs


def old_diffusers(layers) -> dict[str, torch.Tensor]:
    out = {}
    for layer, (up, down) in layers.items():
        block, _, leaf = layer.removesuffix(".0").rpartition(".")
        out[f"unet.{block}.processor.{leaf}_lora.up.weight"] = up
        out[f"unet.{block}.processor.{leaf}_lora.down.weight"] = down
    return out


def saved(tensors, tmp_path: Path, name: str = "style") -> Path:
    path = tmp_path / f"{name}.safetensors"
    save_file(tensors, path)
    return path


@pytest.fixture
def style(tmp_path) -> Path:
    return saved(kohya(factors(LINEAR, OUT, CONV, TEXT), alpha=2), tmp_path)


def test_weight_zero_is_the_base_exactly(sd, style):
    lora = LoraModel(sd, [style])
    lora.set([0.7])
    changed = predicted(lora.model)
    lora.set([0.0])
    assert torch.equal(predicted(lora.model), predicted(sd))
    assert not torch.equal(changed, predicted(sd))


def test_weight_one_is_what_diffusers_fuses(sd, sd_folder, style):
    pipe = StableDiffusionPipeline.from_pretrained(
        sd_folder, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
    layers = factors(LINEAR, OUT, CONV, TEXT)
    scaled = {layer: (up * 2 / 3, down) for layer, (up, down) in layers.items()}
    pipe.load_lora_weights(peft(scaled))
    pipe.fuse_lora(lora_scale=0.8)
    theirs = pipe.unet(X, T, encoder_hidden_states=_text(pipe).expand(2, -1, -1)).sample
    lora = LoraModel(sd, [style])
    lora.set([0.8])
    torch.testing.assert_close(
        lora.model.text.encode("abc").tokens, _text(pipe), atol=1e-5, rtol=1e-4
    )
    torch.testing.assert_close(predicted(lora.model), theirs, atol=1e-5, rtol=1e-4)


def _text(pipe):
    return pipe.encode_prompt("abc", torch.device("cpu"), 1, False)[0]


@pytest.mark.parametrize("dialect", [peft, old_diffusers])
def test_every_dialect_means_the_same(sd, tmp_path, dialect):
    layers = factors(LINEAR, OUT)
    outs = []
    for name, tensors in (("kohya", kohya(layers)), ("other", dialect(layers))):
        lora = LoraModel(sd, [saved(tensors, tmp_path, name)])
        lora.set([1.0])
        outs.append(predicted(lora.model))
    assert torch.equal(*outs)
    assert not torch.equal(outs[0], predicted(sd))


def test_alpha_scales_by_rank(sd, tmp_path):
    layers = factors(LINEAR, rank=4)
    whole, half = (
        LoraModel(sd, [saved(kohya(layers, alpha=alpha), tmp_path, f"a{alpha}")])
        for alpha in (4, 2)
    )
    whole.set([0.5])
    half.set([1.0])
    assert torch.equal(predicted(whole.model), predicted(half.model))


def test_alpha_may_stand_in_the_header(sd, tmp_path):
    layers = factors(LINEAR, OUT, rank=4)
    said = json.dumps({"unet.lora_alpha": 8, "unet.r": 4})
    save_file(peft(layers), tmp_path / "said.safetensors", {"lora_adapter_metadata": said})
    header = LoraModel(sd, [tmp_path / "said.safetensors"])
    layer = LoraModel(sd, [saved(kohya(layers, alpha=8), tmp_path)])
    for lora in (header, layer):
        lora.set([1.0])
    assert torch.equal(predicted(header.model), predicted(layer.model))


@pytest.mark.parametrize("header", ["[1]", "nonsense", '{"unet.lora_alpha": 8}'])
def test_a_header_that_cannot_be_read_is_refused(sd, tmp_path, header):
    path = tmp_path / "odd.safetensors"
    save_file(peft(factors(LINEAR)), path, {"lora_adapter_metadata": header})
    with pytest.raises(WeightsError, match="no alpha and rank"):
        LoraModel(sd, [path])


def test_several_add_up_in_any_order(sd, tmp_path):
    paths = [saved(kohya(factors(LINEAR, CONV, seed=k)), tmp_path, f"s{k}") for k in range(3)]
    one, other = LoraModel(sd, paths), LoraModel(sd, paths[::-1])
    one.set([0.2, 0.5, -0.3])
    other.set([-0.3, 0.5, 0.2])
    torch.testing.assert_close(predicted(one.model), predicted(other.model), atol=1e-6, rtol=1e-5)


def test_a_weight_returns_to_the_same_picture(sd, style):
    lora = LoraModel(sd, [style])
    lora.set([0.6])
    before = predicted(lora.model)
    for weight in (0.1, 1.5, 0.0, 0.6):
        lora.set([weight])
    assert torch.equal(predicted(lora.model), before)


def test_the_shared_model_is_untouched(sd, style):
    before = predicted(sd)
    lora = LoraModel(sd, [style])
    lora.set([1.0])
    assert torch.equal(predicted(sd), before)
    shared = {p.data_ptr() for p in sd.unet.parameters()}
    own = [p for p in lora.model.unet.parameters() if p.data_ptr() not in shared]
    assert len(own) == 3


def test_set_says_whether_texts_change(sd, style, tmp_path):
    with_text = LoraModel(sd, [style])
    assert with_text.set([1.0])
    assert not with_text.set([1.0])
    without = LoraModel(sd, [saved(kohya(factors(LINEAR)), tmp_path, "plain")])
    assert not without.set([1.0])


def test_a_half_precision_model_takes_a_lora(sd_folder, style):
    half = load_stable_diffusion(sd_folder, device=torch.device("cpu"), dtype=torch.bfloat16)
    lora = LoraModel(half, [style])
    lora.set([1.0])
    assert lora.model.unet.get_submodule(CONV).weight.dtype is torch.bfloat16
    conv = lora.model.unet.get_submodule(CONV).weight
    assert conv.is_contiguous(memory_format=torch.channels_last)
    assert torch.isfinite(predicted(lora.model)).all()


@pytest.mark.parametrize(
    ("original", "ours"),
    [
        (
            "input_blocks_4_1_transformer_blocks_1_attn1_to_q",
            "down_blocks.1.attentions.0.transformer_blocks.1.attn1.to_q",
        ),
        ("input_blocks_5_0_in_layers_2", "down_blocks.1.resnets.1.conv1"),
        ("middle_block_1_proj_in", "mid_block.attentions.0.proj_in"),
        ("middle_block_2_out_layers_3", "mid_block.resnets.1.conv2"),
        ("output_blocks_2_1_proj_out", "up_blocks.0.attentions.2.proj_out"),
        ("output_blocks_3_0_skip_connection", "up_blocks.1.resnets.0.conv_shortcut"),
    ],
)
def test_the_original_names_of_xl_layers_are_understood(xl, tmp_path, original, ours):
    weight = xl.unet.get_submodule(ours).weight
    down = torch.randn(2, *weight.shape[1:])
    up = torch.randn(weight.shape[0], 2, *[1] * (weight.ndim - 2))
    name = f"lora_unet_{original}"
    tensors = {f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}
    lora = LoraModel(xl, [saved(tensors, tmp_path)])
    assert list(lora.files[0].layers) == [("unet", ours)]


def test_both_text_encoders_of_xl_are_reached(xl, tmp_path):
    up, down = factors(TEXT)[TEXT]
    flat = TEXT.replace(".", "_")
    names = [f"lora_te{k}_{flat}" for k in (1, 2)]
    tensors = {f"{n}.lora_up.weight": up.clone() for n in names}
    tensors |= {f"{n}.lora_down.weight": down.clone() for n in names}
    lora = LoraModel(xl, [saved(tensors, tmp_path)])
    assert {part for part, _ in lora.files[0].layers} == {"text_encoder", "text_encoder_2"}


def test_a_lora_of_another_shape_is_refused_by_name(sd, tmp_path):
    tensors = kohya(factors(LINEAR))
    key = next(name for name in tensors if "down" in name)
    tensors[key] = torch.zeros(3, 99)
    with pytest.raises(
        WeightsError, match=r"style.safetensors has \(32, 3\) by \(3, 99\) for mid_block"
    ):
        LoraModel(sd, [saved(tensors, tmp_path)])


def test_a_lora_of_another_model_is_refused_by_name(sd, tmp_path):
    tensors = {"lora_unet_nowhere_to_q.lora_up.weight": torch.zeros(4, 2)}
    with pytest.raises(
        WeightsError, match="changes unet nowhere_to_q, which this model does not have"
    ):
        LoraModel(sd, [saved(tensors, tmp_path)])


@pytest.mark.parametrize("kind", ["hada_w1_a", "lokr_w1", "lora_mid.weight", "dora_scale"])
def test_other_kinds_of_adapter_are_refused_by_name(sd, tmp_path, kind):
    name = f"lora_unet_{LINEAR.replace('.', '_')}.{kind}"
    with pytest.raises(WeightsError, match="plain LoRA"):
        LoraModel(sd, [saved({name: torch.zeros(2, 2)}, tmp_path)])


def test_half_a_pair_is_refused(sd, tmp_path):
    tensors = kohya(factors(LINEAR))
    tensors.pop(next(name for name in tensors if "up" in name))
    with pytest.raises(WeightsError, match="has no up factor"):
        LoraModel(sd, [saved(tensors, tmp_path)])


def test_an_empty_file_is_refused(sd, tmp_path):
    with pytest.raises(WeightsError, match="holds no LoRA layers"):
        LoraModel(sd, [saved({}, tmp_path)])


def test_a_pickled_lora_is_refused(sd, tmp_path):
    (tmp_path / "style.pt").write_bytes(b"anything")
    with pytest.raises(WeightsError, match="is a pickle"):
        LoraModel(sd, [tmp_path / "style.pt"])
