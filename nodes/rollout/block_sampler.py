"""One block, step after step: the sampler that the stream batch is measured against.

Noise becomes a picture in a few calls of the network. What later blocks see of it is the session's
history: the keys of one more call on the finished latents, those that the last step left, or each
step's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from engine.errors import ParamError
from nodes.rollout.flow import add_noise, predict_x0
from nodes.rollout.kv_cache import KVCache
from nodes.rollout.noise_source import Place
from nodes.rollout.rollout_state import Done, RolloutState, VideoSession, remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.models.causal_wan import Past, TextKeys
    from nodes.rollout.conditions import BlockInputs
    from nodes.rollout.flow import Step
    from nodes.rollout.kv_cache import Page


def sequential(
    session: VideoSession, state: RolloutState, inputs: BlockInputs
) -> tuple[RolloutState, Tensor]:
    """The state after one more block, and its latents (1, F, C, h, w).

    Self-Forcing, `pipeline/causal_inference.py`: n steps, then the clean pass where the history
    asks for it. Nothing of the state is touched before the last call has answered.
    """
    x, begun_in = beginning(session, state, inputs)
    caches = one_a_step(session, state.caches, len(inputs.steps))
    x0, written = _through(session, state, inputs, caches, x)
    expect_finite(x0, state.block)
    policy = session.policy.now()
    if written:
        pairs = zip(caches, written, strict=True)
        caches = tuple(policy.commit(cache, pages) for cache, pages in pairs)
    done = Done(state.frame, state.block, x0, state.shot)
    return _after(session, state, inputs, done, caches, begun_in), x0


def _through(
    session: VideoSession,
    state: RolloutState,
    inputs: BlockInputs,
    caches: tuple[KVCache, ...],
    x: Tensor,
) -> tuple[Tensor, list[tuple[Page, ...]]]:
    """The finished latents of a block, and for each cache the pages that it gets: none where the
    policy makes its caches anew before each block.
    """
    tags, steps = state.tags(x.shape[1]), inputs.steps
    views = {0: session.view(caches[0], tags)}
    written: list[tuple[Page, ...]] = []
    x0 = x
    for i, step in enumerate(steps):
        row = i if session.keeps == "per_level" else 0
        views = views if row in views else {row: session.view(caches[row], tags)}
        past = views[row].call(step.t)
        x0, eps = denoised(session, x, step, inputs.text, past, inputs.control)
        if session.keeps == "per_level" or (session.keeps == "last" and i == len(steps) - 1):
            written.append(past.pages())
        if i + 1 < len(steps):
            x = noised(session, state, inputs, i + 1, (x0, eps), tags[0].block)
    if session.policy.now().rebuild is not None:
        return x0, []
    if session.keeps == "clean":
        level = session.card.context_noise
        past = views[0].call(level)
        ask(session, x0, level, inputs.text, past, inputs.control)
        written.append(past.pages())
    return x0, written


def beginning(
    session: VideoSession, state: RolloutState, inputs: BlockInputs
) -> tuple[Tensor, Tensor]:
    """What a block's first call is given, and the noise in it, (1, F, C, h, w) float32 each.

    SDEdit with a flow: (1 - strength) * source + strength * noise.
    """
    source, config = inputs.source, session.network.config
    given = 0 if source is None else source.shape[1]
    shape = (1, inputs.frames or given or session.frames, config.channels, *session.size)
    _expect(inputs, shape, config.control_channels)
    place = Place(state.seed, session.stream, state.block)
    eps = inputs.noise.sample(shape, place, previous=state.begun_in, device=session.device)
    if source is None:
        return eps, eps
    return add_noise(source.to(eps), eps, inputs.strength), eps


def noised(
    session: VideoSession,
    state: RolloutState,
    inputs: BlockInputs,
    step: int,
    found: tuple[Tensor, Tensor],
    block: int,
) -> Tensor:
    """What call `step` of a block is given: its picture with noise put back, or further along the
    flow.

    found: the picture and the noise in it as the call before estimated them.
    """
    x0, eps = found
    if session.renoises:
        place = Place(state.seed, session.stream, block, step)
        eps = inputs.noise.sample(tuple(x0.shape), place, device=x0.device)
    return add_noise(x0, eps, inputs.steps[step].sigma)


def denoised(
    session: VideoSession,
    x: Tensor,
    step: Step,
    text: TextKeys,
    past: Past,
    control: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """The picture and the noise that the network finds in x (B, F, C, h, w)."""
    v = ask(session, x, step.t, text, past, control)
    x0 = predict_x0(x, v, step.sigma)
    return x0, x0 + v


def ask(
    session: VideoSession,
    x: Tensor,
    t: float,
    text: TextKeys,
    past: Past,
    control: Tensor | None = None,
) -> Tensor:
    """The network's flow v, for latents that are all at one timestep."""
    at = torch.full(x.shape[:2], t, dtype=torch.float32, device=x.device)
    return session.network(x, at, text, past, control)


def one_a_step(
    session: VideoSession, caches: tuple[KVCache, ...], steps: int
) -> tuple[KVCache, ...]:
    """As many caches as the session keeps; where their number changes, each comes from its
    neighbour in noise.
    """
    wanted = steps if session.keeps == "per_level" else 1
    if len(caches) == wanted:
        return caches
    return tuple(caches[i * len(caches) // wanted] for i in range(wanted))


def expect_finite(latents: Tensor, block: int) -> None:
    """Raises ParamError where latents are NaN or infinite: such a block would spoil every later
    one.

    Reads one number back from the device, once a block.
    """
    if not bool(torch.isfinite(latents).all()):
        raise ParamError(
            f"block {block} came out with numbers that are not finite and was left out: look at "
            "the source and the strength, or run the model in float32"
        )


def _after(
    session: VideoSession,
    state: RolloutState,
    inputs: BlockInputs,
    done: Done,
    caches: tuple[KVCache, ...],
    begun_in: Tensor,
) -> RolloutState:
    return replace(
        state,
        frame=state.frame + done.frames,
        block=state.block + 1,
        caches=caches,
        recent=remembered((*state.recent, done), session.reach),
        begun_in=begun_in,
        text=inputs.text,
        steps=inputs.steps,
    )


def _expect(inputs: BlockInputs, shape: Sequence[int], channels: int) -> None:
    """Raises ParamError for inputs that a block of this shape (1, F, C, h, w) cannot be made of."""
    if not inputs.steps:
        raise ParamError("a block takes at least 1 step")
    source, control = inputs.source, inputs.control
    if source is not None and tuple(source.shape) != tuple(shape):
        raise ParamError(
            f"the source is {tuple(source.shape)} and the block {tuple(shape)}: encode it at the "
            "stream's size, or change the size of the stream"
        )
    wanted = (*shape[:2], channels, *shape[3:])
    if control is not None and not channels:
        raise ParamError("this checkpoint takes no control signal: unlink it")
    if control is not None and tuple(control.shape) != wanted:
        raise ParamError(f"the control signal is {tuple(control.shape)}; this block takes {wanted}")
