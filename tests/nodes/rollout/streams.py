"""A denoiser that is quick, deterministic and sensitive to all that a network is: picture,
timestep, prompt, place.
"""

from __future__ import annotations

import torch


class Mixer:
    """A small fixed network; `calls` has the row counts of every call."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.kernel = torch.randn(4, 4, 3, 3, generator=generator) / 6
        self.calls: list[int] = []
        self.prompt = 0.1

    def __call__(self, x: torch.Tensor, timesteps: torch.Tensor, negatives: int) -> torch.Tensor:
        self.calls.append(len(x))
        prompt = torch.full((len(x), 1, 1, 1), self.prompt)
        prompt[:negatives] = -0.3
        level = timesteps.view(-1, 1, 1, 1) / 1000
        return torch.tanh(torch.conv2d(x, self.kernel.to(x.dtype), padding=1) + prompt) * (
            0.5 + level
        )


def noise(steps: int, seed: int = 2) -> torch.Tensor:
    return torch.randn(steps, 4, 6, 5, generator=torch.Generator().manual_seed(seed))


def pictures(count: int, frames: int = 1) -> list[torch.Tensor]:
    drawn = torch.randn(count, frames, 4, 6, 5, generator=torch.Generator().manual_seed(9))
    return list(drawn * 0.7)
