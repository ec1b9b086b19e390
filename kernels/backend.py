"""Which form of a kernel runs where: torch anywhere, Triton on a GPU where it has shown that it
agrees with torch.

The torch form is the specification. A Triton form is a module of FORMS with what the torch module
asks of it, `disagreement(device)` (its largest difference from torch on a small input) and
`TOLERANCE`. It is asked once per device, at the first use; warm() does that ahead of the first
frame. SLIPSTREAM_KERNELS=torch or triton overrides: with triton a form that cannot run is an error,
and under TRITON_INTERPRET=1 the CPU runs Triton too.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import os
import subprocess
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from types import ModuleType

log = logging.getLogger(__name__)

FORMS = {
    "blend": "kernels.triton_blend",
    "noise": "kernels.triton_noise",
    "warp": "kernels.triton_warp",
}
CHOICES = ("auto", "torch", "triton")
# what a missing driver, compiler or GPU feature raises; a Triton error is added where Triton is
# there
FAILURES = (RuntimeError, OSError, ImportError, NotImplementedError, subprocess.SubprocessError)


def choice() -> str:
    """SLIPSTREAM_KERNELS, auto where it is not set. Raises ValueError for an unknown word."""
    word = os.environ.get("SLIPSTREAM_KERNELS") or "auto"
    if word not in CHOICES:
        raise ValueError(f'SLIPSTREAM_KERNELS is "{word}": it can be {", ".join(CHOICES)}')
    return word


@functools.cache
def fused(name: str, device: torch.device) -> ModuleType | None:
    """The Triton form of a kernel where it is to run on the device, None where torch is."""
    wanted = choice()
    if wanted == "torch" or not _possible(device, wanted):
        return None
    problem = _problem(name, device)
    if problem is None:
        return importlib.import_module(FORMS[name])
    if wanted == "triton":
        raise RuntimeError(f"SLIPSTREAM_KERNELS is triton, but {name} on {device} {problem}")
    log.warning("%s on %s runs in torch: the Triton form %s", name, device, problem)
    return None


def warm(device: torch.device) -> dict[str, str]:
    """Decides every kernel for the device, which may compile for seconds; {kernel: "torch" or
    "triton"}.
    """
    device = torch.empty(0, device=device).device  # with its index, as tensors have it
    return {name: "triton" if fused(name, device) else "torch" for name in FORMS}


def _possible(device: torch.device, wanted: str) -> bool:
    if device.type == "cuda":
        return wanted == "triton" or importlib.util.find_spec("triton") is not None
    return device.type == "cpu" and wanted == "triton" and _interpreted()


def _interpreted() -> bool:
    return os.environ.get("TRITON_INTERPRET") == "1"


def _problem(name: str, device: torch.device) -> str | None:
    try:
        form = importlib.import_module(FORMS[name])
        difference = form.disagreement(device)
    except _failures() as error:
        return f"failed: {error}"
    # written so that NaN is a problem too
    if difference <= form.TOLERANCE:
        return None
    return f"differs by {difference:.1e} where {form.TOLERANCE:.0e} is allowed"


def _failures() -> tuple[type[Exception], ...]:
    if importlib.util.find_spec("triton") is None:
        return FAILURES
    return (*FAILURES, importlib.import_module("triton").TritonError)
