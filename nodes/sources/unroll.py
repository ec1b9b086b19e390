"""A file's pictures and sound laid out on playing time: in and out points, loops, there and back.

Playing time runs at speed 1 from where the playing began and never goes back; the node maps stream
time onto it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.errors import MediaError
from engine.packet import FOREVER
from nodes.sources.decoder import Picture
from nodes.sources.picture import to_tensors
from nodes.sources.sound import Sound, between, reversed_in

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from torch import Tensor

    from nodes.sources.decoder import Decoder

Loop = Literal["off", "loop", "ping-pong"]
BATCH = 48  # pictures held at once where a file is played backwards


@dataclass(frozen=True)
class Span:
    """What of a file is played, `start` to `end` in flicks (FOREVER: all), and how it repeats."""

    start: int = 0
    end: int = FOREVER
    loop: Loop = "off"


@dataclass(slots=True)
class Shot:
    """A picture or sound at `at` in playing time, `media` in the file's; None ends the playing."""

    at: int
    media: int
    content: Picture | Sound | None
    tensors: tuple[Tensor, Tensor | None] | None = None

    def developed(self) -> tuple[Tensor, Tensor | None]:
        """The picture as RGB and alpha tensors, converted once."""
        if self.tensors is None:
            assert isinstance(self.content, Picture)
            self.tensors = to_tensors(self.content.frame, self.content.aspect)
        return self.tensors


def unroll(decoder: Decoder, span: Span, media: int, at: int, forward: bool) -> Iterator[Shot]:
    """Every shot from file time `media` on, the first at playing time `at`, then the end."""
    empty = 0
    while empty < 2:  # one from a turning point is, two in a row hold nothing
        end = yield from (_forth if forward else _back)(decoder, span, media, at)
        if span.loop == "off":
            yield Shot(end, media, None)
            return
        empty = empty + 1 if end == at else 0
        media, forward = _turn(span, media, end - at, forward)
        at = end
    raise MediaError(
        f"'{decoder.path}' has no picture between its in and out points; move them apart"
    )


def _turn(span: Span, media: int, played: int, forward: bool) -> tuple[int, bool]:
    """Where the next pass begins, and which way it goes."""
    if span.loop == "loop":
        return (span.start if forward else span.end), forward
    return (media + played, False) if forward else (span.start, True)


def _forth(decoder: Decoder, span: Span, media: int, at: int) -> Generator[Shot, None, int]:
    """One pass forward; returns the playing time of its end."""
    shift, end = at - media, media
    waiting: list[Sound] = []
    for item in decoder.read(media):
        if isinstance(item, Sound):
            waiting.append(item)
            continue
        if item.pts >= span.end:
            break
        end = min(item.end, span.end)
        yield from (Shot(one.pts + shift, one.pts, one) for one in waiting if one.end <= end)
        waiting = [one for one in waiting if one.end > end]
        yield Shot(max(at, item.pts + shift), max(media, item.pts), item)
    for sound in waiting:  # sound ends with the last picture, so that a loop stays in step
        kept = between(sound, media, end)
        if kept:
            yield Shot(kept.pts + shift, kept.pts, kept)
    return end + shift


def _back(decoder: Decoder, span: Span, media: int, at: int) -> Generator[Shot, None, int]:
    """One pass backward from `media` down to the in point, a batch of pictures at a time."""
    while media > span.start:
        pictures, sounds = _before(decoder, span.start, media)
        if not pictures:
            break
        high = min(media, pictures[-1].end)
        low = max(span.start, pictures[0].pts)
        yield from sorted(_mirrored(pictures, sounds, low, high, at), key=lambda shot: shot.at)
        at += high - low
        media = low
    return at


def _mirrored(
    pictures: Iterable[Picture], sounds: Iterable[Sound], low: int, high: int, at: int
) -> Iterator[Shot]:
    for picture in pictures:
        yield Shot(at + high - min(picture.end, high), picture.pts, picture)
    for sound in sounds:
        kept = between(sound, low, high)
        if kept:
            back = reversed_in(kept, at, high)
            yield Shot(back.pts, kept.pts, back)


def _before(decoder: Decoder, low: int, high: int) -> tuple[deque[Picture], list[Sound]]:
    """The last pictures before `high`, in order, and the sound around them."""
    top = high if high < FOREVER else decoder.length
    start = max(low, top - BATCH * decoder.step)
    pictures, sounds = _until(decoder, start, high)
    return (pictures, sounds) if pictures or start == low else _until(decoder, low, high)


def _until(decoder: Decoder, start: int, high: int) -> tuple[deque[Picture], list[Sound]]:
    pictures: deque[Picture] = deque(maxlen=BATCH)
    sounds: list[Sound] = []
    for item in decoder.read(start):
        if isinstance(item, Sound):
            sounds.append(item)
        elif item.pts >= high:
            break
        else:
            pictures.append(item)
    return pictures, sounds
