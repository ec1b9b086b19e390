"""Finds a node that writes into its inputs: tensor versions before and after each call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engine.errors import SlipstreamError
from engine.values import TensorValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor


def guarded(call: Callable[..., Any], node: str) -> Callable[..., Any]:
    """The same call, which raises where it wrote into a tensor that it was handed."""

    def watched(**inputs: Any) -> Any:
        before = [(name, tensor, tensor._version) for name, tensor in _tensors(inputs)]
        result = call(**inputs)
        for name, tensor, version in before:
            if tensor._version != version:
                raise SlipstreamError(f"{node} wrote into its input {name!r}; it must not")
        return result

    return watched


def _tensors(inputs: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    for name, value in inputs.items():
        for each in cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,):
            inner = getattr(each, "value", each)
            if isinstance(inner, TensorValue):
                yield from ((name, tensor) for tensor in inner.tensors())
