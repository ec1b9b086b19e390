"""Which device computes, in which number format, with which switches of torch: decided here."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.errors import DeviceError

KINDS = ("cpu", "cuda", "mps")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
KEPT_BLOCK = 256 << 20  # bytes; a picture of 1080p in float32 has 25 MB


@dataclass(frozen=True)
class Memory:
    """Bytes of a device in use and in all, on the CPU of process and machine; 0: unknown."""

    used: int
    total: int


def configure(threads: int | None = None) -> None:
    """Sets torch's switches, once and first. `threads` are those of one operation on the CPU.

    Convolutions are chosen for being repeatable, not by timing: renders give the same bytes twice.
    """
    if threads is not None and threads < 1:
        raise DeviceError(f"torch computes with 1 thread or more, not {threads}")
    torch.set_num_threads(threads or usable_cores())
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.set_flush_denormal(True)
    _keep_large_blocks()


def _keep_large_blocks() -> None:
    """Lets glibc keep what is freed: page faults of a picture cost as much as its arithmetic."""
    if sys.platform.startswith("linux") and platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BLOCK)


def usable_cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pick(name: str = "auto") -> torch.device:
    """The device of that name; "auto" is CUDA, else MPS, else the CPU. DeviceError without it."""
    if name == "auto":
        return torch.device("cuda" if _has_cuda() else "mps" if _has_mps() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in KINDS or (":" in name and not (kind == "cuda" and number.isdecimal())):
        raise DeviceError(f"{name!r} is not a device; use auto, cpu, mps, cuda or cuda:0")
    if (kind == "cuda" and not _has_cuda()) or (kind == "mps" and not _has_mps()):
        raise DeviceError(f"there is no {kind} device on this machine{_why(kind)}; use cpu or auto")
    if kind == "cuda" and number and int(number) >= torch.cuda.device_count():
        last = torch.cuda.device_count() - 1
        raise DeviceError(f"there is no {name} on this machine; the last is cuda:{last}")
    return torch.device(name if kind == "cuda" else kind)


def compute_dtype(device: torch.device) -> torch.dtype:
    """What networks compute in: half precision where it is quicker, never fp16 on a CPU."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(False) else torch.float16
    if device.type == "mps":
        return torch.float16
    return torch.bfloat16 if _cpu_has_bf16() else torch.float32


def memory(device: torch.device) -> Memory:
    """What is in use on a device now."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return Memory(total - free, total)
    if device.type == "mps":
        used = torch.mps.driver_allocated_memory()
        return Memory(used, torch.mps.recommended_max_memory())
    return _host_memory()


def describe() -> dict[str, str]:
    """Facts for `slipstream doctor`, in the order in which they read well."""
    device = pick()
    found = memory(device)
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "torch": str(torch.__version__),
        "device": f"{device} ({_model(device)})",
        "computes in": str(compute_dtype(device)).removeprefix("torch."),
        "cores": f"{usable_cores()}, torch uses {torch.get_num_threads()}",
        "memory": f"{found.used / 2**30:.1f} of {found.total / 2**30:.1f} GB",
    }


def _has_cuda() -> bool:
    return torch.cuda.is_available()


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


def _why(kind: str) -> str:
    built = torch.backends.cuda.is_built() if kind == "cuda" else torch.backends.mps.is_built()
    return "" if built else f" (this torch, {torch.__version__}, is built without it)"


def _cpu_has_bf16() -> bool:
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _model(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def _host_memory() -> Memory:
    if sys.platform == "win32":
        return Memory(0, 0)
    page = os.sysconf("SC_PAGE_SIZE")
    return Memory(_resident(page), page * os.sysconf("SC_PHYS_PAGES"))


def _resident(page: int) -> int:
    """Bytes of this process in memory; where the system does not tell, the most there ever were."""
    import resource  # not on every system

    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * page
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
