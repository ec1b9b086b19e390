"""What checkpoints of the Wan family call their tensors: one spelling out of all that are in use.

Trainers wrap (FSDP, compile, checkpointing), prefix (`model.`) and nest (`generator_ema`) the names
that Wan2.1 was published with; diffusers has its own for each part. Names of other families are
known too, so that a wrong file is called what it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

# where a torch file keeps the network's tensors, the preferred first
HOLDERS = ("generator_ema", "generator", "state_dict", "model", "module")
LORA_HOLDERS = ("generator_lora", "lora", *HOLDERS)

WRAPPINGS = ("_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_orig_mod.")
PREFIXES = (
    "module.",
    "base_model.model.",
    "generator.",
    "model.",
    "diffusion_model.",
    "transformer.",
)

DIFFUSERS = (  # pattern of diffusers -> ours
    (r"^condition_embedder\.text_embedder\.linear_1\.", "text_embedding.0."),
    (r"^condition_embedder\.text_embedder\.linear_2\.", "text_embedding.2."),
    (r"^condition_embedder\.time_embedder\.linear_1\.", "time_embedding.0."),
    (r"^condition_embedder\.time_embedder\.linear_2\.", "time_embedding.2."),
    (r"^condition_embedder\.time_proj\.", "time_projection.1."),
    (r"^proj_out\.", "head.head."),
    (r"^scale_shift_table$", "head.modulation"),
    (r"\.scale_shift_table$", ".modulation"),
    (r"\.attn1\.", ".self_attn."),
    (r"\.attn2\.", ".cross_attn."),
    (r"\.to_([qkv])\.", r".\1."),
    (r"\.to_out\.0\.", ".o."),
    (r"^(blocks\.\d+)\.norm2\.", r"\1.norm3."),
    (r"\.ffn\.net\.0\.proj\.", ".ffn.0."),
    (r"\.ffn\.net\.2\.", ".ffn.2."),
)

FAMILIES = (  # pattern of a name that gives a family away -> what the file is
    (r"\.(lora_[AB]|lora_down|lora_up)\b", "a LoRA, which goes on a model and is none itself"),
    (r"(^|\.)(img_emb|image_embedder|.*\.k_img|.*\.add_k_proj)\.", "an image-to-video Wan"),
    (r"^vace_blocks\.", "a VACE Wan"),
    (r"^token_embedding\.|\.pos_embedding\.embedding\.", "a umT5 text encoder"),
    (r"^(encoder\.downsamples|decoder\.upsamples)\.", "the autoencoder of Wan"),
    (r"^(encoder|decoder)\.\d+\.", "a tiny autoencoder"),
    (r"^(down_blocks|input_blocks)\.|^first_stage_model\.", "a Stable Diffusion model"),
    (r"^(double_blocks|single_transformer_blocks)\.", "a Flux or HunyuanVideo model"),
    (r"^(transformer_blocks|joint_blocks)\.", "another diffusion transformer"),
    (r"^text_model\.", "a CLIP text encoder"),
)


def wan_name(stored: str) -> str:
    """The name of Wan2.1 for a tensor that a checkpoint calls `stored`."""
    name = stored
    for wrapping in WRAPPINGS:
        name = name.replace(wrapping, "")
    while prefix := next((each for each in PREFIXES if name.startswith(each)), None):
        name = name.removeprefix(prefix)
    for pattern, ours in DIFFUSERS:
        name = re.sub(pattern, ours, name)
    return name


def other_family(names: Collection[str]) -> str | None:
    """What a file is whose tensors are not those of a Wan text-to-video transformer; None if it may
    be one.
    """
    found = (what for pattern, what in FAMILIES if any(re.search(pattern, n) for n in names))
    return next(found, None)


def strange_prefix(names: Collection[str]) -> str | None:
    """What stands before the names of a Wan transformer and is no prefix that is known."""
    for name in names:
        before, found, _ = name.partition("patch_embedding.weight")
        if found and before:
            return before
    return None
