"""A picture that sees itself: each frame is mixed with the output before, a little moved."""

from __future__ import annotations

from typing import Literal

import torch

from engine.node import Node, Tick, param, state
from engine.packet import seconds
from engine.values import Frame
from kernels.blend import blend
from kernels.color import hue_rotate
from kernels.resize import Affine, affine, affine_matrix
from nodes.compose.meet import carried, fitted

LONGEST_STEP = 0.25  # seconds; after a longer gap the past moves no further at once


class Feedback(Node, id="compose.feedback", aliases=("tunnel", "trails", "echo", "howl")):
    """Mixes each frame with what was shown before, zoomed, turned and tinted: the endless tunnel.

    `trail` says how long the past is seen. `normal` gives soft ghosts, `lighten` trails of light,
    `screen` a glow of light on black, `difference` the wild ones; a picture with transparent parts,
    such as a keyed person, leaves its trail behind itself. All speeds are per second, so that the
    picture is the same at any frame rate.
    """

    trail: float = param(
        default=0.5,
        doc="Time in which the past fades to half",
        min=0,
        max=60,
        soft=(0, 4),
        unit="s",
    )
    mode: Literal["normal", "lighten", "screen", "darken", "difference", "overlay"] = param(
        default="lighten", doc="How the past is mixed in"
    )
    zoom: float = param(
        default=1.6, doc="Growth of the past in a second: a tunnel above 1, a well below",
        min=0.01, max=100, soft=(0.4, 4), log=True,
    )  # fmt: skip
    rotate: float = param(
        default=12.0,
        doc="Turn of the past in a second",
        min=-3600,
        max=3600,
        soft=(-180, 180),
        unit="°",
    )
    x: float = param(
        default=0.0, doc="Move to the right in a second, in widths", min=-10, max=10, soft=(-1, 1)
    )
    y: float = param(
        default=0.0, doc="Move down in a second, in heights", min=-10, max=10, soft=(-1, 1)
    )
    hue: float = param(
        default=40.0, doc="Turn of the past's colours in a second", min=-3600, max=3600,
        soft=(-360, 360), unit="°",
    )  # fmt: skip
    border: Literal["black", "edge", "mirror", "wrap"] = param(
        default="mirror", doc="What comes in beside the past"
    )
    _past: Frame | None = state()
    _pts: int = state(0)

    def process(self, frame: Frame, tick: Tick) -> Frame:
        past, passed = self._past, seconds(tick.pts - self._pts)
        mixed = frame
        if past is not None and self.trail > 0:
            mixed = self._mixed(frame, fitted(past, frame), min(max(passed, 0.0), LONGEST_STEP))
        # a stray NaN would spread from frame to frame and never leave again
        self._past = Frame(*[plane.nan_to_num() for plane in mixed.tensors()])
        self._pts = tick.pts
        return mixed

    def _mixed(self, frame: Frame, past: Frame, passed: float) -> Frame:
        matrix = self._moved(frame, passed)
        past = carried(past, lambda x: affine(x, matrix, border=self.border))
        echo, cover = hue_rotate(past.tensor, self.hue * passed / 360), past.alpha
        left = 0.5 ** (passed / self.trail)
        if frame.alpha is None:
            lay = blend(frame.tensor, echo, mode=self.mode, opacity=left, top_alpha=cover)
            return Frame(lay[0])
        cover = torch.full_like(frame.alpha, left) if cover is None else cover * left
        lay = blend(echo, frame.tensor, mode=self.mode, base_alpha=cover, top_alpha=frame.alpha)
        return Frame(*lay)

    def _moved(self, frame: Frame, passed: float) -> Affine:
        zoom = self.zoom**passed
        return affine_matrix(
            scale=(zoom, zoom),
            rotate=self.rotate * passed / 360,
            shift=(self.x * passed * frame.width, self.y * passed * frame.height),
            pivot=(frame.width / 2, frame.height / 2),
        )
