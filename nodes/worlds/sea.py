"""Water of moving worlds: a mirror of what stands above it, ruffled by waves that come nearer,
with the sun's glitter."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.worlds.light import Worlds
from nodes.worlds.noise import fbm

WET = ("sea", "islands")  # the scenes with water
LAP = 4.0  # picture heights of a pan after which waves begin anew
FAST, SLOW = 0.22, 0.06  # how fast waves come nearer, under a camera that flies and else


def wave_texture(n: int, rng: Generator) -> Tensor:
    """Waves seen from above, (N, 1, 128, 128)."""
    return fbm(n, 128, 128, rng, cells=(12, 6), octaves=3, gain=0.5)[:, None]


@dataclass(frozen=True, slots=True)
class Sea:
    """The water of B pictures: texture (B, 1, h, w), line, sun and its place (B, 1, 1), light (B,
    3, 1, 1)."""

    texture: Tensor
    line: Tensor
    light: Tensor
    sun: Tensor
    sun_u: Tensor

    @staticmethod
    def of(worlds: Worlds, rows: list[int], texture: Tensor, *, repeat: int = 1) -> Sea:
        """The water of some worlds, each at `repeat` moments."""
        line = worlds.horizon[rows] + 0.01
        parts = (texture, line, worlds.light[rows], worlds.sun[rows], worlds.sun_u[rows])
        return Sea(*(part.repeat_interleave(repeat, 0) for part in parts))

    def waves(self, u: Tensor, v: Tensor, shift: Tensor, pace: Tensor) -> Tensor:
        """Heights (B, h, W) of the waves, about zero; `shift` and `pace` (B,) say how far they went
        sideways and nearer."""
        away = 1 / ((v - self.line).clamp_min(0) + 0.06)
        across = (u - 0.5 + shift[:, None, None]) * (0.25 + 0.08 * away)
        place = torch.stack([across, away * 0.14 - 1 + pace[:, None, None]], -1)
        found = F.grid_sample(self.texture, place, padding_mode="reflection", align_corners=False)
        return found[:, 0]

    def endless_waves(self, u: Tensor, v: Tensor, shift: float, pace: float) -> Tensor:
        """The waves after any way sideways: rows move unlike each other, so that they would fray
        in the end; every few picture heights they pass into waves that have not moved far."""
        way = (shift + LAP / 2) % LAP - LAP / 2
        going, turn = torch.tensor([way]), torch.tensor([pace % 4.0])  # the texture's period
        waves = self.waves(u, v, going, turn)
        share = (way - LAP * 0.375) / (LAP * 0.125)
        if share <= 0:
            return waves
        return torch.lerp(waves, self.waves(u, v, going - LAP, turn), share)

    def surface(self, film: Tensor, u: Tensor, v: Tensor, waves: Tensor) -> Tensor:
        """The pictures (B, 3, H, W) at u, v (B, h, W), where they have waves, with their water."""
        high, wide = film.shape[2:]
        depth = (v - self.line).clamp_min(0)
        across = (u + waves * depth * 0.1 - 0.5) * (high / wide) + 0.5
        up = 2 * self.line - v + waves * depth * 0.3
        place = torch.stack([across * 2 - 1, up * 2 - 1], -1)
        mirror = F.grid_sample(film, place, padding_mode="reflection", align_corners=False)
        deep = film.new_tensor([0.05, 0.22, 0.32])[:, None, None] * (0.3 + 0.7 * self.light)
        tone = (0.22 + 0.5 * depth + 0.11 * waves).clamp(0, 0.8)[:, None]
        surface = torch.lerp(mirror * 0.95, deep.expand_as(mirror), tone.expand_as(mirror))
        surface = torch.lerp(
            surface,
            (self.light + 0.3).clamp(0, 1).expand_as(surface),
            self._glitter(u, depth, waves),
        )
        edge = ((v - self.line) * high).clamp(0, 1)[:, None]
        return torch.lerp(film[:, :, high - v.shape[1] :], surface, edge)

    def _glitter(self, u: Tensor, depth: Tensor, waves: Tensor) -> Tensor:
        path = torch.exp(-(((u - self.sun_u) / (0.05 + 0.35 * depth)) ** 2)) * self.sun
        return (path * (waves * 1.4 - 0.1).clamp(0, 1) * 0.9)[:, None]
