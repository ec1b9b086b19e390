"""Two optimisers as one: Muon (Jordan et al. 2024) turns the matrices inside the layers, AdamW
everything else.

On the few steps that two cores can pay for, Muon gets about twice as far as AdamW alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn


class MuonAndAdam:
    """`inside` are the matrices that Muon turns, `others` the rest; one learning rate serves both,
    for Muon's steps are scaled to the size that AdamW's have."""

    def __init__(self, inside: Iterable[Tensor], others: Iterable[Tensor], *, peak: float) -> None:
        self._muon = torch.optim.Muon(
            list(inside), lr=peak, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
        )
        self._adam = torch.optim.AdamW(list(others), lr=peak, betas=(0.9, 0.98), weight_decay=0.01)

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
