"""`slipstream assets`: the models and clips that are here or could be, their size and licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from app.terminal import Terminal

ABOUT = """\
Lists the models that documents can name: embedded (they come along), cached (on this machine) or
missing, each with its size and licence. Nothing is downloaded.
"""


def add(commands: Any) -> None:
    """Declares the command."""
    parser = common.command(commands, "assets", "list models: embedded, cached, missing", ABOUT)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Says every model and clip; 0."""
    from app.folders import CLIPS
    from app.model_list import OURS, amount, models
    from app.program import weights

    del options
    terminal.say("models")
    held = weights()
    for model in models(held):
        where = model.path or model.link
        terminal.say(_line(model.name, model.state, model.amount, model.licence, where))
    held.close()
    terminal.say("clips")
    for clip in sorted(CLIPS.glob("*.mp4")):
        terminal.say(_line(clip.name, "embedded", amount(clip, OURS), OURS.licence, clip))
    return 0


def _line(name: str, state: str, amount: str, licence: str, where: Path | str) -> str:
    return f"  {name:16} {state:9} {amount:>14}  {licence:28} {where}"
