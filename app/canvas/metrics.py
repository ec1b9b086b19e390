"""The measures of the canvas in its own pixels, and how large a node is; nothing here needs Qt."""

from __future__ import annotations

import enum

GRID, COARSE = 8, 64  # dots
WIDTH, NARROW = 180, 120  # of a node, and of one that is collapsed
HEADER, ROW, FOOTER = 26, 22, 18
GAP = 4  # between header and first row, and around previews
PICTURE, TRACE = (160, 90), (160, 32)  # previews
RADIUS = 6
PORT = 10  # diameter of a port
HIT = 24  # screen pixels around a port that belong to it
MARGIN = 8  # what is drawn outside a node: half a port, outlines
HALF = WIDTH / 2

FULL_FROM, PLAIN_FROM = 0.6, 0.35  # zoom
SMALLEST, LARGEST = 0.05, 4.0


class Tier(enum.IntEnum):
    """How much of a node is drawn at a zoom."""

    BLOCK = 0  # rectangles alone
    PLAIN = 1  # shapes without words or pictures
    FULL = 2


def tier(zoom: float) -> Tier:
    """The level of detail of a zoom."""
    if zoom >= FULL_FROM - 1e-6:
        return Tier.FULL
    return Tier.PLAIN if zoom >= PLAIN_FROM - 1e-6 else Tier.BLOCK


def node_size(rows: int, preview: str, collapsed: bool) -> tuple[int, int]:
    """Width and height of a node with so many rows of ports and a "picture", "trace" or ""."""
    if collapsed:
        return NARROW, HEADER
    shown = {"picture": PICTURE[1] + GAP, "trace": TRACE[1] + GAP}.get(preview, 0)
    return WIDTH, HEADER + GAP + rows * ROW + shown + FOOTER


def preview_top(rows: int) -> int:
    """Where a node's preview begins, from its top."""
    return HEADER + GAP + rows * ROW + GAP // 2
