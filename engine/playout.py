"""Plays clips as frames: releases each frame when its time has come, however irregularly clips
arrive.

The engine puts one Playout between a port of clips and the inputs that take frames. Frame i of a
clip is released when stream time reaches its pts + latency. The latency begins at one clip's
length, rises when a frame comes too late to be shown on time, and sinks slowly while there is
slack. Offline the same rule gives the same frames.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.node import Node, Tick, Window, state
from engine.packet import FLICKS_PER_SECOND, Packet
from engine.values import Clip, Frame

SINK_SHARE = 0.002  # of the slack given back per tick


class Playout(Node, id="engine.playout"):
    """Plays the frames of clips one after another at their own rate."""

    _due: tuple[Packet[Frame], ...] = state(())
    _latency: int | None = state()
    _epoch: int | None = state()

    @property
    def latency(self) -> int:
        """How far the picture is behind its pts, in flicks."""
        return self._latency or 0

    def process(self, tick: Tick, clips: Window[Packet[Clip]]) -> Iterator[Packet[Frame]]:
        for packet in clips:
            self._take(packet, tick.pts)
        released = [packet for packet in self._due if packet.pts + self.latency <= tick.pts]
        self._due = self._due[len(released) :]
        yield from released

    def drain(self) -> Iterator[Packet[Frame]]:
        """What has not been shown yet."""
        yield from self._due
        self._due = ()

    def _take(self, packet: Packet[Clip], now: int) -> None:
        jumped = packet.cut or self._epoch not in (None, packet.epoch)
        self._epoch = packet.epoch
        frames = tuple(_frames(packet, cut=jumped))
        if not frames:
            return
        length = frames[-1].pts - packet.pts + _step(packet.value)
        if self._latency is None:
            self._latency = length
        behind = now - (packet.pts + self._latency)
        slack = -behind
        if behind > 0:
            self._latency += behind
        elif slack > length:
            self._latency -= round(slack * SINK_SHARE)
        self._due = (*self._due, *frames)


def _step(clip: Clip) -> int:
    return round(FLICKS_PER_SECOND / clip.rate)


def _frames(packet: Packet[Clip], *, cut: bool) -> Iterator[Packet[Frame]]:
    clip = packet.value
    for index in range(clip.tensor.shape[0]):
        pts = packet.pts + round(index * FLICKS_PER_SECOND / clip.rate)
        yield Packet(Frame(clip.tensor[index : index + 1]), pts, cut=cut and index == 0)
