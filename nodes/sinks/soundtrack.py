"""Sound placed on a film's time: no gap and no overlap, silence where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from engine.packet import FLICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

SLACK = 0.001  # seconds by which a chunk may lie beside its place without being moved
LATE = FLICKS_PER_SECOND // 2  # how long the pictures wait for sound before silence is written


class Soundtrack:
    """Turns chunks with times into one unbroken run of samples at `rate`, mono or stereo."""

    def __init__(self, channels: int, rate: int) -> None:
        self.rate = rate
        self.layout = "mono" if channels == 1 else "stereo"
        self._channels = 1 if channels == 1 else 2
        self._count = 0
        self._resampler: AudioResampler | None = None
        self._shape = (0, 0)

    def place(self, samples: np.ndarray, rate: int, at: int) -> Iterator[AudioFrame]:
        """Samples (channels, n) in [-1, 1] at `at` flicks of the film, cut or led in by silence."""
        samples = self._converted(samples, rate)
        gap = self._samples(at) - self._count
        if self._count and abs(gap) <= SLACK * self.rate:
            gap = 0
        yield from self._silence(gap)
        rest = samples[:, max(0, -gap) :]
        if rest.shape[1]:
            yield self._frame(rest)

    def catch_up(self, at: int) -> Iterator[AudioFrame]:
        """Silence, where sound is later than the pictures at `at` flicks would wait for."""
        yield from self._silence(self._samples(at - LATE) - self._count)

    def _samples(self, at: int) -> int:
        return (at * self.rate + FLICKS_PER_SECOND // 2) // FLICKS_PER_SECOND

    def _silence(self, count: int) -> Iterator[AudioFrame]:
        while count > 0:
            part = min(count, self.rate)
            yield self._frame(np.zeros((self._channels, part), np.float32))
            count -= part

    def _frame(self, samples: np.ndarray) -> AudioFrame:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", self.layout)
        frame.sample_rate = self.rate
        frame.pts = self._count
        self._count += samples.shape[1]
        return frame

    def _converted(self, samples: np.ndarray, rate: int) -> np.ndarray:
        if samples.shape[0] > 2:
            samples = samples[:2]
        if (samples.shape[0], rate) == (self._channels, self.rate):
            return samples
        if self._shape != (samples.shape[0], rate) or self._resampler is None:
            self._shape = (samples.shape[0], rate)
            self._resampler = AudioResampler("fltp", self.layout, self.rate)
        layout = "mono" if samples.shape[0] == 1 else "stereo"
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
        frame.sample_rate = rate
        parts = [part.to_ndarray() for part in self._resampler.resample(frame)]
        return np.concatenate(parts, 1) if parts else samples[: self._channels, :0]
