"""Whether pictures show what their prompt says, and stay so: the figures of a generator's card.

    python -m tests.bench.bench_words [--model NAME] [--previous FOLDER] [--out FILE]

A Markdown table with a column for true worlds (what the judges make of what is right), for an
untrained network, for the previous version where its folder is given, for the model, for true still
worlds and for the embedded image model. Words are judged by the statistics of painted worlds and by
the critic; motions by the tracks of true things; cameras by flow; a minute by its ends.

The long films cost most: `--films` of `--drift-seconds` each, for the model and the previous one,
and how long they took is a row of the table.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assets.recipes.sample import few_steps
from assets.recipes.video_measure import JUDGED, colours_shown, speed
from assets.recipes.video_sample import film
from assets.recipes.video_vae import redraw_psnr, start_as_averages
from engine import device as devices
from nodes.models import zoo
from nodes.models.causal_wan import CausalWan
from nodes.models.stable_diffusion import load_stable_diffusion
from nodes.models.taehv import Taehv
from nodes.models.video_model import load_video_model
from nodes.rollout.score.critic import embedded_critic
from tests.bench import still_judges
from tests.bench.camera_figures import BLOCKS, INLAND, cameras, driving, steered, true_speeds
from tests.bench.columns import Column, Counts, Judges, table
from tests.bench.cut_figures import filmed, identities, true_cuts
from tests.bench.drift_figures import drifts, true_drifts
from tests.bench.motion_figures import FRAMES, MotionJudge, motions
from tests.bench.photographs import photographs
from tests.bench.steer_judges import true_errors
from tests.bench.word_judges import (
    BandJudge,
    Told,
    drawn,
    painted,
    plain,
    shares,
    some,
    spread,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nodes.models.video_model import VideoModel
    from nodes.rollout.steering import Steering
    from tests.bench.columns import Maker

VARIED = (("mountains", "sunset"), ("sea", "night"), ("meadow", "day"))
IMAGE = "slipstream-tiny"
IMAGE_STEPS = [0, 16, 32, 45]  # of the fifty that its student knows
PHOTO = 256  # pixels of the side of a photograph, and of a picture of the image model


def words(column: Column, make: Maker, judges: Judges, counts: Counts) -> None:
    """The share of words that are shown, and how sound the pictures are."""
    found = shares(
        lambda one: some(make(one, 0)), drawn(counts.prompts), judges.bands, judges.critic.model
    )
    for (judge, head), (right, total) in sorted(found.counts.items(), key=lambda row: row[0][::-1]):
        column.share(f"{head}, by {judge}", right, total)
    column.rows["quality, by the critic"] = f"{fmean(found.quality):.2f}"
    _colours(column, make, counts.seeds)


def _colours(column: Column, make: Maker, seeds: int) -> None:
    """Colour words, told apart by what differs between them."""
    right = 0
    for seed in range(seeds):
        empty = plain(INLAND[seed % len(INLAND)])
        many = [replace(empty.still, thing="orb", colour=colour) for colour in JUDGED]
        films = [make(told(replace(empty, still=one)), seed) for one in many]
        right += colours_shown(torch.stack([pictures[-1] for pictures in films]))
    column.share("colour, by statistics", right, seeds * len(JUDGED))


def diversity(column: Column, make: Maker, counts: Counts) -> None:
    """How far pictures of one prompt and several seeds lie apart."""
    apart = [
        spread([make(told(plain(*varied)), seed) for seed in range(max(2, counts.seeds))])
        for varied in VARIED
    ]
    column.rows["diversity over seeds"] = f"{fmean(apart):.3f}"


def cuts(column: Column, model: VideoModel, judges: Judges) -> None:
    """What things of a model's films keep over the cuts of true ones."""
    made = [[filmed(model, shots, at) for shots in many] for at, many in enumerate(judges.cuts)]
    identities(column, made, judges.critic.model)


