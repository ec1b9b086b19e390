"""Every edit of the canvas as a pure function: a document in, another one out, no Qt.

An edit that cannot be raises GraphError, ParamError or DocumentError with one sentence and changes
nothing. Keys may be paths (`look/blur`) and ends name a port of one (`look/blur.frame`).
"""

from __future__ import annotations

from app.editing.insertion import insert_node, insert_on_link
from app.editing.removal import delete, extract
from app.editing.states import color, expose, key_of, rename, toggle_flag, toggle_look
from app.editing.walk import downstream, neighbour, upstream
from app.editing.wires import (
    Side,
    break_links,
    compatible_inputs,
    compatible_outputs,
    connect,
    connect_with_delay,
    conversion,
    cut,
    disconnect,
    join,
    link_nodes,
    links_of,
    move_links,
    refusal,
    relinked,
    side_of,
    swap_inputs,
)

__all__ = [
    "Side",
    "break_links",
    "color",
    "compatible_inputs",
    "compatible_outputs",
    "connect",
    "connect_with_delay",
    "conversion",
    "cut",
    "delete",
    "disconnect",
    "downstream",
    "expose",
    "extract",
    "insert_node",
    "insert_on_link",
    "join",
    "key_of",
    "link_nodes",
    "links_of",
    "move_links",
    "neighbour",
    "refusal",
    "relinked",
    "rename",
    "side_of",
    "swap_inputs",
    "toggle_flag",
    "toggle_look",
    "upstream",
]
