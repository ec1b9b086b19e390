"""Makes slipstream-video from nothing: paints moving worlds, trains autoencoder, denoiser and
few-step student, writes the folder.

`python -m assets.recipes.train_video --budget cpu` does it all. Every stage stops after `--minutes`
and goes on from its checkpoint in `.train/video` when called again; `--stage clips` and
`--stage latents` supply the data and may run beside the others. `--begin FOLDER` begins with the
weights of a finished model where they fit, instead of random ones. `--size target --beside
.train/video` makes a larger network in the latent space of a training that has its autoencoder: a
target for that one's drafts.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from assets.recipes import command, video_parts
from assets.recipes.command import MODELS
from assets.recipes.loop import Stage, run_stage
from assets.recipes.video_advection import AdvectionStage
from assets.recipes.video_adversarial import AdversarialStage
from assets.recipes.video_budgets import BUDGETS, Budget
from assets.recipes.video_distill import DistillStage, Youth
from assets.recipes.video_flow import FlowStage
from assets.recipes.video_forcing import ForcingStage
from assets.recipes.video_latents import (
    OPENING,
    OPENINGS,
    LatentPool,
    encode_next,
    open_next,
)
from assets.recipes.video_onward import OnwardStage
from assets.recipes.video_pool import CHUNK, SHORTS, ClipPool
from assets.recipes.video_stride import StrideStage
from assets.recipes.video_vae import VideoDecoderStage, VideoVaeStage, redraw_psnr

if TYPE_CHECKING:
    from assets.recipes.video_parts import Parts

FOLDER = MODELS / "slipstream-video"
SHARED = ("clips", "vae", "latents", "decoder")  # stages that belong to a latent space

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the recipe: what to spend, where to keep it, how long this slice may take."""

    budget: Budget
    train: Path
    minutes: float
    seed: int
    start: Path | None = None
    size: str = ""  # of the network, where it is not the budget's
    beside: Path | None = None  # the training whose clips, autoencoder and latents these are

    @property
    def data(self) -> Path:
        """Where clips, latents and the autoencoder's checkpoints lie."""
        return self.beside or self.train

    def clips(self) -> ClipPool:
        b = self.budget
        chunk = min(CHUNK, b.clips)
        return ClipPool(
            self.data,
            side=b.side,
            frames=b.frames,
            seed=self.seed,
            chunk=chunk,
            halls=b.halls,
            led_from=-(-b.clips // chunk),
        )

    def shorts(self) -> ClipPool:
        """Clips as long as an opening."""
        b, chunk = self.budget, min(SHORTS, self.budget.shorts)
        return ClipPool(
            self.data,
            side=b.side,
            frames=OPENING,
            seed=self.seed + 1,
            chunk=chunk,
            led_from=-(-b.shorts // chunk),
        )

    def pools(self) -> list[tuple[ClipPool, int]]:
        """All clips, each pool with how many chunks it is to have."""
        both = (self.clips(), self.budget.clips), (self.shorts(), self.budget.shorts)
        return [(pool, -(-int(many * (1 + self.budget.led)) // pool.chunk)) for pool, many in both]

    def latents(self) -> LatentPool:
        return LatentPool(self.data)

    def openings(self) -> LatentPool | None:
        """What clips open with; None until all have been encoded, for few would be learnt by
        heart."""
        pool = LatentPool(self.data, name=OPENINGS)
        return pool if pool.chunks() >= self.pools()[-1][1] else None

    def run(self, stage: Stage, total: int) -> int:
        return run_stage(stage, self.train, total=total, minutes=self.minutes, seed=self.seed)

    def state(self, stage: str) -> dict[str, Any]:
        kept = torch.load(self._kept(stage), weights_only=True, map_location="cpu")
        return kept["state"]

    def has(self, stage: str) -> bool:
        return self._kept(stage).exists()

    def _kept(self, stage: str) -> Path:
        return (self.data if stage in SHARED else self.train) / f"{stage}.pt"


def paint_clips(job: Job) -> None:
    """Paints clips until there are enough or the slice is over."""
    for pool, wanted in job.pools():
        pool.fill(wanted, job.minutes)


def encode_clips(job: Job) -> None:
    """Encodes what is painted, with the autoencoder's checkpoint, and waits for more to come."""
    end, vae = time.monotonic() + 60 * job.minutes, trained(job).vae
    clips, shorts = job.clips(), job.shorts()
    while time.monotonic() < end:
        if encode_next(clips, vae, job.data) or open_next(shorts, vae, job.data):
            continue
        if all(pool.count() >= wanted for pool, wanted in job.pools()):
            return
        time.sleep(2)


def train_vae(job: Job) -> None:
    """Stage 1."""
    b, pool = job.budget, job.clips()
    if not pool.count():
        pool.paint_next()
    vae = _fresh(job).vae
    stage = VideoVaeStage(vae, pool, batch=b.vae_batch, crop=b.crop, frames=9)
    done = job.run(stage, b.vae_steps)
    log.info("vae: %d steps, held-out PSNR %.2f dB", done, redraw_psnr(stage.average, side=b.side))


def train_decoder(job: Job) -> None:
    """Goes on with the decoder while the encoder stays; may run beside the stages that follow."""
    b, vae = job.budget, trained(job).vae
    stage = VideoDecoderStage(vae, job.clips(), batch=b.vae_batch, crop=b.crop, frames=9)
    done = job.run(stage, b.decoder_steps)
    psnr = redraw_psnr(stage.average, side=b.side)
    log.info("decoder: %d steps, held-out PSNR %.2f dB", done, psnr)


def train_flow(job: Job) -> None:
    """Stage 2: the denoiser and its words."""
    b, pool = job.budget, job.latents()
    stage = FlowStage(
        "flow", _fresh(job), pool, batch=b.batch, peak=b.peak, openings=job.openings()
    )
    job.run(stage, b.flow_steps)


def train_advection(job: Job) -> None:
    """Stage 3: where the last finished frame goes."""
    b, parts = job.budget, trained(job, last="flow")
    pool, openings = job.latents(), job.openings()
    stage = AdvectionStage("advection", parts, pool, batch=b.batch, openings=openings)
    job.run(stage, b.advection_steps)


def train_onward(job: Job) -> None:
    """Stage 4: the denoiser goes on behind its own pictures."""
    parts, b = trained(job, last="advection"), job.budget
    pool, openings = job.latents(), job.openings()
    stage = OnwardStage("onward", parts, pool, batch=b.batch, peak=b.peak / 2, openings=openings)
    job.run(stage, b.onward_steps)


def train_student(job: Job) -> None:
    """Stage 5: guidances built in."""
    teacher, b, pool = trained(job, last="onward"), job.budget, job.latents()
    young = Youth(younger(job, "flow"), younger(job, "onward"))
    stage = DistillStage(teacher, young, pool, batch=b.batch, openings=job.openings())
    job.run(stage, b.distill_steps)


def train_stride(job: Job) -> None:
    """Stage 6: few steps that end where many would."""
    b, pool = job.budget, job.latents()
    stage = StrideStage(trained(job, last="distill"), pool, batch=b.batch, openings=job.openings())
    job.run(stage, b.stride_steps)


def train_hearing(job: Job) -> None:
    """Stage 7: where things go, by the words as the stages since have come to hear them."""
    b, parts = job.budget, trained(job, last="stride")
    pool, openings = job.latents(), job.openings()
    stage = AdvectionStage("hearing", parts, pool, batch=b.batch, openings=openings)
    job.run(stage, b.hearing_steps)


def train_adversarial(job: Job) -> None:
    """Stage 8: the student learns from a judge, where the budget has the thousands of steps that a
    judge takes; the first hundreds only make blotches."""
    pool, b = job.latents(), job.budget
    if not b.adversarial_steps:
        return
    stage = AdversarialStage(
        trained(job, last="hearing"), pool, batch=b.batch, openings=job.openings()
    )
    job.run(stage, b.adversarial_steps)


def train_forcing(job: Job) -> None:
    """Stage 9: the student learns from its own rollouts, where the budget can pay for them."""
    b = job.budget
    if not b.forcing_steps:
        return
    teacher, student = trained(job, last="onward"), trained(job, last="adversarial")
    pool = job.latents()
    stage = ForcingStage(teacher, student, pool, batch=max(1, b.batch // 2))
    job.run(stage, b.forcing_steps)


def trained(job: Job, *, last: str = "forcing") -> Parts:
    """The averaged networks of the latest checkpoints, up to the stage `last`."""
    parts = _fresh(job)
    for stage in ("decoder", "vae"):
        if job.has(stage):
            parts.vae.load_state_dict(job.state(stage)["average"])
            break
    order = tuple(name for name in STAGES if name not in SHARED)
    for stage in reversed(order[: order.index(last) + 1]):
        if job.has(stage):
            state = job.state(stage)
            parts.network.load_state_dict(state["network_average"])
            parts.text.load_state_dict(state["text_average"])
            break
    return parts


def younger(job: Job, stage: str) -> Parts:
    """The teacher as it was a while after a stage had begun."""
    parts, state = _fresh(job), job.state(stage)
    parts.network.load_state_dict(state["network_young"])
    parts.text.load_state_dict(state["text_young"])
    return parts


def _fresh(job: Job) -> Parts:
    parts = video_parts.build(job.seed, job.size or job.budget.size)
    if job.start:
        video_parts.fill(parts, job.start)
    for module in (parts.vae, parts.text, parts.network):
        module.to(job.budget.device)
    return parts


STAGES = {
    "clips": paint_clips,
    "vae": train_vae,
    "latents": encode_clips,
    "flow": train_flow,
    "advection": train_advection,
    "onward": train_onward,
    "distill": train_student,
    "stride": train_stride,
    "hearing": train_hearing,
    "adversarial": train_adversarial,
    "forcing": train_forcing,
    "decoder": train_decoder,
}


def save(job: Job, folder: Path) -> None:
    """Writes the folder that `load_video_model` opens."""
    video_parts.save(trained(job), folder, side=job.budget.side)


def main(argv: list[str] | None = None) -> None:
    """Reads the command line, runs the stages it names and writes the folder."""
    parser = command.parser(__doc__, budgets=BUDGETS, stages=STAGES, train="video", folder=FOLDER)
    parser.add_argument("--begin", type=Path, dest="start", help="folder of a finished model")
    parser.add_argument("--size", choices=sorted(video_parts.SIZES), default="")
    parser.add_argument("--beside", type=Path, help="folder of the training whose data it shares")
    options = parser.parse_args(argv)
    if options.beside and options.stage in SHARED:
        parser.error(f"stage {options.stage} is {options.beside}'s own: run it there")
    job = Job(
        BUDGETS[options.budget],
        options.train,
        options.minutes,
        options.seed,
        options.start,
        options.size,
        options.beside,
    )
    own = {name: STAGES[name] for name in STAGES if not (options.beside and name in SHARED)}
    command.run(options, job, own, save)


if __name__ == "__main__":
    main()
