"""The shape of slipstream-tiny, a Stable-Diffusion-1.x pipeline in miniature, and its life on
disk as a diffusers folder."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import torch
from diffusers import (
    AutoencoderTiny,
    LCMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from nodes.worlds.words import vocabulary

if TYPE_CHECKING:
    from pathlib import Path

POSITIONS = 32
WIDTH = 128
VAE_CHANNELS = (32, 32, 32, 32)
CHANNELS = 16


@dataclass(slots=True)
class Parts:
    """The trainable networks of the pipeline and the tokenizer that feeds them."""

    vae: AutoencoderTiny
    unet: UNet2DConditionModel
    text: CLIPTextModel
    tokenizer: CLIPTokenizer


def build(seed: int, tokenizer: CLIPTokenizer) -> Parts:
    """Makes the networks with seeded random weights."""
    torch.manual_seed(seed)
    vae = AutoencoderTiny(
        encoder_block_out_channels=VAE_CHANNELS,
        decoder_block_out_channels=VAE_CHANNELS,
        num_encoder_blocks=(0, 1, 2, 3),
        num_decoder_blocks=(3, 3, 1, 0),
        latent_channels=CHANNELS,
        scaling_factor=1.0,
    )
    unet = UNet2DConditionModel(
        sample_size=32,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=(64, 96, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )
    return Parts(vae, unet, CLIPTextModel(_text_config(tokenizer)), tokenizer)


def load(folder: Path) -> Parts:
    """Reads the networks back in float32 from a diffusers folder."""
    pipe = StableDiffusionPipeline.from_pretrained(
        folder, safety_checker=None, dtype=torch.float32, local_files_only=True
    )
    return Parts(pipe.vae, pipe.unet, pipe.text_encoder, pipe.tokenizer)


def save(parts: Parts, folder: Path) -> None:
    """Writes a complete half-precision pipeline folder that `from_pretrained` opens."""
    pipe = StableDiffusionPipeline(
        vae=deepcopy(parts.vae),
        unet=deepcopy(parts.unet),
        text_encoder=deepcopy(parts.text),
        tokenizer=parts.tokenizer,
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.to(torch.float16).save_pretrained(folder, safe_serialization=True)
    _write_vocabulary(parts.tokenizer, folder / "tokenizer")
    for weights in folder.rglob("*.safetensors"):
        weights.chmod(0o644)


def scheduler() -> LCMScheduler:
    """Scaled linear as Stable Diffusion 1.x has it, 1000 steps, v prediction; but it ends in noise
    alone. The colours of smooth latents would show through the end of the usual one (0.012), and a
    network that learns to trust them there draws blotches out of plain noise (Lin et al. 2024).
    """
    return LCMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.026,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        original_inference_steps=50,
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def tokens(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Token ids (B, 32), cut or padded."""
    return tokenizer(
        texts, padding="max_length", max_length=POSITIONS, truncation=True, return_tensors="pt"
    ).input_ids


def make_tokenizer(words: list[str]) -> CLIPTokenizer:
    """A byte-level BPE that knows `words` whole and spells everything else from bytes."""
    alphabet = sorted(ByteLevel.alphabet())
    merges = _merges(words)
    pieces = alphabet + [c + "</w>" for c in alphabet] + ["".join(pair) for pair in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=POSITIONS)


def _merges(words: list[str]) -> list[tuple[str, str]]:
    """BPE (Sennrich et al. 2016): joins the commonest neighbour pair until every word is one
    piece."""
    spelled = [[*word[:-1], word[-1] + "</w>"] for word in words]
    merges: list[tuple[str, str]] = []
    while pairs := Counter(p for s in spelled for p in itertools.pairwise(s)):
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        spelled = [_joined(s, best) if best[0] in s else s for s in spelled]
    return merges


def _joined(spelled: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for piece in spelled:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return out


def _write_vocabulary(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Adds vocab.json and merges.txt, which older CLIP tokenizers read instead of
    tokenizer.json."""
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    vocab = json.dumps(model["vocab"], ensure_ascii=False)
    (folder / "vocab.json").write_text(vocab, encoding="utf-8")
    lines = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines, ""]), encoding="utf-8")


@cache
def default_tokenizer() -> CLIPTokenizer:
    """The tokenizer of the grammar's vocabulary."""
    return make_tokenizer(vocabulary())


def _text_config(tokenizer: CLIPTokenizer) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=POSITIONS,
        projection_dim=WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
