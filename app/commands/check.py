"""`slipstream check`: everything that is wrong with a document, and what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Reads a document and says what is wrong with it and what would mend it, without running it.
Exit code 0: it can run, 2: it has errors.
"""


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(commands, "check", "say what is wrong with a document", ABOUT)
    parser.add_argument("document", metavar="DOC", help="a document, or the name of a preset")
    common.folders(parser)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Says every problem; 0 where the document can run, 2 where it has errors."""
    from app.documents import find
    from app.program import registry
    from app.terminal import counted
    from engine.document import load

    known = registry(options.nodes)
    for trouble in known.problems:
        terminal.warn(trouble.message)
    document, problems = load(find(options.document), known)
    for problem in problems:
        terminal.say(str(problem))
    errors = sum(problem.severity == "error" for problem in problems)
    graph = document.graph.flatten()
    stream = graph.stream
    rate = f"{stream.width}x{stream.height} at {float(stream.fps):.4g} frames/s"
    what = f"{counted(len(graph.nodes), 'node')}, {counted(len(graph.links), 'link')}, {rate}"
    found = f"{counted(errors, 'error')}, {counted(len(problems) - errors, 'warning')}"
    verdict = found if problems else "nothing is wrong"
    terminal.say(f"{document.title or options.document}: {verdict}; {what}")
    return 2 if errors else 0
