"""Whether pictures show what their prompt says, and stay so: the figures of a generator's card.

    python -m tests.bench.bench_words [--model NAME] [--previous FOLDER] [--out FILE]

A Markdown table with a column for true worlds (what the judges make of what is right), for an
untrained network, for the previous version where its folder is given, for the model, and for the
embedded image model. Words are judged by the statistics of painted worlds and by the critic.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assets.recipes.sample import few_steps
from assets.recipes.video_measure import JUDGED, colours_shown, speed
from assets.recipes.video_sample import film, look
from assets.recipes.video_vae import redraw_psnr, start_as_averages
from engine import device as devices
from engine.values import Prompt
from nodes.models import zoo
from nodes.models.causal_wan import CausalWan
from nodes.models.stable_diffusion import load_stable_diffusion
from nodes.models.taehv import Taehv
from nodes.models.video_model import load_video_model
from nodes.rollout.score.critic import EmbeddedCritic, embedded_critic
from nodes.rollout.steering import Steering
from tests.bench import steer_judges
from tests.bench.photographs import photographs
from tests.bench.word_judges import (
    MOVED,
    BandJudge,
    Told,
    drawn,
    moves,
    painted,
    plain,
    shares,
    spread,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nodes.models.video_model import VideoModel

    Maker = Callable[[Told, int], Tensor]  # what is told and a seed -> pictures (T, 3, H, W)

BLOCKS = 2  # of a film whose last block is judged
SHOWN = 4  # pictures of it, for words
INLAND = ("mountains", "desert", "meadow", "canyon")  # where the ground moves under a camera
CAMERAS = {"left": "pan left", "right": "pan right", "forward": "zoom in", "backward": "zoom out"}
PAIRS = {"pan": ("left", "right"), "zoom": ("forward", "backward")}
VARIED = (("mountains", "sunset"), ("sea", "night"), ("meadow", "day"))
LASTING = "mountains at sunset, pan left"
IMAGE = "slipstream-tiny"
IMAGE_STEPS = [0, 16, 32, 45]  # of the fifty that its student knows
PHOTO = 256  # pixels of the side of a photograph, and of a picture of the image model


@dataclass(frozen=True)
class Counts:
    """How much of everything is measured."""

    prompts: int
    seeds: int
    seconds: float
    sides: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Judges:
    """Who looks at the pictures, and how fast each camera of true worlds moves the ground."""

    bands: BandJudge
    critic: EmbeddedCritic
    speeds: dict[str, float]


@dataclass(eq=False)
class Column:
    """The figures of one maker of pictures, by the name of their row."""

    name: str
    rows: dict[str, str] = field(default_factory=dict)

    def share(self, row: str, right: int, total: int) -> None:
        self.rows[row] = f"{100 * right / total:.0f} % of {total}"


def words(column: Column, make: Maker, judges: Judges, counts: Counts) -> None:
    """The share of words that are shown, and how sound the pictures are."""
    found = shares(
        lambda one: _some(make(one, 0)), drawn(counts.prompts), judges.bands, judges.critic.model
    )
    for (judge, head), (right, total) in sorted(found.counts.items(), key=lambda row: row[0][::-1]):
        column.share(f"{head}, by {judge}", right, total)
    column.rows["quality, by the critic"] = f"{fmean(found.quality):.2f}"
    _colours(column, make, counts.seeds)


def _some(pictures: Tensor) -> Tensor:
    return pictures[torch.linspace(0, len(pictures) - 1, min(SHOWN, len(pictures))).long()]


def _colours(column: Column, make: Maker, seeds: int) -> None:
    """Colour words, told apart by what differs between them."""
    right = 0
    for seed in range(seeds):
        empty = plain(INLAND[seed % len(INLAND)])
        many = [replace(empty.still, thing="orb", colour=colour) for colour in JUDGED]
        films = [make(told(replace(empty, still=one)), seed) for one in many]
        right += colours_shown(torch.stack([pictures[-1] for pictures in films]))
    column.share("colour, by statistics", right, seeds * len(JUDGED))


def cameras(column: Column, make: Maker, judges: Judges) -> None:
    """Pans and zooms that go the way that was said, and how fast beside the worlds' own."""
    for kind, pair in PAIRS.items():
        asked = [(camera, scene) for camera in pair for scene in INLAND]
        speeds = [
            _along(kind, make(told(plain(scene, camera=camera), CAMERAS[camera]), 0))
            / judges.speeds[camera]
            for camera, scene in asked
        ]
        column.share(f"{kind} goes the right way", sum(s > MOVED for s in speeds), len(speeds))
        column.rows[f"{kind}, speed as a share of the worlds'"] = f"{fmean(speeds):.2f}"


