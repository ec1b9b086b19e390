"""Stage 4 of slipstream-video: the denoiser learns to go on behind its own pictures.

A past that is always true teaches a network to trust it, and what it gets wrong itself then grows
block by block. Here each block of a clip but the first is rolled out as on a stage, and the true
block that follows is learnt behind what came of it (after Resampling Forcing, Guo et al. 2025, and
Self-Forcing, Huang et al. 2025, whose caches no gradient goes through either). Some rollouts begin
as on a stage, others from the true block under noise, which keeps things where they belong.

A block that is told its last frame begins with that frame, carried to where it goes, under some
noise, and flows straight from there to its picture (a source that knows what came before, after
CSFM, arXiv 2602.05951): beside that, one that grows out of noise alone draws everything anew, a
little worse each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from assets.recipes.video_flow import (
    DROP,
    TAUGHT_SHIFT,
    Film,
    FlowStage,
    falls,
    judged,
    shifted,
)
from assets.recipes.video_parts import BLOCK, SCHEDULE
from assets.recipes.video_rollout import (
    Call,
    Remembered,
    before,
    block_of,
    is_told,
    leaning,
    level,
)
from nodes.rollout.flow import add_noise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assets.recipes.video_parts import Parts

SHARE = 0.5  # of the steps, the others are those of the stage before
FREE = 0.5  # share of rollouts that begin as on a stage


class Stretch(NamedTuple):
    """A block of a film under noise, and how each network that follows the rollout sees it."""

    x: Tensor
    sigma: Tensor
    wanted: Tensor
    counts: Tensor
    calls: list[Call]

    def flow(self, which: int = 0) -> Tensor:
        """v (B, F, C, h, w) of one of the networks."""
        return self.calls[which].flow(self.x, 1000 * self.sigma[:, :1])


class OnwardStage(FlowStage):
    """Goes on with denoiser and text encoder."""

    def loss(self, index: int) -> Tensor:
        if not falls(index, SHARE):
            return self.off(self.drawn())
        way = onward(self.film(), [self.parts])
        found = [judged(part.flow(), part.wanted, part.counts) for part in way]
        return torch.stack(found).mean()


def onward(film: Film, networks: Sequence[Parts]) -> Iterator[Stretch]:
    """The blocks of a film but the first, each behind what the first of the networks made of those
    before it; the others see the same past."""
    x0 = film.x0
    pasts = [Remembered(parts.network.grid(*x0.shape[-2:])) for parts in networks]
    keys = [parts.keys(film.texts) for parts in networks]
    made: list[Tensor] = []
    blocks = x0.shape[1] // BLOCK
    for at in range(blocks):
        here = slice(at * BLOCK, (at + 1) * BLOCK)
        control = torch.cat([film.steered[:, here], _told(made, x0)], 2)
        calls = [
            Call(parts.network, key, control, past)
            for parts, key, past in zip(networks, keys, pasts, strict=True)
        ]
        if at:
            yield _noised(x0[:, here], film.counts[:, here], calls)
        if at < blocks - 1:
            made.append(_rolled(calls[0], x0[:, here]) if at else x0[:, here])
            for call in calls:
                call.remember(made[-1])


def _told(made: list[Tensor], x0: Tensor) -> Tensor:
    """The planes of the last frame that was made; of a tenth of the blocks it goes unsaid."""
    return before(made, x0.shape) * (torch.rand(()) < 1 - DROP)


def _noised(x0: Tensor, counts: Tensor, calls: list[Call]) -> Stretch:
    told, eps = is_told(calls[0].control), torch.randn_like(x0)
    sigma = level(shifted(torch.rand(len(x0), 1), TAUGHT_SHIFT).expand(-1, BLOCK), told)
    eps = leaning(eps, x0, calls[0].carried(), told)
    return Stretch(add_noise(x0, eps, sigma), sigma, eps - x0, counts, calls)


@torch.no_grad()
def _rolled(call: Call, x0: Tensor) -> Tensor:
    """What a network makes of a block: of what it begins with, or of the true block under noise."""
    eps = torch.randn_like(x0)
    x, steps = call.begins(eps, SCHEDULE.steps())
    if torch.rand(()) < FREE:
        return block_of(call, x, steps)
    later = steps[int(torch.randint(1, len(steps), ())) :]
    return block_of(call, add_noise(x0, eps, later[0].sigma), later)
