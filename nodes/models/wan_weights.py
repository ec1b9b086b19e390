"""Checkpoints of the Wan family to networks: any wrapping unwrapped, sizes read off the tensors,
and each tensor accounted for.

The network is made on torch's `meta` device and takes the tensors of the file themselves, so a
model is never in memory twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import torch

from engine.errors import WeightsError
from engine.tensors import check_tensors, open_tensors
from nodes.models.causal_wan import CausalWan
from nodes.models.checkpoint import component_files, fit
from nodes.models.lora_names import read_key
from nodes.models.wan_config import WanConfig
from nodes.models.wan_names import HOLDERS, LORA_HOLDERS, other_family, strange_prefix, wan_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from torch import Tensor

    Progress = Callable[[float, str], None]

HEAD_DIM = 128  # of every public size
STEM = "diffusion_pytorch_model"
TELLING = (  # the tensors that sizes are read off
    "patch_embedding.weight",
    "text_embedding.0.weight",
    "time_embedding.0.weight",
    "blocks.0.ffn.0.weight",
    "head.head.weight",
)


def _silent(share: float, text: str) -> None:
    del share, text


def load_wan(
    path: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    config: WanConfig | None = None,
    holder: str = "",
    loras: Sequence[Path] = (),
    progress: Progress = _silent,
) -> CausalWan:
    """The network of a checkpoint file or folder, LoRAs merged into it, ready to run.

    Without a config its sizes are read off the tensors. `holder` is the entry of a torch file to
    take where it has several, such as "generator" beside "generator_ema". WeightsError says in a
    sentence what is missing, unexpected, of another shape, or what the file is instead.
    """
    tensors = read_wan(path, holder=holder, progress=progress)
    for lora in loras:
        tensors = merge_lora(tensors, lora, progress=progress)
    made = build_wan(tensors, config or infer_config(tensors, path.name), path.name, dtype)
    return made.to(device)


def read_wan(path: Path, *, holder: str = "", progress: Progress = _silent) -> dict[str, Tensor]:
    """The tensors of a file or folder by the names of Wan2.1, on the CPU as they are stored."""
    holders = (holder, *HOLDERS) if holder else HOLDERS
    stored: dict[str, Tensor] = {}
    for file in _files(path):
        stored |= open_tensors(file, progress=progress, wrappers=holders)
    tensors = _renamed(stored, path.name)
    _expect_wan(tensors, path.name)
    return tensors


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = path / "transformer"
    return component_files(inside if inside.is_dir() else path, STEM)


def _renamed(stored: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        ours = wan_name(name)
        if ours in tensors:
            raise WeightsError(f"{where} holds {ours} twice; it has more than one network in it")
        tensors[ours] = tensor
    return tensors


def _expect_wan(tensors: Mapping[str, Tensor], where: str) -> None:
    if not tensors:
        raise WeightsError(
            f"{where} holds no tensors, neither at its top nor under {', '.join(HOLDERS)}"
        )
    other = other_family(tensors)
    if other:
        raise WeightsError(f"{where} is {other}; a Wan text-to-video transformer is needed here")
    if "patch_embedding.weight" in tensors:
        return
    prefix = strange_prefix(tensors)
    if prefix:
        raise WeightsError(
            f"the names in {where} begin with {prefix!r}, which no known checkpoint of Wan has; "
            "take that prefix off and save it again"
        )


def infer_config(tensors: Mapping[str, Tensor], where: str = "the checkpoint") -> WanConfig:
    """The sizes of a network from its tensors by the names of Wan2.1; heads are of 128 channels.

    WeightsError where a tensor that tells them is missing or makes no sense.
    """
    missing = [name for name in TELLING if name not in tensors]
    if missing:
        raise WeightsError(
            f"{where} is no Wan transformer, or not all of one: it lacks {', '.join(missing)} "
            f"among {len(tensors)} tensors"
        )
    shapes = {name: tuple(tensors[name].shape) for name in TELLING}
    try:
        return _config(shapes, tensors)
    except (ValueError, IndexError, ZeroDivisionError) as error:
        raise WeightsError(f"{where} has shapes that no Wan transformer has: {error}") from None


def _config(shapes: Mapping[str, tuple[int, ...]], tensors: Mapping[str, Tensor]) -> WanConfig:
    dim, channels, *patch = shapes["patch_embedding.weight"]
    if len(patch) != 3 or dim % HEAD_DIM:
        raise ValueError(
            f"patch_embedding.weight is {shapes['patch_embedding.weight']}, not (a multiple of "
            f"{HEAD_DIM}, channels, 1, height, width)"
        )
    found = [re.match(r"blocks\.(\d+)\.", name) for name in tensors]
    control = tensors.get("control_embedding.weight")
    return WanConfig(
        dim=dim,
        ffn=shapes["blocks.0.ffn.0.weight"][0],
        heads=dim // HEAD_DIM,
        layers=len({each[1] for each in found if each}),
        channels=channels,
        out_channels=shapes["head.head.weight"][0] // (patch[0] * patch[1] * patch[2]),
        patch=(patch[0], patch[1], patch[2]),
        freq_dim=shapes["time_embedding.0.weight"][1],
        text_dim=shapes["text_embedding.0.weight"][1],
        control_channels=0 if control is None else control.shape[1],
    )


def build_wan(
    tensors: Mapping[str, Tensor], config: WanConfig, where: str, dtype: torch.dtype
) -> CausalWan:
    """A network of tensors by the names of Wan2.1, all of them and no other, in `dtype`."""
    with torch.device("meta"):
        network = CausalWan(config)
    check_tensors(tensors, network.state_dict(), where)
    fit(network, tensors, where=where, dtype=dtype)
    return network.eval().requires_grad_(False)


def merge_lora(
    tensors: Mapping[str, Tensor],
    path: Path,
    *,
    scale: float = 1.0,
    progress: Progress = _silent,
) -> dict[str, Tensor]:
    """The tensors with W + scale * alpha/rank * up @ down for each layer of a LoRA file (Hu et al.
    2021, eq. 3); alpha is the rank where the file does not say it, as peft leaves it.
    """
    stored = open_tensors(path, progress=progress, wrappers=LORA_HOLDERS)
    layers = {name.removesuffix(".weight").replace(".", "_"): name for name in tensors}
    roles: dict[str, dict[str, Tensor]] = defaultdict(dict)
    for name, tensor in stored.items():
        key = read_key(wan_name(name))
        if key is None:
            raise WeightsError(
                f"{path.name} has {name}; plain LoRA (up, down and alpha) works here"
            )
        if key.layer not in layers:
            raise WeightsError(f"{path.name} changes {key.layer}, which the model does not have")
        roles[layers[key.layer]][key.role] = tensor
    if not roles:
        raise WeightsError(f"{path.name} holds no LoRA layers")
    changed = {
        name: _changed(tensors[name], found, scale, f"{path.name} for {name}")
        for name, found in roles.items()
    }
    return {**tensors, **changed}


def _changed(base: Tensor, found: Mapping[str, Tensor], scale: float, where: str) -> Tensor:
    up, down = found.get("up"), found.get("down")
    if up is None or down is None:
        raise WeightsError(f"{where} has no {'up' if up is None else 'down'} factor")
    if up.shape[1:] != down.shape[:1] or (up.shape[0], down.shape[1]) != tuple(base.shape):
        raise WeightsError(
            f"{where} has {tuple(up.shape)} by {tuple(down.shape)}, which does not make "
            f"{tuple(base.shape)}"
        )
    alpha = float(found["alpha"]) if "alpha" in found else up.shape[1]
    strength = scale * alpha / up.shape[1]
    return torch.addmm(base.float(), up.float(), down.float(), alpha=strength).to(base.dtype)
