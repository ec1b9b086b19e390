"""Sixteen moments of every preset, side by side in one picture file each.

`python -m app.welcome.stills` plays the presets and writes the files; a preset that wants a camera
gets the demo clip in its place.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPixmap

from app.documents import presets
from app.folders import ASSETS, CLIPS
from app.program import Program
from app.rendering import Order, Rendering
from app.terminal import Terminal

STILLS = ASSETS / "stills"
TILE = QSize(288, 162)
ROWS = COLUMNS = 4
MOMENTS = ROWS * COLUMNS
FIRST, STEP = 30, 3  # frames: the first moment kept, and from one to the next
LAST = FIRST + STEP * (MOMENTS - 1) + 1
RATE = 8.0  # moments a second, as fast as they were
QUALITY = 82


def moments(name: str) -> list[QPixmap]:
    """The moments of a preset; none where no file was made for it."""
    sheet = QPixmap(str(STILLS / f"{name}.jpg"))
    if sheet.size() != QSize(TILE.width() * COLUMNS, TILE.height() * ROWS):
        return []
    return [sheet.copy(_tile(number)) for number in range(MOMENTS)]


def still(name: str) -> QPixmap:
    """The first moment of a preset alone, which is quick; null where no file was made for it."""
    reader = QImageReader(str(STILLS / f"{name}.jpg"))
    reader.setClipRect(_tile(0))
    return QPixmap.fromImage(reader.read())


def make(program: Program, name: str) -> QImage:
    """Plays a preset and lays its moments side by side."""
    with tempfile.TemporaryDirectory() as folder:
        nodes = program.load(name)[0].graph.nodes.values()
        clip = CLIPS / "demo.mp4" if any(n.type == "sources.camera" for n in nodes) else None
        order = Order(name, input=clip, out=Path(folder) / "frame.png", last=LAST)
        Rendering(program, order, Terminal(quiet=True)).run()
        return laid_out([QImage(str(path)) for path in sorted(Path(folder).glob("*.png"))])


def laid_out(frames: list[QImage]) -> QImage:
    """Every third frame from the thirtieth, cut to the shape of a tile around its middle."""
    sheet = QImage(TILE.width() * COLUMNS, TILE.height() * ROWS, QImage.Format.Format_RGB32)
    sheet.fill(Qt.GlobalColor.black)
    painter = QPainter(sheet)
    for number, frame in enumerate(frames[FIRST:LAST:STEP]):
        painter.drawImage(_tile(number), _cut(frame))
    painter.end()
    return sheet


def _cut(frame: QImage) -> QImage:
    grown = frame.scaled(
        TILE,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    middle = QRect(0, 0, TILE.width(), TILE.height())
    middle.moveCenter(grown.rect().center())
    return grown.copy(middle)


def _tile(number: int) -> QRect:
    row, column = divmod(number, COLUMNS)
    return QRect(column * TILE.width(), row * TILE.height(), TILE.width(), TILE.height())


def main() -> None:
    """Writes the files of the presets named, of all without a name."""
    words = argparse.ArgumentParser(description="Makes the pictures of the welcome page.")
    words.add_argument("names", nargs="*")
    asked = words.parse_args().names or list(presets())
    STILLS.mkdir(exist_ok=True)
    with Program(device="cpu") as program:
        for name in asked:
            make(program, name).save(str(STILLS / f"{name}.jpg"), quality=QUALITY)


if __name__ == "__main__":
    main()
