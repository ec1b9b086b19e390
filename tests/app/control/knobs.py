"""One node with a parameter of every kind, for tests of what drives parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from engine.node import Node, param
from engine.values import Color, Prompt, Trigger


class Knobs(Node, id="test.knobs"):
    """Holds its parameters and gives one of them."""

    level: float = param(default=0.5, doc="A share", min=0, max=1)
    wide: float = param(default=1.0, doc="Reaches beyond its slider", min=0, max=100, soft=(0, 10))
    hertz: float = param(default=100.0, doc="A frequency", min=20, max=20000, log=True)
    count: int = param(default=2, doc="A few", min=0, max=4)
    on: bool = param(default=False, doc="A switch")
    mode: Literal["one", "two", "three"] = param(default="one", doc="A choice")
    hit: Trigger = param(default=Trigger(0), doc="A strike")
    words: Prompt = param(default=Prompt.of("sea"), doc="A prompt")
    tint: Color = param(default=Color("#ffffff"), doc="A colour")
    title: str = param(default="", doc="A text")
    file: Path = param(default=Path(), doc="A path")
    size: int = param(default=8, doc="Fixed while it runs", min=1, max=64, live=False)

    def process(self) -> float:
        return self.level
