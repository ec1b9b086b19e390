"""Milliseconds of each kernel at three sizes, as a table: python -m tests.bench.bench_kernels.

The least of several runs, after two that do not count; on a GPU by the device's own clock. On a
machine that others use too, --shared counts one thread and its processor time, not the wall.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from kernels import backend, blend, color, filters, interpolate, key, noise, resize, warp

if TYPE_CHECKING:
    from collections.abc import Callable

    Timer = Callable[[Callable[[], object]], float]

SIZES = {"256": (256, 256), "512": (512, 512), "1080p": (1080, 1920)}
LEAST_RUNS, LEAST_SECONDS = 5, 0.3


def cases(height: int, width: int, device: torch.device) -> dict[str, Callable[[], object]]:
    """Name -> a call on pictures of the size that are already on the device."""
    picture, top = (
        noise.fbm(height, width, scale=64, octaves=4, seed=s, device=device)
        .expand(-1, 3, -1, -1)
        .contiguous()
        for s in (1, 2)
    )
    mask = top[:, :1].contiguous()
    flow = top[:, :2].sub(0.5).mul_(20).contiguous()
    lut = noise.uniform((33, 33, 33, 3), seed=3, stream=0, device=device)
    turn = resize.affine_matrix(scale=(1.02, 1.02), rotate=0.01, pivot=(width / 2, height / 2))
    alphas = {"base_alpha": mask, "top_alpha": mask}
    shape = (1, 3, height, width)
    size = {"height": height, "width": width}
    half = {"height": height // 2, "width": width // 2}
    double = {"height": height * 2, "width": width * 2}
    return {
        "noise uniform": lambda: noise.uniform(shape, seed=1, stream=0, device=device),
        "noise gaussian": lambda: noise.gaussian(shape, seed=1, stream=0, device=device),
        "noise fbm, 5 octaves": lambda: noise.fbm(
            **size, scale=128, octaves=5, seed=1, device=device
        ),
        "noise worley": lambda: noise.worley(**size, scale=48, seed=1, device=device),
        "srgb to linear": lambda: color.srgb_to_linear(picture),
        "linear to srgb": lambda: color.linear_to_srgb(picture),
        "grade, all but hue": lambda: color.grade(
            picture, exposure=0.3, temperature=0.2, saturation=1.2, contrast=1.1
        ),
        "hue rotate": lambda: color.hue_rotate(picture, 0.2),
        "contrast": lambda: color.contrast(picture, 1.3),
        "levels": lambda: color.levels(picture, in_black=0.1, gamma=1.4),
        "table 33": lambda: color.apply_lut3d(picture, lut),
        "blend normal": lambda: blend.blend(picture, top, opacity=0.5),
        "blend normal, display-coded": lambda: blend.blend(picture, top, opacity=0.5, linear=False),
        "blend overlay": lambda: blend.blend(picture, top, mode="overlay", opacity=0.5),
        "blend luminosity, two alphas": lambda: blend.blend(
            picture, top, mode="luminosity", opacity=0.5, **alphas
        ),
        "gaussian blur, sigma 2": lambda: filters.gaussian_blur(picture, 2),
        "gaussian blur, sigma 6": lambda: filters.gaussian_blur(picture, 6),
        "gaussian blur, sigma 40": lambda: filters.gaussian_blur(picture, 40),
        "box blur, radius 20": lambda: filters.box_blur(picture, 20),
        "unsharp": lambda: filters.unsharp(picture),
        "edges": lambda: filters.edges(picture),
        "thin edges": lambda: filters.thin_edges(picture),
        "dilate, radius 8": lambda: filters.dilate(mask, 8),
        "halve, bilinear": lambda: resize.resize(picture, **half),
        "double, bilinear": lambda: resize.resize(picture, **double),
        "double, lanczos": lambda: resize.resize(picture, **double, filter="lanczos"),
        "affine, bilinear": lambda: resize.affine(picture, turn, border="mirror"),
        "affine, wrap": lambda: resize.affine(picture, turn, border="wrap"),
        "backward warp": lambda: warp.backward_warp(picture, flow),
        "forward splat": lambda: warp.forward_splat(picture, flow),
        "flow consistency": lambda: warp.consistent(flow, flow),
        "chroma key, oklab": lambda: key.chroma_key(picture),
        "chroma key, cbcr": lambda: key.chroma_key(picture, plane="cbcr"),
        "luma key": lambda: key.luma_key(picture, low=0.3),
        "slerp": lambda: interpolate.slerp(picture, top, 0.3, per_row=False),
    }


def milliseconds(call: Callable[[], object], timed: Timer) -> float:
    """The least time of one call."""
    for _ in range(2):
        timed(call)
    runs, until = [], time.perf_counter() + LEAST_SECONDS
    while len(runs) < LEAST_RUNS or time.perf_counter() < until:
        runs.append(timed(call))
    return min(runs)


def _wall(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - start)


def _processor(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return 1e3 * (time.thread_time() - start)


def _on_gpu(call: Callable[[], object]) -> float:
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def measure(
    device: torch.device, timed: Timer, only: str, sizes: list[str]
) -> dict[str, dict[str, float]]:
    """Kernel name -> size name -> milliseconds."""
    table: dict[str, dict[str, float]] = {}
    for size in sizes:
        for name, call in cases(*SIZES[size], device).items():
            if only in name:
                table.setdefault(name, {})[size] = milliseconds(call, timed)
    return table


def machine(device: torch.device) -> dict[str, object]:
    """What the figures were measured on."""
    named = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device) if named else platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "forms": backend.warm(device),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--only", default="", help="part of a kernel's name")
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--shared", action="store_true", help="one thread, processor time")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    torch.set_num_threads(1 if options.shared else options.threads)
    device = torch.device(options.device)
    timed = _on_gpu if device.type == "cuda" else _processor if options.shared else _wall
    with torch.inference_mode():
        about = machine(device)
        table = measure(device, timed, options.only, options.sizes)
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    print(f"{'ms, float32, 1x3xHxW':32s}" + "".join(f"{s:>10s}" for s in options.sizes))
    for name, row in table.items():
        print(f"{name:32s}" + "".join(f"{row[size]:10.3f}" for size in options.sizes))
    if options.json:
        options.json.write_text(json.dumps({"machine": about, "milliseconds": table}, indent=1))


if __name__ == "__main__":
    main()
