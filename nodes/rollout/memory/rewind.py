"""The finished latents of a stream's last minutes, and the way back to any of its moments.

Keys are a function of latents and prompt, so latents are the whole memory: tens of kilobytes a
block in place of the megabytes of its keys (KV-Direct, arXiv 2603.19664, and its sheet).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import ParamError
from nodes.rollout.conditions import PLAIN
from nodes.rollout.recondition import at_size, prefilled
from nodes.rollout.rollout_state import Done, RolloutState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nodes.models.causal_wan import TextKeys
    from nodes.rollout.flow import Step
    from nodes.rollout.noise_source import NoiseSource
    from nodes.rollout.rollout_state import VideoSession

LONGEST = 720  # latent frames: two minutes at 24 pictures a second, three at 16


@dataclass(frozen=True, eq=False, repr=False)
class Reel:
    """Finished blocks in order, in main memory: those of the beginning and the newest. A value.

    In float32 with 16 channels `LONGEST` frames are 12 MB at 128x128 and 288 MB at 832x480.
    """

    blocks: tuple[Done, ...] = ()

    def append(self, done: Done, *, sink: int = 0, longest: int = LONGEST) -> Reel:
        """With one block more, without those that neither hold one of the first `sink` frames nor
        one of the newest `longest`.
        """
        done = replace(done, latents=done.latents.cpu())
        oldest = done.frame + done.frames - longest
        kept = (old for old in self.blocks if old.frame < sink or _end(old) > oldest)
        return Reel((*kept, done))

    def until(self, frame: int) -> Reel:
        """The blocks that end at or before a latent frame."""
        return Reel(tuple(done for done in self.blocks if _end(done) <= frame))

    @property
    def first(self) -> int:
        """The earliest latent frame that there is a past to: behind the first block."""
        return _end(self.blocks[0]) if self.blocks else 0

    @property
    def frames(self) -> int:
        """Latent frames of the stream until its end."""
        return _end(self.blocks[-1]) if self.blocks else 0

    @property
    def bytes(self) -> int:
        return sum(done.latents.numel() * done.latents.element_size() for done in self.blocks)

    def __len__(self) -> int:
        return len(self.blocks)

    def __repr__(self) -> str:
        return f"<Reel {len(self)} blocks until frame {self.frames}>"


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

    The sink's latents are read again and the window's, under the prompt of now and at the size of
    now. Keys of deep layers have seen frames older than the window: with `warm` frames more in
    front they are exact, once there are as many as layers times the window; and always while the
    window has everything. Keys of noise levels are made of finished latents, where the stream made
    them of its estimates; a memory that keeps more than its window forgets the rest. ParamError
    where the frame is not on the reel.
    """
    if not 0 <= frame <= reel.frames:
        raise ParamError(f"frame {frame} is not on the reel of {reel.frames} latent frames")
    past = reel.until(frame)
    state = RolloutState(seed=seed)
    for done in _needed(past, session.sink, session.window + warm):
        state = replace(state, frame=done.frame, block=done.block, shot=done.shot)
        latents = at_size(done.latents, session.size)
        state = prefilled(session, state, latents, text, steps, noise)
    return state, past


def _needed(reel: Reel, sink: int, newest: int) -> Iterator[Done]:
    """The blocks that hold the first `sink` frames, and those of the newest."""
    first = reel.frames - newest
    return (done for done in reel.blocks if done.frame < sink or _end(done) > first)


def _end(done: Done) -> int:
    return done.frame + done.frames
