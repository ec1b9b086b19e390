"""The stream batch for video: blocks at successive steps share one network call, each with the past
of its own noise level.

StreamDiffusionV2 (chenfengxu714/StreamDiffusionV2, `causal_stream_inference.py`). Row i of a call
is the block that is at step i; it sees the keys that earlier blocks left at step i, so a call of n
rows gives exactly what n calls one after the other would. What is in flight is remembered as the
picture estimated so far, and noise is put back at the start of each call: schedule, strength, seed
and the number of steps change while every picture in flight stays a picture.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from nodes.rollout.block_sampler import (
    beginning,
    expect_finite,
    noised,
    sequential,
)
from nodes.rollout.block_view import RowsView
from nodes.rollout.flow import predict_x0
from nodes.rollout.rollout_state import InFlight, RolloutState, VideoSession, remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.rollout.conditions import BlockInputs
    from nodes.rollout.flow import Step
    from nodes.rollout.kv_cache import KVCache, Page


def advanced(
    session: VideoSession, state: RolloutState, inputs: BlockInputs
) -> tuple[RolloutState, Tensor]:
    """One call: a block enters, every block in flight takes its step, the oldest may finish.

    The first block of a stream goes through all its steps at once, so that something is there.
    """
    state, out = _fitted(session, state, inputs)
    if state.block == 0:
        return _warmed(session, state, inputs)
    x, begun_in = beginning(session, state, inputs)
    newest = InFlight(state.tags(x.shape[1]), x, x, 0, inputs.control)
    state, latents = _called(session, state, inputs, (newest, *state.flight), x)
    state = replace(state, frame=state.frame + x.shape[1], block=state.block + 1, begun_in=begun_in)
    return state, torch.cat([*out, *latents, x[:, :0]], 1)


def drained(
    session: VideoSession, state: RolloutState, inputs: BlockInputs
) -> tuple[RolloutState, Tensor]:
    """Finishes every block in flight, oldest first, with nothing entering."""
    config = session.network.config
    found = [torch.zeros(1, 0, config.channels, *session.size, device=session.device)]
    while state.flight:
        state, latents = _called(session, state, inputs, state.flight, None)
        found += latents
    return state, torch.cat(found, 1)


def _warmed(
    session: VideoSession, state: RolloutState, inputs: BlockInputs
) -> tuple[RolloutState, Tensor]:
    state, latents = sequential(session, state, inputs)
    if session.warm == "last":
        state = replace(state, caches=(state.caches[-1],) * len(state.caches))
    return state, latents


def _called(
    session: VideoSession,
    state: RolloutState,
    inputs: BlockInputs,
    blocks: Sequence[InFlight],
    entering: Tensor | None,
) -> tuple[RolloutState, list[Tensor]]:
    """The state after one call over blocks in flight, newest first, and what it finished."""
    steps, rows = inputs.steps, [one.next for one in blocks]
    fed = [] if entering is None else [entering]
    fed += [
        noised(session, state, inputs, one.next, (one.x0, one.eps), one.tags[0].block)
        for one in blocks[len(fed) :]
    ]
    past = RowsView([session.view(state.caches[one.next], one.tags) for one in blocks]).call(
        [steps[row].t for row in rows]
    )
    x = torch.cat(fed)
    t, sigma = _columns([steps[row] for row in rows], x)
    v = session.network(x, t, inputs.text, past, _controls(blocks))
    x0 = predict_x0(x, v, sigma)
    expect_finite(x0, blocks[0].tags[0].block)
    after = [
        replace(one, x0=x0[i : i + 1], eps=(x0 + v)[i : i + 1], next=one.next + 1)
        for i, one in enumerate(blocks)
    ]
    state = replace(
        state,
        caches=_written(session, state.caches, dict(zip(rows, past.pages(), strict=True))),
        text=inputs.text,
        steps=steps,
    )
    return _landed(session, state, after)


def _written(
    session: VideoSession, caches: tuple[KVCache, ...], pages: dict[int, tuple[Page, ...]]
) -> tuple[KVCache, ...]:
    policy = session.policy.now()
    return tuple(
        policy.commit(cache, pages[row]) if row in pages else cache
        for row, cache in enumerate(caches)
    )


def _landed(
    session: VideoSession, state: RolloutState, blocks: Sequence[InFlight]
) -> tuple[RolloutState, list[Tensor]]:
    """The state with those blocks in flight that have steps to go, and the others' latents."""
    flight = tuple(one for one in blocks if one.next < len(state.steps))
    done = [one.done for one in reversed(blocks) if one.next >= len(state.steps)]
    recent = remembered((*state.recent, *done), session.reach)
    return replace(state, flight=flight, recent=recent), [one.latents for one in done]


def _fitted(
    session: VideoSession, state: RolloutState, inputs: BlockInputs
) -> tuple[RolloutState, list[Tensor]]:
    """The state with room for as many steps as the inputs have, and what had to leave for it.

    With fewer steps the oldest blocks take their last ones now, by the steps that they began
    under; with more, those in flight keep as many to go as they had, and nothing comes out until
    the longer way is filled. A block of another length waits for all others to leave.
    """
    if state.block == 0 or not state.steps:
        return state, []
    before = replace(inputs, steps=state.steps)
    out: list[Tensor] = []
    more = len(inputs.steps) - len(state.steps)
    while state.flight and (
        _length(session, inputs) != len(state.flight[0].tags) or state.flight[0].next + more < 1
    ):
        state, latents = _called(session, state, before, state.flight, None)
        out += latents
    if more == 0:
        return state, out
    flight = tuple(replace(one, next=one.next + more) for one in state.flight)
    first = max(more, 0)  # rows up to here have seen the newest block, as the first row has
    rows = (max(row - more, 0) if row > first else 0 for row in range(len(inputs.steps)))
    caches = tuple(state.caches[row] for row in rows)
    return replace(state, flight=flight, caches=caches), out


def _length(session: VideoSession, inputs: BlockInputs) -> int:
    given = 0 if inputs.source is None else inputs.source.shape[1]
    return inputs.frames or given or session.frames


def _columns(steps: Sequence[Step], like: Tensor) -> tuple[Tensor, Tensor]:
    """Timesteps float32 and sigmas (n, F), one row a block."""
    exact = torch.float32 if like.device.type == "mps" else torch.float64
    table = torch.tensor(steps, dtype=exact, device=like.device)[:, None]
    t, sigma = table.expand(-1, like.shape[1], -1).unbind(-1)
    return t.float(), sigma


def _controls(blocks: Sequence[InFlight]) -> Tensor | None:
    """The control signals of all rows, zero for a block that has none."""
    given = [one.control for one in blocks if one.control is not None]
    if not given:
        return None
    nothing = torch.zeros_like(given[0])
    return torch.cat([nothing if one.control is None else one.control for one in blocks])
