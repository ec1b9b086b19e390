"""Pictures through a stream batch: what enters, what is repeated, and whose time each finished
picture has.

The past of a stream is one frozen value; each function takes one and returns the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nodes.rollout.image.similarity import Similarity, judge
from nodes.rollout.image.stream_batch import Snapshot, StreamBatch

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.rollout.image.guidance import Denoise
    from nodes.rollout.image.session import ImageSession, Look, Size
    from nodes.rollout.image.stream_batch import Settings

Shown = tuple["Tensor", int]  # a picture (1, 3, H, W) and its time
Latents = tuple["Tensor", "Origin | None"]


@dataclass(frozen=True)
class Origin:
    """Where a group of latents came from: the times of its frames and of their repeats, its
    size.
    """

    times: tuple[int, ...]
    size: Size

    def also(self, times: tuple[int, ...]) -> Origin:
        return Origin(self.times + times, self.size)


@dataclass(frozen=True)
class Repeats:
    """When a frame may be answered with the last picture: likeness, longest run, and its luck."""

    threshold: float
    longest: int
    luck: float


@dataclass(frozen=True, eq=False)
class Past:
    """What a stream remembers between two calls."""

    memory: Snapshot[Origin] | None = None
    similar: Similarity = field(default_factory=Similarity)
    shown: Tensor | None = None  # (F, 3, H, W), what was finished last
    look: Look | None = None
    settling: int = 0  # calls until what was in flight when the look changed is out


def repaint(
    session: ImageSession,
    look: Look,
    past: Past,
    pictures: Tensor,
    times: tuple[int, ...],
    repeats: Repeats | None = None,
) -> tuple[list[Shown], Past]:
    """One call: a group of pictures (F, 3, H, W) in [0, 1] enters, finished pictures come out.

    `times` are those of its frames; a last group may have fewer than F, its rest is padding.
    """
    size = (pictures.shape[2], pictures.shape[3])
    settings = session.settings(look, size, frames=len(pictures))
    if repeats is not None:
        repeated, past = _repeated(past, look, pictures, times, settings, repeats)
        if repeated is not None:
            return repeated, past
    denoise = session.denoiser(look, size)
    batch, finished = _resumed(past, settings, denoise)
    latents = session.model.encode(pictures)
    finished.append(batch.step(latents, denoise, tag=Origin(times, size)))
    past = _remembered(past, look, batch)
    return _decoded(session, finished, past)


def wander(
    session: ImageSession, look: Look, past: Past, size: Size, phase: float
) -> tuple[Tensor, Past]:
    """One call without input: a picture (1, 3, H, W) from the noise at a place of the walk."""
    look = look.from_noise()
    settings = session.wandering(look, size, phase)
    denoise = session.denoiser(look, size)
    batch, _ = _resumed(past, settings, denoise)
    noise = settings.rungs.fixed[:1]
    latents, _ = batch.step(noise, denoise, tag=Origin((), size), noisy=True)
    return session.model.decode(latents, *size), _remembered(past, look, batch)


def finish(session: ImageSession, past: Past) -> list[Shown]:
    """What is still inside at the end of the stream."""
    if past.memory is None or past.memory.flight is None or past.look is None:
        return []
    waiting = [tag for tag in past.memory.flight.tags[:-1] if tag is not None and tag.times]
    if not waiting:
        return []
    denoise = session.denoiser(past.look, waiting[0].size)
    batch = _batch(past.memory)
    finished: list[Latents] = [*batch.drain(denoise)]
    return _decoded(session, finished, past)[0]


def _batch(memory: Snapshot[Origin]) -> StreamBatch[Origin]:
    batch: StreamBatch[Origin] = StreamBatch(memory.settings)
    batch.restore(memory)
    return batch


def _resumed(
    past: Past, settings: Settings, denoise: Denoise
) -> tuple[StreamBatch[Origin], list[Latents]]:
    """The stream under these settings, and what had to leave it for them."""
    if past.memory is None:
        return StreamBatch(settings), []
    batch = _batch(past.memory)
    if batch.settings is settings:
        return batch, []
    return batch, [*batch.recondition(settings, denoise)]


def _remembered(past: Past, look: Look, batch: StreamBatch[Origin]) -> Past:
    settling = past.settling - 1 if look == past.look else batch.settings.rungs.steps - 1
    return replace(past, memory=batch.snapshot(), look=look, settling=max(0, settling))


def _repeated(
    past: Past,
    look: Look,
    pictures: Tensor,
    times: tuple[int, ...],
    settings: Settings,
    repeats: Repeats,
) -> tuple[list[Shown] | None, Past]:
    """The answer to a group that is a repeat: nothing yet where a group on its way stands for
    it.
    """
    repeat, similar = judge(
        past.similar,
        pictures,
        threshold=repeats.threshold,
        longest=repeats.longest,
        luck=repeats.luck,
    )
    memory, shown = past.memory, past.shown
    changing = past.settling > 0 or past.look != look
    if not repeat or changing or memory is None or shown is None or memory.settings is not settings:
        return None, replace(past, similar=replace(similar, reference=pictures, repeats=0))
    past = replace(past, similar=similar)
    batch = _batch(memory)
    if batch.skip(lambda origin: origin.also(times)):
        return [], replace(past, memory=batch.snapshot())
    return _timed(shown, times), past


def _decoded(
    session: ImageSession, finished: list[Latents], past: Past
) -> tuple[list[Shown], Past]:
    shown: list[Shown] = []
    for latents, origin in finished:
        if origin is not None:
            pictures = session.model.decode(latents, *origin.size)
            shown += _timed(pictures, origin.times)
            past = replace(past, shown=pictures)
    return shown, past


def _timed(pictures: Tensor, times: tuple[int, ...]) -> list[Shown]:
    """Pictures with their times; more times than pictures are repeats of them in turn."""
    return [(pictures[at % len(pictures)][None], time) for at, time in enumerate(times)]
