"""Looks at a trained slipstream-tiny: few-step pictures from noise and from photographs, and
contact sheets of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from assets.recipes.image_model import Parts, scheduler, tokens
from assets.recipes.train_distill import GRID, SIGMA_DATA, TIME_SCALE, grid_time
from assets.recipes.train_unet import add_noise

if TYPE_CHECKING:
    from pathlib import Path

PROMPTS = (
    "mountains at dawn",
    "a red balloon in front of the sea at sunset",
    "a city at night, neon",
    "a desert by day",
    "watercolour of a pine forest in fog",
    "oil painting of a meadow at sunset",
    "islands under an aurora",
    "a blue orb and a snow field by day",
    "blue and orange abstract shapes, stained glass",
    "mountains, made of fire",
    "ink drawing of a boat and the sea",
    "a canyon at dusk, vaporwave",
)


@torch.no_grad()
def few_steps(
    parts: Parts, texts: list[str], places: list[int], noise: Tensor, start: Tensor | None = None
) -> Tensor:
    """Consistency sampling at these places of fifty: pictures (B, 3, H, W) in [0, 1].

    `noise` is (len(places), B, 4, h, w), one fixed draw per step as StreamDiffusion keeps it;
    `start` are pictures in [0, 1] to begin from, else pure noise.
    """
    alphas = scheduler().alphas_cumprod
    context = parts.text(tokens(parts.tokenizer, texts)).last_hidden_state
    clean = None if start is None else parts.vae.encode(start * 2 - 1).latents
    for place, draw in zip(places, noise, strict=True):
        t = int(grid_time(torch.tensor(place)))
        noisy = draw if clean is None else add_noise(clean, draw, alphas[t].expand(len(draw)))
        guess = parts.unet(noisy, t, context).sample
        skip = SIGMA_DATA**2 / ((TIME_SCALE * t) ** 2 + SIGMA_DATA**2)
        clean = (noisy - (1 - alphas[t]).sqrt() * guess) / alphas[t].sqrt()
        clean = (1 - skip) ** 0.5 * clean + skip * noisy
    return parts.vae.decode(clean).sample.clamp(-1, 1) / 2 + 0.5


@torch.no_grad()
def many_steps(
    parts: Parts,
    texts: list[str],
    noise: Tensor,
    *,
    guidance: float,
    start: Tensor | None = None,
    first: int = 0,
) -> Tensor:
    """Guided DDIM over the places from `first` on: how the teacher itself sees the prompts."""
    alphas = scheduler().alphas_cumprod
    context = parts.text(tokens(parts.tokenizer, [*texts, *[""] * len(texts)])).last_hidden_state
    x = noise
    if start is not None:
        clean = parts.vae.encode(start * 2 - 1).latents
        x = add_noise(clean, noise, alphas[int(grid_time(torch.tensor(first)))].expand(len(x)))
    for place in range(first, GRID):
        t = int(grid_time(torch.tensor(place)))
        later = int(grid_time(torch.tensor(place + 1)))
        told, untold = parts.unet(torch.cat([x, x]), t, context).sample.chunk(2)
        eps = untold + guidance * (told - untold)
        clean = ((x - (1 - alphas[t]).sqrt() * eps) / alphas[t].sqrt()).clamp(-4, 4)
        eps = (x - alphas[t].sqrt() * clean) / (1 - alphas[t]).sqrt()
        x = add_noise(
            clean, eps, (alphas[later] if later >= 0 else torch.tensor(1.0)).expand(len(x))
        )
    return parts.vae.decode(x).sample.clamp(-1, 1) / 2 + 0.5


def contact_sheet(pictures: Tensor, columns: int, path: Path) -> None:
    """Writes pictures (N, 3, H, W) as a table, left to right and down."""
    n, _, height, width = pictures.shape
    sheet = Image.new("RGB", (columns * width, -(-n // columns) * height))
    pixels = (pictures.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    for i, picture in enumerate(pixels):
        sheet.paste(Image.fromarray(picture), ((i % columns) * width, (i // columns) * height))
    sheet.save(path, quality=88)
