"""Where what the last finished frame shows goes: a field of speeds that a small network reads off
that frame, the words and what steers, and the frame advected along it.

Attention takes a small network long to learn to move anything; carried there, the last frame only
has to be repaired. Predicting motion instead of pictures is Finn et al. 2016 (CDNA, STP), moving
a picture with gradients is Jaderberg et al. 2015.

What is told of a camera and of points is a speed already: of it the network only says how large a
share each cell takes, as near things take more of a pan than far ones, and those that a point lies
on all of its speed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nodes.models.video_card import CAMERA, COLOURS, LAST, LOUD, POINTS, STEERING

PLACES = 2  # planes that say where a cell lies
FAST = 0.1  # picture heights from one latent frame to the next, that an answer of 1 is
REACH = 0.12  # picture heights about a point, beyond which nearer ones speak
FAINT = 0.01  # what is seen of a point three times as far off
SHARES = 6  # of what is told: see `_told_speeds`


class Advection(nn.Module):
    """Convolutions of `width` channels over the planes of a control, those of a camera, points and
    the last frame, told the words (B, dim)."""

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(sum(STEERING.values()) + PLACES, width, 3, padding=1)
        self.words = nn.Linear(dim, 2 * width)
        self.second = nn.Conv2d(width, width, 3, padding=2, dilation=2)
        self.third = nn.Conv2d(width, width, 3, padding=4, dilation=4)
        self.last = nn.Conv2d(width, 2 + SHARES, 3, padding=1)

    def forward(self, control: Tensor, words: Tensor) -> Tensor:
        """The control (B, F, planes, h, w) with its last frame carried as many frames on as its
        plane of where it is told says; what comes from above or below the picture is untold."""
        others, known, moved, there = self._moved(control, words)
        told = torch.cat([known, moved], 2) * there
        return torch.cat([others, told], 2).to(control.dtype)

    def carried(self, control: Tensor, words: Tensor) -> Tensor:
        """The last frame that a control tells, where it goes in each, (B, F, C, h, w) float32, from
        beyond the edges too: see `advected`."""
        return self._moved(control, words)[2]

    def _moved(self, control: Tensor, words: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The planes before those of the last frame; how many frames ago that was and what came
        before it; that frame, carried; and which cells have come from between its upper and its
        lower edge, as 0.0 or 1.0; (B, F, ..., h, w) each."""
        told = STEERING[LAST]
        planes = [control.shape[2] - told, 1, COLOURS, told - 1 - COLOURS]
        others, ago, earlier, last = control.float().split(planes, 2)
        way = ((ago / LOUD) * self.speeds(control, words)).flatten(0, 1)
        moved = advected(last.flatten(0, 1), way).view_as(last)
        return others, torch.cat([ago, earlier], 2), moved, _level(way).view_as(ago)

    def speeds(self, control: Tensor, words: Tensor) -> Tensor:
        """Picture heights across and down from one latent frame to the next, (B, F, 2, h, w)
        float32."""
        weight = self.first.weight
        flat = control.flatten(0, 1).to(weight)
        where = _places(flat).expand(len(flat), -1, -1, -1)
        told = self.words(words.to(weight)).expand(len(control), -1)
        told = told.repeat_interleave(control.shape[1], 0)[..., None, None]
        scale, shift = told.chunk(2, 1)
        hidden = F.silu(self.first(torch.cat([flat, where], 1)) * (1 + scale) + shift)
        hidden = hidden + F.silu(self.second(hidden))
        hidden = hidden + F.silu(self.third(hidden))
        found = self.last(hidden).float()
        speeds = found[:, :2] + (found[:, 2:, None] * _told_speeds(flat.float())).sum(1)
        return FAST * speeds.unflatten(0, control.shape[:2])


def advected(pictures: Tensor, way: Tensor) -> Tensor:
    """Pictures (N, C, h, w) whose cells have come from `way` (N, 2, h, w) away, picture heights
    across and down. What leaves at one side comes in at the other, and what comes from above or
    below is mirrored there: a pan goes round and round, and nothing is drawn from its own edge,
    which would be drawn from its own edge again."""
    beyond = pictures.shape[-1] // 2
    pictures = F.pad(pictures, (beyond, beyond, 0, 0), mode="circular")
    across, down = _come_from(way).unbind(1)
    grid = torch.stack([across * way.shape[-1] / pictures.shape[-1], down], -1)
    # straight lines between cells would blur block after block; Metal has no others
    kind = "bilinear" if pictures.device.type == "mps" else "bicubic"
    return F.grid_sample(pictures, grid, kind, "reflection", align_corners=False)


def inside(way: Tensor) -> Tensor:
    """Which cells have come from within the picture, (N, 1, h, w) as 0.0 or 1.0."""
    return (_come_from(way).abs() <= 1).all(1, keepdim=True).to(way)


def _level(way: Tensor) -> Tensor:
    """Which cells have come from between the upper and the lower edge, as `inside`."""
    return (_come_from(way)[:, 1:].abs() <= 1).to(way)


def _come_from(way: Tensor) -> Tensor:
    """Where each cell has come from, (N, 2, h, w): across and down, in [-1, 1] within the
    picture."""
    height, width = way.shape[-2:]
    home = torch.stack(_centres(height, width, way.device))
    scale = torch.tensor([2 * height / width, 2.0], device=way.device)[:, None, None]
    return home - scale * way


def _told_speeds(control: Tensor) -> Tensor:
    """What the planes (N, planes, h, w) tell of how things go, (N, SHARES, 2, h, w), across and
    down: by the camera, aside, round, ahead across and down from the middle, ahead down, and by the
    points."""
    _, aside, orbit, ahead = control[:, : STEERING[CAMERA]].div(LOUD).unbind(1)
    across, down = _places(control)[0]
    none = torch.zeros_like(aside)
    camera = [
        torch.stack([aside, none], 1),
        torch.stack([orbit, none], 1),
        torch.stack([ahead * across, none], 1),
        torch.stack([none, ahead * down], 1),
        torch.stack([none, ahead], 1),
    ]
    points = control[:, STEERING[CAMERA] :][:, : STEERING[POINTS]]
    return torch.stack([*camera, _spread(points / LOUD)], 1)


def _spread(points: Tensor) -> Tensor:
    """The speeds (N, 2, h, w) of the points (N, 3, h, w) that lie nearest; 0 where there is none,
    and less and less beyond their reach."""
    near = [_nearness(n, points.shape[-2], points.device) for n in points.shape[-2:]]
    count, *speeds = torch.einsum("nchw,yh,xw->cnyx", points, *near)
    return torch.stack(speeds, 1) / count[:, None].clamp_min(FAINT)


def _nearness(cells: int, height: int, device: torch.device) -> Tensor:
    """How near cells in a row lie to each other, (cells, cells), in (0, 1]."""
    place = torch.arange(cells, device=device) / height
    return torch.exp(-((place[:, None] - place) / REACH).square() / 2)


def _places(like: Tensor) -> Tensor:
    """Two planes (1, 2, h, w): across and down, in [-1, 1]."""
    return torch.stack(_centres(like.shape[-2], like.shape[-1], like.device))[None].to(like)


def _centres(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    down, across = ((2 * torch.arange(n, device=device) + 1) / n - 1 for n in (height, width))
    return across.expand(height, width), down[:, None].expand(height, width)
