"""Stable Diffusion in one object: any 1.x, 2.x, Turbo or XL model folder of diffusers, as a stream
needs it.

Pictures are (F, 3, H, W) float32 in [0, 1] of any size, latents (F, C, h, w) float32; what is half
precision and channels_last stays inside. Nothing in the frame path waits for the device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from engine import device as devices
from engine.errors import WeightsError
from nodes.models.checkpoint import read_json
from nodes.models.diffusers_folder import (
    TEXT_ENCODERS,
    ModelFolder,
    build_network,
    build_text_encoder,
    build_tokenizer,
    open_folder,
)
from nodes.models.pixels import CODERS, Coder, inward
from nodes.rollout.image.schedule import NoiseSchedule, schedule_from_config
from nodes.rollout.prompt_blend import TextCondition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNET = "UNet2DConditionModel"
DISTILLED_GUIDANCE = 8.5  # LCM (Luo et al. 2023), what guidance-embedded models are run at
GUIDANCE_PERIOD = 1000.0
LAST_BEFORE_HEAD = -2  # SDXL reads its text encoders before their last layer


def compute_dtype(device: torch.device, wanted: torch.dtype) -> torch.dtype:
    """The type networks run in: never float16 on a CPU, where it is a hundred times slower."""
    slow = device.type == "cpu" and wanted is torch.float16
    return devices.compute_dtype(device) if slow else wanted


@dataclass(frozen=True, eq=False)
class TextStack:
    """One or two CLIP encoders with their tokenizers."""

    tokenizers: tuple[Any, ...]
    encoders: tuple[Any, ...]
    zero_when_empty: bool  # SDXL was trained with nothing, not with the empty text, as negative

    def encode(self, text: str) -> TextCondition:
        """A text -> tokens (1, N, D), and pooled (1, P) where there are two encoders."""
        read = [self._read(i, text) for i in range(len(self.encoders))]
        if len(read) == 1 and not hasattr(self.encoders[0], "text_projection"):
            return TextCondition(read[0][0])
        hidden = torch.cat([out.hidden_states[LAST_BEFORE_HEAD] for out in read], dim=-1)
        return TextCondition(hidden, read[-1][0])

    def encode_negative(self, text: str) -> TextCondition:
        """The same for a negative prompt, for which some models have their own notion of
        nothing.
        """
        found = self.encode(text)
        if text or not self.zero_when_empty:
            return found
        pooled = None if found.pooled is None else torch.zeros_like(found.pooled)
        return TextCondition(torch.zeros_like(found.tokens), pooled)

    def _read(self, which: int, text: str) -> Any:
        tokenizer, encoder = self.tokenizers[which], self.encoders[which]
        length = tokenizer.model_max_length
        ids = tokenizer(text, padding="max_length", max_length=length, truncation=True).input_ids
        device = next(encoder.parameters()).device
        return encoder(torch.tensor([ids], device=device), output_hidden_states=True)


@dataclass(frozen=True, eq=False)
class ImageModel:
    """A loaded model. It has no state: what a stream remembers is the stream's."""

    name: str
    unet: Any
    coder: Coder
    text: TextStack
    schedule: NoiseSchedule
    device: torch.device
    dtype: torch.dtype

    @property
    def latent_channels(self) -> int:
        return self.coder.channels

    def latent_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the latents of a picture."""
        return -(-height // self.coder.patch), -(-width // self.coder.patch)

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures (F, 3, H, W) in [0, 1] -> latents (F, C, ceil(H/8), ceil(W/8)) float32."""
        return self.coder.encode(pictures)

    def decode(self, latents: Tensor, height: int, width: int) -> Tensor:
        """Latents (F, C, h, w) -> pictures (F, 3, height, width) float32 in [0, 1]."""
        return self.coder.decode(latents, height, width)

    def denoiser(
        self, positive: TextCondition, negative: TextCondition, height: int, width: int
    ) -> Denoiser:
        """The network with its prompts, as the stream batch calls it."""
        return Denoiser(self, positive, negative, (height, width))


class Denoiser:
    """One UNet call per stream batch call, its prompt rows laid out once per prompt."""

    def __init__(
        self,
        model: ImageModel,
        positive: TextCondition,
        negative: TextCondition,
        size: tuple[int, int],
    ) -> None:
        self._model = model
        self._texts = (negative, positive)
        self._size = size
        self._rows: dict[tuple[int, int], dict[str, Any]] = {}
        self._levels = _levels(model)

    def __call__(self, x: Tensor, timesteps: Tensor, negatives: int) -> Tensor:
        """Noisy latents (R, C, h, w), timesteps (R,) -> predicted noise (R, C, h, w) float32."""
        rows = self._rows.get((len(x), negatives)) or self._lay_out(len(x), negatives)
        wide = inward(x, self._model.dtype)
        predicted = self._model.unet(wide, timesteps, return_dict=False, **rows)[0].float()
        if self._levels is None:
            return predicted
        a, b = (level[timesteps].view(-1, 1, 1, 1) for level in self._levels)
        return a * predicted + b * x

    def _lay_out(self, rows: int, negatives: int) -> dict[str, Any]:
        model = self._model
        counts = (negatives, rows - negatives)
        tokens = [text.tokens for text in self._texts]
        laid: dict[str, Any] = {"encoder_hidden_states": _stacked(tokens, counts, model.dtype)}
        if model.unet.config.addition_embed_type == "text_time":
            laid["added_cond_kwargs"] = self._size_and_pooled(rows, counts)
        if model.unet.config.time_cond_proj_dim is not None:
            width = model.unet.config.time_cond_proj_dim
            known = _guidance_embedding(DISTILLED_GUIDANCE - 1, width)
            laid["timestep_cond"] = known.to(model.device, model.dtype).expand(rows, -1)
        self._rows[rows, negatives] = laid
        return laid

    def _size_and_pooled(self, rows: int, counts: tuple[int, int]) -> dict[str, Tensor]:
        """SDXL's added conditions: size before crop, crop, target size (Podell et al. 2023,
        2.2).
        """
        model = self._model
        pooled = [text.pooled for text in self._texts if text.pooled is not None]
        ids = torch.tensor([[*self._size, 0, 0, *self._size]], dtype=model.dtype)
        time_ids = ids.to(model.device).expand(rows, -1)
        return {"text_embeds": _stacked(pooled, counts, model.dtype), "time_ids": time_ids}