def redrawing(column: Column, vae: object, side: int) -> None:
    """How well the autoencoder redraws worlds, and photographs where there are any."""
    if not isinstance(vae, Taehv):
        return
    column.rows["autoencoder on worlds, dB"] = f"{redraw_psnr(vae, side=side):.1f}"
    shots = photographs(PHOTO)
    if shots is not None:
        error = (vae.decode_all(vae.encode_all(shots)) - shots).square().mean((1, 2, 3, 4))
        psnr = float((-10 * error.clamp_min(1e-10).log10()).mean())
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
    cameras(column, make, judges.speeds)
    steered(column, model, judges.speeds)
    motions(column, driving(model), judges.motions)
    diversity(column, make, counts)
    cuts(column, model, judges)
    drifts(column, model, judges.critic, counts)
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
    untrained = replace(model, network=fresh)
    make = filming(untrained)
    words(column, make, judges, counts)
    cameras(column, make, judges.speeds)
    motions(column, driving(untrained), judges.motions)
    diversity(column, make, counts)
    cuts(column, untrained, judges)
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

    def whole(one: Told, _steerings: Sequence[Steering], seed: int) -> Tensor:
        return painted(one.words, frames=FRAMES, side=side, seed=2000 + seed)

    words(column, make, judges, counts)
    cameras(column, make, judges.speeds)
    column.rows["track error, % of the width"] = f"{100 * fmean(true_errors()):.1f}"
    motions(column, whole, judges.motions)
    diversity(column, make, counts)
    identities(column, judges.cuts, judges.critic.model)
    true_drifts(column, side, judges.critic, counts)
    return column


def of_still_worlds(judges: Judges, counts: Counts) -> Column:
    """What the judges make of still worlds, which is what the image model learns from."""
    column = Column("still worlds")

    def make(one: Told, seed: int) -> Tensor:
        return still_judges.still(one, PHOTO, 3000 + seed)

    _of_pictures(column, make, judges, counts)
    return column


def of_image(judges: Judges, counts: Counts) -> Column:
    """The words that the embedded image model shows."""
    device, column = torch.device("cpu"), Column(IMAGE)
    dtype = devices.compute_dtype(device)
    model = load_stable_diffusion(zoo.locate(IMAGE), device=device, dtype=dtype)

    def make(one: Told, seed: int) -> Tensor:
        return few_steps(model, [one.text], IMAGE_STEPS, seed=seed, side=PHOTO)

    _of_pictures(column, make, judges, counts)
    return column


def _of_pictures(column: Column, make: Maker, judges: Judges, counts: Counts) -> None:
    words(column, make, judges, counts)
    still_judges.styles(column, make, judges.styles, counts.seeds)
    diversity(column, make, counts)


def filming(model: VideoModel) -> Maker:
    """The last block of a short film of what is told."""

    def make(one: Told, seed: int) -> Tensor:
        *_, last = film(model, one.text, blocks=BLOCKS, side=model.card.size[0], seed=seed)
        return last.clamp(0, 1)

    return make


def _loaded(path: Path) -> VideoModel:
    device = torch.device("cpu")
    return load_video_model(path, device=device, dtype=devices.compute_dtype(device))


@torch.no_grad()
def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="slipstream-video")
    parser.add_argument("--previous", type=Path, help="the folder of an earlier version")
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--films", type=int, default=3, help="long ones, 1 to 4 prompts")
    parser.add_argument("--drift-seconds", type=float, default=60.0, help="of each long film")
    parser.add_argument("--cuts", type=int, default=2, help="things, each in seven colours")
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 192, 256])
    parser.add_argument("--no-image", action="store_true", help="without the image model")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args(argv)
    devices.configure(options.threads)
    began = time.perf_counter()
    path = zoo.locate(options.model)
    side = _loaded(path).card.size[0]
    counts = Counts(
        options.prompts, options.seeds, options.films, options.drift_seconds, options.cuts,
        tuple(options.sides),
    )  # fmt: skip
    judges = Judges(
        BandJudge(),
        embedded_critic(),
        MotionJudge(),
        still_judges.StyleJudge(),
        true_speeds(),
        true_cuts(counts.cuts, side),
    )
    made = [
        of_worlds(side, judges, counts),
        of_untrained(path, judges, counts),
        *([of_video("previous", options.previous, judges, counts)] if options.previous else []),
        of_video(path.name, path, judges, counts),
        *([] if options.no_image else [of_still_worlds(judges, counts), of_image(judges, counts)]),
    ]
    found = table(made)
    print(found)
    print(f"\nmeasured in {time.perf_counter() - began:.0f} s")
    if options.out:
        options.out.write_text(found + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
