"""Painterly looks as image filters: each takes pictures (M, 3, H, W) in [0, 1] and gives them
in another medium."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.worlds.noise import Paper, coordinates

Style = Callable[[Tensor, Paper], Tensor]


def grey(picture: Tensor) -> Tensor:
    """Luminance (M, 1, H, W), Rec. 709 weights."""
    return (picture * torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]).sum(1, keepdim=True)


def box(picture: Tensor, radius: int) -> Tensor:
    """Mean over a square of side 2 * radius + 1."""
    side = 2 * radius + 1
    height, width = picture.shape[2:]
    padded = F.pad(picture, (radius,) * 4, mode="reflect")
    down = padded[:, :, :height].clone()  # a few additions: many times quicker than a pooling
    for dy in range(1, side):
        down += padded[:, :, dy : dy + height]
    across = down[..., :width].clone()
    for dx in range(1, side):
        across += down[..., dx : dx + width]
    return across.mul_(1 / side**2)


def kuwahara(picture: Tensor, radius: int) -> Tensor:
    """Kuwahara et al. 1976: the mean of the calmest of four neighbouring squares; flat daubs,
    sharp edges."""
    height, width = picture.shape[2:]
    around = F.pad(picture, (radius,) * 4, mode="reflect")
    mean = box(around, radius)
    spread = box(grey(around) ** 2, radius) - box(grey(around), radius) ** 2
    corners = [(dy, dx) for dy in (0, 2 * radius) for dx in (0, 2 * radius)]
    calm, least = None, None
    for dy, dx in corners:
        rows, columns = slice(dy, dy + height), slice(dx, dx + width)
        one, wild = mean[..., rows, columns], spread[..., rows, columns]
        calm = one if calm is None or least is None else torch.where(wild < least, one, calm)
        least = wild if least is None else torch.minimum(least, wild)
    assert calm is not None
    return calm


def edges(picture: Tensor) -> Tensor:
    """Strength of edges (M, 1, H, W) in about [0, 1], over all colours."""
    smooth = box(picture, 1)
    strength = torch.zeros_like(picture[:, :1])
    dx = (smooth[..., 2:] - smooth[..., :-2])[..., 2:-2, 1:-1]
    dy = (smooth[:, :, 2:] - smooth[:, :, :-2])[:, :, 1:-1, 2:-2]
    strength[..., 2:-2, 2:-2] = (dx**2 + dy**2).sum(1, keepdim=True).sqrt()
    return strength


def gradient_map(tones: Tensor, stops: list[str]) -> Tensor:
    """Colours for tones (M, 1, H, W): evenly spaced stops given as six hexadecimal digits."""
    table = torch.tensor([[int(s[i : i + 2], 16) / 255 for i in (0, 2, 4)] for s in stops])
    place = tones.clamp(0, 1) * (len(stops) - 1)
    mapped = table[0][:, None, None].expand(len(tones), 3, *tones.shape[2:]).clone()
    for low, step in enumerate((table[1:] - table[:-1])[:, :, None, None]):
        mapped.addcmul_(step, (place - low).clamp_(0, 1))
    return mapped


def _shifted(picture: Tensor, dx: Tensor, dy: Tensor) -> Tensor:
    m, _, height, width = picture.shape
    u, v = coordinates(m, height, width)
    place = torch.stack([(u * height / width + dx[:, 0]) * 2 - 1, (v + dy[:, 0]) * 2 - 1], -1)
    return F.grid_sample(picture, place, padding_mode="reflection", align_corners=False)


def _level(tones: Tensor) -> Tensor:
    """Stretches each picture's tones to about [0, 1], so that dark worlds keep their drawing."""
    mean, spread = tones.mean((2, 3), keepdim=True), tones.std((2, 3), keepdim=True)
    return (0.5 + 0.28 * (tones - mean) / (spread + 0.03)).clamp(0, 1)


def watercolour(picture: Tensor, paper: Paper, flow: float = 0.012) -> Tensor:
    """`flow` is how far colours run, in picture heights."""
    wet = _shifted(picture, flow * paper.noise(picture, 9), flow * paper.noise(picture, 9))
    wet = kuwahara(wet, 2)
    wet = wet + 0.4 * (wet - wet.mean(1, keepdim=True))
    pale = 1 - (1 - wet) * (0.85 + 0.08 * paper.noise(picture, 5, 4))
    rim = edges(wet).clamp(0, 0.5)
    tooth = 0.02 * paper.noise(picture, 40, 2)
    return (pale * 0.94 + 0.07) * (1 - 0.55 * rim) + tooth


