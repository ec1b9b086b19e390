"""Films for the tests of the sinks: pictures that differ, a recorder without engine, a reader."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import EndOfStream
from engine.node import Context, Packet, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from engine.values import Audio, Frame
from nodes.sources.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from nodes.sinks.record import Record

RATE = 48_000


def pictures(count: int, width: int = 64, height: int = 48, *, alpha: bool = False) -> list[Frame]:
    """Smooth pictures that move, in whole 255ths."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    made: list[Frame] = []
    for i in range(count):
        planes = [(x * 3 + i * 5) % 256, (y * 4 + i * 2) % 256, (x + y) % 256]
        rgb = torch.stack(planes)[None].float() / 255
        cover = ((x + i) % 256)[None, None].float() / 255
        made.append(Frame(rgb, cover if alpha else None))
    return made


def clicks(until: int) -> Iterator[Packet[Audio]]:
    """Stereo sound in chunks of 1024 up to a time in flicks, with a click at each half second."""
    step = FLICKS_PER_SECOND // RATE
    for at in range(0, until // step, 1024):
        near = torch.arange(at, at + 1024) % (RATE // 2) < 8
        yield Packet(Audio(0.9 * near.float().expand(2, -1), RATE), at * step)


def record(
    node: Record,
    frames: Iterable[Frame],
    *,
    times: list[int] | None = None,
    sound: bool = False,
    fps: Fraction = Fraction(30),
    describe: str = "{}",
) -> None:
    """Runs a recorder as an offline render does: each packet once, then drain."""
    stream = Stream(64, 48, fps)
    node.ctx = Context(stream=stream, describe=lambda: describe)
    try:
        node.setup(node.ctx)
        before = 0
        for index, frame in enumerate(frames):
            pts = times[index] if times else index * stream.dt
            chunks = [one for one in clicks(pts + stream.dt) if one.pts >= before] if sound else []
            before = chunks[-1].pts + 1 if chunks else before
            node.process(Tick(pts, stream.dt, index), Packet(frame, pts), tuple(chunks))
        list(node.drain())
    finally:
        node.teardown()


def read(path: Path, fps: Fraction = Fraction(30)) -> tuple[list[Any], list[Any]]:
    """The packets of pictures and of sound in a file."""
    node = VideoFile(path=path, hardware="off")
    node.ctx = Context(stream=Stream(64, 48, fps))
    shown, heard = [], []
    try:
        node.setup(node.ctx)
        for index in range(10_000):
            dt = node.ctx.stream.dt
            for media in node.process(Tick(index * dt, dt, index)):
                shown += [media.frame] if media.frame else []
                heard += [media.audio] if media.audio else []
    except EndOfStream:
        pass
    finally:
        node.teardown()
    return shown, heard
