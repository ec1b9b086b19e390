"""The command line: finds the command, runs it, and turns whatever goes wrong into one sentence.

Each command is a file in `app/commands` with `add(subparsers)`; heavy imports wait until it runs.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from app.commands import studio
from app.failure import RunError
from app.terminal import Terminal
from app.version import version
from engine.errors import SlipstreamError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    "studio",
    "demo",
    "render",
    "run",
    "presets",
    "new",
    "check",
    "nodes",
    "assets",
    "doctor",
    "bench",
)
DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
ABOUT = "Slipstream: an instrument for live generative video."
CODES = """\
exit codes:
  0    done
  1    something failed while it ran
  2    wrong words, a file that cannot be opened, a document that cannot run
  130  stopped by Ctrl-C

Without a command the studio opens; where there is no display, the demo is rendered.
`slipstream render --help` explains one command.
"""


# How long a thread of torch spins before it sleeps. GNU OpenMP's own 300,000 rounds suit a machine
# with nothing else to do. Here every lane has a team of threads, and those that spin keep the rest
# from the cores: on two busy ones a light graph of 12 to 20 frames a second fell to less than 1.
SPINS = ("GOMP_SPINCOUNT", "1000")


class WrongWordsError(Exception):
    """What was typed is no command; the sentence and the command whose help explains."""

    def __init__(self, message: str, program: str) -> None:
        super().__init__(f"{message}; see `{program} --help`")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line in place of the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise WrongWordsError(message.replace("argument ", "", 1), self.prog)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code and raises nothing."""
    words = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault(*SPINS)  # read once, when torch is imported
    terminal = Terminal()
    try:
        options = _parser().parse_args(words or main_job())
        return options.run(options, Terminal(quiet=getattr(options, "quiet", False)))
    except WrongWordsError as error:
        terminal.error(str(error))
        return REFUSED
    except SystemExit as stopped:  # --help and --version
        return int(stopped.code or 0)
    except KeyboardInterrupt:
        terminal.error("stopped")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 - the border: no traceback reaches a person
        return _failed(error, terminal, debug="--debug" in words)


def main_job() -> list[str]:
    """What is done without a word: the studio, or the demo where no window can be opened."""
    return ["demo"] if studio.why_no_window() else ["studio"]


def _failed(error: Exception, terminal: Terminal, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    if isinstance(error, SlipstreamError):
        terminal.error(str(error))
        return FAILED if isinstance(error, RunError) else REFUSED
    first = next(iter(str(error).splitlines()), "")
    hint = "" if debug else "; --debug shows where"
    terminal.error(f"{type(error).__name__}: {first}{hint}")
    return FAILED


def _parser() -> Parser:
    parser = Parser(
        prog="slipstream",
        description=ABOUT,
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"slipstream {version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for name in COMMANDS:
        importlib.import_module(f"app.commands.{name}").add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