def steered(column: Column, model: VideoModel, judges: Judges) -> None:
    """The same for cameras that steer and are not in the prompt; and how far things are from where
    points lead them."""
    if not model.card.steering:
        return
    drive = driving(model)
    for kind, pair in PAIRS.items():
        found = [
            _along(kind, drive(told(plain(scene)), [Steering(steer_judges.CAMERAS[camera])], 0))
            / judges.speeds[camera]
            for camera in pair
            for scene in INLAND
        ]
        column.share(
            f"steered {kind} goes the right way", sum(s > MOVED for s in found), len(found)
        )
        column.rows[f"steered {kind}, speed as a share of the worlds'"] = f"{fmean(found):.2f}"
    errors = steer_judges.track_errors(drive)
    column.rows["track error, % of the width"] = f"{100 * fmean(errors):.1f}"


def _along(kind: str, pictures: Tensor) -> float:
    return getattr(moves(pictures), kind)


def true_speeds() -> dict[str, float]:
    """How fast each camera moves the ground of true worlds, from one picture to the next."""
    return {
        camera: fmean(
            _along(kind, painted(plain(scene, camera=camera), frames=9, side=64, seed=at))
            for at, scene in enumerate(INLAND)
        )
        for kind, pair in PAIRS.items()
        for camera in pair
    }


def driving(model: VideoModel) -> steer_judges.Driver:
    """A film of what is told that is steered, a block for each steering and one at least."""

    def drive(one: Told, steerings: Sequence[Steering], seed: int) -> Tensor:
        blocks, side = max(BLOCKS, len(steerings)), model.card.size[0]
        made = film(model, one.text, blocks=blocks, side=side, seed=seed, steerings=steerings)
        return torch.cat(list(made)).clamp(0, 1)

    return drive


def diversity(column: Column, make: Maker, counts: Counts) -> None:
    """How far pictures of one prompt and several seeds lie apart."""
    apart = [
        spread([make(told(plain(*varied)), seed) for seed in range(max(2, counts.seeds))])
        for varied in VARIED
    ]
    column.rows["diversity over seeds"] = f"{fmean(apart):.3f}"


def lasting(column: Column, model: VideoModel, judges: Judges, counts: Counts) -> None:
    """The first second and the last of a long film."""
    fps, side = round(model.card.fps), model.card.size[0]
    blocks = max(2, round(counts.seconds * fps / (model.card.block * model.vae.time)))
    first = last = torch.empty(0, 3, side, side)
    for pictures in film(model, LASTING, blocks=blocks, side=side):
        first = torch.cat([first, pictures])[:fps] if len(first) < fps else first
        last = torch.cat([last, pictures])[-fps:]
    names = ("mean", "spread", "sharpness", "quality", "score with its prompt")
    ends = [[*map(_mean, look(end)), *_scores(judges.critic, end)] for end in (first, last)]
    for name, begin, end in zip(names, *ends, strict=True):
        row = f"{name}, first second and last of {counts.seconds:g}"
        column.rows[row] = f"{begin:.3f} to {end:.3f}"


def _scores(critic: EmbeddedCritic, pictures: Tensor) -> list[float]:
    return [_mean(critic.score(pictures, prompt)) for prompt in (None, Prompt.of(LASTING))]


def _mean(figures: Tensor) -> float:
    return float(figures.mean())


def redrawing(column: Column, vae: object, side: int) -> None:
    """How well the autoencoder redraws worlds, and photographs where there are any."""
    if not isinstance(vae, Taehv):
        return
    column.rows["autoencoder on worlds, dB"] = f"{redraw_psnr(vae, side=side):.1f}"
    shots = photographs(PHOTO)
    if shots is not None:
        error = (vae.decode_all(vae.encode_all(shots)) - shots).square().mean((1, 2, 3, 4))
        psnr = _mean(-10 * error.clamp_min(1e-10).log10())
        column.rows[f"autoencoder on photographs at {PHOTO} px, dB"] = f"{psnr:.1f}"


def speeds(column: Column, model: VideoModel, counts: Counts) -> None:
    """Seconds a picture, network and decoder, at every side."""
    steps = len(model.card.steps)
    for side in counts.sides:
        seconds = 1 / speed(model, side=side, steps=steps, blocks=5)
        column.rows[f"seconds a picture at {side} px, {steps} steps"] = f"{seconds:.4f}"


