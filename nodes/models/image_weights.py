"""Image models as leases: asked for by name, loaded once for all who ask alike, given back when
done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import WeightsError
from nodes.models import zoo
from nodes.models.checkpoint import read_json
from nodes.models.stable_diffusion import ImageModel, load_stable_diffusion

if TYPE_CHECKING:
    from pathlib import Path

    from engine.node import Context

Progress = Callable[[float, str], None]


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


@dataclass(frozen=True, eq=False)
class Held:
    """A model in use; `release` gives it back to those who share it."""

    model: ImageModel
    release: Callable[[], None]


def hold_image_model(name: str, ctx: Context, *, tiny_vae: bool = False) -> Held:
    """The model of a name, for a node: embedded, a path, in the hub's cache, or fetched.

    `tiny_vae` puts the tiny autoencoder of its family in place of a large one. WeightsError in one
    sentence where the model is nowhere, or not one that an image stream can run.
    """
    load = LoadImageModel(ctx.device, ctx.dtype, tiny_vae)
    if ctx.weights is None:
        return Held(load(zoo.locate(name), ctx.progress), lambda: None)
    lease = _lease(name, ctx, load)
    return Held(lease.value, lease.release)


def _lease(name: str, ctx: Context, load: LoadImageModel) -> Any:
    try:
        where = str(zoo.locate(name, ctx.weights))
    except WeightsError:
        if not zoo.known(name).repo:
            raise
        return _fetched(name, ctx, load)
    return _asked(where, ctx, load)


def _fetched(name: str, ctx: Context, load: LoadImageModel) -> Any:
    try:
        return _asked(name, ctx, load)
    except WeightsError as error:
        raise WeightsError(zoo.missing(name)) from error


def _asked(where: str, ctx: Context, load: LoadImageModel) -> Any:
    return ctx.weights.load(
        where,
        load,
        dtype=ctx.dtype,
        device=ctx.device,
        progress=ctx.progress,
        cancelled=ctx.cancelled,
    )


def _tiny_vae(folder: Path) -> Path | None:
    """The tiny autoencoder of a model's family, beside it or in the zoo; None if it has its own."""
    if read_json(folder / "vae" / "config.json").get("_class_name") == "AutoencoderTiny":
        return None
    family = "taesdxl" if (folder / "text_encoder_2").is_dir() else "taesd"
    beside = folder.parent / family
    return beside if beside.is_dir() else zoo.locate(family)
