"""The video stream: a causal video model that goes on for ever, one block a call, and follows what
it is told while it plays.

The machinery is in `nodes.rollout.video.stream`, the knobs that every video node has are in
`nodes.generate.video_knobs`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from engine.node import Held, Lane, Node, Tick, Wired, param, state
from engine.packet import frame_rate
from engine.values import CameraPath, Clip, Frame, Memory, Tracks, Trigger
from nodes.generate.video_knobs import VideoKnobs
from nodes.rollout.video.helm import Helm
from nodes.rollout.video.look import VideoLook
from nodes.rollout.video.size import Size, chosen
from nodes.rollout.video.slo import Form, Goal
from nodes.rollout.video.stream import VideoRollout

if TYPE_CHECKING:
    from torch import Tensor


class Film(NamedTuple):
    """Pictures, and how far they are from how the stream began."""

    out: Clip | None
    drift: float


class VideoStream(
    VideoKnobs,
    Node,
    id="generate.video_stream",
    lane=Lane.SLOW,
    aliases=(
        "text to video", "t2v", "image to video", "i2v", "animate", "longlive", "self forcing",
        "causvid", "wan", "dream",
    ),
):  # fmt: skip
    """Dreams up a video that never ends and turns into whatever the prompt says next.

    Each block of pictures goes on from those before, so a change of the prompt is no cut: the scene
    walks over to the new words during `transition` and then forgets the old ones; with `recache` on
    anew it dissolves into a picture that begins with them. How much of its past the video holds on
    to is the linked memory's business; without one it remembers as the model was trained to.

    With a picture linked to `start` the video begins with it: it stands for a moment and comes
    alive as the prompt says. Of a moving picture that is the frame there is as the video begins;
    `restart` dissolves into the one there is then. A video that is under way dissolves into the
    first picture that comes. A memory with a sink holds on to the picture, and so does `history` on
    clean; on per_level the prompt soon takes over.

    `rewind` dissolves back to where the video was `rewind_by` seconds ago, or to its beginning, and
    dreams on from there in another way, under the prompt of now. Two minutes are remembered at 24
    pictures a second, which takes 12 MB at 128x128 and 288 MB at 832x480.

    With a `camera` linked it goes as that camera goes, and what lies under a point of `tracks` goes
    with it, where the model was trained for that; others leave them be and say so once. The
    embedded model pans by words ("pan left") or a camera, with `history` on model. It carries its
    last picture to where it goes and draws on from there, `renewal` of it anew; other models begin
    each block with nothing but noise.

    `drift` tells how far colours and sharpness have gone from the first seconds: 0 is as it began,
    1 is clearly off. `anchor` brings the picture back by itself.
    """

    ladder = (("steps", 3), ("steps", 2), ("steps", 1))

    rewind: Trigger = param(
        default=Trigger(0), doc="Dissolves back to where the video was, and dreams on from there"
    )
    rewind_by: float = param(
        default=4.0, doc="How far the rewind goes back", min=0, max=120, soft=(0, 30), unit="s"
    )
    renewal: float = param(
        default=0.0,
        doc="How much of a block is drawn anew that goes on from its last picture: little holds "
        "things together, 1 draws everything; 0 is as the model was trained",
        min=0,
        max=1,
    )
    fps: float = param(
        default=0.0,
        doc="Pictures a second that the video plays at; 0 is the rate the model was trained at",
        min=0,
        max=120,
        soft=(0, 30),
        unit="fps",
    )

    _helm: Helm = state(default_factory=Helm)

    def process(
        self,
        tick: Tick,
        start: Held[Frame | None] = None,
        memory: Wired[Memory | None] = None,
        camera: Held[CameraPath | None] = None,
        tracks: Held[Tracks | None] = None,
    ) -> Film:
        stream, pace, remembering = self._running()
        policy, rate = remembering.policy(memory), self._rate(stream)
        goal, window = Goal(float(rate)), remembering.window
        form = pace.form(self.batching, self.block, self.steps, goal, window)
        look = self._look(stream, form)
        self._helm, steering = self._helm.turned(
            tick.pts,
            camera,
            tracks,
            frame=(self.ctx.stream.height, self.ctx.stream.width),
            size=look.size,
            haste=float(rate) / stream.model.card.fps,
        )
        look = replace(look, steering=remembering.steered(steering))
        self._expect_room(stream, look.size, window)
        with pace.measured():
            pictures, self._past = stream.dream(look, policy, self._past, _over_black(start))
        return Film(Clip(pictures, rate) if len(pictures) else None, self._past.drift)

    def _look(self, stream: VideoRollout, form: Form) -> VideoLook:
        rate, time = float(self._rate(stream)), stream.model.vae.time
        look = self._asked(self._size(stream), form, rate=rate, time=time, seed=self.ctx.rng.seed)
        back = round(self.rewind_by * rate / time)
        return replace(look, rewind=int(self.rewind), back=back, renewal=self.renewal)

    def _rate(self, stream: VideoRollout) -> Fraction:
        return frame_rate(self.fps or stream.model.card.fps)

    def _size(self, stream: VideoRollout) -> Size:
        plan = stream.model.plan
        own = plan.size if plan else stream.model.card.size
        return chosen(self.width, self.height, own, own[0] * own[1])


def _over_black(frame: Frame | None) -> Tensor | None:
    """(1, 3, H, W): a frame as a screen shows it."""
    if frame is None or frame.alpha is None:
        return None if frame is None else frame.tensor
    return frame.tensor * frame.alpha
