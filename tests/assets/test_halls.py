"""Claims about walks through halls: what is said of their depth and camera is what is seen."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from assets.recipes.halls import FAR, Hall, HallPainter
from assets.recipes.video_pool import ClipPool

THERE = importlib.util.find_spec("vizdoom") is not None
with_halls = pytest.mark.skipif(not THERE, reason="vizdoom is not installed")


def walks(seed: int = 0, count: int = 4) -> list[Hall]:
    return HallPainter(seed).batch(count, 9, 64)


def carried(hall: Hall, here: int, there: int) -> tuple[Tensor, Tensor]:
    """Frame `here` as it should be seen from `there`, by depth and camera, and where it is."""
    side = hall.frames.shape[-1]
    y, x = torch.meshgrid(*(2 * [torch.arange(side) + 0.5]), indexing="ij")
    depth = hall.depth[there, 0]
    rays = torch.stack([x, y, torch.ones_like(x)], -1) @ torch.linalg.inv(hall.lens).T
    points = torch.cat([rays * depth[..., None], torch.ones(side, side, 1)], -1)
    seen = points @ (torch.linalg.inv(hall.poses[here]) @ hall.poses[there]).T
    place = seen[..., :3] @ hall.lens.T
    place = place[..., :2] / place[..., 2:].clamp_min(0.01) / side * 2 - 1
    known = (place.abs() < 1).all(-1) & (depth < 0.9 * FAR) & (seen[..., 2] > 0.1)
    return F.grid_sample(hall.frames[here][None], place[None], align_corners=False)[0], known


@with_halls
def test_depth_and_camera_say_where_all_is_seen_next() -> None:
    still, told = [], []
    for hall in (hall for seed in range(3) for hall in walks(seed)):
        moved = (hall.poses[8, :3, 3] - hall.poses[0, :3, 3]).norm()
        if not 0.2 < moved < 2:
            continue
        found, known = carried(hall, 0, 8)
        for pictures, kept in ((found, told), (hall.frames[0], still)):
            kept.append(float(((pictures - hall.frames[8]) ** 2).mean(0)[known].mean()))
    assert len(told) >= 3
    assert sum(told) < 0.7 * sum(still)


@with_halls
def test_a_walk_goes_as_it_is_said() -> None:
    for hall in (hall for seed in range(3) for hall in walks(seed)):
        aside, _, ahead = hall.speeds().mean(0).tolist()
        for word, speed in (
            ("left", -aside),
            ("right", aside),
            ("backward", -ahead),
            ("out", -ahead),
        ):
            if hall.text.endswith(word) or f" {word}" in hall.text:
                assert speed > -0.05, hall.text  # a wall may stand in the way


@with_halls
def test_the_same_seed_walks_the_same_way() -> None:
    one, two = walks(3, 2), walks(3, 2)
    assert [hall.text for hall in one] == [hall.text for hall in two]
    assert torch.equal(one[1].frames, two[1].frames)


@with_halls
def test_every_so_many_chunks_are_of_halls(tmp_path: Path) -> None:
    pool = ClipPool(tmp_path, side=32, frames=5, seed=0, chunk=2, halls=2)
    pool.fill(2, minutes=5)
    painted, walked = pool.chunk_at(0), pool.chunk_at(1)
    assert walked.frames.shape == painted.frames.shape
    assert walked.cameras.shape == painted.cameras.shape
    assert all("room" in text for text in walked.texts)
    assert not walked.things.any()


@pytest.mark.skipif(THERE, reason="vizdoom is installed")
def test_without_the_package_it_is_said_what_to_do() -> None:
    with pytest.raises(ImportError, match="pip install"):
        walks()
