"""One film being written: encoders for pictures and sound, a container that survives a crash.

Times are exact to 1/720,000 s: 24, 25, 30, 50, 60 pictures a second, their /1.001 forms,
milliseconds and samples at 48 kHz are whole numbers of it.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.codec.context import Flags as CodecFlags
from av.container.core import Flags as ContainerFlags
from av.error import FFmpegError
from av.video.frame import PictureType

from engine.errors import MediaError
from engine.packet import FLICKS_PER_SECOND
from nodes.sinks.codecs import CODECS, container_for, encoder_for, options_for, threads_for
from nodes.sinks.output_file import OutputFile, why
from nodes.sinks.pixels import BYTE, STUDIO, even, quantized, video_frame
from nodes.sinks.soundtrack import Soundtrack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np

    from engine.values import Frame
    from nodes.sinks.codecs import Effort
    from nodes.sinks.output_file import Exists

TICKS = 720_000  # of the film's clock a second
FLICKS = FLICKS_PER_SECOND // TICKS
KEY_EVERY = TICKS  # a key picture at least once a second, so that a fragment is no longer
SOUND_WAIT = TICKS // 2  # how long the header waits for a first sound
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How a film is to be made."""

    codec: str
    quality: float
    effort: Effort
    hardware: bool
    exists: Exists


