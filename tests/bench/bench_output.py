"""What the output costs: bytes of frames, the ring, painting, monitors, and how it recovers.

python -m tests.bench.bench_output [pack ring paint monitor recover load]
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import torch

from app.folders import ROOT
from app.output.feeder import Feeder, mixed
from app.output.link import Output
from app.output.ring import RingReader, RingWriter
from app.program import Program
from app.session import Session
from engine.values import Frame

SIZES = ((512, 288), (1280, 720), (1920, 1080), (3840, 2160))
ROUNDS = 30
STUDIO = """
import sys, time, numpy as np
from pathlib import Path
from app.output.link import Output
output = Output(Path(sys.argv[1]))
output.start()
while True:
    output.send(np.zeros((288, 512, 3), np.uint8))
    output.watch()
    time.sleep(0.03)
"""


def milliseconds(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The middle one of several calls."""
    call()
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def pack() -> None:
    """A float frame as bytes, alone and with a preview mixed in."""
    for width, height in SIZES[:3]:
        frame, other = (Frame(torch.rand(1, 3, height, width)) for _ in range(2))
        alone = milliseconds(lambda frame=frame: mixed(frame))
        both = milliseconds(lambda frame=frame, other=other: mixed(frame, other, 0.5))
        print(f"pack {width}x{height}: {alone:.2f} ms, mixed {both:.2f} ms")


def ring() -> None:
    """A frame into the ring and out of it."""
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        writer = RingWriter.create(Path(folder) / "a.ring")
        for width, height in SIZES:
            pixels = np.zeros((height, width, 3), np.uint8)
            for _ in range(3):
                writer.write(pixels)
            reader = RingReader(writer.path)
            into = milliseconds(lambda pixels=pixels: writer.write(pixels))
            out = milliseconds(reader.read)
            print(f"ring {width}x{height}: in {into:.3f} ms, out {out:.3f} ms")
            reader.close()
        writer.close()


def paint() -> None:
    """A frame of 512x288 onto a window, by the processor."""
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QApplication

    from app.output.painting import Overlay, image_of
    from app.output.painting import paint as paint_all

    app = QApplication.instance() or QApplication([])
    pixels = np.random.default_rng(0).integers(0, 256, (288, 512, 3), np.uint8)
    for size in ((1280, 720), (1920, 1080), (3840, 2160)):
        target = QImage(*size, QImage.Format.Format_RGB32)

        def once(size: tuple[int, int] = size, target: QImage = target) -> None:
            painter = QPainter(target)
            paint_all(painter, size, image_of(pixels), "fit", 0.0, Overlay())
            painter.end()

        print(f"paint {size[0]}x{size[1]}: {milliseconds(once, 10):.2f} ms")
    del app


def monitor() -> None:
    """A monitor of 400x225 that takes and paints a new picture."""
    from PySide6.QtWidgets import QApplication

    from app.monitor.images import image_of
    from app.monitor.monitor import Monitor

    app = QApplication.instance() or QApplication([])
    for width, height in SIZES[:3]:
        frame = Frame(torch.rand(1, 3, height, width))
        took = milliseconds(lambda frame=frame: image_of(frame, 400, 225))
        print(f"monitor image {width}x{height}: {took:.2f} ms")
    with Program(device="cpu") as program:
        widget = Monitor(Session(program))
        widget.resize(400, 247)
        widget.image = image_of(frame, 400, 225)
        print(f"monitor paint: {milliseconds(widget.grab):.2f} ms")
    del app


def recover() -> None:
    """A killed studio: seconds until the next one's picture is in the same window."""
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        words = [sys.executable, "-c", STUDIO, folder]
        studio = subprocess.Popen(words, cwd=ROOT)
        _until(lambda: _serial(Path(folder)) > 10)
        studio.send_signal(signal.SIGKILL)
        studio.wait()
        began = time.perf_counter()
        output = Output(Path(folder))
        output.start()
        serial = output.send(np.ones((288, 512, 3), np.uint8))
        _until(lambda: output.status.serial >= serial)
        took = time.perf_counter() - began
        print(f"recover: adopted {output.adopted}, shown after {took:.2f} s")
        began = time.perf_counter()
        output.stop()
        print(f"stop: {time.perf_counter() - began:.2f} s")


def load(seconds: float = 10.0) -> None:
    """A session that plays: the rate of its node with and without the output's feeder."""
    with Program(device="cpu") as program:
        session = Session(program)
        session.open("generator_from_noise")
        session.start()
        _until(lambda: _generated(session) > 40, 90)
        alone = _rate(session, seconds)
        with tempfile.TemporaryDirectory(dir=_memory()) as folder:
            output = Output(Path(folder))
            output.start()
            _until(lambda: output.status.alive)
            feeder = Feeder(session, output)
            feeder.start()
            fed = _rate(session, seconds)
            status, sent = output.status, feeder.sent / seconds
            feeder.stop()
            output.stop()
        session.close()
    print(
        f"calls a second: alone {alone:.2f}, with output {fed:.2f} ({fed / alone - 1:+.1%}); "
        f"{feeder.milliseconds:.2f} ms a picture, sent {sent:.1f}, painted {status.fps:.0f}"
    )


def _rate(session: Session, seconds: float) -> float:
    """Calls of the generators a second."""
    before = _generated(session)
    threading.Event().wait(seconds)
    return (_generated(session) - before) / seconds


def _generated(session: Session) -> int:
    stats = session.stats()
    assert stats is not None
    return sum(node.calls for node in stats.nodes if node.lane.startswith("slow"))


def _serial(folder: Path) -> int:
    from app.output.ring import RingError

    for path in folder.glob("*.ring"):
        try:
            ring = RingReader(path)
        except RingError:
            return 0
        serial = ring.newest
        ring.close()
        return serial
    return 0


def _until(true: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it never came")
        time.sleep(0.02)


def _memory() -> str | None:
    """A folder in memory, where the system has one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


BENCHES = {one.__name__: one for one in (pack, ring, paint, monitor, recover, load)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", choices=[*BENCHES, []])
    for name in parser.parse_args().which or BENCHES:
        BENCHES[name]()


if __name__ == "__main__":
    main()
