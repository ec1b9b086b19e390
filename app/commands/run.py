"""`slipstream run`: a document live, without a window, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import words
from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Runs a document, or a preset by its name, live: the newest picture wins, late work is dropped, a
node that fails is tried again while the rest goes on. A line says how it goes. Ctrl-C ends it, and
is the usual end: exit code 0.
"""
EXAMPLES = """\
examples:
  slipstream run webcam_dream --record take.mp4 --log take.jsonl
  slipstream run clip_restyle --input clip.mp4 --seconds 30 --target-fps 12
  slipstream render webcam_dream --log take.jsonl --input take.mp4 --out again.mp4
"""


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(
        commands, "run", "run a document live, without a window", ABOUT, EXAMPLES
    )
    parser.add_argument("document", metavar="DOC", help="a document, or the name of a preset")
    parser.add_argument(
        "--input", type=Path, metavar="FILE", help="a clip, in place of the document's source"
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="a film to write (.mp4 .mov .mkv .webm)"
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="an event log to write, for `render --log`"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NODE.PARAM=VALUE",
        help="a parameter; may be repeated",
    )
    parser.add_argument(
        "--seconds", type=words.positive, metavar="S", help="end after so many seconds"
    )
    parser.add_argument("--seed", type=words.seed, metavar="N", help="the seed of the stream")
    parser.add_argument(
        "--size", type=words.size, metavar="WxH", help="the size of the stream in pixels"
    )
    parser.add_argument("--fps", type=words.rate, metavar="F", help="frames a second")
    parser.add_argument(
        "--target-fps",
        type=words.positive,
        metavar="F",
        help="pictures a second to hold, by cheaper settings where needed",
    )
    common.machine(parser)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Runs until Ctrl-C, the end of the material or the given time; 0."""
    from app.live import Live
    from app.program import Program
    from app.rendering import Order

    order = Order(
        document=options.document,
        input=options.input,
        out=options.record,
        values=options.set,
        seed=options.seed,
        size=options.size,
        fps=options.fps,
        log=options.log,
    )
    limits = {"target": options.target_fps, "seconds": options.seconds}
    with Program(device=options.device, nodes=options.nodes) as program:
        return Live(program, order, terminal, **limits).run()
