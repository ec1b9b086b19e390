"""The stream batch: frames at n stages of denoising share one network call, and one comes out.

StreamDiffusion (Kodaira et al. 2023). What is in flight is remembered as estimates of the finished
picture, not as noisy latents: noise is put back at the start of each call with the levels and noise
rows of that moment. So strength, seed, guidance and even the number of steps change between two
calls while every picture in flight stays a picture, and a stream whose settings stay gives exactly
the published recursion.

Rows of a call are grouped by step: row i*F + f is frame f of the group that is at step i; group 0
is the newest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

import torch
from torch import Tensor

from nodes.rollout.image.guidance import Denoise, Guidance, predict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nodes.rollout.image.schedule import Ladder

Tag = TypeVar("Tag")  # what the caller wants back with a finished group, such as its times


@dataclass(frozen=True, eq=False)
class Rungs:
    """A ladder with its noise, laid out for the rows of a call: n groups of F rows.

    Coefficients are (n*F, 1, 1, 1) float32: x = a*x0 + grain*fixed, x0 = keep*x - take*eps,
    residual noise = fixed + ratio*drift.
    """

    timesteps: Tensor  # (n*F,) int64
    a: Tensor
    b: Tensor
    keep: Tensor  # c_out/a + c_skip
    take: Tensor  # c_out*b/a
    ratio: Tensor  # a/b
    grain: Tensor  # b, or 0 after the first step where no noise is put back
    fixed: Tensor  # (n*F, C, h, w) the noise of each step, the same for every frame of the stream
    noise: Tensor  # (n*F, C, h, w) grain*fixed
    frames: int  # F

    @property
    def steps(self) -> int:
        return len(self.timesteps) // self.frames

    def __getitem__(self, groups: slice) -> Rungs:
        low, high, _ = groups.indices(self.steps)
        rows = slice(low * self.frames, high * self.frames)
        return Rungs(
            self.timesteps[rows],
            self.a[rows],
            self.b[rows],
            self.keep[rows],
            self.take[rows],
            self.ratio[rows],
            self.grain[rows],
            self.fixed[rows],
            self.noise[rows],
            self.frames,
        )

    def renoised(self, noise: Tensor) -> Rungs:
        """The same levels with another noise picture for each step, (n, C, h, w)."""
        fixed = noise.float().repeat_interleave(self.frames, dim=0)
        return replace(self, fixed=fixed, noise=self.grain * fixed)


def rungs(ladder: Ladder, noise: Tensor, *, frames: int = 1, add_noise: bool = True) -> Rungs:
    """Lays a ladder of n steps and its noise (n, C, h, w) out for groups of `frames` frames.

    Every frame of a group gets the noise of its step: a picture that stands still stays still
    whatever its place in the group.
    """
    if len(noise) != len(ladder):
        raise ValueError(
            f"a ladder of {len(ladder)} steps takes as many noise pictures, not {len(noise)}"
        )
    columns = {
        "a": ladder.a,
        "b": ladder.b,
        "keep": ladder.c_out / ladder.a + ladder.c_skip,
        "take": ladder.c_out * ladder.b / ladder.a,
        "ratio": ladder.a / ladder.b,
        "grain": ladder.b if add_noise else torch.cat([ladder.b[:1], 0 * ladder.b[1:]]),
    }
    rows = {name: _rows(column, frames, noise.device) for name, column in columns.items()}
    timesteps = torch.tensor(ladder.timesteps, device=noise.device).repeat_interleave(frames)
    laid = Rungs(timesteps=timesteps, fixed=noise, noise=noise, frames=frames, **rows)
    return laid.renoised(noise)


def _rows(column: Tensor, frames: int, device: torch.device) -> Tensor:
    return column.repeat_interleave(frames).to(device, torch.float32).view(-1, 1, 1, 1)


@dataclass(frozen=True, eq=False)
class Flight(Generic[Tag]):
    """The groups after a call, newest first: n*F estimates of the finished latents and how far each
    has drifted.

    A drift is an estimate minus its source picture; the residual guidance is computed from it. The
    last group is the finished one. A tag of None marks a group that repeats another, shown already
    or to be shown by its own.
    """

    estimates: Tensor  # (n*F, C, h, w) float32
    drifts: Tensor  # (n*F, C, h, w) float32
    tags: tuple[Tag | None, ...]  # n
    frames: int  # F

    @property
    def finished(self) -> Tensor:
        """The latents that left the last step, (F, C, h, w)."""
        return self.estimates[-self.frames :]

    @property
    def waiting(self) -> int:
        """How many groups have steps left."""
        return len(self.tags) - 1

    def retagged(self, change: Callable[[Tag], Tag]) -> Flight[Tag] | None:
        """The same pictures with the tag of the newest waiting group changed; None where no group
        waits.
        """
        at = next((i for i, tag in enumerate(self.tags[:-1]) if tag is not None), None)
        if at is None:
            return None
        tags = tuple(change(t) if i == at and t is not None else t for i, t in enumerate(self.tags))
        return replace(self, tags=tags)

    def stretched(self, steps: int) -> Flight[Tag]:
        """Room for more steps: the groups keep their steps, the places after them repeat the
        finished picture.
        """
        more = steps - len(self.tags)
        last = slice(-self.frames, None)
        return replace(
            self,
            estimates=torch.cat([self.estimates, *[self.estimates[last]] * more]),
            drifts=torch.cat([self.drifts, *[self.drifts[last]] * more]),
            tags=(*self.tags[:-1], *[None] * (more + 1)),
        )


def _denoised(
    x: Tensor, drifts: Tensor, at: Rungs, guidance: Guidance, denoise: Denoise, entering: int
) -> tuple[Tensor, Tensor]:
    """One call on noisy rows: estimates of x0 and their drifts, both (R, C, h, w)."""
    residual = at.fixed + at.ratio * drifts
    eps, residual = predict(x, at.timesteps, residual, guidance, denoise, entering=entering)
    pull = at.take * eps
    return at.keep * x - pull, at.keep * (at.b * residual) - pull


def one_by_one(
    latents: Tensor, at: Rungs, guidance: Guidance, denoise: Denoise, *, noisy: bool = False
) -> list[tuple[Tensor, Tensor]]:
    """The specification: all n steps of one group of frames (F, C, h, w), a network call each.

    Returns estimate and drift after each step. `noisy` says that the latents are noise already.
    """
    estimate, drift = latents.float(), torch.zeros_like(latents, dtype=torch.float32)
    after: list[tuple[Tensor, Tensor]] = []
    for i in range(at.steps):
        here = at[i : i + 1]
        x = estimate if noisy and i == 0 else here.a * estimate + here.noise
        entering = len(x) if i == 0 else 0
        estimate, drift = _denoised(x, drift, here, guidance, denoise, entering)
        after.append((estimate, drift))
    return after


def warmed(
    latents: Tensor,
    at: Rungs,
    guidance: Guidance,
    denoise: Denoise,
    *,
    tag: Tag,
    noisy: bool = False,
) -> Flight[Tag]:
    """The flight of a stream that has shown its first group for ever: finished now, repeated at
    every step.
    """
    after = one_by_one(latents, at, guidance, denoise, noisy=noisy)
    return Flight(
        estimates=torch.cat([estimate for estimate, _ in after]),
        drifts=torch.cat([drift for _, drift in after]),
        tags=(*[None] * (at.steps - 1), tag),
        frames=at.frames,
    )


def advanced(
    flight: Flight[Tag],
    latents: Tensor,
    at: Rungs,
    guidance: Guidance,
    denoise: Denoise,
    *,
    tag: Tag,
    noisy: bool = False,
) -> Flight[Tag]:
    """One call: a new group (F, C, h, w) enters, every group takes its step, the oldest
    finishes.
    """
    inside = slice(0, len(flight.estimates) - at.frames)
    latents = latents.float()
    estimates = torch.cat([latents, flight.estimates[inside]])
    drifts = torch.cat([torch.zeros_like(latents), flight.drifts[inside]])
    x = at.a * estimates + at.noise
    if noisy:
        x = torch.cat([latents, x[at.frames :]])
    estimates, drifts = _denoised(x, drifts, at, guidance, denoise, at.frames)
    return Flight(estimates, drifts, (tag, *flight.tags[:-1]), at.frames)


def drained(
    flight: Flight[Tag], at: Rungs, guidance: Guidance, denoise: Denoise
) -> Iterator[Flight[Tag]]:
    """The flights of the calls that finish what waits, with nothing entering; each is one group
    shorter.
    """
    for first in range(1, at.steps):
        inside = slice(0, len(flight.estimates) - at.frames)
        here = at[first : at.steps]
        x = here.a * flight.estimates[inside] + here.noise
        estimates, drifts = _denoised(x, flight.drifts[inside], here, guidance, denoise, 0)
        flight = Flight(estimates, drifts, flight.tags[:-1], at.frames)
        yield flight


@dataclass(frozen=True, eq=False)
class Settings:
    """What a stream batch works with until `recondition` changes it."""

    rungs: Rungs
    guidance: Guidance


@dataclass(frozen=True, eq=False)
class Snapshot(Generic[Tag]):
    """A stream batch at one moment; it shares tensors, which are never written into."""

    settings: Settings
    flight: Flight[Tag] | None


class StreamBatch(Generic[Tag]):
    """Denoises a stream of latents, one network call per group of frames.

    `step` returns the finished latents (F, C, h, w) float32 and their tag. The first group after
    `begin` is taken through all steps at once, so that no output comes from an empty buffer; it is
    returned at once and, with the tag None, again for the n-1 calls in which the next group is on
    its way.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._flight: Flight[Tag] | None = None

    @property
    def flight(self) -> Flight[Tag] | None:
        return self._flight

    @property
    def settings(self) -> Settings:
        return self._settings

    def begin(self) -> None:
        """Forgets what is in flight."""
        self._flight = None

    def step(
        self, latents: Tensor, denoise: Denoise, *, tag: Tag, noisy: bool = False
    ) -> tuple[Tensor, Tag | None]:
        """Takes a group in and gives the oldest out. `noisy`: the latents are pure noise, not a
        picture.
        """
        at, guidance = self._settings.rungs, self._settings.guidance
        if self._flight is None:
            self._flight = warmed(latents, at, guidance, denoise, tag=tag, noisy=noisy)
        else:
            self._flight = advanced(
                self._flight, latents, at, guidance, denoise, tag=tag, noisy=noisy
            )
        return self._flight.finished, self._flight.tags[-1]

    def skip(self, change: Callable[[Tag], Tag]) -> bool:
        """Takes nothing in: the newest waiting group stands for the frame too, under a changed tag.

        False where none waits: then the picture that was finished last stands for it.
        """
        flight = self._flight.retagged(change) if self._flight else None
        self._flight = flight or self._flight
        return flight is not None

    def drain(self, denoise: Denoise) -> list[tuple[Tensor, Tag]]:
        """Finishes every group that waits, oldest first, and forgets the stream."""
        finished = self._finish(self._flight.waiting, denoise) if self._flight else []
        self.begin()
        return finished

    def recondition(self, settings: Settings, denoise: Denoise) -> list[tuple[Tensor, Tag]]:
        """Changes levels, noise, guidance or the number of steps under the running stream.

        Pictures in flight are re-noised to the new levels by the next call. With fewer steps the
        oldest have no place any more: they are finished by the former settings and returned with
        their tags. A change of the latents' shape or of F finishes all and begins anew.
        """
        finished = self._make_room(settings.rungs, denoise) if self._flight else []
        if self._flight and settings.rungs.steps > len(self._flight.tags):
            self._flight = self._flight.stretched(settings.rungs.steps)
        self._settings = settings
        return finished

    def _make_room(self, at: Rungs, denoise: Denoise) -> list[tuple[Tensor, Tag]]:
        now = self._settings.rungs
        if at.frames != now.frames or at.fixed.shape[1:] != now.fixed.shape[1:]:
            return self.drain(denoise)
        return self._finish(now.steps - at.steps, denoise)

    def _finish(self, groups: int, denoise: Denoise) -> list[tuple[Tensor, Tag]]:
        if groups <= 0 or self._flight is None:
            return []
        flights = drained(self._flight, self._settings.rungs, self._settings.guidance, denoise)
        finished: list[tuple[Tensor, Tag]] = []
        for _, flight in zip(range(groups), flights, strict=False):
            self._flight = flight
            tag = flight.tags[-1]
            if tag is not None:
                finished.append((flight.finished, tag))
        return finished

    def snapshot(self) -> Snapshot[Tag]:
        """The whole state; cheap, and unharmed by what comes after."""
        return Snapshot(self._settings, self._flight)

    def restore(self, snapshot: Snapshot[Tag]) -> None:
        """Back to a snapshot, bit for bit."""
        self._settings, self._flight = snapshot.settings, snapshot.flight

    def fork(self) -> StreamBatch[Tag]:
        """A second stream that goes on from here."""
        other: StreamBatch[Tag] = StreamBatch(self._settings)
        other.restore(self.snapshot())
        return other
