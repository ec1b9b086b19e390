"""Model folders made once per session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from nodes.models.stable_diffusion import ImageModel, load_stable_diffusion
from tests.nodes.models import folders

if TYPE_CHECKING:
    from pathlib import Path

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def sd_folder(tmp_path_factory) -> Path:
    return folders.stable_diffusion(tmp_path_factory.mktemp("models") / "little-sd")


@pytest.fixture(scope="session")
def xl_folder(tmp_path_factory) -> Path:
    return folders.stable_diffusion_xl(tmp_path_factory.mktemp("models") / "little-xl")


@pytest.fixture(scope="session")
def sd(sd_folder) -> ImageModel:
    return load_stable_diffusion(sd_folder, device=CPU, dtype=torch.float32)


@pytest.fixture(scope="session")
def xl(xl_folder) -> ImageModel:
    return load_stable_diffusion(xl_folder, device=CPU, dtype=torch.float32)