def _stroked(picture: Tensor, along_x: Tensor, along_y: Tensor) -> Tensor:
    """Each point as the mean of its neighbours along a direction."""
    m, _, height, width = picture.shape
    u, v = coordinates(m, height, width)
    middle = torch.stack([u * height / width * 2 - 1, v * 2 - 1], -1)
    along = torch.stack([along_x[:, 0], along_y[:, 0]], -1)
    total = torch.zeros_like(picture)
    for step in (-0.022, -0.011, 0.0, 0.011, 0.022):
        place = torch.add(middle, along, alpha=2 * step)
        total += F.grid_sample(picture, place, padding_mode="reflection", align_corners=False)
    return total / 5


def oil(picture: Tensor, paper: Paper) -> Tensor:
    rich = (0.5 + (picture - 0.5) * 1.12).clamp(0, 1)
    smooth = box(grey(picture), 3)
    gx = torch.roll(smooth, -1, 3) - torch.roll(smooth, 1, 3)
    gy = torch.roll(smooth, -1, 2) - torch.roll(smooth, 1, 2)
    length = (gx**2 + gy**2).sqrt() + 0.004
    swirl = 0.5 * paper.noise(picture, 3, 1)
    along_x, along_y = -gy / length + 0.5 * swirl, gx / length + 0.5
    grain = paper.noise(picture, 44, 1)
    strokes = _stroked(torch.cat([rich, grain], 1), along_x, along_y)
    daub, ridge = strokes[:, :3], strokes[:, 3:]
    relief = torch.roll(ridge, (1, 1), (2, 3)) - ridge
    return kuwahara(daub, 1) * (1 + 0.09 * ridge) + 0.09 * relief


def neon(picture: Tensor, paper: Paper) -> Tensor:
    line = torch.tanh(edges(kuwahara(picture, 1)) * 6)
    hue = (
        torch.sin(paper.noise(picture, 2, 1) * 1.5 + torch.tensor([0.0, 2.1, 4.2])[:, None, None])
        * 0.5
        + 0.5
    )
    tint = 0.35 * picture / (picture.amax(1, keepdim=True) + 0.1) + 0.75 * hue
    glow = box(box(line, 2), 3)
    return (
        0.13 * picture * torch.tensor([0.6, 0.5, 1.2])[:, None, None]
        + tint * (0.75 * line + 0.8 * glow)
        + 0.35 * line**2
    )


def ink(picture: Tensor, paper: Paper) -> Tensor:
    tone = _level(grey(kuwahara(picture, 2)))
    wash = torch.floor(tone * 3.99 + 0.25 * paper.noise(picture, 12)) / 3
    line = torch.sigmoid((edges(picture) - 0.16) * 30)
    dark = (0.12 + 0.86 * wash.clamp(0, 1) ** 0.7) * (1 - 0.85 * line)
    return gradient_map(
        dark + 0.015 * paper.noise(picture, 40, 2), ["14141a", "5a5a62", "b8b4aa", "f6f1e4"]
    )


def pixel(picture: Tensor, paper: Paper) -> Tensor:
    height, width = picture.shape[2:]
    small = F.avg_pool2d(picture, 4) if height < 192 else F.avg_pool2d(picture, 8)
    small = torch.round((0.5 + (small - 0.5) * 1.15).clamp(0, 1) * 6) / 6
    return F.interpolate(small, size=(height, width), mode="nearest")


def stained_glass(picture: Tensor, paper: Paper) -> Tensor:
    place, gap = paper.keep(lambda: _panes(picture, paper))
    pane = F.grid_sample(box(picture, 2), place, padding_mode="border", align_corners=False)
    vivid = (pane.mean(1, keepdim=True) + (pane - pane.mean(1, keepdim=True)) * 1.6) * 1.1 + 0.03
    lead = ((gap - 0.006) * 80).clamp(0.04, 1)[:, None]
    return vivid * lead * (1 + 0.06 * paper.noise(picture, 16))


def _panes(picture: Tensor, paper: Paper) -> tuple[Tensor, Tensor]:
    """Where each point's pane has its middle (M, H, W, 2), and how much nearer it is than the next
    pane's (M, H, W)."""
    m, _, height, width = picture.shape
    u, v = coordinates(m, height, width)
    rows, columns = 10, round(10 * width / height)
    jitter = 0.8 * paper.rand(m, 2, rows, columns) + 0.1
    first, second = torch.full_like(v, 9.0), torch.full_like(v, 9.0)  # the two least distances
    row, column = (v * rows).long(), (u * rows).long()
    best_row, best_column = torch.zeros_like(v), torch.zeros_like(v)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            r, c = (row + dy).clamp(0, rows - 1), (column + dx).clamp(0, columns - 1)
            flat = (r * columns + c).flatten(1)
            seed_v = (r + jitter[:, 0].flatten(1).gather(1, flat).view_as(v)) / rows
            seed_u = (c + jitter[:, 1].flatten(1).gather(1, flat).view_as(v)) / rows
            far = ((u - seed_u) ** 2 + (v - seed_v) ** 2).sqrt()
            closer, same = far < first, (far - first).abs() < 1e-6
            farther = torch.where(same, second, torch.minimum(second, far))
            second = torch.where(closer, first, farther)
            first = torch.minimum(first, far)
            best_row = torch.where(closer, seed_v, best_row)
            best_column = torch.where(closer, seed_u, best_column)
    place = torch.stack([best_column * height / width * 2 - 1, best_row * 2 - 1], -1)
    return place, second - first


