"""A video autoencoder fed with pictures as they come: any number at once, of one size until a cut.

The autoencoder takes one picture first and groups of `time` after it. What does not fill a group
waits in the state, so the latents are those of the whole video encoded at once, however it came.
States are values: the generator keeps them with its own, and a snapshot copies nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from engine.errors import ParamError
from nodes.models.framing import RGB

if TYPE_CHECKING:
    from nodes.models.video_model import VideoVAE

Fitting = Literal["refuse", "crop"]


@dataclass(frozen=True, eq=False)
class Encoding:
    """Where an encoder stands: its own state, and pictures (B, n, 3, H, W) that wait for more."""

    within: Any
    begun: bool = False
    waiting: Tensor | None = None

    @property
    def count(self) -> int:
        """How many pictures wait."""
        return 0 if self.waiting is None else self.waiting.shape[1]


@dataclass(frozen=True, eq=False)
class Decoding:
    """Where a decoder stands, and the (B, C, h, w) of the latents that it goes on with."""

    within: Any
    size: tuple[int, ...] | None = None


class VAEStream:
    """Encodes pictures and decodes latents of one autoencoder in pieces, each side by itself.

    With `fitting` "crop", pictures whose sides do not divide lose their edges, alike on all sides;
    with "refuse" they raise. At most `at_once` latents go through the autoencoder in one call, so
    memory does not grow with what comes in. Pictures and latents may be of any float type and on
    any device; they come back as float32, on the device of the autoencoder.
    """

    def __init__(
        self,
        vae: VideoVAE,
        *,
        device: torch.device | None = None,
        dtype: torch.dtype = torch.float32,
        fitting: Fitting = "refuse",
        at_once: int = 4,
    ) -> None:
        if at_once < 1:
            raise ParamError(f"at_once is {at_once}; at least 1 latent goes through at once")
        self.vae = vae
        self.fitting: Fitting = fitting
        self._at_once = at_once
        self._device, self._dtype = device or torch.device("cpu"), dtype

    def encode_begin(self) -> Encoding:
        """The state before the first picture, and after a cut."""
        return Encoding(self.vae.encode_begin())

    def encode(self, pixels: Tensor, state: Encoding) -> tuple[Tensor, Encoding]:
        """Latents (B, F, C, h, w) of all groups that are full, F from 0, and the state after them.

        pixels (B, T, 3, H, W) in [0, 1], T from 0. ParamError for another size than before, or one
        that the autoencoder cannot hold.
        """
        frames = self._joined(self._fitted(pixels), state)
        count = frames.shape[1]
        usable = count - (count - (not state.begun)) % self.vae.time if count else 0
        latents, within = self._encoded(frames[:, :usable], state)
        rest = frames[:, usable:].clone()  # a view would hold all that came with it
        return latents, Encoding(within, state.begun or usable > 0, rest)

    def encode_end(self, state: Encoding) -> tuple[Tensor, Encoding]:
        """The latents of what waits, its last picture repeated until the group is full."""
        if state.waiting is None:
            raise ParamError("no picture has come; there is nothing to end")
        if not state.count:
            return self.encode(state.waiting, state)
        missing = -state.count % self.vae.time
        return self.encode(state.waiting[:, -1:].expand(-1, missing, -1, -1, -1), state)

    def fit(self, height: int, width: int) -> tuple[int, int]:
        """The size (height, width) that pictures of a size are worked at; ParamError where they are
        refused.
        """
        space = self.vae.space
        whole = height // space * space, width // space * space
        if not all(whole):
            raise ParamError(f"{width}x{height} is too small; sides are at least {space} pixels")
        if self.fitting == "refuse" and whole != (height, width):
            raise ParamError(
                f"{width}x{height} does not divide by {space}; {whole[1]}x{whole[0]} would do"
            )
        return whole

    def note(self, height: int, width: int) -> str | None:
        """A sentence on what fitting takes from pictures of a size, or None."""
        fitted = self.fit(height, width)
        if fitted == (height, width):
            return None
        return f"{width}x{height} is cropped to {fitted[1]}x{fitted[0]}, which divides evenly"

    def decode_begin(self) -> Decoding:
        """The state before the first latent, and after a cut."""
        return Decoding(self.vae.decode_begin())

    def decode(self, latents: Tensor, state: Decoding) -> tuple[Tensor, Decoding]:
        """Pictures (B, T, 3, H, W) in [0, 1] of latents (B, F, C, h, w), F from 0, and the state.

        The first latent of a stream is one picture, each later one `time`. ParamError for another
        number of channels, or another size than before.
        """
        self._check(latents, state)
        found = [self._no_pixels(latents)]
        within = state.within
        for part in (
            latents.to(self._device, self._dtype).split(self._at_once, 1) if latents.numel() else ()
        ):
            pixels, within = self.vae.decode(part, within)
            found.append(pixels.float())
        return torch.cat(found, 1), Decoding(within, (latents.shape[0], *latents.shape[2:]))

    def _fitted(self, pixels: Tensor) -> Tensor:
        if pixels.ndim != 5 or pixels.shape[2] != RGB:
            raise ParamError(f"pictures are (B, T, 3, H, W), not {tuple(pixels.shape)}")
        height, width = pixels.shape[3:]
        fitted = self.fit(height, width)
        top, left = (height - fitted[0]) // 2, (width - fitted[1]) // 2
        cropped = pixels[..., top : top + fitted[0], left : left + fitted[1]]
        return cropped.to(self._device, self._dtype)

    def _joined(self, frames: Tensor, state: Encoding) -> Tensor:
        if state.waiting is None:
            return frames
        was, now = state.waiting.shape, frames.shape
        if (was[0], *was[3:]) != (now[0], *now[3:]):
            raise ParamError(
                f"the stream is {was[0]} of {was[4]}x{was[3]} and {now[0]} of {now[4]}x{now[3]} "
                "came; begin anew, as after a cut"
            )
        return torch.cat([state.waiting, frames], 1)

    def _encoded(self, frames: Tensor, state: Encoding) -> tuple[Tensor, Any]:
        shape = [side // self.vae.space for side in frames.shape[3:]]
        found = [frames.new_zeros(frames.shape[0], 0, self.vae.channels, *shape).float()]
        within = state.within
        for part in frames.split(self._pieces(frames.shape[1], state.begun), 1):
            latents, within = self.vae.encode(part, within)
            found.append(latents.float())
        return torch.cat(found, 1), within

    def _pieces(self, count: int, begun: bool) -> list[int]:
        step = self.vae.time * self._at_once
        first = min(count, 1 + step - self.vae.time) if not begun else min(count, step)
        rest = count - first
        return [size for size in (first, *[step] * (rest // step), rest % step) if size]

    def _check(self, latents: Tensor, state: Decoding) -> None:
        if latents.ndim != 5 or latents.shape[2] != self.vae.channels:
            raise ParamError(
                f"latents are (B, F, {self.vae.channels}, h, w), not {tuple(latents.shape)}"
            )
        now = (latents.shape[0], *latents.shape[2:])
        if state.size is not None and state.size != now:
            raise ParamError(
                f"the stream's latents are {state.size} and {now} came; begin anew, as after a cut"
            )

    def _no_pixels(self, latents: Tensor) -> Tensor:
        height, width = (side * self.vae.space for side in latents.shape[3:])
        shape = (latents.shape[0], 0, RGB, height, width)
        return torch.zeros(shape, device=self._device)
