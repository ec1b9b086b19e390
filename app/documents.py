"""Which document is meant: a path, or the name of a preset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.folders import PRESETS
from engine.errors import DocumentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator


def presets() -> dict[str, Path]:
    """The shipped presets by name."""
    return {path.stem: path for path in sorted(PRESETS.rglob("*.json"))}


def find(name: str) -> Path:
    """The document of that path or preset name; DocumentError with the nearest name."""
    path = Path(name)
    if path.is_file():
        return path
    known = presets()
    if name in known:
        return known[name]
    if path.suffix == ".json" or len(path.parts) > 1:
        if path.is_dir():
            raise DocumentError(f"{name} is a folder; name a document in it")
        raise DocumentError(f"there is no document {name}{_near_file(path)}")
    hint = did_you_mean(name, known) or "; `slipstream presets` lists them"
    raise DocumentError(f"there is no document or preset {name!r}{hint}")


def _near_file(path: Path) -> str:
    return did_you_mean(path.name, _documents_in(path.parent))


def _documents_in(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        yield from (found.name for found in folder.glob("*.json"))