def of_video(name: str, path: Path, judges: Judges, counts: Counts) -> Column:
    """All figures of a video model."""
    model, column = _loaded(path), Column(name)
    make = filming(model)
    words(column, make, judges, counts)
    cameras(column, make, judges)
    steered(column, model, judges)
    diversity(column, make, counts)
    lasting(column, model, judges, counts)
    plain_vae = load_video_model(path, device=torch.device("cpu"), dtype=torch.float32).vae
    redrawing(column, plain_vae, model.card.size[0])
    speeds(column, model, counts)
    return column


def of_untrained(path: Path, judges: Judges, counts: Counts) -> Column:
    """What a fresh network of the same size reaches by chance, with the trained autoencoder; and a
    fresh autoencoder, which redraws the mean colours of cells."""
    model, column = _loaded(path), Column("untrained")
    torch.manual_seed(0)
    fresh = CausalWan(model.network.config).to(next(model.network.parameters()).dtype).eval()
    make = filming(replace(model, network=fresh))
    words(column, make, judges, counts)
    cameras(column, make, judges)
    diversity(column, make, counts)
    if isinstance(model.vae, Taehv):
        vae = Taehv(model.vae.config).eval()
        start_as_averages(vae)
        redrawing(column, vae, model.card.size[0])
    return column


def of_worlds(side: int, judges: Judges, counts: Counts) -> Column:
    """What the judges make of worlds that are what was told."""
    column = Column("worlds")

    def make(one: Told, seed: int) -> Tensor:
        return painted(one.words, frames=9, side=side, seed=1000 + seed)

    words(column, make, judges, counts)
    cameras(column, make, judges)
    errors = steer_judges.true_errors()
    column.rows["track error, % of the width"] = f"{100 * fmean(errors):.1f}"
    diversity(column, make, counts)
    return column


def of_image(judges: Judges, counts: Counts) -> Column:
    """The words that the embedded image model shows."""
    device, column = torch.device("cpu"), Column(IMAGE)
    dtype = devices.compute_dtype(device)
    model = load_stable_diffusion(zoo.locate(IMAGE), device=device, dtype=dtype)

    def make(one: Told, seed: int) -> Tensor:
        return few_steps(model, [one.text], IMAGE_STEPS, seed=seed, side=PHOTO)

    words(column, make, judges, counts)
    diversity(column, make, counts)
    return column


def filming(model: VideoModel) -> Maker:
    """The last block of a short film of what is told."""

    def make(one: Told, seed: int) -> Tensor:
        *_, last = film(model, one.text, blocks=BLOCKS, side=model.card.size[0], seed=seed)
        return last.clamp(0, 1)

    return make


def _loaded(path: Path) -> VideoModel:
    device = torch.device("cpu")
    return load_video_model(path, device=device, dtype=devices.compute_dtype(device))


def table(columns: Sequence[Column]) -> str:
    """The columns as a Markdown table; a dash where a figure was not measured."""
    rows = dict.fromkeys(row for column in columns for row in column.rows)
    lines = [
        f"| measure | {' | '.join(column.name for column in columns)} |",
        f"| --- |{' --- |' * len(columns)}",
        *(f"| {row} | {' | '.join(c.rows.get(row, '-') for c in columns)} |" for row in rows),
    ]
    return "\n".join(lines)


@torch.no_grad()
def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="slipstream-video")
    parser.add_argument("--previous", type=Path, help="the folder of an earlier version")
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the long film")
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 192, 256])
    parser.add_argument("--no-image", action="store_true", help="without the image model")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args(argv)
    devices.configure(options.threads)
    began = time.perf_counter()
    counts = Counts(options.prompts, options.seeds, options.seconds, tuple(options.sides))
    judges = Judges(BandJudge(), embedded_critic(), true_speeds())
    path = zoo.locate(options.model)
    made = [
        of_worlds(_loaded(path).card.size[0], judges, counts),
        of_untrained(path, judges, counts),
        *([of_video("previous", options.previous, judges, counts)] if options.previous else []),
        of_video(path.name, path, judges, counts),
        *([] if options.no_image else [of_image(judges, counts)]),
    ]
    found = table(made)
    print(found)
    print(f"\nmeasured in {time.perf_counter() - began:.0f} s")
    if options.out:
        options.out.write_text(found + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
