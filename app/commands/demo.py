"""`slipstream demo`: the main job on the clip that comes along, into a film in this folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands import options as common

if TYPE_CHECKING:
    from argparse import Namespace

    from app.terminal import Terminal

ABOUT = """\
Restyles a short clip with the model that comes along, without any download, into out/demo.mp4
under this folder, and says how to look at it.
"""
PRESET = "clip_restyle"
FILM = Path("out") / "demo.mp4"
FRAMES = 96
PLAYERS = {"darwin": ("open",), "win32": ("start",)}
ELSEWHERE = ("xdg-open", "mpv", "ffplay", "vlc")


def add(commands: Any) -> None:
    """Declares the command and its words."""
    parser = common.command(
        commands, "demo", "see it work: restyle a clip in under a minute", ABOUT
    )
    parser.add_argument(
        "--input",
        type=Path,
        metavar="FILE",
        help="a clip of yours, in place of the one that comes along",
    )
    parser.add_argument(
        "--out", type=Path, default=FILM, metavar="FILE", help=f"the film to write ({FILM})"
    )
    common.machine(parser)
    parser.set_defaults(run=run)


def run(options: Namespace, terminal: Terminal) -> int:
    """Renders the demo; 0 done, 130 stopped early."""
    from app.program import Program
    from app.rendering import Order, Rendering, summary
    from engine.errors import MediaError

    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"cannot make the folder {options.out.parent}: {error.strerror}") from None
    order = Order(PRESET, input=options.input, out=options.out, last=FRAMES)
    with Program(device=options.device, nodes=options.nodes) as program:
        done = Rendering(program, order, terminal).run()
    terminal.say(summary(done))
    terminal.say(f"look at it: {_how_to_open(options.out.absolute())}")
    terminal.say(f"your own:   slipstream render {PRESET} --input clip.mp4 --out restyled.mp4")
    return 130 if done.stopped else 0


def _how_to_open(path: Path) -> str:
    programs = PLAYERS.get(sys.platform) or [name for name in ELSEWHERE if shutil.which(name)][:1]
    return f"{programs[0]} {path}" if programs else f"open {path} in a browser or any player"
