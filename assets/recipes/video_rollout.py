"""Self-Forcing's rollout (Huang et al. 2025) of a batch: the student goes through blocks as it will
on stage, each behind its own finished past, and learns from one step of each alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from assets.recipes.precision import mixed
from assets.recipes.video_parts import BLOCK, RENEWAL, WINDOW
from kernels.attention import attention
from kernels.rope import angles, rotate
from nodes.models.causal_wan import CausalWan, TextKeys
from nodes.models.video_card import LAST, STEERING
from nodes.rollout.flow import add_noise, below, euler, predict_x0
from nodes.rollout.steering import planes_behind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nodes.rollout.flow import Step


class Remembered:
    """The `Past` of a batch that rolls out: keys and values of finished blocks, out of which no
    gradient comes, before those of the block in the pass; in slots, as `Slot` counts them.

    Beyond a window the oldest block behind the first, which is the sink, is forgotten.
    """

    def __init__(self, grid: tuple[int, int]) -> None:
        self._grid = grid
        self._past: dict[int, tuple[Tensor, Tensor]] = {}
        self._seen: dict[int, tuple[Tensor, Tensor]] = {}

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """See `nodes.models.causal_wan.Past`."""
        self._seen[layer] = k.detach(), v.detach()
        if layer in self._past:
            before = self._past[layer]
            k, v = torch.cat([before[0], k], 1), torch.cat([before[1], v], 1)
        frames = torch.arange(k.shape[1] // self._cells, device=q.device)
        cos, sin = angles(frames, self._grid, q.shape[-1])
        tokens = q.shape[1]
        return attention(rotate(q, cos[-tokens:], sin[-tokens:]), rotate(k, cos, sin), v)

    def keep(self) -> None:
        """Remembers the block of the last pass."""
        room = (WINDOW - BLOCK) * self._cells
        for layer, seen in self._seen.items():
            past = self._past.get(layer)
            both = seen if past is None else tuple(map(_joined, past, seen))
            self._past[layer] = both[0], both[1]
            if both[0].shape[1] > room:
                sink = BLOCK * self._cells
                self._past[layer] = _without(both[0], sink), _without(both[1], sink)

    @property
    def _cells(self) -> int:
        return self._grid[0] * self._grid[1]


class Rolled(NamedTuple):
    """The first block and the last two of a rollout, (B, WINDOW, C, h, w), which of these frames
    were learnt from or lie behind what they follow (WINDOW,), and their steering."""

    x0: Tensor
    judged: Tensor
    control: Tensor


def roll_out(
    network: CausalWan,
    shape: Sequence[int],
    steps: Sequence[Step],
    keys: TextKeys,
    control: Tensor,
    blocks: int,
) -> Rolled:
    """Rolls out `blocks` blocks of latents (B, F, C, h, w), each finished at one and the same step
    that is drawn; gradients, where they are on, come out of that step of all blocks of a window,
    and of the last alone where there are more.

    control (B, WINDOW, planes, h, w): that of the first three blocks; later ones have the third's,
    and each has the last frame before it.
    """
    batch, _, channels, *size = shape
    past = Remembered(network.grid(size[0], size[1]))
    last = int(torch.randint(len(steps), ()))
    steered = control[:, :, : -STEERING[LAST]].unflatten(1, (-1, BLOCK))
    long = blocks * BLOCK > WINDOW
    made: list[Tensor] = []
    told: list[Tensor] = []
    for at in range(blocks):
        told.append(torch.cat([steered[:, min(at, 2)], before(made, shape)], 2).to(control))
        call = Call(network, keys, told[at], past)
        noise = torch.randn(batch, BLOCK, channels, *size, device=control.device)
        with torch.set_grad_enabled(torch.is_grad_enabled() and (at == blocks - 1 or not long)):
            x, left = call.begins(noise, steps)
            made.append(block_of(call, x, left[: last + 1]))
        call.remember(made[-1].detach())
    x0, planes = (
        torch.cat([parts[i] for i in (0, blocks - 2, blocks - 1)], 1) for parts in (made, told)
    )
    judged = torch.ones(WINDOW, device=control.device)
    if long:
        judged[: 2 * BLOCK] = 0  # the first is long finished, and nothing leads to the second
    return Rolled(x0, judged, planes)


class Call(NamedTuple):
    """A block as a network sees it behind its past."""

    network: CausalWan
    keys: TextKeys
    control: Tensor
    past: Remembered

    def begins(self, eps: Tensor, steps: Sequence[Step]) -> tuple[Tensor, Sequence[Step]]:
        """What a block begins with and the steps that are left: noise and all of them, or, where
        the last frame is told, that frame carried, under less noise."""
        if not is_told(self.control).all():
            return eps, steps
        x = add_noise(self.carried(), eps, RENEWAL)
        return x, below(RENEWAL, steps)

    @torch.no_grad()
    def carried(self) -> Tensor:
        """Where the last frame goes, (B, F, C, h, w)."""
        return self.network.carried(self.control, self.keys)

    def picture(self, x: Tensor, step: Step) -> Tensor:
        """The finished latents that the network sees in noisy ones."""
        return predict_x0(x, self.flow(x, step.t), step.sigma)

    @torch.no_grad()
    def remember(self, x0: Tensor) -> None:
        """The pass over finished latents that later blocks see."""
        self.flow(x0, 0.0)
        self.past.keep()

    def flow(self, x: Tensor, t: Tensor | float) -> Tensor:
        """v of the block at a timestep, or at one (B, 1) for each row."""
        at = torch.as_tensor(t, device=x.device).expand(x.shape[:2])
        with mixed(x.device):
            return self.network(x, at, self.keys, self.past, self.control).float()


def is_told(control: Tensor) -> Tensor:
    """Which frames are told the last finished one, (B, F) bool."""
    return control[:, :, -STEERING[LAST], 0, 0] > 0


def leaning(eps: Tensor, x0: Tensor, carried: Tensor, told: Tensor) -> Tensor:
    """Noise (B, F, C, h, w) that leans to where the last frame was carried in the frames (B, F)
    that are told it: the straight line from it to x0 goes through what such blocks begin with."""
    lean = (1 - RENEWAL) / RENEWAL * (carried - x0)
    return eps + told[..., None, None, None] * lean


def level(sigma: Tensor, told: Tensor) -> Tensor:
    """Levels (B, F), those of frames that are told the last one drawn below where they begin."""
    return torch.where(told, RENEWAL * sigma, sigma)


def block_of(call: Call, x: Tensor, steps: Sequence[Step]) -> Tensor:
    """One block from noise to its last step, which alone is learnt from."""
    for here, coming in pairwise(steps):
        with torch.no_grad():
            x = euler(x, call.flow(x, here.t), here.sigma, coming.sigma)
    return call.picture(x, steps[-1])


def before(made: list[Tensor], shape: Sequence[int]) -> Tensor:
    """The planes of the last frames that were made; of none at first."""
    if not made:
        return torch.zeros(shape[0], BLOCK, STEERING[LAST], *shape[3:])
    return planes_behind(made[-1].detach(), BLOCK)


def _joined(past: Tensor, new: Tensor) -> Tensor:
    return torch.cat([past, new], 1)


def _without(tokens: Tensor, sink: int) -> Tensor:
    """What is left when the oldest block behind the sink goes."""
    return torch.cat([tokens[:, :sink], tokens[:, 2 * sink :]], 1)
