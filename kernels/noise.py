"""Noise that is a function of where it is asked for, not of when: Philox4x32-10 under a counter.

The key holds seed and stream, the counter holds block, step and position, so any piece of any draw
can be made alone, in any order and on any device. Random123: Salmon et al., "Parallel random
numbers: as easy as 1, 2, 3" (2011).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import torch
from torch import Tensor

from kernels import backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Word = Tensor | int
    Device = torch.device | str | None

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)  # Random123, philox.h
WEYL = (0x9E3779B9, 0xBB67AE85)  # golden ratio and sqrt(3) - 1, in 32 bits
ROUNDS = 10
WORD = 0xFFFFFFFF
STEEPNESS = 1.1547  # makes the steepest corner of Perlin's noise in 3D reach 1: 2 / sqrt(3)
FBM_CONTRAST = 0.7
LANES = 4  # words that one counter gives
CHUNK = 1 << 15  # counters at a time: their words stay in a core's cache
POSITIONS = LANES << 32
PICTURES = WORD  # the stream of perlin and worley, apart from those that draws have


class Draw(NamedTuple):
    """Where a draw lies: the words of Philox key and counter, and the first of its positions."""

    key: tuple[int, int]
    high: tuple[int, int, int]  # the upper three words of every counter
    offset: int


def philox(counter: tuple[Word, Word, Word, Word], key: tuple[int, int]) -> tuple[Word, ...]:
    """Four random 32-bit words for each counter; a word is an int or an int64 tensor in 0..2**32-1.

    The tensors have one shape. Exact on every device: a product wraps modulo 2**64, where its two
    halves are still the right bits.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        p0, p1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        # augmented, so that tensors made here are written in place; c1 and c3 may keep high bits
        c0, c2 = p1 >> 32, p0 >> 32
        c0 ^= c1
        c0 ^= k0
        c0 &= WORD
        c2 ^= c3
        c2 ^= k1
        c2 &= WORD
        c1, c3 = p1, p0
        k0, k1 = (k0 + WEYL[0]) & WORD, (k1 + WEYL[1]) & WORD
    return c0, c1 & WORD, c2, c3 & WORD


def bits(
    shape: tuple[int, ...],
    *,
    seed: int,
    stream: int,
    block: int = 0,
    step: int = 0,
    offset: int = 0,
    device: Device = None,
) -> Tensor:
    """int64 words in 0..2**32-1, one for each position from offset on, in the shape's order.

    The seed counts modulo 2**64. Raises ValueError where stream, block or step leaves 0..2**32-1 or
    the positions leave 0..2**34-1.
    """
    where = _place(seed, stream, block, step, offset)
    return _drawn("bits", shape, where, device)


def uniform(
    shape: tuple[int, ...],
    *,
    seed: int,
    stream: int,
    block: int = 0,
    step: int = 0,
    offset: int = 0,
    device: Device = None,
) -> Tensor:
    """float32 in [0, 1), multiples of 2**-24, the same bits on every device; see bits."""
    where = _place(seed, stream, block, step, offset)
    return _drawn("uniform", shape, where, device)


def gaussian(
    shape: tuple[int, ...],
    *,
    seed: int,
    stream: int,
    block: int = 0,
    step: int = 0,
    offset: int = 0,
    device: Device = None,
) -> Tensor:
    """float32 of mean 0 and deviation 1, at most 6.7 from 0 (Box and Muller 1958); see bits.

    Positions 2i and 2i+1 share one pair of words. Devices agree to 1e-6 times max(1, |value|).
    """
    where = _place(seed, stream, block, step, offset)
    return _drawn("gaussian", shape, where, device)


def perlin(
    height: int,
    width: int,
    *,
    scale: float,
    seed: int,
    x: float = 0.0,
    y: float = 0.0,
    z: float = 0.0,
    octave: int = 0,
    device: Device = None,
) -> Tensor:
    """(1, 1, height, width) of gradient noise in [-1, 1], one feature every `scale` pixels.

    Perlin 2002, in three dimensions. x and y move the window in pixels; z is the third axis: a
    unit of it is one feature in time. It is 0 on average with deviation 0.22. Raises ValueError
    where scale is below 1 pixel.
    """
    across, down = _Axis.over(width, scale, x, device), _Axis.over(height, scale, y, device)
    gx, gy, rest = _gradients(across, down, z, seed=seed, octave=octave)
    value = _mixed(
        across, *(across.pick(rest, i).addcmul_(across.pick(gx, i), across.at - i) for i in (0, 1))
    )
    slope = _mixed(across, across.pick(gy, 0), across.pick(gy, 1))
    value, slope = value.t().contiguous(), slope.t().contiguous()  # (lattice rows, width)
    return _mixed(
        down, *(down.pick(value, i).addcmul_(down.pick(slope, i), down.at - i) for i in (0, 1))
    )[None, None]


