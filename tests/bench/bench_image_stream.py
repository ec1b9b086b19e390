"""The image stream against the public streamdiffusion package, and its cost at several sizes.

    python -m tests.bench.bench_image_stream [--model NAME] [--rounds 30] [--threads 2]

Outputs are compared on the same weights, noise and frames; speed is the ratio of calls taken in
turn, so that a busy machine is busy for both. The package is used where it can be imported: put its
`src` folder (github.com/cumulo-autumn/StreamDiffusion) on PYTHONPATH. It asks CUDA for the time, so
a CPU run gives it a clock.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from nodes.models import zoo
from nodes.models.stable_diffusion import ImageModel, load_stable_diffusion
from nodes.rollout.image.guidance import Guidance
from nodes.rollout.image.stream_batch import Settings, StreamBatch, rungs

CPU = torch.device("cpu")
PROMPT = "green hills at sunset, oil painting"
MODES = ("none", "self", "initialize", "full")
LADDERS = ((32,), (32, 45), (0, 16, 32, 45))
SCALE, DELTA = 1.4, 0.7
LEAST = 1e-3  # largest difference that counts as equal in float32


class Clock:
    """Stands for a CUDA event where there is no CUDA."""

    def __init__(self, **_: object) -> None:
        self.at = 0.0

    def record(self) -> None:
        self.at = time.perf_counter()

    def elapsed_time(self, other: Clock) -> float:
        return (other.at - self.at) * 1000


@contextlib.contextmanager
def clock_for_cuda() -> Iterator[None]:
    """The package times itself with CUDA events; on a CPU it gets the system's clock."""
    before = torch.cuda.Event, torch.cuda.synchronize
    if not torch.cuda.is_available():
        torch.cuda.Event, torch.cuda.synchronize = Clock, lambda: None  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.cuda.Event, torch.cuda.synchronize = before  # type: ignore[assignment]


def package() -> Any:
    """The streamdiffusion package, or None where it cannot be imported."""
    with contextlib.suppress(ImportError):
        return importlib.import_module("streamdiffusion")
    return None


def theirs(folder: Path, indices: tuple[int, ...], mode: str, size: int, dtype: torch.dtype) -> Any:
    """The package's pipeline, prepared."""
    import diffusers

    pipe = diffusers.StableDiffusionPipeline.from_pretrained(
        folder, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    ).to(dtype)
    pipe.set_progress_bar_config(disable=True)
    stream = package().StreamDiffusion(
        pipe, list(indices), torch_dtype=dtype, width=size, height=size, cfg_type=mode
    )
    stream.prepare(PROMPT, "", guidance_scale=SCALE, delta=DELTA)
    return stream


class Ours:
    """The same stream from our parts, with the noise of theirs."""

    def __init__(
        self, model: ImageModel, indices: tuple[int, ...], mode: Any, size: int, noise: Any
    ) -> None:
        ladder = model.schedule.ladder(model.schedule.at(indices))
        drawn = torch.randn(len(indices), model.latent_channels, *model.latent_size(size, size))
        fixed = drawn if noise is None else noise.float()
        self.batch = StreamBatch(Settings(rungs(ladder, fixed), Guidance(mode, SCALE, DELTA)))
        text = model.text
        self.denoise = model.denoiser(text.encode(PROMPT), text.encode_negative(""), size, size)
        self.model, self.size = model, size

    def __call__(self, frame: torch.Tensor) -> torch.Tensor:
        latents, _ = self.batch.step(self.model.encode(frame), self.denoise, tag=0)
        return self.model.decode(latents, self.size, self.size)


def frames(count: int, size: int) -> list[torch.Tensor]:
    """A soft pattern that moves, (1, 3, size, size) in [0, 1]."""
    line = torch.linspace(0, 9, size)
    waves = [
        torch.sin(line[None] + k / 3) * torch.cos(line[:, None] * (1 + k / 40))
        for k in range(count)
    ]
    tints = torch.tensor([0.5, 0.35, 0.2]).view(1, 3, 1, 1)
    return [0.5 + wave[None, None] * tints for wave in waves]


