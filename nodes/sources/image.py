"""The still image source: one picture, given again at every tick."""

from __future__ import annotations

from pathlib import Path

from engine.node import Context, Lane, Node, Tick, param, resource
from engine.values import Frame
from nodes.sources.media import check_file
from nodes.sources.stills import load_still


class StillImage(Node, id="sources.image", lane=Lane.IO, aliases=("picture", "photo")):
    """Shows a picture from a file; it is read again when the file changes.

    Any depth, alpha and way up that the file states.
    """

    path: Path = param(default=Path(), doc="The picture file")
    _frame: Frame | None = resource()
    _read: tuple[Path, int, int] | None = resource()

    def setup(self, ctx: Context) -> None:
        del ctx
        self._load()

    def process(self, tick: Tick) -> Frame:
        del tick
        return self._load()

    def teardown(self) -> None:
        self._frame = self._read = None

    def _load(self) -> Frame:
        check_file(self.path)
        found = self.path.stat()
        version = (self.path, found.st_mtime_ns, found.st_size)
        if self._frame is None or version != self._read:
            rgb, alpha = load_still(self.path)
            device = self.ctx.device
            self._frame = Frame(rgb.to(device), None if alpha is None else alpha.to(device))
            self._read = version
        return self._frame
