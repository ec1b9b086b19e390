"""LoRA files on a model, with weights that can move while it runs.

A network with LoRAs is a copy that shares every tensor with the original, so that other nodes keep
theirs. Setting weights writes W + sum of weight * alpha/rank * up @ down into the layers that a
file names; a frame then costs what it cost before, and with all weights at 0 the layers hold the
original tensors themselves.

LoRA: Hu et al. 2021, eq. 3.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from engine.errors import WeightsError
from nodes.models.checkpoint import read_tensors
from nodes.models.lora_names import Key, read_key, spellings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nodes.models.stable_diffusion import ImageModel

ENCODERS = ("text_encoder", "text_encoder_2")


@dataclass(frozen=True, eq=False)
class Factors:
    """The two factors of a layer's change: up (out, rank) with alpha/rank in it, down (rank,
    in).
    """

    up: Tensor
    down: Tensor


@dataclass(frozen=True, eq=False)
class LoraFile:
    """A LoRA file matched to a model: (part, path of the layer) -> factors."""

    name: str
    layers: Mapping[tuple[str, str], Factors]


def read_lora(path: Path, networks: Mapping[str, Any]) -> LoraFile:
    """Reads a safetensors LoRA in the naming of kohya, diffusers or peft for the networks of a
    model.

    WeightsError names the file and the first layer that the model lacks or has in another shape.
    """
    tables = {part: spellings(part, network) for part, network in networks.items()}
    roles: dict[tuple[str, str], dict[str, Tensor]] = defaultdict(dict)
    for name, tensor in read_tensors(path).items():
        key = read_key(name)
        if key is None:
            raise WeightsError(
                f"{path.name} has {name}; plain LoRA (up, down and alpha) works here"
            )
        roles[key.part, _path(path.name, key, tables)][key.role] = tensor
    if not roles:
        raise WeightsError(f"{path.name} holds no LoRA layers")
    declared = _declared_scales(path)
    layers = {
        (part, layer): _factors(
            path.name, networks[part].get_submodule(layer), layer, found, declared.get(part, 1.0)
        )
        for (part, layer), found in roles.items()
    }
    return LoraFile(path.name, layers)


def _declared_scales(path: Path) -> dict[str, float]:
    """alpha/rank of each part, where the file says it once in its header and not for each layer."""
    opened: Any = safe_open(path, framework="pt")
    with opened as file:
        header = (file.metadata() or {}).get("lora_adapter_metadata", "{}")
    try:
        said: dict[str, Any] = json.loads(header)
        parts = [name.removesuffix(".lora_alpha") for name in said if name.endswith(".lora_alpha")]
        return {part: said[f"{part}.lora_alpha"] / said[f"{part}.r"] for part in parts}
    except (ValueError, TypeError, KeyError, ZeroDivisionError, AttributeError):
        raise WeightsError(f"{path.name} has a header that gives no alpha and rank") from None


def _path(file: str, key: Key, tables: Mapping[str, Mapping[str, str]]) -> str:
    found = tables.get(key.part, {}).get(key.layer)
    if found is None:
        raise WeightsError(
            f"{file} changes {key.part} {key.layer}, which this model does not have; "
            "it was made for another kind of model"
        )
    return found


def _factors(
    file: str, module: nn.Module, layer: str, found: Mapping[str, Tensor], declared: float
) -> Factors:
    if "up" not in found or "down" not in found:
        missing = "up" if "up" not in found else "down"
        raise WeightsError(f"{file} has no {missing} factor for {layer}")
    up, down = found["up"].float().flatten(1), found["down"].float().flatten(1)
    base: Any = module.weight
    shape = (base.shape[0], base[0].numel())
    if up.shape[1] != down.shape[0] or (up.shape[0], down.shape[1]) != shape:
        made = f"{tuple(found['up'].shape)} by {tuple(found['down'].shape)}"
        raise WeightsError(
            f"{file} has {made} for {layer}, whose weight is {tuple(base.shape)}; "
            "it was made for another kind of model"
        )
    rank = down.shape[0]
    scale = found["alpha"].item() / rank if "alpha" in found else declared
    return Factors((up * scale).to(base.device), down.to(base.device))


@dataclass(frozen=True, eq=False)
class _Layer:
    """A layer that LoRAs change: where it is, what it was, and the factors of each file that names
    it.
    """

    module: nn.Module
    base: nn.Parameter
    factors: tuple[tuple[int, Factors], ...]  # number of the file, its factors

    def set(self, weights: Sequence[float]) -> None:
        active = [(weights[i], factors) for i, factors in self.factors if weights[i]]
        self.module.weight = self._changed(active) if active else self.base

    def _changed(self, active: list[tuple[float, Factors]]) -> nn.Parameter:
        up = torch.cat([factors.up * weight for weight, factors in active], dim=1)
        down = torch.cat([factors.down for _, factors in active])
        changed = torch.addmm(self.base.float().flatten(1), up, down).view(self.base.shape)
        fits = changed.to(self.base.dtype).contiguous(memory_format=_format(self.base))
        return nn.Parameter(fits, requires_grad=False)


def _format(weight: Tensor) -> torch.memory_format:
    spread = weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if spread else torch.contiguous_format


class LoraModel:
    """An image model with LoRA files on it; `set` moves their weights between two frames."""

    def __init__(self, base: ImageModel, paths: Sequence[Path]) -> None:
        networks = {"unet": base.unet, **dict(zip(ENCODERS, base.text.encoders, strict=False))}
        self.files = tuple(read_lora(path, networks) for path in paths)
        copies = {part: _sharing_copy(network) for part, network in networks.items()}
        encoders = tuple(copies[part] for part in ENCODERS if part in copies)
        self.model = replace(base, unet=copies["unet"], text=replace(base.text, encoders=encoders))
        self._layers = {part: self._changed_layers(part, copies[part]) for part in copies}
        self._weights = (0.0,) * len(paths)

    def set(self, weights: Sequence[float]) -> bool:
        """Applies a weight per file, 0 none and 1 as it was trained. True where texts change
        meaning.
        """
        if tuple(weights) == self._weights:
            return False
        self._weights = tuple(weights)
        for layers in self._layers.values():
            for layer in layers:
                layer.set(self._weights)
        return any(self._layers[part] for part in ENCODERS if part in self._layers)

    def _changed_layers(self, part: str, network: nn.Module) -> list[_Layer]:
        named = {path for file in self.files for at, path in file.layers if at == part}
        layers: list[_Layer] = []
        for path in sorted(named):
            module: Any = network.get_submodule(path)
            found = [(i, file.layers.get((part, path))) for i, file in enumerate(self.files)]
            factors = tuple((i, each) for i, each in found if each is not None)
            layers.append(_Layer(module, module.weight, factors))
        return layers


def _sharing_copy(network: nn.Module) -> nn.Module:
    """A copy of the modules around the very same parameters and buffers."""
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    return copy.deepcopy(network, shared)
