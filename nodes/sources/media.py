"""Opening a media file: everything that can be wrong with one becomes a sentence here.

A path comes from a document, so it is opened as a plain local file: no network, no playlists that
name other files, no devices.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.error import FFmpegError
from av.stream import Disposition

from engine.errors import MediaError
from engine.packet import FLICKS_PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

MAX_SIDE = 16_384  # pixels; the largest picture that H.264, HEVC and a GPU texture hold
MAX_PIXELS = 40_000_000  # an 8K frame is 33 million
LISTS = {"concat", "hls", "dash", "lavfi"}  # they name other files or make pictures up
TEXT = {"tty", "bin", "xbin", "adf", "idf", "data", "ffmetadata"}  # text that is drawn as pictures
HARDWARE = ("cuda", "videotoolbox", "d3d11va", "vaapi")
OPTIONS = {"protocol_whitelist": "file", "pattern_type": "none", "max_pixels": str(MAX_PIXELS)}


@dataclass(frozen=True)
class MediaInfo:
    """What a file says of itself: size in pixels, exact mean rate, seconds (0 = unknown)."""

    width: int
    height: int
    fps: Fraction
    duration: float
    codec: str
    has_audio: bool
    metadata: dict[str, str]


def probe(path: Path) -> MediaInfo:
    """What a media file holds, without decoding it; MediaError where it cannot be played."""
    with open_media(path) as container:
        stream = picture_stream(path, container)
        return MediaInfo(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            fps=nominal_rate(stream),
            duration=length(container) / FLICKS_PER_SECOND,
            codec=stream.codec_context.name,
            has_audio=bool(container.streams.audio),
            metadata=dict(container.metadata),
        )


def open_media(path: Path, *, hardware: bool = False) -> Any:
    """An open PyAV container on a local file that holds pictures; MediaError otherwise."""
    check_file(path)
    container = _open_hardware(path) if hardware else None
    container = container or _open(path, None)
    try:
        picture_stream(path, container)
    except MediaError:
        container.close()
        raise
    return container


def check_file(path: Path) -> None:
    """MediaError unless the path is a regular file with something in it."""
    if not path.parts:
        raise MediaError("no file is chosen; set path to a video or a picture")
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise MediaError(_cannot_open(path, error)) from None
    if stat.S_ISDIR(found.st_mode):
        raise MediaError(f"'{path}' is a folder; choose a file in it, or use an image sequence")
    if not stat.S_ISREG(found.st_mode):
        raise MediaError(f"'{path}' is a device or a pipe; choose a media file")
    if found.st_size == 0:
        raise MediaError(f"'{path}' is empty (0 bytes); copy or export it again")
    try:
        path.open("rb").close()
    except OSError as error:
        raise MediaError(_cannot_open(path, error)) from None


def picture_stream(path: Path, container: Any) -> Any:
    """The stream of pictures in a container; MediaError where there is none to show."""
    kinds = set(container.format.name.split(","))
    if kinds & (LISTS | TEXT):
        what = "a list of other files" if kinds & LISTS else "text"
        raise MediaError(f"'{path}' is {what}, not a video or a picture")
    stream = next((one for one in container.streams.video if not _is_cover(one)), None)
    if stream is None:
        held = "sound but no picture" if container.streams.audio else "no picture"
        raise MediaError(f"'{path}' holds {held}; choose a video or a picture")
    if stream.codec_context is None:
        raise MediaError(f"'{path}' is in a codec that cannot be decoded here; convert it to H.264")
    check_size(path, stream.codec_context.width, stream.codec_context.height)
    return stream


def check_size(path: Path, width: int, height: int) -> None:
    """MediaError where a picture is larger than anyone means."""
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise MediaError(
            f"'{path}' says it is {width} x {height} pixels; the limit is {MAX_SIDE} a side "
            f"and {MAX_PIXELS // 1_000_000} million in all, so scale it down first"
        )


def nominal_rate(stream: Any) -> Fraction:
    """Pictures a second as the file states it, 25 where it states nothing believable."""
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    return Fraction(rate) if Fraction(1, 1000) <= rate <= 1000 else Fraction(25)


def length(container: Any) -> int:
    """The container's stated length in flicks, 0 where it states none."""
    return max(0, round((container.duration or 0) * Fraction(FLICKS_PER_SECOND, av.time_base)))


def _open(path: Path, hwaccel: HWAccel | None) -> Any:
    try:
        return av.open(f"file:{path}", options=OPTIONS, metadata_errors="replace", hwaccel=hwaccel)
    except (FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"'{path}' is not media that can be read ({reason})") from None


def _open_hardware(path: Path) -> Any:
    for device in HARDWARE:
        if device not in hwdevices_available():
            continue
        try:
            return _open(path, HWAccel(device, allow_software_fallback=True))
        except (MediaError, NotImplementedError, RuntimeError):
            continue
    return None


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _cannot_open(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"there is no file '{path}'; choose another or put it back"
    if isinstance(error, PermissionError):
        return f"'{path}' may not be read: permission denied"
    return f"'{path}' cannot be opened: {getattr(error, 'strerror', None) or error}"
