"""Flow matching in few steps: which timesteps a causal video model visits and what noise is there.

A model's card names raw steps, a shift and whether they are warped; `Schedule.steps` makes the
(timestep, sigma) pairs of them. A latent at sigma is (1 - sigma) * x0 + sigma * eps and the network
answers the flow v = eps - x0 (Lipman et al. 2023; Self-Forcing, `utils/scheduler.py`).
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

TRAINED = 1000  # timesteps of the training schedule
QUIRK = 100  # StreamDiffusionV2 tells the network a timestep this much below the noise it put in
Spread = Literal["trained", "first"]


class Step(NamedTuple):
    """One visit of the network: the timestep it is told, 0..1000, and the sigma it is answered
    with.
    """

    t: float
    sigma: float


@dataclass(frozen=True)
class Schedule:
    """The steps that a model was distilled on.

    raw: falling timesteps in (0, 1000]; a closing 0 is CausVid's sentinel and is left out.
    shift: how far the table leans to noise. warp: raw steps count the table's rows and are not
    timesteps themselves (Self-Forcing's `warp_denoising_step`).
    """

    raw: tuple[float, ...]
    shift: float = 5.0
    warp: bool = True

    def __post_init__(self) -> None:
        kept = self.raw[:-1] if len(self.raw) > 1 and self.raw[-1] == 0 else self.raw
        falling = all(high > low for high, low in itertools.pairwise(kept))
        if not kept or not falling or not 0 < kept[-1] <= kept[0] <= TRAINED:
            raise ValueError(
                f"the steps are {list(self.raw)}; give falling numbers from {TRAINED} to above 0"
            )
        if not 0 < self.shift < float("inf"):
            raise ValueError(f"the shift is {self.shift:g}; it is a number above 0")
        object.__setattr__(self, "raw", tuple(float(step) for step in kept))

    def steps(self, count: int | None = None, spread: Spread = "trained") -> tuple[Step, ...]:
        """(timestep, sigma) of `count` steps, noisiest first; None are those of the card.

        "trained" goes through the card's raw steps at an even pace, whatever the count; "first"
        keeps the first of them, as StreamDiffusionV2 does.
        """
        raw = self.raw if count is None else self._picked(count, spread)
        return tuple(self._at(value) for value in raw)

    def steps_from(
        self,
        strength: float,
        count: int | None = None,
        *,
        spread: Spread = "trained",
        quirk: bool = False,
    ) -> tuple[Step, ...]:
        """Steps for a source that `strength` (0 to 1, a sigma) of noise was mixed into.

        The first step is the strength's own. With `quirk` it is StreamDiffusionV2's: the network is
        told int(1000 * strength) - 100, and answers with that timestep's sigma although there is
        more noise in the latent. Later steps are the schedule's, drawn in where they would lie
        above the first.
        """
        if not 0 < strength <= 1:
            raise ValueError(
                f"strength is {strength:g}; it goes from above 0 (the source) to 1 (only noise)"
            )
        now = self.steps(count, spread)
        first = self._quirk(strength) if quirk else Step(TRAINED * strength, strength)
        scale = first.t / now[0].t if len(now) > 1 and now[1].t >= first.t else 1.0
        return (first, *(self._told(step.t * scale) for step in now[1:]))

    def steps_below(self, strength: float, count: int | None = None) -> tuple[Step, ...]:
        """The strength (0 to 1, a sigma), and those of `count` steps that lie below it."""
        return below(strength, self.steps(count))

    def sigma(self, t: float) -> float:
        """The sigma of the table's row that lies nearest to a timestep."""
        sigmas = _table(self.shift)
        return sigmas[(sigmas * TRAINED - t).abs().argmin()].item()

    def _quirk(self, strength: float) -> Step:
        return self._told(float(max(1, int(TRAINED * strength) - QUIRK)))

    def _told(self, t: float) -> Step:
        return Step(t, self.sigma(t))

    def _at(self, raw: float) -> Step:
        if not self.warp:
            return self._told(raw)
        u = raw / TRAINED
        sigma = self.shift * u / (1 + (self.shift - 1) * u)
        return Step(TRAINED * sigma, sigma)

    def _picked(self, count: int, spread: Spread) -> tuple[float, ...]:
        if count < 1:
            raise ValueError(f"steps is {count}; a picture takes at least 1")
        if spread == "trained":
            return _paced((*self.raw, 0.0), count)
        if count > len(self.raw):
            raise ValueError(f"steps is {count}; this schedule has {len(self.raw)}: {self.raw}")
        return self.raw[:count]


def below(strength: float, steps: Sequence[Step]) -> tuple[Step, ...]:
    """A strength as a step, and those of these steps that lie below it."""
    later = (step for step in steps if step.sigma < strength)
    return (Step(TRAINED * strength, strength), *later)


def add_noise(x0: Tensor, eps: Tensor, sigma: float | Tensor) -> Tensor:
    """(1 - sigma) * x0 + sigma * eps; a sigma for each frame is (B, F) beside (B, F, C, h, w)."""
    share = _per_frame(sigma, x0)
    return ((1 - share) * x0 + share * eps).to(x0.dtype)


def predict_x0(x: Tensor, v: Tensor, sigma: float | Tensor) -> Tensor:
    """x - sigma * v in float64, so that a half-precision latent is not rounded twice."""
    exact = torch.float32 if x.device.type == "mps" else torch.float64
    return (x.to(exact) - _per_frame(sigma, x) * v.to(exact)).to(x.dtype)


def euler(x: Tensor, v: Tensor, sigma: float | Tensor, sigma_next: float | Tensor) -> Tensor:
    """One step of the flow itself, from sigma to sigma_next, with no noise put back."""
    return (x + v * (_per_frame(sigma_next, x) - _per_frame(sigma, x))).to(x.dtype)


def _per_frame(sigma: float | Tensor, like: Tensor) -> float | Tensor:
    if not isinstance(sigma, Tensor):
        return sigma
    return sigma.view(*sigma.shape, *(1,) * (like.ndim - sigma.ndim))


def _paced(knots: tuple[float, ...], count: int) -> tuple[float, ...]:
    """`count` values at an even pace along a line through knots; the last knot is not reached."""
    spans = len(knots) - 1
    found = []
    for i in range(count):
        at, part = divmod(i * spans, count)
        found.append(knots[at] + (knots[at + 1] - knots[at]) * part / count)
    return tuple(found)


@functools.lru_cache(maxsize=32)
def _table(shift: float) -> Tensor:
    """Sigmas (1000,) of the training schedule, float64, noisiest first."""
    u = 1 - torch.arange(TRAINED, dtype=torch.float64) / TRAINED
    return shift * u / (1 + (shift - 1) * u)
