"""The video restyle: a causal video model as a filter on live pictures, a few frames a call.

StreamDiffusionV2. The machinery is in `nodes.rollout.video.restyle`, the knobs that every video
node has are in `nodes.generate.video_knobs`; here is how pictures that come out find their clips.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from engine.node import Context, Lane, Node, Packet, Window, Wired, param, resource, state
from engine.packet import FLICKS_PER_SECOND
from engine.values import Clip, Frame, Memory, Prompt, Trigger
from nodes.generate.video_knobs import Subject, VideoKnobs, knobs
from nodes.rollout.kv_cache import KVCache
from nodes.rollout.video.look import VideoLook
from nodes.rollout.video.restyle import Shown, finish, restyle, wanted
from nodes.rollout.video.size import chosen, fitted
from nodes.rollout.video.slo import Form, Goal
from nodes.rollout.video.stream import VideoRollout


@knobs
class Strength(Subject):
    """How much of the source is left, behind the words and before all else."""

    strength: float = param(
        default=0.6, doc="How far the picture is left to the prompt", min=0.02, max=1
    )
    follows_motion: bool = param(
        default=True, doc="Lowers the strength by up to 0.1 while the picture moves fast"
    )


class Restyled(NamedTuple):
    """Pictures at the times of those they were made of, and how far they are from how it began."""

    out: Packet[Clip] | None
    drift: float


class VideoRestyle(
    VideoKnobs,
    Strength,
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

    prompt: Prompt = param(
        default=Prompt.of("islands, vaporwave"),
        doc="What is painted; several texts with weights are mixed",
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
    restart: Trigger = param(default=Trigger(0), doc="Forgets what it painted, without a cut")
    latency: float = param(
        default=0.0,
        doc="The longest that auto may keep a picture waiting; 0 is any",
        min=0,
        max=30,
        soft=(0, 3),
        unit="s",
    )

    _late: tuple[Packet[Clip], ...] = state(())
    _spacing: int = state(0)  # flicks between the newest pictures
    _form: Form = resource(Form(1, batched=False))

    def setup(self, ctx: Context) -> None:
        super().setup(ctx)
        stream, _, _ = self._running()
        self._form = Form(self.block or stream.model.card.block, batched=False)

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
        stream, pace, remembering = self._running()
        goal = Goal(FLICKS_PER_SECOND / self._spacing, self.latency)
        window, policy = remembering.window, remembering.policy(memory)
        self._form = pace.form(self.batching, self.block, self.steps, goal, window)
        # a block that no window holds is refused before its pictures are waited for
        policy.admit(KVCache(), self._form.frames)
        look = self._look(stream, packets[-1].value, float(goal.rate))
        self._expect_room(stream, look.size, window)
        tensors = (packet.value.tensor.to(stream.device) for packet in packets)
        pictures = torch.cat([fitted(tensor, look.size) for tensor in tensors])
        with pace.measured():
            shown, self._past = restyle(stream, look, policy, self._past, pictures, times)
        return shown

    def _look(self, stream: VideoRollout, frame: Frame, rate: float) -> VideoLook:
        model = stream.model
        own = model.plan.size if model.plan else model.card.size
        size = chosen(self.width, self.height, (frame.height, frame.width), own[0] * own[1])
        look = self._asked(size, self._form, rate=rate, time=model.vae.time, seed=self.ctx.rng.seed)
        return replace(look, strength=self.strength, follows_motion=self.follows_motion)

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
