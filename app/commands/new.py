"""`slipstream new`: a document of one's own, begun from a preset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = "Writes a copy of a preset (or of any document) to a file, to be changed at will."
FIRST = "clip_restyle"


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(commands, "new", "begin a document from a preset", ABOUT)
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the document to write, such as show.json"
    )
    parser.add_argument(
        "--preset", default=FIRST, metavar="NAME", help=f"what to begin from ({FIRST})"
    )
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Writes the document; DocumentError where a file is there already or cannot be written."""
    from app.documents import find
    from app.program import registry
    from engine.document import load, save
    from engine.errors import DocumentError

    target = options.file if options.file.suffix else options.file.with_suffix(".json")
    if target.exists():
        raise DocumentError(f"{target} is there already; choose another name")
    document, _ = load(find(options.preset), registry())
    save(document, target)
    terminal.say(f"{target}: a copy of {options.preset}; next: `slipstream render {target}`")
    return 0
