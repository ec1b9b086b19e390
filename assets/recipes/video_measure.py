"""Figures of a trained slipstream-video, judged by what its pictures show and not by the model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assets.recipes.video_sample import film, look
from nodes.worlds.words import COLOURS

if TYPE_CHECKING:
    from nodes.models.video_model import VideoModel

JUDGED = ("red", "yellow", "green", "blue", "purple", "white", "black")
PLACES = ("mountains", "a desert", "a meadow", "a canyon", "a snow field", "a forest")
APART = 6  # frames between two that a pan is looked for in: slow ones go a pixel only in a while
SHIFTS = 12  # pixels that it is looked for in, either way


def colours_right(model: VideoModel, *, side: int, seeds: int, steps: int | None = None) -> float:
    """The share of colour words that the thing has: where pictures of one seed differ between
    words, the mean colour lies nearest to the word that was said."""
    right = 0
    for seed in range(seeds):
        pictures = []
        for colour in JUDGED:
            prompt = f"a {colour} orb floating over {PLACES[seed % len(PLACES)]} by day"
            *_, last = film(model, prompt, blocks=2, side=side, seed=seed, steps=steps)
            pictures.append(last[-1])
        right += colours_shown(torch.stack(pictures))
    return right / (seeds * len(JUDGED))


def colours_shown(pictures: Tensor) -> int:
    """How many of the pictures (C, 3, H, W), one for each judged word, show their colour."""
    return int((colours_seen(pictures) == torch.arange(len(JUDGED))).sum())


def colours_seen(pictures: Tensor) -> Tensor:
    """Which judged word (C,) each of the pictures (C, 3, H, W), one for each, shows."""
    differ = pictures.var(0).sum(0).flatten()
    thing = differ >= differ.quantile(0.95)
    seen = pictures.flatten(2)[..., thing].mean(2)
    named = torch.tensor([COLOURS[name] for name in JUDGED])
    # the light of the world scales every colour, so they are compared around their common mean
    gap = (seen - seen.mean(0))[:, None] - (named - named.mean(0))[None]
    return gap.square().sum(-1).argmin(1)


def pans_right(model: VideoModel, *, side: int, seeds: int, steps: int | None = None) -> float:
    """The share of pans that move the ground the way that their word says."""
    right = total = 0
    for seed in range(seeds):
        for word, sign in (("left", 1), ("right", -1)):
            prompt = f"{PLACES[seed % len(PLACES)]} by day, pan {word}"
            _, *going = film(model, prompt, blocks=4, side=side, seed=seed, steps=steps)
            right += int(ground_shift(torch.cat(going)) * sign > 0)
            total += 1
    return right / total


def ground_shift(pictures: Tensor) -> float:
    """Pixels a frame that the lower third of pictures (T, 3, H, W) moves to the right."""
    height, width = pictures.shape[2:]
    ground = pictures[:, :, 2 * height // 3 :]
    room = slice(SHIFTS, width - SHIFTS)
    errors = []
    for shift in range(-SHIFTS, SHIFTS + 1):
        moved = ground[:-APART].roll(shift, 3)
        errors.append((moved[..., room] - ground[APART:][..., room]).abs().mean())
    return (int(torch.stack(errors).argmin()) - SHIFTS) / APART


def drift(pictures: Tensor, *, end: int) -> str:
    """What a film (T, 3, H, W) does over its length: mean, spread and sharpness of its first `end`
    pictures and of its last, as cells of a Markdown table."""
    figures = [(part[:end].mean(), part[-end:].mean()) for part in look(pictures)]
    return " | ".join(f"{first:.3f} to {last:.3f}" for first, last in figures)


def speed(model: VideoModel, *, side: int, steps: int, blocks: int = 6) -> float:
    """Frames a second, network and decoder, after a window is full."""
    made = film(model, "mountains by day, pan left", blocks=blocks, side=side, steps=steps)
    for _ in range(model.card.window // model.card.block):
        next(made)
    start, frames = time.perf_counter(), 0
    for pictures in made:
        frames += len(pictures)
    return frames / (time.perf_counter() - start)
