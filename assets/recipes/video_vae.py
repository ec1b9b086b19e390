"""Stage 1 of slipstream-video: the tiny causal video autoencoder, taught to redraw crops of moving
worlds from an eighth of their sides and a quarter of their frames."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assets.recipes.loop import descend, follow, rate
from assets.recipes.precision import mixed
from assets.recipes.smooth import calm_loss, moved_both
from nodes.models.taehv import MemBlock, Taehv, TaehvConfig, TGrow, TPool
from nodes.worlds.clip import ClipPainter

if TYPE_CHECKING:
    from assets.recipes.video_pool import ClipPool

CONFIG = TaehvConfig(
    encoder=(24, 32, 64, 96), decoder=(96, 64, 32, 32), blocks=1, scale=(2, 2, 1), patch=2,
    ahead=False,
)  # fmt: skip
LATENT_NOISE = 0.2
DECODER_NOISE = 0.05  # the encoder is done, and more would only make pictures soft
STERN = 0.05  # how much the judge's word counts beside errors of pixels
ALSO_MOVED = 0.5
PEAK = 2e-3


class VideoVaeStage:
    """Trains encoder and decoder together; keeps an exponential average for shipping."""

    name = "vae"

    def __init__(self, vae: Taehv, pool: ClipPool, *, batch: int, crop: int, frames: int) -> None:
        self.vae = vae.to(memory_format=torch.channels_last).train()
        self.average = deepcopy(vae).requires_grad_(False)
        self._pool, self._batch, self._crop, self._frames = pool, batch, crop, frames
        self._optimizer = torch.optim.AdamW(
            self._learning(), lr=PEAK, betas=(0.9, 0.98), weight_decay=1e-4
        )

    def _learning(self) -> list[nn.Parameter]:
        return list(self.vae.parameters())

    def keep(self) -> dict[str, Any]:
        return {"vae": self.vae, "average": self.average, "optimizer": self._optimizer}

    def step(self, index: int, total: int) -> float:
        crops = self._crops().to(next(self.vae.parameters()).device)
        with mixed(crops.device):
            latents = self.vae.encode_all(crops)
            noisy = latents + LATENT_NOISE * torch.randn_like(latents)
            drawn = self._redrawn(noisy)
            moved, wanted = moved_both(noisy, crops)
            also = self._redrawn(moved)
        loss = redraw_loss(drawn, crops) + ALSO_MOVED * redraw_loss(also, wanted)
        loss = loss + calm_loss(latents.float())
        descend(self._optimizer, loss, rate(index, total, peak=PEAK))
        follow(self.average, self.vae, min(0.998, (index + 1) / (index + 10)))
        return loss.item()

    def _redrawn(self, latents: Tensor) -> Tensor:
        return self.vae.decode_raw(latents, self.vae.decode_begin())[0].float()

    def _crops(self) -> Tensor:
        """Crops (B, T, 3, crop, crop) in [0, 1] out of one chunk, half of them mirrored."""
        frames = self._pool.chunk_at(int(torch.randint(self._pool.count(), ()))).frames
        rows = torch.randperm(len(frames))[: self._batch].tolist()
        return torch.stack([self._crop_of(frames[row]) for row in rows]).float() / 255

    def _crop_of(self, clip: Tensor) -> Tensor:
        spare = (len(clip) - self._frames, *(side - self._crop for side in clip.shape[2:]))
        t, y, x = (int(torch.randint(room + 1, ())) for room in spare)
        crop = clip[t : t + self._frames, :, y : y + self._crop, x : x + self._crop]
        return crop.flip(-1) if torch.rand(()) < 0.5 else crop


class VideoDecoderStage(VideoVaeStage):
    """Goes on with the decoder alone: latents keep their meaning while the denoiser learns them.

    What errors of pixels leave soft, for nobody can know it, a judge that tells drawn patches from
    true ones makes look like the worlds (Esser et al. 2021, VQGAN; hinge losses)."""

    name = "decoder"

    def __init__(self, vae: Taehv, pool: ClipPool, *, batch: int, crop: int, frames: int) -> None:
        super().__init__(vae, pool, batch=batch, crop=crop, frames=frames)
        self.judge = patch_judge().to(next(vae.parameters()).device)
        self._judging = torch.optim.AdamW(self.judge.parameters(), lr=PEAK / 2, betas=(0.5, 0.9))

    def _learning(self) -> list[nn.Parameter]:
        self.vae.encoder.requires_grad_(False)
        return list(self.vae.decoder.parameters())

    def keep(self) -> dict[str, Any]:
        return {**super().keep(), "judge": self.judge, "judging": self._judging}

    def step(self, index: int, total: int) -> float:
        crops = self._crops().to(next(self.vae.parameters()).device)
        with mixed(crops.device):
            with torch.no_grad():
                latents = self.vae.encode_all(crops)
            drawn = self._redrawn(latents + DECODER_NOISE * torch.randn_like(latents))
            looks = self.judge(drawn.flatten(0, 1)).float().mean()
        loss = redraw_loss(drawn, crops)
        share = STERN * min(1.0, index / (0.2 * total))  # a judge knows little at first
        descend(self._optimizer, loss - share * looks, rate(index, total, peak=PEAK))
        self._judged(crops, drawn.detach(), rate(index, total, peak=PEAK / 2))
        follow(self.average, self.vae, min(0.998, (index + 1) / (index + 10)))
        return loss.item()

    def _judged(self, true: Tensor, drawn: Tensor, pace: float) -> None:
        """One step of the judge: above 1 for what is true, below -1 for what is drawn."""
        with mixed(true.device):
            real, fake = (self.judge(part.flatten(0, 1)).float() for part in (true, drawn))
        descend(self._judging, (F.relu(1 - real) + F.relu(1 + fake)).mean(), pace)


def patch_judge() -> nn.Sequential:
    """Says of each patch of 22 pixels of pictures (N, 3, H, W) how true it looks."""
    widths = (3, 32, 64, 64)
    layers: list[nn.Module] = []
    for inner, outer in pairwise(widths):
        conv = nn.Conv2d(inner, outer, 4, 2, 1)
        layers += [nn.utils.parametrizations.spectral_norm(conv), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 1))


def redraw_loss(drawn: Tensor, target: Tensor) -> Tensor:
    """L1 on pixels, on differences of neighbours in space and time, and on the means of cells of
    2 to 8 pixels; both (B, T, 3, H, W)."""
    gap = drawn - target
    gradient = gap.diff(dim=-1).abs().mean() + gap.diff(dim=-2).abs().mean()
    motion = gap.diff(dim=1).abs().mean()
    cells = gap.new_zeros(())
    small = gap.flatten(0, 1)
    for _ in range(3):
        small = F.avg_pool2d(small, 2)
        cells = cells + small.abs().mean()
    return gap.abs().mean() + 2 * (gap**2).mean() + 0.5 * gradient + 0.3 * motion + 0.4 * cells


@torch.no_grad()
def start_as_averages(vae: Taehv) -> None:
    """Sets the weights so that the untrained autoencoder already carries the mean colour of each
    cell: three channels pass through both halves, the others start at random."""
    for conv in (m for m in vae.modules() if isinstance(m, nn.Conv2d)):
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        if conv.bias is not None:
            nn.init.zeros_(conv.bias)
    for block in (m for m in vae.modules() if isinstance(m, MemBlock)):
        nn.init.zeros_(block.conv[-1].weight)
    _begin_encoder(vae)
    _begin_decoder(vae)


def _begin_encoder(vae: Taehv) -> None:
    first, *inner = [m for m in vae.encoder if isinstance(m, (nn.Conv2d, TPool))]
    parts = vae.config.patch**2
    first.weight[:3] = 0
    for colour in range(3):
        first.weight[colour, colour * parts : (colour + 1) * parts, 1, 1] = 1 / parts
    for layer in inner[:-1]:
        _pass_colours(layer)
    _set_centre(inner[-1], TO_LATENT, torch.tensor([-2.0, 0.0, 0.0]))


def _begin_decoder(vae: Taehv) -> None:
    first, *inner, last = [m for m in vae.decoder if isinstance(m, (nn.Conv2d, TGrow))]
    back = torch.linalg.inv(TO_LATENT)
    _set_centre(first, back, back @ torch.tensor([2.0, 0.0, 0.0]))
    for layer in inner:
        _pass_colours(layer)
    last.weight.zero_()
    for row in range(len(last.weight)):
        last.weight[row, row // vae.config.patch**2, 1, 1] = 1


TO_LATENT = torch.tensor([[1.2, 2.4, 0.4], [3.5, -3.0, -0.5], [-1.5, -3.0, 4.5]])


def _pass_colours(layer: nn.Module) -> None:
    """The first three outputs become the first three inputs: means over time and over 2 x 2 where
    the layer joins them, copies where it grows."""
    if isinstance(layer, (TPool, TGrow)):
        _pass_moments(layer.conv.weight, joins=isinstance(layer, TPool))
        return
    assert isinstance(layer, nn.Conv2d)
    layer.weight[:3] = 0
    for colour in range(3):
        if layer.stride[0] == 2:
            layer.weight[colour, colour, 1:, 1:] = 0.25
        else:
            layer.weight[colour, colour, 1, 1] = 1


def _pass_moments(weight: Tensor, *, joins: bool) -> None:
    """A 1x1 weight (outer, inner, 1, 1) whose moments lie one after another in its longer side."""
    width = min(weight.shape[:2])
    moments = max(weight.shape[:2]) // width
    for first in range(0, moments * width, width):
        part = weight[:3, first : first + width] if joins else weight[first : first + 3]
        part.zero_()
        part[:, :3, 0, 0] = torch.eye(3) / (moments if joins else 1)


def _set_centre(conv: nn.Module, matrix: Tensor, bias: Tensor) -> None:
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    conv.weight[:3] = 0
    conv.weight[:3, :3, 1, 1] = matrix
    conv.bias[:3] = bias


@torch.no_grad()
def redraw_psnr(vae: Taehv, *, side: int, frames: int = 17, count: int = 8) -> float:
    """Mean PSNR in dB of redrawing moving worlds whose seed no training run uses."""
    clips = ClipPainter(seed=-1).batch(count, frames, side).frames
    clips = clips.to(next(vae.parameters()).device)
    error = ((vae.decode_all(vae.encode_all(clips)) - clips) ** 2).mean((1, 2, 3, 4))
    return float((-10 * error.clamp_min(1e-10).log10()).mean())
