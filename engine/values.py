"""The values that travel on links: tensors with a meaning, in one layout each.

Tensor values are frozen, compared by identity and never written into; `tensors()` lists what they
hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from engine.errors import ParamError

if TYPE_CHECKING:
    from fractions import Fraction


def _expect(name: str, tensor: Tensor, shape: str) -> None:
    wanted = [part.strip() for part in shape.split(",")]
    fits = tensor.ndim == len(wanted) and all(
        not part.isdigit() or int(part) == size
        for part, size in zip(wanted, tensor.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} takes a tensor of shape ({shape}), not {tuple(tensor.shape)}")


class TensorValue:
    """What the values made of tensors share."""

    __slots__ = ()
    tensor: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        """Every tensor the value holds."""
        return (self.tensor,)

    def __repr__(self) -> str:
        shape = "x".join(str(size) for size in self.tensor.shape)
        return f"<{type(self).__name__} {shape} {self.tensor.dtype} {self.tensor.device}>"


@dataclass(frozen=True, eq=False, repr=False)
class Frame(TensorValue):
    """One picture: tensor (1, 3, H, W) sRGB in [0, 1], not premultiplied; alpha (1, 1, H, W) or
    None = opaque.
    """

    tensor: Tensor
    alpha: Tensor | None = None

    def __post_init__(self) -> None:
        _expect("Frame", self.tensor, "1, 3, H, W")
        if self.alpha is not None:
            _expect("Frame alpha", self.alpha, "1, 1, H, W")

    @property
    def height(self) -> int:
        return self.tensor.shape[2]

    @property
    def width(self) -> int:
        return self.tensor.shape[3]

    def tensors(self) -> tuple[Tensor, ...]:
        return (self.tensor,) if self.alpha is None else (self.tensor, self.alpha)

    @staticmethod
    def solid(height: int, width: int, rgb: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Frame:
        """A picture of one colour, rgb in [0, 1], on the CPU in float32."""
        color = torch.tensor(rgb, dtype=torch.float32).view(1, 3, 1, 1)
        return Frame(color.expand(1, 3, height, width).contiguous())


@dataclass(frozen=True, eq=False, repr=False)
class Clip(TensorValue):
    """Consecutive pictures made at once: tensor (T, 3, H, W) in [0, 1], `rate` of them a second."""

    tensor: Tensor
    rate: Fraction

    def __post_init__(self) -> None:
        _expect("Clip", self.tensor, "T, 3, H, W")


@dataclass(frozen=True, eq=False, repr=False)
class Latent(TensorValue):
    """Pictures in a model's latent space: tensor (T, C, H/8, W/8); `space` names which."""

    tensor: Tensor
    space: str


@dataclass(frozen=True, eq=False, repr=False)
class Mask(TensorValue):
    """How much of each pixel is meant: tensor (1, 1, H, W) in [0, 1]."""

    tensor: Tensor

    def __post_init__(self) -> None:
        _expect("Mask", self.tensor, "1, 1, H, W")


@dataclass(frozen=True, eq=False, repr=False)
class Depth(TensorValue):
    """Distance from the camera: tensor (1, 1, H, W), metres or relative, larger is farther."""

    tensor: Tensor

    def __post_init__(self) -> None:
        _expect("Depth", self.tensor, "1, 1, H, W")


@dataclass(frozen=True, eq=False, repr=False)
class Flow(TensorValue):
    """Forward motion in pixels per frame: tensor (1, 2, H, W) as (x, y); valid (1, 1, H, W) in {0,
    1} or None.
    """

    tensor: Tensor
    valid: Tensor | None = None

    def __post_init__(self) -> None:
        _expect("Flow", self.tensor, "1, 2, H, W")

    def tensors(self) -> tuple[Tensor, ...]:
        return (self.tensor,) if self.valid is None else (self.tensor, self.valid)


@dataclass(frozen=True, eq=False, repr=False)
class Tracks(TensorValue):
    """Points followed through time: tensor (N, T, 2) in pixels, visible (N, T), ids (N,)."""

    tensor: Tensor
    visible: Tensor
    ids: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        return (self.tensor, self.visible, self.ids)


@dataclass(frozen=True, eq=False, repr=False)
class CameraPath(TensorValue):
    """A camera over time: tensor (T, 4, 4) camera-to-world, intrinsics (T, 3, 3) in pixels."""

    tensor: Tensor
    intrinsics: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        return (self.tensor, self.intrinsics)


@dataclass(frozen=True, eq=False, repr=False)
class Audio(TensorValue):
    """Sound: tensor (channels, samples) in [-1, 1] at `rate` samples a second."""

    tensor: Tensor
    rate: int

    def __post_init__(self) -> None:
        _expect("Audio", self.tensor, "channels, samples")


@dataclass(frozen=True)
class Prompt:
    """Text pieces with weights, e.g. (("a river of neon", 0.7), ("fire", 0.3)); `blend` says how
    they mix.
    """

    pieces: tuple[tuple[str, float], ...]
    blend: str = "linear"

    @staticmethod
    def of(text: str) -> Prompt:
        """A prompt of one piece."""
        return Prompt(((text, 1.0),))


class Trigger(int):
    """A counter that goes up by one each time something happens; a consumer compares it with the
    last it saw.
    """


class Color(str):
    """A colour as "#rrggbb"; `rgb` gives it as three numbers in [0, 1]."""

    __slots__ = ()
    _FORM = re.compile(r"#[0-9a-fA-F]{6}")

    def __new__(cls, text: str) -> Color:
        if not cls._FORM.fullmatch(text):
            raise ParamError(
                f"{text!r} is not a colour; write it as '#rrggbb', for example '#ff8800'"
            )
        return super().__new__(cls, text.lower())

    @property
    def rgb(self) -> tuple[float, float, float]:
        red, green, blue = (int(self[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return red, green, blue


@runtime_checkable
class Scorer(Protocol):
    """Judges pictures: higher is better."""

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        """(T, 3, H, W) in [0, 1] -> (T,) float32."""
        ...


@runtime_checkable
class TextEncoder(Protocol):
    """Turns a prompt into what a generator attends to."""

    def encode(self, prompt: Prompt) -> Tensor:
        """A prompt -> (1, tokens, dim)."""
        ...


@runtime_checkable
class Generator(Protocol):
    """Makes video block by block; see `nodes/rollout`."""

    def begin(self, session: object) -> None: ...
    def step(self, conditions: object) -> Latent: ...
    def recondition(self, change: object) -> None: ...
    def snapshot(self) -> object: ...
    def restore(self, snapshot: object) -> None: ...


@runtime_checkable
class Memory(Protocol):
    """Decides what a generator keeps of the past; see `nodes/rollout/memory/policy.py`."""

    def now(self) -> Memory:
        """The memory with its knobs as they stand; asked once at each block's start."""
        ...

    def commit(self, cache: Any, new: Any) -> Any:
        """A cache and the pages of a finished block -> what is remembered from then on."""
        ...


PORT_TYPES: frozenset[type] = frozenset(
    {Frame, Clip, Latent, Mask, Depth, Flow, Tracks, CameraPath, Audio, Prompt, Trigger, Color}
    | {float, int, bool, str, Scorer, TextEncoder, Generator, Memory}
)
