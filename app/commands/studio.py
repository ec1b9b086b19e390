"""`slipstream studio`: the window, which `slipstream` alone opens too where there is a screen."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Opens the studio: a graph that is wired while the picture runs, a stage view for cues and macros, an
output on the second display. Without a document it begins with a preset that generates at once.
"""
EXAMPLES = """\
examples:
  slipstream
  slipstream studio webcam_dream --output
  slipstream studio show.json --perform --no-crash-prompt
"""


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(commands, "studio", "open the window", ABOUT, EXAMPLES)
    parser.add_argument("document", nargs="?", metavar="DOC", help="a document or preset to open")
    parser.add_argument("--perform", action="store_true", help="begin in the stage view")
    parser.add_argument("--output", action="store_true", help="begin with the output on")
    parser.add_argument("--recover", action="store_true", help="open what a crash left, unasked")
    parser.add_argument(
        "--no-crash-prompt", action="store_true", help="do not ask what to do after a crash"
    )
    parser.add_argument(
        "--safe-mode",
        action="store_true",
        help="usual settings and keys, no node files of your own, no controllers",
    )
    common.machine(parser)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Runs until the window is closed; its exit code."""
    missing = why_no_window()
    if missing:
        terminal.error(missing)
        return 2
    import torch  # noqa: F401 - before Qt: both bring threads, and the second to come yields

    from app.window.studio import open_studio

    return open_studio(options, terminal)


def why_no_window() -> str:
    """A sentence where no window can be opened here, else ""."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return ""
    shown = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if sys.platform.startswith("linux") and not shown:
        return "there is no display; render, run and demo need none, `slipstream --help` lists them"
    from app.system import missing_libraries

    lacking = missing_libraries()
    if lacking:
        return f"Qt lacks {', '.join(lacking)}; `slipstream doctor` says which packages have them"
    return ""
