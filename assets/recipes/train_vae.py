"""Stage 1 of slipstream-tiny: the tiny autoencoder, taught to redraw crops of worlds and of
photographs from an eighth of their side."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from torch import Tensor, nn

from assets.recipes.image_muon import MuonOnKernels, kernels
from assets.recipes.loop import descend, follow, rate
from assets.recipes.precision import mixed
from assets.recipes.smooth import calm_loss, moved_both
from nodes.worlds.render import Painter

if TYPE_CHECKING:
    from diffusers import AutoencoderTiny

    from assets.recipes.image_photographs import Photographs
    from assets.recipes.pool import Pool

CROP = 96
LATENT_NOISE = 0.2
ALSO_MOVED = 0.5
PHOTO_SHARE = 0.25
PEAK = 5e-3


class VaeStage:
    """Trains encoder and decoder together; keeps an exponential average for shipping."""

    name = "vae"

    def __init__(
        self, vae: AutoencoderTiny, pools: tuple[Pool, Pool], photos: Photographs, *, batch: int
    ) -> None:
        self.vae = vae.to(memory_format=torch.channels_last).train()
        self.average = deepcopy(vae).requires_grad_(False)
        self._pools, self._photos, self._batch = pools, photos, batch
        self._optimizer = MuonOnKernels(*kernels(*self._learning()), peak=PEAK)

    def _learning(self) -> list[nn.Module]:
        return [self.vae]

    def keep(self) -> dict[str, Any]:
        return {"vae": self.vae, "average": self.average, "optimizer": self._optimizer}

    def step(self, index: int, total: int) -> float:
        pool = self._pools[index % len(self._pools)]
        pool.refresh(index, least=2 * self._batch)
        crops = self._crops(pool)
        with mixed(crops.device):
            latents = self.vae.encode(crops).latents
            noisy = latents + LATENT_NOISE * torch.randn_like(latents)
            some = len(crops) // 2
            moved, wanted = moved_both(noisy[:some], crops[:some])
            drawn, also = (self.vae.decode(part).sample.float() for part in (noisy, moved))
        loss = redraw_loss(drawn, crops) + ALSO_MOVED * redraw_loss(also, wanted)
        loss = loss + calm_loss(latents.float())
        descend(self._optimizer, loss, rate(index, total, peak=PEAK))
        follow(self.average, self.vae, min(0.998, (index + 1) / (index + 10)))
        return loss.item()

    def _crops(self, pool: Pool) -> Tensor:
        """Crops (B, 3, 96, 96) in [-1, 1], a share of them of photographs, half mirrored."""
        device = next(self.vae.parameters()).device
        photos = round(PHOTO_SHARE * self._batch) if len(self._photos) else 0
        rows = torch.randint(len(pool), (self._batch - photos,))
        pictures = pool.take(rows)
        crops = torch.stack([_crop(picture) for picture in pictures])
        if photos:
            crops = torch.cat([crops, self._photos.views(photos, CROP)])
        return (crops * 2 - 1).to(device).contiguous(memory_format=torch.channels_last)


class DecoderStage(VaeStage):
    """Goes on with the decoder alone: latents keep their meaning while the denoiser learns them."""

    name = "decoder"

    def _learning(self) -> list[nn.Module]:
        self.vae.encoder.requires_grad_(False)
        return [self.vae.decoder]


def _crop(picture: Tensor) -> Tensor:
    """A random square (3, 96, 96) of a picture, or all of a smaller one."""
    height, width = picture.shape[-2:]
    side = min(CROP, height, width)
    y, x = (int(torch.randint(room - side + 1, ())) for room in (height, width))
    crop = picture[:, y : y + side, x : x + side]
    return crop.flip(-1) if float(torch.rand(())) < 0.5 else crop


def redraw_loss(drawn: Tensor, target: Tensor) -> Tensor:
    """L1 and squared error of pixels, L1 of differences of neighbours and of the means of cells of
    2 to 8 pixels; both (B, 3, H, W)."""
    gap = drawn - target
    gradient = gap.diff(dim=-1).abs().mean() + gap.diff(dim=-2).abs().mean()
    cells, small = gap.new_zeros(()), gap
    for _ in range(3):
        small = F.avg_pool2d(small, 2)
        cells = cells + small.abs().mean()
    return gap.abs().mean() + 2 * (gap**2).mean() + 0.5 * gradient + 0.4 * cells


@torch.no_grad()
def set_scale(vae: AutoencoderTiny, *, size: int = 128, count: int = 32) -> None:
    """Writes into its config the factor that brings its latents to unit deviation on the whole, as
    the diffusion schedule expects; channels keep their sizes beside each other."""
    device = next(vae.parameters()).device
    pictures = Painter(seed=-2).batch(count, size, size).pictures.to(device)
    spread = float(vae.encode(pictures * 2 - 1).latents.std())
    vae.register_to_config(scaling_factor=round(1 / max(spread, 1e-3), 4))


@torch.no_grad()
def neighbours_alike(vae: AutoencoderTiny, *, size: int = 128, count: int = 32) -> float:
    """Correlation of latents with the ones to their right over unseen worlds: near 1 where latents
    are smooth, near 0 where they are like noise."""
    device = next(vae.parameters()).device
    pictures = Painter(seed=-1).batch(count, size, size).pictures.to(device)
    latents = vae.encode(pictures * 2 - 1).latents
    latents = latents - latents.mean((0, 2, 3), keepdim=True)
    return float((latents[..., 1:] * latents[..., :-1]).mean() / (latents**2).mean())


@torch.no_grad()
def start_as_averages(vae: AutoencoderTiny) -> None:
    """Sets the weights so that the untrained autoencoder already carries the mean colour of
    each cell.

    Three channels pass red, green and blue through both halves, the others start at random (He et
    al. 2015). From the library's own start the colours took longer to appear than all of training.
    """
    for conv in (m for m in vae.modules() if isinstance(m, nn.Conv2d)):
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        if conv.bias is not None:
            nn.init.zeros_(conv.bias)
    for block in (m for m in vae.modules() if isinstance(m, AutoencoderTinyBlock)):
        nn.init.zeros_(block.conv[-1].weight)
    first, *halves, last = [m for m in vae.encoder.layers if isinstance(m, nn.Conv2d)]
    into, *doubles, out = [m for m in vae.decoder.layers if isinstance(m, nn.Conv2d)]
    for conv in (first, *halves, *doubles, out):
        _pass_colours(conv)
    last.weight *= 0.1  # what is not colour begins small
    to_latent = torch.tensor([[1.2, 2.4, 0.4], [3.5, -3.0, -0.5], [-1.5, -3.0, 4.5]])
    _set_centre(last, to_latent, torch.tensor([-2.0, 0.0, 0.0]))
    from_latent = torch.linalg.inv(to_latent)
    _set_centre(into, from_latent, from_latent @ torch.tensor([2.0, 0.0, 0.0]))


def _pass_colours(conv: nn.Conv2d) -> None:
    """The first three outputs become the first three inputs, averaged over 2 x 2 by a stride of
    2."""
    conv.weight[:3] = 0
    taps = conv.weight[:3, :3]
    for channel in range(3):
        if conv.stride[0] == 2:
            taps[channel, channel, 1:, 1:] = 0.25
        else:
            taps[channel, channel, 1, 1] = 1


def _set_centre(conv: nn.Conv2d, matrix: Tensor, bias: Tensor) -> None:
    conv.weight[:3] = 0
    conv.weight[:3, :3, 1, 1] = matrix
    assert conv.bias is not None
    conv.bias[:3] = bias


@torch.no_grad()
def held_out_psnr(vae: AutoencoderTiny, *, size: int = 128, count: int = 32) -> float:
    """Mean PSNR in dB of redrawing worlds whose seed no training run uses."""
    device = next(vae.parameters()).device
    pictures = Painter(seed=-1).batch(count, size, size).pictures.to(device)
    drawn = vae.decode(vae.encode(pictures * 2 - 1).latents).sample.clamp(-1, 1) / 2 + 0.5
    error = ((drawn - pictures) ** 2).mean((1, 2, 3)).clamp_min(1e-10)
    return float((-10 * error.log10()).mean())