def fbm(
    height: int,
    width: int,
    *,
    scale: float,
    octaves: int,
    seed: int,
    x: float = 0.0,
    y: float = 0.0,
    z: float = 0.0,
    gain: float = 0.5,
    device: Device = None,
) -> Tensor:
    """(1, 1, height, width) in [0, 1]: octaves of perlin, each twice as fine as the last.

    Each is `gain` times as strong as the last. Smooth in x, y (pixels) and z. Octaves finer
    than two pixels fade out in place of aliasing. Middle grey on average, and of the same
    deviation (0.16) whatever the octaves.
    """
    out = torch.full((1, 1, height, width), 0.5, device=device)
    norm = math.sqrt(sum(gain ** (2 * i) for i in range(octaves)))
    for i in range(octaves):
        cell = scale / 2**i
        share = gain**i * min(1.0, cell - 1) / norm
        if share > 0:
            layer = perlin(
                height, width, scale=cell, seed=seed, x=x, y=y, z=z * 2**i, octave=i, device=device
            )
            out.add_(layer, alpha=share * FBM_CONTRAST)
    return out.clamp_(0, 1)


def worley(
    height: int,
    width: int,
    *,
    scale: float,
    seed: int,
    x: float = 0.0,
    y: float = 0.0,
    z: float = 0.0,
    feature: Literal["distance", "edge"] = "distance",
    device: Device = None,
) -> Tensor:
    """(1, 1, height, width) in [0, 1]: distance to the nearest point (Worley 1996), in cells.

    Each cell of `scale` pixels has one point. "edge" is the distance to the second nearest less
    that to the nearest: 0 where two cells meet. The points swing about their cells as z moves
    and are back at every whole z. Raises ValueError where scale is below 1 pixel.
    """
    across, down = _Axis.over(width, scale, x, device), _Axis.over(height, scale, y, device)
    points = _points(across, down, z, seed)
    first = torch.full((height, width), 4.0, device=device)
    second = first.clone()
    for d in _squared_distances(points, across, down):
        torch.minimum(second, torch.maximum(first, d), out=second)
        torch.minimum(first, d, out=first)
    first.sqrt_()
    out = first if feature == "distance" else second.sqrt_().sub_(first)
    return out.clamp_(0, 1)[None, None]


def _place(seed: int, stream: int, block: int, step: int, offset: int) -> Draw:
    for name, value in (("stream", stream), ("block", block), ("step", step)):
        if not 0 <= value <= WORD:
            raise ValueError(f"{name} {value} is outside 0..{WORD}")
    if offset < 0:
        raise ValueError(f"offset {offset} is below 0, the first position")
    return Draw((seed & WORD, stream), (step, block, seed >> 32 & WORD), offset)


def _drawn(kind: str, shape: tuple[int, ...], draw: Draw, device: Device) -> Tensor:
    count = math.prod(shape)
    if draw.offset + count > POSITIONS:
        raise ValueError(
            f"positions up to {draw.offset + count} are more than the {POSITIONS} of a step"
        )
    device = torch.empty(0, device=device).device  # the default, and an index, where none is given
    form = backend.fused("noise", device)
    if form:
        return form.drawn(kind, shape, draw, device)
    return drawn(kind, shape, draw, device)


