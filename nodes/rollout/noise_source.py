"""What a block begins in: Gaussian noise, noise kept away from where no picture lies, or noise that
remembers the block before.

Every source is a function of its place, (seed, stream, block, step), so a run is repeated by
repeating its places. Latents are (B, F, C, h, w); a frame's C*h*w numbers are one vector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import torch
from torch import Tensor

from kernels.noise import gaussian

LEAST_ACCEPTANCE = 1e-2  # below, the search for an accepted draw is not worth a live block's time
PATIENCE = 32  # draws looked through, in units of the expected number: one search in e^32 fails
OPEN = 1e-7  # probabilities stay this far inside (0, 1), where the normal's inverse is finite

Shape = tuple[int, ...]
Form = Literal["reject", "clip"]


class Place(NamedTuple):
    """Where a draw lies. Step 0 is what a block begins in, step i the noise put back before
    call i.
    """

    seed: int
    stream: int
    block: int
    step: int = 0


class NoiseSource(Protocol):
    """The plug that every sampler draws from."""

    def sample(
        self,
        shape: Shape,
        at: Place,
        *,
        previous: Tensor | None = None,
        device: torch.device | str | None = None,
    ) -> Tensor:
        """float32 noise (B, F, C, h, w); `previous` is what the block before began in, or None."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """Plain noise; `scale` other than 1 is SourceFM's norm alignment, mean |x1| / sqrt(d)."""

    scale: float = 1.0

    def sample(
        self,
        shape: Shape,
        at: Place,
        *,
        previous: Tensor | None = None,
        device: torch.device | str | None = None,
    ) -> Tensor:
        eps = _normal(shape, at, device)
        return eps if self.scale == 1 else eps * self.scale


@dataclass(frozen=True)
class Propagated:
    """eps = rho * eps_previous + sqrt(1 - rho^2) * eps_new, for the noise that blocks begin in.

    Stream-T1's noise propagation: each block looks like the last (rho > 0) or unlike it (rho < 0),
    and the variance stays 1. Noise put back between steps is new. A block of another size than the
    last begins anew.
    """

    rho: float = -0.1  # FrameX-AI/Stream-T1, stream_scaling.sh

    def __post_init__(self) -> None:
        if not -1 < self.rho < 1:
            raise ValueError(f"rho is {self.rho:g}; noise can be carried from above -1 to below 1")

    def sample(
        self,
        shape: Shape,
        at: Place,
        *,
        previous: Tensor | None = None,
        device: torch.device | str | None = None,
    ) -> Tensor:
        fresh = _normal(shape, at, device)
        if at.step or previous is None or previous.shape != fresh.shape or self.rho == 0:
            return fresh
        return self.rho * previous.to(fresh) + math.sqrt(1 - self.rho**2) * fresh


@dataclass(frozen=True, eq=False)
class Pruned:
    """Noise without the directions along which no picture lies (SourceFM, pruned sampling).

    axes: unit vectors (M, d), d = C*h*w, from `pruning_axes`. A draw z is accepted where
    cos(z, v) <= threshold for every v. "reject" takes the first accepted of a row of draws and
    leaves their lengths alone; "clip" moves each projection into the allowed part of its normal,
    which holds for any number of orthonormal axes.
    """

    axes: Tensor
    threshold: float = 0.06  # kwanseokk/SourceFM, default
    form: Form = "reject"

    def __post_init__(self) -> None:
        if self.axes.ndim != 2:
            raise ValueError(f"pruning axes are (M, d), not {tuple(self.axes.shape)}")
        count, size = self.axes.shape
        chance = acceptance(count, size, self.threshold)
        if self.form == "reject" and chance < LEAST_ACCEPTANCE:
            raise ValueError(
                f"{count} axes at threshold {self.threshold:g} accept a draw in {1 / chance:.3g}; "
                'raise the threshold or use the form "clip"'
            )

    def sample(
        self,
        shape: Shape,
        at: Place,
        *,
        previous: Tensor | None = None,
        device: torch.device | str | None = None,
    ) -> Tensor:
        rows, size = shape[0] * shape[1], math.prod(shape[2:])
        if len(self.axes) == 0:
            return _normal(shape, at, device)
        if size != self.axes.shape[1]:
            raise ValueError(
                f"the pruning axes have {self.axes.shape[1]} numbers, a frame of {shape[2:]} has "
                f"{size}; fit them to latents of this size"
            )
        axes = self.axes.to(device=device, dtype=torch.float32)
        drawn = self._rejected if self.form == "reject" else self._clipped
        return drawn(axes, (rows, size), at, device).view(shape)

    def _rejected(
        self, axes: Tensor, shape: Shape, at: Place, device: torch.device | str | None
    ) -> Tensor:
        """Each row's first accepted draw, or the closest to it; draw 0 is the plain one.

        Whether more draws are needed is read back from the device, once for each of them.
        """
        best, worst = None, None
        chance = acceptance(len(self.axes), shape[1], self.threshold)
        for draw in range(math.ceil(PATIENCE / chance)):
            z = _normal(shape, at, device, offset=draw * math.prod(shape))
            over = (z @ axes.T).amax(1) / z.norm(dim=1) - self.threshold
            if best is None or worst is None:
                best, worst = z, over
            else:
                better = (worst > 0) & (over < worst)
                best = torch.where(better[:, None], z, best)
                worst = torch.where(better, over, worst)
            if not bool((worst > 0).any()):
                break
        assert best is not None
        return best

    def _clipped(
        self, axes: Tensor, shape: Shape, at: Place, device: torch.device | str | None
    ) -> Tensor:
        z = _normal(shape, at, device)
        along = z @ axes.T  # (rows, M)
        rest = z - along @ axes
        # the part that stays is never longer than the whole, so the bound holds for the whole
        bound = _cumulated(self.threshold * rest.norm(dim=1, keepdim=True).double())
        inside = torch.special.ndtri((_cumulated(along.double()) * bound).clamp(OPEN, 1 - OPEN))
        return rest + inside.to(z) @ axes


def acceptance(axes: int, size: int, threshold: float) -> float:
    """The share of Gaussian draws of `size` numbers that clear `axes` directions: Phi(th
    sqrt(d))^M.
    """
    below = 0.5 * (1 + math.erf(threshold * math.sqrt(size) / math.sqrt(2)))
    return below**axes


def pruning_axes(latents: Tensor, *, below: float = 1e-2) -> Tensor:
    """Orthonormal directions (M, d) in which none of the latents (N, ...) points more than `below`.

    SourceFM's search: principal axes of the latents' directions, each with the sign that no latent
    follows. Raises ValueError for fewer latents than numbers, where most directions are empty for
    want of pictures.
    """
    data = torch.nn.functional.normalize(latents.flatten(1).double(), dim=1)
    count, size = data.shape
    if count <= size:
        raise ValueError(
            f"{count} latents of {size} numbers leave directions empty by chance; give more than "
            f"{size}"
        )
    axes = torch.linalg.eigh(data.T @ data).eigenvectors.T
    along = data @ axes.T  # (N, d)
    up, down = along.amax(0) < below, along.amin(0) > -below
    return torch.cat([axes[up], -axes[down & ~up]]).float()


def _normal(shape: Shape, at: Place, device: torch.device | str | None, offset: int = 0) -> Tensor:
    return gaussian(
        shape,
        seed=at.seed,
        stream=at.stream,
        block=at.block,
        step=at.step,
        offset=offset,
        device=device,
    )


def _cumulated(x: Tensor) -> Tensor:
    return torch.special.ndtr(x)
