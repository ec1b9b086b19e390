"""What is asked of a video stream, and what it remembers: the values that its functions take."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import ParamError
from nodes.rollout.memory.rewind import Reel
from nodes.rollout.noise_source import Gaussian, Propagated
from nodes.rollout.rollout_state import RolloutState
from nodes.rollout.steering import UNSTEERED, Steering
from nodes.rollout.video.motion_noise import MotionNoise

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.rollout.memory.policy import MemoryPolicy
    from nodes.rollout.noise_source import NoiseSource
    from nodes.rollout.prompt_blend import Blend, Pieces
    from nodes.rollout.recondition import Recache
    from nodes.rollout.rollout_state import History, Sampler
    from nodes.rollout.score.drift import DriftMeter
    from nodes.rollout.video.size import Size
    from nodes.rollout.video.stages import Late
    from nodes.rollout.video.transition import Walk

Reanchor = Literal["off", "recache", "restart"]
SEEDS = 2**31


@dataclass(frozen=True)
class VideoLook:
    """What is asked of the block to come. size: height and width of the picture.

    strength: the noise put into a source; 1 where there is none. walk: blocks that another prompt
    takes. anew: it begins another picture instead, which the old one dissolves into. carry: how
    much of its noise a block hands on. restart: another number begins anew. rewind: another number
    goes `back` latent frames. renewal: the noise, a sigma, that blocks begin with which go on from
    their last frame; 0 is the card's. reanchor: what is done where the drift is past `limit`.
    steering: the camera and points that models may go by beside the prompt.
    """

    prompt: Pieces
    size: Size
    steps: int
    seed: int = 0
    blend: Blend = "linear"
    strength: float = 1.0
    follows_motion: bool = False
    walk: int = 1
    recache: Recache = "policy"
    anew: bool = False
    keeps_sink: bool = True
    sampler: Sampler | None = None
    history: History | None = None
    batched: bool = False
    block: int = 0
    carry: float = 0.0
    restart: int = 0
    rewind: int = 0
    back: int = 0
    reanchor: Reanchor = "off"
    limit: float = 1.0
    renewal: float = 0.0
    steering: Steering = UNSTEERED

    @property
    def noise(self) -> NoiseSource:
        """What blocks grow from. ParamError where more than all of it would be carried."""
        if not math.isfinite(self.carry) or abs(self.carry) >= 1:
            raise ParamError(f"carry is {self.carry:g}; noise is carried from above -1 to below 1")
        return Propagated(self.carry) if self.carry else Gaussian()


@dataclass(frozen=True, eq=False)
class VideoPast:
    """What a stream remembers between two calls.

    times: of the pictures that entered and have not come out; None for those that nobody waits for.
    late: pictures that are still being decoded. anchor: latents (1, F, C, h, w) of the beginning.
    begins: how often it began anew or went back, each time to other noise. reel: the way back.
    pictured: whether it began with a picture that was given.
    """

    look: VideoLook | None = None
    policy: MemoryPolicy | None = None
    rollout: RolloutState = field(default_factory=RolloutState)
    walk: Walk | None = None
    encoding: Any = None
    decoding: Any = None
    noise: MotionNoise = field(default_factory=MotionNoise)
    times: tuple[int | None, ...] = ()
    late: Late | None = None
    meter: DriftMeter | None = None
    anchor: Tensor | None = None
    begins: int = 0
    reel: Reel = field(default_factory=Reel)
    pictured: bool = False

    @property
    def drift(self) -> float:
        """0 as at the beginning, 1 clearly off."""
        return self.meter.value if self.meter else 0.0
