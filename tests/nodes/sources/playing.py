"""Runs a video file source without an engine, and reads what it gave."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from engine.errors import EndOfStream
from engine.node import Context, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from nodes.sources.video_file import Media, VideoFile

FRAME = FLICKS_PER_SECOND // 30


def play(
    node: VideoFile, ticks: int = 200, act: Callable[[int, VideoFile], None] | None = None
) -> list[Media]:
    """What the node gives in so many ticks of 1/30 s, or until it ends."""
    node.ctx = Context(stream=Stream(64, 48, Fraction(30)))
    given: list[Media] = []
    try:
        node.setup(node.ctx)
        for index in range(ticks):
            if act:
                act(index, node)
            given.extend(node.process(Tick(index * FRAME, FRAME, index)))
    except EndOfStream:
        pass
    finally:
        node.teardown()
    return given


def pictures(given: list[Media]) -> list[Any]:
    return [media.frame for media in given if media.frame is not None]


def sounds(given: list[Media]) -> list[Any]:
    return [media.audio for media in given if media.audio is not None]


def number(packet: Any) -> int:
    """Which picture of `write_film` a packet holds, read off its blue, for up to 28 pictures."""
    return round(float(packet.value.tensor[0, 2].mean()) * 255 / 9)
