"""The camera source: a thread empties the device, the node stamps its pictures with stream time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from engine.node import Context, Lane, Node, Packet, Tick, param, resource, state
from engine.values import Frame
from nodes.sources.camera_feed import CameraFeed
from nodes.sources.cameras import CameraMode, find_camera, is_gone, open_camera

FLICKS_PER_MICROSECOND = 705.6
DRIFT = 1000  # flicks a call that the clocks may drift apart: 1.4 microseconds


class Camera(Node, id="sources.camera", lane=Lane.IO, aliases=("webcam", "usb", "live")):
    """Shows what a camera sees; one that is unplugged holds its last picture and comes back.

    A device is named by an id that stays the same when it is plugged in again.
    """

    device: str = param(default="", doc="Id, name or number of the camera; empty is the first")
    width: int = param(
        default=0, doc="Asked of the camera; 0 is its own", min=0, max=8192, unit="px"
    )
    height: int = param(
        default=0, doc="Asked of the camera; 0 is its own", min=0, max=8192, unit="px"
    )
    fps: float = param(
        default=0.0, doc="Asked of the camera; 0 is its own", min=0, max=240, unit="/s"
    )
    format: Literal["auto", "MJPG", "YUYV", "NV12", "H264"] = param(
        default="auto", doc="How pictures come over the cable; MJPG reaches high rates over USB 2"
    )
    mirror: bool = param(default=False, doc="Swaps left and right, as a mirror does")
    open_capture: ClassVar[Callable[[str, CameraMode], Any]] = staticmethod(open_camera)
    find: ClassVar[Callable[[str], str]] = staticmethod(find_camera)
    _feed: CameraFeed | None = resource()
    _mode: CameraMode | None = resource()
    _offset: float | None = resource()
    _last: int = state(default=-1)
    _shape: tuple[int, ...] | None = state()

    def setup(self, ctx: Context) -> None:
        del ctx
        self._open()

    def process(self, tick: Tick) -> Iterator[Packet[Frame]]:
        if self._feed is None or self._mode != self._wanted():
            self._open()
        assert self._feed is not None
        taken = self._feed.take()
        now = _flicks(time.perf_counter_ns())
        seen = tick.pts - now  # a call is never early, so the largest is the nearest to the truth
        self._offset = seen if self._offset is None else max(seen, self._offset - DRIFT)
        for came, picture in taken:
            pts = max(round(_flicks(came) + self._offset), self._last + 1)
            if pts <= tick.pts:
                yield self._packet(picture, pts)

    def teardown(self) -> None:
        if self._feed is not None:
            self._feed.close()
        self._feed = self._mode = self._offset = None

    def _wanted(self) -> CameraMode:
        return CameraMode(self.device, self.width, self.height, self.fps, self.format)

    def _open(self) -> None:
        self.teardown()
        mode = self._wanted()
        place = self.find(self.device)
        self._feed = CameraFeed(
            lambda: self.open_capture(place, mode),
            name=f"camera {self.device or place}",
            gone=lambda: is_gone(place),
        )
        self._feed.wait()
        self._mode = mode

    def _packet(self, picture: np.ndarray, pts: int) -> Packet[Frame]:
        changed = self._shape is not None and self._shape != picture.shape
        self._last, self._shape = pts, picture.shape
        if self.mirror:
            picture = picture[:, ::-1]
        planes = np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1))  # (3, H, W)
        tensor = torch.from_numpy(planes)[None].to(self.ctx.device).float().div_(255)
        return Packet(Frame(tensor), pts, cut=changed)


def _flicks(nanoseconds: int) -> int:
    return round(nanoseconds * FLICKS_PER_MICROSECOND / 1000)
