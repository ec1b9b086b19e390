"""Checkpoints: tensors from safetensors files, matched to a network by name and shape, or refused
in a sentence.

Nothing here executes what a file holds: pickles are not opened, and a network takes only tensors
that it has a place for.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.errors import WeightsError
from engine.tensors import check_tensors, open_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import torch
    from torch import Tensor, nn

PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
VARIANTS = ("", ".fp16", ".bf16", ".non_ema")


def refuse_pickle(path: Path) -> None:
    """WeightsError for a file whose format can run code when it is opened."""
    if path.suffix in PICKLES:
        raise WeightsError(
            f"{path.name} is a pickle, which can run code when opened; convert it to .safetensors"
        )


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of one safetensors file, on the CPU as they are stored."""
    refuse_pickle(path)
    return open_tensors(path)


def read_json(path: Path) -> dict[str, object]:
    """A config file; WeightsError where it is missing or not a JSON object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WeightsError(f"{path} is not there; a model folder needs it") from None
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise WeightsError(f"{path} holds {type(found).__name__}, not a JSON object")
    return found


def read_component(folder: Path, stem: str) -> dict[str, Tensor]:
    """The tensors of a component folder: `stem.safetensors`, a variant of it, or shards with their
    index.
    """
    tensors: dict[str, Tensor] = {}
    for path in component_files(folder, stem):
        tensors |= read_tensors(path)
    return tensors


def component_files(folder: Path, stem: str) -> list[Path]:
    """The file, or the shards, that a component folder keeps its tensors in."""
    for variant in VARIANTS:
        single = folder / f"{stem}{variant}.safetensors"
        if single.is_file():
            return [single]
    indexes = sorted(folder.glob(f"{stem}*.safetensors.index*.json"))
    if indexes:
        return _shards(folder, indexes[0])
    pickled = next((path for path in _files(folder) if path.suffix in PICKLES), None)
    if pickled:
        refuse_pickle(pickled)
    raise WeightsError(f"{folder} holds no {stem}.safetensors; download the model again")


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.iterdir())) if folder.is_dir() else iter(())


def _shards(folder: Path, index: Path) -> list[Path]:
    shards = read_json(index).get("weight_map")
    if not isinstance(shards, dict) or not all(isinstance(name, str) for name in shards.values()):
        raise WeightsError(f"{index.name} has no weight_map that names the files of the tensors")
    names = sorted(set(shards.values()))
    outside = next((name for name in names if name != folder.joinpath(name).name), None)
    if outside is not None:
        raise WeightsError(f"{index.name} points to {outside!r}, which is outside {folder}")
    return [folder / name for name in names]


def fit(
    network: nn.Module, tensors: Mapping[str, Tensor], *, where: str, dtype: torch.dtype
) -> None:
    """Puts tensors into a network (on any device, `meta` too) in `dtype`, uncopied where they fit.

    WeightsError names what is missing or of another shape. Tensors that the network has no place
    for are left out.
    """
    wanted = network.state_dict()
    found = {name: tensors[stored] for name in wanted if (stored := _stored(name, tensors))}
    check_tensors(found, wanted, where)
    network.load_state_dict({name: _cast(t, dtype) for name, t in found.items()}, assign=True)


# what the same tensor is called in files of other ages of diffusers and transformers
FORMER = (
    (".to_q.", ".query."),
    (".to_k.", ".key."),
    (".to_v.", ".value."),
    (".to_out.0.", ".proj_attn."),
)
PREFIX = "text_model."


def _stored(name: str, tensors: Mapping[str, Tensor]) -> str | None:
    former = name
    for now, then in FORMER:
        former = former.replace(now, then)
    names = (name, PREFIX + name, name.removeprefix(PREFIX), former)
    return next((stored for stored in names if stored in tensors), None)


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
