"""Rotary positions of video tokens: pairs of channels turn with the frame, the row and the column.

Su et al. 2021, eq. 34, over three axes as Wan2.1 lays them out: a third of the pairs (rounded down)
for the rows, as many for the columns, the rest for the frames. A phase (ShotStream) is an angle
that all temporal pairs of a frame turn by, whatever its position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from kernels.precision import widen

if TYPE_CHECKING:
    from torch import Tensor


def angles(
    frames: Tensor,
    grid: tuple[int, int],
    head_dim: int,
    *,
    phase: Tensor | None = None,
    theta: float = 10000.0,
) -> tuple[Tensor, Tensor]:
    """cos and sin, each (F*h*w, head_dim//2) float32, for frames at positions (F,) of a grid (h, w)
    of tokens; `phase` (F,) in radians.

    Raises ValueError for a head_dim that is odd or has fewer than one pair an axis.
    """
    pairs = _split(head_dim)
    rows, columns = (torch.arange(n, device=frames.device) for n in grid)
    time = _turns(frames, pairs[0], theta)  # (F, p0)
    if phase is not None:
        time = time + phase.to(time)[:, None]
    shape = (len(frames), *grid, -1)
    turned = torch.cat(
        [
            time[:, None, None].expand(shape),
            _turns(rows, pairs[1], theta)[None, :, None].expand(shape),
            _turns(columns, pairs[2], theta)[None, None].expand(shape),
        ],
        dim=-1,
    ).flatten(0, 2)
    return turned.cos().float(), turned.sin().float()


def _split(head_dim: int) -> tuple[int, int, int]:
    pairs, odd = divmod(head_dim, 2)
    if odd or pairs < 3:
        raise ValueError(
            f"{head_dim} channels of a head cannot turn along three axes; take 6 or more"
        )
    space = pairs // 3
    return pairs - 2 * space, space, space


def _turns(positions: Tensor, pairs: int, theta: float) -> Tensor:
    """The angle of each pair at each position, (P, pairs); float64 where the device has it."""
    dtype = torch.float32 if positions.device.type == "mps" else torch.float64
    exponents = torch.arange(pairs, device=positions.device, dtype=dtype) / pairs
    return positions.to(dtype)[:, None] * theta**-exponents


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x (B, N, heads, d) with each pair of adjacent channels turned by its angle, in x's type.

    cos and sin are (N, d//2), as `angles` gives them.
    """
    pairs = widen(x).unflatten(-1, (-1, 2))  # (B, N, heads, d//2, 2)
    cos, sin = cos.to(pairs.dtype)[:, None], sin.to(pairs.dtype)[:, None]
    # complex numbers are five times as fast, but inductor makes no code for them
    turned = _turned(pairs, cos, sin) if torch.compiler.is_compiling() else _spun(pairs, cos, sin)
    return turned.flatten(-2).to(x.dtype)


def _spun(pairs: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    return torch.view_as_real(torch.view_as_complex(pairs) * torch.complex(cos, sin))


def _turned(pairs: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = pairs.unbind(-1)
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1)
