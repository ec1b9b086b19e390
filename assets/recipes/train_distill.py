"""Stage 3 of slipstream-tiny: a student that reaches the picture in one to four steps, with the
guidance built in.

Latent consistency distillation (Luo et al. 2023) on the fifty timesteps that LCMScheduler and
StreamDiffusion use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from assets.recipes.image_model import Parts, scheduler, tokens
from assets.recipes.loop import descend, follow, rate
from assets.recipes.train_unet import Supply, add_noise

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

GUIDANCE = 3.0
GRID = 50
SIGMA_DATA = 0.5
TIME_SCALE = 10.0
HUBER = 0.03


class DistillStage:
    """Student, its slow average as the target, and the frozen guided teacher."""

    name = "distill"

    def __init__(
        self,
        teacher: Parts,
        student: UNet2DConditionModel,
        average: UNet2DConditionModel,
        supply: Supply,
    ) -> None:
        self.teacher, self.student, self.average, self._supply = teacher, student, average, supply
        for module in (teacher.unet, teacher.text, average):
            module.requires_grad_(False).eval()
        for module in (teacher.unet, student, average):
            module.to(memory_format=torch.channels_last)
        self._optimizer = torch.optim.AdamW(
            student.parameters(), lr=2e-4, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.alphas = scheduler().alphas_cumprod.to(next(student.parameters()).device)
        self._silence = tokens(teacher.tokenizer, [""]).to(self.alphas.device)

    def keep(self) -> dict[str, Any]:
        return {"student": self.student, "average": self.average, "optimizer": self._optimizer}

    def step(self, index: int, total: int) -> float:
        latents, ids = self._supply.draw(index)
        skip = 1 + int(3 * torch.rand(()).item())
        place = torch.randint(GRID, (len(latents),), device=latents.device)
        t, later = grid_time(place), grid_time(place + skip)
        noisy = add_noise(latents, torch.randn_like(latents), self.alpha(t))
        with torch.autocast(latents.device.type, dtype=torch.bfloat16):
            with torch.no_grad():
                context = self.teacher.text(ids).last_hidden_state
                nothing = self.teacher.text(self._silence).last_hidden_state.expand_as(context)
                guided = self._guided(noisy, t, context, nothing)
                nearer = self._ddim(noisy, guided, t, later)
                target = self._jump(self.average, nearer, later, context)
            guess = self._jump(self.student, noisy, t, context)
        gap = guess - target
        loss = ((gap**2 + HUBER**2).sqrt() - HUBER).mean()
        descend(self._optimizer, loss, rate(index, total, peak=3e-4, warm=50))
        follow(self.average, self.student, min(0.98, (index + 1) / (index + 10)))
        return loss.item()

    def alpha(self, t: Tensor) -> Tensor:
        """Cumulative alpha (B,) of timesteps; one past the last step (t < 0)."""
        return torch.where(t < 0, torch.ones_like(self.alphas[0]), self.alphas[t.clamp_min(0)])

    def _guided(self, noisy: Tensor, t: Tensor, context: Tensor, nothing: Tensor) -> Tensor:
        both = self.teacher.unet(
            torch.cat([noisy, noisy]), torch.cat([t, t]), torch.cat([context, nothing])
        ).sample.float()
        told, untold = both.chunk(2)
        return untold + GUIDANCE * (told - untold)

    def _ddim(self, noisy: Tensor, noise: Tensor, t: Tensor, later: Tensor) -> Tensor:
        a, b = _wide(self.alpha(t).sqrt()), _wide((1 - self.alpha(t)).sqrt())
        clean = ((noisy - b * noise) / a).clamp(-4, 4)
        return add_noise(clean, (noisy - a * clean) / b, self.alpha(later))

    def _jump(
        self, unet: UNet2DConditionModel, noisy: Tensor, t: Tensor, context: Tensor
    ) -> Tensor:
        """The consistency function: x0 = c_out * (x - b * eps) / a + c_skip * x."""
        noise = unet(noisy, t.clamp_min(0), context).sample.float()
        a, b = _wide(self.alpha(t).sqrt()), _wide((1 - self.alpha(t)).sqrt())
        scaled = _wide(TIME_SCALE * t.clamp_min(0))
        skip = SIGMA_DATA**2 / (scaled**2 + SIGMA_DATA**2)
        out = scaled / (scaled**2 + SIGMA_DATA**2).sqrt()
        return out * (noisy - b * noise) / a + skip * noisy


def grid_time(place: Tensor) -> Tensor:
    """Timesteps 999, 979, ... 19 of the fifty places; -1 beyond them, which means the clean
    picture."""
    return torch.where(place >= GRID, -1, 999 - 20 * place)


def _wide(values: Tensor) -> Tensor:
    return values[:, None, None, None]
