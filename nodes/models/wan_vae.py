"""The video autoencoder of Wan 2.1: convolutions that see two frames back, so that a video goes
through it in pieces and comes out as if at once.

Layer names are those of Wan2.1_VAE.pth. Each causal layer reads its past off a trail and leaves
what the next call needs, so the network itself remembers nothing and a state is a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nodes.models.framing import RGB, check_latents, check_pixels, check_same

if TYPE_CHECKING:
    from collections.abc import Sequence

# per channel, of the latents of Wan 2.1 (guandeh17/Self-Forcing, utils/wan_wrapper.py)
MEAN = (
    *(-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508),
    *(0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921),
)
STD = (
    *(2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743),
    *(3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160),
)


@dataclass(frozen=True)
class WanVaeConfig:
    """Sizes; the defaults are Wan 2.1. `shorten` says which steps down halve the frames too; `mean`
    and `std` may be empty, for latents that are normal as they are.
    """

    dim: int = 96
    channels: int = 16
    mult: tuple[int, ...] = (1, 2, 4, 4)
    blocks: int = 2
    shorten: tuple[bool, ...] = (False, True, True)
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    def __post_init__(self) -> None:
        for name in ("mult", "shorten", "mean", "std"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        lengths = {len(self.mean), len(self.std)}
        if len(self.shorten) != len(self.mult) - 1 or not lengths <= {0, self.channels}:
            raise ValueError(
                f"{len(self.mult)} stages need {len(self.mult) - 1} entries of shorten, and "
                f"{self.channels} channels as many of mean and std or none"
            )

    @property
    def time(self) -> int:
        """Frames a latent."""
        return 2 ** sum(self.shorten)

    @property
    def space(self) -> int:
        """Pixels a latent's side."""
        return 2 ** len(self.shorten)


class VaeState(NamedTuple):
    """Where an encoder or a decoder stands: the last inputs of its causal layers, in their order,
    each (B, C, n, h, w); none before the first frame.
    """

    past: tuple[Tensor, ...] = ()

    @property
    def begun(self) -> bool:
        return bool(self.past)


class Trail:
    """The pasts of all causal layers during one call: each layer takes its own and leaves another.

    Only order tells which is whose.
    """

    def __init__(self, state: VaeState) -> None:
        self._before = iter(state.past)
        self._after: list[Tensor] = []

    def take(self) -> Tensor | None:
        return next(self._before, None)

    def leave(self, past: Tensor) -> None:
        self._after.append(past.clone())  # a view would hold all of the call's frames

    def state(self) -> VaeState:
        return VaeState(tuple(self._after))


class CausalConv(nn.Conv3d):
    """A convolution over time and space that sees no frame to come; black before the first."""

    def __init__(self, inner: int, outer: int, size: int = 3) -> None:
        super().__init__(inner, outer, size, padding=(0, size // 2, size // 2))

    def forward(self, x: Tensor, trail: Trail) -> Tensor:  # type: ignore[override]
        """x (B, C, T, h, w) -> (B, D, T, h, w)."""
        seen = torch.cat([_past(trail, x, self.kernel_size[0] - 1), x], 2)
        trail.leave(seen[:, :, x.shape[2] :])
        return super().forward(seen)


def _past(trail: Trail, x: Tensor, frames: int) -> Tensor:
    found = trail.take()
    black = x[:, :, :1].new_zeros(1).expand(*x.shape[:2], frames, *x.shape[3:])
    if found is None:
        return black
    check_same(found, black)
    return found


class Norm(nn.Module):
    """x / |x| * sqrt(C) * gamma over channels, in float32 at least."""

    def __init__(self, width: int, dims: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width, *[1] * dims))

    def forward(self, x: Tensor) -> Tensor:
        precise = x.float() if x.element_size() < 4 else x
        unit = functional.normalize(precise, dim=1).to(x.dtype)
        return unit * x.shape[1] ** 0.5 * self.gamma


class Residual(nn.Module):
    """Two causal convolutions, each after a norm, added to the input."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            Norm(inner, 3),
            nn.SiLU(),
            CausalConv(inner, outer),
            Norm(outer, 3),
            nn.SiLU(),
            nn.Identity(),  # dropout, in training
            CausalConv(outer, outer),
        )
        self.shortcut = nn.Conv3d(inner, outer, 1) if inner != outer else nn.Identity()

    def forward(self, x: Tensor, trail: Trail) -> Tensor:
        return self.shortcut(x) + _along(self.residual, x, trail)


class Attention(nn.Module):
    """One head over the pixels of each frame by itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = Norm(width, 2)
        self.to_qkv = nn.Conv2d(width, 3 * width, 1)
        self.proj = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor, trail: Trail) -> Tensor:
        del trail
        frames = _frames(x)  # (B * T, C, h, w)
        q, k, v = self.to_qkv(self.norm(frames)).flatten(2).mT.unsqueeze(1).chunk(3, -1)
        mixed = functional.scaled_dot_product_attention(q, k, v)  # (B * T, 1, h * w, C)
        mixed = mixed.squeeze(1).mT.unflatten(-1, frames.shape[2:])
        return x + _videos(self.proj(mixed), len(x))


