"""The loop that every training stage runs in: timed slices, seeded steps, checkpoints that
resume where they stopped."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from tqdm import tqdm

from assets.recipes import crew

if TYPE_CHECKING:
    from pathlib import Path

SAVE_EVERY_S = 120.0


class Stage(Protocol):
    """One stage of training: named modules and optimisers to keep, and a step to repeat."""

    name: str

    def step(self, index: int, total: int) -> float:
        """Does one optimiser step and returns the loss."""
        ...

    def keep(self) -> dict[str, Any]:
        """Everything with a `state_dict` that a checkpoint must hold, by name."""
        ...


def run_stage(stage: Stage, folder: Path, *, total: int, minutes: float, seed: int) -> int:
    """Trains until `total` steps are done or the slice of `minutes` is over; returns the steps
    done so far."""
    path = folder / f"{stage.name}.pt"
    done = _resume(stage, path)
    end = time.monotonic() + 60 * minutes
    saved = time.monotonic()
    bar = tqdm(total=total, initial=done, desc=stage.name, mininterval=5, disable=crew.rank() > 0)
    mean = math.nan
    attention = [
        SDPBackend.MATH,
        *([SDPBackend.FLASH_ATTENTION] if torch.cuda.is_available() else []),
    ]
    while done < total and not crew.any_of(time.monotonic() > end):
        torch.manual_seed((seed * 64 + crew.rank()) * 1_000_003 + done)
        # the fused CPU attention spends more time in its backward than all convolutions together
        with sdpa_kernel(attention):
            loss = stage.step(done, total)
        mean = loss if math.isnan(mean) else 0.98 * mean + 0.02 * loss
        done += 1
        bar.update()
        bar.set_postfix(loss=f"{mean:.4f}", refresh=False)
        if time.monotonic() - saved > SAVE_EVERY_S:
            _save(stage, path, done)
            saved = time.monotonic()
    bar.close()
    _save(stage, path, done)
    return done


def rate(index: int, total: int, *, peak: float, warm: int = 100, floor: float = 0.05) -> float:
    """Learning rate: a short rise, then half a cosine down to `floor` of the peak."""
    if index < warm:
        return peak * (index + 1) / warm
    fall = 0.5 + 0.5 * math.cos(math.pi * min(1.0, index / max(1, total)))
    return peak * (floor + (1 - floor) * fall)


def follow(average: nn.Module, module: nn.Module, decay: float) -> None:
    """Moves an exponential average of the weights a step towards the live ones."""
    with torch.no_grad():
        for old, new in zip(average.parameters(), module.parameters(), strict=True):
            old.lerp_(new, 1 - decay)


def descend(
    optimizer: torch.optim.Optimizer, loss: Tensor, learning_rate: float, *, clip: float = 1.0
) -> None:
    """One clipped optimiser step at this learning rate."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    crew.average_gradients(p for group in optimizer.param_groups for p in group["params"])
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
        nn.utils.clip_grad_norm_(group["params"], clip)
    optimizer.step()


def _save(stage: Stage, path: Path, done: int) -> None:
    if crew.rank() > 0:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: thing.state_dict() for name, thing in stage.keep().items()}
    part = path.with_suffix(".part")
    torch.save({"done": done, "state": state}, part)
    part.replace(path)


def _resume(stage: Stage, path: Path) -> int:
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True, map_location="cpu")
    for name, thing in stage.keep().items():
        thing.load_state_dict(kept["state"][name])
    return kept["done"]
