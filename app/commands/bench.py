"""`slipstream bench`: what this machine reaches; from a checkout also the benches of the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from app.bench.figures import Figure
    from app.terminal import Terminal

ABOUT = """\
Measures this machine: the engine's own cost, the generator that comes along, every preset. From a
checkout a name runs one of the longer benches, with what follows `--` handed on.
"""
EXAMPLES = """\
examples:
  slipstream bench
  slipstream bench engine
  slipstream bench live -- overload --minutes 1
"""
QUICK = ("cost", "generator", "presets")


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(commands, "bench", "measure this machine", ABOUT, EXAMPLES)
    known = ", ".join((*QUICK, *longer()))
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of: {known}")
    parser.add_argument("rest", nargs="*", metavar="WORD", help="what a longer bench is told")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    common.machine(parser)
    parser.set_defaults(run=run)


def longer() -> dict[str, str]:
    """The benches of a checkout: name -> module."""
    folder = Path(__file__).resolve().parents[2] / "tests" / "bench"
    files = sorted(folder.glob("bench_*.py"))
    return {path.stem.removeprefix("bench_"): f"tests.bench.{path.stem}" for path in files}


def run(options: Namespace, terminal: Terminal) -> int:
    """Says every figure; the exit code of a longer bench, else 0."""
    from app.folders import ROOT
    from engine.errors import RegistryError, did_you_mean

    if options.name in longer():
        module = longer()[options.name]
        return subprocess.call([sys.executable, "-m", module, *options.rest], cwd=ROOT)
    if options.name and options.name not in QUICK:
        hint = did_you_mean(options.name, (*QUICK, *longer()))
        raise RegistryError(f"there is no bench {options.name!r}{hint}")
    figures: list[Figure] = []
    for figure in _measured(options, terminal):
        figures.append(figure)
        terminal.say(f"  {figure.name:44} {figure.value:9.2f} {figure.unit}")
    if options.json:
        _write(options.json, figures)
    return 0


def _measured(options: Namespace, terminal: Terminal) -> Iterator[Figure]:
    from app.bench import figures
    from app.program import Program
    from engine import device

    with Program(device=options.device, nodes=options.nodes) as program:
        facts = device.describe()
        terminal.say(", ".join(facts[what] for what in ("device", "computes in", "cores", "torch")))
        if options.name in (None, "cost"):
            yield from figures.engine()
        if options.name in (None, "generator"):
            yield from figures.generator(program)
        if options.name in (None, "presets"):
            yield from figures.every_preset(program)


def _write(path: Path, figures: list[Figure]) -> None:
    from engine.errors import DocumentError

    rows = [{"name": one.name, "value": one.value, "unit": one.unit} for one in figures]
    try:
        path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise DocumentError(f"cannot write {path}: {error.strerror}") from None
