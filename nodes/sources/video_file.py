"""The video file source: a thread reads ahead in playing time, the node maps stream time to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.errors import EndOfStream, MediaError
from engine.node import Context, Lane, Node, Packet, Tick, param, resource, state
from engine.packet import FLICKS_PER_SECOND, FOREVER, flicks
from engine.values import Audio, Frame, Trigger
from nodes.sources.decoder import Decoder, Picture
from nodes.sources.read_ahead import ReadAhead
from nodes.sources.sound import Sound, stretched
from nodes.sources.unroll import Loop, Shot, Span, unroll

CATCH_UP = FLICKS_PER_SECOND // 4  # a longer wait between calls pauses the file: it need not race
AHEAD = 64 << 20  # bytes of pictures read ahead
SOUND_SPEEDS = (0.125, 8.0)  # outside these there is nothing to hear


class Media(NamedTuple):
    """What a file gives: pictures and sound, each with the file's own times."""

    frame: Packet[Frame] | None = None
    audio: Packet[Audio] | None = None


@dataclass(frozen=True)
class Playhead:
    """How stream time maps onto playing time since the last change of speed, all in flicks."""

    stream: int
    play: int
    speed: float
    tick: int
    shown: int = -FOREVER  # when the last picture was given

    def play_at(self, pts: int) -> int:
        return self.play + round((pts - self.stream) * self.speed)

    def stream_at(self, at: int) -> int:
        return self.stream + (round((at - self.play) / self.speed) if self.speed else 0)

    def moved_to(self, tick: Tick, speed: float) -> Playhead:
        """The playhead at a tick: a new speed holds from the last tick on, a stall is left out."""
        waited = tick.pts - self.tick
        stall = max(0, waited - max(tick.dt, CATCH_UP))
        if speed == self.speed and not stall:
            return replace(self, tick=tick.pts)
        play = self.play_at(self.tick)
        return replace(self, stream=self.tick + stall, play=play, speed=speed, tick=tick.pts)


