"""What steers a rollout, sampled for one block at a time: text, a first picture, a source video,
control signals.

Each condition knows the latent frames it speaks of, so a block of any length asks it for its own. A
network that was not trained for a control signal answers as if there were none: its embedding
starts at zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from engine.errors import ParamError
from nodes.rollout.noise_source import Gaussian

if TYPE_CHECKING:
    from nodes.models.causal_wan import CausalWan, TextKeys
    from nodes.rollout.flow import Step
    from nodes.rollout.noise_source import NoiseSource


PLAIN = Gaussian()


class Span(NamedTuple):
    """The latent frames of one block: the first, and how many."""

    frame: int
    frames: int


@dataclass(frozen=True, eq=False)
class BlockInputs:
    """What one block is made of.

    text: the prompt's keys, already mixed. steps: (timestep, sigma), noisiest first. frames: latent
    frames to make; 0 takes the source's length, or the session's. source (1, F, C, h, w): latents
    that `strength` (a sigma) of noise is mixed into; None begins in noise alone. control
    (1, F, channels, h, w).
    """

    text: TextKeys
    steps: tuple[Step, ...]
    noise: NoiseSource = PLAIN
    frames: int = 0
    source: Tensor | None = None
    strength: float = 1.0
    control: Tensor | None = None

    def going_on(self, network: CausalWan, steps: tuple[Step, ...]) -> BlockInputs:
        """The same for a block that begins where the last frame that its control tells is carried,
        under the noise of the first of these steps."""
        assert self.control is not None
        source = network.carried(self.control, self.text)
        return replace(self, steps=steps, source=source, strength=steps[0].sigma)


@dataclass(frozen=True, eq=False)
class FirstFrame:
    """Given pictures that the stream goes on from, latents (1, F, C, h, w): one for image to video,
    more to extend a video.
    """

    latents: Tensor

    def __post_init__(self) -> None:
        expect_latents("the first frame", self.latents)


@dataclass(frozen=True, eq=False)
class SourceVideo:
    """A video to be drawn over, latents (1, T, C, h, w) from frame `frame` on.

    strength: the share of noise mixed in, 0 (the source) to 1 (nothing of it). Beyond its end the
    last picture stands.
    """

    latents: Tensor
    strength: float = 0.8
    frame: int = 0

    def __post_init__(self) -> None:
        expect_latents("the source", self.latents)
        if not 0 < self.strength <= 1:
            raise ParamError(
                f"strength is {self.strength:g}; it goes from above 0 (the source) to 1 (noise)"
            )

    def at(self, span: Span) -> Tensor:
        """The latents (1, F, C, h, w) of a block."""
        return self.latents.index_select(1, _held(span, self.frame, self.latents))


@dataclass(frozen=True, eq=False)
class Control:
    """A signal beside the latents, (1, T, channels, h, w) from frame `frame` on; nothing outside.

    gain: how much of it the network is given; at 0 `Conditions` leave it out.
    """

    signal: Tensor
    gain: float = 1.0
    frame: int = 0

    def __post_init__(self) -> None:
        expect_latents("the control signal", self.signal)

    def at(self, span: Span) -> Tensor:
        """The signal (1, F, channels, h, w) of a block, zero where there is none."""
        there = self.signal.index_select(1, _held(span, self.frame, self.signal))
        first, last = self.frame, self.frame + self.signal.shape[1]
        mask = [float(first <= f < last) for f in range(span.frame, span.frame + span.frames)]
        return there * (self.gain * there.new_tensor(mask)).view(1, -1, 1, 1, 1)


@dataclass(frozen=True, eq=False)
class Conditions:
    """All that steers a stream, until it changes."""

    text: TextKeys
    source: SourceVideo | None = None
    control: Control | None = None

    def at(self, span: Span, steps: tuple[Step, ...], noise: NoiseSource = PLAIN) -> BlockInputs:
        """What the block of a span is made of."""
        return BlockInputs(
            text=self.text,
            steps=steps,
            noise=noise,
            frames=span.frames,
            source=self.source.at(span) if self.source else None,
            strength=self.source.strength if self.source else 1.0,
            control=self.control.at(span) if self.control and self.control.gain else None,
        )


def expect_latents(name: str, latents: Tensor) -> None:
    """Raises ParamError where latents are not one video of at least one frame."""
    if latents.ndim != 5 or latents.shape[0] != 1 or latents.shape[1] < 1:
        raise ParamError(f"{name} is latents (1, frames, C, h, w), not {tuple(latents.shape)}")


def _held(span: Span, first: int, latents: Tensor) -> Tensor:
    """Indices of a span's frames, the ends held."""
    start = span.frame - first
    at = torch.arange(start, start + span.frames, device=latents.device)
    return at.clamp(0, latents.shape[1] - 1)
