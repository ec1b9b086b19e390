"""Endless video, block by block, from a causal diffusion network.

One generator for CausVid, Self-Forcing, LongLive, StreamDiffusionV2 and SoulX-LiveAct's neighbour
forcing: what differs between them is a schedule, a memory policy, a rope plan and which keys later
blocks see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import ParamError
from nodes.rollout.block_sampler import sequential
from nodes.rollout.recondition import Change, changed, prefilled, rebuilt
from nodes.rollout.rollout_state import RolloutState, VideoSession
from nodes.rollout.step_batch import advanced, drained

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.rollout.conditions import BlockInputs, FirstFrame


class CausalVideo:
    """Makes a video of any length; its whole memory is one `RolloutState`.

    Every method leaves the state as it was when it raises, so a stream goes on after any failure.
    """

    def __init__(self) -> None:
        self._session: VideoSession | None = None
        self._state = RolloutState()

    @property
    def session(self) -> VideoSession:
        """What it runs on. ParamError before `begin`."""
        if self._session is None:
            raise ParamError("the stream has not begun: call begin with a session")
        return self._session

    @property
    def state(self) -> RolloutState:
        return self._state

    def begin(self, session: VideoSession) -> None:
        """Starts a stream anew."""
        self._session = session
        self._state = RolloutState(seed=session.seed)

    def prefill(self, given: FirstFrame, inputs: BlockInputs) -> None:
        """Goes on from given pictures: they are remembered as if they had been made here.

        Of the inputs the text, the noise and, for caches a step, the steps matter.
        """
        self._state = prefilled(
            self.session, self._state, given.latents, inputs.text, inputs.steps, inputs.noise
        )

    def step(self, inputs: BlockInputs) -> Tensor:
        """The latents that are finished next, (1, F, C, h, w) float32.

        A stream batch gives its first block at once, then none (F = 0) while it fills, then one a
        call, and what has to leave at once where the number of steps falls.
        """
        session = self.session
        state = rebuilt(session, self._state, inputs.text)
        advance = advanced if session.batched else sequential
        self._state, latents = advance(session, state, inputs)
        return latents

    def drain(self, inputs: BlockInputs) -> Tensor:
        """Finishes what is in flight with nothing entering; (1, F, C, h, w), F = 0 where nothing
        is.
        """
        self._state, latents = drained(self.session, self._state, inputs)
        return latents

    def recondition(self, change: Change) -> None:
        """Changes prompt, seed, size, memory or shot between two blocks."""
        self._session, self._state = changed(self.session, self._state, change)

    def snapshot(self) -> RolloutState:
        """The whole state; cheap, and unharmed by what comes after."""
        return self._state

    def restore(self, state: RolloutState) -> None:
        """Back to a snapshot of this session, bit for bit."""
        self._state = state

    def fork(self) -> CausalVideo:
        """A second stream that goes on from here and shares what both remember."""
        other = CausalVideo()
        other._session, other._state = self._session, self._state
        return other
