"""What can go wrong with a picture, each damage by strength: 0 leaves it as it is, 1 ruins it.

The strength is what the critic learns to tell, so each is scaled until the same number looks about
equally bad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.filters import gaussian_blur

if TYPE_CHECKING:
    from collections.abc import Callable

    Damage = Callable[[Tensor, Tensor, Tensor], Tensor]

LEAST = 0.05  # weaker than this no damage is called one
REDRAW = "redraw"  # made ahead by `critic_data.py`: autoencoders are slow
CELLS = (8, 16, 32)  # cells to a side of a picture that is shuffled


def _each(damage: Callable[[Tensor, float], Tensor]) -> Damage:
    """Applies what takes one picture (1, 3, H, W) and a strength to a batch of them."""

    def many(pictures: Tensor, strength: Tensor, others: Tensor) -> Tensor:
        del others
        pairs = zip(pictures.split(1), strength.tolist(), strict=True)
        return torch.cat([damage(picture, much) for picture, much in pairs])

    return many


def _blur(picture: Tensor, much: float) -> Tensor:
    """Half Gaussian, half a picture that was small once."""
    side = picture.shape[-1]
    if torch.rand(()) < 0.5:
        return gaussian_blur(picture, (0.3 + 4.5 * much) * side / 128)
    small = max(4, round(side / (1.2 + 6 * much)))
    size = (small, small)
    return F.interpolate(
        F.interpolate(picture, size=size, mode="area"), size=picture.shape[-2:], mode="bilinear"
    )


def _noise(picture: Tensor, much: float) -> Tensor:
    """Grain of one pixel or of two."""
    grain = 1 if torch.rand(()) < 0.7 else 2
    height, width = picture.shape[-2:]
    rough = torch.randn(1, 3, -(-height // grain), -(-width // grain), device=picture.device)
    rough = rough.repeat_interleave(grain, 2).repeat_interleave(grain, 3)[..., :height, :width]
    return picture + 0.3 * much * rough


def _posterise(picture: Tensor, much: float) -> Tensor:
    steps = 1 + 14 * (1 - much) ** 2
    return (picture * steps).round() / steps


def _burn(picture: Tensor, much: float) -> Tensor:
    """Contrast and colour far over what they were, lighter or darker on the whole."""
    grey = picture.mean(1, keepdim=True)
    vivid = grey + (picture - grey) * (1 + 2.5 * much)
    tilt = 0.4 * much * (2 * float(torch.rand(())) - 1)
    return (vivid - 0.5) * (1 + 2 * much) + 0.5 + tilt


def _fade(picture: Tensor, much: float) -> Tensor:
    """Colour and contrast go, to a grey of any lightness."""
    grey = picture.mean(1, keepdim=True)
    pale = picture.lerp(grey.expand_as(picture), min(1.0, 1.2 * much))
    return pale.lerp(torch.full_like(pale, 0.2 + 0.6 * float(torch.rand(()))), 0.85 * much)


def _scramble(picture: Tensor, much: float) -> Tensor:
    """A share of the picture's cells change places."""
    side = picture.shape[-1]
    count = CELLS[int(torch.randint(len(CELLS), ()))]
    cell = max(2, side // count)
    parts = F.unfold(picture, cell, stride=cell)  # (1, C * cell^2, cells)
    moved = torch.randperm(parts.shape[-1])[: max(2, round(much * parts.shape[-1]))]
    parts[..., moved] = parts[..., moved.roll(1)]
    return F.fold(parts, picture.shape[-2:], cell, stride=cell)


def _melt(picture: Tensor, much: float) -> Tensor:
    """Shapes lose their form: the picture is pulled about by a smooth random field."""
    cells = 4 + int(torch.randint(9, ()))
    pull = F.interpolate(
        torch.randn(1, 2, cells, cells, device=picture.device),
        size=picture.shape[-2:], mode="bicubic", align_corners=False,
    )  # fmt: skip
    still = torch.eye(2, 3, device=picture.device)[None]
    grid = F.affine_grid(still, [1, 3, *picture.shape[-2:]], align_corners=False)
    grid = grid + 0.9 * much / cells * pull.permute(0, 2, 3, 1)
    return F.grid_sample(picture, grid, padding_mode="reflection", align_corners=False)


def _ghost(pictures: Tensor, strength: Tensor, others: Tensor) -> Tensor:
    """Another picture shines through, at most as strong as the first."""
    return pictures.lerp(others, 0.5 * strength.view(-1, 1, 1, 1))


DAMAGES: dict[str, Damage] = {
    "blur": _each(_blur),
    "noise": _each(_noise),
    "posterise": _each(_posterise),
    "burn": _each(_burn),
    "fade": _each(_fade),
    "scramble": _each(_scramble),
    "melt": _each(_melt),
    "ghost": _ghost,
}


def damaged(name: str, pictures: Tensor, strength: Tensor, others: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) in [0, 1], damaged by strengths (B,) in [0, 1]; `others` are what
    shines through, of the same shape."""
    return DAMAGES[name](pictures, strength, others).clamp(0, 1)


def strengths(count: int) -> Tensor:
    """Strengths (count,), every one as likely as another."""
    return LEAST + (1 - LEAST) * torch.rand(count)