def blueprint(picture: Tensor, paper: Paper) -> Tensor:
    m, _, height, width = picture.shape
    u, v = coordinates(m, height, width)
    line = torch.tanh(edges(kuwahara(picture, 1)) * 5)
    mesh = (((u * 16) % 1 < 0.06) | ((v * 16) % 1 < 0.06))[:, None] * 0.12
    tone = 0.16 + 0.16 * _level(grey(box(picture, 2))) + mesh + 0.012 * paper.noise(picture, 30, 2)
    return gradient_map(
        (tone + 0.75 * line).clamp(0, 1), ["0a1f52", "123a86", "4f7fc4", "a9c8ee", "f4f9ff"]
    )


def clay(picture: Tensor, paper: Paper) -> Tensor:
    smooth = box(kuwahara(picture, 3), 1)
    relief = box(_level(grey(smooth)), 1) + 0.05 * paper.noise(picture, 14)
    light = torch.roll(relief, (2, 2), (2, 3)) - torch.roll(relief, (-2, -2), (2, 3))
    flat = torch.round(smooth * 5) / 5 * 0.6 + smooth * 0.4
    return (flat * 0.8 + 0.12) * (1 - 1.3 * light.clamp(-0.35, 0.35))


def pencil(picture: Tensor, paper: Paper) -> Tensor:
    m, _, height, width = picture.shape
    u, v = coordinates(m, height, width)
    tone = _level(grey(box(picture, 1)))
    hatch = (torch.sin((u + v) * 150 + 2 * paper.noise(picture, 6)[:, 0]) * 0.5 + 0.5)[:, None]
    shade = ((0.62 - tone) * 1.6).clamp(0, 0.8) * (0.5 + 0.5 * hatch)
    line = torch.tanh(edges(picture) * 4)
    return (
        (0.95 - 0.7 * shade - 0.7 * line + 0.03 * paper.noise(picture, 50, 1))
        .clamp(0.08, 1)
        .expand(-1, 3, -1, -1)
    )


def comic(picture: Tensor, paper: Paper) -> Tensor:
    flat = kuwahara(picture, 2)
    top = flat.amax(1, keepdim=True) + 1e-3
    vivid = flat / top
    vivid = (
        (vivid - 0.25 * vivid.mean(1, keepdim=True)).clamp(0, 1)
        * torch.round(top * 4 + 0.3)
        / 4
        * 1.2
    )
    line = torch.sigmoid((edges(flat) - 0.2) * 30)
    return vivid.clamp(0, 1) * (1 - 0.95 * line)


def _mapped(stops: list[str], *, glow: float = 0.0, drawn: float = 0.0) -> Style:
    def style(picture: Tensor, paper: Paper) -> Tensor:
        tone = (
            _level(grey(picture))
            + drawn * (edges(picture) - 0.1)
            + 0.05 * paper.noise(picture, 10, 4)
        )
        mapped = gradient_map(tone, stops)
        return mapped + glow * box(box((mapped - 0.55).clamp_min(0), 3), 3)

    return style


def pastel(picture: Tensor, paper: Paper) -> Tensor:
    soft = kuwahara(picture, 2)
    mean = soft.mean(1, keepdim=True)
    chalk = 0.68 + 0.36 * (mean - 0.4) + 0.8 * (soft - mean)
    tooth = (paper.noise(picture, 60, 1) + 0.4 * paper.noise(picture, 20, 1)).clamp(-1.5, 1.5)
    return chalk + 0.018 * tooth


STYLE_FILTERS: dict[str, Style] = {
    "watercolour": watercolour,
    "oil": oil,
    "neon": neon,
    "ink": ink,
    "pixel": pixel,
    "stained glass": stained_glass,
    "blueprint": blueprint,
    "clay": clay,
    "pencil": pencil,
    "comic": comic,
    "fire": _mapped(
        ["120202", "5c0a04", "c8320a", "ff8a14", "ffe27a", "fffbe0"], glow=0.7, drawn=0.6
    ),
    "ice": _mapped(["0a2a4a", "2a6a9a", "74b8d8", "c0e6f4", "ffffff"], glow=0.2, drawn=0.8),
    "gold": _mapped(["1a0e04", "5a3a0a", "a8741a", "e8bc4a", "fff2b8"], glow=0.3, drawn=0.7),
    "vaporwave": _mapped(["1a0a4a", "6a1a9a", "e0409a", "ff9ac0", "7af0f0"], glow=0.25, drawn=0.3),
    "noir": _mapped(["000000", "16161a", "5a5a5e", "c8c8c8", "ffffff"], glow=0.2),
    "pastel": pastel,
}
