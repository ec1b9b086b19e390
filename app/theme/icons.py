"""Pictures of commands and things by our own words, from icon fonts in the theme's colours."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from app.theme import tokens
from engine.errors import did_you_mean

NAMES = {  # our word: a name in an icon font of qtawesome
    "add": "mdi6.plus",
    "remove": "mdi6.minus",
    "close": "mdi6.close",
    "check": "mdi6.check",
    "search": "mdi6.magnify",
    "menu": "mdi6.menu",
    "more": "mdi6.dots-horizontal",
    "settings": "mdi6.cog-outline",
    "help": "mdi6.help-circle-outline",
    "keyboard": "mdi6.keyboard-outline",
    "command": "mdi6.console-line",
    "info": "mdi6.information-outline",
    "warning": "mdi6.alert-outline",
    "error": "mdi6.alert-circle-outline",
    "ok": "mdi6.check-circle-outline",
    "up": "mdi6.chevron-up",
    "down": "mdi6.chevron-down",
    "left": "mdi6.chevron-left",
    "right": "mdi6.chevron-right",
    "back": "mdi6.arrow-left",
    "forward": "mdi6.arrow-right",
    "new": "mdi6.file-plus-outline",
    "open": "mdi6.folder-open-outline",
    "save": "mdi6.content-save-outline",
    "file": "mdi6.file-outline",
    "recent": "mdi6.history",
    "recover": "mdi6.backup-restore",
    "undo": "mdi6.undo",
    "redo": "mdi6.redo",
    "cut": "mdi6.content-cut",
    "copy": "mdi6.content-copy",
    "paste": "mdi6.content-paste",
    "delete": "mdi6.trash-can-outline",
    "edit": "mdi6.pencil-outline",
    "rename": "mdi6.form-textbox",
    "reset": "mdi6.restore",
    "start": "mdi6.play",
    "stop": "mdi6.stop",
    "pause": "mdi6.pause",
    "restart": "mdi6.restart",
    "record": "mdi6.record-circle",
    "replay": "mdi6.rewind-30",
    "screenshot": "mdi6.camera-outline",
    "fullscreen": "mdi6.fullscreen",
    "display": "mdi6.monitor",
    "blackout": "mdi6.square",
    "fade": "mdi6.gradient-horizontal",
    "freeze": "mdi6.snowflake",
    "safe": "mdi6.shield-outline",
    "air": "mdi6.broadcast",
    "eye": "mdi6.eye-outline",
    "eye_off": "mdi6.eye-off-outline",
    "lock": "mdi6.lock-outline",
    "unlock": "mdi6.lock-open-outline",
    "pin": "mdi6.pin-outline",
    "star": "mdi6.star-outline",
    "star_on": "mdi6.star",
    "edit_mode": "mdi6.graph-outline",
    "perform": "mdi6.view-dashboard-outline",
    "map": "mdi6.vector-link",
    "tune": "mdi6.chart-timeline",
    "nodes": "mdi6.vector-square",
    "preset": "mdi6.cards-outline",
    "media": "mdi6.filmstrip",
    "controls": "mdi6.tune-vertical",
    "devices": "mdi6.usb",
    "library": "mdi6.bookshelf",
    "webcam": "mdi6.webcam",
    "image": "mdi6.image-outline",
    "video": "mdi6.video-outline",
    "audio": "mdi6.waveform",
    "prompt": "mdi6.text-box-outline",
    "model": "mdi6.cube-outline",
    "bypass": "mdi6.debug-step-over",
    "mute": "mdi6.cancel",
    "hold": "mdi6.snowflake",
    "solo": "mdi6.alpha-s-box-outline",
    "thumbnail": "mdi6.image-size-select-actual",
    "frame": "mdi6.select-group",
    "subgraph": "mdi6.group",
    "note": "mdi6.note-outline",
    "minimap": "mdi6.map-outline",
    "layout": "mdi6.sitemap-outline",
    "align": "mdi6.align-horizontal-left",
    "heat": "mdi6.thermometer",
    "fit": "mdi6.fit-to-screen-outline",
    "zoom": "mdi6.magnify-plus-outline",
    "collapse": "mdi6.unfold-less-horizontal",
    "expand": "mdi6.unfold-more-horizontal",
    "log": "mdi6.text-long",
    "performance": "mdi6.chart-areaspline",
    "health": "mdi6.heart-pulse",
    "memory": "mdi6.memory",
    "clock": "mdi6.timer-outline",
    "midi": "mdi6.midi-port",
    "osc": "mdi6.access-point",
    "lfo": "mdi6.sine-wave",
    "beat": "mdi6.metronome",
    "tap": "mdi6.gesture-tap",
    "link": "mdi6.link-variant",
    "expose": "mdi6.import",
    "cue": "mdi6.flag-outline",
    "go": "mdi6.skip-next",
    "previous": "mdi6.skip-previous",
    "snapshot": "mdi6.camera-burst",
    "dice": "mdi6.dice-5-outline",
    "theme": "mdi6.theme-light-dark",
    "anchor": "mdi6.anchor",
    "drag": "mdi6.drag",
    "color": "mdi6.palette-outline",
    "filter": "mdi6.filter-outline",
}


_twins: list[QIconEngine] = []


class Engine(QIconEngine):
    """Paints a picture in the colours of the theme that is on at that moment."""

    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name, self._color = name, color

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = "text.disabled" if mode == QIcon.Mode.Disabled else self._color
        made = _drawn(NAMES[self._name], tokens.current().hex(color))
        made.paint(painter, rect, mode=QIcon.Mode.Normal, state=state)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        twin = Engine(self._name, self._color)
        _twins.append(twin)  # Qt holds it, but does not tell Python so
        return twin


def icon(name: str, color: str = "text") -> QIcon:
    """A picture in a colour of the theme, grey where disabled; KeyError with the nearest word.

    It follows the theme: what is painted after a change has the new colours.
    """
    if name not in NAMES:
        raise KeyError(f"there is no icon {name!r}{did_you_mean(name, NAMES)}")
    tokens.current().hex(color)
    return QIcon(Engine(name, color))


@cache
def _drawn(font_name: str, color: str) -> QIcon:
    import qtawesome

    return qtawesome.icon(font_name, color=color)