def load_stable_diffusion(
    folder: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    progress: Callable[[float, str], None] = lambda share, text: None,
    tiny_vae: Path | None = None,
) -> ImageModel:
    """Loads a diffusers folder; `tiny_vae`, a folder of an AutoencoderTiny, replaces the model's
    own.

    Raises WeightsError with one sentence for a folder that is missing, incomplete, mangled, unsafe
    or of another kind of model.
    """
    found = open_folder(folder)
    dtype = compute_dtype(device, dtype)
    schedule = _schedule(found)
    progress(0.0, f"reading the text encoder of {folder.name}")
    text = _text_stack(found, device, dtype)
    progress(0.3, f"reading the network of {folder.name}")
    unet: Any = build_network(found.part("unet", (UNET,)), kind=UNET, dtype=dtype)
    progress(0.8, f"reading the autoencoder of {folder.name}")
    coder = _coder(found, tiny_vae, device, dtype)
    _check_fit(found, unet, coder, text)
    unet = unet.to(device, memory_format=torch.channels_last)
    progress(1.0, f"{folder.name} is ready")
    return ImageModel(folder.name, unet, coder, text, schedule, device, dtype)


def _schedule(found: ModelFolder) -> NoiseSchedule:
    config = read_json(found.path / "scheduler" / "scheduler_config.json")
    try:
        return schedule_from_config(config)
    except ValueError as error:
        raise WeightsError(f"{found.path.name}: {error}") from None


def _text_stack(found: ModelFolder, device: torch.device, dtype: torch.dtype) -> TextStack:
    names = [("tokenizer", "text_encoder"), ("tokenizer_2", "text_encoder_2")]
    used = [pair for pair in names if pair[1] in found.parts] or names[:1]
    precise = torch.float32 if device.type == "cpu" else dtype
    encoders = [
        build_text_encoder(found.part(part, TEXT_ENCODERS), kind=found.parts[part], dtype=precise)
        for _, part in used
    ]
    return TextStack(
        tokenizers=tuple(build_tokenizer(found.path / part) for part, _ in used),
        encoders=tuple(encoder.to(device) for encoder in encoders),
        zero_when_empty=bool(found.options.get("force_zeros_for_empty_prompt")),
    )


def _coder(
    found: ModelFolder, tiny: Path | None, device: torch.device, dtype: torch.dtype
) -> Coder:
    folder = tiny or found.part("vae", tuple(CODERS))
    config = read_json(folder / "config.json")
    kind = str(config.get("_class_name"))
    if kind not in CODERS:
        raise WeightsError(f"{folder} holds a {kind}; {', '.join(CODERS)} works here")
    overflows = bool(config.get("force_upcast")) and dtype is torch.float16 and not tiny
    vae: Any = build_network(folder, kind=kind, dtype=torch.float32 if overflows else dtype)
    return CODERS[kind](vae.to(device, memory_format=torch.channels_last))


def _check_fit(found: ModelFolder, unet: Any, coder: Coder, text: TextStack) -> None:
    """WeightsError where the parts of a folder do not belong together."""
    name = found.path.name
    channels, latent = unet.config.in_channels, coder.channels
    if channels != latent:
        raise WeightsError(
            f"the network of {name} takes {channels} channels and the autoencoder makes {latent}; "
            "inpainting and editing models do not work here"
        )
    width = sum(encoder.config.hidden_size for encoder in text.encoders)
    if unet.config.cross_attention_dim != width:
        raise WeightsError(
            f"the network of {name} attends to {unet.config.cross_attention_dim} numbers a token "
            f"and the text encoder gives {width}"
        )


def _levels(model: ImageModel) -> tuple[Tensor, Tensor] | None:
    """a and b of every training step, where predictions are velocities: eps = a*v + b*x."""
    if model.schedule.prediction == "epsilon":
        return None
    alpha_bar = model.schedule.alpha_bar
    a, b = alpha_bar.sqrt().float(), (1 - alpha_bar).sqrt().float()
    return a.to(model.device), b.to(model.device)


def _stacked(texts: list[Tensor], counts: tuple[int, int], dtype: torch.dtype) -> Tensor:
    rows = [
        text.expand(count, *text.shape[1:])
        for text, count in zip(texts, counts, strict=True)
        if count
    ]
    return torch.cat(rows).to(dtype)


def _guidance_embedding(scale: float, width: int) -> Tensor:
    """Sines and cosines of a guidance scale (1, width), as in LCM (Luo et al. 2023), 4.2."""
    half = width // 2
    rates = torch.exp(-math.log(10_000.0) / (half - 1) * torch.arange(half))
    angles = scale * GUIDANCE_PERIOD * rates
    return nn.functional.pad(torch.cat([angles.sin(), angles.cos()]), (0, width % 2))[None]
