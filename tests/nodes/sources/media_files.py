"""Media files that tests make: odd, deep, turned, woven, broken."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


def rgb(index: int, width: int = 64, height: int = 48) -> np.ndarray:
    """Picture `index` of a film, (H, W, 3) uint8: smooth, and another each time."""
    y, x = np.mgrid[:height, :width]
    planes = [(x * 3 + index * 5) % 256, (y * 4 + index) % 256, np.full_like(x, index * 9 % 256)]
    return np.stack(planes, 2).astype(np.uint8)


def write_film(
    path: Path,
    *,
    count: int = 30,
    codec: str = "libx264",
    form: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    pts: list[int] | None = None,
    base: Fraction = Fraction(1, 30),
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    alpha: bool = False,
    rotation: int = 0,
    sound: float = 0.0,
    context: dict[str, Any] | None = None,
) -> Path:
    """A film of `count` pictures at 30 a second, or at `pts` in units of `base`."""
    with av.open(str(path), "w", options=muxer or {}) as container:
        stream: Any = container.add_stream(codec, rate=30, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = form
        stream.codec_context.time_base = base
        for name, value in (context or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation:
            stream.set_display_rotation(rotation)
        track: Any = container.add_stream("aac", rate=48_000) if sound else None
        for index in range(count):
            picture = rgb(index, *size)
            if alpha:
                cover = np.full((*picture.shape[:2], 1), index * 8 % 256, np.uint8)
                picture = np.concatenate([picture, cover], 2)
            frame = av.VideoFrame.from_ndarray(picture, "rgba" if alpha else "rgb24")
            frame.pts, frame.time_base = pts[index] if pts else index, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track is not None:
            _write_sound(container, track, sound)
    return path


def write_chord(path: Path, layout: str) -> tuple[Path, int]:
    """A film whose channel k holds the constant (k + 1) / 32; and the number of channels."""
    channels = av.AudioLayout(layout).nb_channels
    levels = np.arange(1, channels + 1, dtype=np.float32) / 32
    with av.open(str(path), "w") as container:
        film: Any = container.add_stream("ffv1", rate=30)
        film.width, film.height, film.pix_fmt = 64, 48, "bgr0"
        track: Any = container.add_stream("pcm_f32le", rate=48_000, layout=layout)
        container.mux(film.encode(av.VideoFrame.from_ndarray(rgb(0), "rgb24")))
        frame: Any = av.AudioFrame.from_ndarray(np.tile(levels, 1000)[None], "flt", layout)
        frame.sample_rate, frame.pts = 48_000, 0
        container.mux([*film.encode(None), *track.encode(frame), *track.encode(None)])
    return path, channels


def write_sound(path: Path, length: float = 0.5) -> Path:
    """A file with sound alone."""
    with av.open(str(path), "w") as container:
        _write_sound(container, container.add_stream("aac", rate=48_000), length)
    return path


def _write_sound(container: Any, track: Any, length: float) -> None:
    for at in range(0, round(length * 48_000), 1024):
        wave = np.sin(np.arange(at, at + 1024) * 2 * np.pi * 440 / 48_000) * 0.5
        samples = np.repeat(wave[None], 2, 0).astype(np.float32)
        frame: Any = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
        container.mux(track.encode(frame))
    container.mux(track.encode(None))
