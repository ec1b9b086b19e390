"""Small real nodes for the tests of the engine, and a registry that knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from engine.graph import Graph
from engine.node import Held, Lane, Node, Tick, param
from engine.registry import Registry
from engine.values import Frame, Latent, Mask, Prompt


class Camera(Node, id="sources.camera"):
    """Gives a grey picture a tick."""

    level: float = param(default=0.5, doc="How bright", min=0, max=1)
    file: Path = param(default=Path(), doc="A picture in place of grey", live=False)

    def process(self, tick: Tick) -> Frame:
        del tick
        return Frame.solid(16, 16, (self.level,) * 3)


class Lfo(Node, id="control.lfo"):
    """Swings between 0 and 1."""

    rate: float = param(default=1.0, doc="Swings a second", min=0, max=100)

    def process(self, tick: Tick) -> float:
        return self.rate * tick.pts % 1.0


class Mix(Node, id="compose.mix"):
    """Lays a picture over another."""

    amount: float = param(default=0.5, doc="Share of the second", min=0, max=1)
    mode: Literal["normal", "add", "screen"] = param(default="normal", doc="How they mix")
    steps: int = param(default=4, doc="Rounds", min=1, max=50)
    on: bool = param(default=True, doc="Whether to mix at all")

    def process(self, a: Frame, b: Frame | None = None, mask: Held[Mask | None] = None) -> Frame:
        del b, mask
        return a


class Blur(
    Node, id="compose.blur", replaces=("filters.soften",), renamed={"size": "radius"}, version=3
):
    """Softens the picture."""

    radius: float = param(default=2.0, doc="How far", min=0, max=64, unit="px")

    def process(self, frame: Frame) -> Frame:
        return frame

    @classmethod
    def upgrade(cls, params: dict[str, object], version: int) -> dict[str, object]:
        """Up to version 2 the radius was a diameter."""
        radius = params.get("radius")
        return (
            params | {"radius": radius / 2} if version < 3 and isinstance(radius, float) else params
        )


class Delay(Node, id="motion.delay", delays=True):
    """Gives the picture of some frames ago."""

    frames: int = param(default=1, doc="How many frames", min=1, max=600)

    def process(self, frame: Frame, initial: Held[Frame | None] = None) -> Frame:
        del initial
        return frame


class Generate(Node, id="generate.video", lane=Lane.SLOW):
    """Dreams a picture from a prompt and a guide."""

    prompt: Prompt = param(default=Prompt.of("a river"), doc="What to dream")
    strength: float = param(default=0.8, doc="How freely", min=0, max=1)

    def process(self, guide: Frame, past: Held[Frame | None] = None) -> Frame:
        del past
        return guide


class Encode(Node, id="generate.encode"):
    """Turns a picture into latents."""

    def process(self, frame: Frame) -> Latent:
        return Latent(frame.tensor, "tiny")


class Parts(NamedTuple):
    """A picture in two."""

    colour: Frame
    shape: Mask


class Split(Node, id="compose.split"):
    """Takes a picture apart."""

    def process(self, frame: Frame) -> Parts:
        return Parts(frame, Mask(frame.tensor[:, :1]))


class Window(Node, id="sinks.window"):
    """Shows the picture."""

    def process(self, frame: Frame) -> None:
        del frame


TYPES = (Camera, Lfo, Mix, Blur, Delay, Generate, Encode, Split, Window)


def registry() -> Registry:
    """A registry of the small nodes."""
    types = Registry()
    for cls in TYPES:
        types.add(cls.spec)
    return types


def empty() -> Graph:
    """A graph that knows the small nodes and holds none."""
    return Graph(registry())


def chain() -> Graph:
    """camera -> blur -> mix -> window."""
    graph = empty().add("sources.camera").add("compose.blur").add("compose.mix").add("sinks.window")
    graph = graph.connect("camera.out", "blur.frame").connect("blur.out", "mix.a")
    return graph.connect("mix.out", "window.frame")
