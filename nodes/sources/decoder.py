"""One open media file, decoded forward from any position: pictures and sound in order of time.

Time is zero at the first picture. What is broken inside the file is skipped and counted; times are
repaired where a file states none, goes back, or jumps far beyond its own end.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

import av
from av.codec.codec import UnknownCodecError
from av.error import EOFError as EndOfFile
from av.error import FFmpegError

from engine.errors import MediaError
from engine.packet import FLICKS_PER_SECOND, flicks, frame_rate
from nodes.sources.deinterlace import Deinterlacer
from nodes.sources.media import check_size, length, nominal_rate, open_media, picture_stream
from nodes.sources.sound import Sound, SoundReader, between

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PATIENCE = 48  # pictures that wait for the sound of a badly interleaved file
SOUND_PATIENCE = 512  # chunks of sound that wait for a picture
RETRIES = 16  # reads after a read error, before the rest of the file is given up
FAR = 10 * FLICKS_PER_SECOND  # a step in time that a file must justify by its length
SOUND_SLACK = FLICKS_PER_SECOND // 500  # containers that keep milliseconds jitter by less than this
EARLIER = (
    0,
    5 * FLICKS_PER_SECOND,
    30 * FLICKS_PER_SECOND,
)  # where a seek landed late, seek before
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # the native ones drop the alpha of WebM


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, not yet converted: pts and duration in flicks, `aspect` of one pixel."""

    pts: int
    duration: int
    frame: Any
    aspect: float

    @property
    def end(self) -> int:
        return self.pts + self.duration


