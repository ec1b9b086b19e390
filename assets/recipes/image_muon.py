"""Muon for networks of convolutions: it turns the kernels, each flattened to a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from assets.recipes.muon import MuonAndAdam

if TYPE_CHECKING:
    from collections.abc import Iterable


class MuonOnKernels(MuonAndAdam):
    """`inside` are the kernels that Muon turns, `others` the rest."""

    def __init__(self, inside: Iterable[Tensor], others: Iterable[Tensor], *, peak: float) -> None:
        super().__init__([_as_matrix(weight) for weight in inside], others, peak=peak)


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
