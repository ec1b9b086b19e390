"""The video file source against real clips and clips made here."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import EndOfStream, MediaError
from engine.node import Context, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from nodes.sources.video_file import Media, VideoFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def play(
    node: VideoFile, ticks: int, act: Callable[[int, VideoFile], None] = lambda i, node: None
) -> list[Media]:
    """What the node gives in so many ticks of 1/30 s, or until it ends."""
    stream = Stream(64, 48, Fraction(30))
    node.ctx = Context(stream=stream)
    given: list[Media] = []
    try:
        node.setup(node.ctx)
        for index in range(ticks):
            act(index, node)
            given.extend(node.process(Tick(index * stream.dt, stream.dt, index)))
    except EndOfStream:
        pass
    finally:
        node.teardown()
    return given


def pictures(given: list[Media]) -> list[Any]:
    return [media.frame for media in given if media.frame is not None]


def test_every_frame_comes_once_at_the_files_own_times(clip_folder: Path) -> None:
    shown = pictures(play(VideoFile(path=clip_folder / "carphone_pristine.mp4"), 200))
    assert [frame.pts for frame in shown] == [i * FLICKS_PER_SECOND * 1001 // 30000 for i in range(120)]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"no file .*gone\.mp4"):
        play(VideoFile(path=tmp_path / "gone.mp4"), 1)
