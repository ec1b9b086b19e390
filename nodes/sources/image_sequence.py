"""The image sequence source: numbered pictures as a film, read ahead by a thread."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.errors import EndOfStream, MediaError
from engine.node import Context, Lane, Node, Packet, Tick, param, resource, state
from engine.packet import FLICKS_PER_SECOND, frame_rate
from engine.values import Frame
from kernels.resize import resize
from nodes.sources.read_ahead import ReadAhead
from nodes.sources.stills import find_stills, load_still

AHEAD = 64 << 20  # bytes of pictures read ahead


@dataclass(frozen=True, slots=True)
class Still:
    """Picture `index` of the film; without tensors it is the end."""

    index: int
    rgb: Tensor | None = None
    alpha: Tensor | None = None


class ImageSequence(Node, id="sources.image_sequence", lane=Lane.IO, aliases=("frames", "png")):
    """Plays numbered pictures as a film, in natural order: shot_2 before shot_10.

    Pictures of other sizes are scaled to the first; one that cannot be read is skipped.
    """

    path: Path = param(
        default=Path(), doc="A folder, or a pattern such as shot_*.png or shot_%04d.png"
    )
    fps: float = param(
        default=0.0, doc="Pictures a second; 0 is the stream's own rate", min=0, max=240, unit="/s"
    )
    loop: bool = param(default=False, doc="Whether it starts again at the end")
    _start: int | None = state()
    _ahead: ReadAhead[Still] | None = resource()
    _settings: tuple[Any, ...] = resource(default=())
    _count: int = resource(default=0)

    def setup(self, ctx: Context) -> None:
        del ctx
        self._open()

    def process(self, tick: Tick) -> Iterator[Packet[Frame]]:
        cut = self._follow(tick)
        while True:
            assert self._ahead is not None
            still = self._ahead.peek()
            pts = self._pts(still.index if still else 0)
            if still is not None and pts > tick.pts:
                return
            if still is None or still.rgb is None:
                raise EndOfStream
            self._ahead.pop()
            yield Packet(self._frame(still.rgb, still.alpha), pts, cut=cut)
            cut = False

    def teardown(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
        self._ahead, self._settings = None, ()

    def duration(self) -> int | None:
        return None if self.loop or not self._count else self._pts(self._count) - self._pts(0)

    def _follow(self, tick: Tick) -> bool:
        """Starts over where the film or its rate is another; True where that is a jump."""
        first = self._start is None
        changed = self._settings != (self.path, self.fps, self.loop)
        if changed or (first and self._ahead is None):
            self._open()
        if first or changed:
            self._start = tick.pts
        return changed and not first

    def _open(self) -> None:
        paths = find_stills(self.path)
        self.teardown()
        self._count = len(paths)
        self._settings = (self.path, self.fps, self.loop)
        loop = self.loop
        self._ahead = ReadAhead(
            lambda: _film(paths, loop=loop),
            name=f"'{self.path}'",
            budget=AHEAD,
            weight=_weight,
            prepare=lambda still: None,
        )

    def _pts(self, index: int) -> int:
        rate = frame_rate(self.fps) if self.fps else self.ctx.stream.fps
        return (self._start or 0) + round(index * FLICKS_PER_SECOND / rate)

    def _frame(self, rgb: Tensor, alpha: Tensor | None) -> Frame:
        device = self.ctx.device
        return Frame(rgb.to(device), None if alpha is None else alpha.to(device))


def _film(paths: list[Path], *, loop: bool) -> Iterator[Still]:
    size: tuple[int, int] | None = None
    index = 0
    for turn in itertools.count():
        broken: MediaError | None = None
        before = index
        for path in paths:
            try:
                rgb, alpha = load_still(path)
            except MediaError as error:
                broken = error
                continue
            size = size or (rgb.shape[2], rgb.shape[3])
            yield Still(index, *_sized(rgb, alpha, size))
            index += 1
        if index == before and broken is not None:
            raise broken
        if not loop:
            yield Still(index)
            return
        del turn


def _sized(
    rgb: Tensor, alpha: Tensor | None, size: tuple[int, int]
) -> tuple[Tensor, Tensor | None]:
    height, width = size
    if alpha is not None:
        alpha = resize(alpha, height=height, width=width)
    return resize(rgb, height=height, width=width), alpha


def _weight(still: Still) -> int:
    return 0 if still.rgb is None else 4 * still.rgb.numel()
