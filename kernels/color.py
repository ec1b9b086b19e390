"""Colour spaces and colour adjustments, all built from two sRGB curves, one 3x3 channel mix and one
table.

Pictures are (B, 3, H, W) in [0, 1], display-coded sRGB unless a name says `linear`. Every function
returns a picture of the input's type and either a tensor of its own or, where nothing changes, the
input itself. Python numbers are parameters; nothing is read back from the device. NaN stays NaN in
its own pixel.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from kernels.bands import banded
from kernels.precision import TINY, widen

if TYPE_CHECKING:
    from torch import Tensor

Row = tuple[float, ...]  # three numbers
Matrix = tuple[Row, ...]  # three rows

DECODE_KNEE, ENCODE_KNEE = 0.04045, 0.0031308  # IEC 61966-2-1
IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
LUMA_709: Row = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709, item 3.2
YCBCR_709: Matrix = (
    LUMA_709,
    (-0.2126 / 1.8556, -0.7152 / 1.8556, 0.5),
    (0.5, -0.7152 / 1.5748, -0.0722 / 1.5748),
)
LMS: Matrix = (  # linear sRGB to cone response, Ottosson, "A perceptual color space" (2020)
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OKLAB: Matrix = (  # cube root of cone response to lightness and two opponents, same source
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
XYZ: Matrix = (  # linear sRGB to CIE XYZ, IEC 61966-2-1
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
BRADFORD: Matrix = (  # CIE XYZ to the sharpened cones of CIECAM97s
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)
NEUTRAL_MIRED = 1e6 / 6500
MIRED_SPAN = 100.0  # temperature 1 looks like 3940 K, temperature -1 like 18600 K
TINT_SPAN = 0.02  # distance from the black-body line in CIE 1960 uv at tint 1


@banded
def srgb_to_linear(picture: Tensor) -> Tensor:
    """Display-coded sRGB to linear light, exact and piecewise; negatives go on along the line."""
    x = widen(picture)
    above = x.clamp(min=DECODE_KNEE)
    curve = above.mul(1 / 1.055).add_(0.055 / 1.055).log2_().mul_(2.4).exp2_()
    # a mask would cost more than the curve: below the knee push it under the line, then take max
    curve.add_(above.neg_().add_(x))
    return torch.maximum(curve, torch.mul(x, 1 / 12.92, out=above), out=curve).to(picture.dtype)


@banded
def linear_to_srgb(picture: Tensor) -> Tensor:
    """Linear light to display-coded sRGB, exact and piecewise; the inverse of srgb_to_linear."""
    x = widen(picture)
    curve = x.clamp(min=ENCODE_KNEE).log2_().mul_(1 / 2.4).exp2_().mul_(1.055).sub_(0.055)
    return torch.minimum(curve, x * 12.92, out=curve).to(picture.dtype)


def mix_channels(picture: Tensor, matrix: Matrix) -> Tensor:
    """Each output channel is a weighted sum of the three input channels (row of the matrix)."""
    x = widen(picture).contiguous()
    out = torch.empty_like(x)
    # plane by plane, not as a matrix product: no TF32, and faster than a 1x1 convolution on a CPU
    for plane, (r, g, b) in zip(out.unbind(1), matrix, strict=True):
        torch.mul(x[:, 0], r, out=plane)
        plane.add_(x[:, 1], alpha=g).add_(x[:, 2], alpha=b)
    return out.to(picture.dtype)


def luma(picture: Tensor) -> Tensor:
    """(B, 1, H, W): the BT.709 weighted sum of the channels, of coded or linear values as given."""
    r, g, b = LUMA_709
    x = widen(picture)
    return (x[:, 0:1] * r).add_(x[:, 1:2], alpha=g).add_(x[:, 2:3], alpha=b).to(picture.dtype)


def rgb_to_ycbcr(picture: Tensor) -> Tensor:
    """Luma in [0, 1] and the BT.709 colour differences Cb, Cr in [-0.5, 0.5]."""
    return mix_channels(picture, YCBCR_709)


def ycbcr_to_rgb(picture: Tensor) -> Tensor:
    """The inverse of rgb_to_ycbcr."""
    return mix_channels(picture, inverse(YCBCR_709))


@banded
def rgb_to_oklab(picture: Tensor) -> Tensor:
    """Display-coded sRGB to Oklab: L in [0, 1], a green to red, b blue to yellow, within 0.4."""
    cones = mix_channels(srgb_to_linear(widen(picture)), LMS)
    return mix_channels(_cube_root_(cones), OKLAB).to(picture.dtype)


@banded
def oklab_to_rgb(picture: Tensor) -> Tensor:
    """The inverse of rgb_to_oklab; colours outside sRGB come out below 0 or above 1."""
    roots = mix_channels(widen(picture), inverse(OKLAB))
    return linear_to_srgb(mix_channels(roots.pow_(3), inverse(LMS))).to(picture.dtype)


@banded
def rgb_to_hsv(picture: Tensor) -> Tensor:
    """Hue in turns, saturation and value, all in [0, 1]; grey has hue 0, black saturation 0."""
    x = widen(picture)
    r, g, b = x.unbind(1)
    value = torch.maximum(torch.maximum(r, g), b)
    spread = value - torch.minimum(torch.minimum(r, g), b)
    scale = spread.clamp(min=TINY).reciprocal_()
    sixths = torch.where(value == g, (b - r) * scale + 2, (r - g) * scale + 4)
    sixths = torch.where(value == r, (g - b) * scale, sixths)
    hue = (sixths / 6).remainder_(1).masked_fill_(spread == 0, 0)
    return torch.stack((hue, spread / value.clamp(min=TINY), value), dim=1).to(picture.dtype)


@banded
def hsv_to_rgb(picture: Tensor) -> Tensor:
    """The inverse of rgb_to_hsv (Smith 1978); any hue is taken modulo one turn."""
    x = widen(picture)
    hue, saturation, value = x.unbind(1)
    chroma = saturation * value
    out = torch.empty_like(x)
    for plane, start in zip(out.unbind(1), (5, 3, 1), strict=True):
        k = (hue * 6).add_(start).remainder_(6)
        share = torch.minimum(k, 4 - k).clamp_(0, 1)
        torch.sub(value, share.mul_(chroma), out=plane)
    return out.to(picture.dtype)


def grade(
    picture: Tensor,
    *,
    exposure: float = 0.0,
    temperature: float = 0.0,
    tint: float = 0.0,
    saturation: float = 1.0,
    hue: float = 0.0,
    contrast: float = 1.0,
    pivot: float = 0.5,
) -> Tensor:
    """All the colour knobs in one pass over the picture; at their defaults the picture itself.

    exposure: stops, in linear light. temperature and tint: -1..1, warm and magenta above 0, a
    Bradford adaptation. saturation: 0 grey, 1 as it is, about linear-light luma. hue: turns round
    the Oklab circle, lightness held. contrast: slope of the display-coded values about the pivot.
    They apply in this order; the result is in [0, 1].
    """
    matrix = _times(_saturating(saturation), white_balance(temperature=temperature, tint=tint))
    matrix = _scaled(matrix, 2.0**exposure)
    if matrix == IDENTITY and not hue % 1 and contrast == 1:
        return picture
    return _graded(picture, matrix, hue % 1, contrast, pivot)


def exposure(picture: Tensor, stops: float) -> Tensor:
    """Doubles the light for each stop."""
    return grade(picture, exposure=stops)


def contrast(picture: Tensor, amount: float, *, pivot: float = 0.5) -> Tensor:
    """Steepens (above 1) or flattens (below 1) display-coded values about the pivot."""
    return grade(picture, contrast=amount, pivot=pivot)


def saturation(picture: Tensor, amount: float) -> Tensor:
    """0 is grey of the same luminance, 1 leaves the picture, 2 doubles its colour."""
    return grade(picture, saturation=amount)


def hue_rotate(picture: Tensor, turns: float) -> Tensor:
    """Turns every colour round the Oklab hue circle; greys and lightness stay."""
    return grade(picture, hue=turns)


def temperature(picture: Tensor, amount: float, *, tint: float = 0.0) -> Tensor:
    """Warms (1) or cools (-1) the light, even in reciprocal kelvin; tint is green to magenta."""
    return grade(picture, temperature=amount, tint=tint)


def levels(
    picture: Tensor,
    *,
    in_black: float = 0.0,
    in_white: float = 1.0,
    gamma: float = 1.0,
    out_black: float = 0.0,
    out_white: float = 1.0,
) -> Tensor:
    """Stretches in_black..in_white over out_black..out_white, bending by 1 / gamma between.

    Equal input points make a threshold: what is above them is white. Raises ValueError where gamma
    is not above 0.
    """
    if not gamma > 0:
        raise ValueError(f"gamma {gamma:g} has to be above 0; 1 leaves the middle tones")
    return _levelled(picture, in_black, in_white - in_black, gamma, out_black, out_white)


def apply_lut3d(picture: Tensor, lut: Tensor) -> Tensor:
    """Looks every colour up in lut (N, N, N, 3), indexed [red, green, blue], trilinearly.

    Values outside [0, 1] take the nearest face of the cube; NaN takes one of the table's. Raises
    ValueError where the table is no cube of at least two points a side.
    """
    size = lut.shape[0]
    if lut.shape != (size, size, size, 3) or size < 2:
        raise ValueError(
            f"a table of {tuple(lut.shape)} is no (N, N, N, 3) cube with N of 2 or more"
        )
    x = widen(picture)
    cube = lut.to(x).permute(3, 0, 1, 2).expand(len(x), 3, size, size, size)
    # the last coordinate of grid_sample is the slowest axis, so blue, green, red
    where = x.flip(1).permute(0, 2, 3, 1).unsqueeze(1).mul(2).sub_(1)  # (B, 1, H, W, 3)
    found = functional.grid_sample(cube, where, padding_mode="border", align_corners=True)
    return found.squeeze(2).to(picture.dtype)


def white_balance(*, temperature: float, tint: float) -> Matrix:
    """The linear-light matrix that adapts a 6500 K white to the asked one (Bradford)."""
    if not temperature and not tint:
        return IDENTITY
    old, new = _white(0.0, 0.0), _white(temperature, tint)
    before, after = _apply(BRADFORD, old), _apply(BRADFORD, new)
    gains = tuple(a / b for a, b in zip(after, before, strict=True))
    to_cones = _times(BRADFORD, XYZ)
    adapted = tuple(tuple(v * gain for v in row) for gain, row in zip(gains, to_cones, strict=True))
    return _times(inverse(to_cones), adapted)


def inverse(m: Matrix) -> Matrix:
    """The inverse of a 3x3 matrix, by cofactors."""
    (a, b, c), (d, e, f), (g, h, i) = m
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return _scaled(
        (
            (e * i - f * h, c * h - b * i, b * f - c * e),
            (f * g - d * i, a * i - c * g, c * d - a * f),
            (d * h - e * g, b * g - a * h, a * e - b * d),
        ),
        1 / det,
    )


def _white(temperature: float, tint: float) -> Row:
    """XYZ, with Y of 1, of a black body shifted off its line in CIE 1960 uv."""
    kelvin = 1e6 / (NEUTRAL_MIRED + MIRED_SPAN * temperature)
    u, v = _black_body_uv(kelvin)
    nearby = _black_body_uv(kelvin * 1.001)
    du, dv = nearby[0] - u, nearby[1] - v
    across = TINT_SPAN * tint / math.hypot(du, dv)
    u, v = u - dv * across, v + du * across
    return (1.5 * u / v, 1.0, (2 - u / 2 - 5 * v) / v)


def _black_body_uv(kelvin: float) -> tuple[float, float]:
    """CIE 1960 uv of a black body between 1000 and 15000 K and, flatter, beyond (Krystek 1985)."""
    t = kelvin
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t * t) / (
        1 + 8.42420235e-4 * t + 7.08145163e-7 * t * t
    )
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t * t) / (
        1 - 2.89741816e-5 * t + 1.61456053e-7 * t * t
    )
    return u, v


def _saturating(amount: float) -> Matrix:
    if amount == 1:
        return IDENTITY
    grey = tuple((1 - amount) * weight for weight in LUMA_709)
    return tuple(tuple(g + amount * (i == j) for j, g in enumerate(grey)) for i in range(3))


@banded
def _levelled(
    picture: Tensor, start: float, span: float, gamma: float, black: float, white: float
) -> Tensor:
    span = math.copysign(max(abs(span), TINY), span)
    x = (widen(picture) - start).div_(span).clamp_(0, 1)
    if gamma != 1:
        x.log2_().mul_(1 / gamma).exp2_()
    return x.mul_(white - black).add_(black).to(picture.dtype)


@banded
def _graded(picture: Tensor, matrix: Matrix, hue: float, contrast: float, pivot: float) -> Tensor:
    x = widen(picture)
    if matrix != IDENTITY or hue:
        light = mix_channels(srgb_to_linear(x), matrix)
        x = linear_to_srgb(_turned(light, hue) if hue else light).clamp_(0, 1)
    if contrast != 1:
        x = (x - pivot).mul_(contrast).add_(pivot).clamp_(0, 1)
    return x.to(picture.dtype)


def _turned(light: Tensor, turns: float) -> Tensor:
    c, s = math.cos(math.tau * turns), math.sin(math.tau * turns)
    turn = ((1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c))
    roots = _cube_root_(mix_channels(light, LMS))
    roots = mix_channels(roots, _times(inverse(OKLAB), _times(turn, OKLAB)))
    return mix_channels(roots.pow_(3), inverse(LMS))


def _cube_root_(light: Tensor) -> Tensor:
    """In place; light below zero counts as none."""
    return light.clamp_(min=0).log2_().mul_(1 / 3).exp2_()


def _apply(m: Matrix, v: Row) -> Row:
    return tuple(sum(a * b for a, b in zip(row, v, strict=True)) for row in m)


def _times(a: Matrix, b: Matrix) -> Matrix:
    return tuple(_apply(tuple(zip(*b, strict=True)), row) for row in a)


def _scaled(m: Matrix, factor: float) -> Matrix:
    return tuple(tuple(v * factor for v in row) for row in m)
