"""The embedded critic as a judge of frames: how sound they look, and how much of the prompt they
show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.errors import ParamError
from nodes.models import zoo
from nodes.models.critic import EMBEDDED, CriticModel, load_critic
from nodes.rollout.score.scorers import expect_frames

if TYPE_CHECKING:
    from torch import Tensor

    from engine.values import Prompt

AT_ONCE = 16  # frames


@dataclass(frozen=True, eq=False)
class EmbeddedCritic:
    """Quality of each frame, mixed with how probable the prompt's words are in it.

    follow: the share of the words in the score, 0 to 1; a prompt that says no word of the worlds,
    and none at all, leaves quality alone. What a frame does not hold as numbers scores 0.
    """

    model: CriticModel
    follow: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.follow <= 1:
            raise ParamError(f"follow is {self.follow:g}; it goes from 0 to 1")

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        """(T, 3, H, W) in [0, 1] -> (T,) float32 on the frames' device."""
        expect_frames(frames)
        if not frames.numel():
            return frames.new_zeros(len(frames), dtype=torch.float32)
        said = [self._said(part, prompt) for part in frames.split(AT_ONCE)]
        sound = frames.isfinite().flatten(1).all(1)
        return torch.cat(said).to(frames.device) * sound

    def _said(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        said = self.model.judge(frames.nan_to_num(0.0, 0.0, 0.0))
        shown = None if prompt is None else self._shown(said.words, prompt)
        return said.quality if shown is None else said.quality.lerp(shown, self.follow)

    def _shown(self, seen: dict[str, Tensor], prompt: Prompt) -> Tensor | None:
        """Mean probability (T,) of the words that the prompt's pieces say, by their weights; None
        where they say none."""
        parts, total = [], 0.0
        for text, weight in prompt.pieces:
            words = self.model.table.said(text)
            if words and weight > 0:
                places = (
                    (head, self.model.table.index(head, word)) for head, word in words.items()
                )
                chances = [seen[head][:, at] for head, at in places]
                parts.append(weight * torch.stack(chances).mean(0))
                total += weight
        return torch.stack(parts).sum(0) / total if parts else None


def embedded_critic(*, device: torch.device | None = None, follow: float = 0.5) -> EmbeddedCritic:
    """The critic that comes along, in float32. WeightsError where its files are gone or broken."""
    model = load_critic(zoo.locate(EMBEDDED, what="critic"), device=device or torch.device("cpu"))
    return EmbeddedCritic(model, follow)