def drawn(kind: str, shape: tuple[int, ...], draw: Draw, device: torch.device) -> Tensor:
    """The torch form of all three draws: whole counters, then the asked positions of them."""
    dtype, shaped = KINDS[kind]
    count, (first, skip) = math.prod(shape), divmod(draw.offset, LANES)
    counters = -(-(skip + count) // LANES)
    out = torch.empty(counters, LANES, dtype=dtype, device=device)
    for start in range(0, counters, CHUNK):
        part = out[start : start + CHUNK]
        c0 = torch.arange(first + start, first + start + len(part), device=device)
        torch.stack(shaped(philox((c0, *draw.high), draw.key)), dim=1, out=part)
    return out.view(-1)[skip : skip + count].view(shape)


def _as_uniform(words: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(_fraction(word) for word in words)


def _as_gaussian(words: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (*_pair(words[0], words[1]), *_pair(words[2], words[3]))


def _pair(u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    # from (0, 1], with all 32 bits: the logarithm is finite and the tail long
    radius = (u + 1).float().mul_(2.0**-32).log_().mul_(-2).sqrt_()
    angle = _fraction(v).mul_(math.tau)
    return torch.cos(angle).mul_(radius), angle.sin_().mul_(radius)


def _fraction(word: Tensor) -> Tensor:
    """float32 in [0, 1) by the upper 24 bits, which it holds exactly."""
    return (word >> 8).float().mul_(2.0**-24)


KINDS: dict[str, tuple[torch.dtype, Callable[..., tuple[Tensor, ...]]]] = {
    "bits": (torch.int64, tuple),
    "uniform": (torch.float32, _as_uniform),
    "gaussian": (torch.float32, _as_gaussian),
}


class _Axis(NamedTuple):
    """Where the pixels of one axis lie on a lattice whose first line is number `first`."""

    first: int
    lines: int  # lattice lines that the pixels touch
    cell: Tensor  # (n,) int64, the line before the pixel, counted from first
    at: Tensor  # (n, 1) share of the cell before the pixel, [0, 1)
    fade: Tensor  # (n, 1) Perlin's quintic of it

    @classmethod
    def over(cls, length: int, scale: float, start: float, device: Device) -> _Axis:
        if not scale >= 1:
            raise ValueError(f"scale {scale:g} is below 1 pixel: noise that fine is uniform()")
        # the origin is split off in double precision: far windows are as smooth as near ones
        origin = (start + 0.5) / scale
        first = math.floor(origin)
        place = torch.arange(length, device=device).float().div_(scale).add_(origin - first)
        cell = place.floor()
        at = place.sub_(cell)[:, None]
        fade = (at * 6).sub_(15).mul_(at).add_(10).mul_(at).mul_(at).mul_(at)
        lines = math.floor(origin - first + (length - 1) / scale) + 2
        # rounding may put the last pixel one line on
        return cls(first, lines + 1, cell.long(), at, fade)

    def pick(self, lattice: Tensor, shift: int) -> Tensor:
        """For each pixel the lattice line of its cell, or `shift` lines on."""
        return lattice.index_select(0, self.cell + shift)

    def numbers(self, device: torch.device, margin: int = 0) -> Tensor:
        return torch.arange(self.first - margin, self.first + self.lines + margin, device=device)


def _lattice(
    across: Tensor, down: Tensor, third: int, octave: int, seed: int
) -> tuple[Tensor, ...]:
    """Four words for each crossing (columns, rows) of the lattice."""
    columns, rows = torch.broadcast_tensors(across[:, None] & WORD, down[None, :] & WORD)
    key = ((seed ^ seed >> 32) & WORD, PICTURES)
    return cast("tuple[Tensor, ...]", philox((columns, rows, third & WORD, octave), key))


def _mixed(axis: _Axis, before: Tensor, after: Tensor) -> Tensor:
    return before.lerp_(after, axis.fade)


def _gradients(
    across: _Axis, down: _Axis, z: float, *, seed: int, octave: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Slopes along x and y and the value at each crossing, the two z planes already mixed.

    With z one number the noise of a corner is gx * dx + gy * dy + gz * dz, linear in what the
    planes mix.
    """
    plane = math.floor(z)
    at = z - plane
    fade = at**3 * (at * (at * 6 - 15) + 10)
    device = across.at.device
    columns, rows = across.numbers(device), down.numbers(device)
    gx = gy = rest = torch.zeros((), device=device)
    for third, share, dz in ((plane, 1 - fade, at), (plane + 1, fade, at - 1)):
        u, v, *_ = _lattice(columns, rows, third, octave, seed)
        gz = _fraction(u).mul_(2).sub_(1)  # with an even angle, a gradient anywhere on the sphere
        flat = (1 - gz * gz).sqrt_()
        angle = _fraction(v).mul_(math.tau)
        gx = gx + flat * angle.cos() * (share * STEEPNESS)
        gy = gy + flat * angle.sin() * (share * STEEPNESS)
        rest = rest + gz * (share * dz * STEEPNESS)
    return gx, gy, rest


def _points(across: _Axis, down: _Axis, z: float, seed: int) -> tuple[Tensor, Tensor]:
    """Where in its cell each point is, for one cell more on every side than the pixels touch."""
    device = across.at.device
    u, v, *_ = _lattice(across.numbers(device, 1), down.numbers(device, 1), 0, 0, seed)
    turn = z % 1
    px, py = (
        _fraction(word).add_(turn).mul_(math.tau).sin_().mul_(0.5).add_(0.5) for word in (u, v)
    )
    return px, py


def _squared_distances(
    points: tuple[Tensor, Tensor], across: _Axis, down: _Axis
) -> Iterator[Tensor]:
    """From every pixel (H, W) to the points of the nine cells around it."""
    px, py = points
    for column in range(3):
        square = across.pick(px, column).sub_(across.at - (column - 1)).square_()
        square, height = square.t().contiguous(), across.pick(py, column).t().contiguous()
        for row in range(3):
            dy = down.pick(height, row).sub_(down.at - (row - 1))
            yield dy.square_().add_(down.pick(square, row))
