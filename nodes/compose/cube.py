"""Colour tables from .cube text: one curve a channel, or a cube of colours.

Adobe, "Cube LUT Specification 1.0" (2013), with the input range line that DaVinci Resolve writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from engine.errors import MediaError
from kernels.color import apply_lut3d

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 128 << 20
SIZES = {"LUT_1D_SIZE": 65536, "LUT_3D_SIZE": 128}  # the specification allows cubes of 256, 0.5 GB
RANGES = ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE")
Row = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Cube:
    """A table (N, 3), or (N, N, N, 3) indexed [red, green, blue], over `low` to `high`."""

    table: Tensor
    low: Row = (0.0, 0.0, 0.0)
    high: Row = (1.0, 1.0, 1.0)

    def apply(self, picture: Tensor) -> Tensor:
        """Every colour of (B, 3, H, W) looked up, in straight lines between the points."""
        low = picture.new_tensor(self.low).view(1, 3, 1, 1)
        span = picture.new_tensor(self.high).view(1, 3, 1, 1) - low
        places = ((picture - low) / span).clamp(0, 1)
        look = apply_lut3d if self.table.ndim == 4 else _apply_curves
        return look(places, self.table.to(picture.device)).clamp(0, 1)


def load(path: Path) -> Cube:
    """The table in a file; MediaError where there is none, or it is too large or no table."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MediaError(
                f"{path.name} is larger than {MAX_BYTES >> 20} MB; choose a .cube table"
            )
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}; choose a .cube file") from None
    return parse(text, path.name)


def parse(text: str, name: str) -> Cube:
    """The table in a text; MediaError names the file, the line and what belongs there."""
    return _Reader(name).read(text)


class _Reader:
    """Reads line after line: words are headings, everything else is numbers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = 0
        self.cubic = False
        self.low: Row = (0.0, 0.0, 0.0)
        self.high: Row = (1.0, 1.0, 1.0)
        self.rows: list[Row] = []

    def read(self, text: str) -> Cube:
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.split("#", 1)[0].split()
            if words:
                self._line(number, words)
        self._check()
        table = torch.from_numpy(np.array(self.rows, dtype=np.float32))
        if self.cubic:
            # red runs fastest in the file, so it is the last axis there
            table = table.view(self.size, self.size, self.size, 3).permute(2, 1, 0, 3)
        return Cube(table.contiguous(), self.low, self.high)

    def _line(self, number: int, words: list[str]) -> None:
        heading = words[0]
        if heading in SIZES:
            self._take_size(number, heading, words)
        elif heading == "DOMAIN_MIN":
            self.low = self._three(number, words[1:])
        elif heading == "DOMAIN_MAX":
            self.high = self._three(number, words[1:])
        elif heading in RANGES:
            self._take_range(number, words)
        elif heading != "TITLE":
            self._take_row(number, words)

    def _take_size(self, number: int, heading: str, words: list[str]) -> None:
        most = SIZES[heading]
        size = int(words[1]) if len(words) == 2 and words[1].isdecimal() else 0
        if self.size or not 2 <= size <= most:
            raise self._wrong(number, f"one {heading} from 2 to {most}", words)
        self.size, self.cubic = size, heading == "LUT_3D_SIZE"

    def _take_range(self, number: int, words: list[str]) -> None:
        low, high, _ = self._three(number, [*words[1:], "0"])
        self.low, self.high = (low, low, low), (high, high, high)

    def _take_row(self, number: int, words: list[str]) -> None:
        if not self.size:
            raise self._wrong(number, "LUT_1D_SIZE or LUT_3D_SIZE", words)
        if len(self.rows) >= self._expected():
            raise self._wrong(number, f"the end, after {self._expected()} colours,", words)
        self.rows.append(self._three(number, words))

    def _three(self, number: int, words: list[str]) -> Row:
        try:
            red, green, blue = (float(word) for word in words)
        except ValueError:
            raise self._wrong(number, "three numbers", words) from None
        # far beyond any colour, and far within float32: no difference of two overflows
        if not all(abs(value) < 1e30 for value in (red, green, blue)):
            raise self._wrong(number, "three numbers below 1e30", words)
        return red, green, blue

    def _expected(self) -> int:
        return self.size**3 if self.cubic else self.size

    def _check(self) -> None:
        if not self.size:
            raise MediaError(f"{self.name} has no LUT_1D_SIZE or LUT_3D_SIZE; choose a .cube table")
        if len(self.rows) != self._expected():
            raise MediaError(
                f"{self.name} ends after {len(self.rows)} of {self._expected()} colours;"
                " it is cut off"
            )
        if any(high - low < 1e-6 for low, high in zip(self.low, self.high, strict=True)):
            raise MediaError(f"{self.name} has DOMAIN_MAX not above DOMAIN_MIN; correct the file")

    def _wrong(self, number: int, wanted: str, words: list[str]) -> MediaError:
        found = " ".join(words)[:40]
        return MediaError(f"{self.name} has {found!r} in line {number}, where {wanted} belongs")


def _apply_curves(places: Tensor, table: Tensor) -> Tensor:
    """Each channel of (B, 3, H, W) in [0, 1] through its column of the table (N, 3)."""
    at = places * (len(table) - 1)
    below = at.floor().clamp(max=len(table) - 2)
    index = below.long()
    channels = [
        torch.lerp(curve[i], curve[i + 1], share)
        for curve, i, share in zip(
            table.unbind(1), index.unbind(1), (at - below).unbind(1), strict=True
        )
    ]
    return torch.stack(channels, dim=1)
