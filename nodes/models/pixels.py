"""Autoencoders as a stream needs them: pictures in [0, 1] of any size to latents and back.

Pictures are (F, 3, H, W) float32, latents (F, C, h, w) float32; a side that is no multiple of a
latent's pixels is continued by its last row or column inside, and cut again.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn

BOUND = 3.0  # TAESD's decoder bends latents into this range


class Coder(Protocol):
    """Turns pictures into latents and back."""

    channels: int
    patch: int  # pixels across one latent

    def encode(self, pictures: Tensor) -> Tensor: ...

    def decode(self, latents: Tensor, height: int, width: int) -> Tensor: ...


class LargeCoder:
    """AutoencoderKL: latents are the mean of its distribution, so a still picture stays still."""

    def __init__(self, vae: Any) -> None:
        self.channels: int = vae.config.latent_channels
        self.patch: int = 2 ** (len(vae.config.block_out_channels) - 1)
        self._vae = vae
        self._dtype: torch.dtype = vae.dtype
        self._scale: float = vae.config.scaling_factor

    def encode(self, pictures: Tensor) -> Tensor:
        padded = _padded(pictures, self.patch)
        encoded = self._vae.encode(inward(padded * 2 - 1, self._dtype))
        return encoded.latent_dist.mode().float() * self._scale

    def decode(self, latents: Tensor, height: int, width: int) -> Tensor:
        scaled = inward(latents / self._scale, self._dtype)
        decoded = self._vae.decode(scaled, return_dict=False)[0][..., :height, :width]
        return decoded.float().add(1).mul(0.5).clamp(0, 1).contiguous()


class TinyCoder:
    """AutoencoderTiny (TAESD), whose layers work in [0, 1] themselves.

    Its layers are called directly: on the way through [-1, 1] bfloat16 would lose a bit of every
    dark pixel.
    """

    def __init__(self, vae: Any) -> None:
        self.channels: int = vae.config.latent_channels
        self.patch: int = 2 ** (len(vae.config.encoder_block_out_channels) - 1)
        self._encoder, self._decoder = vae.encoder.layers, vae.decoder.layers
        self._dtype: torch.dtype = vae.dtype
        self._scale: float = vae.config.scaling_factor
        for layer in vae.modules():
            if isinstance(layer, nn.ReLU):
                layer.inplace = True  # it always follows a sum or a convolution that is its own

    def encode(self, pictures: Tensor) -> Tensor:
        padded = _padded(pictures, self.patch)
        return self._encoder(inward(padded, self._dtype)).float() * self._scale

    def decode(self, latents: Tensor, height: int, width: int) -> Tensor:
        bounded = torch.tanh(latents / (self._scale * BOUND)) * BOUND
        decoded = self._decoder(inward(bounded, self._dtype))[..., :height, :width]
        return decoded.float().clamp(0, 1).contiguous()


CODERS: dict[str, type[LargeCoder] | type[TinyCoder]] = {
    "AutoencoderKL": LargeCoder,
    "AutoencoderTiny": TinyCoder,
}


def inward(x: Tensor, dtype: torch.dtype) -> Tensor:
    """A tensor as networks take it."""
    return x.to(dtype, memory_format=torch.channels_last)


def _padded(pictures: Tensor, patch: int) -> Tensor:
    height, width = pictures.shape[-2:]
    down, right = -height % patch, -width % patch
    if not down and not right:
        return pictures
    return nn.functional.pad(pictures, (0, right, 0, down), mode="replicate")
