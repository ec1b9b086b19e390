"""Checkpoint files to tensors: safetensors, or what torch reads without running anyone's code."""

from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

WRAPPERS = ("state_dict", "model", "module", "params_ema", "params")  # where others put the tensors
NAMED = 3  # keys that an error names
MANGLED = (OSError, RuntimeError, ValueError, EOFError, LookupError, TypeError, AttributeError)
AGAIN = "; it may be cut short or another kind of file: fetch it again"


def _no_progress(share: float, text: str) -> None:
    del share, text


def open_tensors(
    path: Path,
    *,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
    progress: Callable[[float, str], None] = _no_progress,
    wrappers: Sequence[str] = WRAPPERS,
) -> dict[str, Tensor]:
    """Every tensor of a checkpoint file, or of all the safetensors in a folder, by name.

    Floating tensors come in `dtype` where one is given. `progress` is told before each tensor, the
    share in [0, 1], and may raise to stop. Where torch files hold their tensors one level down, the
    first of `wrappers` that is there is taken. WeightsError for what is missing, mangled or runs
    code.
    """
    try:
        files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
        if not files or not files[0].exists():
            raise WeightsError(f"there is no checkpoint at {path}")
        found: dict[str, Tensor] = {}
        for number, file in enumerate(files):
            part = _Part(file, number, len(files), device or torch.device("cpu"), dtype, progress)
            safe = file.suffix == ".safetensors"
            found.update(part.safetensors() if safe else part.pickled(wrappers))
    except SafetensorError as error:
        said = f"{path} cannot be read as a checkpoint: {error}"
        raise WeightsError(f"{said}{AGAIN}") from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read as a checkpoint: {error}") from error
    return found


class _Part:
    """One file of a checkpoint while it is read."""

    def __init__(
        self,
        path: Path,
        number: int,
        count: int,
        device: torch.device,
        dtype: torch.dtype | None,
        progress: Callable[[float, str], None],
    ) -> None:
        self._path = path
        self._number = number
        self._count = count
        self._device = device
        self._dtype = dtype
        self._progress = progress

    def safetensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        opened: Any = safe_open(self._path, framework="pt", device="cpu")  # it comes without types
        with opened as file:
            names: list[str] = list(file.keys())
            for index, name in enumerate(names):
                self._tell(index / len(names))
                found[name] = self._placed(file.get_tensor(name))
        return found

    def pickled(self, wrappers: Sequence[str]) -> dict[str, Tensor]:
        self._tell(0.0)
        stored = _unwrapped(self._path, _safely(self._path), wrappers)
        return {name: self._placed(tensor) for name, tensor in stored.items()}

    def _tell(self, share: float) -> None:
        self._progress((self._number + share) / self._count, f"reading {self._path.name}")

    def _placed(self, tensor: Tensor) -> Tensor:
        dtype = self._dtype if tensor.is_floating_point() else None
        return tensor.to(device=self._device, dtype=dtype)


def _safely(path: Path) -> Any:
    """What torch stored, its tensors left in the file until they are used, where it can."""
    path.open("rb").close()  # a file that may not be read is no mangled one
    try:
        mapped = zipfile.is_zipfile(path)
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        if "Unsupported operand" in str(error):  # what torch says of bytes that are no pickle
            raise WeightsError(f"{path} is not a checkpoint that torch reads{AGAIN}") from None
        raise WeightsError(
            f"{path} holds Python code beside its tensors, which is never run; "
            "convert it to safetensors where you trust it"
        ) from None
    except MANGLED as error:
        said = str(error).split(". ")[0] or "it is empty"
        raise WeightsError(f"{path} is not a checkpoint that torch reads: {said}{AGAIN}") from error


def _unwrapped(path: Path, data: Any, wrappers: Sequence[str]) -> dict[str, Tensor]:
    while isinstance(data, dict):
        entries = cast("dict[Any, Any]", data)
        inside = [entries[name] for name in wrappers if _holds_names(entries.get(name))]
        if not inside:
            return {str(name): t for name, t in entries.items() if isinstance(t, Tensor)}
        data = inside[0]
    raise WeightsError(f"{path} holds {type(data).__name__}, not tensors by name")


def _holds_names(value: Any) -> bool:
    return isinstance(value, dict) and bool(cast("dict[Any, Any]", value))


def check_tensors(
    found: Mapping[str, Tensor], expected: Mapping[str, Tensor | Sequence[int]], what: str = ""
) -> None:
    """WeightsError that counts and names what is missing, unexpected or of another shape."""
    missing = [name for name in expected if name not in found]
    beyond = [name for name in found if name not in expected]
    shapes = {
        name: (_shape(found[name]), _shape(expected[name])) for name in expected if name in found
    }
    odd = [f"{name} is {a}, not {b}" for name, (a, b) in shapes.items() if a != b]
    groups = ((missing, "missing"), (beyond, "unexpected"), (odd, "of another shape"))
    said = [f"{len(names)} {word} ({_some(names)})" for names, word in groups if names]
    if said:
        raise WeightsError(f"{what or 'the checkpoint'} does not fit: {', '.join(said)}")


def _shape(value: Tensor | Sequence[int]) -> tuple[int, ...]:
    return tuple(value.shape if isinstance(value, Tensor) else value)


def _some(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
