"""The snapshot sink: one picture when it is asked for, with the graph that made it inside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from engine.errors import MediaError
from engine.node import Context, Lane, Node, param, resource, state
from engine.values import Frame, Trigger
from nodes.sinks.output_file import check_folder, create
from nodes.sinks.stills import encoded, with_text, write_whole

KEY = "slipstream"  # of the PNG text that holds the graph as JSON


class Snapshot(Node, id="sinks.snapshot", lane=Lane.IO, aliases=("still", "screenshot", "photo")):
    """Saves the current picture as a PNG each time it is triggered, with the graph inside the file.

    Dropped on the canvas such a picture brings its graph back.
    """

    path: Path = param(default=Path("snapshot.png"), doc="The file; further ones get a number")
    take: Trigger = param(default=Trigger(0), doc="Saves the picture")
    bits: Literal["8", "16"] = param(default="8", doc="Bits a colour")
    _seen: int | None = state()
    _last: Path | None = resource()

    def setup(self, ctx: Context) -> None:
        del ctx
        self._check()

    def process(self, frame: Frame) -> None:
        before, self._seen = self._seen, int(self.take)
        if before is not None and before != self._seen:
            self._save(frame)

    @property
    def last(self) -> Path | None:
        """The picture that was saved last."""
        return self._last

    def _check(self) -> None:
        check_folder(self.path)
        if self.path.suffix.lower() != ".png":
            raise MediaError(f"'{self.path}' ends in {self.path.suffix!r}; a snapshot ends in .png")

    def _save(self, frame: Frame) -> None:
        self._check()
        png = encoded(frame, ".png", deep=self.bits == "16", quality=0)
        path, descriptor = create(self.path, "number")
        os.close(descriptor)
        try:
            write_whole(path, with_text(png, KEY, self.ctx.describe()))
        except MediaError:
            path.unlink(missing_ok=True)
            raise
        self._last = path