def in_turn(calls: list[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Milliseconds of each call in each round, the calls of a round one after another."""
    for call in calls * 3:
        call()
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for which, call in enumerate(calls):
            began = time.perf_counter()
            call()
            taken[which].append((time.perf_counter() - began) * 1000)
    return taken


def ratio(slow: list[float], quick: list[float]) -> float:
    """How many times quicker: the median of the rounds' own ratios."""
    return statistics.median(s / q for s, q in zip(slow, quick, strict=True))


def show_equality(folder: Path, model: ImageModel, size: int) -> None:
    print(f"\nlargest difference from the package, float32, {size}x{size}, pictures in [0, 1]")
    for indices in LADDERS[1:]:
        for mode in MODES:
            worst, contrast = difference(folder, model, indices, mode, size)
            word = "equal" if worst < LEAST else "DIFFERENT"
            print(f"  {indices!s:18} {mode:11} {worst:.1e}  {word} (contrast {contrast:.2f})")


def difference(
    folder: Path, model: ImageModel, indices: tuple[int, ...], mode: str, size: int
) -> tuple[float, float]:
    """The largest difference once the package's empty buffers are out, and the pictures'
    contrast.
    """
    other = theirs(folder, indices, mode, size, torch.float32)
    mine = Ours(model, indices, mode, size, other.init_noise)
    settled = 2 * len(indices) - 1
    worst, contrast = 0.0, 0.0
    for k, frame in enumerate(frames(settled + 6, size)):
        expected = (other(frame).float() / 2 + 0.5).clamp(0, 1)
        apart = (mine(frame) - expected).abs().max().item()
        if k >= settled:
            worst, contrast = max(worst, apart), expected.std().item()
    return worst, contrast


def show_speed(folder: Path, models: dict[str, ImageModel], size: int, rounds: int) -> None:
    print(f"\nspeed against the package, {size}x{size}, ms a frame (median) and times quicker")
    picture = frames(1, size)[0]
    for indices, mode in itertools.product(LADDERS, ("none", "self")):
        if mode == "self" and len(indices) == 1:
            continue  # the package has no meaning for it
        single, half = (
            theirs(folder, indices, mode, size, dtype) for dtype in (torch.float32, torch.bfloat16)
        )
        mine = {
            name: Ours(model, indices, mode, size, single.init_noise)
            for name, model in models.items()
        }
        streams = {"single": single, "half": half, **mine}
        taken = in_turn([partial(stream, picture) for stream in streams.values()], rounds)
        print(f"  {indices!s:16} {mode:5}{_row(dict(zip(streams, taken, strict=True)))}")


def _row(taken: dict[str, list[float]]) -> str:
    middle = {name: statistics.median(times) for name, times in taken.items()}
    return (
        f" theirs f32 {middle['single']:6.1f} bf16 {middle['half']:6.1f}"
        f" | ours f32 {middle['float32']:6.1f} bf16 {middle['bfloat16']:6.1f}"
        f" | f32 {ratio(taken['single'], taken['float32']):.2f}x"
        f" bf16 {ratio(taken['half'], taken['bfloat16']):.2f}x"
        f" defaults {ratio(taken['single'], taken['bfloat16']):.2f}x"
    )


def show_cost(model: ImageModel, rounds: int) -> None:
    print(f"\n{model.name} in {model.dtype}, ms a frame (median)")
    print("  size   1 step  2 steps  4 steps")
    for size in (128, 256, 512):
        picture = frames(1, size)[0]
        streams = [Ours(model, indices, "none", size, None) for indices in LADDERS]
        taken = in_turn([partial(stream, picture) for stream in streams], rounds)
        print(f"  {size:4} {''.join(f'{statistics.median(times):9.1f}' for times in taken)}")


def be_quiet() -> None:
    """Keeps what diffusers says while it loads out of the table."""
    quiet = importlib.import_module("diffusers").utils.logging
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()


def main() -> None:
    """Prints equality, speed ratios and cost."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--model", default="slipstream-tiny")
    asked.add_argument("--size", type=int, default=256)
    asked.add_argument("--rounds", type=int, default=30)
    asked.add_argument("--threads", type=int, default=2)
    options = asked.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    be_quiet()
    folder = zoo.locate(options.model)
    models = {
        name: load_stable_diffusion(folder, device=CPU, dtype=getattr(torch, name))
        for name in ("float32", "bfloat16")
    }
    print(f"python -m tests.bench.bench_image_stream {' '.join(sys.argv[1:])}")
    capability = torch.backends.cpu.get_cpu_capability()
    print(f"torch {torch.__version__}, CPU with {capability}, {options.threads} threads")
    if package() is None:
        print("\nstreamdiffusion is not on PYTHONPATH, so there is nothing to compare with")
    else:
        with clock_for_cuda():
            show_equality(folder, models["float32"], 128)
            show_speed(folder, models, options.size, options.rounds)
    show_cost(models["bfloat16"], options.rounds)


if __name__ == "__main__":
    main()
