"""Depth and flow that are made when somebody first reads them, so that outputs which nobody takes
cost nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import torch

from engine.values import Depth, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


class AskedDepth(Depth):
    """Depth that `make` gives, on the processor; each reader has it moved to the device."""

    _make: Callable[[], Tensor]
    _device: torch.device

    def __init__(self, make: Callable[[], Tensor], device: torch.device) -> None:
        object.__setattr__(self, "_make", cache(make))
        object.__setattr__(self, "_device", device)

    @property
    def tensor(self) -> Tensor:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Metres (1, 1, H, W)."""
        return self._make().to(self._device)

    def tensors(self) -> tuple[Tensor, ...]:
        """None: what is made for a reader is the reader's own."""
        return ()


class AskedFlow(Flow):
    """Flow and validity that `make` gives, on the processor; moved to the device as above."""

    _make: Callable[[], tuple[Tensor, Tensor]]
    _device: torch.device

    def __init__(self, make: Callable[[], tuple[Tensor, Tensor]], device: torch.device) -> None:
        object.__setattr__(self, "_make", cache(make))
        object.__setattr__(self, "_device", device)

    @property
    def tensor(self) -> Tensor:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Pixels per frame (1, 2, H, W)."""
        return self._make()[0].to(self._device)

    @property
    def valid(self) -> Tensor:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Where it is to be trusted (1, 1, H, W)."""
        return self._make()[1].to(self._device)

    def tensors(self) -> tuple[Tensor, ...]:
        """None: what is made for a reader is the reader's own."""
        return ()
