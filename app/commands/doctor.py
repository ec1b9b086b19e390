"""`slipstream doctor`: what this machine can do, what is missing, and the words that mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Looks at everything that Slipstream uses on this machine; what is missing comes with what mends it.
"""
MARKS = {"ok": "  ", "note": "· ", "missing": "! "}


def add(commands: Any) -> None:
    """Declares the command."""
    parser = common.command(
        commands, "doctor", "say what this machine can do and what is missing", ABOUT
    )
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Says every finding; 0 also where something is missing, because the rest works."""
    from app.system import findings

    del options
    missing = 0
    for finding in findings():
        missing += finding.mark == "missing"
        fix = f": {finding.fix}" if finding.fix else ""
        terminal.say(f"{MARKS[finding.mark]}{finding.what:16} {finding.found}{fix}")
    terminal.say(f"missing: {missing} (marked !)" if missing else "nothing is missing")
    return 0
