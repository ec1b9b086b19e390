"""Nodes with a known cost, to measure the live engine with."""

from __future__ import annotations

import time

import torch

from engine.node import Held, Lane, Node, Packet, Tick, param, state
from engine.packet import seconds
from engine.values import Frame

AGES: list[float] = []  # seconds: how old the newest input was when a block started
SHOWN: list[tuple[float, float]] = []  # (presentation, content) in seconds of stream time
READ: list[int] = []  # the slider's value at the start of each block


class Camera(Node, id="bench.camera"):
    """Gives a picture a tick."""

    def process(self, tick: Tick) -> Frame:
        level = (tick.index % 256) / 255
        return Frame(torch.full((1, 3, self.ctx.stream.height, self.ctx.stream.width), level))


class Painter(Node, id="bench.painter", lane=Lane.SLOW):
    """Takes its time for each picture."""

    cost: float = param(default=0.1, doc="How long a block takes", min=0, max=10, unit="s")
    slider: int = param(default=0, doc="What a hand moves", min=0, max=10**9)
    fault: float = param(default=0.0, doc="Share of blocks that raise", min=0, max=1)
    _count: int = state(0)

    def process(self, tick: Tick, frame: Packet[Frame]) -> Frame:
        AGES.append(seconds(tick.pts - frame.pts) + seconds(self.clock() - tick.pts))
        READ.append(self.slider)
        self._count += 1
        time.sleep(self.cost)
        if self.fault and self._count % round(1 / self.fault) == 0:
            raise RuntimeError("a fault was asked for")
        return frame.value

    @staticmethod
    def clock() -> int:
        """Replaced by the bench with the player's clock."""
        return 0


class Mix(Node, id="bench.mix"):
    """Mixes a picture with the newest other one."""

    amount: float = param(default=0.5, doc="Share of the other", min=0, max=1)

    def process(self, frame: Frame, other: Held[Frame | None] = None) -> Frame:
        if other is None:
            return frame
        return Frame(torch.lerp(frame.tensor, other.tensor, self.amount))


class Screen(Node, id="bench.screen", lane=Lane.IO):
    """Notes when it was shown what."""

    def process(self, tick: Tick, frame: Packet[Frame]) -> None:
        SHOWN.append((seconds(tick.pts), seconds(frame.pts)))


NODES = (Camera, Painter, Mix, Screen)
