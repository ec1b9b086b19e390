"""Test pictures as tensors (1, 3, H, W): each shows one fault of a chain at a glance."""

from __future__ import annotations

import math

import torch
from torch import Tensor

WHITE, YELLOW, CYAN, GREEN = (1.0, 1.0, 1.0), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (0.0, 1.0, 0.0)
MAGENTA, RED, BLUE, BLACK = (1.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0)
BARS = (WHITE, YELLOW, CYAN, GREEN, MAGENTA, RED, BLUE)  # SMPTE EG 1: at 75 %
CASTELLATIONS = (BLUE, BLACK, MAGENTA, BLACK, CYAN, BLACK, WHITE)
MINUS_I, PLUS_Q = (0.0, 0.129, 0.298), (0.196, 0.0, 0.416)  # SMPTE EG 1, clipped to RGB
PLUGE = ((0.0,) * 3, (0.035,) * 3, (0.075,) * 3)  # two steps that a well set display tells apart


def bars(height: int, width: int) -> Tensor:
    """SMPTE EG 1 colour bars at 75 %, with castellations, -I, white, +Q and a near-black ramp."""
    top, middle = round(height * 0.67), round(height * 0.75)
    edges = [i * width / 7 for i in range(8)]
    out = torch.empty(1, 3, height, width)
    _fill(out[:, :, :top], [tuple(0.75 * part for part in color) for color in BARS], edges)
    _fill(out[:, :, top:middle], [tuple(0.75 * part for part in c) for c in CASTELLATIONS], edges)
    low = [0.0, 1.25, 2.5, 3.75, 5.0, 5 + 1 / 3, 5 + 2 / 3, 6.0, 7.0]
    colors = [MINUS_I, WHITE, PLUS_Q, BLACK, *PLUGE, BLACK]
    _fill(out[:, :, middle:], colors, [one * width / 7 for one in low])
    return out


def checkerboard(height: int, width: int, cell: int) -> Tensor:
    """Black and white squares of `cell` pixels; 1 is the finest detail there is."""
    y, x = _grid(height, width)
    odd = (y.div(cell, rounding_mode="floor") + x.div(cell, rounding_mode="floor")) % 2
    return odd.float().expand(1, 3, height, width).contiguous()


def gradient(height: int, width: int) -> Tensor:
    """Ramps from 0 to 1: grey, red, green and blue below each other; steps show a lack of bits."""
    ramp = torch.linspace(0, 1, width).expand(height, width)
    row = (torch.arange(height) * 4 // height)[:, None]
    planes = [ramp * ((row == 0) | (row == channel + 1)) for channel in range(3)]
    return torch.stack(planes)[None]


def zone_plate(height: int, width: int) -> Tensor:
    """Rings that reach the finest detail at the edge: bad scaling shows as false rings."""
    y, x = _grid(height, width)
    squared = (y - (height - 1) / 2) ** 2 + (x - (width - 1) / 2) ** 2
    value = 0.5 + 0.5 * torch.cos(math.pi * squared / max(height, width))
    return value.expand(1, 3, height, width).contiguous()


def grid(height: int, width: int, cell: int) -> Tensor:
    """Thin lines on dark grey every `cell` pixels from the middle, a circle, the edges marked."""
    y, x = _grid(height, width)
    lines = ((y - height // 2) % cell == 0) | ((x - width // 2) % cell == 0)
    middle = (y == height // 2) | (x == width // 2)
    edge = (y == 0) | (x == 0) | (y == height - 1) | (x == width - 1)
    radius = 0.45 * min(height, width)
    distance = ((y - height / 2) ** 2 + (x - width / 2) ** 2).sqrt()
    circle = (1 - (distance - radius).abs()).clamp(0, 1)
    value = torch.where(lines, 0.32, 0.1)
    value = torch.where(middle | edge, 0.7, value)
    return torch.maximum(value, 0.8 * circle).expand(1, 3, height, width).contiguous()


def marked(picture: Tensor, turn: float) -> Tensor:
    """The picture with a dot that goes round once a turn, and a bar that crosses it."""
    height, width = picture.shape[2:]
    y, x = _grid(height, width)
    radius, angle = 0.45 * min(height, width), 2 * math.pi * turn
    centre = (height / 2 - radius * math.cos(angle), width / 2 + radius * math.sin(angle))
    size = max(3.0, 0.03 * min(height, width))
    dot = (size - ((y - centre[0]) ** 2 + (x - centre[1]) ** 2).sqrt() + 0.5).clamp(0, 1)
    bar = (1.5 - (x - (turn % 1) * width).abs()).clamp(0, 1) * (y > height * 0.93)
    amber = picture.new_tensor((1.0, 0.72, 0.2)).view(1, 3, 1, 1)
    return torch.lerp(picture, amber, torch.maximum(dot, bar))


def _grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    return torch.arange(height)[:, None], torch.arange(width)[None]


def _fill(out: Tensor, colors: list[tuple[float, ...]], edges: list[float]) -> None:
    for color, left, right in zip(colors, edges, edges[1:], strict=False):
        out[:, :, :, round(left) : round(right)] = torch.tensor(color).view(1, 3, 1, 1)
