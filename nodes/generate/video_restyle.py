"""The video restyle: a causal video model as a filter on live pictures, a few frames a call.

StreamDiffusionV2. The machinery is in `nodes.rollout.video.restyle`; here are the knobs, and
how pictures that come out find their clips.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from engine.node import Context, Lane, Node, Packet, Window, Wired, param, resource, state
from engine.packet import FLICKS_PER_SECOND
from engine.values import Clip, Frame, Memory, Prompt, Trigger
from kernels.resize import fill, place
from nodes.generate.video_pace import Pace, Remembering, expect_room
from nodes.models.held import Held
from nodes.models.video_model import VideoModel, hold_video_model
from nodes.rollout.video.look import SEEDS, VideoLook, VideoPast
from nodes.rollout.video.restyle import Shown, finish, restyle, wanted
from nodes.rollout.video.size import Size, chosen
from nodes.rollout.video.slo import Form, Goal
from nodes.rollout.video.stream import VideoRollout
from nodes.rollout.video.transition import blocks_of

log = logging.getLogger(__name__)


class Restyled(NamedTuple):
    """Pictures at the times of those they were made of, and how far they are from how it began."""

    out: Packet[Clip] | None
    drift: float


class VideoRestyle(
    Node,
    id="generate.video_restyle",
    lane=Lane.SLOW,
    aliases=("video to video", "v2v", "streamdiffusionv2", "camera", "repaint", "vid2vid"),
):
    """Repaints a live picture as the prompt says, and remembers how it painted what came before.

    Unlike an image model it sees the pictures as a video: surfaces stay on what moves and do not
    boil. `strength` says how much is left to the prompt; with `follows_motion` fast movement lowers
    it a little, so that what moves keeps its outline. Every picture comes out once, at its own
    time, some pictures later: the model paints a few at once.

    `drift` tells how far colours and sharpness have gone from what they were beside the source in
    the first seconds; `anchor` brings the picture back by itself.
    """

    ladder = (("steps", 2), ("steps", 1))

    model: str = param(
        default="slipstream-video",
        doc="Which model paints: a name such as streamdiffusion-v2, or a folder",
        live=False,
    )
    vae: Literal["own", "tiny"] = param(
        default="own",
        doc="The model's own autoencoder, or the tiny one of its family: quicker, a little softer",
        live=False,
    )
    prompt: Prompt = param(
        default=Prompt.of("islands, vaporwave"),
        doc="What is painted; several texts with weights are mixed",
    )
    strength: float = param(
        default=0.6, doc="How far the picture is left to the prompt", min=0.02, max=1
    )
    follows_motion: bool = param(
        default=True, doc="Lowers the strength by up to 0.1 while the picture moves fast"
    )
    seed: int = param(
        default=7, doc="Which noise the coming pictures grow from", min=0, max=2**31 - 1
    )
    steps: int = param(
        default=2, doc="Network calls a block: more is finer and slower", min=1, max=16, soft=(1, 4)
    )
    transition: float = param(
        default=1.0,
        doc="How long the paint takes to turn into another prompt; 0 is with the next pictures",
        min=0,
        max=60,
        soft=(0, 8),
        unit="s",
    )
    recache: Literal["memory", "none", "full", "block_causal"] = param(
        default="block_causal",
        doc="How the past is read again under the new prompt at the turn's end: as the linked "
        "memory does, not at all, all at once, or block by block as it was made",
    )
    keep_sink: bool = param(
        default=False, doc="The memory's first frames keep the prompt they were made under"
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
        doc="How much of its noise a block hands on to the next: above 0 textures stay put",
        min=-0.99,
        max=0.99,
    )
    restart: Trigger = param(default=Trigger(0), doc="Forgets what it painted, without a cut")
    anchor: Literal["off", "recache", "restart"] = param(
        default="off",
        doc="What happens when the drift passes its limit: nothing, the past gets the colours of "
        "the beginning back, or the memory begins anew",
    )
    drift_limit: float = param(
        default=1.0, doc="The drift that is too much", min=0.1, max=10, soft=(0.5, 3)
    )
    block: int = param(
        default=0,
        doc="Latent frames painted at once, four pictures each: few come sooner; 0 is as the model "
        "was trained",
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
    latency: float = param(
        default=0.0,
        doc="The longest that auto may keep a picture waiting; 0 is any",
        min=0,
        max=30,
        soft=(0, 3),
        unit="s",
    )
    overlap: bool = param(
        default=False,
        doc="Decodes a block beside the making of the next: more pictures a second, each a block "
        "later; for graphics cards",
        live=False,
    )
    width: int = param(
        default=0,
        doc="Width of the picture; 0 keeps the shape of the input, at the model's own size",
        min=0,
        max=4096,
        soft=(0, 1024),
        unit="px",
    )
    height: int = param(
        default=0,
        doc="Height of the picture; 0 keeps the shape of the input, at the model's own size",
        min=0,
        max=4096,
        soft=(0, 1024),
        unit="px",
    )

    _past: VideoPast = state(default_factory=VideoPast)
    _late: tuple[Packet[Clip], ...] = state(())
    _spacing: int = state(0)  # flicks between the newest pictures
    _held: Held[VideoModel] | None = resource()
    _stream: VideoRollout | None = resource()
    _pace: Pace | None = resource()
    _remembering: Remembering | None = resource()
    _form: Form = resource(Form(1, batched=False))
    _size_found: Size | None = resource()

    def setup(self, ctx: Context) -> None:
        self._held = hold_video_model(self.model, ctx, tiny_vae=self.vae == "tiny")
        model = self._held.model
        self._stream = VideoRollout(model, overlap=self.overlap)
        self._pace, self._remembering = Pace(model), Remembering(model)
        self._form = Form(self.block or model.card.block, batched=False)
        if model.note:
            log.warning("%s", model.note)

    def teardown(self) -> None:
        held, self._held, self._stream = self._held, None, None
        if held is not None:
            held.release()

    def window(self, port: str) -> int | None:
        del port
        time = 4 if self._stream is None else self._stream.model.vae.time
        return wanted(self._past, time, self._form.frames)

    def process(
        self, frame: Window[Packet[Frame]], memory: Wired[Memory | None] = None
    ) -> Iterator[Restyled]:
        packets = list({id(packet): packet for packet in frame}.values())
        times = tuple(packet.pts for packet in packets)
        self._spacing = _spacing(times) or self._spacing or self.ctx.stream.dt
        clips = self._clips(self._restyled(packets, times, memory))
        if len(packets) < len(frame):
            # a padded call may not yield more than it was given; drain has no such limit
            self._late += clips
        else:
            yield from (Restyled(clip, self._past.drift) for clip in clips)

    def drain(self) -> Iterator[Restyled]:
        yield from (Restyled(clip, self._past.drift) for clip in self._late)
        self._late = ()
        if self._stream is not None:
            shown, _ = finish(self._stream, self._past)
            yield from (Restyled(clip, self._past.drift) for clip in self._clips(shown))

    def _restyled(
        self, packets: list[Packet[Frame]], times: tuple[int, ...], memory: Memory | None
    ) -> list[Shown]:
        stream, pace, remembering = self._stream, self._pace, self._remembering
        assert stream is not None, "process before setup"
        assert pace is not None
        assert remembering is not None
        goal = Goal(FLICKS_PER_SECOND / self._spacing, self.latency)
        window = remembering.window
        self._form = pace.form(self.batching, self.block, self.steps, goal, window)
        look = self._look(stream, packets[-1].value, float(goal.rate))
        self._expect_room(stream, look.size, window)
        pictures = torch.cat([_fitted(packet.value, look.size, stream) for packet in packets])
        with pace.measured():
            shown, self._past = restyle(
                stream, look, remembering.policy(memory), self._past, pictures, times
            )
        return shown

    def _expect_room(self, stream: VideoRollout, size: Size, window: int) -> None:
        if size != self._size_found:
            expect_room(stream, size, window)
            self._size_found = size

    def _look(self, stream: VideoRollout, frame: Frame, rate: float) -> VideoLook:
        model = stream.model
        own = model.plan.size if model.plan else model.card.size
        frames = model.vae.time * self._form.frames
        return VideoLook(
            prompt=self.prompt.pieces,
            blend="slerp" if self.prompt.blend == "slerp" else "linear",
            size=chosen(self.width, self.height, (frame.height, frame.width), own[0] * own[1]),
            steps=self.steps,
            seed=(self.ctx.rng.seed + self.seed) % SEEDS,
            strength=self.strength,
            follows_motion=self.follows_motion,
            walk=blocks_of(self.transition, frames, rate),
            recache="policy" if self.recache == "memory" else self.recache,
            keeps_sink=self.keep_sink,
            sampler=self.sampler,
            history=None if self.history == "model" else self.history,
            batched=self._form.batched,
            block=self._form.frames,
            carry=self.carry,
            restart=int(self.restart),
            reanchor=self.anchor,
            limit=self.drift_limit,
        )

    def _clips(self, shown: list[Shown]) -> tuple[Packet[Clip], ...]:
        return tuple(
            clip for each in shown for clip in clips(each.pictures, each.times, self._spacing)
        )


def clips(pictures: Tensor, times: tuple[int, ...], spacing: int) -> list[Packet[Clip]]:
    """Pictures (T, 3, H, W) as clips that play each at its own time (flicks): one clip for as long
    as the times are evenly spaced. A single picture stands for `spacing`.
    """
    found, first = list[Packet[Clip]](), 0
    for end in range(1, len(times) + 1):
        steps = {later - sooner for sooner, later in pairwise(times[first : end + 1])}
        if end < len(times) and len(steps) == 1:
            continue
        step = times[first + 1] - times[first] if end - first > 1 else spacing
        rate = Fraction(FLICKS_PER_SECOND, max(1, step))
        found.append(Packet(Clip(pictures[first:end], rate), times[first]))
        first = end
    return found


def _spacing(times: tuple[int, ...]) -> int:
    """The time between pictures, of the last two; 0 where there is one."""
    return max(0, times[-1] - times[-2]) if len(times) > 1 else 0


def _fitted(frame: Frame, size: Size, stream: VideoRollout) -> Tensor:
    """(1, 3, H, W): the frame at the size it is painted at, cut where the proportions differ."""
    picture = frame.tensor.to(stream.device)
    if size == (frame.height, frame.width):
        return picture
    there = fill((frame.height, frame.width), size)
    return place(picture, there, height=size[0], width=size[1])
