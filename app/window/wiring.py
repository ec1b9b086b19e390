"""Who hears whom: signals of the parts, and the commands that they offer."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from app.diagnosis import write_bundle
from app.editing import insert_node
from app.placement import CAMERA as CAMERA_VIEW
from app.theme import motion, style, tokens
from app.version import version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import QPointF

    from app.autosave import Leftover
    from app.canvas.camera import Look
    from app.palette.listing import Offer
    from app.settings import Settings
    from app.window.main_window import MainWindow
    from engine.document import Document

CAMERA = "sources.camera"
THEMES = ("dark", "light", "high_contrast")


def connect(window: MainWindow) -> None:
    """Connects everything, once."""
    _offer(window)
    _hear(window)
    _welcome(window)
    _set_keys(window)
    window.parts.shortcuts.changed.listen(lambda _: _set_keys(window))
    _follow_settings(window, None, window.preferences.value)
    window.preferences.changed.listen(partial(_follow_settings, window))
    for said in (*window.preferences.said, *window.parts.shortcuts.said):
        window.session.said.tell(said, "warning")


def may_quit(window: MainWindow) -> bool:
    """Whether the window may close: work is saved, and a show on air is ended on purpose."""
    if not window.files.may_leave():
        return False
    on_air = window.parts.stagehand.output.is_on or window.session.recording is not None
    if not on_air or not window.preferences.value.ask_on_quit:
        return True
    told = "A recording runs" if window.session.recording else "The output is on"
    box = QMessageBox(QMessageBox.Icon.Warning, "Slipstream", f"End the show? {told}.")
    box.setParent(window, box.windowFlags())
    end = box.addButton("End the show", QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton("Go on", QMessageBox.ButtonRole.RejectRole))
    box.exec()
    return box.clickedButton() is end


def _offer(window: MainWindow) -> None:
    parts, commands = window.parts, window.commands
    for part in (window.docks, window.workspaces, parts.monitors, parts.output, parts.record):
        commands.offer(part.commands(), part.states())
    commands.offer(parts.overlay.commands(), parts.overlay.states())
    commands.offer(parts.canvas.commands(), parts.canvas.states())
    for part in (window.files, parts.hand, parts.library, parts.help):
        commands.offer(part.commands())
    for part in (parts.perform, parts.inspector, parts.keeper):
        commands.offer(part.commands())
    commands.offer(_own(window), _own_states(window))


def _own(window: MainWindow) -> dict[str, Callable[[], object]]:
    session, parts = window.session, window.parts
    themes = {f"theme.{name}": partial(window.preferences.set, theme=name) for name in THEMES}
    return {
        **themes,
        "graph.solo": lambda: _solo(window),
        "canvas.maximize": window.docks.toggle_all,
        **_places(window),
        "edit.undo": session.undo,
        "edit.redo": session.redo,
        "edit.capture": session.capture,
        "edit.lock": lambda: _lock(window, not is_locked(window)),
        "engine.run": lambda: session.stop() if session.is_running else session.start(),
        "engine.restart": session.restart,
        "file.welcome": lambda: window.show_welcome(True),
        "file.diagnose": lambda: _diagnose(window),
        "app.settings": lambda: _settings(window),
        "app.quit": window.close,
        "help.palette": parts.palette.ask,
        "help.keys": parts.cheat_sheet.ask,
        "help.notifications": lambda: parts.notices.show(),
        "help.about": lambda: _about(window),
    }


def _own_states(window: MainWindow) -> dict[str, Callable[[], bool]]:
    themes = {f"theme.{name}": lambda name=name: tokens.current().name == name for name in THEMES}
    return {
        **themes,
        "edit.lock": lambda: is_locked(window),
        "engine.run": lambda: window.session.is_running,
        "graph.solo": lambda: window.session.solo is not None,
        "canvas.maximize": lambda: window.docks.are_hidden,
    }


def _hear(window: MainWindow) -> None:
    session, parts = window.session, window.parts
    session.said.listen(parts.toasts.say)
    session.selected.listen(parts.controllers.select)
    session.opened.listen(lambda _: window.show_welcome(False))
    session.as_seen = partial(_as_seen, window)
    parts.palette.chosen.connect(window.commands.run)
    parts.library.add_asked.connect(lambda offer: _place(window, offer))
    parts.library.open_asked.connect(lambda name: _open(window, name))
    parts.help.preset_chosen.connect(lambda name: _open(window, name))
    parts.inspector.help_wanted.connect(lambda id: _help(window, id))
    parts.inspector.learn_wanted.connect(parts.overlay.learn)
    parts.inspector.dashboard_wanted.connect(parts.perform.add_macro)
    parts.media.chosen.connect(lambda file: parts.hand.drops.take_file(file, _center(window)))
    parts.models.chosen.connect(lambda name: _use_model(window, name))
    parts.devices.camera_chosen.connect(lambda id: _use_camera(window, id))
    parts.hand.monitor_asked.listen(lambda at, key, port: parts.monitors.send(at - 1, key, port))
    parts.hand.inspect_asked.listen(lambda: _inspect(window))
    parts.hand.help_asked.listen(lambda id: _help(window, id))
    parts.hand.wipe_asked.listen(parts.monitors.toggle_wipe)
    parts.hand.open_asked.listen(lambda path: _open(window, path))
    parts.perform.blackout_wanted.connect(parts.output.toggle_blackout)
    parts.perform.freeze_wanted.connect(parts.output.toggle_freeze)
    parts.perform.safe_look_wanted.connect(parts.output.toggle_safe)
    parts.perform.lock_wanted.connect(lambda on: _lock(window, on))


def _as_seen(window: MainWindow, document: Document) -> Document:
    """The document with what is looked at, which is kept in files and is no edit."""
    view = {**document.view, CAMERA_VIEW: window.parts.canvas.camera.said()}
    return replace(document, view=view)


def _welcome(window: MainWindow) -> None:
    page = window.parts.welcome
    page.preset_chosen.connect(lambda name: _open(window, name))
    page.file_chosen.connect(lambda path: _open(window, path))
    page.new_chosen.connect(window.files.new)
    page.open_chosen.connect(window.files.choose)
    page.recover_chosen.connect(lambda left: recover(window, left))
    page.discard_chosen.connect(lambda left: left.discard())


def recover(window: MainWindow, left: Leftover) -> None:
    """Opens what a crash left."""
    window.session.recover(left.snapshot)
    left.discard()
    window.session.said.tell("the graph of the session that was cut off is open again", "info")


def _open(window: MainWindow, name: Path | str) -> None:
    if window.files.may_leave():
        window.files.open(name)


def _set_keys(window: MainWindow) -> None:
    parts, commands = window.parts, window.commands
    commands.set_keys(lambda action: parts.keys(action.id))
    commands.scope("global", window)
    commands.scope("canvas", parts.canvas)
    commands.scope("perform", parts.perform)
    commands.scope("inspector", parts.inspector)


def _follow_settings(window: MainWindow, before: Settings | None, after: Settings) -> None:
    app = QApplication.instance()
    if before is not None and before.theme != after.theme and isinstance(app, QApplication):
        style.apply(app, after.theme)
    motion.reduce(after.reduce_motion)
    window.parts.canvas.feed.every = 1 / after.thumbnails if after.thumbnails else math.inf


def is_locked(window: MainWindow) -> bool:
    """Whether hands may not change the graph."""
    return window.session.locked


def _lock(window: MainWindow, on: bool) -> None:
    parts = window.parts
    window.session.locked = on
    parts.perform.set_locked(on)
    parts.cue_bar.set_locked(on)
    parts.inspector.setReadOnly(on)


def _solo(window: MainWindow) -> None:
    session = window.session
    if session.solo is not None or not session.selection:
        session.set_solo(None)
    else:
        session.set_solo(session.selection[0])


def _places(window: MainWindow) -> dict[str, Callable[[], object]]:
    """Nine views of the canvas that are kept while the document is open."""
    camera = window.parts.canvas.camera
    kept: dict[int, Look] = {}

    def store(at: int) -> None:
        kept[at] = camera.look
        window.session.said.tell(f"view {at} is kept; Alt+{at} goes there", "info")

    def go(at: int) -> None:
        if at in kept:
            camera.go(kept[at])

    numbers = range(1, 10)
    stores = {f"place.store_{n}": partial(store, n) for n in numbers}
    return {**stores, **{f"place.go_{n}": partial(go, n) for n in numbers}}


def _place(window: MainWindow, offer: Offer) -> None:
    window.show_welcome(False)
    window.parts.hand.placing.place(offer, _center(window))


def _center(window: MainWindow) -> QPointF:
    canvas = window.parts.canvas
    return canvas.to_scene(canvas.rect().center().toPointF())


def _use_model(window: MainWindow, name: str) -> None:
    """Gives a model to the selected generator, else to the first one."""
    session = window.session
    wanted = [*session.selection, *session.graph.nodes]
    for key in wanted:
        if any(param.name == "model" for param in session.graph.params(key)):
            session.try_edit(f"Model {name}", lambda key=key: session.graph.set(key, model=name))
            return
    session.said.tell("add a generator first; then it can use this model", "info")


def _use_camera(window: MainWindow, id: str) -> None:
    """Adds a camera node for a device."""
    at = _center(window)
    place = (round(at.x()), round(at.y()))

    def make() -> Document:
        document, key = insert_node(window.session.document, CAMERA, place)
        return document.with_graph(document.graph.set(key, device=id))

    window.session.try_edit("Add camera", make)


def _inspect(window: MainWindow) -> None:
    window.docks.reveal("inspector")
    window.parts.inspector.focus_first()


def _help(window: MainWindow, id: str) -> None:
    window.docks.reveal("help")
    window.parts.help.show_type(id)


def _settings(window: MainWindow) -> None:
    from app.settings_page import SettingsPage

    page = SettingsPage(window.preferences, window.parts.shortcuts)
    page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    page.setParent(window, page.windowFlags() | window.windowFlags().Dialog)
    page.setWindowTitle("Settings")
    page.resize(760, 560)
    page.show()


def _diagnose(window: MainWindow) -> None:
    from pathlib import Path

    start = str(Path.cwd() / "slipstream-diagnosis.zip")
    chosen, _ = QFileDialog.getSaveFileName(window, "Diagnostic bundle", start, "Zip (*.zip)")
    if chosen:
        write_bundle(Path(chosen), window.session, window.parts.log.lines())
        window.session.said.tell(f"wrote {chosen}", "info")


def _about(window: MainWindow) -> None:
    told = (
        f"Slipstream {version()}\n\nAn instrument for live generative video.\n"
        "Program: MIT licence. Fonts: Inter and JetBrains Mono, OFL. Qt: LGPL."
    )
    QMessageBox.about(window, "About Slipstream", told)
