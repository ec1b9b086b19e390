"""`slipstream run`: a document live, without a window, until Ctrl-C."""

from __future__ import annotations

import argparse
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
  slipstream run webcam_dream --bindings --osc-port 7001 --midi nanoKONTROL2
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
    _controllers(parser)
    common.machine(parser)
    parser.set_defaults(run=run)


def _controllers(parser: Any) -> None:
    """`--bindings` and what it listens to; each of the others means it too."""
    parser.add_argument(
        "--bindings",
        action="store_true",
        help="let MIDI, OSC and sound play the document's bindings",
    )
    parser.add_argument(
        "--osc-port", type=_port, metavar="N", help="the port that hears OSC (default 7000)"
    )
    parser.add_argument(
        "--osc-out",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="where to send parameters that change; may be repeated",
    )
    parser.add_argument("--midi", metavar="NAME", help="a MIDI device (default auto: every one)")
    parser.add_argument("--audio", metavar="NAME", help="a sound input (auto: the default one)")


def _port(text: str) -> int:
    """A port of the network."""
    if not (text.isdecimal() and 0 < int(text[:6]) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a whole number to 65535")
    return int(text)


def _wishes(options: Namespace) -> Any:
    """What controllers are wished for, None for none at all."""
    from app.control.osc import PORT
    from app.control.rig import AUTO, Wishes

    asked = (options.osc_port, options.osc_out, options.midi, options.audio)
    if not options.bindings and not any(asked):
        return None
    return Wishes(
        osc_port=options.osc_port or PORT,
        osc_out=tuple(options.osc_out),
        midi=options.midi or AUTO,
        audio=options.audio,
    )


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
    how = {"target": options.target_fps, "seconds": options.seconds, "wishes": _wishes(options)}
    with Program(device=options.device, nodes=options.nodes) as program:
        return Live(program, order, terminal, **how).run()
