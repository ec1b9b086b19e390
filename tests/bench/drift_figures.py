"""Whether a film of a minute stays what it was: its first five seconds beside its last five, and
the slope of every figure from one end to the other.

One moment is noise, since a camera pans and water moves; so both ends are means of seconds, and
the slope is the line through all of the film. Figures of several films are meaned; the largest
slope of them stands beside, for one film that fades is not outweighed by one that burns.
"""

from __future__ import annotations

import time
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from assets.recipes.video_sample import film, look
from engine.values import Prompt
from kernels.color import rgb_to_oklab
from tests.bench.world_films import FPS, played

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nodes.models.video_model import VideoModel
    from nodes.rollout.score.critic import EmbeddedCritic
    from tests.bench.columns import Column, Counts

LASTING = (
    "a red balloon floating over mountains at sunset, pan left",
    "the sea at dusk",
    "vaporwave of a city at night, pan right",
    "a green tree in a meadow by day, orbit",
)
END = 5.0  # seconds of either end, and at most half of the film
EVERY = 6  # pictures from one that is looked at to the next
NAMED = ("brightness", "spread", "sharpness", "quality, by the critic", "score with its prompt")
COLOURS = 2  # the last columns: Oklab's a and b


class Drift(NamedTuple):
    """A film's figures over its length: those of NAMED at its beginning, at its end and by their
    slope from end to end, each (5,); and how far its mean colour goes, in Oklab."""

    first: Tensor
    last: Tensor
    slope: Tensor
    colour: float


def drifts(column: Column, model: VideoModel, critic: EmbeddedCritic, counts: Counts) -> None:
    """What long films of a model do, and how long they take."""
    began = time.perf_counter()
    _told(column, [_filmed(model, text, critic, counts) for text in _texts(counts)], counts)
    spent = f"{time.perf_counter() - began:.0f} for {len(_texts(counts))}"
    column.rows["seconds that the long films took"] = spent


def true_drifts(column: Column, side: int, critic: EmbeddedCritic, counts: Counts) -> None:
    """The same for true worlds, which go on for ever: how flat a figure can be."""
    moments = [i * EVERY / FPS for i in range(int(counts.seconds * FPS / EVERY))]
    found = []
    for text in _texts(counts):
        shown = played(side, moments, words=text, thing="none", camera="still")
        pictures = (one.frame.value.tensor for one in shown)
        found.append(drift(_figures(pictures, critic, text), counts.seconds))
    _told(column, found, counts)


def _texts(counts: Counts) -> tuple[str, ...]:
    return LASTING[: counts.films]


def _filmed(model: VideoModel, text: str, critic: EmbeddedCritic, counts: Counts) -> Drift:
    blocks = max(2, round(counts.seconds * model.card.fps / (model.card.block * model.vae.time)))
    parts = film(model, text, blocks=blocks, side=model.card.size[0])
    return drift(_figures(_some(parts), critic, text), counts.seconds)


def _some(parts: Iterable[Tensor]) -> Iterator[Tensor]:
    """Every sixth picture of a film that comes in parts (T, 3, H, W)."""
    at = 0
    for part in parts:
        picked = part[-at % EVERY :: EVERY]
        at += len(part)
        if len(picked):
            yield picked.clamp(0, 1)


def _figures(parts: Iterable[Tensor], critic: EmbeddedCritic, text: str) -> Tensor:
    """Figures (pictures, 7) of a film: those of NAMED, then its mean colour."""
    prompt = Prompt.of(text)
    rows = [
        torch.stack(
            [
                *look(part),
                critic.score(part, None),
                critic.score(part, prompt),
                *rgb_to_oklab(part)[:, 1:].mean((2, 3)).unbind(1),
            ],
            1,
        )
        for part in parts
    ]
    return torch.cat(rows)


def drift(figures: Tensor, seconds: float) -> Drift:
    """The drift of a film's figures (pictures, 7), which lie evenly over so many seconds."""
    count = max(1, round(len(figures) * min(END / seconds, 0.5)))
    first, last = figures[:count].mean(0), figures[-count:].mean(0)
    along = torch.linspace(-0.5, 0.5, len(figures))[:, None]
    slope = (along * figures).sum(0) / along.square().sum().clamp_min(1e-9)
    gone = float((last - first)[-COLOURS:].norm())
    return Drift(first[:-COLOURS], last[:-COLOURS], slope[:-COLOURS], gone)


def _told(column: Column, found: list[Drift], counts: Counts) -> None:
    ends = f"first {min(END, counts.seconds / 2):g} s to last of {counts.seconds:g}"
    for at, name in enumerate(NAMED):
        first, last, slope = (
            fmean(float(part[at]) for part in parts)
            for parts in zip(*((d.first, d.last, d.slope) for d in found), strict=True)
        )
        most = max(abs(float(one.slope[at])) for one in found)
        column.rows[f"{name}, {ends}, slope (largest)"] = (
            f"{first:.3f} to {last:.3f}, {slope:+.3f} ({most:.3f})"
        )
    gone = [one.colour for one in found]
    column.rows[f"colour, {ends}, apart in Oklab (largest)"] = (
        f"{fmean(gone):.3f} ({max(gone):.3f})"
    )