class Decoder:
    """Reads one file.

    `broken` counts the packets that could not be decoded, `codec` says what decodes, `length` is
    the stated length in flicks (0: not stated) and `step` what a picture lasts at the file's rate.
    """

    def __init__(self, path: Path, *, sound: bool, deinterlace: bool, hardware: bool) -> None:
        self.path = path
        self.broken = 0
        self._sound = sound
        self._deinterlace = deinterlace
        self._hardware = hardware
        self._open()
        self._zero = self._first_pts()
        self._fresh = False
        self.codec = self._describe()

    def read(self, start: int = 0) -> Iterator[Picture | Sound]:
        """Everything from `start` (flicks) on in order of time, from the picture on screen then."""
        items = self._decoded_from(start)
        for item in in_order(items) if self._sounds else items:
            if isinstance(item, Sound):
                kept = between(item, start, item.end)
                if kept:
                    yield kept
            elif item.end > start:
                yield item

    def close(self) -> None:
        self._container.close()

    def _open(self) -> None:
        self._container = open_media(self.path, hardware=self._hardware)
        self._pictures = picture_stream(self.path, self._container)
        self._pictures.thread_type = "AUTO"
        self._sounds = next(iter(self._container.streams.audio), None) if self._sound else None
        self._alpha = self._alpha_decoder()
        self._rate = frame_rate(float(nominal_rate(self._pictures)))
        self.step = flicks(1 / self._rate)
        self.length = length(self._container)
        self._start_over()
        self._fresh = True

    def _describe(self) -> str:
        where = "hardware" if self._pictures.codec_context.is_hwaccel else "software"
        return f"{self._pictures.codec_context.name} ({where})"

    def _start_over(self) -> None:
        self._last: Picture | None = None
        self._sound_end: int | None = None
        self._deinterlacer = Deinterlacer()
        self._reader = SoundReader()

    def _alpha_decoder(self) -> Any:
        name = ALPHA_DECODERS.get(self._pictures.codec_context.name)
        if name is None or self._pictures.metadata.get("alpha_mode") != "1":
            return None
        try:
            return av.CodecContext.create(name, "r")
        except UnknownCodecError:
            return None

    def _first_pts(self) -> int:
        self._zero = 0
        for item in self._decoded():
            if isinstance(item, Picture):
                return item.pts
        self.close()
        raise MediaError(f"'{self.path}' holds no picture that can be decoded; export it again")

    def _decoded_from(self, start: int) -> Iterable[Picture | Sound]:
        for earlier in EARLIER if start > 0 else ():
            found = self._after_seek(start, start - earlier)
            if found is not None:
                return found
        if not self._fresh:
            self.close()
            self._open()
        self._fresh = False
        return self._decoded()

    def _after_seek(self, start: int, target: int) -> Iterable[Picture | Sound] | None:
        """The items after a seek, or None where it lands after `start`."""
        if target <= 0 or not self._seek(target):
            return None
        items = self._decoded()
        head: list[Picture | Sound] = []
        for item in items:
            head.append(item)
            if isinstance(item, Picture):
                return chain(head, items) if item.pts <= start else None
        return None

    def _seek(self, target: int) -> bool:
        self._fresh = False
        base = self._pictures.time_base
        offset = (target + self._zero) * base.denominator // (base.numerator * FLICKS_PER_SECOND)
        try:
            self._container.seek(offset, stream=self._pictures)
        except (FFmpegError, OverflowError):
            return False
        if self._alpha:
            self._alpha = self._alpha_decoder()
        self._start_over()
        return True

    def _decoded(self) -> Iterator[Picture | Sound]:
        for packet in self._packets():
            if packet.stream is self._sounds:
                yield from self._read_sound(packet)
            else:
                yield from self._read_pictures(packet)
        for frame in self._deinterlacer.push(None):
            yield self._picture(frame)

    def _packets(self) -> Iterator[Any]:
        streams = [one for one in (self._pictures, self._sounds) if one is not None]
        for _ in range(RETRIES):
            try:
                yield from self._container.demux(*streams)
                return
            except FFmpegError:
                self.broken += 1

    def _decode(self, packet: Any) -> list[Any]:
        try:
            if self._alpha and packet.stream is self._pictures:
                return self._alpha.decode(packet if packet.size else None)
            return packet.decode()
        except EndOfFile:
            return []
        except (FFmpegError, ValueError):
            self.broken += 1
            return []

    def _read_pictures(self, packet: Any) -> Iterator[Picture]:
        if packet.size and packet.has_sidedata("encryption_info"):
            raise MediaError(f"'{self.path}' is encrypted; use a copy without protection")
        for frame in self._decode(packet):
            check_size(self.path, frame.width, frame.height)
            if self._deinterlace:
                for field in self._deinterlacer.push(frame):
                    yield self._picture(field)
            else:
                yield self._picture(frame)

    def _picture(self, frame: Any) -> Picture:
        nominal = self.step
        stated = to_flicks(frame.duration or 0, frame.time_base or self._pictures.time_base)
        tick = to_flicks(1, self._pictures.time_base)
        exact = stated if tick < abs(stated - nominal) and 0 < stated < FAR else nominal
        aspect = float(self._pictures.sample_aspect_ratio or 1)
        self._last = Picture(self._picture_time(frame), exact, frame, aspect)
        return self._last

    def _picture_time(self, frame: Any) -> int:
        expected = self._last.end if self._last else 0
        if frame.pts is None:
            return expected
        stated = to_flicks(frame.pts, frame.time_base) - self._zero
        stated = self._on_grid(stated)
        if self._last and (stated <= self._last.pts or self._unjustified(stated, expected)):
            return expected
        return stated

    def _unjustified(self, stated: int, expected: int) -> bool:
        return stated > expected + FAR and stated > self.length + FAR

    def _on_grid(self, stated: int) -> int:
        """Matroska keeps milliseconds: a time that rounds the file's own rate is put on it."""
        if self._pictures.time_base != Fraction(1, 1000):
            return stated
        count = round(stated * self._rate / FLICKS_PER_SECOND)
        exact = round(count * FLICKS_PER_SECOND / self._rate)
        return exact if 2000 * abs(exact - stated) <= FLICKS_PER_SECOND else stated

    def _read_sound(self, packet: Any) -> Iterator[Sound]:
        for frame in self._decode(packet):
            try:
                parts = list(self._reader.read(frame, self._sound_time(frame)))
            except (FFmpegError, ValueError):
                self.broken += 1
                continue
            self._sound_end = parts[-1].end if parts else self._sound_end
            yield from parts

    def _sound_time(self, frame: Any) -> int:
        expected = self._sound_end
        if frame.pts is None:
            return expected or 0
        stated = to_flicks(frame.pts, frame.time_base) - self._zero
        if expected is None:
            return stated
        wrong = abs(stated - expected) < SOUND_SLACK or self._unjustified(stated, expected)
        return expected if wrong else stated


def to_flicks(count: int, base: Fraction) -> int:
    """A count of time-base units as flicks, rounded to the nearest."""
    scaled = 2 * count * base.numerator * FLICKS_PER_SECOND + base.denominator
    return scaled // (2 * base.denominator)


def in_order(items: Iterable[Picture | Sound]) -> Iterator[Picture | Sound]:
    """Pictures and sound, each in order, as one series in order of time.

    One kind waits for the other, but not for ever: a file may end its sound early, or hold it all
    at its end.
    """
    pictures: deque[Picture | Sound] = deque()
    sounds: deque[Picture | Sound] = deque()
    for item in items:
        (sounds if isinstance(item, Sound) else pictures).append(item)
        while (pictures and sounds) or len(pictures) > PATIENCE or len(sounds) > SOUND_PATIENCE:
            first = not sounds or (bool(pictures) and pictures[0].pts <= sounds[0].pts)
            yield (pictures if first else sounds).popleft()
    yield from heapq.merge(pictures, sounds, key=lambda item: item.pts)
