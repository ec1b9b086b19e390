"""Small networks to train, which answer something."""

from __future__ import annotations

import torch

from assets.recipes import video_parts
from assets.recipes.video_parts import Parts


def parts(seed: int = 0) -> Parts:
    """Networks that answer something, and another something where they are told something."""
    made = video_parts.build(seed, "micro")
    for layer in (made.network.head.head, made.network.control_embedding):
        torch.nn.init.normal_(layer.weight, std=0.1)
    return made
