"""Image models as leases: the folder of a name, loaded once for all who ask alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nodes.models import zoo
from nodes.models.checkpoint import read_json
from nodes.models.held import Held, hold
from nodes.models.stable_diffusion import ImageModel, load_stable_diffusion

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from engine.node import Context
    from nodes.models.held import Progress

__all__ = ["Held", "LoadImageModel", "hold_image_model"]


@dataclass(frozen=True)
class LoadImageModel:
    """Loads a model folder in one way; two that are equal share what they load."""

    device: torch.device
    dtype: torch.dtype
    tiny_vae: bool = False

    def __call__(self, folder: Path, progress: Progress) -> ImageModel:
        return load_stable_diffusion(
            folder,
            device=self.device,
            dtype=self.dtype,
            progress=progress,
            tiny_vae=_tiny_vae(folder) if self.tiny_vae else None,
        )


def hold_image_model(name: str, ctx: Context, *, tiny_vae: bool = False) -> Held[ImageModel]:
    """The image model of a name, for a node; see `hold`.

    `tiny_vae` puts the tiny autoencoder of its family in place of a large one.
    """
    return hold(name, ctx, LoadImageModel(ctx.device, ctx.dtype, tiny_vae))


def _tiny_vae(folder: Path) -> Path | None:
    """The tiny autoencoder of a model's family, beside it or in the zoo; None if it has its own."""
    if read_json(folder / "vae" / "config.json").get("_class_name") == "AutoencoderTiny":
        return None
    family = "taesdxl" if (folder / "text_encoder_2").is_dir() else "taesd"
    beside = folder.parent / family
    return beside if beside.is_dir() else zoo.locate(family)
