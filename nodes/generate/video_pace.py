"""What the video nodes share: how much is made at once, what is remembered, whether a size fits."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from engine.device import memory as memory_of
from engine.errors import ParamError
from nodes.models.video_card import CAMERA, PER_LEVEL, POINTS
from nodes.models.video_plan import GIGA, Needs
from nodes.rollout.video.size import canvas
from nodes.rollout.video.slo import Chooser, Form, Goal, forms_of
from nodes.rollout.video.stream import default_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.values import Memory
    from nodes.models.video_model import VideoModel
    from nodes.rollout.memory.policy import MemoryPolicy
    from nodes.rollout.steering import Steering
    from nodes.rollout.video.size import Size
    from nodes.rollout.video.stream import VideoRollout

log = logging.getLogger(__name__)

Batching = Literal["off", "steps", "auto"]


class Pace:
    """Measures a node's blocks and chooses the form of the next one."""

    def __init__(self, model: VideoModel) -> None:
        self._model = model
        self._chooser: Chooser | None = None
        self._asked: tuple[object, ...] = ()

    def form(self, batching: Batching, block: int, steps: int, goal: Goal, window: int) -> Form:
        """Latent frames of the next block, and whether its steps share calls; `block` 0 is the
        card's.
        """
        frames = block or self._model.card.block
        if batching != "auto":
            self._chooser = None
            return Form(frames, batched=batching == "steps")
        asked = (frames, steps, goal, window)
        if self._chooser is None or self._asked != asked:
            card = self._model.card
            batched = PER_LEVEL in card.rows and steps > 1
            forms = forms_of(frames, window, card.sink, batched=batched)
            self._chooser = Chooser(forms, goal, steps, self._model.vae.time)
            self._asked = asked
        return self._chooser.form

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """The time of one block, for the choice of the next; one that fails tells nothing."""
        began = time.perf_counter()
        yield
        if self._chooser is not None:
            self._chooser = self._chooser.after(time.perf_counter() - began)

    def __repr__(self) -> str:
        return f"<Pace {self._chooser.form if self._chooser else 'as asked'}>"


class Remembering:
    """Gives a node's memory as it stands now, and says once what the checkpoint does not know."""

    def __init__(self, model: VideoModel) -> None:
        self._model = model
        self._said: set[str] = set()

    @property
    def window(self) -> int:
        """Latent frames that a block may see: the card's, or what the device has room for."""
        plan = self._model.plan
        return plan.window if plan else self._model.card.window

    def policy(self, memory: Memory | None) -> MemoryPolicy:
        """The linked memory's policy, or the one the checkpoint was trained with."""
        if memory is None:
            return default_policy(self._model.card, self.window)
        policy = cast("MemoryPolicy", memory.now())
        self._say(policy.matches(self._model.card) or "")
        return policy

    def steered(self, steering: Steering) -> Steering:
        """What the checkpoint goes by of a steering."""
        known, name = self._model.card.steering, self._model.name
        if steering.camera is not None and CAMERA not in known:
            self._say(f"{name} was not trained to follow a camera and leaves it be")
            steering = replace(steering, camera=None)
        if steering.points and POINTS not in known:
            self._say(f"{name} was not trained to follow points and leaves them be")
            steering = replace(steering, points=())
        return steering

    def _say(self, sentence: str) -> None:
        if sentence and sentence not in self._said:
            log.warning("%s", sentence)
            self._said.add(sentence)


def expect_room(stream: VideoRollout, size: Size, window: int) -> None:
    """Raises ParamError where a stream of a size in pixels would not fit beside the weights."""
    model, known = stream.model, memory_of(stream.device)
    if not known.total:
        return
    needs = Needs(model.network.config, model.card, model.network.dtype)
    plan = needs.plan(canvas(model, size).worked, window)
    free = known.total - known.used
    if plan.past + plan.working > free:
        raise ParamError(
            f"pictures of {size[1]}x{size[0]} with {window} frames of past take "
            f"{(plan.past + plan.working) / GIGA:.1f} GB beside {model.name} and "
            f"{free / GIGA:.1f} GB are free: make them smaller or remember less"
        )
