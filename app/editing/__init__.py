"""Every edit of the canvas as a pure function: a document in, another one out, no Qt.

An edit that cannot be raises GraphError, ParamError or DocumentError with one sentence and changes
nothing. Keys may be paths (`look/blur`) and ends name a port of one (`look/blur.frame`).
"""

from __future__ import annotations

from app.editing.arrange import Edge, align, move, snap, straighten
from app.editing.boxes import (
    add_backdrop,
    add_note,
    add_waypoint,
    carried,
    group_in_backdrop,
    move_waypoint,
    put_backdrop,
    put_note,
    remove_boxes,
    remove_waypoint,
)
from app.editing.clipboard import MIME, copy_text, duplicate, graft, paste_text, selection
from app.editing.insertion import insert_node, insert_on_link
from app.editing.layout import layout
from app.editing.linking import (
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
from app.editing.nesting import collapse, demote_param, promote_param, ungroup
from app.editing.removal import delete, extract
from app.editing.search import Hit, find, suggestions
from app.editing.sizes import Faces
from app.editing.states import color, expose, key_of, rename, toggle_flag, toggle_look
from app.editing.walk import Direction, downstream, neighbour, upstream

__all__ = [
    "MIME",
    "Direction",
    "Edge",
    "Faces",
    "Hit",
    "Side",
    "add_backdrop",
    "add_note",
    "add_waypoint",
    "align",
    "break_links",
    "carried",
    "collapse",
    "color",
    "compatible_inputs",
    "compatible_outputs",
    "connect",
    "connect_with_delay",
    "conversion",
    "copy_text",
    "cut",
    "delete",
    "demote_param",
    "disconnect",
    "downstream",
    "duplicate",
    "expose",
    "extract",
    "find",
    "graft",
    "group_in_backdrop",
    "insert_node",
    "insert_on_link",
    "join",
    "key_of",
    "layout",
    "link_nodes",
    "links_of",
    "move",
    "move_links",
    "move_waypoint",
    "neighbour",
    "paste_text",
    "promote_param",
    "put_backdrop",
    "put_note",
    "refusal",
    "relinked",
    "remove_boxes",
    "remove_waypoint",
    "rename",
    "selection",
    "side_of",
    "snap",
    "straighten",
    "suggestions",
    "swap_inputs",
    "toggle_flag",
    "toggle_look",
    "ungroup",
    "upstream",
]
