"""How everything moves in a clip, cell by cell, found in its pictures by dense inverse search
(Kroeger et al. 2016): what the advection is taught. Latents alone teach it late, for squares of
them are least where nothing moves far."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.motion.dense_search import grey, vectors

LAGS = 3  # latent frames that motion is followed over, each from one to so many
MIDDLE = -2  # the picture in the middle of a latent's four, from the one behind them


def moves_of(clip: Tensor, cells: int) -> Tensor:
    """How far what each latent of a clip (T, 3, H, W) in 0..255 shows has come since the latents 1
    to LAGS before it, (F, LAGS, 2, cells, cells) float16, across and down in picture heights; 0
    where there is none so long before."""
    middles = (max(0, 4 * i + MIDDLE) for i in range((len(clip) + 3) // 4))
    greys = [grey(clip[i][None].float() / 255, max(clip.shape[2:])) for i in middles]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = torch.zeros(len(greys), LAGS, 2, cells, cells)
    for at in range(1, len(greys)):
        back = np.zeros((*greys[at].shape, 2), np.float32)
        for lag in range(1, min(LAGS, at) + 1):
            # far moves are found where the search begins with near ones, taken further
            begun = back * (lag / max(1, lag - 1))
            back = search.calc(greys[at], greys[at - lag], begun)
            found[at, lag - 1] = _cells(-vectors(back)[0], cells)
    return found.half()


def mirrored(moves: Tensor) -> Tensor:
    """The same (..., 2, h, w) of the mirrored clip."""
    return moves.flip(-1) * torch.tensor([-1.0, 1.0], dtype=moves.dtype)[:, None, None]


def _cells(moves: Tensor, cells: int) -> Tensor:
    """Moves (2, H, W) in pixels as means of cells, in picture heights."""
    return F.adaptive_avg_pool2d(moves / moves.shape[-2], cells)
