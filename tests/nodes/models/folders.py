"""Tiny model folders with random weights, written by diffusers and transformers themselves."""

from __future__ import annotations

import json
import string
from pathlib import Path

import torch
import transformers
from diffusers import AutoencoderKL, AutoencoderTiny, LCMScheduler, UNet2DConditionModel

from engine.values import Prompt

WORDS = (*string.ascii_lowercase, *(f"{c}</w>" for c in string.ascii_lowercase))
PROMPT = Prompt.of("abc def")
VOCABULARY = {word: i for i, word in enumerate((*WORDS, "<|startoftext|>", "<|endoftext|>"))}


def unet(**changes: object) -> UNet2DConditionModel:
    config = {
        "sample_size": 8,
        "block_out_channels": (16, 32),
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "attention_head_dim": 2,
        "cross_attention_dim": 24,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }
    return UNet2DConditionModel(**config | changes)


def xl_unet() -> UNet2DConditionModel:
    return unet(
        cross_attention_dim=48,
        addition_embed_type="text_time",
        addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=24 + 6 * 4,
        transformer_layers_per_block=(1, 2),
        use_linear_projection=True,
        layers_per_block=2,
    )


def tiny_vae() -> AutoencoderTiny:
    widths = (8, 8, 8, 8)
    return AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
    )


def kl_vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=4,
        latent_channels=4,
    )


def clip(*, projected: bool = False) -> transformers.PreTrainedModel:
    config = transformers.CLIPTextConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=24,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=24,
        max_position_embeddings=16,
        bos_token_id=len(VOCABULARY) - 2,
        eos_token_id=len(VOCABULARY) - 1,
    )
    kind = transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel
    return kind(config)


def tokenizer() -> transformers.CLIPTokenizer:
    return transformers.CLIPTokenizer(vocab=dict(VOCABULARY), merges=[], model_max_length=16)


def save(folder: Path, parts: dict[str, object], **options: object) -> Path:
    kind = "StableDiffusionXLPipeline" if "text_encoder_2" in parts else "StableDiffusionPipeline"
    index: dict[str, object] = {"_class_name": kind, "_diffusers_version": "0.42.1", **options}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        library = (
            "transformers" if type(part).__module__.startswith("transformers") else "diffusers"
        )
        index[name] = [library, type(part).__name__]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def stable_diffusion(folder: Path, *, seed: int = 0, **changes: object) -> Path:
    """Stable Diffusion 1.x in miniature; parts may be replaced by name."""
    torch.manual_seed(seed)
    parts: dict[str, object] = {
        "unet": unet(),
        "vae": tiny_vae(),
        "text_encoder": clip(),
        "tokenizer": tokenizer(),
        "scheduler": LCMScheduler(steps_offset=1, clip_sample=False),
    }
    return save(folder, parts | changes)


def stable_diffusion_xl(folder: Path) -> Path:
    torch.manual_seed(1)
    parts: dict[str, object] = {
        "unet": xl_unet(),
        "vae": kl_vae(),
        "text_encoder": clip(),
        "text_encoder_2": clip(projected=True),
        "tokenizer": tokenizer(),
        "tokenizer_2": tokenizer(),
        "scheduler": LCMScheduler(steps_offset=1, clip_sample=False),
    }
    return save(folder, parts, force_zeros_for_empty_prompt=True)
