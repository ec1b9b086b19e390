"""The autoencoders and text encoders of video models by kind: options and a file to a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import WeightsError
from engine.tensors import check_tensors, open_tensors
from nodes.models.checkpoint import fit
from nodes.models.config_fields import parse

if TYPE_CHECKING:
    from torch import nn

Make = Callable[[Mapping[str, object], Path, torch.device, torch.dtype], Any]

VOCABULARY = "vocabulary.json"
# the files of public repositories
WAN_VAE, UMT5 = "Wan2.1_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth"
TINY_VAE = "taew2_1.pth"


def _taehv(
    options: Mapping[str, object], file: Path, device: torch.device, dtype: torch.dtype
) -> Any:
    from nodes.models.taehv import TaehvConfig
    from nodes.models.vae_weights import load_taehv

    config = parse(TaehvConfig, dict(options), "vae") if options else None
    return load_taehv(file, device=device, dtype=dtype, config=config)


def _wan(
    options: Mapping[str, object], file: Path, device: torch.device, dtype: torch.dtype
) -> Any:
    from nodes.models.vae_weights import load_wan_vae
    from nodes.models.wan_vae import WanVae, WanVaeConfig

    if not options:
        return load_wan_vae(file, device=device, dtype=dtype)
    config = parse(WanVaeConfig, dict(options), "vae")
    return _filled(lambda: WanVae(config), file, dtype).to(device)


def _words(
    options: Mapping[str, object], file: Path, device: torch.device, dtype: torch.dtype
) -> Any:
    from nodes.models.word_text import Vocabulary, WordText, WordTextConfig

    config = parse(WordTextConfig, dict(options), "text")
    vocabulary = Vocabulary.read(file.parent / VOCABULARY)
    return _filled(lambda: WordText(vocabulary, config), file, dtype).to(device)


def _umt5(
    options: Mapping[str, object], file: Path, device: torch.device, dtype: torch.dtype
) -> Any:
    from nodes.models.umt5 import load_umt5

    length = options.get("length", 512)
    if set(options) - {"length"} or type(length) is not int or length < 1:
        raise WeightsError(f"text has {dict(options)}; for umt5 it takes a length, or nothing")
    return load_umt5(file, device=device, dtype=dtype, length=length)


def _filled(make: Callable[[], nn.Module], file: Path, dtype: torch.dtype) -> nn.Module:
    """A network of a file's tensors, all of them and no other; WeightsError says what misfits."""
    tensors = open_tensors(file)
    with torch.device("meta"):
        network = make()
    check_tensors(tensors, network.state_dict(), file.name)
    fit(network, tensors, where=file.name, dtype=dtype)
    return network.eval().requires_grad_(False)


VAES: Mapping[str, Make] = {"taehv": _taehv, "wan": _wan}
TEXTS: Mapping[str, Make] = {"words": _words, "umt5": _umt5}
