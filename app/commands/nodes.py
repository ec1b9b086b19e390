"""`slipstream nodes`: what there is to build with, read off the nodes themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Lists the node types; with a name, one of them in full: ports, parameters, limits, units, help.
"""


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(commands, "nodes", "list the nodes, or explain one", ABOUT)
    parser.add_argument("name", nargs="?", metavar="NAME", help="a node such as compose.blend")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="the whole reference as Markdown")
    form.add_argument("--json", action="store_true", help="the reference as JSON, with JSON Schema")
    common.folders(parser)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Says the reference; 0."""
    from app import reference
    from app.program import registry

    known = registry(options.nodes)
    for problem in known.problems:
        terminal.warn(problem.message)
    if options.json:
        specs = [known.get(options.name)] if options.name else known.specs()
        terminal.say(json.dumps(reference.data(specs), indent=2, ensure_ascii=False))
    elif options.name:
        terminal.say(reference.page(known.get(options.name)))
    elif options.markdown:
        terminal.say(reference.markdown(known).rstrip())
    else:
        terminal.say(reference.listing(known))
    return 0
