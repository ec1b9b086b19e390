"""Stage 3 of slipstream-tiny: a student that reaches the picture in one to four steps, with the
guidances built in.

Latent consistency distillation (Luo et al. 2023) on the fifty timesteps that LCMScheduler and
StreamDiffusion use. The teacher goes away from what it does without words, and from what it did
when it was young (autoguidance, Karras et al. 2024).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from assets.recipes.guidance import learnt
from assets.recipes.image_model import Parts, scheduler, tokens
from assets.recipes.image_muon import MuonOnKernels, kernels
from assets.recipes.loop import descend, follow, rate
from assets.recipes.precision import mixed
from assets.recipes.train_unet import Supply, add_noise, unmixed

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

WORDS = 1.0  # how far beyond the teacher, as a share of what words change
AGE = 2.0  # the same of what it has learnt since it was young
GRID = 50
SIGMA_DATA = 0.5
TIME_SCALE = 10.0
HUBER = 0.03
SKIPS = (3, 9)  # places that a step of the teacher passes over, least and most
PEAK = 4e-4


class DistillStage:
    """Student, its slow average as the target, the frozen teacher and its younger self."""

    name = "distill"

    def __init__(
        self,
        teacher: Parts,
        young: Parts,
        student: UNet2DConditionModel,
        average: UNet2DConditionModel,
        supply: Supply,
    ) -> None:
        self.teacher, self.young = teacher, young
        self.student, self.average, self._supply = student, average, supply
        for module in (teacher.unet, teacher.text, young.unet, young.text, average):
            module.requires_grad_(False).eval()
        for module in (teacher.unet, young.unet, student, average):
            module.to(memory_format=torch.channels_last)
        self._optimizer = MuonOnKernels(*kernels(student), peak=PEAK)
        self.alphas = scheduler().alphas_cumprod.to(next(student.parameters()).device)
        self._silence = tokens(teacher.tokenizer, [""]).to(self.alphas.device)

    def keep(self) -> dict[str, Any]:
        return {"student": self.student, "average": self.average, "optimizer": self._optimizer}

    def step(self, index: int, total: int) -> float:
        sample = self._supply.draw(total + index, total)
        least, most = SKIPS
        skip = int(torch.randint(least, most + 1, ()))
        place = torch.randint(GRID, (len(sample.ids),), device=sample.ids.device)
        t, later = grid_time(place), grid_time(place + skip)
        noisy = add_noise(sample.given, torch.randn_like(sample.given), self.alpha(t))
        with mixed(noisy.device):
            with torch.no_grad():
                context = self.teacher.text(sample.ids).last_hidden_state
                guided = self._guided(noisy, t, context, sample.ids)
                nearer = self._ddim(noisy, guided, t, later)
                target = self._jump(self.average, nearer, later, context)
            guess = self._jump(self.student, noisy, t, context)
        gap = guess - torch.where(sample.paired[:, None, None, None], sample.wanted, target)
        loss = ((gap**2 + HUBER**2).sqrt() - HUBER).mean()
        descend(self._optimizer, loss, rate(index, total, peak=PEAK, warm=20))
        follow(self.average, self.student, min(0.95, (index + 1) / (index + 10)))
        return loss.item()

    def alpha(self, t: Tensor) -> Tensor:
        """Cumulative alpha (B,) of timesteps; one past the last step (t < 0)."""
        return torch.where(t < 0, torch.ones_like(self.alphas[0]), self.alphas[t.clamp_min(0)])

    def _guided(self, noisy: Tensor, t: Tensor, context: Tensor, ids: Tensor) -> Tensor:
        """The teacher's velocity, taken further away from both of what it is not."""
        nothing = self.teacher.text(self._silence).last_hidden_state.expand_as(context)
        both = self.teacher.unet(
            torch.cat([noisy, noisy]), torch.cat([t, t]), torch.cat([context, nothing])
        ).sample.float()
        told, untold = both.chunk(2)
        before = self.young.text(ids).last_hidden_state
        young = self.young.unet(noisy, t, before).sample.float()
        return told + WORDS * (told - untold) + AGE * learnt(told, young)

    def _ddim(self, noisy: Tensor, v: Tensor, t: Tensor, later: Tensor) -> Tensor:
        clean, noise = unmixed(noisy, v, self.alpha(t))
        return add_noise(clean.clamp(-4, 4), noise, self.alpha(later))

    def _jump(
        self, unet: UNet2DConditionModel, noisy: Tensor, t: Tensor, context: Tensor
    ) -> Tensor:
        """The consistency function: c_out * x0 + c_skip * x."""
        v = unet(noisy, t.clamp_min(0), context).sample.float()
        clean, _ = unmixed(noisy, v, self.alpha(t))
        out, skip = boundary(t.clamp_min(0))
        return out * clean + skip * noisy


def boundary(t: Tensor) -> tuple[Tensor, Tensor]:
    """c_out and c_skip (B, 1, 1, 1) of timesteps (B,) (Luo et al. 2023, eq. 9)."""
    scaled = TIME_SCALE * t[:, None, None, None]
    spread = scaled**2 + SIGMA_DATA**2
    return scaled / spread.sqrt(), SIGMA_DATA**2 / spread


def grid_time(place: Tensor) -> Tensor:
    """Timesteps 999, 979, ... 19 of the fifty places; -1 beyond them, which means the clean
    picture."""
    return torch.where(place >= GRID, -1, 999 - 20 * place)
