"""`slipstream assets`: which models and clips are here, which could be, how large and under which licence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Lists the models that documents can name: embedded (they come along), cached (on this machine) or missing, each with
its size and licence. Nothing is downloaded.
"""


class Terms(NamedTuple):
    """The size of a download in bytes, about, and the licence that its authors give."""

    size: float
    licence: str


TERMS = {
    "slipstream-tiny": Terms(0, "MIT, as this program"),
    "sd-turbo": Terms(2.6e9, "Stability AI Community"),
    "sdxl-turbo": Terms(7.0e9, "Stability AI Non-Commercial"),
    "sd15": Terms(2.8e9, "CreativeML OpenRAIL-M"),
    "lcm-sd15": Terms(2.8e9, "CreativeML OpenRAIL-M"),
    "lcm-dreamshaper": Terms(3.4e9, "MIT"),
    "lcm-lora-sd15": Terms(0.14e9, "OpenRAIL++-M"),
    "lcm-lora-sdxl": Terms(0.4e9, "OpenRAIL++-M"),
    "taesd": Terms(0.01e9, "MIT"),
    "taesdxl": Terms(0.01e9, "MIT"),
}


def add(commands: Any) -> None:
    """Declares the command."""
    parser = common.command(commands, "assets", "list models: embedded, cached, missing", ABOUT)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Says every model and clip; 0."""
    from app.folders import CLIPS
    from app.terminal import size
    from nodes.models.zoo import KNOWN

    del options
    terminal.say("models")
    for name, known in KNOWN.items():
        state, used, path = _found(name)
        terms = TERMS.get(name, Terms(0, "see its card"))
        amount = size(used) if used else f"about {size(terms.size)}"
        where = path or (f"https://huggingface.co/{known.repo}" if known.repo else "")
        terminal.say(f"  {name:16} {state:9} {amount:>14}  {terms.licence:28} {where}")
    terminal.say("clips")
    for clip in sorted(CLIPS.glob("*.mp4")):
        terminal.say(f"  {clip.name:16} {'embedded':9} {size(clip.stat().st_size):>14}  {'MIT, as this program':28} {clip}")
    return 0


def _found(name: str) -> tuple[str, int, str]:
    """Whether a model is here, its bytes on disk, and where."""
    from app.program import weights
    from engine.errors import WeightsError
    from nodes.models.zoo import EMBEDDED, locate

    held = weights()
    try:
        path = locate(name, held)
    except WeightsError:
        return "missing", 0, ""
    finally:
        held.close()
    used = sum(file.stat().st_size for file in _files(path))
    return ("embedded" if path.is_relative_to(EMBEDDED) else "cached"), used, str(path)


def _files(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
