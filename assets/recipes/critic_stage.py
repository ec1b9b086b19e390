"""Teaching the critic: every world is shown as it is and damaged; quality is one less the strength
of the damage, a damaged picture stays below the one that it was made of, and words count while they
can be seen."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from assets.recipes.critic_damage import DAMAGES, REDRAW, damaged, strengths
from assets.recipes.critic_data import UNKNOWN
from assets.recipes.loop import descend, follow, rate
from assets.recipes.precision import mixed

if TYPE_CHECKING:
    from assets.recipes.critic_data import Frames, Redraws
    from nodes.models.critic import CriticNetwork

READABLE = 0.5  # a severity at which words are no longer asked for
SMOOTH = 0.05  # of the words' labels
ORDER_WEIGHS = 1.0
WORDS_WEIGH = 0.5  # of each head's loss beside that of quality


class CriticStage:
    """Trains the critic; keeps an exponential average for shipping."""

    name = "critic"

    def __init__(
        self, network: CriticNetwork, frames: Frames, redraws: Redraws, *, batch: int, peak: float
    ) -> None:
        self.network = network.to(memory_format=torch.channels_last).train()
        self.average = deepcopy(network).requires_grad_(False)
        self._frames, self._redraws, self._batch, self._peak = frames, redraws, batch, peak
        self._optimizer = torch.optim.AdamW(
            network.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.02
        )

    def keep(self) -> dict[str, Any]:
        return {"network": self.network, "average": self.average, "optimizer": self._optimizer}

    def step(self, index: int, total: int) -> float:
        device = next(self.network.parameters()).device
        pictures, severity, labels = (part.to(device) for part in self.sample())
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        with mixed(device):
            quality, words = self.network(pictures)
        loss = quality_loss(quality.float(), severity) + order_loss(quality.float(), severity)
        seen = (1 - severity / READABLE).clamp_min(0)
        for column, logits in enumerate(words.values()):
            loss = loss + WORDS_WEIGH * words_loss(logits.float(), labels[:, column], seen)
        descend(self._optimizer, loss, rate(index, total, peak=self._peak))
        self._average(min(0.998, (index + 1) / (index + 10)))
        return loss.item()

    def _average(self, decay: float) -> None:
        follow(self.average, self.network, decay)
        pairs = zip(self.average.buffers(), self.network.buffers(), strict=True)
        for kept, live in pairs:
            kept.copy_(live)

    def sample(self) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (2 * batch, 3, side, side), how bad each is (2 * batch,), and labels
        (2 * batch, heads): the worlds as they are, then damaged."""
        picks = torch.randint(len(self._frames.pictures), (self._batch,))
        whole = self._frames.pictures[picks].float() / 255
        mirrored = torch.rand(self._batch) < 0.5
        whole[mirrored] = whole[mirrored].flip(-1)
        broken, severity, known = self._damaged(whole, picks)
        labels = self._frames.labels[picks]
        unseen = torch.full_like(labels, UNKNOWN)
        return (
            torch.cat([whole, broken]),
            torch.cat([torch.zeros(self._batch), severity]),
            torch.cat([labels, torch.where(known[:, None], labels, unseen)]),
        )

    def _damaged(self, whole: Tensor, picks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The batch with one damage each, in even shares, how bad, and whether the labels hold."""
        broken, severity = whole.clone(), strengths(self._batch)
        known = torch.ones(self._batch, dtype=torch.bool)
        others = self._others(whole, picks)
        for number, name in enumerate((*DAMAGES, REDRAW)):
            rows = torch.arange(number, self._batch, len(DAMAGES) + 1)
            if name == REDRAW:
                drawn = torch.randint(len(self._redraws.severity), (len(rows),))
                broken[rows] = self._redraws.pictures[drawn].float() / 255
                severity[rows], known[rows] = self._redraws.severity[drawn], False
            else:
                broken[rows] = damaged(name, whole[rows], severity[rows], others[rows])
        return broken, severity, known

    def _others(self, whole: Tensor, picks: Tensor) -> Tensor:
        """What shines through: the world before in the batch, or a frame near this one."""
        near = (picks + 1).clamp_max(len(self._frames.pictures) - 1)
        same = torch.rand(len(whole), 1, 1, 1) < 0.5
        return torch.where(same, self._frames.pictures[near].float() / 255, whole.roll(1, 0))


def quality_loss(logits: Tensor, severity: Tensor) -> Tensor:
    """Cross entropy of quality (B,) against one less the severity (B,): where the two cannot be
    told apart, the mean is the best answer."""
    return F.binary_cross_entropy_with_logits(logits, 1 - severity)


def order_loss(logits: Tensor, severity: Tensor) -> Tensor:
    """What it costs that a damaged picture, of the second half, is not below the one that it was
    made of, in the first (Bradley and Terry 1952), by the strength of the damage."""
    whole, broken = logits.chunk(2)
    return ORDER_WEIGHS * (severity.chunk(2)[1] * F.softplus(broken - whole)).mean()


def words_loss(logits: Tensor, labels: Tensor, seen: Tensor) -> Tensor:
    """Cross entropy of one head's words (B, words) where they are known, weighed by `seen` (B,)."""
    each = F.cross_entropy(
        logits, labels, ignore_index=UNKNOWN, reduction="none", label_smoothing=SMOOTH
    )
    weight = seen * (labels != UNKNOWN)
    return (each * weight).sum() / weight.sum().clamp_min(1)
