"""Makes slipstream-tiny from nothing: paints worlds, trains autoencoder, denoiser and few-step
student, writes the folder.

One command does it all: `python -m assets.recipes.train_image --budget cpu`. Every stage stops
after `--minutes`, where that is given, and goes on from its checkpoint in `.train/` when called
again; `--stage worlds` paints pictures ahead in a second process. Photographs are learned from
where `image_photographs.py` finds them in the folder `photographs` beside the checkpoints.
"""

from __future__ import annotations

import logging
import time
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from tqdm import tqdm

from assets.recipes import command, image_model
from assets.recipes.command import MODELS
from assets.recipes.image_pairs import PairPool
from assets.recipes.image_photographs import Photographs
from assets.recipes.loop import Stage, run_stage
from assets.recipes.pool import Pool
from assets.recipes.train_adversarial import AdversarialStage
from assets.recipes.train_distill import DistillStage
from assets.recipes.train_unet import Supply, UnetStage, make_supply
from assets.recipes.train_vae import (
    DecoderStage,
    VaeStage,
    held_out_psnr,
    neighbours_alike,
    set_scale,
    start_as_averages,
)

if TYPE_CHECKING:
    from pathlib import Path

    from diffusers import AutoencoderTiny

FOLDER = MODELS / "slipstream-tiny"
STUDENTS = ("distill", "adversarial")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of everything one kind of machine can pay for."""

    device: str
    sides: tuple[int, int]  # of small and of wide pictures, in pixels
    worlds: int
    wide_worlds: int
    pairs: int
    wide_pairs: int
    held_out: int  # worlds that the autoencoder is measured on
    vae_steps: int
    vae_batch: int
    decoder_steps: int
    unet_steps: int
    unet_batch: int
    distill_steps: int
    adversarial_steps: int


BUDGETS = {
    "micro": Budget(
        device="cpu",
        sides=(64, 96),
        worlds=4,
        wide_worlds=4,
        pairs=4,
        wide_pairs=4,
        held_out=2,
        vae_steps=2,
        vae_batch=4,
        decoder_steps=2,
        unet_steps=2,
        unet_batch=4,
        distill_steps=2,
        adversarial_steps=2,
    ),
    "cpu": Budget(
        device="cpu",
        sides=(128, 256),
        worlds=9_344,
        wide_worlds=2_560,
        pairs=1_152,
        wide_pairs=1_088,
        held_out=32,
        vae_steps=2_400,
        vae_batch=16,
        decoder_steps=0,
        unet_steps=6_000,
        unet_batch=40,
        distill_steps=300,
        adversarial_steps=0,
    ),
    "gpu": Budget(
        device="cuda",
        sides=(128, 256),
        worlds=200_000,
        wide_worlds=50_000,
        pairs=50_000,
        wide_pairs=25_000,
        held_out=32,
        vae_steps=40_000,
        vae_batch=256,
        decoder_steps=20_000,
        unet_steps=120_000,
        unet_batch=256,
        distill_steps=30_000,
        adversarial_steps=20_000,
    ),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the recipe: what to spend, where to keep it, how long this slice may take."""

    budget: Budget
    train: Path
    minutes: float
    seed: int

    def pools(self) -> tuple[Pool, Pool]:
        """The stores of small and of wide pictures."""
        chunk = min(64, self.budget.worlds)
        small, wide = (
            Pool(self.train, size=n, seed=self.seed, chunk=chunk) for n in self.budget.sides
        )
        return small, wide

    def photographs(self) -> Photographs:
        """The photographs that were put beside the checkpoints."""
        return Photographs(self.train / "photographs")

    def pairs(self) -> list[PairPool]:
        """The stores of small and of wide pictures in two media."""
        chunk = min(64, self.budget.worlds)
        return [
            PairPool(self.train, self.photographs(), size=side, seed=self.seed, chunk=chunk)
            for side in self.budget.sides
        ]

    def wanted(self) -> dict[Pool, int]:
        """How many pictures each store should come to hold."""
        budget = self.budget
        counts = (budget.worlds, budget.wide_worlds, budget.pairs, budget.wide_pairs)
        return dict(zip([*self.pools(), *self.pairs()], counts, strict=True))

    def run(self, stage: Stage, total: int) -> int:
        return run_stage(stage, self.train, total=total, minutes=self.minutes, seed=self.seed)


def paint_worlds(job: Job) -> int:
    """Stage 0: paints what the other stages learn from; returns how many pictures there are."""
    end = time.monotonic() + 60 * job.minutes
    wanted = job.wanted()
    bar = tqdm(
        total=sum(wanted.values()),
        initial=sum(pool.on_disk() for pool in wanted),
        desc="worlds",
        mininterval=5,
    )
    while time.monotonic() < end:
        least = min(wanted, key=lambda pool: pool.on_disk() / wanted[pool])
        if least.on_disk() >= wanted[least]:
            break
        bar.update(least.paint_next())
    bar.close()
    return sum(pool.on_disk() for pool in wanted)


