"""The video stream: a causal video model that goes on for ever, one block a call, and follows what
it is told while it plays.

The machinery is in `nodes.rollout.video.stream`; here are the knobs.
"""

from __future__ import annotations

import logging
from fractions import Fraction
from typing import Literal, NamedTuple

from engine.node import Context, Lane, Node, Tick, Wired, param, resource, state
from engine.packet import frame_rate
from engine.values import Clip, Memory, Prompt, Trigger
from nodes.generate.video_pace import Pace, Remembering, expect_room
from nodes.models.held import Held
from nodes.models.video_model import VideoModel, hold_video_model
from nodes.rollout.video.look import SEEDS, VideoLook, VideoPast
from nodes.rollout.video.size import Size, chosen
from nodes.rollout.video.slo import Form, Goal
from nodes.rollout.video.stream import VideoRollout
from nodes.rollout.video.transition import blocks_of

log = logging.getLogger(__name__)


class Film(NamedTuple):
    """Pictures, and how far they are from how the stream began."""

    out: Clip | None
    drift: float


class VideoStream(
    Node,
    id="generate.video_stream",
    lane=Lane.SLOW,
    aliases=("text to video", "t2v", "longlive", "self forcing", "causvid", "wan", "dream"),
):
    """Dreams up a video that never ends and turns into whatever the prompt says next.

    Each block of pictures goes on from those before, so a change of the prompt is no cut: the scene
    walks over to the new words during `transition` and then forgets the old ones. How much of its
    past the video holds on to is the linked memory's business; without one it remembers as the
    model was trained to.

    `drift` tells how far colours and sharpness have gone from the first seconds: 0 is as it began,
    1 is clearly off. `anchor` brings the picture back by itself.
    """

    ladder = (("steps", 3), ("steps", 2), ("steps", 1))

    model: str = param(
        default="slipstream-video",
        doc="Which model dreams: a name such as longlive or self-forcing, or a folder",
        live=False,
    )
    vae: Literal["own", "tiny"] = param(
        default="own",
        doc="The model's own autoencoder, or the tiny one of its family: quicker, a little softer",
        live=False,
    )
    prompt: Prompt = param(
        default=Prompt.of("green hills at sunset, moving right"),
        doc="What is to be seen; several texts with weights are mixed",
    )
    seed: int = param(
        default=7, doc="Which noise the coming blocks grow from", min=0, max=2**31 - 1
    )
    steps: int = param(
        default=4, doc="Network calls a block: more is finer and slower", min=1, max=16, soft=(1, 8)
    )
    transition: float = param(
        default=1.5,
        doc="How long the video takes to walk over to another prompt; 0 is in the next block",
        min=0,
        max=60,
        soft=(0, 8),
        unit="s",
    )
    recache: Literal["memory", "none", "full", "block_causal"] = param(
        default="block_causal",
        doc="How the past is read again under the new prompt at the walk's end: as the linked "
        "memory does, not at all (the old prompt lingers), all at once as LongLive was tuned, or "
        "block by block as it was made",
    )
    keep_sink: bool = param(
        default=False,
        doc="The memory's first frames keep the prompt they were made under: look and scene stay",
    )
    sampler: Literal["renoise", "euler"] = param(
        default="renoise",
        doc="Fresh noise between the steps, as few-step models are trained, or straight along the "
        "flow: smoother, calmer",
    )
    history: Literal["model", "clean", "last", "per_level"] = param(
        default="model",
        doc="What a block sees of those before: as the model was trained, finished pictures (one "
        "more network call a block), what the last step left, or each step its own noise level: "
        "the picture then follows the prompt more and its past less",
    )
    carry: float = param(
        default=0.0,
        doc="How much of its noise a block hands on to the next: above 0 they look alike, below "
        "they differ more",
        min=-0.99,
        max=0.99,
    )
    restart: Trigger = param(default=Trigger(0), doc="Dissolves into a video that begins anew")
    anchor: Literal["off", "recache", "restart"] = param(
        default="off",
        doc="What happens when the drift passes its limit: nothing, the past gets the colours of "
        "the beginning back, or the video dissolves into a new beginning",
    )
    drift_limit: float = param(
        default=1.0, doc="The drift that is too much", min=0.1, max=10, soft=(0.5, 3)
    )
    block: int = param(
        default=0,
        doc="Latent frames made at once, four pictures each: few answer sooner, many hold together "
        "better; 0 is as the model was trained",
        min=0,
        max=64,
        soft=(0, 8),
        unit="frames",
    )
    batching: Literal["off", "steps", "auto"] = param(
        default="off",
        doc="Steps of successive blocks share one network call, which uses a graphics card better "
        "and answers later; auto takes what holds the rate on this machine, so that two renders "
        "are no longer the same",
    )
    overlap: bool = param(
        default=False,
        doc="Decodes a block beside the making of the next: more pictures a second, each a block "
        "later; for graphics cards",
        live=False,
    )
    fps: float = param(
        default=0.0,
        doc="Pictures a second that the video plays at; 0 is the rate the model was trained at",
        min=0,
        max=120,
        soft=(0, 30),
        unit="fps",
    )
    width: int = param(
        default=0,
        doc="Width of the picture; 0 follows the height, or is the model's own",
        min=0,
        max=4096,
        soft=(0, 1024),
        unit="px",
    )
    height: int = param(
        default=0,
        doc="Height of the picture; 0 follows the width, or is the model's own",
        min=0,
        max=4096,
        soft=(0, 1024),
        unit="px",
    )

    _past: VideoPast = state(default_factory=VideoPast)
    _held: Held[VideoModel] | None = resource()
    _stream: VideoRollout | None = resource()
    _pace: Pace | None = resource()
    _remembering: Remembering | None = resource()
    _size_found: Size | None = resource()

    def setup(self, ctx: Context) -> None:
        self._held = hold_video_model(self.model, ctx, tiny_vae=self.vae == "tiny")
        model = self._held.model
        self._stream = VideoRollout(model, overlap=self.overlap)
        self._pace, self._remembering = Pace(model), Remembering(model)
        if model.note:
            log.warning("%s", model.note)

    def teardown(self) -> None:
        held, self._held, self._stream = self._held, None, None
        if held is not None:
            held.release()

    def process(self, tick: Tick, memory: Wired[Memory | None] = None) -> Film:
        del tick
        stream, pace, remembering = self._stream, self._pace, self._remembering
        assert stream is not None, "process before setup"
        assert pace is not None
        assert remembering is not None
        policy, rate = remembering.policy(memory), self._rate(stream)
        goal, window = Goal(float(rate)), remembering.window
        form = pace.form(self.batching, self.block, self.steps, goal, window)
        look = self._look(stream, form)
        self._expect_room(stream, look.size, window)
        with pace.measured():
            pictures, self._past = stream.dream(look, policy, self._past)
        return Film(Clip(pictures, rate) if len(pictures) else None, self._past.drift)

    def _expect_room(self, stream: VideoRollout, size: Size, window: int) -> None:
        if size != self._size_found:
            expect_room(stream, size, window)
            self._size_found = size

    def _look(self, stream: VideoRollout, form: Form) -> VideoLook:
        frames = stream.model.vae.time * form.frames
        return VideoLook(
            prompt=self.prompt.pieces,
            blend="slerp" if self.prompt.blend == "slerp" else "linear",
            size=self._size(stream),
            steps=self.steps,
            seed=(self.ctx.rng.seed + self.seed) % SEEDS,
            walk=blocks_of(self.transition, frames, float(self._rate(stream))),
            recache="policy" if self.recache == "memory" else self.recache,
            keeps_sink=self.keep_sink,
            sampler=self.sampler,
            history=None if self.history == "model" else self.history,
            batched=form.batched,
            block=form.frames,
            carry=self.carry,
            restart=int(self.restart),
            reanchor=self.anchor,
            limit=self.drift_limit,
        )

    def _rate(self, stream: VideoRollout) -> Fraction:
        return frame_rate(self.fps or stream.model.card.fps)

    def _size(self, stream: VideoRollout) -> Size:
        plan = stream.model.plan
        own = plan.size if plan else stream.model.card.size
        return chosen(self.width, self.height, own, own[0] * own[1])
