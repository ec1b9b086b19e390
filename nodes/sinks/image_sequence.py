"""The image sequence sink: every frame a numbered picture."""

from __future__ import annotations

import glob
import itertools
from pathlib import Path
from typing import Literal

from engine.node import Context, Lane, Node, param, resource
from engine.values import Frame
from nodes.sinks.output_file import Exists, check_folder
from nodes.sinks.stills import check_suffix, encoded, write_whole

DIGITS = 6


class SaveSequence(Node, id="sinks.image_sequence", lane=Lane.IO, aliases=("frames", "png")):
    """Writes each frame as a numbered picture: shot.png becomes shot_000001.png, shot_000002.png, …

    PNG and TIFF keep alpha and 16 bits. An earlier take is not overwritten unless asked.
    """

    path: Path = param(default=Path(), doc="Folder and name, ending in .png, .jpg or .tif")
    bits: Literal["8", "16"] = param(default="8", doc="Bits a colour; JPEG has 8")
    quality: int = param(default=95, doc="Of JPEG", min=1, max=100)
    first: int = param(default=1, doc="The first number", min=0, max=10**DIGITS - 1)
    exists: Exists = param(
        default="number", doc="When there are pictures already: write shot_2_…, or overwrite"
    )
    _stem: str | None = resource()
    _started: Path | None = resource()
    _count: int = resource(default=0)

    def setup(self, ctx: Context) -> None:
        del ctx
        check_suffix(self.path, deep=self.bits == "16")
        check_folder(self.path)

    def process(self, frame: Frame) -> None:
        deep = self.bits == "16"
        kind = check_suffix(self.path, deep=deep)
        if self._stem is None or self._started != self.path:
            self._begin()
        data = encoded(frame, kind, deep=deep, quality=self.quality)
        number = f"{self.first + self._count:0{DIGITS}d}"
        write_whole(self.path.with_name(f"{self._stem}_{number}{self.path.suffix}"), data)
        self._count += 1

    def teardown(self) -> None:
        self._stem = self._started = None

    @property
    def frames(self) -> int:
        """Pictures written so far."""
        return self._count

    def _begin(self) -> None:
        check_folder(self.path)
        self._started, self._count = self.path, 0
        stems = (self.path.stem if n == 1 else f"{self.path.stem}_{n}" for n in itertools.count(1))
        self._stem = next(
            stem for stem in stems if self.exists == "overwrite" or not self._is_taken(stem)
        )

    def _is_taken(self, stem: str) -> bool:
        pattern = f"{glob.escape(stem)}_{'[0-9]' * DIGITS}{self.path.suffix}"
        return any(self.path.parent.glob(pattern))
