"""`slipstream presets`: the documents that come with the program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Lists the presets: documents that come with the program, to render, run or copy with
`slipstream new`.
"""


def add(commands: Any) -> None:
    """Declares the command."""
    parser = common.command(commands, "presets", "list the documents that come along", ABOUT)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Says each preset's name and title; 0."""
    from app.documents import presets

    del options
    known = presets()
    width = max(map(len, known), default=0)
    for name, path in known.items():
        title = json.loads(path.read_text(encoding="utf-8")).get("title", "")
        terminal.say(f"{name:{width}}  {title}")
    return 0
