"""Stage 1 of slipstream-tiny: the tiny autoencoder, taught to redraw crops of worlds from an
eighth of their side."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from torch import Tensor, nn

from assets.recipes.loop import descend, follow, rate
from nodes.worlds.render import Painter

if TYPE_CHECKING:
    from diffusers import AutoencoderTiny

    from assets.recipes.pool import Pool

CROP = 64
LATENT_NOISE = 0.06


class VaeStage:
    """Trains encoder and decoder together; keeps an exponential average for shipping."""

    name = "vae"

    def __init__(self, vae: AutoencoderTiny, pool: Pool, *, batch: int) -> None:
        self.vae = vae.to(memory_format=torch.channels_last).train()
        self.average = deepcopy(vae).requires_grad_(False)
        self._pool, self._batch = pool, batch
        self._optimizer = torch.optim.AdamW(
            self._learning(), lr=1e-3, betas=(0.9, 0.98), weight_decay=1e-4
        )

    def _learning(self) -> list[nn.Parameter]:
        return list(self.vae.parameters())

    def keep(self) -> dict[str, Any]:
        return {"vae": self.vae, "average": self.average, "optimizer": self._optimizer}

    def step(self, index: int, total: int) -> float:
        self._pool.refresh(index, least=4 * self._batch)
        crops = self._crops()
        with torch.autocast(crops.device.type, dtype=torch.bfloat16):
            latents = self.vae.encode(crops).latents
            drawn, target = self._drawn(latents, crops, halved=index % 3 == 0)
        loss = redraw_loss(drawn.float(), target) + 0.05 * _spread_loss(latents.float())
        descend(self._optimizer, loss, rate(index, total, peak=1.5e-3))
        follow(self.average, self.vae, min(0.998, (index + 1) / (index + 10)))
        return loss.item()

    def _drawn(self, latents: Tensor, crops: Tensor, *, halved: bool) -> tuple[Tensor, Tensor]:
        """What the decoder makes of noisy latents, or of halved ones, and what it should make."""
        if halved:
            return self.vae.decode(F.avg_pool2d(latents, 2)).sample, F.avg_pool2d(crops, 2)
        noisy = latents + LATENT_NOISE * torch.randn_like(latents)
        return self.vae.decode(noisy).sample, crops

    def _crops(self) -> Tensor:
        """Crops (B, 3, 64, 64) in [-1, 1]: four from each of B / 4 pictures, some of them
        halved or mirrored."""
        device = next(self.vae.parameters()).device
        pictures = self._pool.take(torch.randint(len(self._pool), (self._batch // 4,))).to(device)
        limit = pictures.shape[-1] - CROP + 1
        corners = torch.randint(limit, (4, 2)).tolist()
        crops = [pictures[..., y : y + CROP, x : x + CROP] for y, x in corners]
        crops[0] = crops[0].flip(-1)
        if pictures.shape[-1] == 2 * CROP:
            crops[1] = F.avg_pool2d(pictures, 2)
        return (torch.cat(crops) * 2 - 1).contiguous(memory_format=torch.channels_last)


class DecoderStage(VaeStage):
    """Goes on with the decoder alone: latents keep their meaning while the denoiser learns them."""

    name = "decoder"

    def _learning(self) -> list[nn.Parameter]:
        self.vae.encoder.requires_grad_(False)
        return list(self.vae.decoder.parameters())


def redraw_loss(drawn: Tensor, target: Tensor) -> Tensor:
    """L1 on pixels, on differences of neighbours, on the means of latent cells, and on the
    amplitudes of the spectrum."""
    gap = drawn - target
    gradient = gap.diff(dim=-1).abs().mean() + gap.diff(dim=-2).abs().mean()
    spectrum = (
        torch.fft.rfft2(drawn, norm="ortho").abs() - torch.fft.rfft2(target, norm="ortho").abs()
    )
    cells = F.avg_pool2d(gap, 8).abs().mean() + 2 * (gap**2).mean()
    return gap.abs().mean() + cells + 0.5 * gradient + 0.1 * spectrum.abs().mean()


def _spread_loss(latents: Tensor) -> Tensor:
    """Keeps every latent channel near zero mean and unit deviation, as the diffusion schedule
    expects."""
    mean, spread = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    return (mean**2 + (spread - 1) ** 2).mean() + 0.2 * (latents.abs() - 3).clamp_min(0).mean()


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
