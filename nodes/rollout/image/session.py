"""From what a person sets to what the stream batch needs: a look, made into levels, noise and
prompts.

Everything that costs is kept until the part of the look that it depends on changes, so that a fader
which moves one thing makes one thing anew.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from kernels.interpolate import mix
from kernels.noise import gaussian
from nodes.models.lora import LoraModel
from nodes.rollout.image.guidance import Denoise, Guidance
from nodes.rollout.image.stream_batch import Settings, rungs
from nodes.rollout.prompt_blend import Blend, PromptBlend, blend_noise, shares

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from nodes.models.stable_diffusion import ImageModel

T = TypeVar("T")

KEPT = {"noise": 128, "settings": 8, "denoiser": 8}  # of what is made of looks
STEP_BLOCK = 0  # block of the noise that is put back at each step
WANDERING_BLOCK = 2  # block of the picture at place 0 of the walk of a stream without input
TAPS = 4  # how many of them a moment is made of

Size = tuple[int, int]  # height, width in pixels
Prompts = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Look:
    """How the stream is to look. Everything may change between two calls.

    `indices` of the schedule's table, where there are any, take the place of steps and strength.
    """

    prompt: Prompts = (("", 1.0),)
    blend: Blend = "linear"
    negative: str = ""
    steps: int = 2
    strength: float = 0.5
    indices: tuple[int, ...] = ()
    guidance: Guidance = field(default_factory=Guidance)
    seed: int = 0
    seed_b: int = 0
    seed_blend: float = 0.0
    add_noise: bool = True
    loras: tuple[tuple[Path, float], ...] = ()

    @property
    def seeds(self) -> tuple[tuple[int, float], ...]:
        """The seeds with their shares, those of none left out."""
        both = ((self.seed, 1 - self.seed_blend), (self.seed_b, self.seed_blend))
        return tuple((seed, share) for seed, share in both if share > 0)

    def from_noise(self) -> Look:
        """The look of a stream without input: all the way into noise, and no input to push from."""
        mode = self.guidance.mode if self.guidance.mode == "full" else "none"
        return replace(self, strength=1.0, guidance=replace(self.guidance, mode=mode))


class ImageSession:
    """An image model with what has been made of looks for it. It knows nothing of any frame."""

    def __init__(self, model: ImageModel, *, seed: int, stream: int) -> None:
        self._base = model
        self._seed, self._stream = seed, stream
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lora: LoraModel | None = None
        self._paths: tuple[Path, ...] = ()
        self._positive = PromptBlend(lambda text: self.model.text.encode(text))
        self._negative = PromptBlend(lambda text: self.model.text.encode_negative(text))

    @property
    def model(self) -> ImageModel:
        return self._lora.model if self._lora else self._base

    def adapt(self, loras: Sequence[tuple[Path, float]]) -> None:
        """Puts LoRAs on the model, or moves their weights. WeightsError leaves what there was."""
        paths = tuple(path for path, _ in loras)
        if paths != self._paths:
            self._lora = LoraModel(self._base, paths) if paths else None
            self._paths = paths
            self._forget_texts()
        if self._lora and self._lora.set([weight for _, weight in loras]):
            self._forget_texts()

    def check(self, look: Look) -> None:
        """ValueError in a sentence where the schedule or the blends cannot follow a look."""
        self._timesteps(look)
        shares([weight for _, weight in look.prompt])

    def settings(self, look: Look, size: Size, *, frames: int = 1) -> Settings:
        """Levels, noise and guidance of a look; the same object while these stay."""
        key = ("settings", self._timesteps(look), look.guidance, look.add_noise, size, frames)
        return self._keep((*key, look.seeds), lambda: self._settings(look, size, frames))

    def denoiser(self, look: Look, size: Size) -> Denoise:
        """The network with a look's prompts; the same object while these stay."""
        positive = self._positive.of(look.prompt, look.blend)
        negative = self._negative.of(((look.negative, 1.0),))
        key = ("denoiser", id(self.model), id(positive), id(negative), size)
        made = self._keep(
            key, lambda: (self.model.denoiser(positive, negative, *size), positive, negative)
        )
        return made[0]

    def wandering(self, look: Look, size: Size, phase: float) -> Settings:
        """The settings of a look with its noise at a place of an endless smooth walk.

        A step of 1 along the walk is another noise for every step.
        """
        settings = self.settings(look, size)
        drawn = [
            torch.cat([self._walk(seed, size, step, phase) for step in range(settings.rungs.steps)])
            for seed, _ in look.seeds
        ]
        noise = blend_noise(drawn, [share for _, share in look.seeds])
        return replace(settings, rungs=settings.rungs.renoised(noise))

    def _walk(self, seed: int, size: Size, step: int, phase: float) -> Tensor:
        """Noise (1, C, h, w) between four noise pictures, weighted by raised cosines.

        Divided by the root of the sum of their squares the weights keep the deviation at one, and
        the walk has no corners.
        """
        first = math.floor(phase) - 1
        shares = [math.cos(math.pi / 4 * (phase - first - k)) ** 2 for k in range(TAPS)]
        norm = math.sqrt(sum(share**2 for share in shares))
        blocks = range(WANDERING_BLOCK + first, WANDERING_BLOCK + first + TAPS)
        taps = [self._noise(seed, size, block=block, step=step) for block in blocks]
        return mix(taps, [share / norm for share in shares], normalise=False)

    def _timesteps(self, look: Look) -> tuple[int, ...]:
        schedule = self._base.schedule
        if look.indices:
            return schedule.at(look.indices)
        return schedule.spread(look.steps, look.strength)

    def _settings(self, look: Look, size: Size, frames: int) -> Settings:
        timesteps = self._timesteps(look)
        noise = self._step_noise(look, size, len(timesteps))
        ladder = self._base.schedule.ladder(timesteps)
        at = rungs(ladder, noise, frames=frames, add_noise=look.add_noise)
        return Settings(at, look.guidance)

    def _step_noise(self, look: Look, size: Size, steps: int) -> Tensor:
        """(n, C, h, w): a picture of noise per step, the same whatever the number of steps."""
        drawn = [
            torch.cat([self._noise(seed, size, block=STEP_BLOCK, step=i) for i in range(steps)])
            for seed, _ in look.seeds
        ]
        return blend_noise(drawn, [share for _, share in look.seeds])

    def _noise(self, seed: int, size: Size, *, block: int, step: int = 0) -> Tensor:
        rows, columns = self._base.latent_size(*size)
        shape = (1, self._base.latent_channels, rows, columns)
        return self._keep(
            ("noise", seed, shape, block, step),
            lambda: gaussian(
                shape,
                seed=self._seed + seed,
                stream=self._stream,
                block=block % 2**32,
                step=step,
                device=self._base.device,
            ),
        )

    def _keep(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What was made for a key, or is made now; of each kind the oldest are forgotten."""
        if key not in self._kept:
            self._kept[key] = make()
            same = [other for other in self._kept if other[0] == key[0]]
            for old in same[: max(0, len(same) - KEPT[key[0]])]:
                del self._kept[old]
        self._kept.move_to_end(key)
        return self._kept[key]

    def _forget_texts(self) -> None:
        self._positive.forget()
        self._negative.forget()