class Movie:
    """Writes frames and sound to a file until it is closed; times are flicks from its start."""

    def __init__(
        self, path: Path, settings: Settings, first: Frame, *, fps: Fraction, comment: str
    ) -> None:
        self.frames = 0
        self._settings = settings
        self._kind = container_for(path, settings.codec)
        self._file = OutputFile(path, settings.exists)
        self._container: Any = None
        self._held: list[Any] | None = []
        self._last = self._key = -KEY_EVERY
        self._track: Soundtrack | None = None
        self._sound: Any = None
        self._step = round(TICKS / fps)
        try:
            self._open(first, fps, comment)
        except FFmpegError as error:
            self.abandon()
            raise MediaError(f"cannot encode {settings.codec} here: {error.strerror}") from None
        except MediaError:
            self.abandon()
            raise

    @property
    def path(self) -> Path:
        """The file that is written, which may have been given a number."""
        return self._file.path

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._file.size

    @property
    def encoder(self) -> str:
        return self._video.codec_context.name

    def add_frame(self, frame: Frame, at: int) -> None:
        """Encodes a frame at `at` flicks; one that is not later than the last is left out."""
        pts = round(at / FLICKS)
        if pts <= self._last:
            return
        planes = quantized(frame, alpha=self._alpha, top=self._top)
        picture = video_frame(planes, self._video.codec_context.pix_fmt, self._size)
        picture.pts, picture.time_base = pts, Fraction(1, TICKS)
        if pts - self._key + self._step // 2 >= KEY_EVERY:
            picture.pict_type = PictureType.I
            self._key = pts
        self._last = pts
        self.frames += 1
        self._write(self._video, picture)
        if self._track:
            self._write_sound(self._track.catch_up(at))
        if self._held is not None and pts >= SOUND_WAIT:
            self._begin()

    def add_sound(self, samples: np.ndarray, rate: int, at: int) -> None:
        """Encodes samples (channels, n) at `at` flicks; the first decides the track's rate."""
        if self._track is None:
            if self._held is None:
                return
            self._open_sound(samples.shape[0], rate)
            self._begin()
        assert self._track is not None
        self._write_sound(self._track.place(samples, rate, at))

    def close(self) -> None:
        """Writes what is still inside and the index; MediaError where the disk refuses it."""
        if self._container is None:
            return
        if self._held is not None:
            self._begin()
        try:
            for stream in (self._video, self._sound):
                if stream is not None:
                    self._write(stream, None)
        finally:
            self.abandon()
        self._raise_failure()

    def abandon(self) -> None:
        """Lets the file go as it is, playable up to its last fragment."""
        container, self._container = self._container, None
        try:
            if container is not None:
                container.close()
        finally:
            self._file.close()

    def _open(self, first: Frame, fps: Fraction, comment: str) -> None:
        options = {"flush_packets": "1", "fflags": "+bitexact", **self._kind.options}
        self._container = av.open(self._file, "w", format=self._kind.muxer, options=options)
        self._container.flags |= ContainerFlags.bitexact.value
        self._container.metadata["comment"] = comment
        made = CODECS[self._settings.codec]
        self._alpha = bool(made.alpha) and first.alpha is not None
        form = made.alpha if self._alpha else made.opaque
        self._top = STUDIO if "10" in form else BYTE
        self._size = even((first.width, first.height), form)
        self._video = self._open_video(form, fps)

    def _open_video(self, form: str, fps: Fraction) -> Any:
        if self._settings.hardware:
            try:
                return self._add_video(form, fps, hardware=True)
            except (FFmpegError, MediaError) as error:
                log.warning("no hardware encoder (%s); encoding in software", error)
        return self._add_video(form, fps, hardware=False)

    def _add_video(self, form: str, fps: Fraction, *, hardware: bool) -> Any:
        settings = self._settings
        encoder = encoder_for(settings.codec, hardware=hardware)
        options = options_for(
            settings.codec,
            encoder,
            quality=settings.quality,
            effort=settings.effort,
            alpha=self._alpha,
        )
        if hardware:
            probe_encoder(encoder, form, self._size, options)
        os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes its settings to stderr otherwise
        stream = self._container.add_stream(encoder, rate=fps, options=options)
        context = stream.codec_context
        context.width, context.height = self._size
        context.pix_fmt = form
        context.time_base = Fraction(1, TICKS)
        context.gop_size = 1 if settings.codec in ("ffv1", "prores") else max(1, round(fps))
        context.flags |= CodecFlags.bitexact
        context.thread_count = threads_for(*self._size)
        _tag_colours(context, form)
        if settings.codec == "hevc" and self._kind.muxer != "matroska":
            context.codec_tag = "hvc1"  # the tag that Apple's players look for
        context.open()
        return stream

    def _open_sound(self, channels: int, rate: int) -> None:
        rate = 48_000 if self._kind.sound == "libopus" else rate
        track = Soundtrack(channels, rate)
        stream = self._container.add_stream(self._kind.sound, rate=rate, layout=track.layout)
        stream.codec_context.flags |= CodecFlags.bitexact
        stream.codec_context.time_base = Fraction(1, rate)
        self._track, self._sound = track, stream

    def _begin(self) -> None:
        """Writes the header and what waited for it: from here on the streams are fixed."""
        held, self._held = self._held or [], None
        self._mux(held)

    def _write_sound(self, frames: Iterable[Any]) -> None:
        for frame in frames:
            frame.time_base = Fraction(1, frame.sample_rate)
            self._write(self._sound, frame)

    def _write(self, stream: Any, frame: Any) -> None:
        try:
            packets = stream.encode(frame)
        except FFmpegError as error:
            raise MediaError(f"encoding '{self.path}' failed: {error.strerror}") from None
        for packet in packets:
            if stream is self._video and not packet.duration:
                packet.duration = self._step
        if self._held is not None:
            self._held.extend(packets)
        else:
            self._mux(packets)

    def _mux(self, packets: list[Any]) -> None:
        try:
            self._container.mux(packets)
        except FFmpegError as error:
            self._raise_failure()
            raise MediaError(f"cannot write '{self.path}': {error.strerror}") from None
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._file.error is not None:
            raise MediaError(why(self.path, self._file.error))


def probe_encoder(name: str, form: str, size: tuple[int, int], options: dict[str, str]) -> None:
    """Opens an encoder and drops it: FFmpegError where the device has none."""
    context: Any = av.CodecContext.create(name, "w")
    context.width, context.height = size
    context.pix_fmt = form
    context.time_base = context.framerate = Fraction(1, 30)
    context.options = options
    context.open()


def _tag_colours(context: Any, form: str) -> None:
    """BT.709 in limited range, which is how players take untagged HD; RGB in full range."""
    rgb = form in ("bgr0", "bgra")
    context.color_range = 2 if rgb else 1
    context.colorspace = 0 if rgb else 1
    context.color_primaries = 1
    context.color_trc = 13 if rgb else 1  # IEC 61966-2-1 (sRGB) and BT.709
