"""Models that cannot be: a pickle, a folder without weights, a name that nobody knows."""

from __future__ import annotations

import os
import pickle
import shutil
from typing import TYPE_CHECKING

import pytest

from app.folders import MODELS
from tests.app import shows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Says = Callable[..., tuple[int, str]]


class Trap:
    """What a stranger could put into a pickle."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("trapped",)


@pytest.fixture
def painting(folder: Path, clip: Path) -> Path:
    """A document whose generator paints the clip."""
    nodes = {
        "clip": {"type": "sources.video_file", "params": {"path": str(clip)}},
        "paint": {"type": "generate.image_stream", "params": {}},
    }
    links = ["clip.frame -> paint.frame"]
    return shows.show(folder / "show.json", clip, nodes=nodes, links=links)


@pytest.fixture
def model(folder: Path) -> Path:
    """A copy of the model that comes along."""
    return shutil.copytree(MODELS / "slipstream-tiny", folder / "model")


def test_a_pickle_is_refused_and_never_opened(
    says: Says, painting: Path, model: Path, folder: Path
) -> None:
    (model / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with (model / "unet" / "diffusion_pytorch_model.bin").open("wb") as file:
        pickle.dump(Trap(), file)
    code, said = says("render", painting, "--out", "out.mp4", "--set", f"paint.model={model}")
    assert code == 1
    assert "slipstream: paint: diffusion_pytorch_model.bin is a pickle" in said
    assert not (folder / "trapped").exists()


def test_a_folder_without_weights_is_named(says: Says, painting: Path, model: Path) -> None:
    (model / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    code, said = says("render", painting, "--out", "out.mp4", "--set", f"paint.model={model}")
    assert code == 1
    assert "slipstream: paint: " in said
    assert "vae" in said


def test_a_model_that_nobody_knows_has_a_nearest(says: Says, painting: Path) -> None:
    word = "paint.model=slipstream-tinny"
    code, said = says("render", painting, "--out", "out.mp4", "--set", word)
    assert code == 1
    assert "did you mean 'slipstream-tiny'?" in said


def test_a_model_that_is_not_here_is_named_with_where_to_get_it(
    says: Says, painting: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(folder / "hub"))
    code, said = says("render", painting, "--out", "out.mp4", "--set", "paint.model=sd-turbo")
    assert code == 1
    assert "https://huggingface.co/stabilityai/sd-turbo" in said