class VideoFile(Node, id="sources.video_file", lane=Lane.IO, aliases=("movie", "clip", "player")):
    """Plays a video file: its pictures and its sound, at the file's own times.

    Any speed, backwards too; 0 holds the picture. Above speed 1 pictures are left out, so there are
    never more of them a second than the file has. What is broken inside a file is skipped.
    """

    path: Path = param(default=Path(), doc="The file to play; another one starts at once")
    loop: Loop = param(default="off", doc="At the end: stop, start again, or go back and forth")
    speed: float = param(
        default=1.0,
        doc="1 is as recorded, 0 holds, below 0 plays backwards",
        min=-8,
        max=8,
        soft=(-2, 2),
    )
    in_point: float = param(default=0.0, doc="Where playing begins", min=0, unit="s")
    out_point: float = param(
        default=0.0, doc="Where playing ends; 0 is the end of the file", min=0, unit="s"
    )
    restart: Trigger = param(default=Trigger(0), doc="Plays from the beginning")
    seek: float = param(
        default=0.0, doc="Where jump goes, from the file's first picture", min=0, unit="s"
    )
    jump: Trigger = param(default=Trigger(0), doc="Goes to the seek position")
    audio: bool = param(default=True, doc="Whether the sound is played as well")
    deinterlace: bool = param(
        default=True, doc="Weaves the fields of interlaced pictures into whole ones"
    )
    hardware: Literal["auto", "off"] = param(
        default="auto", doc="Whether the graphics card decodes where it can"
    )
    _playhead: Playhead | None = state()
    _triggers: tuple[int, int] | None = state()
    _position: tuple[int, int] = state(default=(0, 0))  # (playing time, file time) of the last shot
    _ahead: ReadAhead[Shot] | None = resource()
    _decoder: Decoder | None = resource()
    _settings: tuple[Any, ...] = resource(default=())
    _untouched: bool = resource(default=False)

    def setup(self, ctx: Context) -> None:
        del ctx
        self._open(self._first(), 0)
        self._untouched = True

    def process(self, tick: Tick) -> Iterator[Media]:
        cut = self._follow(tick)
        while True:
            assert self._playhead is not None
            assert self._ahead is not None
            shot = self._ahead.peek()
            if shot is not None and shot.at > self._playhead.play_at(tick.pts):
                return
            if shot is None or shot.content is None:
                raise EndOfStream
            self._ahead.pop()
            media = self._media(shot, self._playhead, cut=cut)
            if media is not None:
                cut = cut and media.frame is None
                yield media

    def teardown(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
        self._ahead = self._decoder = None
        self._settings = ()

    def duration(self) -> int | None:
        """Flicks from the in point to the out point at this speed; None where it never ends."""
        if self._decoder is None or self.loop != "off" or not self.speed:
            return None
        span = self._span()
        played = min(span.end, self._decoder.length) - span.start
        return round(played / abs(self.speed)) if played > 0 else None

    @property
    def decoder(self) -> str:
        """The codec and what decodes it; empty while no file is open."""
        return self._decoder.codec if self._decoder else ""

    @property
    def broken(self) -> int:
        """Packets of the open file that could not be decoded."""
        return self._decoder.broken if self._decoder else 0

    @property
    def _forward(self) -> bool:
        return self.speed >= 0

    def _follow(self, tick: Tick) -> bool:
        """Brings reader and playhead to the tick and the knobs; True where the material jumps."""
        if self._playhead is None:
            self._playhead = Playhead(tick.pts, 0, abs(self.speed), tick.pts)
            self._triggers = (self.restart, self.jump)
            if not self._untouched or self._settings != self._wanted():
                self._open(self._first(), 0)
            self._untouched = False
            return False
        here = self._here()
        self._playhead = self._playhead.moved_to(tick, abs(self.speed))
        target, cut = self._target(here)
        if target is not None:
            self._open(target, self._playhead.play_at(tick.pts))
        return cut

    def _target(self, here: int) -> tuple[int | None, bool]:
        """Where to read on from (None: the reader is right) and whether that is a jump."""
        before, self._triggers = self._triggers or (0, 0), (self.restart, self.jump)
        if self._triggers[0] != before[0] or self._wanted()[0] != self._settings[0]:
            return self._first(), True
        if self._triggers[1] != before[1]:
            return self._within(flicks(self.seek)), True
        if self._wanted() != self._settings:
            return self._within(here), self._within(here) != here
        return None, False

    def _wanted(self) -> tuple[Any, ...]:
        span = (self.in_point, self.out_point, self.loop, self._forward)
        return (self.path, *span, self.audio, self.deinterlace, self.hardware)

    def _span(self) -> Span:
        end = flicks(self.out_point) if self.out_point > 0 else FOREVER
        return Span(flicks(self.in_point), end, self.loop)

    def _first(self) -> int:
        span = self._span()
        return span.start if self._forward else span.end

    def _within(self, media: int) -> int:
        span = self._span()
        length = (self._decoder.length if self._decoder else 0) or FOREVER
        return max(span.start, min(media, span.end - 1, length - 1))

    def _here(self) -> int:
        """The file time now on screen."""
        assert self._playhead is not None
        at, media = self._position
        passed = self._playhead.play_at(self._playhead.tick) - at
        was_forward = self._settings[4] if self._settings else True
        return max(0, media + (passed if was_forward else -passed))

    def _open(self, media: int, at: int) -> None:
        """Starts a reader: first the picture at file time `media`, at playing time `at`."""
        wanted, span, forward = self._wanted(), self._span(), self._forward
        decoder = Decoder(
            self.path,
            sound=self.audio,
            deinterlace=self.deinterlace,
            hardware=self.hardware == "auto",
        )
        _refuse_outside(self.path, span, decoder)
        self.teardown()
        self._decoder, self._settings = decoder, wanted
        self._position = (at, min(media, decoder.length))
        self._ahead = ReadAhead(
            lambda: _played(decoder, span, media, at, forward),
            name=f"'{self.path}'",
            budget=AHEAD,
            weight=_weight,
            prepare=_develop,
        )

    def _media(self, shot: Shot, head: Playhead, *, cut: bool) -> Media | None:
        pts = min(head.stream_at(shot.at), head.tick)
        assert self._ahead is not None
        self._ahead.eager = head.speed <= 1
        if isinstance(shot.content, Sound):
            return self._heard(shot.content, pts, head.speed)
        self._position = (shot.at, shot.media)
        if head.speed > 1 and 100 * (pts - head.shown) < 99 * _lasting(shot) and not cut:
            return None
        self._playhead = replace(head, shown=pts)
        rgb, alpha = shot.developed()
        device = self.ctx.device
        frame = Frame(rgb.to(device), None if alpha is None else alpha.to(device))
        return Media(frame=Packet(frame, pts, cut=cut))

    def _heard(self, sound: Sound, pts: int, speed: float) -> Media | None:
        if speed != 1:
            if not SOUND_SPEEDS[0] <= speed <= SOUND_SPEEDS[1]:
                return None
            sound = stretched(sound, pts, speed)
            pts = sound.pts
        if not sound.samples.numel():
            return None
        return Media(audio=Packet(Audio(sound.samples, sound.rate), pts))


def _played(decoder: Decoder, span: Span, media: int, at: int, forward: bool) -> Iterator[Shot]:
    try:
        yield from unroll(decoder, span, media, at, forward)
    finally:
        decoder.close()


def _refuse_outside(path: Path, span: Span, decoder: Decoder) -> None:
    length = decoder.length
    if span.start >= span.end or (length and span.start >= length):
        decoder.close()
        given = f"in point {span.start / FLICKS_PER_SECOND:g} s"
        limit = min(span.end, length or span.end) / FLICKS_PER_SECOND
        raise MediaError(f"{given} is not before the end at {limit:g} s of '{path}'; move it back")


def _lasting(shot: Shot) -> int:
    return shot.content.duration if isinstance(shot.content, Picture) else 0


def _weight(shot: Shot) -> int:
    if isinstance(shot.content, Picture):
        return 12 * shot.content.frame.width * shot.content.frame.height
    return 0


def _develop(shot: Shot) -> None:
    if isinstance(shot.content, Picture):
        shot.developed()
