"""Stage 9 of slipstream-video: the student learns from its own rollouts, so that what it makes of
its own pictures stays like the worlds.

Distribution matching (Yin et al. 2024, eq. 7) on Self-Forcing's rollouts: each block is compared
behind the student's own past, by the teacher and by a network that learns what the student makes;
over blocks that adds up to the divergence of whole videos, for both are causal.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes.loop import descend, follow
from assets.recipes.precision import mixed
from assets.recipes.video_flow import FlowStage
from assets.recipes.video_parts import BLOCK, SCHEDULE, SHIFT, WINDOW, Parts
from assets.recipes.video_rollout import Rolled, roll_out
from nodes.rollout.dense import Dense
from nodes.rollout.flow import add_noise, predict_x0
from nodes.rollout.rope_plan import Slot

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool
    from nodes.models.causal_wan import CausalWan, TextKeys

GUIDANCE = 2.5
CYCLE = 4  # steps, of which the first is the student's and the others those of what follows it
LONGEST = 6  # blocks of a rollout; three are as many as clips have
PEAK = 5e-5
LEAST, MOST = 0.02, 0.98  # noise levels that pictures are compared at


class Words(NamedTuple):
    """Texts (B, L, dim) as they are told, and as nothing is."""

    told: Tensor
    untold: Tensor


class ForcingStage:
    """Student, its slow average for shipping, the frozen teacher, and the fake: a network that
    follows what the student makes."""

    name = "forcing"

    def __init__(self, teacher: Parts, student: Parts, pool: LatentPool, *, batch: int) -> None:
        self.teacher, self.student = teacher, student
        self.fake = deepcopy(teacher.network).requires_grad_(True)
        self.average = deepcopy(student.network).requires_grad_(False)
        self._supply = FlowStage("supply", teacher, pool, batch=batch, peak=0)
        self._pool = pool
        for module in (teacher.network, teacher.text, student.text):
            module.requires_grad_(False)
        self._optimizers = [
            torch.optim.AdamW(network.parameters(), lr=PEAK, betas=(0.0, 0.999), weight_decay=0.0)
            for network in (student.network, self.fake)
        ]
        self._steps = SCHEDULE.steps()
        self._views: dict[tuple[int, int], Dense] = {}

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.student.network,
            "network_average": self.average,
            "text_average": self.student.text,
            "fake": self.fake,
            "optimizer": self._optimizers[0],
            "fake_optimizer": self._optimizers[1],
        }

    def step(self, index: int, total: int) -> float:
        del total
        if index % 50 == 0 or not len(self._pool):
            self._pool.refresh()
        turn = index % CYCLE == 0
        sample = self._supply.sample(gaps=False)
        words = self._words(sample.texts)
        with torch.set_grad_enabled(turn):
            keys = self.student.network.embed_text(words.told)
            blocks = int(torch.randint(WINDOW // BLOCK, LONGEST + 1, ()))
            rolled = roll_out(
                self.student.network, sample.x0.shape, self._steps, keys, sample.control, blocks
            )
        loss = self.matching(rolled, words) if turn else self.following(rolled, words)
        descend(self._optimizers[0 if turn else 1], loss, PEAK)
        if turn:
            follow(self.average, self.student.network, 0.97)
        return loss.item()

    def matching(self, rolled: Rolled, words: Words) -> Tensor:
        """Half the squared way from the rollout to where the teacher would have it rather than the
        fake, which is the gradient of the divergence of the two."""
        x0 = rolled.x0.detach()
        sigma, noisy = _noised(x0)
        with torch.no_grad():
            fake = self._seen(self.fake, noisy, sigma, rolled, words.told)
            told = self._seen(self.teacher.network, noisy, sigma, rolled, words.told)
            untold = self._seen(self.teacher.network, noisy, sigma, rolled, words.untold)
            real = untold + GUIDANCE * (told - untold)
            way = direction(x0, fake, real, rolled.judged)
        gap = (rolled.x0 - (x0 - way)) ** 2
        return 0.5 * _judged(gap, rolled.judged)

    def following(self, rolled: Rolled, words: Words) -> Tensor:
        """The fake's squared error on what the student made."""
        x0 = rolled.x0.detach()
        sigma, noisy = _noised(x0)
        found = self._seen(self.fake, noisy, sigma, rolled, words.told)
        gap = ((found - x0) / sigma[..., None, None, None]) ** 2  # of the flow
        return _judged(gap, rolled.judged)

    def _seen(
        self, network: CausalWan, noisy: Tensor, sigma: Tensor, rolled: Rolled, text: Tensor
    ) -> Tensor:
        """The finished latents that a network sees in noisy blocks behind the finished past."""
        grid = network.grid(*noisy.shape[-2:])
        if grid not in self._views:
            self._views[grid] = Dense(Slot(), WINDOW, grid, BLOCK, mask="teacher_forcing")
        keys: TextKeys = network.embed_text(text)
        both = torch.cat([rolled.x0.detach(), noisy], 1)
        at = torch.cat([torch.zeros_like(sigma), sigma], 1)
        control = torch.cat([rolled.control, rolled.control], 1)
        with mixed(noisy.device):
            v = network(both, 1000 * at, keys, self._views[grid], control)[:, WINDOW:]
        return predict_x0(noisy, v.float(), sigma)

    @torch.no_grad()
    def _words(self, texts: list[str]) -> Words:
        text = self.teacher.text
        return Words(text(text.tokens(texts)), text(text.tokens([""] * len(texts))))


def direction(x0: Tensor, fake: Tensor, real: Tensor, judged: Tensor) -> Tensor:
    """Away from what the student makes and towards what it should, as far as it is off (DMD,
    eq. 8); latents (B, F, C, h, w), of which frames with judged (F,) 1 are counted."""
    off = ((x0 - real).abs().mean((2, 3, 4)) * judged).sum(1) / judged.sum()
    return ((fake - real) / off[:, None, None, None, None]).nan_to_num(0.0, 0.0, 0.0)


def _noised(x0: Tensor) -> tuple[Tensor, Tensor]:
    """Noise levels (B, F), one a block, and the latents at them."""
    batch, frames = x0.shape[:2]
    u = torch.rand(batch, frames // BLOCK, device=x0.device)
    sigma = (SHIFT * u / (1 + (SHIFT - 1) * u)).clamp(LEAST, MOST).repeat_interleave(BLOCK, 1)
    return sigma, add_noise(x0, torch.randn_like(x0), sigma)


def _judged(gap: Tensor, judged: Tensor) -> Tensor:
    return (gap.mean((2, 3, 4)) * judged).sum(1).mean() / judged.sum()
