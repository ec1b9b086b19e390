"""Every finished latent of a stream, and the way back to any of its moments.

Keys are a function of latents and prompt, so latents are the whole memory: tens of kilobytes a
block in place of the megabytes of its keys (KV-Direct, arXiv 2603.19664, and its sheet).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import ParamError
from nodes.rollout.conditions import PLAIN
from nodes.rollout.recondition import prefilled
from nodes.rollout.rollout_state import Done, RolloutState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nodes.models.causal_wan import TextKeys
    from nodes.rollout.flow import Step
    from nodes.rollout.noise_source import NoiseSource
    from nodes.rollout.rollout_state import VideoSession


class Reel:
    """Finished blocks in order: a value, of which a longer one shares what it has."""

    __slots__ = ("_blocks", "_count")

    def __init__(self, blocks: Sequence[Done] = ()) -> None:
        self._blocks = list(blocks)
        self._count = len(self._blocks)

    def append(self, done: Done) -> Reel:
        """With one block more, kept in main memory; this one stays what it is."""
        longer = Reel.__new__(Reel)
        # whoever is at the end of the list may lengthen it: nobody looks beyond their own count
        at_end = len(self._blocks) == self._count
        longer._blocks = self._blocks if at_end else self._blocks[: self._count]
        longer._blocks.append(replace(done, latents=done.latents.cpu()))
        longer._count = self._count + 1
        return longer

    def until(self, frame: int) -> Reel:
        """The blocks that end at or before a latent frame."""
        count = self._count
        while count and self._blocks[count - 1].frame + self._blocks[count - 1].frames > frame:
            count -= 1
        earlier = Reel.__new__(Reel)
        earlier._blocks, earlier._count = self._blocks, count
        return earlier

    @property
    def frames(self) -> int:
        """Latent frames of the stream until its end."""
        if not self._count:
            return 0
        last = self._blocks[self._count - 1]
        return last.frame + last.frames

    @property
    def bytes(self) -> int:
        return sum(done.latents.numel() * done.latents.element_size() for done in self)

    def __iter__(self) -> Iterator[Done]:
        return iter(self._blocks[: self._count])

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"<Reel {self._count} blocks {self.frames} frames>"


def rewound(
    session: VideoSession,
    reel: Reel,
    frame: int,
    text: TextKeys,
    steps: tuple[Step, ...],
    *,
    seed: int = 0,
    warm: int = 0,
    noise: NoiseSource = PLAIN,
) -> tuple[RolloutState, Reel]:
    """The stream as it was at a latent frame, or at the start of the block that it lies in.

    The sink's latents are read again and the window's, under the prompt of now. Keys of deep layers
    have seen frames older than the window: with `warm` frames more in front they are exact, once
    there are as many as layers times the window; and always while the window has everything. Keys
    of noise levels are made of finished latents, where the stream made them of its estimates.
    ParamError where the frame is not on the reel.
    """
    if not 0 <= frame <= reel.frames:
        raise ParamError(f"frame {frame} is not on the reel of {reel.frames} latent frames")
    past = reel.until(frame)
    state = RolloutState(seed=seed)
    for done in _needed(past, session.sink, session.window + warm):
        state = replace(state, frame=done.frame, block=done.block, shot=done.shot)
        state = prefilled(session, state, done.latents, text, steps, noise)
    return state, past


def _needed(reel: Reel, sink: int, newest: int) -> Iterator[Done]:
    """The blocks that hold the first `sink` frames, and those of the newest."""
    first = reel.frames - newest
    return (done for done in reel if done.frame < sink or done.frame + done.frames > first)
