"""Every command of the studio as data: menus, shortcuts, palette and cheat sheet are made of it.

Keys are Qt's text for them. A command of scope "global" is heard everywhere, the others where
their widgets have the focus. In a menu, a line is drawn where the first word of the id changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["global", "canvas", "perform", "inspector"]
Row = tuple[str, str, str, str, str]  # id, title, keys with " or " between, menu, what it does


@dataclass(frozen=True)
class Action:
    """A command: `menu` is the way through the menus, "" for none; `doc` says what it does."""

    id: str
    title: str
    scope: Scope
    keys: tuple[str, ...] = ()
    menu: str = ""
    doc: str = ""
    checkable: bool = False


GLOBAL: tuple[Row, ...] = (
    ("file.new", "New", "Ctrl+N", "File", "Begins an empty graph"),
    ("file.open", "Open…", "Ctrl+O", "File", "Opens a document from a file"),
    ("file.save", "Save", "Ctrl+S", "File", "Writes the document"),
    ("file.save_as", "Save as…", "Ctrl+Shift+S", "File", "Writes the document to another file"),
    ("file.welcome", "Welcome page", "", "File", "Presets, recent files and what can be recovered"),
    ("file.diagnose", "Save diagnostic bundle…", "", "File", "Writes log, graph and system facts"),
    ("app.settings", "Settings", "Ctrl+,", "File", "Theme, size, keys, displays, autosave"),
    ("app.quit", "Quit", "Ctrl+Q", "File", "Ends the studio"),
    ("edit.undo", "Undo", "Ctrl+Z", "Edit", "Takes the last edit back"),
    ("edit.redo", "Redo", "Ctrl+Shift+Z or Ctrl+Y", "Edit", "Makes the edit again"),
    ("edit.capture", "Capture live values", "", "Edit", "Makes what controllers set one edit"),
    ("edit.lock", "Lock editing", "Ctrl+L", "Edit", "Keeps the graph from being changed by hand"),
    (
        "engine.run",
        "Start or stop the engine",
        "Ctrl+Return",
        "Perform",
        "Plays the graph or stops",
    ),
    ("engine.restart", "Restart the engine", "", "Perform", "Builds all anew; the picture holds"),
    ("perform.toggle", "Perform or edit", "F1", "Perform", "Goes to the stage view and back"),
    ("output.fullscreen", "Output full screen", "F11 or Ctrl+Shift+F", "Output", "On its display"),
    ("output.off", "Output off", "Ctrl+Alt+Shift+W", "Output", "Gives the screens back at once"),
    ("output.identify", "Identify displays", "", "Output", "Shows each display's name on it"),
    ("output.pattern", "Test pattern", "", "Output", "Puts a test pattern on the output"),
    (
        "output.health",
        "Health over the picture",
        "F3",
        "Output",
        "Rates and latency, for operators",
    ),
    ("panic.blackout", "Blackout", "Ctrl+B", "Output", "Makes the output black, and back"),
    ("panic.fade", "Fade to black", "Ctrl+Alt+B", "Output", "Fades the output to black, and back"),
    ("panic.freeze", "Freeze output", "Ctrl+Shift+B", "Output", "Holds the output's picture"),
    ("record.toggle", "Record", "Ctrl+R", "Output", "Begins or ends a recording of the program"),
    ("record.replay", "Save replay", "Ctrl+Shift+R", "Output", "Keeps the last 30 seconds"),
    ("record.screenshot", "Screenshot", "F12", "Output", "Saves a PNG with the graph inside"),
    ("map.midi", "Map MIDI", "Ctrl+M", "Perform", "Click a control, then move a knob"),
    ("map.keys", "Map keys", "Ctrl+K", "Perform", "Click a control, then press a key"),
    ("map.osc", "Show OSC addresses", "Ctrl+Shift+O", "Perform", "Click an address to copy it"),
    ("view.edit", "Edit workspace", "Ctrl+1", "View", "The graph and its parameters"),
    ("view.perform", "Perform workspace", "Ctrl+2", "View", "The stage: cues, macros, prompt"),
    ("view.map", "Map workspace", "Ctrl+3", "View", "What knobs, pads and addresses drive"),
    ("view.tune", "Tune workspace", "Ctrl+4", "View", "Where time and memory go"),
    ("panel.nodes", "Nodes", "Alt+N", "View/Panels", "Node types to drag into the graph"),
    ("panel.presets", "Presets", "Alt+P", "View/Panels", "Graphs that come along"),
    ("panel.media", "Media", "Alt+M", "View/Panels", "Pictures and clips to drag into the graph"),
    ("panel.controls", "Controls", "Alt+C", "View/Panels", "Every binding"),
    ("panel.addresses", "OSC addresses", "", "View/Panels", "The address of every parameter"),
    ("panel.devices", "Devices", "Alt+D", "View/Panels", "Cameras, controllers and displays"),
    ("panel.library", "Models", "Alt+L", "View/Panels", "Models on this machine"),
    ("panel.monitors", "Monitors", "", "View/Panels", "Preview, program and chosen outputs"),
    ("panel.help", "Help", "", "View/Panels", "What the selected node does"),
    ("panel.inspector", "Inspector", "", "View/Panels", "Parameters of the selected node"),
    ("panel.performance", "Performance", "", "View/Panels", "Rates, milliseconds, drops, memory"),
    ("panel.cues", "Cues", "", "View/Panels", "Cues and what they set"),
    ("panel.dashboard", "Dashboard", "", "View/Panels", "Chosen parameters as macros"),
    ("panel.history", "History", "", "View/Panels", "Every edit, to go back to"),
    ("panel.log", "Log", "Ctrl+`", "View/Panels", "What was said since the start"),
    ("theme.dark", "Dark theme", "", "View/Theme", "For dark rooms"),
    ("theme.light", "Light theme", "", "View/Theme", "For daylight"),
    ("theme.high_contrast", "High-contrast theme", "", "View/Theme", "Strongest edges and text"),
    ("help.palette", "Command palette", "Ctrl+P", "Help", "Finds any command by its name"),
    ("help.keys", "Shortcut sheet", "?", "Help", "Shows all shortcuts of this moment"),
    ("help.node", "Node help", "Shift+F1", "Help", "Explains the selected node"),
    ("help.notifications", "Past notices", "", "Help", "Lists what was announced"),
    ("help.about", "About Slipstream", "", "Help", "Version, device and licences"),
)
CANVAS: tuple[Row, ...] = (
    ("graph.add", "Add node…", "Tab or Shift+A", "Graph", "Opens the node palette at the pointer"),
    ("graph.rename", "Rename", "F2", "Graph", "Changes the node's name and address"),
    ("graph.bypass", "Bypass", "D or M", "Graph", "Lets the input pass through the node"),
    ("graph.mute", "Mute", "Shift+M", "Graph", "Stops the node; its last picture stays"),
    ("graph.hold", "Hold output", "Shift+F", "Graph", "Freezes what the node gives"),
    ("graph.solo", "Solo", "S", "Graph", "Shows the node on the program while it is on"),
    ("graph.collapse", "Collapse", "H", "Graph", "Shrinks the node to its title"),
    ("graph.hide_ports", "Hide unused ports", "Ctrl+H", "Graph", "Shows linked ports only"),
    ("graph.thumbnail", "Thumbnail", "P", "Graph", "Shows the picture inside the node"),
    ("graph.frame", "Frame", "Ctrl+G", "Graph", "Draws a titled frame around the selection"),
    (
        "graph.subgraph",
        "Make subgraph",
        "Ctrl+Shift+G",
        "Graph",
        "Puts the selection into one node",
    ),
    ("graph.ungroup", "Dissolve subgraph", "Ctrl+Alt+G", "Graph", "Puts its nodes back outside"),
    ("graph.enter", "Enter subgraph", "I", "Graph", "Shows what is inside the node"),
    ("graph.leave", "Leave subgraph", "U or Backspace", "Graph", "Goes one level up"),
    ("graph.note", "Note", "C", "Graph", "Puts a text on the canvas"),
    ("graph.swap", "Swap first inputs", "Shift+X", "Graph", "Exchanges the first two links"),
    ("graph.join", "Join selected nodes", "J", "Graph", "Links the selection in a row"),
    ("graph.extract", "Extract", "Ctrl+Shift+X", "Graph", "Takes the node out and heals the link"),
    ("graph.inspect", "Open inspector", "Return", "Graph", "Goes to the node's parameters"),
    ("layout.selection", "Lay out selection", "L", "Graph/Arrange", "Places the nodes in order"),
    ("layout.all", "Lay out all", "Shift+L", "Graph/Arrange", "Places every node in order"),
    ("layout.left", "Align left", "", "Graph/Arrange", "Lines up left edges"),
    ("layout.right", "Align right", "", "Graph/Arrange", "Lines up right edges"),
    ("layout.top", "Align top", "", "Graph/Arrange", "Lines up top edges"),
    ("layout.bottom", "Align bottom", "", "Graph/Arrange", "Lines up bottom edges"),
    (
        "layout.columns",
        "Distribute across",
        "",
        "Graph/Arrange",
        "Evens the gaps from left to right",
    ),
    ("layout.rows", "Distribute down", "", "Graph/Arrange", "Evens the gaps from top to bottom"),
    ("layout.straighten", "Straighten", "Q", "Graph/Arrange", "Puts linked nodes on one line"),
    ("clip.cut", "Cut", "Ctrl+X", "Edit", "Copies the selection as text and removes it"),
    ("clip.copy", "Copy", "Ctrl+C", "Edit", "Copies the selection as text"),
    ("clip.paste", "Paste", "Ctrl+V", "Edit", "Adds what was copied"),
    ("clip.paste_linked", "Paste with inputs", "Ctrl+Shift+V", "Edit", "Keeps links from outside"),
    ("clip.duplicate", "Duplicate", "Ctrl+D", "Edit", "Copies the selection beside itself"),
    ("clip.duplicate_linked", "Duplicate with inputs", "Ctrl+Shift+D", "Edit", "Keeps its inputs"),
    ("clip.delete", "Delete", "Del", "Edit", "Removes the selection and joins its neighbours"),
    ("clip.delete_bare", "Delete without healing", "Ctrl+Del", "Edit", "Removes links as well"),
    ("select.all", "Select all", "Ctrl+A", "Edit/Select", "Selects every node here"),
    ("select.upstream", "Select upstream", "Shift+Up", "Edit/Select", "Adds what feeds it"),
    ("select.downstream", "Select downstream", "Shift+Down", "Edit/Select", "Adds what it feeds"),
    ("find.node", "Find…", "Ctrl+F", "Edit", "Finds nodes by name, type and value"),
    ("canvas.cancel", "Cancel", "Esc", "", "Ends the gesture and changes nothing"),
    ("canvas.fit", "Show selection", "F", "View", "Fills the view with the selection, or all"),
    ("canvas.fit_all", "Show all", "Home", "View", "Fills the view with the graph"),
    ("canvas.actual", "Actual size", "Ctrl+0", "View", "One unit is one pixel"),
    ("canvas.zoom_in", "Zoom in", "Ctrl++ or Ctrl+=", "View", "Shows less, larger"),
    ("canvas.zoom_out", "Zoom out", "Ctrl+-", "View", "Shows more, smaller"),
    ("canvas.back", "View back", "[", "View", "Returns to the view before"),
    ("canvas.forward", "View forward", "]", "View", "Goes to the view after"),
    ("canvas.minimap", "Minimap", "O", "View", "Shows the whole graph in a corner"),
    ("canvas.heat", "Timing heat", "T", "View", "Colours nodes by what they cost"),
    ("canvas.thumbnails", "All thumbnails", "Shift+P", "View", "Shows or hides every thumbnail"),
    ("canvas.maximize", "Maximise pane", "`", "View", "Fills the window with the pane, and back"),
    ("canvas.walk_up", "Walk up", "Up", "", "Selects the node above"),
    ("canvas.walk_down", "Walk down", "Down", "", "Selects the node below"),
    ("canvas.walk_left", "Walk upstream", "Left", "", "Selects the node that feeds this one"),
    ("canvas.walk_right", "Walk downstream", "Right", "", "Selects the node that this one feeds"),
    ("canvas.nudge_up", "Nudge up", "Ctrl+Up", "", "Moves the selection by 8 pixels"),
    ("canvas.nudge_down", "Nudge down", "Ctrl+Down", "", "Moves the selection by 8 pixels"),
    ("canvas.nudge_left", "Nudge left", "Ctrl+Left", "", "Moves the selection by 8 pixels"),
    ("canvas.nudge_right", "Nudge right", "Ctrl+Right", "", "Moves the selection by 8 pixels"),
    ("monitor.wipe", "A/B wipe", "W", "View/Monitors", "Compares two monitors in one"),
    *(
        (f"monitor.{n}", f"Send to monitor {name}", str(n), "View/Monitors", "Shows its picture")
        for n, name in enumerate("ABCD", 1)
    ),
    *(
        (f"place.store_{n}", f"Keep place {n}", f"Ctrl+Shift+{n}", "", "Remembers this view")
        for n in range(1, 10)
    ),
    *(
        (f"place.go_{n}", f"Go to place {n}", f"Alt+{n}", "", "Returns to a remembered view")
        for n in range(1, 10)
    ),
)
PERFORM: tuple[Row, ...] = (
    ("cue.go", "GO", "Space", "Perform", "Launches the cue that stands by"),
    ("cue.back", "Previous cue", "Backspace", "Perform", "Stands by at the cue before"),
    ("cue.undo", "Take the last cue back", "", "Perform", "Ctrl+Z here: values return by its fade"),
    ("mix.cut", "Cut", "Return", "Perform", "Puts the preview on air at once"),
    ("mix.auto", "Auto transition", "Shift+Return", "Perform", "Fades the preview on air"),
    ("mix.toward_a", "Crossfade toward A", "Z", "Perform", "Moves the crossfader a step"),
    ("mix.toward_b", "Crossfade toward B", "X", "Perform", "Moves the crossfader a step"),
    (
        "perform.blackout",
        "Blackout, held or toggled",
        "B",
        "Perform",
        "Black as long as it is held",
    ),
    ("perform.freeze", "Freeze", "F", "Perform", "Holds the output's picture"),
    ("perform.safe", "Safe look", "", "Perform", "Last good picture; modulation pauses"),
    ("perform.panic", "Safe look by two presses", "Esc", "", "Twice within 0.6 s: the safe look"),
    ("perform.reanchor", "Re-anchor", "R", "Perform", "Clears the memory at the next beat"),
    ("perform.restart", "Restart with crossfade", "Shift+R", "Perform", "Starts the model anew"),
    ("perform.prompt", "Live prompt", "P", "Perform", "Type; Return at the next bar"),
    ("prompt.previous", "Previous prompt", "Shift+P", "Perform", "Returns to the text before"),
    ("tempo.tap", "Tap tempo", "T", "Perform", "Tap four times or more on the beat"),
    ("tempo.slower", "Nudge slower", ",", "Perform", "Lets the beat fall back a little"),
    ("tempo.faster", "Nudge faster", ".", "Perform", "Lets the beat run ahead a little"),
    ("tempo.resync", "Resync to one", "/", "Perform", "Makes this moment the first beat"),
    ("tempo.double", "Double the tempo", "", "Perform", "Twice as many beats, on the same one"),
    ("tempo.halve", "Halve the tempo", "", "Perform", "Half as many beats, on the same one"),
    *(
        (f"cue.launch_{n}", f"Launch cue {n}", str(n), "", "Launches the cue of the first row")
        for n in range(1, 9)
    ),
    *(
        (f"snapshot.recall_{n}", f"Recall snapshot {n}", f"Shift+{n}", "", "Morphs to its values")
        for n in range(1, 9)
    ),
    *(
        (f"snapshot.store_{n}", f"Store snapshot {n}", f"Ctrl+Shift+{n}", "", "Keeps the values")
        for n in range(1, 9)
    ),
)
INSPECTOR: tuple[Row, ...] = (
    ("param.reset", "Reset parameter", "Backspace", "", "Returns to the default"),
    ("param.copy", "Copy value", "Ctrl+C", "", "Copies the value as text"),
    ("param.paste", "Paste value", "Ctrl+V", "", "Sets the value from text"),
    ("param.address", "Copy OSC address", "Ctrl+Shift+C", "", "Copies the parameter's address"),
    ("param.menu", "Parameter menu", "Shift+F10", "", "Reset, address, drive, bind, expose"),
)
SWITCHES = frozenset(  # commands that are on or off
    {"edit.lock", "engine.run", "output.fullscreen", "output.pattern", "output.health"}
    | {"panic.blackout", "panic.freeze", "record.toggle", "map.midi", "map.keys", "map.osc"}
    | {
        "graph.solo",
        "canvas.minimap",
        "canvas.heat",
        "canvas.thumbnails",
        "canvas.maximize",
        "monitor.wipe",
    }
    | {
        f"panel.{name}"
        for name in (
            "inspector",
            "performance",
            "cues",
            "dashboard",
            "log",
            "monitors",
            "help",
            "media",
            "library",
            "devices",
            "nodes",
            "controls",
            "addresses",
        )
    }
    | {"panel.history", "view.edit", "view.perform", "view.map", "view.tune"}
    | {"theme.dark", "theme.light", "theme.high_contrast"}
)


def _actions(scope: Scope, rows: tuple[Row, ...]) -> tuple[Action, ...]:
    return tuple(
        Action(
            id, title, scope, tuple(keys.split(" or ")) if keys else (), menu, doc, id in SWITCHES
        )
        for id, title, keys, menu, doc in rows
    )


ACTIONS: tuple[Action, ...] = (
    *_actions("global", GLOBAL),
    *_actions("canvas", CANVAS),
    *_actions("perform", PERFORM),
    *_actions("inspector", INSPECTOR),
)
