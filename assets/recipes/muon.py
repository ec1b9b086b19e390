"""Two optimisers as one: Muon (Jordan et al. 2024) turns the matrices inside the layers, AdamW
everything else.

On the few steps that two cores can pay for, Muon gets about twice as far as AdamW alone. PyTorch's
own counts in bfloat16, which a CPU that lacks it emulates: the optimiser's step then takes longer
than the network's.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn

MOMENTUM = 0.95
DECAY = 0.01  # of the weights
ROUNDS, FIRST, THIRD, FIFTH = 5, 3.4445, -4.7750, 2.0315  # Jordan's quintic


class Muon(torch.optim.Optimizer):
    """Steps of float32 matrices along what is left of their momentum when all its directions are
    made equally long, as large as AdamW's would be (Liu et al. 2025)."""

    def __init__(self, matrices: Iterable[Tensor], lr: float) -> None:
        super().__init__(list(matrices), {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    alike[weight.shape].append(weight)
            for weights in alike.values():
                self._turn(weights, group["lr"])

    def _turn(self, weights: list[Tensor], lr: float) -> None:
        """One step of matrices of one shape."""
        way = orthogonal(torch.stack([self._momentum(weight) for weight in weights]))
        size = 0.2 * max(weights[0].shape) ** 0.5
        for weight, straight in zip(weights, way, strict=True):
            weight.mul_(1 - lr * DECAY).add_(straight, alpha=-lr * size)

    def _momentum(self, weight: Tensor) -> Tensor:
        """Nesterov's."""
        assert weight.grad is not None
        state = self.state[weight]
        kept = state.setdefault("momentum_buffer", torch.zeros_like(weight))
        kept.lerp_(weight.grad, 1 - MOMENTUM)
        return weight.grad.lerp(kept, MOMENTUM)


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices (N, rows, columns) with about the same directions, all about equally long: singular
    values of 0.7 to 1.2, by Newton's and Schulz's iteration."""
    wide = matrices.shape[1] <= matrices.shape[2]
    x = matrices if wide else matrices.mT
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = FIRST * x + (THIRD * gram + FIFTH * gram @ gram) @ x
    return x if wide else x.mT


class MuonAndAdam:
    """`inside` are the matrices that Muon turns, `others` the rest; one learning rate serves both,
    for Muon's steps are scaled to the size that AdamW's have."""

    def __init__(self, inside: Iterable[Tensor], others: Iterable[Tensor], *, peak: float) -> None:
        self._muon = Muon(inside, peak)
        self._adam = torch.optim.AdamW(list(others), lr=peak, betas=(0.9, 0.98), weight_decay=DECAY)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return [*self._muon.param_groups, *self._adam.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        self._muon.zero_grad(set_to_none)
        self._adam.zero_grad(set_to_none)

    def step(self) -> None:
        self._muon.step()
        self._adam.step()

    def state_dict(self) -> dict[str, Any]:
        return {"muon": self._muon.state_dict(), "adam": self._adam.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._muon.load_state_dict(state["muon"])
        self._adam.load_state_dict(state["adam"])


def matrices(blocks: nn.Module, others: list[nn.Module]) -> tuple[list[Tensor], list[Tensor]]:
    """The matrices of `blocks`, which Muon should turn, and all other weights of the modules."""
    inside: list[Tensor] = [weight for weight in blocks.parameters() if weight.ndim == 2]
    taken = {id(weight) for weight in inside}
    return inside, [w for module in others for w in module.parameters() if id(w) not in taken]
