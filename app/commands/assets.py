"""`slipstream assets`: the models and clips that are here or could be, their size and licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from app.terminal import Terminal
    from engine.weights import Weights

ABOUT = """\
Lists the models that documents can name: embedded (they come along), cached (on this machine) or
missing, each with its size and licence. Nothing is downloaded.
"""


class Terms(NamedTuple):
    """The size of a download in bytes, about, and the licence that its authors give."""

    size: float
    licence: str


OURS = Terms(0, "MIT, as this program")
TERMS = {
    "slipstream-tiny": OURS,
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
    from app.program import weights
    from nodes.models.zoo import KNOWN

    del options
    terminal.say("models")
    held = weights()
    for name, known in KNOWN.items():
        terms = TERMS.get(name, Terms(0, "see its card"))
        path = _found(name, held)
        link = f"https://huggingface.co/{known.repo}" if known.repo else ""
        terminal.say(_line(name, _state(path), _amount(path, terms), terms.licence, path or link))
    held.close()
    terminal.say("clips")
    for clip in sorted(CLIPS.glob("*.mp4")):
        terminal.say(_line(clip.name, "embedded", _amount(clip, OURS), OURS.licence, clip))
    return 0


def _line(name: str, state: str, amount: str, licence: str, where: Path | str) -> str:
    return f"  {name:16} {state:9} {amount:>14}  {licence:28} {where}"


def _found(name: str, held: Weights) -> Path | None:
    from engine.errors import WeightsError
    from nodes.models.zoo import locate

    try:
        return locate(name, held)
    except WeightsError:
        return None


def _state(path: Path | None) -> str:
    from nodes.models.zoo import EMBEDDED

    if path is None:
        return "missing"
    return "embedded" if path.is_relative_to(EMBEDDED) else "cached"


def _amount(path: Path | None, terms: Terms) -> str:
    """Bytes on the disk, or about what a download has."""
    from app.terminal import size

    if path is None:
        return f"about {size(terms.size)}"
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return size(sum(file.stat().st_size for file in files))