class Down(nn.Module):
    """Halves the sides and, where it shortens, the frames; the first frame stays alone."""

    def __init__(self, width: int, *, shorten: bool) -> None:
        super().__init__()
        self.resample = nn.Sequential(
            nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(width, width, 3, stride=2)
        )
        self.time_conv = nn.Conv3d(width, width, (3, 1, 1), stride=(2, 1, 1)) if shorten else None

    def forward(self, x: Tensor, trail: Trail) -> Tensor:
        x = _videos(self.resample(_frames(x)), len(x))
        if self.time_conv is None:
            return x
        last = trail.take()
        trail.leave(x[:, :, -1:])
        if last is not None:
            check_same(last, x[:, :, :1])
            return self.time_conv(torch.cat([last, x], 2))
        rest = self.time_conv(x) if x.shape[2] > 1 else x[:, :, 1:]
        return torch.cat([x[:, :, :1], rest], 2)


class Up(nn.Module):
    """Doubles the sides and, where it lengthens, all frames but the first of a stream."""

    def __init__(self, width: int, *, lengthen: bool) -> None:
        super().__init__()
        self.resample = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(width, width // 2, 3, padding=1)
        )
        self.time_conv = nn.Conv3d(width, 2 * width, (3, 1, 1)) if lengthen else None

    def forward(self, x: Tensor, trail: Trail) -> Tensor:
        if self.time_conv is not None:
            x = self._longer(self.time_conv, x, trail)
        return _videos(self.resample(_frames(x)), len(x))

    def _longer(self, conv: nn.Conv3d, x: Tensor, trail: Trail) -> Tensor:
        # the first frame is not doubled, and those after it do not see it: their past is black
        past = trail.take()
        first, rest = (x[:, :, :1], x[:, :, 1:]) if past is None else (x[:, :, :0], x)
        if past is None:
            past = torch.zeros_like(first).expand(-1, -1, 2, -1, -1)
        check_same(past[:, :, :1], x[:, :, :1])
        seen = torch.cat([past, rest], 2)
        trail.leave(seen[:, :, -2:])
        if not rest.shape[2]:
            return first
        pairs = conv(seen).unflatten(1, (2, -1))  # (B, 2, C, T, h, w)
        return torch.cat([first, pairs.permute(0, 2, 3, 1, 4, 5).flatten(2, 3)], 2)


class Encoder(nn.Module):
    """Frames (B, 3, T, H, W) to twice the latents' channels (B, 2 C, F, h, w)."""

    def __init__(self, config: WanVaeConfig) -> None:
        super().__init__()
        widths = [config.dim * mult for mult in (1, *config.mult)]
        stages: list[nn.Module] = []
        for index, (inner, outer) in enumerate(pairwise(widths)):
            stages += _residuals(inner, outer, config.blocks)
            if index < len(config.shorten):
                stages.append(Down(outer, shorten=config.shorten[index]))
        self.conv1 = CausalConv(RGB, widths[0])
        self.downsamples = nn.Sequential(*stages)
        self.middle = _middle(widths[-1])
        self.head = _head(widths[-1], 2 * config.channels)

    def forward(self, x: Tensor, trail: Trail) -> Tensor:
        x = _along(self.downsamples, self.conv1(x, trail), trail)
        return _along(self.head, _along(self.middle, x, trail), trail)


