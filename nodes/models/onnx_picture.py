"""Networks that look at one picture, from ONNX files through onnxruntime."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from engine.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


def opened(path: Path) -> Any:
    """The session of an ONNX file, on the accelerator where onnxruntime has one.

    Raises WeightsError where the package or the file is missing, or the file is not such a network.
    """
    try:
        import onnxruntime

        faults: Any = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    except ImportError as error:
        raise WeightsError(
            'a critic from an ONNX file needs the package "onnxruntime": install it, or choose '
            "one of the critics that need no file"
        ) from error
    if not path.is_file():
        raise WeightsError(f"no file {path}: choose the ONNX file of the critic")
    there = onnxruntime.get_available_providers()
    # they have no base of their own
    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented")
    broken = tuple(getattr(faults, name) for name in names)
    try:
        network = onnxruntime.InferenceSession(
            path, providers=[provider for provider in PROVIDERS if provider in there]
        )
    except broken as error:
        raise WeightsError(f"{path.name} cannot be read as an ONNX network: {error}") from error
    shape = [side if isinstance(side, int) else None for side in network.get_inputs()[0].shape]
    if len(shape) != 4 or shape[0] not in (1, None) or shape[1] not in (3, None):
        raise WeightsError(f"{path.name} takes {shape}; a critic takes pictures [1, 3, H, W]")
    return network
