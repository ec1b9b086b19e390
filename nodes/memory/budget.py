"""The knobs that most memories have, in the same words."""

from __future__ import annotations

from typing import Any

from engine.node import param


def frames_seen() -> Any:
    """Declares how much a block sees in all."""
    return param(
        default=9,
        doc="Latent frames that a block sees in all, with itself; a latent frame is 4 pictures",
        min=1,
        max=1024,
        soft=(4, 32),
        unit="frames",
    )


def first_frames(default: int) -> Any:
    """Declares how much of the beginning is kept for ever."""
    return param(
        default=default,
        doc="First frames that are never forgotten: they hold look and scene together",
        min=0,
        max=64,
        soft=(0, 9),
        unit="frames",
    )
