"""TAEHV, the tiny video autoencoder: pictures one by one through 2D convolutions, each memory block
also seeing what it saw a moment before.

Layout and weight names of madebyollin/taehv, every width and count in the config, so that what is
embedded and taew2_1 differ by a config alone. One code path serves training over whole clips,
streaming in chunks and anything between: a stream is a clip whose memories come from outside.
Pictures stay channels-last throughout, and each step up is one transposed convolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nodes.models.framing import RGB, check_latents, check_pixels, check_same

BOUND = 3.0  # latents pass 3 tanh(x / 3) before the decoder


@dataclass(frozen=True)
class TaehvConfig:
    """Widths and steps; the defaults are taew2_1, which is for the latents of Wan 2.1.

    `encoder` and `decoder` are the widths from the outer edge to the latents and back. `grow` and
    `scale` are how each decoder stage multiplies frames and pixels; the encoder undoes them in
    reverse. `patch` folds pixels into channels at the picture's side. With `ahead` latent j is made
    of frames 4j to 4j+3, as upstream does; without, of frames 4j-3 to 4j, those it decodes to.
    """

    channels: int = 16
    encoder: tuple[int, ...] = (64, 64, 64, 64)
    decoder: tuple[int, ...] = (256, 128, 64, 64)
    blocks: int = 3
    grow: tuple[int, ...] = (1, 2, 2)
    scale: tuple[int, ...] = (2, 2, 2)
    patch: int = 1
    ahead: bool = True

    def __post_init__(self) -> None:
        stages = {len(self.grow), len(self.scale), len(self.encoder) - 1, len(self.decoder) - 1}
        if len(stages) != 1:
            raise ValueError(
                f"a tiny autoencoder with {len(self.grow)} entries of grow has as many of scale, "
                f"and one more width in encoder and decoder, not {len(self.scale)}, "
                f"{len(self.encoder)} and {len(self.decoder)}"
            )

    @property
    def time(self) -> int:
        """Frames a latent."""
        return prod(self.grow)

    @property
    def space(self) -> int:
        """Pixels a latent's side."""
        return prod(self.scale) * self.patch


class EncodeState(NamedTuple):
    """Where an encoder stands: what each memory block saw last, frames of a group that is open."""

    memory: tuple[Tensor, ...] = ()  # each (B, C, h, w); empty before the first frame
    rest: Tensor | None = None  # (B, n, 3, H, W): the frames of the open group, their latent made
    begun: bool = False


class DecodeState(NamedTuple):
    """Where a decoder stands: what each memory block saw last."""

    memory: tuple[Tensor, ...] = ()
    begun: bool = False


class MemBlock(nn.Module):
    """A residual block over a picture and the one before it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _conv(2 * width, width),
            nn.ReLU(inplace=True),
            _conv(width, width),
            nn.ReLU(inplace=True),
            _conv(width, width),
        )

    def forward(self, x: Tensor, last: Tensor | None, batch: int) -> tuple[Tensor, Tensor]:
        """x (B * T, C, h, w) and the picture before it (B, C, h, w), none being black -> the same
        shape, and the last picture of x.
        """
        seen = _rows(x).unflatten(0, (batch, -1))  # (B, T, h, w, C)
        first = torch.zeros_like(seen[:, 0]) if last is None else _rows(last)
        check_same(first, seen[:, 0])
        past = torch.cat([first.unsqueeze(1), seen[:, :-1]], 1)
        both = _pictures(torch.cat([seen, past], -1).flatten(0, 1))
        return (self.conv(both) + x).relu_(), _pictures(seen[:, -1]).clone()


class TPool(nn.Module):
    """Joins each `stride` pictures into one."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv = nn.Conv2d(width * stride, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N * stride, C, h, w) -> (N, C, h, w)."""
        groups = _rows(x).unflatten(0, (-1, self.stride))
        return self.conv(_pictures(groups.permute(0, 2, 3, 1, 4).flatten(3)))


class TGrow(nn.Module):
    """Makes `stride` pictures of each, `scale` times larger."""

    def __init__(self, width: int, stride: int, scale: int) -> None:
        super().__init__()
        self.stride, self.scale = stride, scale
        self.conv = nn.Conv2d(width, width * stride, 1, bias=False)

    def forward(self, x: Tensor, conv: nn.Conv2d) -> Tensor:
        """(N, C, h, w) made `scale` times larger, grown and convolved -> (N * stride, D, H, W).

        All three are linear, so they are one kernel: a transposed convolution, whose taps fall on
        the pictures before they are made larger.
        """
        inner = self.conv.weight.unflatten(0, (self.stride, -1)).flatten(2)  # (stride, C, C)
        kernel = torch.einsum("dcyx,sci->isdyx", conv.weight, inner).flatten(1, 2)
        scale = self.scale
        pads = [(i, scale - 1 - i, j, scale - 1 - j) for i in range(scale) for j in range(scale)]
        spread = torch.stack([functional.pad(kernel.flip(-1, -2), pad) for pad in pads]).sum(0)
        grown = functional.conv_transpose2d(x, spread, stride=scale, padding=1)
        frames = _rows(grown).unflatten(-1, (self.stride, -1)).permute(0, 3, 1, 2, 4)
        return _pictures(frames.flatten(0, 1))


