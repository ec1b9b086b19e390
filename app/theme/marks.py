"""Ticks and arrows that a style sheet takes from files, drawn once in a theme's colours."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import platformdirs

if TYPE_CHECKING:
    from app.theme.tokens import Tokens

SHAPES = {  # on a square of 16: path, whether it is filled, colour
    "check": ("M3.5 8.5 L6.5 11.5 L12.5 5", False, "button.text"),
    "dash": ("M4 8 L12 8", False, "button.text"),
    "dot": ("M8 5 A3 3 0 1 0 8 11 A3 3 0 1 0 8 5 Z", True, "button.text"),
    "tick": ("M3.5 8.5 L6.5 11.5 L12.5 5", False, "text"),
    "up": ("M4 10 L8 6 L12 10", False, "text.secondary"),
    "down": ("M4 6 L8 10 L12 6", False, "text.secondary"),
    "right": ("M6 4 L10 8 L6 12", False, "text.secondary"),
    "close": ("M4 4 L12 12 M12 4 L4 12", False, "text.secondary"),
    "float": ("M6 4 L12 4 L12 10 M10 6 L4 6 L4 12 L10 12 Z", False, "text.secondary"),
}


def files(tokens: Tokens) -> dict[str, Path]:
    """Each mark's SVG file; those that are not there yet are written."""
    drawn = {name: _svg(tokens, *shape) for name, shape in SHAPES.items()}
    try:
        return _written(_folder(), drawn)
    except OSError:
        return _written(Path(tempfile.mkdtemp(prefix="slipstream-")), drawn)


def _folder() -> Path:
    return Path(platformdirs.user_cache_dir("slipstream", appauthor=False)) / "marks"


def _written(folder: Path, drawn: dict[str, str]) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    for name, text in drawn.items():
        path = paths[name] = folder / f"{name}-{crc32(text.encode()):08x}.svg"
        if not path.exists():
            path.write_text(text, encoding="utf-8")
    return paths


def _svg(tokens: Tokens, path: str, filled: bool, color: str) -> str:
    fill, stroke = (tokens.hex(color), "none") if filled else ("none", tokens.hex(color))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">'
        f'<path d="{path}" fill="{fill}" stroke="{stroke}" stroke-width="1.6" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
