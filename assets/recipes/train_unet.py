"""Stage 2 of slipstream-tiny: the denoiser and its text encoder learn to predict velocities in
latents of worlds and of painted-over photographs."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes import crew
from assets.recipes.image_model import Parts, scheduler, tokens
from assets.recipes.image_muon import MuonOnKernels, kernels
from assets.recipes.loop import descend, follow, rate
from assets.recipes.precision import mixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diffusers import AutoencoderTiny

    from assets.recipes.pool import Pool

SILENT = 0.1  # share of prompts dropped for guidance
PAIR_SHARE = 0.35
FAINT = 0.15  # of noise power; what is said of less noise than this counts less
WIDE_EARLY, WIDE_LATE = 3, 2  # early, every third batch is of wide pictures; late, every other
EARLY = 0.3  # share of all steps
PEAK = 2e-3
YOUNG = 0.15  # share of the steps after which the averages are kept, to be guided away from


class Sample(NamedTuple):
    """A batch: latents (B, C, h, w) of what is noised and of what is to be seen in it, the same but
    for pairs; token ids (B, 32); and which rows are pairs (B,)."""

    given: Tensor
    wanted: Tensor
    ids: Tensor
    paired: Tensor


class Latents:
    """A pool's pictures as latents with token ids, encoded a chunk at a time as the pool grows."""

    def __init__(self, pool: Pool, vae: AutoencoderTiny, parts: Parts) -> None:
        self._pool, self._vae, self._tokenizer = pool, vae, parts.tokenizer
        self._latents: list[Tensor] = []
        self._ids: list[Tensor] = []
        self._read, self._chunk = 0, pool.chunk

    def __len__(self) -> int:
        return sum(len(part) for part in self._latents)

    def refresh(self, step: int, n: int) -> None:
        """Takes in what the pool has won, a chunk every third call, and at least n pictures."""
        least = max(n, self._pool.chunk * crew.size())
        self._pool.refresh(step if len(self) else 0, least=least)
        if step % 3 == 0 or len(self) < n:
            self._grow(n)

    def draw(self, n: int) -> Sample:
        """n random rows."""
        size = len(self._latents[0])
        picks = [divmod(i, size) for i in torch.randint(len(self), (n,)).tolist()]
        both = torch.stack([self._latents[a][b] for a, b in picks]).float()  # (n, 1 or 2, C, h, w)
        ids = torch.stack([self._ids[a][b] for a, b in picks])
        paired = torch.full((n,), both.shape[1] > 1, device=both.device)
        return Sample(both[:, 0], both[:, -1], ids, paired)

    def _grow(self, least: int) -> None:
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
        pictures = self._pool.take(rows).unflatten(1, (-1, 3))  # (M, 1 or 2, 3, H, W)
        flat = (pictures.flatten(0, 1) * 2 - 1).to(device, memory_format=torch.channels_last)
        with mixed(device):
            latents = self._vae.encode(flat).latents * self._vae.config["scaling_factor"]
        self._latents.append(latents.half().unflatten(0, (len(rows), -1)))
        texts = [self._pool.texts[i] for i in rows.tolist()]
        self._ids.append(tokens(self._tokenizer, texts).to(device))


