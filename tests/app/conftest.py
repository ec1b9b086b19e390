"""A film, a document that plays it, the command line in a folder of its own, and a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.cli import main
from app.program import Program
from app.session import Session
from tests.app import shows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """Every installed node type, on the processor."""
    with Program(device="cpu") as made:
        yield made


@pytest.fixture
def session(program: Program) -> Iterator[Session]:
    """A small document, open and not running: a pattern, blurred, on air."""
    made = Session(program, shows.document(program.registry))
    yield made
    made.close()
