"""Figures of a trained critic on worlds that it did not learn from: how well its quality tells and
orders damage, and how many words it reads right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from assets.recipes.critic_damage import DAMAGES, REDRAW, damaged, strengths
from assets.recipes.critic_data import TABLE, UNKNOWN

if TYPE_CHECKING:
    from assets.recipes.critic_data import Frames, Redraws
    from nodes.models.critic import CriticModel, Said

AT_ONCE = 32


class Told(NamedTuple):
    """How well one damage is told: the share of pairs in which an undamaged frame beats a damaged
    one (area under the curve), and Spearman's rank correlation of quality with strength."""

    area: float
    order: float


def damage_told(
    model: CriticModel, frames: Frames, redraws: Redraws, *, seed: int = 0
) -> dict[str, Told]:
    """Every damage at every strength, the pictures that are damaged being others than those that
    they are compared with."""
    torch.manual_seed(seed)
    whole, other = frames.pictures[::2], frames.pictures[1::2]
    sound, found = judged(model, whole).quality, {}
    for name in DAMAGES:
        severity = strengths(len(other))
        pairs = zip(other.split(AT_ONCE), severity.split(AT_ONCE), strict=True)
        broken = [_damaged(name, pictures, much) for pictures, much in pairs]
        said = judged(model, torch.cat(broken)).quality
        found[name] = Told(above(sound, said), -rank_correlation(said, severity))
    said = judged(model, redraws.pictures).quality
    found[REDRAW] = Told(above(sound, said), -rank_correlation(said, redraws.severity))
    return found


def _damaged(name: str, pictures: Tensor, severity: Tensor) -> Tensor:
    picture = pictures.float() / 255
    broken = damaged(name, picture, severity, picture.roll(1, 0))
    return (broken * 255).round().to(torch.uint8)


def words_right(model: CriticModel, frames: Frames) -> dict[str, tuple[float, int]]:
    """The share of frames whose likeliest word is the one that was told, and of how many."""
    said, found = judged(model, frames.pictures), {}
    for column, head in enumerate(TABLE.heads):
        labels = frames.labels[:, column]
        known = labels != UNKNOWN
        right = (said.words[head].argmax(1) == labels)[known].float().mean()
        found[head] = (float(right), int(known.sum()))
    return found


def judged(model: CriticModel, pictures: Tensor) -> Said:
    """What the critic says of pictures (N, 3, H, W) uint8."""
    parts = [model.judge(part.float() / 255) for part in pictures.split(AT_ONCE)]
    words = {head: torch.cat([part.words[head] for part in parts]) for head in parts[0].words}
    return parts[0]._replace(quality=torch.cat([part.quality for part in parts]), words=words)


def above(sound: Tensor, broken: Tensor) -> float:
    """The share of all pairs in which the sound one is higher; equal ones count half."""
    gap = sound[:, None] - broken[None]
    return float(((gap > 0).double() + 0.5 * (gap == 0).double()).mean())


def rank_correlation(x: Tensor, y: Tensor) -> float:
    """Spearman's: the correlation of the places that values (N,) take in order."""
    places = torch.stack([x.argsort().argsort(), y.argsort().argsort()]).double()
    return float(torch.corrcoef(places)[0, 1])
