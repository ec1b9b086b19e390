"""The output sink: marks the picture that goes on air and keeps the newest for whoever shows it."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch

from engine.handoff import await_ready, ready_event
from engine.node import Node, Packet, Tick, resource
from engine.values import Frame
from nodes.sinks.pixels import BYTE, quantized


class Shown(NamedTuple):
    """A picture that was presented: when, in flicks, and the how-manieth it is, from 1."""

    frame: Frame
    pts: int
    serial: int


class OutputWindow(
    Node,
    id="sinks.window",
    title="Output",
    aliases=("window", "screen", "projector", "second display", "on air"),
):
    """Puts the picture on air: on the output window, the program monitor and the recording."""

    _newest: tuple[Packet[Frame], int] | None = resource()

    def process(self, frame: Frame, tick: Tick) -> None:
        serial = self._newest[1] + 1 if self._newest else 1
        self._newest = (Packet(frame, tick.pts, ready=ready_event(frame)), serial)

    @property
    def latest(self) -> Shown | None:
        """The newest picture, None before the first; any thread may ask.

        On CUDA the asking thread's stream waits for it, so that it may be copied at once.
        """
        newest = self._newest
        if newest is None:
            return None
        packet, serial = newest
        await_ready(packet)
        return Shown(packet.value, packet.pts, serial)

    def teardown(self) -> None:
        self._newest = None


def packed(frame: Frame) -> np.ndarray:
    """A frame as (H, W, 3) RGB uint8, over black, as screens and picture files take it.

    On the CPU it is scaled, rounded and clipped outside of torch, whose threads belong
    to the generator; on a GPU it is made there and bytes are copied.
    """
    tensor = frame.tensor
    if tensor.device.type != "cpu" or tensor.dtype != torch.float32 or frame.alpha is not None:
        return np.ascontiguousarray(quantized(frame, alpha=False).transpose(1, 2, 0))
    return packed_planes(tensor[0].detach().numpy())


def packed_planes(planes: np.ndarray) -> np.ndarray:
    """(3 or 1, H, W) float32 in [0, 1] as (H, W, 3) uint8; beyond is clipped, no number is 0."""
    count, height, width = planes.shape
    tall = np.ascontiguousarray(planes).reshape(count * height, width)
    above = cv2.threshold(tall, 0.0, 0.0, cv2.THRESH_TOZERO)[1]  # else scaling takes the absolute
    whole = cv2.convertScaleAbs(above, alpha=BYTE).reshape(count, height, width)
    return cv2.merge([whole[min(channel, count - 1)] for channel in range(3)])


def scaled(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H, W, 3) RGB uint8 as (h, w, 4) in the order of a screen's words, as large as fits into
    width x height.
    """
    high, wide = pixels.shape[:2]
    share = min(width / wide, height / high)
    size = max(1, round(wide * share)), max(1, round(high * share))
    if size != (wide, high):
        pixels = cv2.resize(pixels, size, interpolation=_method(share))
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA)


def _method(share: float) -> int:
    return cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR


def blended(pixels: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Two packed pictures of one size as one: `share` in [0, 1] is the other's."""
    return cv2.addWeighted(pixels, 1.0 - share, other, share, 0.0)
