"""Stage 5 of slipstream-video: a student that answers in one call what three calls of the teacher
say.

Guidance distillation (Meng et al. 2023) of two guidances at once. Classifier-free guidance goes
away from what the network does without words; autoguidance (Karras et al. 2024) goes away from what
it did when it was young, which is what a small network leaves of the noise. Blocks with a past go
on from a picture that is clear already and would overdo it block by block: they are guided by age
less, away from what the network was when it began to go on behind its own pictures, and those that
are told their last frame not by words. What they say behind the student's own pictures is learnt
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assets.recipes.guidance import learnt
from assets.recipes.video_flow import Sample
from assets.recipes.video_parts import BLOCK, Parts
from assets.recipes.video_student import StudentStage
from nodes.models.video_card import LAST, STEERING

if TYPE_CHECKING:
    from torch import Tensor

    from assets.recipes.video_latents import LatentPool
    from assets.recipes.video_onward import Stretch

WORDS = 0.5  # how far beyond the teacher, as a share of what words and steering change
AGE = 1.5  # the same of what it has learnt since it was young, in first blocks
LATER_AGE = 0.25  # and in those with a past


class Youth(NamedTuple):
    """The teacher as it was when it was young: of those steps that taught it first blocks, and of
    those that taught it to go on behind its own pictures."""

    first: Parts
    onward: Parts


class DistillStage(StudentStage):
    """Learns from the teacher and its younger selves."""

    name = "distill"

    def __init__(
        self,
        teacher: Parts,
        young: Youth,
        pool: LatentPool,
        *,
        batch: int,
        openings: LatentPool | None = None,
    ) -> None:
        super().__init__(teacher, pool, batch=batch, openings=openings, others=(young.onward,))
        self.young = young

    def wanted(self, sample: Sample) -> Tensor:
        """The teacher's flow, taken further away from both of what it is not."""
        v = self.supply.flow(sample)
        alone = sample.control[:, :, -STEERING[LAST], None] == 0  # not told the last frame
        guided = v + WORDS * alone * (v - self.supply.flow(_untold(sample)))
        first = self.supply.flow(_opening(sample), self.young.first)
        guided[:, :BLOCK] += AGE * learnt(v[:, :BLOCK], first)
        if sample.x0.shape[1] > BLOCK:
            young = self.supply.flow(sample, self.young.onward)
            guided[:, BLOCK:] += LATER_AGE * learnt(v, young)[:, BLOCK:]
        return guided

    def wanted_behind(self, part: Stretch) -> Tensor:
        v = part.flow(1)
        return v + LATER_AGE * learnt(v, part.flow(2))


def _untold(sample: Sample) -> Sample:
    """The same without words and steering; the last frame stays."""
    control = sample.control.clone()
    control[:, :, : -STEERING[LAST]] = 0
    return sample._replace(texts=[""] * len(sample.texts), control=control)


def _opening(sample: Sample) -> Sample:
    """The first block alone, which sees nothing else."""
    x0, eps, sigma, counts = (part[:, :BLOCK] for part in sample[:4])
    return Sample(x0, eps, sigma, counts, sample.texts, sample.control[:, :BLOCK], sample.apart)
