"""Changes under a running stream: another prompt, seed, size or memory, with the past rewritten
where it has to be.

Cached keys believe in the prompt that they were made under. LongLive's recache runs the last
finished latents through the network once more under the new prompt, so that a switch is neither cut
nor ignored; the same pass rebuilds a cache after a change of size, and prefills one from given
pictures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch
from torch.nn.functional import interpolate

from engine.errors import ParamError
from nodes.rollout.block_sampler import one_a_step
from nodes.rollout.conditions import PLAIN, expect_latents
from nodes.rollout.flow import Step, add_noise
from nodes.rollout.kv_cache import KVCache, PageTag
from nodes.rollout.memory.policy import Again, MemoryPolicy
from nodes.rollout.memory.prefill import prefill, recache
from nodes.rollout.noise_source import Place
from nodes.rollout.rollout_state import Done, RolloutState, VideoSession, remembered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from nodes.models.causal_wan import TextKeys
    from nodes.rollout.noise_source import NoiseSource

Recache = Literal["policy", "none", "full", "block_causal"]


@dataclass(frozen=True, eq=False)
class Change:
    """What changes at a block's boundary; None leaves a thing as it is.

    text: the keys of a new prompt. recache: how the past is run through again under it: "full" as
    LongLive's released code does (the frames see each other both ways, which its weights were tuned
    with), "block_causal" as they were made, "none", or as the memory's `on_prompt` says. With
    global_sink the sink keeps the keys of the first prompt, once the stream is longer than the
    window. cut: a new shot begins. anchor: so many newest frames become the sink, for a stream that
    has drifted. size: latent h and w; the past is resized.
    """

    text: TextKeys | None = None
    recache: Recache = "policy"
    global_sink: bool = True
    cut: bool = False
    seed: int | None = None
    anchor: int = 0
    size: tuple[int, int] | None = None
    policy: MemoryPolicy | None = None
    noise: NoiseSource = PLAIN


def changed(
    session: VideoSession, state: RolloutState, change: Change
) -> tuple[VideoSession, RolloutState]:
    """Session and state after a change; the ones given are left as they are."""
    if change.policy is not None:
        session = replace(session, policy=change.policy)
    if change.seed is not None:
        state = replace(state, seed=change.seed)
    if change.cut:
        state = replace(state, shot=state.shot + 1)
    if change.anchor:
        caches = tuple(cache.anchored(change.anchor) for cache in state.caches)
        state = replace(state, caches=caches)
    if change.size is not None and change.size != session.size:
        session = replace(session, size=change.size)
        state = _resized(state, change.size)
        how = Again(session.window, "block_causal")
        return session, _prompted(session, state, change, how)
    if change.text is None:
        return session, state
    return session, _prompted(session, state, change, _how(session, change))


def _how(session: VideoSession, change: Change) -> Again | None:
    """What is run again for a new prompt."""
    if change.recache == "policy":
        return session.policy.now().on_prompt
    if change.recache == "none":
        return None
    return Again(session.window, change.recache, change.global_sink)


def _prompted(
    session: VideoSession, state: RolloutState, change: Change, how: Again | None
) -> RolloutState:
    """The state under the change's prompt, or the one that is, with its caches rewritten."""
    text = change.text or state.text
    if change.text is not None:
        state = replace(state, prompt=state.prompt + 1, text=text)
    if text is None or how is None or not state.caches[0].pages:
        return state
    return replace(state, caches=rewritten(session, state, text, how, change.noise))


def rewritten(
    session: VideoSession,
    state: RolloutState,
    text: TextKeys,
    how: Again,
    noise: NoiseSource = PLAIN,
) -> tuple[KVCache, ...]:
    """The caches with their last frames run through again under a prompt (LongLive, sheet 3).

    A cache of finished keys gets them at the card's context noise; one of a step gets them with
    that step's noise put back.
    """
    return tuple(
        _again(session, state, cache, row, _known(state, row), text, how, noise)
        for row, cache in enumerate(state.caches)
    )


def _again(
    session: VideoSession,
    state: RolloutState,
    cache: KVCache,
    row: int,
    known: Sequence[Done],
    text: TextKeys,
    how: Again,
    noise: NoiseSource,
) -> KVCache:
    if not known:
        return cache
    if known[-1].frame + known[-1].frames <= how.frames:
        how = how._replace(keep_sink=False)  # nothing is older than the window: as LongLive's code
    level = level_of(session, state.steps, row)
    return recache(
        session.network,
        cache.with_extra(None),
        torch.cat([_at_level(session, state, done, level, row, noise) for done in known], 1),
        [tag for done in known for tag in _tags(done, state)],
        text,
        policy=session.policy,
        plan=session.plan,
        how=how,
        level=level.t,
    )


