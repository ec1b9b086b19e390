"""How everything moves in a clip, cell by cell, found in its pictures by dense inverse search
(Kroeger et al. 2016): what the advection is taught. Latents alone teach it late, for squares of
them are least where nothing moves far."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.color import luma

LAGS = 3  # latent frames that motion is followed over, each from one to so many
LEAST_SIDE = 32  # pixels that the search works in at least
MIDDLE = -2  # the picture in the middle of a latent's four, from the one behind them


def moves_of(clip: Tensor, cells: int) -> Tensor:
    """How far what each latent of a clip (T, 3, H, W) in 0..255 shows has come since the latents 1
    to LAGS before it, (F, LAGS, 2, cells, cells) float16, across and down in picture heights; 0
    where there is none so long before."""
    greys = [_grey(clip[max(0, 4 * i + MIDDLE)]) for i in range((len(clip) + 3) // 4)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = torch.zeros(len(greys), LAGS, 2, cells, cells)
    for at in range(1, len(greys)):
        back = np.zeros((*greys[at].shape, 2), np.float32)
        for lag in range(1, min(LAGS, at) + 1):
            # far moves are found where the search begins with near ones, taken further
            begun = back * (lag / max(1, lag - 1))
            back = search.calc(greys[at], greys[at - lag], begun)
            found[at, lag - 1] = _cells(-torch.from_numpy(back).movedim(2, 0), cells)
    return found.half()


def mirrored(moves: Tensor) -> Tensor:
    """The same (..., 2, h, w) of the mirrored clip."""
    return moves.flip(-1) * torch.tensor([-1.0, 1.0], dtype=moves.dtype)[:, None, None]


def _grey(picture: Tensor) -> np.ndarray:
    light = luma(picture[None].float())  # (1, 1, H, W)
    if light.shape[-1] < LEAST_SIDE:
        light = F.interpolate(light, size=(LEAST_SIDE, LEAST_SIDE), mode="bilinear")
    return light[0, 0].round().clamp(0, 255).to(torch.uint8).numpy()


def _cells(moves: Tensor, cells: int) -> Tensor:
    """Moves (2, H, W) in pixels as means of cells, in picture heights."""
    return F.adaptive_avg_pool2d(moves / moves.shape[-2], cells)
