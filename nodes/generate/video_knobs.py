"""What the video nodes are told in the same words, and what they hold while they run.

Knobs come in the order of these classes: a node that puts its own between subject and making
declares them in a class on `Subject`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal, TypeVar, dataclass_transform

from engine.node import Context, param, resource, state
from engine.values import Prompt, Trigger
from nodes.generate.video_pace import Pace, Remembering, expect_room
from nodes.models.held import Held
from nodes.models.video_model import VideoModel, hold_video_model
from nodes.rollout.video.look import SEEDS, VideoLook, VideoPast
from nodes.rollout.video.size import Size
from nodes.rollout.video.slo import Form
from nodes.rollout.video.stream import VideoRollout
from nodes.rollout.video.transition import blocks_of

log = logging.getLogger(__name__)

C = TypeVar("C")


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(param, state, resource)
)
def knobs(cls: type[C]) -> type[C]:
    """Makes a class one that nodes may have their knobs from."""
    return dataclass(eq=False, kw_only=True, repr=False)(cls)


@knobs
class Subject:
    """Which model makes the pictures, and of what."""

    model: str = param(
        default="slipstream-video",
        doc="Which model makes the pictures: a name such as longlive or streamdiffusion-v2, or a "
        "folder",
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


@knobs
class VideoKnobs(Subject):
    """How blocks of pictures are made and remembered."""

    seed: int = param(
        default=7, doc="Which noise the coming pictures grow from", min=0, max=2**31 - 1
    )
    steps: int = param(
        default=4, doc="Network calls a block: more is finer and slower", min=1, max=16, soft=(1, 8)
    )
    transition: float = param(
        default=1.5,
        doc="How long the pictures take to walk over to another prompt; 0 is with the next ones",
        min=0,
        max=60,
        soft=(0, 8),
        unit="s",
    )
    recache: Literal["memory", "none", "full", "block_causal", "anew"] = param(
        default="block_causal",
        doc="How the past is read again under the new prompt at the walk's end: as the linked "
        "memory does, not at all (the old prompt lingers), all at once as LongLive was tuned, or "
        "block by block as it was made; anew takes no walk: the picture dissolves into one that "
        "begins with the new prompt, for models that hold on to what they show",
    )
    keep_sink: bool = param(
        default=False,
        doc="The memory's first frames keep the prompt they were made under: look and scene stay",
    )
    sampler: Literal["model", "renoise", "euler"] = param(
        default="model",
        doc="Between the steps: as the model was trained, fresh noise, or straight along the "
        "flow: smoother, calmer",
    )
    history: Literal["model", "clean", "last", "per_level"] = param(
        default="model",
        doc="What a block sees of those before: as the model was trained, finished pictures (one "
        "more network call a block), what the last step left, or each step its own noise level: "
        "the picture then follows the prompt more and its past less, and stands where a model "
        "moves its last picture on",
    )
    carry: float = param(
        default=0.0,
        doc="How much of its noise a block hands on to the next: above 0 they look alike and "
        "textures stay put, below they differ more",
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
    width: int = param(
        default=0,
        doc="Width of the picture; 0 keeps the shape of what is repainted, else the model's own",
        min=0,
        max=4096,
        soft=(0, 1024),
        unit="px",
    )
    height: int = param(
        default=0,
        doc="Height of the picture; 0 keeps the shape of what is repainted, else the model's own",
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

    def _running(self) -> tuple[VideoRollout, Pace, Remembering]:
        assert self._stream is not None, "process before setup"
        assert self._pace is not None
        assert self._remembering is not None
        return self._stream, self._pace, self._remembering

    def _expect_room(self, stream: VideoRollout, size: Size, window: int) -> None:
        if size != self._size_found:
            expect_room(stream, size, window)
            self._size_found = size

    def _asked(self, size: Size, form: Form, *, rate: float, time: int, seed: int) -> VideoLook:
        """What is asked of a block whose latent frames are `time` pictures at `rate` a second.

        seed: the document's, which the node's is added to.
        """
        return VideoLook(
            prompt=self.prompt.pieces,
            blend="slerp" if self.prompt.blend == "slerp" else "linear",
            size=size,
            steps=self.steps,
            seed=(seed + self.seed) % SEEDS,
            walk=blocks_of(self.transition, time * form.frames, rate),
            recache="policy" if self.recache in ("memory", "anew") else self.recache,
            anew=self.recache == "anew",
            keeps_sink=self.keep_sink,
            sampler=None if self.sampler == "model" else self.sampler,
            history=None if self.history == "model" else self.history,
            batched=form.batched,
            block=form.frames,
            carry=self.carry,
            restart=int(self.restart),
            reanchor=self.anchor,
            limit=self.drift_limit,
        )
