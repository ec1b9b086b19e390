"""Stage 2 of slipstream-tiny: the denoiser and its text encoder learn to predict the noise in
latents of worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from assets.recipes import crew
from assets.recipes.image_model import Parts, scheduler, tokens
from assets.recipes.loop import descend, follow, rate

if TYPE_CHECKING:
    from diffusers import AutoencoderTiny

    from assets.recipes.pool import Pool

MIN_SNR = 5.0  # Hang et al. 2023, gamma
SILENT = 0.1  # share of prompts dropped for guidance


class Latents:
    """A pool's pictures as latents with token ids, encoded a chunk at a time as the pool grows."""

    def __init__(self, pool: Pool, vae: AutoencoderTiny, parts: Parts) -> None:
        self._pool, self._vae, self._tokenizer = pool, vae, parts.tokenizer
        self._latents: list[Tensor] = []
        self._ids: list[Tensor] = []
        self._read, self._chunk = 0, pool.chunk

    def __len__(self) -> int:
        return sum(len(part) for part in self._latents)

    def grow(self, least: int) -> None:
        """Encodes one more chunk if the pool has one, and more until `least` are there;
        processes share the chunks."""
        while self._read < len(self._pool):
            rows = torch.arange(self._read, min(self._read + self._chunk, len(self._pool)))
            mine = (self._read // self._chunk) % crew.size() == crew.rank()
            self._read += len(rows)
            if mine:
                self._append(rows)
            if mine and len(self) >= least:
                return

    @torch.no_grad()
    def _append(self, rows: Tensor) -> None:
        device = next(self._vae.parameters()).device
        pictures = self._pool.take(rows).to(device, memory_format=torch.channels_last) * 2 - 1
        with torch.autocast(device.type, dtype=torch.bfloat16):
            latents = self._vae.encode(pictures).latents
        self._latents.append(latents.float())
        self._ids.append(
            tokens(self._tokenizer, [self._pool.texts[i] for i in rows.tolist()]).to(device)
        )

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """n random latents (n, 4, h, w) and their token ids (n, 32)."""
        size = len(self._latents[0])
        picks = [divmod(i, size) for i in torch.randint(len(self), (n,)).tolist()]
        latents = torch.stack([self._latents[a][b] for a, b in picks])
        return latents, torch.stack([self._ids[a][b] for a, b in picks])


class Supply:
    """Mixed sizes at about equal cost: of eight batches one is 256 px, two 128 px, five halved.

    Halved latents stand for halved pictures, as the autoencoder was taught; words bind to colours
    and places on them at a quarter of the cost.
    """

    def __init__(self, small: Latents, wide: Latents, pools: tuple[Pool, Pool], batch: int) -> None:
        self._small, self._wide, self._pools, self._batch = small, wide, pools, batch

    def draw(self, step: int) -> tuple[Tensor, Tensor]:
        """Latents and token ids for this step."""
        turn = step % 8
        if turn == 7:
            return self._from(self._wide, self._pools[1], step, max(1, self._batch // 4))
        if turn in (3, 5):
            return self._from(self._small, self._pools[0], step, self._batch)
        latents, ids = self._from(self._small, self._pools[0], step, 2 * self._batch)
        return F.avg_pool2d(latents, 2), ids

    def _from(self, source: Latents, pool: Pool, step: int, n: int) -> tuple[Tensor, Tensor]:
        pool.refresh(step if len(source) else 0, least=max(n, pool.chunk * crew.size()))
        if step % 3 == 0 or len(source) < n:
            source.grow(n)
        return source.draw(n)


def make_supply(
    small: Pool, wide: Pool, vae: AutoencoderTiny, parts: Parts, *, batch: int
) -> Supply:
    """Two pools, encoded by a finished autoencoder."""
    vae = vae.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return Supply(Latents(small, vae, parts), Latents(wide, vae, parts), (small, wide), batch)


class UnetStage:
    """Trains UNet and text encoder by the weighted noise-prediction loss; keeps averages of
    both."""

    name = "unet"

    def __init__(self, live: Parts, average: Parts, supply: Supply) -> None:
        self.live, self.average, self._supply = live, average, supply
        live.unet.to(memory_format=torch.channels_last).train()
        live.text.train()
        for module in (average.unet, average.text):
            module.requires_grad_(False)
        self._weights = [*live.unet.parameters(), *live.text.parameters()]
        self._optimizer = torch.optim.AdamW(
            self._weights, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.alphas = scheduler().alphas_cumprod.to(next(live.unet.parameters()).device)
        self._silence = tokens(live.tokenizer, [""])[0].to(self.alphas.device)

    def keep(self) -> dict[str, Any]:
        return {
            "unet": self.live.unet,
            "text": self.live.text,
            "unet_average": self.average.unet,
            "text_average": self.average.text,
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        latents, ids = self._supply.draw(index)
        ids = torch.where(torch.rand(len(ids), 1, device=ids.device) < SILENT, self._silence, ids)
        noise = torch.randn_like(latents)
        t = torch.randint(1000, (len(latents),), device=latents.device)
        noisy = add_noise(latents, noise, self.alphas[t])
        with torch.autocast(latents.device.type, dtype=torch.bfloat16):
            context = self.live.text(ids).last_hidden_state  # (B, 32, 128)
            guess = self.live.unet(noisy, t, context).sample
        loss = noise_loss(guess.float(), noise, self.alphas[t])
        descend(self._optimizer, loss, rate(index, total, peak=1e-3, warm=200))
        decay = min(0.997, (index + 1) / (index + 10))
        follow(self.average.unet, self.live.unet, decay)
        follow(self.average.text, self.live.text, decay)
        return loss.item()


def add_noise(latents: Tensor, noise: Tensor, alpha: Tensor) -> Tensor:
    """x_t = sqrt(alpha) z + sqrt(1 - alpha) eps, alpha (B,)."""
    alpha = alpha[:, None, None, None]
    return alpha.sqrt() * latents + (1 - alpha).sqrt() * noise


def noise_loss(guess: Tensor, noise: Tensor, alpha: Tensor) -> Tensor:
    """Squared error of the noise, weighted min(SNR, 5) / SNR (Hang et al. 2023, eq. 5)."""
    snr = alpha / (1 - alpha)
    weight = snr.clamp_max(MIN_SNR) / snr
    return (weight * ((guess - noise) ** 2).mean((1, 2, 3))).mean()
