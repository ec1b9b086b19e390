"""Creatures of parts with gaits: a bird beats its wings, a fish its tail, a horse gallops; each is
painted at every phase of its stride at once."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from nodes.worlds.light import Worlds
from nodes.worlds.things import SHAPES, Canvas

PHASES = 24  # pictures of a stride
DARK = (0.1, 0.08, 0.1)
PALE = (0.97, 0.95, 0.9)


def paint_gait(worlds: Worlds, side: int, reach: float) -> Tensor:
    """Every phase of one world's creature in its colour and light, (PHASES, 4, side, side)."""
    draw, _ = CREATURES[worlds.words[0].thing]
    place = (torch.arange(side) + 0.5) / side * 2 * reach - reach
    x = place.expand(PHASES, side, side)
    edge = torch.full((PHASES, 1, 1), side / (2 * reach))
    canvas = Canvas(x, x.mT, worlds.colour.expand(PHASES, 3, 1, 1), edge)
    draw(canvas, (torch.arange(PHASES) / PHASES * 2 * math.pi)[:, None, None])
    lit = canvas.colour * (0.45 + 0.55 * worlds.light)
    return torch.cat([lit.clamp(0, 1), canvas.cover[:, None]], 1)


def _limb(
    canvas: Canvas,
    start: tuple[Tensor | float, Tensor | float],
    end: tuple[Tensor | float, Tensor | float],
    thick: tuple[float, float],
) -> Tensor:
    """How far inside a limb that tapers from one joint to the next each point is."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    x, y = canvas.x - start[0], canvas.y - start[1]
    along = ((x * dx + y * dy) / (dx * dx + dy * dy + 1e-6)).clamp(0, 1)
    gap = ((x - along * dx) ** 2 + (y - along * dy) ** 2).sqrt()
    return thick[0] + (thick[1] - thick[0]) * along - gap


def _oval(canvas: Canvas, x: Tensor | float, y: Tensor | float, a: float, b: float) -> Tensor:
    return (1 - (((canvas.x - x) / a) ** 2 + ((canvas.y - y) / b) ** 2).sqrt()) * min(a, b)


def _bird(canvas: Canvas, phase: Tensor) -> None:
    beat, late = phase.sin(), (phase - 0.9).sin()
    rise = 0.06 * (phase - 1.4).sin()
    for far in (True, False):
        shoulder = (0.12 + 0.1 * far, rise - 0.05)
        elbow = (0.0 + 0.14 * far, rise - 0.1 - 0.58 * beat)
        tip = (-0.5 + 0.14 * far, rise - 0.1 - 0.72 * beat - 0.5 * late)
        shade = 0.5 if far else 0.78
        wing = torch.maximum(
            _limb(canvas, shoulder, elbow, (0.21, 0.18)), _limb(canvas, elbow, tip, (0.18, 0.02))
        )
        if not far:
            _bird_body(canvas, rise)
        canvas.fill(wing, canvas.tint, shade - 0.25 * (canvas.y - rise).clamp(-0.6, 0.6))


def _bird_body(canvas: Canvas, rise: Tensor) -> None:
    shade = 0.95 - 0.5 * (canvas.y - rise)
    for spread in (0.14, 0.0):
        tail = _limb(canvas, (-0.36, rise), (-0.92, rise + 0.02 + spread), (0.09, 0.07))
        canvas.fill(tail, canvas.tint, 0.7 + spread)
    canvas.fill(_limb(canvas, (-0.42, rise), (0.4, rise - 0.02), (0.09, 0.2)), canvas.tint, shade)
    canvas.fill(
        _limb(canvas, (0.72, rise - 0.1), (0.98, rise - 0.03), (0.08, 0.01)), (0.95, 0.6, 0.15)
    )
    canvas.fill(_oval(canvas, 0.62, rise - 0.12, 0.2, 0.18), canvas.tint, shade)
    canvas.fill(_oval(canvas, 0.68, rise - 0.16, 0.045, 0.045), DARK)


def _fish(canvas: Canvas, phase: Tensor) -> None:
    swing = 0.16 * torch.sin(phase + 2.4 * canvas.x) * (0.75 - canvas.x).clamp(0, 1.5)
    y = canvas.y - swing  # the wave runs down the body and grows towards the tail
    body = (1 - ((canvas.x - 0.1) / 0.85).abs() ** 2).clamp_min(0).sqrt() * 0.36 - y.abs()
    tail = torch.minimum(
        0.62 * (-canvas.x - 0.52) + 0.05 - y.abs(), 0.3 * y.abs() + 1.02 + canvas.x
    )
    fin = torch.minimum(0.56 - 0.5 * (canvas.x + 0.1).abs() + y, -y - 0.2)
    canvas.fill(fin, canvas.tint, 0.7)
    canvas.fill(tail, canvas.tint, 0.8)
    stripes = torch.sin(canvas.x * 11).clamp(0, 1) * (canvas.x < 0.45)
    canvas.fill(body, canvas.tint, 0.95 - 0.9 * y - 0.25 * stripes)
    canvas.fill(torch.minimum(body, y - 0.12), PALE, 0.95 - 0.4 * y)
    side = _limb(canvas, (0.18, 0.08), (-0.12, 0.22 + 0.06 * phase.sin()), (0.04, 0.1))
    canvas.fill(side, canvas.tint, 0.6)
    canvas.fill(_oval(canvas, 0.66, -0.07, 0.09, 0.09), PALE)
    canvas.fill(_oval(canvas, 0.69, -0.07, 0.05, 0.05), DARK)


def _horse(canvas: Canvas, phase: Tensor) -> None:
    bob = 0.05 * (phase + 0.6).sin()
    pitch = 0.05 * (phase + 1.2).cos()
    for late, hip, shade in ((0.5, -0.48, 0.55), (0.9, 0.42, 0.55)):
        _leg(canvas, phase + late, (hip, bob + 0.12 + hip * pitch), shade, hind=hip < 0)
    wave = 0.1 * torch.sin(phase * 2 + canvas.x * 4)
    tail = _limb(canvas, (-0.72, bob - 0.12), (-1.18, bob + 0.12), (0.08, 0.03))
    canvas.fill(tail - wave.abs() * 0.3, DARK, 1.2)
    barrel = _limb(
        canvas, (-0.48, bob - 0.02 - 0.5 * pitch), (0.42, bob - 0.02 + 0.4 * pitch), (0.26, 0.25)
    )
    shade = 1.0 - 0.55 * (canvas.y - bob)
    neck_end = (0.86, bob - 0.58 + 0.8 * pitch)
    canvas.fill(barrel, canvas.tint, shade)
    canvas.fill(_limb(canvas, (0.48, bob - 0.1), neck_end, (0.21, 0.11)), canvas.tint, shade)
    mane = _limb(canvas, (0.42, bob - 0.3), (0.78, bob - 0.7 + 0.8 * pitch), (0.09, 0.05))
    canvas.fill(mane + 0.03 * torch.sin(canvas.x * 30 - phase), DARK, 1.2)
    muzzle = (1.14, bob - 0.4 + pitch)
    canvas.fill(_limb(canvas, neck_end, muzzle, (0.13, 0.07)), canvas.tint, shade)
    ear = _limb(canvas, neck_end, (0.83, bob - 0.8 + 0.8 * pitch), (0.07, 0.01))
    canvas.fill(ear, canvas.tint, 0.8)
    canvas.fill(_oval(canvas, 0.93, neck_end[1] + 0.0, 0.03, 0.03), DARK)
    for late, hip in ((0.0, -0.44), (1.4, 0.44)):
        _leg(canvas, phase + late, (hip, bob + 0.12 + hip * pitch), 0.85, hind=hip < 0)


def _leg(
    canvas: Canvas, phase: Tensor, hip: tuple[float, Tensor], shade: float, *, hind: bool
) -> None:
    swing = 0.75 * phase.sin()  # forward and back
    fold = (0.5 - 0.9 * phase.cos()).clamp_min(0)  # folded while it swings forward
    bend = -fold if hind else fold
    knee = (hip[0] + 0.42 * swing.sin(), hip[1] + 0.42 * swing.cos())
    low = swing - 1.1 * fold if not hind else swing - 0.9 * fold - 0.1 * bend
    hoof = (knee[0] + 0.42 * low.sin(), knee[1] + 0.42 * low.cos())
    canvas.fill(_limb(canvas, hip, knee, (0.15 if hind else 0.12, 0.07)), canvas.tint, shade)
    canvas.fill(_limb(canvas, knee, hoof, (0.065, 0.045)), canvas.tint, shade)
    canvas.fill(_oval(canvas, *hoof, 0.075, 0.055), DARK)


def _butterfly(canvas: Canvas, phase: Tensor) -> None:
    open_ = 0.3 + 0.7 * (0.5 * phase).cos().abs()
    body, canvas.x = canvas.x, canvas.x / open_
    SHAPES["butterfly"](canvas)
    canvas.x = body


CREATURES: dict[
    str, tuple[Callable[[Canvas, Tensor], None], float]
] = {  # drawing, strides a second
    "bird": (_bird, 1.5),
    "fish": (_fish, 0.9),
    "horse": (_horse, 1.7),
    "butterfly": (_butterfly, 2.2),
}
