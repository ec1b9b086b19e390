"""The embedded video model: it loads, plays through the real generator at every size and on both
kinds of memory, listens to its prompt, and is what its card says."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import pytest
import torch

from assets.recipes.video_sample import film
from nodes.models.video_model import VideoModel, load_video_model

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models" / "slipstream-video"
LARGEST = 25_000_000  # bytes


@functools.cache
def model() -> VideoModel:
    return load_video_model(FOLDER, device=torch.device("cpu"), dtype=torch.float32)


def pictures(prompt: str = "the sea at night", *, side: int = 64, **more: object) -> torch.Tensor:
    return torch.cat(list(film(model(), prompt, blocks=2, side=side, **more)))  # type: ignore[arg-type]


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LARGEST


def test_the_card_names_the_files_by_their_hashes() -> None:
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.safetensors"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in card


@pytest.mark.parametrize("history", ["clean", "per_level", "last"])
def test_every_kind_of_memory_gives_a_film(history: str) -> None:
    made = pictures(side=128, history=history, steps=2)
    assert made.shape == (9 + 12, 3, 128, 128)
    assert torch.isfinite(made).all()
    assert made.std() > 0.02


def test_the_same_seed_gives_the_same_film_and_another_another() -> None:
    first, again, other = pictures(seed=1), pictures(seed=1), pictures(seed=2)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_night_is_darker_than_day() -> None:
    night, day = pictures("mountains at night", side=128), pictures("mountains by day", side=128)
    assert night.mean() < day.mean() - 0.1


def test_fire_is_redder_than_ice() -> None:
    fire, ice = (
        pictures(f"{style} of a canyon", side=128).mean((0, 2, 3)) for style in ("fire", "ice")
    )
    assert fire[0] - fire[2] > ice[0] - ice[2] + 0.2


def test_the_card_says_how_it_rolls_out() -> None:
    card = model().card
    assert (card.block, card.window, card.sink, card.rope) == (3, 9, 3, "slot")
    assert card.rows == {"clean", "per_level"}
