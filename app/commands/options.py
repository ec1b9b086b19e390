"""Words that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def command(commands: Any, name: str, line: str, about: str, examples: str = "") -> Any:
    """A command's parser with the words that all have."""
    parser = commands.add_parser(
        name,
        help=line,
        description=about,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quiet", action="store_true", help="say results and errors only")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    return parser


def folders(parser: Any) -> None:
    """`--nodes FOLDER`."""
    parser.add_argument(
        "--nodes",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="more node files; may be repeated",
    )


def machine(parser: Any) -> None:
    """`--device` and `--nodes`."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="what computes (auto: the fastest)",
    )
    folders(parser)
