"""Makes slipstream-refiner from nothing: carries pictures of painted worlds to the moment between
them, teaches a small network what was really there, writes the folder.

`python -m assets.recipes.train_refiner --budget cpu` does it all. Training stops after `--minutes`
and goes on from its checkpoint in `.train/refiner` when called again. `--clips FOLDER` takes the
worlds that `train_video` has painted there, and only reads them.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from assets.recipes import command
from assets.recipes.command import MODELS
from assets.recipes.loop import run_stage
from assets.recipes.refiner_data import Triplets, joined, keep, redrawn_triplets, take_triplets
from assets.recipes.refiner_stage import RefinerStage
from assets.recipes.video_pool import CHUNK, ClipPool
from nodes.models.refiner import CONFIG, FAMILY, WEIGHTS, RefinerConfig, RefinerNetwork
from nodes.models.video_model import load_video_model

FOLDER = MODELS / "slipstream-refiner"
VIDEO = MODELS / "slipstream-video"  # whose autoencoder redraws a part of the clips
LARGE = 2  # sides of a small clip that a large one has: what moves there moves twice as far
NEAR = 9  # frames of a large clip


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of everything one kind of machine can pay for."""

    device: str
    network: RefinerConfig
    side: int  # pixels of a clip and of a triplet
    crop: int  # pixels that are learnt from at once
    length: int  # frames of a clip
    chunk: int  # clips
    chunks: int  # to learn from
    held: int  # chunks behind those, to measure on
    large: int  # chunks of large clips
    each: int  # triplets of a clip
    redraws: int
    steps: int
    batch: int
    peak: float


CPU = RefinerConfig()
BUDGETS = {
    "micro": Budget("cpu", RefinerConfig((4, 4, 8), 1), 32, 32, 9, 2, 1, 1, 1, 2, 2, 2, 4, 1e-3),
    "cpu": Budget("cpu", CPU, 128, 64, 49, CHUNK, 88, 12, 12, 3, 160, 14000, 16, 2e-3),
    "gpu": Budget("cuda", CPU, 128, 128, 49, CHUNK, 600, 20, 120, 8, 4000, 40_000, 64, 1e-3),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the recipe: what to spend, where to keep it, how long this slice may take."""

    budget: Budget
    train: Path
    minutes: float
    seed: int
    clips: Path | None = None

    def pool(self) -> ClipPool:
        b = self.budget
        place = self.clips or self.train
        return ClipPool(place, side=b.side, frames=b.length, seed=self.seed, chunk=b.chunk)

    def large(self) -> ClipPool:
        """The pool of large clips, which the recipe always paints itself."""
        b, side = self.budget, LARGE * self.budget.side
        return ClipPool(self.train, side=side, frames=NEAR, seed=self.seed, chunk=b.chunk)

    @property
    def learnt(self) -> range:
        return range(self.budget.chunks)

    @property
    def held(self) -> range:
        return range(self.budget.chunks, self.budget.chunks + self.budget.held)

    def triplets(self) -> Triplets:
        return Triplets(**torch.load(self.train / "triplets.pt", weights_only=True))


def paint_clips(job: Job) -> None:
    """Paints clips until there are enough or the slice is over; clips of others only count."""
    pool = job.pool()
    if job.clips and pool.count() < job.held.stop:
        raise ValueError(f"{job.clips} has {pool.count()} chunks of clips, not {job.held.stop}")
    pool.fill(job.held.stop, job.minutes)
    job.large().fill(job.budget.large, job.minutes)


def take(job: Job) -> None:
    """Carries pictures to the middle, once."""
    b, kept = job.budget, job.train / "triplets.pt"
    if kept.exists():
        return
    vae = load_video_model(VIDEO, device=torch.device("cpu"), dtype=torch.float32).vae
    small, large = job.pool(), job.large()
    parts = [
        take_triplets(small, job.learnt, each=b.each, side=b.side, seed=2),
        take_triplets(large, range(b.large), each=2 * b.each, side=b.side, seed=3),
        redrawn_triplets(small, job.learnt, vae, count=b.redraws, side=b.side, seed=4),
    ]
    keep(joined(parts), kept)


def teach(job: Job) -> None:
    """Trains the network."""
    b = job.budget
    stage = RefinerStage(fresh(job), job.triplets(), batch=b.batch, crop=b.crop, peak=b.peak)
    run_stage(stage, job.train, total=b.steps, minutes=job.minutes, seed=job.seed)


def fresh(job: Job) -> RefinerNetwork:
    """A network without training; the same seed gives the same weights."""
    torch.manual_seed(job.seed)
    return RefinerNetwork(job.budget.network).to(job.budget.device)


def save(job: Job, folder: Path) -> None:
    """Writes the folder that `load_refiner` opens: half-precision weights and config.json."""
    kept = torch.load(job.train / "refiner.pt", weights_only=True, map_location="cpu")
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: part.half().contiguous() for name, part in kept["state"]["average"].items()}
    save_file(state, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)
    config = {"family": FAMILY, "network": dataclasses.asdict(job.budget.network)}
    text = json.dumps(config, indent=2) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")


STAGES = {"clips": paint_clips, "triplets": take, "refiner": teach}


def main(argv: list[str] | None = None) -> None:
    """Reads the command line, runs the stages it names and writes the folder."""
    parser = command.parser(__doc__, budgets=BUDGETS, stages=STAGES, train="refiner", folder=FOLDER)
    parser.add_argument("--clips", type=Path, help="folder of train_video with painted clips")
    options = parser.parse_args(argv)
    budget = BUDGETS[options.budget]
    job = Job(budget, options.train, options.minutes, options.seed, options.clips)
    command.run(options, job, STAGES, save)


if __name__ == "__main__":
    main()
