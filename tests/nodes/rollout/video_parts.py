"""Small sessions over a real causal Wan with random weights, for the tests of the generator."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from nodes.models.causal_wan import CausalWan, TextKeys
from nodes.models.wan_config import WanConfig
from nodes.rollout.causal_video import CausalVideo
from nodes.rollout.conditions import BlockInputs
from nodes.rollout.flow import Schedule
from nodes.rollout.memory.window import Window
from nodes.rollout.rollout_state import VideoSession
from nodes.rollout.rope_plan import Absolute
from tests.nodes.rollout.tiny_wan import CONFIG, SIZE, network, text

SCHEDULE = Schedule((1000, 750, 500, 250), shift=5)
STEPS = SCHEDULE.steps(3)
NETWORK = network()
TEXT = text(NETWORK)
OTHER = text(NETWORK, seed=9)


@dataclass(frozen=True)
class Card:
    """The part of a rollout card that generators and policies read."""

    block: int = 3
    window: int = 12
    sink: int = 0
    steps: tuple[float, ...] = (1000, 750, 500, 250)
    shift: float = 5.0
    warp: bool = True
    context_noise: float = 0
    rows: frozenset[str] = frozenset({"clean", "per_level"})
    rope: str = "absolute"
    clean_pass: bool = True
    sampler: str = "renoise"
    fps: float = 16
    size: tuple[int, int] = (32, 48)
    space: str = "test"
    trained_for: str = ""


@dataclass(eq=False)
class Model:
    network: CausalWan = NETWORK
    card: Card = field(default_factory=Card)


def session(made: CausalWan = NETWORK, card: Card | None = None, **changes) -> VideoSession:
    plain = {"policy": Window(12, 0), "plan": Absolute(), "size": SIZE}
    return VideoSession(model=Model(made, card or Card()), **(plain | changes))


def begun(**changes) -> CausalVideo:
    video = CausalVideo()
    video.begin(session(**changes))
    return video


def inputs(keys: TextKeys = TEXT, **changes) -> BlockInputs:
    return BlockInputs(**({"text": keys, "steps": STEPS} | changes))


def run(video: CausalVideo, blocks: int, **changes) -> torch.Tensor:
    return torch.cat([video.step(inputs(**changes)) for _ in range(blocks)], 1)


def with_control(channels: int = 2) -> CausalWan:
    """The same weights, and a control input as it is before training."""
    config = WanConfig(**{**vars(CONFIG), "control_channels": channels})
    made = CausalWan(config).eval().requires_grad_(False)
    made.load_state_dict(NETWORK.state_dict(), strict=False)
    return made


def keys_of(video: CausalVideo, row: int = 0) -> list[torch.Tensor]:
    """Every key and value of a cache."""
    return [part for page in video.state.caches[row].pages for part in (*page.k, *page.v)]


def same(a: list[torch.Tensor], b: list[torch.Tensor], atol: float = 0.0) -> bool:
    pairs = list(zip(a, b, strict=True))
    if atol:
        return all(torch.allclose(x, y, atol=atol) for x, y in pairs)
    return all(torch.equal(x, y) for x, y in pairs)


class Stumbling(torch.nn.Module):
    """A network that breaks at its n-th call, or answers NaN there."""

    def __init__(self, at: int, answer: float | None = None) -> None:
        super().__init__()
        self.inner, self.left, self.answer = NETWORK, at, answer
        self.config, self.patch_embedding = NETWORK.config, NETWORK.patch_embedding
        self.grid, self.key_values = NETWORK.grid, NETWORK.key_values

    def forward(self, *args, **kwargs):
        v = self.inner(*args, **kwargs)
        self.left -= 1
        if self.left != 0:
            return v
        if self.answer is None:
            raise RuntimeError("out of memory")
        return v * self.answer