class Decoder(nn.Module):
    """Latents (B, C, F, h, w) to frames (B, 3, T, H, W) in about [-1, 1]."""

    def __init__(self, config: WanVaeConfig) -> None:
        super().__init__()
        widths = [config.dim * mult for mult in (config.mult[-1], *reversed(config.mult))]
        lengthen = config.shorten[::-1]
        stages: list[nn.Module] = []
        for index, (inner, outer) in enumerate(pairwise(widths)):
            stages += _residuals(inner // 2 if index else inner, outer, config.blocks + 1)
            if index < len(lengthen):
                stages.append(Up(outer, lengthen=lengthen[index]))
        self.conv1 = CausalConv(config.channels, widths[0])
        self.middle = _middle(widths[0])
        self.upsamples = nn.Sequential(*stages)
        self.head = _head(widths[-1], RGB)

    def forward(self, x: Tensor, trail: Trail) -> Tensor:
        x = _along(self.middle, self.conv1(x, trail), trail)
        return _along(self.head, _along(self.upsamples, x, trail), trail)


def _residuals(inner: int, outer: int, count: int) -> list[nn.Module]:
    return [Residual(inner if index == 0 else outer, outer) for index in range(count)]


def _middle(width: int) -> nn.Sequential:
    return nn.Sequential(Residual(width, width), Attention(width), Residual(width, width))


def _head(width: int, outer: int) -> nn.Sequential:
    return nn.Sequential(Norm(width, 3), nn.SiLU(), CausalConv(width, outer))


CAUSAL = (CausalConv, Residual, Attention, Down, Up)


def _along(layers: nn.Sequential, x: Tensor, trail: Trail) -> Tensor:
    for layer in layers:
        x = layer(x, trail) if isinstance(layer, CAUSAL) else layer(x)
    return x


def _frames(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(0, 1)  # (B, C, T, h, w) -> (B * T, C, h, w)


def _videos(frames: Tensor, batch: int) -> Tensor:
    return frames.unflatten(0, (batch, -1)).transpose(1, 2)


class WanVae(nn.Module):
    """Frames (B, T, 3, H, W) in [0, 1] to normalised latents (B, F, C, H/8, W/8) and back.

    F latents are 1 + 4 (F - 1) frames. A stream's first call takes 1 + 4k frames, later calls 4k;
    its states are values that no call writes into, so that keeping one is a snapshot. The latents
    of a call go through the network `at_once` by so many: more is faster and takes more memory, and
    the result is the same.
    """

    def __init__(self, config: WanVaeConfig | None = None, *, at_once: int = 1) -> None:
        super().__init__()
        self.config = config = config or WanVaeConfig()
        self.channels, self.space, self.time = config.channels, config.space, config.time
        self.at_once = at_once
        self.encoder = Encoder(config)
        self.conv1 = nn.Conv3d(2 * config.channels, 2 * config.channels, 1)
        self.conv2 = nn.Conv3d(config.channels, config.channels, 1)
        self.decoder = Decoder(config)
        # on the CPU even where a network is made on `meta`: they are in no file
        self.register_buffer("mean", _per_channel(config.mean or (0.0,)), persistent=False)
        self.register_buffer("std", _per_channel(config.std or (1.0,)), persistent=False)
        self.mean: Tensor
        self.std: Tensor

    def encode_begin(self) -> VaeState:
        """The state before the first frame."""
        return VaeState()

    def encode(self, pixels: Tensor, state: VaeState) -> tuple[Tensor, VaeState]:
        """The latents of the next frames, and the state after them; the mean of each distribution.

        ValueError for frames that are not 1 + 4k at first and 4k later, or that do not divide.
        """
        check_pixels(pixels, begun=state.begun, time=self.time, space=self.space)
        frames = pixels.transpose(1, 2) * 2 - 1  # (B, 3, T, H, W)
        found: list[Tensor] = []
        for part in frames.split(self._pieces(frames.shape[2], state.begun), 2):
            trail = Trail(state)
            found.append(self.conv1(self.encoder(part, trail)))
            state = trail.state()
        mean = torch.cat(found, 2)[:, : self.channels]
        return ((mean - self.mean.to(mean)) / self.std.to(mean)).transpose(1, 2), state

    def _pieces(self, frames: int, begun: bool) -> list[int]:
        step = self.time * self.at_once
        first = [] if begun else [1]
        rest = frames - len(first)
        return [*first, *[step] * (rest // step), *([rest % step] if rest % step else [])]

    def decode_begin(self) -> VaeState:
        """The state before the first latent."""
        return VaeState()

    def decode(self, latents: Tensor, state: VaeState) -> tuple[Tensor, VaeState]:
        """The frames of the next latents, in [0, 1], and the state after them.

        The first latent of a stream is one frame, each later one is four.
        """
        check_latents(latents, self.channels)
        plain = latents.transpose(1, 2) * self.std.to(latents) + self.mean.to(latents)
        x = self.conv2(plain)  # (B, C, F, h, w)
        found: list[Tensor] = []
        for part in x.split(self.at_once, 2):
            trail = Trail(state)
            found.append(self.decoder(part, trail))
            state = trail.state()
        return ((torch.cat(found, 2).transpose(1, 2) + 1) / 2).clamp(0, 1), state

    def encode_all(self, pixels: Tensor) -> Tensor:
        """The latents of a whole clip of 1 + 4k frames."""
        return self.encode(pixels, self.encode_begin())[0]

    def decode_all(self, latents: Tensor) -> Tensor:
        """The frames of all latents of a clip."""
        return self.decode(latents, self.decode_begin())[0]


def _per_channel(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, device="cpu").view(-1, 1, 1, 1)
