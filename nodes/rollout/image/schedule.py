"""Noise schedules: which timesteps a few-step model visits and how pictures mix with noise there.

A scheduler config of a model folder becomes a `NoiseSchedule`; `steps` and `strength`, or explicit
indices, pick timesteps of it; a `Ladder` holds the numbers of those timesteps. All of it is
float64: in half precision the division by `a` at t = 999 amplifies every rounding fifteen times.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

SIGMA_DATA = 0.5  # LCM (Luo et al. 2023), boundary condition of the consistency function
LEAST_ALPHA = 2.0**-24  # a zero-terminal-SNR schedule still has to be divided by sqrt(alpha-bar)

Spacing = Literal["lcm", "trailing"]
Prediction = Literal["epsilon", "v_prediction"]


@dataclass(frozen=True, eq=False)
class Ladder:
    """n timesteps, noisiest first, with x_t = a*x0 + b*noise and x0 = c_out*(x_t - b*eps)/a +
    c_skip*x_t.

    Every tensor is (n,) float64 on the CPU.
    """

    timesteps: tuple[int, ...]
    a: Tensor
    b: Tensor
    c_skip: Tensor
    c_out: Tensor

    def __len__(self) -> int:
        return len(self.timesteps)


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """What a scheduler config says: noise levels, the table of timesteps, how steps spread."""

    alpha_bar: Tensor  # (T,) float64, the share of signal power at each training step
    table: tuple[int, ...]  # inference timesteps, noisiest first
    spacing: Spacing = "lcm"
    prediction: Prediction = "epsilon"
    timestep_scaling: float = 10.0

    def spread(self, steps: int, strength: float) -> tuple[int, ...]:
        """Timesteps of `steps` steps that begin `strength` (0 to 1) of the way into noise, noisiest
        first.

        "lcm" walks the table that consistency models are distilled on, as diffusers' LCMScheduler
        does; "trailing" divides the range evenly, which for strength 1 gives the Turbo models' 999,
        749, 499, 249.
        """
        if steps < 1:
            raise ValueError(f"steps is {steps}; a picture takes at least 1")
        if not 0 <= strength <= 1:
            raise ValueError(
                f"strength is {strength:g}; it goes from 0 (keep the input) to 1 (only noise)"
            )
        if self.spacing == "trailing":
            return _divided(max(steps, round(len(self.alpha_bar) * strength)), steps)
        left = self.table[len(self.table) - max(1, round(len(self.table) * strength)) :]
        if steps > len(left):
            return _divided(left[0] + 1, steps)
        return tuple(left[i * len(left) // steps] for i in range(steps))

    def at(self, indices: Sequence[int]) -> tuple[int, ...]:
        """Timesteps at explicit indices of the table (0 is the noisiest), such as [32, 45]."""
        last = len(self.table) - 1
        ascending = all(low < high for low, high in itertools.pairwise(indices))
        if not indices or not ascending or not 0 <= indices[0] <= indices[-1] <= last:
            raise ValueError(
                f"step indices are {list(indices)}; give rising whole numbers from 0 to {last}"
            )
        return tuple(self.table[index] for index in indices)

    def ladder(self, timesteps: Sequence[int]) -> Ladder:
        """The mixing and boundary numbers of some timesteps (StreamDiffusion's tables, LCM eq.
        9).
        """
        alpha_bar = self.alpha_bar[list(timesteps)]
        scaled = torch.tensor(timesteps, dtype=torch.float64) * self.timestep_scaling
        spread = scaled**2 + SIGMA_DATA**2
        return Ladder(
            timesteps=tuple(timesteps),
            a=alpha_bar.sqrt(),
            b=(1 - alpha_bar).sqrt(),
            c_skip=SIGMA_DATA**2 / spread,
            c_out=scaled / spread.sqrt(),
        )


def schedule_from_config(config: Mapping[str, object]) -> NoiseSchedule:
    """The schedule of a diffusers `scheduler_config.json`; ValueError names the field it cannot
    follow.
    """
    count = _whole(config, "num_train_timesteps", 1000)
    inference = _whole(config, "original_inference_steps", 50)
    trailing = (
        config.get("timestep_spacing") == "trailing" and config.get("_class_name") != "LCMScheduler"
    )
    prediction = config.get("prediction_type", "epsilon")
    if prediction not in ("epsilon", "v_prediction"):
        raise ValueError(
            f"the scheduler's prediction_type is {prediction!r}; epsilon or v_prediction work here"
        )
    stride = count // min(inference, count)
    return NoiseSchedule(
        alpha_bar=_alpha_bar(config, count).clamp(min=LEAST_ALPHA),
        table=tuple(stride * i - 1 for i in range(inference, 0, -1)),
        spacing="trailing" if trailing else "lcm",
        prediction=prediction,
        timestep_scaling=float(_number(config, "timestep_scaling", 10.0)),
    )


def _divided(noisiest: int, steps: int) -> tuple[int, ...]:
    if steps > noisiest:
        raise ValueError(
            f"{steps} steps do not fit into the {noisiest} timesteps that the strength leaves"
        )
    return tuple(round(noisiest * (steps - i) / steps) - 1 for i in range(steps))


def _alpha_bar(config: Mapping[str, object], count: int) -> Tensor:
    alpha_bar = torch.cumprod(1 - _betas(config, count), dim=0)
    return _zero_terminal(alpha_bar) if config.get("rescale_betas_zero_snr") else alpha_bar


def _betas(config: Mapping[str, object], count: int) -> Tensor:
    trained = config.get("trained_betas")
    if isinstance(trained, Sequence):
        return torch.tensor(trained, dtype=torch.float64)
    low, high = _number(config, "beta_start", 0.00085), _number(config, "beta_end", 0.012)
    kind = config.get("beta_schedule", "scaled_linear")
    if kind == "scaled_linear":
        return torch.linspace(math.sqrt(low), math.sqrt(high), count, dtype=torch.float64) ** 2
    if kind == "linear":
        return torch.linspace(low, high, count, dtype=torch.float64)
    if kind == "squaredcos_cap_v2":
        return _cosine_betas(count)
    known = "scaled_linear, linear and squaredcos_cap_v2"
    raise ValueError(f"the scheduler's beta_schedule is {kind!r}; {known} work here")


def _cosine_betas(count: int) -> Tensor:
    """Improved DDPM (Nichol and Dhariwal 2021), eq. 17."""
    at = torch.arange(count + 1, dtype=torch.float64) / count
    bar = torch.cos((at + 0.008) / 1.008 * math.pi / 2) ** 2
    return (1 - bar[1:] / bar[:-1]).clamp(max=0.999)


def _zero_terminal(alpha_bar: Tensor) -> Tensor:
    """Common diffusion noise schedules are flawed (Lin et al. 2023), algorithm 1."""
    root = alpha_bar.sqrt()
    return ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2


def _number(config: Mapping[str, object], key: str, default: float) -> float:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"the scheduler's {key} is {value!r}; it takes a number")
    return value


def _whole(config: Mapping[str, object], key: str, default: int) -> int:
    value = _number(config, key, default)
    if value < 1 or value != int(value):
        raise ValueError(
            f"the scheduler's {key} is {value!r}; it takes a whole number of at least 1"
        )
    return int(value)
