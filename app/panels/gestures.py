"""What the mouse does, as data: the other half of the shortcut sheet."""

from __future__ import annotations

from typing import NamedTuple

from app.actions import Scope


class Gesture(NamedTuple):
    """A movement of the hand and what comes of it."""

    scope: Scope
    group: str
    hand: str
    does: str


GESTURES = (
    Gesture("canvas", "Canvas", "Double-click", "Add a node there"),
    Gesture("canvas", "Canvas", "Drag", "Select in a box; Shift adds, Ctrl toggles"),
    Gesture("canvas", "Canvas", "Space + drag, middle drag", "Pan"),
    Gesture("canvas", "Canvas", "Wheel, pinch", "Zoom at the pointer"),
    Gesture("canvas", "Canvas", "Ctrl + right drag, hold Y", "Cut links"),
    Gesture("canvas", "Nodes", "Alt + drag", "Drag a copy"),
    Gesture("canvas", "Nodes", "Drop on a link", "Insert; Alt suppresses"),
    Gesture("canvas", "Nodes", "Shake", "Take out and heal the link"),
    Gesture("canvas", "Nodes", "Double-click title", "Rename"),
    Gesture("canvas", "Nodes", "Double-click subgraph", "Enter"),
    Gesture("canvas", "Links", "Drag or click a port", "Begin a link"),
    Gesture("canvas", "Links", "Drop in the open", "Nodes that fit"),
    Gesture("canvas", "Links", "Alt + click a port", "Break its links"),
    Gesture("canvas", "Links", "Ctrl + drag a port", "Move its links"),
    Gesture("canvas", "Links", "Shift + drag a port", "Branch its links"),
    Gesture("canvas", "Links", "Double-click a link", "Add a bend"),
    Gesture("canvas", "Links", "Alt + right drag", "Link node to node"),
    Gesture("inspector", "Values", "Drag", "Change; Shift fine, Ctrl in steps"),
    Gesture("inspector", "Values", "Double-click, Return", "Type a value or a sum"),
    Gesture("inspector", "Values", "Ctrl + wheel", "Change a little"),
    Gesture("inspector", "Values", "Double-click the name", "Reset"),
    Gesture("inspector", "Values", "Right-click", "Drive, bind, expose, copy address"),
)
