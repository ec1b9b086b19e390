"""A strip of painted land without ends: two tiles whose skylines are bent until they meet, then
joined into a ring that a camera may pan along for ever."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SEAM = 0.5  # picture heights over which two tiles pass into each other


class Strip:
    """A ring of RGBA picture (4, H, ring): rows as a frame has them, straight colours."""

    def __init__(self, ring: Tensor) -> None:
        self.ring = ring
        lines = skyline(ring[3])
        self.top = max(0, int(lines.min()) - 1)  # above it there is nothing
        self.solid = min(ring.shape[1], int(lines.max()) + 2)  # from here on it hides all

    def window(
        self, start: float, count: int, top: int, bottom: int, planes: slice = slice(None)
    ) -> Tensor:
        """Columns start .. start + count of rows top .. bottom, (planes, rows, count), between
        pixels where `start` is."""
        whole = int(start // 1)
        found = columns(self.ring[planes, top:bottom], whole, count + 1)
        return torch.lerp(found[..., :-1], found[..., 1:], start - whole)


def columns(ring: Tensor, start: int, count: int) -> Tensor:
    """`count` columns of a ring (..., W) from `start`, which may lie anywhere."""
    wide = ring.shape[-1]
    start %= wide
    if start + count <= wide:
        return ring[..., start : start + count]
    turns = [ring] * ((count - (wide - start)) // wide)
    rest = (count - (wide - start)) % wide
    return torch.cat([ring[..., start:], *turns, ring[..., :rest]], -1)


def skyline(cover: Tensor) -> Tensor:
    """The row (W,) at which a cover (H, W) that hides all below a line begins."""
    return cover.shape[0] - cover.sum(0)


def joined(first: Tensor, second: Tensor, *, bend: bool) -> Tensor:
    """Two RGBA tiles (4, H, W) as one ring; the first stands at its beginning and keeps its middle.

    `bend` moves columns up and down, so that two skylines become one instead of shining through
    each other.
    """
    seam = round(SEAM * first.shape[1])
    there = _passage(first[..., -seam:], second[..., :seam], bend=bend)
    back = _passage(second[..., -seam:], first[..., :seam], bend=bend)
    return torch.cat([back, first[..., seam:-seam], there, second[..., seam:-seam]], -1)


def _passage(left: Tensor, right: Tensor, *, bend: bool) -> Tensor:
    share = torch.linspace(0, 1, left.shape[-1])
    share = share * share * (3 - 2 * share)
    if bend:
        lines = skyline(left[3]), skyline(right[3])
        wanted = torch.lerp(*lines, share)
        left, right = _raised(left, lines[0] - wanted), _raised(right, lines[1] - wanted)
        return torch.lerp(left, right, share)
    cover = torch.lerp(left[3:], right[3:], share)  # what does not cover has no colour to give
    colour = torch.lerp(left[:3] * left[3:], right[:3] * right[3:], share)
    return torch.cat([colour / cover.clamp_min(1e-4), cover])


def _raised(picture: Tensor, rows: Tensor) -> Tensor:
    """Each column (4, H, W) moved up by its own number of rows (W,)."""
    _, high, wide = picture.shape
    v = (torch.arange(high)[:, None] + 0.5 + rows) / high
    u = ((torch.arange(wide) + 0.5) / wide).expand(high, wide)
    place = torch.stack([u, v], -1)[None] * 2 - 1
    return F.grid_sample(picture[None], place, padding_mode="border", align_corners=False)[0]