def train_vae(job: Job) -> int:
    """Stage 1; leaves the averaged autoencoder in its checkpoint."""
    vae = _fresh(job).vae
    start_as_averages(vae)
    stage = VaeStage(vae, job.pools(), job.photographs(), batch=job.budget.vae_batch)
    done = job.run(stage, job.budget.vae_steps)
    psnr = _psnr(job, stage.average)
    alike = neighbours_alike(stage.average, count=job.budget.held_out)
    log.info("vae: %d steps, held-out PSNR %.2f dB, neighbours alike %.2f", done, psnr, alike)
    return done


def train_decoder(job: Job) -> int:
    """Goes on with the decoder while the encoder stays; may run beside the stages that follow."""
    vae = _fresh(job).vae
    vae.load_state_dict(_state(job, "vae")["average"])
    stage = DecoderStage(vae, job.pools(), job.photographs(), batch=job.budget.vae_batch)
    done = job.run(stage, job.budget.decoder_steps)
    log.info("decoder: %d steps, held-out PSNR %.2f dB", done, _psnr(job, stage.average))
    return done


def train_unet(job: Job) -> int:
    """Stage 2; needs the autoencoder's checkpoint."""
    live, average = _fresh(job), _fresh(job)
    stage = UnetStage(live, average, _supply(job, live))
    return job.run(stage, job.budget.unet_steps)


def train_student(job: Job) -> int:
    """Stage 3; needs the denoiser's checkpoint."""
    teacher = trained(job, last="unet")
    student, average = deepcopy(teacher.unet), deepcopy(teacher.unet)
    stage = DistillStage(teacher, younger(job), student, average, _supply(job, teacher))
    return job.run(stage, job.budget.distill_steps)


def train_adversarial(job: Job) -> int:
    """Stage 4, where the budget has the thousands of steps that a judge takes, for the first
    hundreds only make blotches; needs the student's checkpoint."""
    if not job.budget.adversarial_steps:
        return 0
    parts, before, average = (trained(job, last="distill") for _ in range(3))
    stage = AdversarialStage(parts, before.unet, average.unet, _supply(job, parts))
    return job.run(stage, job.budget.adversarial_steps)


def trained(job: Job, *, last: str = "adversarial") -> image_model.Parts:
    """The averaged networks of the latest checkpoints, up to the stage `last`."""
    parts = _fresh(job)
    redrawer = "decoder" if (job.train / "decoder.pt").exists() else "vae"
    parts.vae.load_state_dict(_state(job, redrawer)["average"])
    set_scale(parts.vae, count=job.budget.held_out)
    if (job.train / "unet.pt").exists():
        state = _state(job, "unet")
        parts.unet.load_state_dict(state["unet_average"])
        parts.text.load_state_dict(state["text_average"])
    for stage in STUDENTS[: STUDENTS.index(last) + 1] if last in STUDENTS else ():
        if (job.train / f"{stage}.pt").exists():
            parts.unet.load_state_dict(_state(job, stage)["average"])
    return parts


def younger(job: Job) -> image_model.Parts:
    """The teacher as it was when it was young."""
    parts, state = _fresh(job), _state(job, "unet")
    parts.unet.load_state_dict(state["unet_young"])
    parts.text.load_state_dict(state["text_young"])
    return parts


def _psnr(job: Job, vae: AutoencoderTiny) -> float:
    return held_out_psnr(vae, size=job.budget.sides[0], count=job.budget.held_out)


def _fresh(job: Job) -> image_model.Parts:
    parts = image_model.build(job.seed, image_model.default_tokenizer())
    for module in (parts.vae, parts.unet, parts.text):
        module.to(job.budget.device)
    return parts


def _state(job: Job, stage: str) -> dict[str, Any]:
    return torch.load(job.train / f"{stage}.pt", weights_only=True, map_location=job.budget.device)[
        "state"
    ]


def _supply(job: Job, parts: image_model.Parts) -> Supply:
    vae = _fresh(job).vae
    vae.load_state_dict(_state(job, "vae")["average"])
    set_scale(vae, count=job.budget.held_out)
    small, wide = zip(job.pools(), job.pairs(), strict=True)
    return make_supply(small, wide, vae, parts, batch=job.budget.unet_batch)


STAGES = {
    "worlds": paint_worlds,
    "vae": train_vae,
    "decoder": train_decoder,
    "unet": train_unet,
    "distill": train_student,
    "adversarial": train_adversarial,
}


def save(job: Job, folder: Path) -> None:
    """Writes the diffusers folder that the image nodes open."""
    image_model.save(trained(job), folder)


def main(argv: list[str] | None = None) -> None:
    """Reads the command line, runs the stages it names and writes the folder."""
    parser = command.parser(__doc__, budgets=BUDGETS, stages=STAGES, train="image", folder=FOLDER)
    options = parser.parse_args(argv)
    job = Job(BUDGETS[options.budget], options.train, options.minutes, options.seed)
    command.run(options, job, STAGES, save)


if __name__ == "__main__":
    main()
