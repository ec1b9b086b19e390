"""What trainings count in: bfloat16 where the device does it itself, which halves their time; where
it would be emulated, twenty times slower than float32, they stay with that."""

from __future__ import annotations

import torch

from engine.device import compute_dtype


def mixed(device: torch.device) -> torch.autocast:
    """The context of a network's forward pass on this device."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=_halves(device))


def named(device: torch.device) -> str:
    """What a card calls it."""
    return "bfloat16 autocast" if _halves(device) else "float32"


def _halves(device: torch.device) -> bool:
    return compute_dtype(device) is torch.bfloat16
