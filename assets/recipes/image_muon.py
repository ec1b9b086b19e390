"""Two optimisers as one for networks of convolutions: Muon (Jordan et al. 2024) turns the kernels,
each flattened to a matrix, and AdamW everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterable


class MuonOnKernels:
    """`inside` are the weights that Muon turns, `others` the rest; one learning rate serves both,
    for Muon's steps are scaled to the size that AdamW's have."""

    def __init__(self, inside: Iterable[Tensor], others: Iterable[Tensor], *, peak: float) -> None:
        matrices = [_as_matrix(weight) for weight in inside]
        self._muon = torch.optim.Muon(
            matrices, lr=peak, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
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


def kernels(*modules: nn.Module, least: int = 16) -> tuple[list[Tensor], list[Tensor]]:
    """The weights of modules that Muon should turn, and the others: biases, norms, tables of words
    and layers with fewer than `least` inputs or outputs."""
    tables = {
        id(weight)
        for module in modules
        for part in module.modules()
        if isinstance(part, nn.Embedding)
        for weight in part.parameters()
    }
    every = [weight for module in modules for weight in module.parameters()]
    inside = [w for w in every if w.ndim > 1 and min(w.shape[:2]) >= least and id(w) not in tables]
    taken = {id(weight) for weight in inside}
    return inside, [weight for weight in every if id(weight) not in taken]


def _as_matrix(weight: Tensor) -> nn.Parameter:
    """The same memory as (outputs, the rest), whose gradient is the weight's own."""
    matrix = nn.Parameter(_flat(weight.detach()))
    assert matrix.data_ptr() == weight.data_ptr()

    def pass_on(whole: Tensor) -> None:
        assert whole.grad is not None
        matrix.grad, whole.grad = _flat(whole.grad), None

    weight.register_post_accumulate_grad_hook(pass_on)
    return matrix


def _flat(weight: Tensor) -> Tensor:
    """Muon does not mind in which order the columns come, so the order in memory is kept."""
    return weight if weight.ndim == 2 else weight.permute(0, 2, 3, 1).flatten(1)
