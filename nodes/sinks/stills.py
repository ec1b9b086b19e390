"""Frames as picture files, PNG, JPEG or TIFF, written whole or not at all."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from engine.errors import MediaError
from nodes.sinks.output_file import why
from nodes.sinks.pixels import BYTE, WORD, quantized

if TYPE_CHECKING:
    from pathlib import Path

    from engine.values import Frame

SUFFIXES = {".png": ".png", ".jpg": ".jpg", ".jpeg": ".jpg", ".tif": ".tiff", ".tiff": ".tiff"}
SIGNATURE = 8  # bytes before the first chunk of a PNG
HEADER = 25  # bytes of the chunk IHDR


def check_suffix(path: Path, *, deep: bool) -> str:
    """The kind of picture that a file name asks for; MediaError where it cannot be written."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise MediaError(
            f"'{path}' ends in {path.suffix or 'nothing'!r}; pictures end in .png, .jpg, .tif"
        )
    if deep and kind == ".jpg":
        raise MediaError(f"'{path}': JPEG has 8 bits; use .png or .tif for 16")
    return kind


def encoded(frame: Frame, kind: str, *, deep: bool, quality: int) -> bytes:
    """A frame as the bytes of a picture file; JPEG has it over black, the others keep alpha."""
    alpha = frame.alpha is not None and kind != ".jpg"
    planes = quantized(frame, alpha=alpha, top=WORD if deep else BYTE)
    order = [2, 1, 0, 3][: len(planes)]  # OpenCV takes BGR
    pixels: Any = np.ascontiguousarray(planes[order].transpose(1, 2, 0))
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if kind == ".jpg" else []
    done, data = cv2.imencode(kind, pixels, options)
    if not done:
        raise MediaError(f"a picture of {frame.width} x {frame.height} cannot be written as {kind}")
    return data.tobytes()


def with_text(png: bytes, key: str, text: str) -> bytes:
    """A PNG with a tEXt chunk after its header (PNG specification, 11.3.3.2).

    The chunk takes Latin-1 alone; JSON says every other letter as \\uXXXX.
    """
    plain = re.sub(r"[^\x00-\x7f]", _escaped, text)
    body = b"tEXt" + key.encode("latin-1") + b"\0" + plain.encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    at = SIGNATURE + HEADER
    return png[:at] + chunk + png[at:]


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that it is whole or as it was; MediaError where it cannot be."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise MediaError(why(path, error)) from None


def _escaped(letter: re.Match[str]) -> str:
    units = letter.group().encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
