"""Where things lie: presets and assets beside the program, a person's own where the system says."""

from __future__ import annotations

from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[1]
PRESETS = ROOT / "presets"
ASSETS = ROOT / "assets"
CLIPS = ASSETS / "clips"
MODELS = ASSETS / "models"


def user_nodes() -> Path:
    """A person's node files."""
    return Path(platformdirs.user_data_dir("slipstream", appauthor=False)) / "nodes"


def user_models() -> Path:
    """Models that a person put there or that were downloaded."""
    return Path(platformdirs.user_data_dir("slipstream", appauthor=False)) / "models"
