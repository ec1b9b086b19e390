"""Whether cameras go the way that was said, in words and by steering, and how fast beside the
worlds' own."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assets.recipes.video_sample import film
from nodes.rollout.steering import Steering
from tests.bench import steer_judges
from tests.bench.word_judges import MOVED, Told, moves, painted, plain, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nodes.models.video_model import VideoModel
    from tests.bench.columns import Column, Maker

BLOCKS = 2  # of a film whose last block is judged
INLAND = ("mountains", "desert", "meadow", "canyon")  # where the ground moves under a camera
CAMERAS = {
    "left": "pan left",
    "right": "pan right",
    "forward": "zoom in",
    "backward": "zoom out",
    "orbit": "orbit",
}
KINDS = {"pan": ("left", "right"), "zoom": ("forward", "backward"), "orbit": ("orbit",)}
STEERED = ("pan", "zoom")  # a camera that steers goes along an axis


def cameras(column: Column, make: Maker, speeds: dict[str, float]) -> None:
    """Pans, zooms and orbits that go the way that was said, and how fast."""
    for kind, many in KINDS.items():
        found = [
            _along(kind, make(told(plain(scene, camera=camera), CAMERAS[camera]), 0))
            / speeds[camera]
            for camera in many
            for scene in INLAND
        ]
        _note(column, kind, found)


def steered(column: Column, model: VideoModel, speeds: dict[str, float]) -> None:
    """The same for cameras that steer and are not in the prompt; and how far things are from where
    points lead them."""
    if not model.card.steering:
        return
    drive = driving(model)
    for kind in STEERED:
        found = [
            _along(kind, drive(told(plain(scene)), [Steering(steer_judges.CAMERAS[camera])], 0))
            / speeds[camera]
            for camera in KINDS[kind]
            for scene in INLAND
        ]
        _note(column, f"steered {kind}", found)
    errors = steer_judges.track_errors(drive)
    column.rows["track error, % of the width"] = f"{100 * fmean(errors):.1f}"


def _note(column: Column, name: str, found: list[float]) -> None:
    column.share(f"{name} goes the right way", sum(speed > MOVED for speed in found), len(found))
    column.rows[f"{name}, speed as a share of the worlds'"] = f"{fmean(found):.2f}"


def _along(kind: str, pictures: Tensor) -> float:
    return getattr(moves(pictures), kind)


def true_speeds() -> dict[str, float]:
    """How fast each camera moves true worlds, from one picture to the next."""
    return {
        camera: fmean(
            _along(kind, painted(plain(scene, camera=camera), frames=9, side=64, seed=at))
            for at, scene in enumerate(INLAND)
        )
        for kind, many in KINDS.items()
        for camera in many
    }


def driving(model: VideoModel) -> steer_judges.Driver:
    """A film of what is told that is steered, a block for each steering and two at least."""

    def drive(one: Told, steerings: Sequence[Steering], seed: int) -> Tensor:
        blocks, side = max(BLOCKS, len(steerings)), model.card.size[0]
        made = film(model, one.text, blocks=blocks, side=side, seed=seed, steerings=steerings)
        return torch.cat(list(made)).clamp(0, 1)

    return drive
