"""How good the picture is as a number, so that the better stream is on air and a bad one mends."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
from torch import Tensor

from engine.node import Context, Held, Node, Tick, param, resource, state
from engine.packet import seconds
from engine.values import Frame, Prompt, Trigger
from kernels.resize import resize
from nodes.control.cycle import rises
from nodes.models import held
from nodes.models.critic import CriticModel, hold_critic
from nodes.rollout.score.critic import EmbeddedCritic
from nodes.rollout.score.onnx import OnnxCritic
from nodes.rollout.score.scorers import ColourDrift, Critic, FlowSeam, Sharpness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST = 256  # rows or columns of the picture that sharpness is looked for in
FOLLOWED = 64  # rows and columns that movement is followed on
TINTED = 32  # rows and columns that colours are compared on
KEPT = 4  # pictures that stand for the beginning


class Scored(NamedTuple):
    out: Frame
    score: float


class Score(
    Node, id="perceive.score", aliases=("critic", "quality", "judge", "sharpness", "aesthetic")
):
    """Says from 0 to 1 how good the picture is, and passes the picture on as it is.

    Link `score` to a mix or a switch and the better of two streams is on air; through a threshold
    to a restart, and a stream that has gone bad begins anew. `sharpness` falls with blur and haze,
    `unbroken` at a cut, a flash or a jerk, `colours` as the picture leaves the colours of its first
    seconds or of a linked `reference`. `critic` asks the network that comes along, which knows the
    painted worlds: how sound the picture is, and how much of the prompt it shows. `model` asks a
    network of yours that answers with one number for a picture, from an ONNX file; it is shown
    colours as CLIP takes them.
    """

    by: Literal["sharpness", "unbroken", "colours", "critic", "model"] = param(
        default="sharpness", doc="What makes a picture good", live=False
    )
    prompt: Prompt = param(
        default=Prompt.of(""),
        doc="What a critic or a model looks for in the picture; empty asks for no words",
    )
    file: Path = param(default=Path(), doc="The ONNX file of the model that is asked", live=False)
    low: float = param(
        default=0.0,
        doc="What is measured of a picture that scores 0; above `high`, less is better",
        min=-1e6,
        max=1e6,
        soft=(0, 1),
    )
    high: float = param(
        default=1.0,
        doc="What is measured of a picture that scores 1: 10 where the model's best is a 10",
        min=-1e6,
        max=1e6,
        soft=(0, 1),
    )
    smooth: float = param(
        default=1.0,
        doc="How slowly the score follows the pictures; 0 shows every single cut",
        min=0,
        max=600,
        soft=(0, 5),
        unit="s",
    )
    rate: float = param(
        default=8.0,
        doc="Looks a second: more sees shorter faults and costs more; 0 looks at every picture",
        min=0,
        max=240,
        soft=(0, 30),
        unit="Hz",
    )
    first: float = param(
        default=4.0,
        doc="How long the beginning is whose colours are held to be right",
        min=0,
        max=600,
        soft=(0, 20),
        unit="s",
    )
    anew: Trigger = param(
        default=Trigger(0), doc="Takes the colours that are there now as the beginning"
    )
    _critic: Critic | None = resource()
    _lease: held.Held[CriticModel] | None = resource()
    _score: float | None = state()
    _pts: int = state(0)
    _past: tuple[Tensor, ...] = state(())
    _began: int | None = state()
    _beginning: tuple[Tensor, ...] = state(())
    _seen: int | None = state()

    def setup(self, ctx: Context) -> None:
        if self.by == "critic":
            self._lease = hold_critic(ctx)
            self._critic = EmbeddedCritic(self._lease.model)
        if self.by == "model":
            self._critic = OnnxCritic(self.file)
            # the file is read, and an answer that is no score found, before the picture waits
            self._critic.score(torch.zeros(1, 3, FOLLOWED, FOLLOWED), self.prompt)

    def teardown(self) -> None:
        lease, self._lease, self._critic = self._lease, None, None
        if lease is not None:
            lease.release()

    def process(self, tick: Tick, frame: Frame, reference: Held[Frame | None] = None) -> Scored:
        if rises(self._seen, self.anew):
            self._began, self._beginning = None, ()
        self._seen = self.anew
        if self._score is None or self._is_due(tick.pts):
            picture = frame.tensor.float().nan_to_num()
            self._follow(MEASURES[self.by](self, picture, reference, tick.pts), tick.pts)
        assert self._score is not None
        return Scored(frame, self._score)

    def _is_due(self, pts: int) -> bool:
        if self.rate <= 0 or pts < self._pts:
            return True
        return int(seconds(pts) * self.rate) != int(seconds(self._pts) * self.rate)

    def _follow(self, said: float, pts: int) -> None:
        """The score goes towards what was measured."""
        before = self._score
        goal = self._scaled(said) if math.isfinite(said) else before or 0.0
        passed = seconds(max(pts - self._pts, 0))
        self._pts = pts
        if before is None or self.smooth <= 0:
            self._score = goal
            return
        self._score = goal + (before - goal) * math.exp(-passed / self.smooth)

    def _scaled(self, said: float) -> float:
        span = self.high - self.low
        if span == 0:
            return float(said >= self.high)
        return min(max((said - self.low) / span, 0.0), 1.0)

    def _sharpness(self, picture: Tensor, reference: Frame | None, pts: int) -> float:
        del reference, pts
        share = min(1.0, LONGEST / max(picture.shape[2:]))
        height, width = (max(1, round(side * share)) for side in picture.shape[2:])
        shown = resize(picture, height=height, width=width, filter="area")
        return float(Sharpness().score(shown, None))

    def _unbroken(self, picture: Tensor, reference: Frame | None, pts: int) -> float:
        """Of three looks, how well the newest goes on from the two before."""
        del reference, pts
        clip = (*self._past, squared(picture, FOLLOWED))
        self._past = clip[-2:]
        return float(FlowSeam().score(torch.cat(clip), None)[-1])

    def _colours(self, picture: Tensor, reference: Frame | None, pts: int) -> float:
        shown = squared(picture, TINTED)
        if reference is not None:
            right = squared(reference.tensor.to(picture).nan_to_num(), TINTED)
        else:
            self._remember(shown, pts)
            right = torch.cat(self._beginning)
        return float(ColourDrift(right).score(shown, None))

    def _remember(self, shown: Tensor, pts: int) -> None:
        """Keeps pictures evenly out of the first seconds."""
        if self._began is None or pts < self._began:
            self._began, self._beginning = pts, ()
        along = seconds(pts - self._began)
        due = len(self._beginning) * self.first / KEPT
        if not self._beginning or (due <= along <= self.first and len(self._beginning) < KEPT):
            self._beginning = (*self._beginning, shown)

    def _asked(self, picture: Tensor, reference: Frame | None, pts: int) -> float:
        del reference, pts
        assert self._critic is not None, "process before setup"
        return float(self._critic.score(picture, self.prompt))


def squared(picture: Tensor, side: int) -> Tensor:
    """A picture (1, 3, H, W) at the one size at which pictures of any size are compared."""
    return resize(picture, height=side, width=side, filter="area").clamp(0, 1)


MEASURES: Mapping[str, Callable[[Score, Tensor, Frame | None, int], float]] = {
    "sharpness": Score._sharpness,
    "unbroken": Score._unbroken,
    "colours": Score._colours,
    "critic": Score._asked,
    "model": Score._asked,
}
