"""Model folders in the layout of diffusers: which parts there are, built from config and checked
tensors.

Only known classes are built, and from known fields of their config, so a folder can name nothing
that would run.
"""

from __future__ import annotations

import inspect
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import WeightsError, did_you_mean
from nodes.models.checkpoint import fit, read_component, read_json

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

TEXT_ENCODERS = ("CLIPTextModel", "CLIPTextModelWithProjection")
DIFFUSERS_STEM, TRANSFORMERS_STEM = "diffusion_pytorch_model", "model"
_IMPORTING = threading.Lock()


@dataclass(frozen=True)
class ModelFolder:
    """A folder whose model_index.json was read: part name -> class name, and the pipeline's
    options.
    """

    path: Path
    parts: dict[str, str]
    options: dict[str, object]

    def part(self, name: str, known: tuple[str, ...]) -> Path:
        """The folder of a part; WeightsError where it is absent or of a class that is not among
        `known`.
        """
        found = self.parts.get(name)
        if found is None:
            raise WeightsError(f"{self.path} has no {name}; an image stream needs one")
        if found not in known:
            raise WeightsError(
                f"the {name} of {self.path.name} is {found}; {', '.join(known)} works here"
            )
        return self.path / name


def open_folder(path: Path) -> ModelFolder:
    """Reads model_index.json; WeightsError says what is wrong and names near folders."""
    if path.is_file():
        raise WeightsError(
            f"{path} is a file; an image model is a folder with model_index.json in it"
        )
    if not path.is_dir():
        near = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise WeightsError(f"{path} is not there{did_you_mean(path.name, near)}")
    index = read_json(path / "model_index.json")
    parts = {
        name: str(entry[1])
        for name, entry in index.items()
        if isinstance(entry, list) and len(entry) == 2 and entry[1] is not None
    }
    options = {name: value for name, value in index.items() if not isinstance(value, list)}
    return ModelFolder(path, parts, options)


NETWORKS = ("UNet2DConditionModel", "AutoencoderTiny", "LCMScheduler")  # what most folders hold
TEXT = ("CLIPTextModel", "CLIPTokenizer")


def import_libraries() -> None:
    """Imports what loading asks for: seconds that may pass while something else begins.

    One thread at a time: both libraries import their parts when asked, which two threads break.
    """
    with _IMPORTING:
        import diffusers
        import transformers

        for library, names in ((diffusers, NETWORKS), (transformers, TEXT)):
            for name in names:
                getattr(library, name)


def build_network(folder: Path, *, kind: str, dtype: torch.dtype) -> nn.Module:
    """A UNet or autoencoder of a part folder, in eval mode on the CPU."""
    import_libraries()
    import diffusers

    config = read_json(folder / "config.json")
    cls: Any = getattr(diffusers, kind)
    known = inspect.signature(cls.__init__).parameters
    fields = {name: value for name, value in config.items() if name in known}
    network = _on_meta(lambda: cls.from_config(fields), folder)
    return _filled(network, folder, DIFFUSERS_STEM, dtype)


def build_text_encoder(folder: Path, *, kind: str, dtype: torch.dtype) -> nn.Module:
    """A CLIP text encoder of a part folder, in eval mode on the CPU."""
    import_libraries()
    import transformers

    config = transformers.CLIPTextConfig.from_dict(read_json(folder / "config.json"))
    cls: Any = getattr(transformers, kind)
    return _filled(_on_meta(lambda: cls(config), folder), folder, TRANSFORMERS_STEM, dtype)


def build_tokenizer(folder: Path) -> Any:
    """The CLIP tokenizer of a part folder."""
    import_libraries()
    import transformers

    if not folder.is_dir():
        raise WeightsError(f"{folder} is not there; a model folder needs its tokenizer")
    try:
        return transformers.CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WeightsError(f"the tokenizer in {folder} cannot be read: {error}") from None


def _on_meta(build: Any, folder: Path) -> nn.Module:
    try:
        with torch.device("meta"):
            return build()
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, RuntimeError) as error:
        raise WeightsError(f"{folder / 'config.json'} describes no network: {error}") from None


def _filled(network: nn.Module, folder: Path, stem: str, dtype: torch.dtype) -> nn.Module:
    where = f"{folder.parent.name}/{folder.name}"
    fit(network, read_component(folder, stem), where=where, dtype=dtype)
    for name, buffer in list(network.named_buffers()):
        if buffer.is_meta:
            _count_positions(network, name, buffer)
    return network.eval().requires_grad_(False)


def _count_positions(network: nn.Module, name: str, buffer: torch.Tensor) -> None:
    """CLIP's one buffer that no file holds: the numbers of its positions, 0 to N-1 as (1, N)."""
    owner, _, leaf = name.rpartition(".")
    assert leaf == "position_ids", f"{name} is in no file and cannot be made"
    positions = torch.arange(buffer.shape[-1])[None]
    network.get_submodule(owner).register_buffer(leaf, positions, persistent=False)
