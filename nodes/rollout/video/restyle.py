"""Pictures through a causal video model: encoded as they come, noised as much as their motion
bears, denoised behind what was made of those before (StreamDiffusionV2).

Every picture that enters comes out once, with its own time, however many calls later.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from nodes.rollout.video.look import VideoPast

if TYPE_CHECKING:
    from nodes.rollout.memory.policy import MemoryPolicy
    from nodes.rollout.video.look import VideoLook
    from nodes.rollout.video.stream import Ready, VideoRollout

Times = tuple["int | None", ...]


class Shown(NamedTuple):
    """Finished pictures (T, 3, H, W) float32 in [0, 1] and the time of each."""

    pictures: Tensor
    times: tuple[int, ...]


def wanted(past: VideoPast, time: int, frames: int) -> int:
    """How many pictures the next call takes: one at first, so that something is seen at once, then
    `frames` latent frames of `time` pictures each.
    """
    return 1 if past.encoding is None else time * frames


def restyle(
    stream: VideoRollout,
    look: VideoLook,
    policy: MemoryPolicy,
    past: VideoPast,
    pictures: Tensor,
    times: Times,
) -> tuple[list[Shown], VideoPast]:
    """What is finished after pictures (T, 3, H, W) in [0, 1] of the look's size entered.

    Another size begins anew behind what was on its way; a restart dissolves into the new stream.
    """
    before = past.look
    if before is not None and before.size != look.size:
        found, _ = finish(stream, past)
        shown, past = _next(stream, look, policy, VideoPast(), pictures, times)
        return found + shown, past
    if not stream.restarts(look, past):
        return _next(stream, look, policy, past, pictures, times)
    fading, old = _next(stream, replace(look, reanchor="off"), policy, past, pictures, times)
    fading += finish(stream, old)[0]
    anew = VideoPast(begins=past.begins + 1)
    coming, past = _next(stream, look, policy, anew, pictures, times)
    return _dissolved(fading, coming), past


def _next(
    stream: VideoRollout,
    look: VideoLook,
    policy: MemoryPolicy,
    past: VideoPast,
    pictures: Tensor,
    times: Times,
) -> tuple[list[Shown], VideoPast]:
    if stream.gone(look, past) == "recache":
        past = stream.reanchored(past)
    pictures, times = framed(past, pictures, times, stream.model.vae.time)
    noise, moved = past.noise, look
    if look.follows_motion:
        noise = noise.after(pictures, look.strength)
        moved = replace(look, strength=noise.strength or look.strength)
    source, encoding = stream.encode(stream.canvas(look).padded(pictures), past.encoding)

    def stepped() -> tuple[Ready, Tensor]:
        ready = stream.ready(moved, policy, past)
        inputs = stream.inputs(
            moved, ready.walk, ready.video, source=source, strength=moved.strength
        )
        return ready, torch.cat([ready.flushed, ready.video.step(inputs)], 1)

    ready, latents = stream.stages.run("denoise", stepped, source)
    pixels, decoding = stream.decode(latents, past.decoding, look)
    pixels, past = stream.handed_on(past, pixels)
    after = replace(
        past,
        look=moved,
        policy=policy,
        rollout=ready.video.state,
        walk=ready.walk,
        encoding=encoding,
        decoding=decoding,
        noise=noise,
        times=(*past.times, *times),
    )
    after = stream.measured(after, pixels, latents, pictures.to(pixels))
    return _landed(after, pixels)


def finish(stream: VideoRollout, past: VideoPast) -> tuple[list[Shown], VideoPast]:
    """What was on its way, finished with nothing entering, and an empty past."""
    look, policy, found = past.look, past.policy, list[Shown]()
    if past.late is not None:
        found, past = _landed(past, stream.stages.there(past.late))
    if look is not None and policy is not None and past.rollout.flight:
        ready = stream.ready(look, policy, past)
        latents = ready.video.drain(stream.inputs(look, ready.walk, ready.video))
        pixels, _ = stream.decode(latents, past.decoding, look)
        if stream.stages.overlap:
            pixels = stream.stages.there(stream.stages.late(pixels))
        found += _landed(past, pixels)[0]
    return found, VideoPast()


def _dissolved(fading: list[Shown], coming: list[Shown]) -> list[Shown]:
    """What was on its way, going over into what begins where both have a picture of one time."""
    new = {when for shown in coming for when in shown.times}
    both = [when for shown in fading for when in shown.times if when in new]
    share = {when: (at + 1) / len(both) for at, when in enumerate(both)}
    over = {
        when: shown.pictures[at]
        for shown in coming
        for at, when in enumerate(shown.times)
        if when in share
    }
    return [
        Shown(
            torch.stack(
                [
                    torch.lerp(picture, over[when], share[when]) if when in over else picture
                    for picture, when in zip(shown.pictures, shown.times, strict=True)
                ]
            ),
            shown.times,
        )
        for shown in fading
    ]


def _landed(past: VideoPast, pixels: Tensor) -> tuple[list[Shown], VideoPast]:
    """Finished pictures with the oldest times that wait for one."""
    count = len(pixels)
    own, rest = past.times[:count], past.times[count:]
    kept = [at for at, when in enumerate(own) if when is not None]
    after = replace(past, times=rest)
    if not kept:
        return [], after
    pixels = pixels if len(kept) == count else pixels[kept]
    return [Shown(pixels, tuple(when for when in own if when is not None))], after


def framed(past: VideoPast, pictures: Tensor, times: Times, time: int) -> tuple[Tensor, Times]:
    """As many pictures as the encoder takes: 1 + 4k in its first call, 4k later.

    What is missing at a beginning is the first picture once more, at an end the last; nobody waits
    for those.
    """
    if past.encoding is not None:
        lacking = -len(pictures) % time
        last = pictures[-1:].expand(lacking, -1, -1, -1)
        return torch.cat([pictures, last]), (*times, *(None,) * lacking)
    lacking = (1 - len(pictures)) % time
    first = pictures[:1].expand(lacking, -1, -1, -1)
    return torch.cat([first, pictures]), (*(None,) * lacking, *times)
