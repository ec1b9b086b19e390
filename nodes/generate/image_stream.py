"""The image stream: a few-step image model as a filter on live pictures, one network call a frame.

StreamDiffusion (Kodaira et al. 2023). The machinery is in `nodes.rollout`; here are the knobs, and
whose time each finished picture carries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from engine.errors import ParamError
from engine.node import Context, Lane, Node, Packet, Tick, Window, param, resource, state
from engine.packet import seconds
from engine.values import Frame, Prompt
from kernels.noise import uniform
from kernels.resize import fill, place
from nodes.generate.lora_list import read_lora_list
from nodes.models import zoo
from nodes.models.image_weights import Held, hold_image_model
from nodes.rollout.image.guidance import Guidance
from nodes.rollout.image.repaint import Past, Repeats, Shown, finish, repaint, wander
from nodes.rollout.image.session import ImageSession, Look, Size

LUCK_STEP = 2**32 - 1  # step of the random numbers that decide about repeats; the block is the call


class ImageStream(
    Node,
    id="generate.image_stream",
    lane=Lane.SLOW,
    aliases=("stream diffusion", "stable diffusion", "img2img", "restyle", "dream"),
):
    """Repaints every frame as the prompt says, or paints out of noise where nothing is linked.

    With a picture linked, `strength` says how much of it is left to the prompt: low keeps the scene
    and changes its paint, high keeps only the composition. `steps` buys detail and steadiness; each
    after the first costs a frame of latency and some speed. Without a link the picture grows from
    noise that wanders, as fast as `drift` says.

    Prompt, strength, steps, guidance, seed and LoRA weights can all move while it plays, without a
    flash: what is on its way is carried over to the new settings.
    """

    ladder = (("steps", 4), ("steps", 2), ("steps", 1))

    model: str = param(
        default="slipstream-tiny",
        doc="Which model paints: a name such as sd-turbo, owner/model of the hub, or a folder",
        live=False,
    )
    vae: Literal["own", "tiny"] = param(
        default="own",
        doc="The model's own autoencoder, or the tiny one of its family: quicker, a little softer",
        live=False,
    )
    prompt: Prompt = param(
        default=Prompt.of("green hills at sunset, oil painting"),
        doc="What is painted; several texts with weights are mixed",
    )
    negative_prompt: str = param(
        default="", doc="What the picture is pushed away from, with guidance full or initialize"
    )
    strength: float = param(
        default=0.4, doc="How far the picture is left to the prompt", min=0, max=1
    )
    steps: int = param(
        default=2, doc="Denoising steps of each frame; each adds a frame of latency", min=1, max=16
    )
    step_indices: str = param(
        default="",
        doc="Places in the model's table of 50 noise levels, such as 32 45, in place of steps and "
        "strength",
    )
    guidance_mode: Literal["none", "self", "initialize", "full"] = param(
        default="none",
        doc="What the picture is pushed away from: nothing, the input, the negative prompt as the "
        "first step sees it, or the negative prompt at every step (half as fast)",
    )
    guidance: float = param(
        default=1.2,
        doc="How hard the picture is pushed; 1 is not at all",
        min=1,
        max=20,
        soft=(1, 3),
    )
    delta: float = param(
        default=1.0,
        doc="How much of the input the guidance modes self and initialize push away from",
        min=0,
        max=2,
        soft=(0, 1),
    )
    seed: int = param(default=2, doc="Which noise the picture is grown from", min=0, max=2**31 - 1)
    seed_b: int = param(default=3, doc="A second noise to blend to", min=0, max=2**31 - 1)
    seed_blend: float = param(default=0.0, doc="From the seed (0) to seed B (1)", min=0, max=1)
    add_noise: bool = param(
        default=True, doc="Puts fresh grain back between steps: more detail, a livelier surface"
    )
    loras: str = param(
        default="", doc="LoRA files, one a line with its weight: style.safetensors = 0.8"
    )
    lora_scale: float = param(
        default=1.0, doc="Multiplies the weights of all LoRAs", min=-2, max=4, soft=(0, 1.5)
    )
    skip_similar: bool = param(
        default=False, doc="Shows the last picture again while the input hardly changes"
    )
    similarity: float = param(
        default=0.98,
        doc="How alike two frames must be to be one picture",
        min=0,
        max=1,
        soft=(0.9, 1),
    )
    longest_skip: int = param(
        default=10, doc="Repeats in a row before a frame is painted anyway", min=0, max=1000
    )
    frame_buffer: int = param(
        default=1, doc="Frames painted in one go: more frames a second, later", min=1, max=16
    )
    drift: float = param(
        default=0.25,
        doc="New pictures a second that the noise wanders through where nothing is linked",
        min=0,
        max=30,
        soft=(0, 2),
    )
    width: int = param(
        default=0, doc="Width of the picture; 0 is that of the input", min=0, max=4096, unit="px"
    )
    height: int = param(
        default=0, doc="Height of the picture; 0 is that of the input", min=0, max=4096, unit="px"
    )

    _past: Past = state(default_factory=Past)
    _late: tuple[Packet[Frame], ...] = state(())
    _calls: int = state(0)
    _phase: float = state(0.0)
    _phase_at: int = state(0)
    _held: Held | None = resource()
    _session: ImageSession | None = resource()
    _own_loras: tuple[Path, ...] = resource(())
    _found_loras: tuple[str, tuple[tuple[Path, float], ...]] = resource(("", ()))

    def setup(self, ctx: Context) -> None:
        self._held = hold_image_model(self.model, ctx, tiny_vae=self.vae == "tiny")
        rng = ctx.rng
        self._session = ImageSession(self._held.model, seed=rng.seed, stream=rng.stream)
        self._own_loras = tuple(self._lora(name) for name in zoo.known(self.model).loras)

    def teardown(self) -> None:
        held, self._held, self._session = self._held, None, None
        if held is not None:
            held.release()

    def window(self, port: str) -> int | None:
        del port
        return self.frame_buffer

    def process(self, tick: Tick, frame: Window[Packet[Frame]] = ()) -> Iterator[Packet[Frame]]:
        if not frame:
            yield self._wandered(tick)
            return
        times = tuple({id(packet): packet.pts for packet in frame}.values())
        finished = self._repainted([packet.value for packet in frame], times)
        if len(times) < len(frame):
            # a padded call may not yield more than it was given; drain has no such limit
            self._late += finished
        else:
            yield from finished

    def drain(self) -> Iterator[Packet[Frame]]:
        yield from self._late
        if self._session is not None:
            yield from _packets(finish(self._session, self._past))

    def _repainted(self, frames: list[Frame], times: tuple[int, ...]) -> tuple[Packet[Frame], ...]:
        session, look = self._prepared()
        pictures = torch.cat([self._fitted(frame) for frame in frames])
        repeats = self._repeats() if self.skip_similar else None
        self._calls += 1
        shown, self._past = repaint(session, look, self._past, pictures, times, repeats)
        return _packets(shown)

    def _wandered(self, tick: Tick) -> Packet[Frame]:
        session, look = self._prepared()
        self._phase += self.drift * seconds(tick.pts - self._phase_at)
        self._phase_at = tick.pts
        picture, self._past = wander(session, look, self._past, self._canvas(), self._phase)
        return Packet(Frame(picture), tick.pts)

    def _prepared(self) -> tuple[ImageSession, Look]:
        assert self._session is not None, "process before setup"
        look = self._look()
        try:
            self._session.adapt(look.loras)
            self._session.check(look)
        except ValueError as error:
            raise ParamError(str(error)) from None
        return self._session, look

    def _look(self) -> Look:
        return Look(
            prompt=self.prompt.pieces,
            blend="slerp" if self.prompt.blend == "slerp" else "linear",
            negative=self.negative_prompt,
            steps=self.steps,
            strength=self.strength,
            indices=_indices(self.step_indices),
            guidance=Guidance(self.guidance_mode, self.guidance, self.delta),
            seed=self.seed,
            seed_b=self.seed_b,
            seed_blend=self.seed_blend,
            add_noise=self.add_noise,
            loras=self._loras(),
        )

    def _loras(self) -> tuple[tuple[Path, float], ...]:
        if self._found_loras[0] != self.loras:
            self._found_loras = (self.loras, self._located(self.loras))
        own = tuple((path, 1.0) for path in self._own_loras)
        return own + tuple(
            (path, weight * self.lora_scale) for path, weight in self._found_loras[1]
        )

    def _located(self, text: str) -> tuple[tuple[Path, float], ...]:
        return tuple((self._lora(name), weight) for name, weight in read_lora_list(text))

    def _lora(self, name: str) -> Path:
        return zoo.locate(name, self.ctx.weights, file=zoo.LORA_FILE, what="LoRA")

    def _repeats(self) -> Repeats:
        rng = self.ctx.rng
        luck = uniform((1,), seed=rng.seed, stream=rng.stream, block=self._calls, step=LUCK_STEP)
        return Repeats(self.similarity, self.longest_skip, float(luck))

    def _fitted(self, frame: Frame) -> Tensor:
        """(1, 3, H, W): the frame at the size it is painted at, cut where the proportions
        differ.
        """
        picture = frame.tensor.to(self.ctx.device)
        size = self._size(frame.height, frame.width)
        if size == (frame.height, frame.width):
            return picture
        there = fill((frame.height, frame.width), size)
        return place(picture, there, height=size[0], width=size[1])

    def _canvas(self) -> Size:
        stream = self.ctx.stream
        return self._size(stream.height, stream.width)

    def _size(self, height: int, width: int) -> Size:
        """The size to paint at: where only one side is given, the other keeps the proportions."""
        if self.width and self.height:
            return self.height, self.width
        if self.width:
            return max(1, round(height * self.width / width)), self.width
        if self.height:
            return self.height, max(1, round(width * self.height / height))
        return height, width


def _indices(text: str) -> tuple[int, ...]:
    parts = re.split(r"[\s,;]+", text.strip()) if text.strip() else []
    if not all(part.isdecimal() for part in parts):
        raise ParamError(f"step_indices is {text!r}; write rising whole numbers such as '32 45'")
    return tuple(int(part) for part in parts)


def _packets(shown: list[Shown]) -> tuple[Packet[Frame], ...]:
    return tuple(Packet(Frame(picture), pts) for picture, pts in shown)
