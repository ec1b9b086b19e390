"""Decoded sound as float32 planar chunks with exact times, and the cuts that a player needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from av.audio.resampler import AudioResampler

from engine.packet import FLICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

CHUNK = 1024  # samples; shorter than a picture lasts, so that pictures and sound interleave


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of sound: samples (channels, n) in [-1, 1], pts in flicks of the file's time."""

    pts: int
    samples: Tensor
    rate: int

    @property
    def duration(self) -> int:
        """Flicks that the samples last."""
        return samples_to_flicks(self.samples.shape[1], self.rate)

    @property
    def end(self) -> int:
        return self.pts + self.duration


def samples_to_flicks(count: int, rate: int) -> int:
    """A number of samples as flicks, rounded to the nearest."""
    return (count * FLICKS_PER_SECOND + rate // 2) // rate


def flicks_to_samples(time: int, rate: int) -> int:
    """A time in flicks as a number of samples, rounded to the nearest."""
    return (time * rate + FLICKS_PER_SECOND // 2) // FLICKS_PER_SECOND


class SoundReader:
    """Turns av.AudioFrames of any format into float32 at the rate and layout of the first."""

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None

    def read(self, frame: Any, pts: int) -> Iterator[Sound]:
        """The frame's samples from `pts` (flicks) in chunks of at most CHUNK."""
        if self._resampler is None:
            # Packed: PyAV reads beyond the planes of a planar frame of eight channels or more.
            self._resampler = AudioResampler("flt", frame.layout, frame.sample_rate)
        for part in self._resampler.resample(frame):
            packed = torch.from_numpy(part.to_ndarray())  # (1, n * channels)
            samples = packed.view(part.samples, -1).T.contiguous()  # (channels, n)
            yield from chunks(Sound(pts, samples, part.sample_rate))
            pts += samples_to_flicks(samples.shape[1], part.sample_rate)


def chunks(sound: Sound) -> Iterator[Sound]:
    """The same sound in pieces of at most CHUNK samples."""
    for at in range(0, sound.samples.shape[1], CHUNK):
        yield Sound(
            sound.pts + samples_to_flicks(at, sound.rate),
            sound.samples[:, at : at + CHUNK],
            sound.rate,
        )


def between(sound: Sound, start: int, end: int) -> Sound | None:
    """The part of a sound within [start, end), cut to the sample; None where nothing is left."""
    count = sound.samples.shape[1]
    first = max(0, flicks_to_samples(start - sound.pts, sound.rate))
    last = min(count, flicks_to_samples(end - sound.pts, sound.rate))
    if first >= last:
        return None
    pts = sound.pts + samples_to_flicks(first, sound.rate)
    return Sound(pts, sound.samples[:, first:last], sound.rate)


def reversed_in(sound: Sound, start: int, end: int) -> Sound:
    """The sound played backwards within a span: what ended at `end` begins at `start`."""
    return Sound(start + end - sound.end, sound.samples.flip(1), sound.rate)


def stretched(sound: Sound, pts: int, speed: float) -> Sound:
    """The sound at `pts` and another speed, by linear interpolation; its pitch follows, as on tape.

    Samples lie on the grid of whole sample periods from time 0, so chunks join without a gap.
    """
    period = FLICKS_PER_SECOND / sound.rate
    first = -int(-pts // period)
    last = -int(-(pts + sound.duration / speed) // period)
    times = torch.arange(first, last, dtype=torch.float64) * period - pts
    where = (times * speed / period).clamp_(0, sound.samples.shape[1] - 1)
    left = where.floor().long()
    right = (left + 1).clamp_(max=sound.samples.shape[1] - 1)
    mixed = torch.lerp(sound.samples[:, left], sound.samples[:, right], (where - left).float())
    return Sound(round(first * period), mixed, sound.rate)
