"""The command line that all recipes share: what to spend, which stage, for how long, from where to
where."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from assets.recipes import crew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "assets" / "models"
ALL, SAVE = "all", "save"  # asked for as stages are


def parser(
    doc: str | None, *, budgets: Iterable[str], stages: Iterable[str], train: str, folder: Path
) -> argparse.ArgumentParser:
    """A parser for the options of every recipe; checkpoints lie in `.train/` under the name
    `train`, and what comes out is `folder`."""
    made = argparse.ArgumentParser(description=doc)
    made.add_argument("--budget", choices=sorted(budgets), default="cpu")
    made.add_argument("--stage", choices=(*stages, SAVE, ALL), default=ALL)
    made.add_argument(
        "--minutes", type=float, default=float("inf"), help="of this slice of each stage"
    )
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--threads", type=int, default=1)
    made.add_argument("--train", type=Path, default=ROOT / ".train" / train)
    made.add_argument("--out", type=Path, default=folder)
    return made


def run(
    options: argparse.Namespace,
    job: Any,
    stages: Mapping[str, Callable[[Any], None]],
    save: Callable[[Any, Path], None],
) -> None:
    """Runs the stage that was asked for, or all of them; writes the folder behind the last."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(options.threads)
    crew.join()
    for name, stage in stages.items():
        if options.stage in (ALL, name):
            stage(job)
    if options.stage in (ALL, SAVE) and crew.rank() == 0:
        save(job, options.out)
    crew.leave()
