"""What sound does to knobs: eight bands, three groups, loudness and onsets, each in [0, 1].

Bands are levels in decibels over a floor; an onset is a peak of the spectral flux over its own
recent median (Dixon, "Onset detection revisited", 2006), struck once until the flux has sunk again.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from app.control.source import BANDS

HOP = 512  # samples between looks: 10.7 ms at 48 kHz
WINDOW = 2048  # samples looked at
LOWEST, HIGHEST = 40.0, 16000.0  # Hz: the ends of the bands
FLOOR = -60.0  # dB of full scale that count as silence
LOW, MID, HIGH = slice(0, 3), slice(3, 6), slice(6, 8)  # bands of the three groups
HISTORY = 43  # looks that the flux is compared with: about half a second
STRIKE, RELEASE = 1.6, 1.1  # times the median at which an onset begins, and may end
LEAST = 0.02  # flux under which nothing is an onset
REFRACTORY = 0.08  # seconds between onsets at least


class Levels(NamedTuple):
    """What was heard at one moment; `onset` is True at the look in which a beat is struck."""

    bands: tuple[float, ...]
    low: float
    mid: float
    high: float
    rms: float
    onset: bool


class Analysis:
    """Sound in, levels out; `attack` and `release` are the seconds that a level needs to follow."""

    def __init__(
        self,
        rate: float,
        *,
        gain: float = 1.0,
        attack: float = 0.01,
        release: float = 0.2,
    ) -> None:
        self.rate = float(rate)
        self.gain = gain
        self.attack = attack
        self.release = release
        self._heard = np.zeros(WINDOW, np.float32)
        self._waiting = np.zeros(0, np.float32)
        self._shape = np.hanning(WINDOW).astype(np.float32)
        self._edges = _edges(self.rate)
        self._levels = np.zeros(BANDS + 1)  # the bands, then the loudness
        self._spectrum = np.zeros(WINDOW // 2 + 1, np.float32)
        self._flux: deque[float] = deque(maxlen=HISTORY)
        self._struck = False
        self._since = math.inf

    def feed(self, samples: np.ndarray) -> list[Levels]:
        """Sound in [-1, 1], (n,) or (n, channels); the levels of each hop that it completes."""
        mono = np.asarray(samples, np.float32)
        mono = mono.mean(axis=1) if mono.ndim == 2 else mono.reshape(-1)
        sound = np.concatenate([self._waiting, np.nan_to_num(mono, posinf=0.0, neginf=0.0)])
        count = len(sound) // HOP
        self._waiting = sound[count * HOP :]
        return [self._look(hop) for hop in sound[: count * HOP].reshape(count, HOP)]

    def _look(self, hop: np.ndarray) -> Levels:
        self._heard = np.concatenate([self._heard[HOP:], np.clip(hop * self.gain, -4, 4)])
        spectrum = np.abs(np.fft.rfft(self._heard * self._shape)) * (4 / WINDOW)
        self._follow(self._targets(spectrum))
        onset = self._strikes(spectrum)
        bands = tuple(float(level) for level in self._levels[:BANDS])
        low, mid, high = (max(bands[part]) for part in (LOW, MID, HIGH))
        return Levels(bands, low, mid, high, float(self._levels[BANDS]), onset)

    def _targets(self, spectrum: np.ndarray) -> np.ndarray:
        power = np.add.reduceat(spectrum**2, self._edges)[:BANDS] / 2
        loud = float(np.mean(self._heard[-HOP * 2 :] ** 2))
        decibels = 10 * np.log10(np.append(power, loud) * 2 + 1e-12)
        return np.clip(1 - decibels / FLOOR, 0.0, 1.0)

    def _follow(self, targets: np.ndarray) -> None:
        """One pole up, another down."""
        step = HOP / self.rate
        up, down = (1 - math.exp(-step / max(t, 1e-4)) for t in (self.attack, self.release))
        self._levels += (targets - self._levels) * np.where(targets > self._levels, up, down)

    def _strikes(self, spectrum: np.ndarray) -> bool:
        """Whether an onset begins now."""
        loud = np.log1p(20 * spectrum)
        flux = float(np.maximum(0.0, loud - self._spectrum).sum()) / math.sqrt(len(loud))
        self._spectrum = loud
        median = float(np.median(self._flux)) if self._flux else 0.0
        self._flux.append(flux)
        self._since += HOP / self.rate
        if self._struck and flux < max(LEAST, RELEASE * median):
            self._struck = False
        strikes = (
            not self._struck
            and self._since >= REFRACTORY
            and flux > max(LEAST, STRIKE * median + LEAST)
        )
        if strikes:
            self._struck, self._since = True, 0.0
        return strikes


def _edges(rate: float) -> np.ndarray:
    """The first bin of each band and the one behind the last, rising by one at least."""
    top = min(HIGHEST, rate / 2 * 0.95)
    hertz = LOWEST * (top / LOWEST) ** (np.arange(BANDS + 1) / BANDS)
    bins = np.round(hertz * WINDOW / rate).astype(int)
    for at in range(1, len(bins)):
        bins[at] = max(bins[at], bins[at - 1] + 1)
    return np.minimum(bins, WINDOW // 2)