class Supply:
    """Batches of small or of wide pictures at equal cost, a share of them pairs.

    Small ones come first, for words bind to colours and places on them at a quarter of the cost.
    """

    def __init__(self, small: Sequence[Latents], wide: Sequence[Latents], batch: int) -> None:
        self._small, self._wide, self._batch = small, wide, batch

    def draw(self, step: int, total: int) -> Sample:
        """The batch of this step of `total`."""
        every = WIDE_EARLY if step < EARLY * total else WIDE_LATE
        if step % every == every - 1:
            return self._mixed(self._wide, step, max(2, self._batch // 4))
        return self._mixed(self._small, step, self._batch)

    def _mixed(self, sources: Sequence[Latents], step: int, n: int) -> Sample:
        pairs = max(1, round(PAIR_SHARE * n))
        drawn = []
        for source, count in zip(sources, (n - pairs, pairs), strict=True):
            source.refresh(step, count)
            drawn.append(source.draw(count))
        return Sample(*(torch.cat(part) for part in zip(*drawn, strict=True)))


def make_supply(
    small: Sequence[Pool], wide: Sequence[Pool], vae: AutoencoderTiny, parts: Parts, *, batch: int
) -> Supply:
    """Pools of worlds and of pairs, small and wide, encoded by a finished autoencoder."""
    vae = vae.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    encoded = [[Latents(pool, vae, parts) for pool in pools] for pools in (small, wide)]
    return Supply(*encoded, batch)


class UnetStage:
    """Trains UNet and text encoder by the squared error of the velocity; keeps averages of both,
    and as they were when they were young."""

    name = "unet"

    def __init__(self, live: Parts, average: Parts, supply: Supply) -> None:
        self.live, self.average, self._supply = live, average, supply
        live.unet.to(memory_format=torch.channels_last).train()
        live.text.train()
        for module in (average.unet, average.text):
            module.requires_grad_(False)
        self._young = {"unet": deepcopy(average.unet), "text": deepcopy(average.text)}
        self._optimizer = MuonOnKernels(*kernels(live.unet, live.text), peak=PEAK)
        self.alphas = scheduler().alphas_cumprod.to(next(live.unet.parameters()).device)
        self._silence = tokens(live.tokenizer, [""])[0].to(self.alphas.device)

    def keep(self) -> dict[str, Any]:
        return {
            "unet": self.live.unet,
            "text": self.live.text,
            "unet_average": self.average.unet,
            "text_average": self.average.text,
            "unet_young": self._young["unet"],
            "text_young": self._young["text"],
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        sample = self._silenced(self._supply.draw(index, total))
        noise = torch.randn_like(sample.given)
        alpha = self.alphas[t := torch.randint(1000, (len(noise),), device=noise.device)]
        noisy = add_noise(sample.given, noise, alpha)
        with mixed(noisy.device):
            context = self.live.text(sample.ids).last_hidden_state  # (B, 32, 128)
            guess = self.live.unet(noisy, t, context).sample
        loss = picture_loss(guess.float(), noisy, sample.wanted, alpha)
        descend(self._optimizer, loss, rate(index, total, peak=PEAK, warm=100))
        decay = min(0.997, (index + 1) / (index + 10))
        follow(self.average.unet, self.live.unet, decay)
        follow(self.average.text, self.live.text, decay)
        if index == int(YOUNG * total):
            self._young["unet"].load_state_dict(self.average.unet.state_dict())
            self._young["text"].load_state_dict(self.average.text.state_dict())
        return loss.item()

    def _silenced(self, sample: Sample) -> Sample:
        """Some prompts dropped; where nothing is said, nothing is painted over."""
        silent = torch.rand(len(sample.ids), 1, device=sample.ids.device) < SILENT
        wanted = torch.where(silent[..., None, None], sample.given, sample.wanted)
        return sample._replace(wanted=wanted, ids=torch.where(silent, self._silence, sample.ids))


def add_noise(latents: Tensor, noise: Tensor, alpha: Tensor) -> Tensor:
    """x_t = sqrt(alpha) z + sqrt(1 - alpha) eps, alpha (B,)."""
    alpha = alpha[:, None, None, None]
    return alpha.sqrt() * latents + (1 - alpha).sqrt() * noise


def unmixed(noisy: Tensor, v: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """The clean latents and the noise that a velocity (B, C, h, w) says, alpha (B,)."""
    return add_noise(noisy, -v, alpha), add_noise(v, noisy, alpha)


def picture_loss(v: Tensor, noisy: Tensor, wanted: Tensor, alpha: Tensor) -> Tensor:
    """Squared error of the clean latents that a velocity says, over the noise's power: the error of
    the velocity itself where `wanted` is what was noised (Salimans and Ho 2022, appendix D)."""
    clean, _ = unmixed(noisy, v, alpha)
    counts = 1 / (1 - alpha).clamp_min(FAINT)
    return (counts * ((clean - wanted) ** 2).mean((1, 2, 3))).mean()
