"""Looks at a trained slipstream-tiny: few-step pictures from noise and from photographs, and
contact sheets of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nodes.models.stable_diffusion import ImageModel

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


def few_steps(
    model: ImageModel, texts: Sequence[str], places: Sequence[int], *, seed: int, side: int
) -> Tensor:
    """Pictures (B, 3, side, side) in [0, 1] from noise, by the steps at these places of fifty."""
    return _painted(model, texts, model.schedule.at(places), seed, None, (side, side))


def repainted(
    model: ImageModel, pictures: Tensor, text: str, *, strength: float, steps: int, seed: int = 0
) -> Tensor:
    """Pictures (B, 3, H, W) in [0, 1] painted over as the live node does it, one by one."""
    times = model.schedule.spread(steps, strength)
    height, width = pictures.shape[-2:]
    return _painted(model, [text] * len(pictures), times, seed, pictures, (height, width))


@torch.no_grad()
def _painted(
    model: ImageModel,
    texts: Sequence[str],
    times: tuple[int, ...],
    seed: int,
    start: Tensor | None,
    size: tuple[int, int],
) -> Tensor:
    """Consistency sampling (Luo et al. 2023, algorithm 3), the same noise for every picture and a
    fixed draw for every step as StreamDiffusion keeps it."""
    ladder, nothing = model.schedule.ladder(times), model.text.encode_negative("")
    draw = torch.Generator().manual_seed(seed)
    noise = torch.randn(
        len(times), 1, model.latent_channels, *model.latent_size(*size), generator=draw
    )
    painted = []
    for row, text in enumerate(texts):
        denoise = model.denoiser(model.text.encode(text), nothing, *size)
        clean = None if start is None else model.encode(start[row : row + 1])
        for step, t in enumerate(times):
            a, b, skip, out = (
                float(level[step]) for level in (ladder.a, ladder.b, ladder.c_skip, ladder.c_out)
            )
            noisy = noise[step] if clean is None else a * clean + b * noise[step]
            eps = denoise(noisy, torch.tensor([t]), 0)
            clean = out * (noisy - b * eps) / a + skip * noisy
        assert clean is not None
        painted.append(model.decode(clean, *size))
    return torch.cat(painted)


def contact_sheet(pictures: Tensor, columns: int, path: Path) -> None:
    """Writes pictures (N, 3, H, W) as a table, left to right and down."""
    n, _, height, width = pictures.shape
    sheet = Image.new("RGB", (columns * width, -(-n // columns) * height))
    pixels = (pictures.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    for i, picture in enumerate(pixels):
        sheet.paste(Image.fromarray(picture), ((i % columns) * width, (i // columns) * height))
    sheet.save(path, quality=88)