def prefilled(
    session: VideoSession,
    state: RolloutState,
    latents: Tensor,
    text: TextKeys,
    steps: tuple[Step, ...],
    noise: NoiseSource = PLAIN,
) -> RolloutState:
    """The state after given latents (1, F, C, h, w), as if they had been made here.

    Self-Forcing's conditioning prefill: block by block at t = 0, what does not fill a block first.
    Each step's own cache gets them with its noise.
    """
    expect_latents("the given video", latents)
    if tuple(latents.shape[-2:]) != session.size:
        raise ParamError(
            f"the given video is {tuple(latents.shape[-2:])} latents high and wide and the stream "
            f"{session.size}: encode it at the stream's size"
        )
    if state.flight:
        raise ParamError("given frames go before blocks in flight or behind them: drain first")
    if session.keeps != "clean" and not steps:
        raise ParamError("keys of noise levels are made at the levels of at least 1 step")
    latents = latents.to(session.device, torch.float32)
    blocks = list(_blocks(latents, state, session.frames))
    caches = one_a_step(session, state.caches, len(steps))
    return replace(
        state,
        frame=state.frame + latents.shape[1],
        block=state.block + len(blocks),
        caches=tuple(
            _behind(session, replace(state, steps=steps), cache, row, blocks, text, noise)
            for row, cache in enumerate(caches)
        ),
        recent=remembered((*state.recent, *blocks), session.reach),
        text=text,
        steps=steps,
    )


def _behind(
    session: VideoSession,
    state: RolloutState,
    cache: KVCache,
    row: int,
    blocks: Sequence[Done],
    text: TextKeys,
    noise: NoiseSource,
) -> KVCache:
    level = level_of(session, state.steps, row)
    return prefill(
        session.network,
        torch.cat([_at_level(session, state, done, level, row, noise) for done in blocks], 1),
        [tag for done in blocks for tag in _tags(done, state)],
        text,
        policy=session.policy,
        plan=session.plan,
        level=level.t,
        cache=cache,
    )


def rebuilt(session: VideoSession, state: RolloutState, text: TextKeys) -> RolloutState:
    """The state with its caches made anew out of finished latents, for a policy that keeps none."""
    frames = session.policy.now().rebuild
    if frames is None:
        return state
    return replace(state, caches=rewritten(session, state, text, Again(frames)))


def level_of(session: VideoSession, steps: tuple[Step, ...], row: int) -> Step:
    """The noise that the keys of a cache are made in."""
    if session.keeps == "clean" or not steps:
        return Step(session.card.context_noise, 0.0)
    return steps[row] if session.keeps == "per_level" else steps[-1]


def _known(state: RolloutState, row: int) -> list[Done]:
    """The blocks whose keys a cache holds: the finished ones, and those past its step."""
    return [*state.recent, *(one.done for one in reversed(state.flight) if one.next > row)]


def _at_level(
    session: VideoSession,
    state: RolloutState,
    done: Done,
    level: Step,
    row: int,
    noise: NoiseSource,
) -> Tensor:
    """A block's latents in the noise of a row's step."""
    if level.sigma == 0:
        return done.latents
    place = Place(state.seed, session.stream, done.block, row)
    eps = noise.sample(tuple(done.latents.shape), place, device=done.latents.device)
    return add_noise(done.latents, eps, level.sigma)


def _tags(done: Done, state: RolloutState) -> Iterator[PageTag]:
    for i in range(done.frames):
        yield PageTag(done.frame + i, done.block, prompt=state.prompt, shot=done.shot)


def _blocks(latents: Tensor, state: RolloutState, size: int) -> Iterator[Done]:
    """Latents cut into blocks of `size`, the shorter one first."""
    count = latents.shape[1]
    starts = sorted({0, *range(count % size, count, size)})
    for i, (start, end) in enumerate(zip(starts, [*starts[1:], count], strict=True)):
        yield Done(state.frame + start, state.block + i, latents[:, start:end], state.shot)


def _resized(state: RolloutState, size: tuple[int, int]) -> RolloutState:
    """The state with its latents at another size; what the network made of them is forgotten."""
    return replace(
        state,
        recent=tuple(replace(d, latents=at_size(d.latents, size)) for d in state.recent),
        flight=tuple(
            replace(one, x0=at_size(one.x0, size), eps=at_size(one.eps, size), control=None)
            for one in state.flight
        ),
        begun_in=None,
    )


def at_size(latents: Tensor, size: tuple[int, int]) -> Tensor:
    """Latents (B, F, C, h, w) at another height and width; at their own themselves."""
    if tuple(latents.shape[-2:]) == size:
        return latents
    flat = interpolate(latents.flatten(0, 1), size, mode="bilinear", antialias=True)
    return flat.view(*latents.shape[:3], *size)
