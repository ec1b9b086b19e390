"""A camera that is driven by hand: speeds in, the way that it has gone out."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engine.node import Node, Tick, param, state
from engine.packet import seconds
from engine.values import CameraPath
from nodes.rollout.video.helm import CIRCLE, FLIGHT, TURN, WALK

FASTEST = 3.0


class CameraDrive(
    Node, id="motion.camera_drive", aliases=("pan", "orbit", "dolly", "fly", "steer", "joystick")
):
    """Drives a camera through what a video generator dreams: aside, round what is there, ahead.

    Link `out` to the `camera` of a video stream, and a knob or an LFO to a speed: a model goes as
    told as far as it has learnt to. At 1 it is told what "pan right" or "flying forward" tell it
    in a prompt; 0 is to stand, which is not the same as no camera at all, for then the prompt
    decides. The embedded model pans, round and round, flies slowly and hardly circles.
    """

    aside: float = param(
        default=1.0, doc="To the right, below 0 to the left", min=-FASTEST, max=FASTEST,
        soft=(-1, 1),
    )  # fmt: skip
    orbit: float = param(
        default=0.0, doc="Round what is before it, to the right", min=-FASTEST, max=FASTEST,
        soft=(-1, 1),
    )  # fmt: skip
    ahead: float = param(
        default=0.0, doc="Into the picture, below 0 out of it", min=-FASTEST, max=FASTEST,
        soft=(-1, 1),
    )  # fmt: skip
    _pose: Tensor | None = state()

    def process(self, tick: Tick) -> CameraPath:
        if self._pose is None:
            self._pose = torch.eye(4, dtype=torch.float64)
        else:
            self._pose = self._pose @ self._step(seconds(tick.dt))
        stream = self.ctx.stream
        lens = torch.tensor(
            [
                [stream.height, 0, stream.width / 2],
                [0, stream.height, stream.height / 2],
                [0, 0, 1.0],
            ]
        )
        return CameraPath(self._pose[None].float(), lens[None])

    def _step(self, passed: float) -> Tensor:
        """Where the camera is after a while, seen from where it was, (4, 4)."""
        turn = -self.orbit * TURN * passed
        step = torch.eye(4, dtype=torch.float64)
        step[0, 0] = step[2, 2] = math.cos(turn)
        step[0, 2], step[2, 0] = math.sin(turn), -math.sin(turn)
        step[0, 3] = self.aside * WALK * passed - CIRCLE * math.sin(turn)
        step[2, 3] = self.ahead * FLIGHT * passed + CIRCLE * (1 - math.cos(turn))
        return step
