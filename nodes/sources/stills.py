"""Pictures from files of any format and depth, read as videos of one frame: one way for both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import MediaError
from nodes.sources.decoder import Decoder, Picture
from nodes.sources.picture import to_tensors

if TYPE_CHECKING:
    from torch import Tensor

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".tga", ".exr", ".gif", ".ppm"}
    | {".pgm", ".jp2", ".dpx", ".avif", ".jxl"}
)
NUMBERED = re.compile(r"%0?\d*d")


def load_still(path: Path) -> tuple[Tensor, Tensor | None]:
    """A picture file as RGB (1, 3, H, W) in [0, 1] and alpha (1, 1, H, W) or None."""
    decoder = Decoder(path, sound=False, deinterlace=False, hardware=False)
    try:
        for item in decoder.read():
            if isinstance(item, Picture):
                return to_tensors(item.frame, item.aspect)
    finally:
        decoder.close()
    raise MediaError(f"'{path}' holds no picture that can be decoded; export it again")


def find_stills(path: Path) -> list[Path]:
    """The pictures of a folder or of a pattern (shot_*.png, shot_%04d.png), in natural order."""
    if not path.parts:
        raise MediaError(
            "no pictures are chosen; set path to a folder or a pattern like shot_*.png"
        )
    folder, pattern = (path, "*") if path.is_dir() else (path.parent, path.name)
    if not folder.is_dir():
        raise MediaError(f"there is no folder '{folder}'; choose another or put it back")
    pattern = NUMBERED.sub("*", pattern)
    found = [one for one in folder.glob(pattern) if one.is_file() and not one.name.startswith(".")]
    if path.is_dir():
        found = [one for one in found if one.suffix.lower() in SUFFIXES]
    if not found:
        raise MediaError(
            f"no picture matches '{path}'; choose a folder or a pattern like shot_*.png"
        )
    return sorted(found, key=natural)


def natural(path: Path) -> list[tuple[int, str]]:
    """A sort key in which shot_2 comes before shot_10."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
