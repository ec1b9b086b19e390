"""The autoencoders and text encoders of video models by kind: config and file to module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.tensors import check_tensors, open_tensors
from nodes.models.checkpoint import fit
from nodes.models.config_fields import parse

if TYPE_CHECKING:
    from torch import Tensor, nn

VOCABULARY = "vocabulary.json"
# files of the public repositories
WAN_VAE, UMT5 = "Wan2.1_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth"
TINY_VAE = "taew2_1.pth"


def fill(
    make: Callable[[], nn.Module], tensors: Mapping[str, Tensor], where: str, dtype: torch.dtype
) -> Any:
    """A module of tensors, all of them and no other; WeightsError says what does not fit."""
    with torch.device("meta"):
        module = make()
    check_tensors(tensors, module.state_dict(), where)
    fit(module, tensors, where=where, dtype=dtype)
    return module.eval().requires_grad_(False)


def _taehv(options: Mapping[str, object], file: Path, dtype: torch.dtype) -> Any:
    from nodes.models.taehv import Taehv, TaehvConfig

    config = parse(TaehvConfig, dict(options), "vae")
    return fill(lambda: Taehv(config), open_tensors(file), file.name, dtype)


def _words(options: Mapping[str, object], file: Path, dtype: torch.dtype) -> Any:
    from nodes.models.word_text import Vocabulary, WordText, WordTextConfig

    config = parse(WordTextConfig, dict(options), "text")
    vocabulary = Vocabulary.read(file.parent / VOCABULARY)
    return fill(lambda: WordText(vocabulary, config), open_tensors(file), file.name, dtype)


VAES: Mapping[str, Callable[[Mapping[str, object], Path, torch.dtype], Any]] = {"taehv": _taehv}
TEXTS: Mapping[str, Callable[[Mapping[str, object], Path, torch.dtype], Any]] = {"words": _words}
