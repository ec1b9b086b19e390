"""`slipstream render`: a document, frame by frame, into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import words
from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Renders a document, or a preset by its name, frame by frame: nothing is dropped, and the same
words give the same frames again. Ctrl-C ends the file well: what was rendered so far plays.
"""
EXAMPLES = """\
examples:
  slipstream render clip_restyle --input clip.mp4 --out restyled.mp4
  slipstream render show.json --out frames/%05d.png --frames 0:48
  slipstream render show.json --set generate.strength=0.6 --seed 7 --log show.jsonl --out take.mp4
"""


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(commands, "render", "render a document into a file", ABOUT, EXAMPLES)
    parser.add_argument("document", metavar="DOC", help="a document, or the name of a preset")
    parser.add_argument(
        "--input", type=Path, metavar="FILE", help="the clip, in place of the document's source"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="a film (.mp4 .mov .mkv .webm) or pictures (a folder, %%05d.png)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NODE.PARAM=VALUE",
        help="a parameter; may be repeated",
    )
    parser.add_argument(
        "--frames", type=words.frames, metavar="A:B", help="from frame A up to, not including, B"
    )
    parser.add_argument("--seed", type=words.seed, metavar="N", help="the seed of the stream")
    parser.add_argument(
        "--size", type=words.size, metavar="WxH", help="the size of the stream in pixels"
    )
    parser.add_argument(
        "--fps", type=words.rate, metavar="F", help="frames a second; the clip's if there is one"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="an event log to replay")
    common.machine(parser)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Renders; 0 done, 130 stopped early."""
    from app.program import Program
    from app.rendering import Order, Rendering, summary

    first, last = options.frames or (0, None)
    order = Order(
        document=options.document,
        input=options.input,
        out=options.out,
        values=options.set,
        first=first,
        last=last,
        seed=options.seed,
        size=options.size,
        fps=options.fps,
        log=options.log,
    )
    with Program(device=options.device, nodes=options.nodes) as program:
        done = Rendering(program, order, terminal).run()
    terminal.say(summary(done))
    if done.stopped:
        terminal.error("stopped; what was rendered so far plays")
    return 130 if done.stopped else 0
