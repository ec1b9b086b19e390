"""The line at the bottom: is all well, in numbers that keep their places."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.terminal import size as bytes_in_words
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QPaintEvent

    from app.meter import Drops, Meter, Sample
    from app.session import Session

GAP = 18  # pixels between two figures
TIGHT = 0.9  # share of the stream's rate under which the output counts as slow


class HealthBar(QWidget):
    """Engine, rates in, generated and out, latency, drops, processor, memory, recording, saved."""

    def __init__(self, session: Session, meter: Meter) -> None:
        super().__init__()
        self._session = session
        self._meter = meter
        self._recording_since = 0.0
        self._shown: tuple[tuple[str, str], ...] = ()
        self.setAccessibleName("Health")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(640, 24)

    def tick(self) -> None:
        """Repaints where a figure changed."""
        figures = tuple(self.figures())
        if figures != self._shown:
            self._shown = figures
            self.setAccessibleDescription(" · ".join(text for text, _ in figures))
            self.setToolTip("\n".join(text for text, _ in figures))
            self.update()

    def figures(self) -> Iterator[tuple[str, str]]:
        """Texts and the names of their colours."""
        sample = self._meter.newest
        fps = float(self._session.graph.stream.fps)
        if not self._session.is_running or sample is None:
            state = "starting" if self._session.is_running else "stopped"
            yield f"engine {state}", "text.disabled"
        else:
            yield from _engine(sample, fps, self._meter.lost())
        yield from self._recording()
        yield ("saved" if self._session.is_saved else "not saved"), "text.disabled"

    def _recording(self) -> Iterator[tuple[str, str]]:
        path = self._session.recording
        if path is None:
            self._recording_since = 0.0
            return
        self._recording_since = self._recording_since or time.monotonic()
        took = int(time.monotonic() - self._recording_since)
        folder = path.absolute().parent
        left = shutil.disk_usage(folder).free if folder.is_dir() else 0
        clock = f"{took // 3600:02}:{took // 60 % 60:02}:{took % 60:02}"
        yield f"● REC {clock}  {bytes_in_words(left)} left", "air"

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens.current()
        painter = QPainter(self)
        painter.setFont(look.font("mono", 11))
        x = 8.0
        for text, color in self._shown:
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.setPen(look.color(color))
            box = QRectF(x, 0, width + 1, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
            x += width + GAP
        painter.end()


def _engine(sample: Sample, fps: float, lost: Drops) -> Iterator[tuple[str, str]]:
    slow = sample.output_rate < TIGHT * fps
    yield "● engine running", "warn" if slow else "ok"
    yield f"in {sample.source_rate:5.1f}", "text.secondary"
    if sample.generated_rate:
        yield f"generated {sample.generated_rate:5.1f}", "text"
    yield f"out {sample.output_rate:5.1f}/{fps:.4g}", "warn" if slow else "text"
    yield f"latency {sample.latency_ms:4.0f} ms", "text.secondary"
    text = f"10 s: passed over {lost.overload} cut {lost.flushed} missed {lost.late}"
    yield text, "warn" if lost.late else "text.secondary"
    yield f"CPU {sample.cpu:4.0%}", "text.secondary"
    yield f"memory {bytes_in_words(sample.memory)}", "text.secondary"
    used, total = sample.device_memory
    if total:
        tight = used > 0.95 * total
        text = f"VRAM {used / 1e9:.1f}/{total / 1e9:.1f} GB"
        yield text, "error" if tight else "text.secondary"
