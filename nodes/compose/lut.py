"""The look of a colour table from a file."""

from __future__ import annotations

from pathlib import Path

from engine.node import Context, Node, param, resource
from engine.values import Frame
from nodes.compose import cube


class LutFile(Node, id="compose.lut", title="LUT file", aliases=("cube", "look", "film")):
    """Gives the picture the look of a .cube colour table, as film and grading programs save them.

    Tables with one curve a channel (2 to 65536 points) and cubes of colours (2 to 128 a side) work.
    Without a file the picture stays as it is.
    """

    file: Path = param(default=Path(), doc="The .cube file", live=False)
    strength: float = param(default=1.0, doc="How much of the look", min=0, max=1)
    _cube: cube.Cube | None = resource()

    def setup(self, ctx: Context) -> None:
        self._cube = cube.load(self.file) if self.file.parts else None

    def teardown(self) -> None:
        self._cube = None

    def process(self, frame: Frame) -> Frame:
        if self._cube is None or self.strength <= 0:
            return frame
        looked = self._cube.apply(frame.tensor)
        return Frame(frame.tensor.lerp(looked, self.strength), frame.alpha)
