"""What LoRA files call the layers of a model: one table of spellings for every trainer's dialect.

A key is a part of the model (`lora_unet_`, `unet.`, `text_encoder.`), a layer, and a role
(`lora_up`, `lora_B`, `alpha`). Layers are compared with their dots as underscores, in which all
dialects agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Role = Literal["up", "down", "alpha"]

PARTS = (  # spelling of a part in front of a key -> folder of the part; the longer spelling first
    ("lora_unet_", "unet"),
    ("lora_te1_", "text_encoder"),
    ("lora_te2_", "text_encoder_2"),
    ("lora_te_", "text_encoder"),
    ("unet.", "unet"),
    ("text_encoder_2.", "text_encoder_2"),
    ("text_encoder.", "text_encoder"),
    ("base_model.model.", "unet"),
    ("", "unet"),
)
ROLES: dict[str, Role] = {
    "lora_down": "down",
    "lora_up": "up",
    "lora_A": "down",
    "lora_B": "up",
    "down": "down",
    "up": "up",
}
ENDING = re.compile(
    r"(?P<layer>.+?)(?:_lora|\.lora|\.lora_linear_layer)?"
    r"\.(?P<role>lora_down|lora_up|lora_A|lora_B|down|up)(?:\.default(?:_0)?)?(?:\.weight)?"
)
OTHER_KINDS = ("hada_", "lokr_", "lora_mid", "dora_scale", "oft_", "diff_b", ".diff", "bundle_emb")
ATTENTION = (
    ("_to_q", "_q_proj"),
    ("_to_k", "_k_proj"),
    ("_to_v", "_v_proj"),
    ("_to_out", "_out_proj"),
)


@dataclass(frozen=True)
class Key:
    """What one tensor of a LoRA file is for: `layer` has underscores for dots."""

    part: str
    layer: str
    role: Role


def read_key(name: str) -> Key | None:
    """The meaning of a tensor's name, or None where it is not one of plain LoRA."""
    if any(kind in name for kind in OTHER_KINDS):
        return None
    if name.endswith(".alpha"):
        return Key(*_target(name.removesuffix(".alpha")), "alpha")
    found = ENDING.fullmatch(name)
    if found is None:
        return None
    return Key(*_target(found["layer"]), ROLES[found["role"]])


def _target(layer: str) -> tuple[str, str]:
    prefix, part = next((spelling, part) for spelling, part in PARTS if layer.startswith(spelling))
    flat = layer.removeprefix(prefix).removeprefix("base_model.model.").replace(".", "_")
    return part, re.sub(r"_lora$", "", flat.replace("_processor_", "_"))


def spellings(part: str, network: Any) -> dict[str, str]:
    """Every flat name of a network's layers -> the path of the layer."""
    paths = [name for name, module in network.named_modules() if hasattr(module, "weight")]
    table = {flat: path for path in paths for flat in _flat_names(part, path)}
    if part == "unet" and network.config.addition_embed_type == "text_time":
        table |= {
            flat + "_" + rest: f"{path}.{rest_path}"
            for flat, path in _original_blocks(network)
            for rest_path, rest in _inside(paths, path)
        }
    return table


def _flat_names(part: str, path: str) -> Iterator[str]:
    flat = path.replace(".", "_")
    yield flat
    yield flat.removesuffix("_0") if flat.endswith("_to_out_0") else flat
    if part != "unet":
        bare = flat.removeprefix("text_model_")
        for spelled in (bare, *(bare.replace(new, old) for old, new in ATTENTION)):
            yield spelled
            yield "text_model_" + spelled


def _inside(paths: list[str], block: str) -> Iterator[tuple[str, str]]:
    for path in paths:
        if path.startswith(block + "."):
            rest = path.removeprefix(block + ".")
            yield rest, _original_layer(rest).replace(".", "_")


def _original_layer(rest: str) -> str:
    """What the code that SDXL was released with calls a layer of a block."""
    renamed = {
        "norm1": "in_layers.0",
        "conv1": "in_layers.2",
        "time_emb_proj": "emb_layers.1",
        "norm2": "out_layers.0",
        "conv2": "out_layers.3",
        "conv_shortcut": "skip_connection",
    }
    return renamed.get(rest, rest)


def _original_blocks(network: Any) -> Iterator[tuple[str, str]]:
    """Names of SDXL's released code -> ours, for the residual and attention blocks."""
    per = network.config.layers_per_block
    for level, block in enumerate(network.down_blocks):
        for layer in range(per):
            at = 1 + level * (per + 1) + layer
            yield f"input_blocks_{at}_0", f"down_blocks.{level}.resnets.{layer}"
            if hasattr(block, "attentions"):
                yield f"input_blocks_{at}_1", f"down_blocks.{level}.attentions.{layer}"
    for level, block in enumerate(network.up_blocks):
        for layer in range(per + 1):
            at = level * (per + 1) + layer
            yield f"output_blocks_{at}_0", f"up_blocks.{level}.resnets.{layer}"
            if hasattr(block, "attentions"):
                yield f"output_blocks_{at}_1", f"up_blocks.{level}.attentions.{layer}"
    yield "middle_block_0", "mid_block.resnets.0"
    yield "middle_block_1", "mid_block.attentions.0"
    yield "middle_block_2", "mid_block.resnets.1"