class Bound(nn.Module):
    """Keeps latents within the bound, softly."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x / BOUND) * BOUND


def _rows(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)  # (N, h, w, C), no copy where x is channels-last


def _pictures(rows: Tensor) -> Tensor:
    return rows.permute(0, 3, 1, 2)


def _conv(inner: int, outer: int, stride: int = 1, *, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inner, outer, 3, stride, padding=1, bias=bias)


def _encoder(config: TaehvConfig) -> nn.Sequential:
    width = config.encoder
    layers: list[nn.Module] = [_conv(RGB * config.patch**2, width[0]), nn.ReLU(inplace=True)]
    steps = zip(reversed(config.grow), reversed(config.scale), width, width[1:], strict=False)
    for pool, shrink, inner, outer in steps:
        layers += [TPool(inner, pool), _conv(inner, outer, shrink, bias=False)]
        layers += [MemBlock(outer) for _ in range(config.blocks)]
    return nn.Sequential(*layers, _conv(width[-1], config.channels))


def _decoder(config: TaehvConfig) -> nn.Sequential:
    width = config.decoder
    layers: list[nn.Module] = [Bound(), _conv(config.channels, width[0]), nn.ReLU(inplace=True)]
    steps = zip(config.grow, config.scale, width, width[1:], strict=False)
    for grow, scale, inner, outer in steps:
        layers += [MemBlock(inner) for _ in range(config.blocks)]
        # nothing is where upstream counts a layer that enlarges
        layers += [nn.Identity(), TGrow(inner, grow, scale), _conv(inner, outer, bias=False)]
    return nn.Sequential(*layers, nn.ReLU(), _conv(width[-1], RGB * config.patch**2))


class Taehv(nn.Module):
    """Frames (B, T, 3, H, W) in [0, 1] to normalised latents (B, F, C, H/8, W/8) and back.

    F latents are 1 + 4 (F - 1) frames. A stream's first call takes 1 + 4k frames, later calls 4k;
    its states are values that no call writes into, so that keeping one is a snapshot.
    """

    def __init__(self, config: TaehvConfig | None = None) -> None:
        super().__init__()
        self.config = config or TaehvConfig()
        self.channels = self.config.channels
        self.space = self.config.space
        self.time = self.config.time
        self.encoder = _encoder(self.config)
        self.decoder = _decoder(self.config)

    def encode_begin(self) -> EncodeState:
        """The state before the first frame."""
        return EncodeState()

    def encode(self, pixels: Tensor, state: EncodeState) -> tuple[Tensor, EncodeState]:
        """The latents of the next frames, and the state after them.

        ValueError for frames that are not 1 + 4k at first and 4k later, or that do not divide.
        """
        check_pixels(pixels, begun=state.begun, time=self.time, space=self.space)
        if self.config.ahead:
            return self._encode_ahead(pixels, state)
        if not state.begun:
            pixels = torch.cat([pixels[:, :1]] * (self.time - 1) + [pixels], 1)
        latents, memory = self._encoded(pixels, state.memory)
        return latents, EncodeState(memory, begun=True)

    def _encode_ahead(self, pixels: Tensor, state: EncodeState) -> tuple[Tensor, EncodeState]:
        # the last group lacks the frames to come: its latent is made of its first frame repeated,
        # and the memories wait for the true ones
        made = 0 if state.rest is None else 1
        frames = pixels if state.rest is None else torch.cat([state.rest, pixels], 1)
        whole = frames.shape[1] - frames.shape[1] % self.time
        latents, memory = [], state.memory
        if whole:
            group, memory = self._encoded(frames[:, :whole], memory)
            latents.append(group)
        rest = frames[:, whole:]
        latents.append(self._encoded(rest.repeat_interleave(self.time, 1), memory)[0])
        return torch.cat(latents, 1)[:, made:], EncodeState(memory, rest.clone(), begun=True)

    def _encoded(
        self, pixels: Tensor, memory: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        if self.config.patch > 1:
            pixels = functional.pixel_unshuffle(pixels, self.config.patch)
        return _through(self.encoder, pixels, memory)

    def decode_begin(self) -> DecodeState:
        """The state before the first latent."""
        return DecodeState()

    def decode(self, latents: Tensor, state: DecodeState) -> tuple[Tensor, DecodeState]:
        """The frames of the next latents, in [0, 1], and the state after them.

        The first latent of a stream is one frame, each later one is four.
        """
        frames, after = self.decode_raw(latents, state)
        return frames.clamp(0, 1), after

    def decode_raw(self, latents: Tensor, state: DecodeState) -> tuple[Tensor, DecodeState]:
        """`decode` with what lies outside [0, 1] left there, as training wants it."""
        check_latents(latents, self.channels)
        frames, memory = _through(self.decoder, latents, state.memory)
        if self.config.patch > 1:
            frames = functional.pixel_shuffle(frames, self.config.patch)
        trim = 0 if state.begun else self.time - 1
        return frames[:, trim:], DecodeState(memory, begun=True)

    def encode_all(self, pixels: Tensor) -> Tensor:
        """The latents of a whole clip of 1 + 4k frames."""
        return self.encode(pixels, self.encode_begin())[0]

    def decode_all(self, latents: Tensor) -> Tensor:
        """The frames of all latents of a clip."""
        return self.decode(latents, self.decode_begin())[0]


def _through(
    layers: nn.Sequential, x: Tensor, memory: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """x (B, T, C, H, W) through all layers, with the memories of before; also those of after."""
    batch = x.shape[0]
    before, after = iter(memory), list[Tensor]()
    x = x.flatten(0, 1).contiguous(memory_format=torch.channels_last)  # (B * T, C, H, W)
    steps = iter(layers)
    for layer in steps:
        if isinstance(layer, MemBlock):
            x, last = layer(x, next(before, None), batch)
            after.append(last)
        elif isinstance(layer, TGrow):
            x = layer(x, next(steps))
        else:
            x = layer(x)
    return x.unflatten(0, (batch, -1)), tuple(after)
