"""What the image model is worth beside an earlier one: redrawing, words and repainting, each judged
by something that no part of it was trained on.

    python -m tests.bench.bench_image [--folder FOLDER] [--previous FOLDER] [--out FILE]

A Markdown table with a column for each folder, measured in the same run on the same noise.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor

from assets.recipes.sample import few_steps, repainted
from assets.recipes.video_measure import JUDGED, colours_shown
from engine import device as devices
from kernels.color import luma
from nodes.models import zoo
from nodes.models.stable_diffusion import ImageModel, load_stable_diffusion
from nodes.rollout.score.critic import embedded_critic
from nodes.worlds.render import Painter
from tests.bench.columns import Column, table
from tests.bench.photographs import photographs
from tests.bench.word_judges import BandJudge, drawn, plain, shares, spread, told

SIDE = 256
PLACES = (0, 16, 32, 45)  # of the fifty levels that the student knows
PLAIN = "photo"
STRENGTHS = (0.3, 0.5, 0.7)


def redrawing(column: Column, model: ImageModel, worlds: Tensor, photos: Tensor) -> None:
    """The autoencoder alone, in dB."""
    for name, pictures in (("worlds", worlds), ("photographs", photos)):
        drawn_again = torch.cat(
            [model.decode(model.encode(part), SIDE, SIDE) for part in pictures.split(8)]
        )
        error = ((drawn_again - pictures) ** 2).mean((1, 2, 3)).clamp_min(1e-10)
        psnr = -10 * error.log10()
        column.rows[f"redrawing {name} at {SIDE} px, dB"] = f"{float(psnr.mean()):.1f}"


def words(column: Column, model: ImageModel, prompts: int, seeds: int) -> None:
    """Words that pictures from noise show, by the judges of `bench_words`."""
    critic = embedded_critic().model
    found = shares(lambda one: from_noise(model, one.text, 0), drawn(prompts), BandJudge(), critic)
    for (judge, head), (right, total) in sorted(found.counts.items(), key=lambda row: row[0][::-1]):
        column.share(f"{head}, by {judge}", right, total)
    column.rows["quality, by the critic"] = f"{fmean(found.quality):.2f}"
    right = 0
    for seed in range(seeds):
        asked = [f"a {colour} orb in front of a desert by day" for colour in JUDGED]
        right += colours_shown(torch.cat([from_noise(model, text, seed) for text in asked]))
    column.rows["colour, by statistics"] = f"{right} of {seeds * len(JUDGED)}"
    apart = spread([from_noise(model, told(plain("mountains", "sunset")).text, s) for s in (0, 1)])
    column.rows["distance of two seeds"] = f"{apart:.3f}"


def from_noise(model: ImageModel, text: str, seed: int) -> Tensor:
    """One picture (1, 3, 256, 256) in four steps."""
    return few_steps(model, [text], PLACES, seed=seed, side=SIDE)


def repainting(column: Column, model: ImageModel, photos: Tensor) -> None:
    """Photographs repainted in two steps: how much of their edges stays, and how often the critic
    sees the style that was asked for, one of those it knows, or finds it likelier than before."""
    critic = embedded_critic().model
    styles = critic.table.heads["style"]
    others = [(at, said[0]) for at, (style, said) in enumerate(styles.items()) if style != PLAIN]
    before = critic.judge(photos).words["style"]
    for strength in STRENGTHS:
        kept, seen, nearer = [], 0, 0
        for at, text in others:
            after = repainted(model, photos, text, strength=strength, steps=2)
            kept.append(edges_kept(photos, after))
            said = critic.judge(after).words["style"]
            seen += int((said.argmax(1) == at).sum())
            nearer += int((said[:, at] > before[:, at]).sum())
        total = len(others) * len(photos)
        column.rows[f"edges kept at strength {strength}"] = f"{fmean(kept):.2f}"
        column.rows[f"style seen at strength {strength}"] = f"{seen} of {total}"
        column.rows[f"style nearer at strength {strength}"] = f"{nearer} of {total}"


def edges_kept(before: Tensor, after: Tensor) -> float:
    """Correlation of the strength of edges, at a quarter of the size, mean over pictures."""
    one, two = (_edges(pictures).flatten(1) for pictures in (before, after))
    one, two = one - one.mean(1, keepdim=True), two - two.mean(1, keepdim=True)
    return float(torch.nn.functional.cosine_similarity(one, two).mean())


def _edges(pictures: Tensor) -> Tensor:
    grey = torch.nn.functional.avg_pool2d(luma(pictures), 4)
    dy, dx = grey[..., 1:, :-1] - grey[..., :-1, :-1], grey[..., :-1, 1:] - grey[..., :-1, :-1]
    return (dy**2 + dx**2).sqrt()


@torch.no_grad()
def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=zoo.locate("slipstream-tiny"))
    parser.add_argument("--previous", type=Path, help="the folder of an earlier version")
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args(argv)
    devices.configure(options.threads)
    worlds = Painter(seed=-1).batch(32, SIDE, SIDE).pictures
    film = photographs(SIDE)
    shots = worlds[:0] if film is None else film.flatten(0, 1)
    columns = []
    for name, folder in (("previous", options.previous), ("this", options.folder)):
        if folder is None:
            continue
        device = torch.device("cpu")
        model = load_stable_diffusion(folder, device=device, dtype=devices.compute_dtype(device))
        column = Column(name)
        precise = load_stable_diffusion(folder, device=device, dtype=torch.float32)
        redrawing(column, precise, worlds, shots)
        words(column, model, options.prompts, options.seeds)
        if len(shots):
            repainting(column, model, shots[::5])
        columns.append(column)
    said = table(columns)
    print(said)
    if options.out:
        options.out.write_text(said + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
