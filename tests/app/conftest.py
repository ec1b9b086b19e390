"""A film, a document that plays it, and the command line in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.cli import main
from tests.app import shows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in; a person's own nodes and models are elsewhere."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clip(folder: Path) -> Path:
    """Twelve frames of 64x48 at 24 frames a second."""
    return shows.film(folder / "clip.mp4")


@pytest.fixture
def show(folder: Path, clip: Path) -> Path:
    """A document that plays the clip."""
    return shows.show(folder / "show.json", clip)


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs a command: its exit code and all that it said."""

    def run(*words: object) -> tuple[int, str]:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run
