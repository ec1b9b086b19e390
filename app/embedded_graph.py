"""The graph that a picture or film of ours carries: a PNG's text, a film's comment.

Files are read as far as it takes and no further; nothing in them is decoded or evaluated.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import torch

from engine.errors import DocumentError
from engine.values import Frame
from nodes.sinks.snapshot import KEY
from nodes.sinks.stills import encoded, with_text, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 64 << 20  # bytes of a chunk or box that are read
MATROSKA_HEAD = 8 << 20  # bytes in which a Matroska file has its tags, when we wrote it
PNG = b"\x89PNG\r\n\x1a\n"
MATROSKA = b"\x1aE\xdf\xa3"
COMMENT = b"\xa9cmt"  # of QuickTime and MP4
TAG = b"E\xa3\x87COMMENTD\x87"  # TagName COMMENT, then TagString and its length (RFC 9559)
AROUND = (b"moov", b"udta", b"meta", b"ilst")  # the boxes around a comment, outermost first


def graph_text(path: Path) -> str | None:
    """The JSON of the graph that a file carries, None where it carries none.

    DocumentError where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = _found(file)
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror or error}") from error
    text = found.decode("utf-8", "replace").strip() if found else ""
    return text if text.startswith("{") and '"format"' in text else None


def write_png(path: Path, rgb: np.ndarray, text: str) -> None:
    """Writes a picture, uint8 (H, W, 3), as a PNG that carries a graph as JSON.

    The file is whole or as it was. MediaError where it cannot be written.
    """
    tensor = torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None].float() / 255
    png = encoded(Frame(tensor), ".png", deep=False, quality=0)
    write_whole(path, with_text(png, KEY, text))


def _found(file: BinaryIO) -> bytes | None:
    head = file.read(8)
    if head == PNG:
        return next(_png_texts(file), None)
    file.seek(0)
    if head.startswith(MATROSKA):
        return _matroska_comment(file.read(MATROSKA_HEAD))
    return next(_comments(file, 0, file.seek(0, 2), {COMMENT}), None)


def _png_texts(file: BinaryIO) -> Iterator[bytes]:
    """Our texts, also as programs that saved the picture again wrote them (PNG, 11.3.3)."""
    while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
        length, read = int.from_bytes(head[:4], "big"), PNG_TEXTS.get(head[4:])
        if read is not None and length <= LARGEST:
            key, _, rest = file.read(length).partition(b"\0")
            file.seek(4, 1)
            if key.decode("latin-1") == KEY:
                yield read(rest)
        else:
            file.seek(length + 4, 1)


def _international(rest: bytes) -> bytes:
    """iTXt: two flags, a language, the key in that language, then UTF-8."""
    text = b"".join(rest[2:].split(b"\0", 2)[2:])
    return _inflated(text) if rest[:1] == b"\1" else text


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, LARGEST)
    except zlib.error:
        return b""


PNG_TEXTS = {
    b"tEXt": bytes,
    b"zTXt": lambda rest: _inflated(rest[1:]),  # a method, of which there is one
    b"iTXt": _international,
}


def _comments(
    file: BinaryIO, start: int, end: int, kinds: set[bytes], depth: int = 0
) -> Iterator[bytes]:
    """The comments in the boxes of a stretch of the file (ISO 14496-12, 4.2), by their kinds.

    Where there is a box `keys`, comments are known by their number in it (QuickTime, Metadata).
    """
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        body = start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), start + 16
        size = size or end - start
        if size < 8 or start + size > end:
            return
        if kind in AROUND and depth < len(AROUND):
            inner = body + (4 if kind == b"meta" else 0)
            yield from _comments(file, inner, start + size, kinds, depth + 1)
        elif kind in kinds and size <= LARGEST:
            file.seek(body)
            yield _comment(file.read(start + size - body))
        elif kind == b"keys" and size <= LARGEST:
            file.seek(body)
            kinds |= _comment_keys(file.read(start + size - body))
        start += size


def _comment_keys(box: bytes) -> set[bytes]:
    """The kinds that boxes of comments have, after a list of keys by number."""
    found: set[bytes] = set()
    at, number = 8, 1
    while at + 8 <= len(box):
        size = max(8, int.from_bytes(box[at : at + 4], "big"))
        if box[at + 8 : at + size] == b"comment":
            found.add(number.to_bytes(4, "big"))
        at, number = at + size, number + 1
    return found


def _comment(box: bytes) -> bytes:
    """MP4 has the text in a box of its own, QuickTime after a length and a language."""
    return box[16:] if box[4:8] == b"data" else box[4:]


def _matroska_comment(head: bytes) -> bytes | None:
    at = head.find(TAG)
    at += len(TAG)
    if at < len(TAG) or at == len(head):
        return None
    width = 9 - head[at].bit_length() if head[at] else 9
    if width > 8:
        return None
    length = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
    return head[at + width : at + width + length]
