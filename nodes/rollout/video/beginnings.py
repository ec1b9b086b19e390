"""Where a stream begins other than in noise: with a picture that comes alive, or at an earlier
moment of its own; and how what was goes over into it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from engine.errors import ParamError
from nodes.rollout.memory.rewind import rewound
from nodes.rollout.video.look import SEEDS
from nodes.rollout.video.size import fitted
from nodes.rollout.video.transition import begun

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.rollout.memory.policy import MemoryPolicy
    from nodes.rollout.memory.rewind import Reel
    from nodes.rollout.rollout_state import RolloutState, VideoSession
    from nodes.rollout.video.look import VideoLook, VideoPast
    from nodes.rollout.video.stream import VideoRollout


def still(stream: VideoRollout, look: VideoLook, picture: Tensor) -> Tensor:
    """float32 latents (1, F, C, h, w) of a first block in which a picture (1, 3, H, W) stands.

    A whole block of it: networks were trained on blocks of one length, and the first latent of a
    stream alone is unlike all others (with `slipstream-video` what follows one still block is 3 to
    8 dB nearer to the picture than what follows one still latent). ParamError where the picture is
    not finite.
    """
    frames = look.block or stream.model.card.block
    given = stream.canvas(look).padded(fitted(picture.clamp(0, 1), look.size))
    count = 1 + stream.model.vae.time * (frames - 1)
    latents, _ = stream.encode(given.expand(count, -1, -1, -1), None)
    if not bool(torch.isfinite(latents).all()):
        raise ParamError(
            "the picture that the video shall begin with has numbers that are not finite: "
            "look at its source"
        )
    return latents


def gone_back(
    stream: VideoRollout, look: VideoLook, policy: MemoryPolicy, past: VideoPast
) -> VideoPast:
    """The past as it was `look.back` latent frames ago, or at its earliest moment, with other
    noise to come.
    """
    session, keys = stream.session(look, policy), stream.keys_of(look)
    begins = past.begins + 1

    def again() -> tuple[RolloutState, Reel]:
        frame = max(past.reel.first, past.reel.frames - look.back)
        seed = (look.seed + begins) % SEEDS
        steps = stream.steps(look)
        return rewound(session, past.reel, frame, keys, steps, seed=seed, noise=look.noise)

    state, reel = stream.stages.run("denoise", again)
    return replace(
        past,
        look=look,
        policy=policy,
        rollout=state,
        walk=begun(look.prompt, keys),
        decoding=stream.stages.run("decode", lambda: stream.decoder_behind(state.recent)),
        late=None,
        begins=begins,
        reel=reel,
    )


def filmed(reel: Reel, session: VideoSession, state: RolloutState) -> Reel:
    """The reel with the blocks that were finished since."""
    for done in state.recent:
        if done.frame >= reel.frames:
            reel = reel.append(done, sink=session.sink)
    return reel


def dissolved(fading: Tensor, coming: Tensor) -> Tensor:
    """Pictures (T, 3, H, W) that go from one clip to another; the other ends with them."""
    if not len(fading) or not len(coming):
        return coming if len(coming) else fading
    if len(fading) < len(coming):
        fading = torch.cat([fading, fading[-1:].expand(len(coming) - len(fading), -1, -1, -1)])
    if fading.shape[1:] != coming.shape[1:]:
        return coming
    together = len(coming)
    share = torch.linspace(0, 1, together + 1, device=coming.device)[1:].view(-1, 1, 1, 1)
    mixed = fading[-together:] * (1 - share) + coming * share
    return torch.cat([fading[: len(fading) - together], mixed])
