"""The look of the studio as named values: one JSON file a theme, from which all colours come.

Colours that exist:
bg.canvas bg.panel bg.node bg.field bg.hover bg.pressed bg.selected bg.tooltip bg.overlay bg.gap
grid.minor grid.major border border.node border.control text text.secondary text.disabled
accent focus button button.text selection ok warn error air air.fill air.text preview
driver.{midi osc key lfo audio beat link cue} port.{...} header.{...}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtGui import QColor, QFont

from app.folders import ASSETS
from app.notice import Notice
from engine import values
from engine.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

THEMES = ASSETS / "themes"
SPACE = 4  # pixels; distances are 1, 2, 3, 4 or 6 of it

Role = Literal["body", "label", "title", "mono"]
SANS, MONO = ("Inter", "Noto Sans", "Segoe UI", "Helvetica Neue"), ("JetBrains Mono", "monospace")
FONTS: dict[Role, tuple[tuple[str, ...], int, QFont.Weight]] = {  # families, pixels, weight
    "body": (SANS, 12, QFont.Weight.Normal),
    "label": (SANS, 11, QFont.Weight.Normal),
    "title": (SANS, 13, QFont.Weight.DemiBold),
    "mono": (MONO, 12, QFont.Weight.Normal),
}

TABULAR = QFont.Tag("tnum")  # so that what counts does not jitter

LOOKS: dict[str, tuple[str, str, float]] = {  # family of types: shape of the port, line, width
    "frame": ("circle", "solid", 2.5),
    "clip": ("ring", "solid", 2.0),
    "map": ("half", "dash", 2.0),
    "latent": ("hexagon", "solid", 2.5),
    "memory": ("double_square", "double", 2.0),
    "model": ("square", "solid", 1.5),
    "prompt": ("diamond", "solid", 2.0),
    "motion": ("triangle_right", "solid", 2.0),
    "camera": ("triangle_up", "solid", 2.0),
    "audio": ("pill", "solid", 2.0),
    "number": ("small_circle", "solid", 1.5),
    "bool": ("small_square", "solid", 1.5),
    "trigger": ("chevron", "dot", 1.5),
    "any": ("hollow_ring", "solid", 1.5),
}
FAMILIES: dict[type, str] = {
    values.Frame: "frame",
    values.Clip: "clip",
    values.Mask: "map",
    values.Depth: "map",
    values.Latent: "latent",
    values.Memory: "memory",
    values.Generator: "model",
    values.Scorer: "model",
    values.TextEncoder: "model",
    values.Prompt: "prompt",
    str: "prompt",
    values.Flow: "motion",
    values.Tracks: "motion",
    values.CameraPath: "camera",
    values.Audio: "audio",
    values.Color: "number",
    float: "number",
    int: "number",
    bool: "bool",
    values.Trigger: "trigger",
}
HEADERS = {  # a node's category, which is the first word of its id: the tint of its header
    "sources": "source",
    "generate": "generator",
    "motion": "control",
    "control": "control",
    "perceive": "control",
    "accelerate": "speculative",
    "memory": "prompt",
    "sinks": "output",
    "compose": "utility",
    "graph": "utility",
}


class PortLook(NamedTuple):
    """How ports and links of a type are drawn; the shape tells what the colour may not."""

    color: QColor
    shape: str
    line: str  # solid, dash, dot or double
    width: float  # pixels


@dataclass(frozen=True, eq=False)
class Tokens:
    """One theme, as its file says it."""

    name: str
    title: str
    dark: bool
    colors: Mapping[str, str]
    _made: dict[str, QColor] = field(default_factory=dict[str, QColor], repr=False)

    def color(self, name: str) -> QColor:
        """The colour of that name, not to be changed; KeyError with the nearest name."""
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = QColor(self.hex(name))
        return made

    def hex(self, name: str) -> str:
        """The colour of that name as #RRGGBB; KeyError with the nearest name."""
        try:
            return self.colors[name]
        except KeyError:
            hint = did_you_mean(name, self.colors)
            raise KeyError(f"the theme {self.name} has no colour {name!r}{hint}") from None

    def port(self, type: type) -> PortLook:
        """The look of ports and links that carry a type."""
        family = FAMILIES.get(type, "any")
        return PortLook(self.color(f"port.{family}"), *LOOKS[family])

    def header(self, category: str) -> QColor:
        """The tint of the headers of a category's nodes."""
        return self.color(f"header.{HEADERS.get(category, 'utility')}")

    def font(self, role: Role, size: int | None = None) -> QFont:
        """The font of a role, its size in pixels; all digits are as wide as each other."""
        families, usual, weight = FONTS[role]
        font = QFont(list(families))
        font.setPixelSize(size or usual)
        font.setWeight(weight)
        font.setFeature(TABULAR, 1)
        return font

    def hover(self, color: QColor) -> QColor:
        """A fill under the pointer: 6 % nearer to the text's lightness."""
        moved = min(max(color.lightnessF() + (0.06 if self.dark else -0.06), 0.0), 1.0)
        hue = max(color.hslHueF(), 0.0)
        return QColor.fromHslF(hue, color.hslSaturationF(), moved, color.alphaF())


changed: Notice[Tokens] = Notice()
_running: list[Tokens] = []


def names() -> tuple[str, ...]:
    """The themes that come along."""
    return tuple(sorted(path.stem for path in THEMES.glob("*.json")))


def load(name: str) -> Tokens:
    """The theme of that name; ValueError with the nearest name."""
    if name not in names():
        raise ValueError(f"there is no theme {name!r}{did_you_mean(name, names())}")
    data = json.loads((THEMES / f"{name}.json").read_text(encoding="utf-8"))
    return Tokens(name, data["title"], data["dark"], MappingProxyType(data["colors"]))


def current() -> Tokens:
    """The theme that the studio has now; dark until another is put on."""
    if not _running:
        _running.append(load("dark"))
    return _running[0]


def put_on(tokens: Tokens) -> None:
    """Makes a theme the current one and tells those who listen to `changed`."""
    _running[:] = [tokens]
    changed.tell(tokens)
