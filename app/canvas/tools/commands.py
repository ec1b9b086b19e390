"""The commands of the canvas by their ids in `app/actions.py`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.tools.hand import Hand
    from app.editing.arrange import Edge
    from app.editing.walk import Direction

NUDGES: dict[Direction, tuple[int, int]] = {
    "up": (0, -1),
    "down": (0, 1),
    "left": (-1, 0),
    "right": (1, 0),
}
ALIGNED: dict[str, Edge] = {
    "layout.left": "left",
    "layout.right": "right",
    "layout.top": "top",
    "layout.bottom": "bottom",
    "layout.columns": "across",
    "layout.rows": "down",
}


def commands(hand: Hand) -> dict[str, Callable[[], object]]:
    """All of them; each does nothing where nothing fitting is selected."""
    return {
        **_nodes(hand),
        **_clipboard(hand),
        **_arranging(hand),
        **_walking(hand),
        "canvas.cancel": hand.cancel,
        **{f"monitor.{n}": partial(hand.send, n) for n in range(1, 5)},
        "monitor.wipe": hand.wipe_asked.tell,
        "help.node": hand.help,
    }


def _nodes(hand: Hand) -> dict[str, Callable[[], object]]:
    edits = hand.edits
    return {
        "graph.add": hand.add,
        "graph.rename": hand.rename,
        "graph.bypass": partial(edits.flag, "bypass"),
        "graph.mute": partial(edits.flag, "mute"),
        "graph.hold": partial(edits.flag, "hold"),
        "graph.collapse": partial(edits.look, "collapsed", "Collapse"),
        "graph.hide_ports": partial(edits.look, "hide_ports", "Hide unused ports"),
        "graph.thumbnail": partial(edits.look, "thumbnail", "Thumbnail"),
        "graph.frame": hand.frame,
        "graph.subgraph": edits.subgraph,
        "graph.ungroup": edits.ungroup,
        "graph.enter": hand.enter_selected,
        "graph.leave": hand.leave,
        "graph.note": hand.note,
        "graph.swap": edits.swap,
        "graph.join": edits.join,
        "graph.extract": edits.extract,
        "graph.inspect": hand.inspect_asked.tell,
    }


def _clipboard(hand: Hand) -> dict[str, Callable[[], object]]:
    edits = hand.edits
    return {
        "clip.cut": edits.cut,
        "clip.copy": edits.copy,
        "clip.paste": hand.paste,
        "clip.paste_linked": partial(hand.paste, keep_inputs=True),
        "clip.duplicate": partial(edits.duplicate, with_inputs=False),
        "clip.duplicate_linked": partial(edits.duplicate, with_inputs=True),
        "clip.delete": partial(edits.delete, heal=True),
        "clip.delete_bare": partial(edits.delete, heal=False),
    }


def _arranging(hand: Hand) -> dict[str, Callable[[], object]]:
    edits = hand.edits
    return {
        "layout.selection": partial(edits.layout, all=False),
        "layout.all": partial(edits.layout, all=True),
        "layout.straighten": edits.straighten,
        **{id: partial(edits.align, edge) for id, edge in ALIGNED.items()},
    }


def _walking(hand: Hand) -> dict[str, Callable[[], object]]:
    edits = hand.edits
    return {
        "select.all": edits.select_all,
        "select.upstream": partial(edits.select_along, upstream=True),
        "select.downstream": partial(edits.select_along, upstream=False),
        **{f"canvas.walk_{way}": partial(edits.walk, way) for way in NUDGES},
        **{f"canvas.nudge_{way}": partial(edits.nudge, *by) for way, by in NUDGES.items()},
    }
