"""Makes slipstream-critic from nothing: takes frames of painted worlds, damages them, teaches a
small network to tell how badly and which words they show, writes the folder.

`python -m assets.recipes.train_critic --budget cpu` does it all. Training stops after `--minutes`
and goes on from its checkpoint in `.train/critic` when called again. `--clips FOLDER` takes the
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
from assets.recipes.critic_data import (
    TABLE,
    Frames,
    Redraws,
    keep,
    redraw_frames,
    take_frames,
)
from assets.recipes.critic_stage import CriticStage
from assets.recipes.loop import run_stage
from assets.recipes.video_pool import CHUNK, ClipPool
from nodes.models.critic import CONFIG, FAMILY, WEIGHTS, CriticConfig, CriticNetwork, folded
from nodes.models.video_model import load_video_model

FOLDER = MODELS / "slipstream-critic"
VIDEO = MODELS / "slipstream-video"  # whose autoencoder draws from disturbed latents


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of everything one kind of machine can pay for."""

    device: str
    network: CriticConfig
    length: int  # frames of a clip
    chunk: int  # clips
    chunks: int  # to learn from
    held: int  # chunks behind those, to measure on
    each: int  # frames taken of a clip
    redraws: int
    steps: int
    batch: int  # worlds, each shown as it is and damaged
    peak: float


CPU = CriticConfig()
BUDGETS = {
    "micro": Budget("cpu", CriticConfig((8, 8, 16), 2, 32), 9, 2, 1, 1, 2, 2, 2, 10, 1e-3),
    "cpu": Budget("cpu", CPU, 49, CHUNK, 50, 10, 5, 160, 800, 32, 2e-3),
    "gpu": Budget("cuda", CPU, 49, CHUNK, 1500, 20, 5, 8000, 20_000, 252, 2e-3),
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
        place, side = self.clips or self.train, b.network.side
        return ClipPool(place, side=side, frames=b.length, seed=self.seed, chunk=b.chunk)

    @property
    def learnt(self) -> range:
        return range(self.budget.chunks)

    @property
    def held(self) -> range:
        return range(self.budget.chunks, self.budget.chunks + self.budget.held)

    def frames(self, name: str) -> Frames:
        return Frames(**torch.load(self.train / f"{name}.pt", weights_only=True))

    def redraws(self, name: str) -> Redraws:
        return Redraws(**torch.load(self.train / f"{name}.pt", weights_only=True))


def paint_clips(job: Job) -> None:
    """Paints clips until there are enough or the slice is over; clips of others only count."""
    pool = job.pool()
    if job.clips and pool.count() < job.held.stop:
        raise ValueError(f"{job.clips} has {pool.count()} chunks of clips, not {job.held.stop}")
    pool.fill(job.held.stop, job.minutes)


def take(job: Job) -> None:
    """Takes frames to learn from and frames to measure on, once."""
    pool, each = job.pool(), job.budget.each
    for name, chunks in (("frames", job.learnt), ("held", job.held)):
        if not (job.train / f"{name}.pt").exists():
            keep(take_frames(pool, chunks, each=each), job.train / f"{name}.pt")


def redraw(job: Job) -> None:
    """Lets the video model's autoencoder draw from disturbed latents, once."""
    vae = load_video_model(VIDEO, device=torch.device("cpu"), dtype=torch.float32).vae
    torch.manual_seed(job.seed)
    few = max(1, job.budget.redraws // 4)
    for name, chunks, count in (
        ("redraws", job.learnt, job.budget.redraws),
        ("held-redraws", job.held, few),
    ):
        if not (job.train / f"{name}.pt").exists():
            keep(redraw_frames(job.pool(), chunks, vae, count=count), job.train / f"{name}.pt")


def teach(job: Job) -> None:
    """Trains the network."""
    b = job.budget
    stage = CriticStage(
        fresh(job), job.frames("frames"), job.redraws("redraws"), batch=b.batch, peak=b.peak
    )
    run_stage(stage, job.train, total=b.steps, minutes=job.minutes, seed=job.seed)


def fresh(job: Job) -> CriticNetwork:
    """A network without training; the same seed gives the same weights."""
    torch.manual_seed(job.seed)
    sizes = {head: len(words) for head, words in TABLE.heads.items()}
    return CriticNetwork(job.budget.network, sizes, norms=True).to(job.budget.device)


def save(job: Job, folder: Path) -> None:
    """Writes the folder that `load_critic` opens: half-precision weights and config.json."""
    network = fresh(job).cpu()
    kept = torch.load(job.train / "critic.pt", weights_only=True, map_location="cpu")
    network.load_state_dict(kept["state"]["average"])
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: part.half().contiguous() for name, part in folded(network.eval()).items()}
    save_file(state, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)
    sizes = dataclasses.asdict(job.budget.network)
    config = {"family": FAMILY, "network": sizes, "words": TABLE.heads}
    text = json.dumps(config, indent=2) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")


STAGES = {"clips": paint_clips, "frames": take, "redraws": redraw, "critic": teach}


def main(argv: list[str] | None = None) -> None:
    """Reads the command line, runs the stages it names and writes the folder."""
    parser = command.parser(__doc__, budgets=BUDGETS, stages=STAGES, train="critic", folder=FOLDER)
    parser.add_argument("--clips", type=Path, help="folder of train_video with painted clips")
    options = parser.parse_args(argv)
    budget = BUDGETS[options.budget]
    job = Job(budget, options.train, options.minutes, options.seed, options.clips)
    command.run(options, job, STAGES, save)


if __name__ == "__main__":
    main()
