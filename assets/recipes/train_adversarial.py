"""Stage 4 of slipstream-tiny: the few-step student learns to make what a judge cannot tell from
worlds, while its colours and places stay as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from assets.recipes.image_model import Parts, scheduler
from assets.recipes.latent_judge import Judging, LatentJudge, held
from assets.recipes.loop import descend, follow
from assets.recipes.precision import mixed
from assets.recipes.train_distill import GRID, boundary, grid_time
from assets.recipes.train_unet import Supply, add_noise, unmixed

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel

PEAK = 1e-4
JUDGE_PEAK = 5e-4
STERN = 0.5  # how much the judge's word counts beside errors of latents
WARM = 50  # steps in which the judge learns alone


class AdversarialStage:
    """The student, its slow average for shipping, what it was before, and the judge."""

    name = "adversarial"

    def __init__(
        self,
        parts: Parts,
        before: UNet2DConditionModel,
        average: UNet2DConditionModel,
        supply: Supply,
    ) -> None:
        self.student, self._text = parts.unet, parts.text
        self.before, self.average, self._supply = before, average, supply
        for module in (before, average, parts.text):
            module.requires_grad_(False).eval()
        for module in (self.student, before, average):
            module.to(memory_format=torch.channels_last)
        device = next(self.student.parameters()).device
        channels, words = parts.unet.config["in_channels"], parts.text.config.hidden_size
        self._judging = Judging(LatentJudge(channels, words).to(device), JUDGE_PEAK)
        self._optimizer = torch.optim.AdamW(
            self.student.parameters(), lr=PEAK, betas=(0.5, 0.99), weight_decay=0.0
        )
        self.alphas = scheduler().alphas_cumprod.to(device)

    def keep(self) -> dict[str, Any]:
        return {
            "student": self.student,
            "average": self.average,
            "judge": self._judging.judge,
            "optimizer": self._optimizer,
            "judging": self._judging.optimizer,
        }

    def step(self, index: int, total: int) -> float:
        sample = self._supply.draw(total + index, total)
        t = grid_time(torch.randint(GRID, (len(sample.ids),), device=sample.ids.device))
        noisy = add_noise(sample.given, torch.randn_like(sample.given), self.alphas[t])
        with torch.no_grad():
            context = self._text(sample.ids).last_hidden_state
            was = self._jump(self.before, noisy, t, context)
        words = context.mean(1)
        made = self._jump(self.student, noisy, t, context)
        if index >= WARM:
            looks = self._judging.looks(made, words)
            off = held(made, was, sample.wanted, self.alphas[t])
            descend(self._optimizer, off - STERN * looks, PEAK)
            follow(self.average, self.student, min(0.99, (index - WARM + 1) / (index - WARM + 10)))
        return self._judging.learn(sample.wanted, made, words).item()

    def _jump(
        self, unet: UNet2DConditionModel, noisy: Tensor, t: Tensor, context: Tensor
    ) -> Tensor:
        with mixed(noisy.device):
            v = unet(noisy, t, context).sample.float()
        out, skip = boundary(t)
        return out * unmixed(noisy, v, self.alphas[t])[0] + skip * noisy
