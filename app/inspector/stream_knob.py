"""What the document itself can be set to, seen as parameters: title, size, rate and seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.arithmetic import evaluate
from app.inspector.address import spoken, words
from app.words import read
from engine.errors import ParamError
from engine.node import Stream
from engine.packet import frame_rate
from engine.param import Param

if TYPE_CHECKING:
    from app.session import Session
    from engine.document import Document

_USUAL = Stream()
TITLE = Param("title", str, "", "What the document is called")
WIDTH = Param(
    "width",
    int,
    _USUAL.width,
    "Width of the stream's pictures",
    16,
    16384,
    (64, 2048),
    8,
    "px",
)
HEIGHT = Param(
    "height",
    int,
    _USUAL.height,
    "Height of the stream's pictures",
    16,
    16384,
    (64, 2048),
    8,
    "px",
)
FPS = Param(
    "fps",
    float,
    float(_USUAL.fps),
    "Ticks a second: the rate of what is generated, and of the output",
    0.1,
    1000,
    soft=(1, 120),
    unit="/s",
)
SEED = Param("seed", int, _USUAL.seed, "Where all randomness of the graph begins", 0, 2**63 - 1)
PARAMS = (TITLE, WIDTH, HEIGHT, FPS, SEED)


@dataclass(frozen=True)
class StreamKnob:
    """One of them; it has what a field needs of a `Knob`, and nothing drives it."""

    session: Session
    param: Param
    performing: bool = False

    driver = None
    link = None
    is_exposed = False
    is_locked = False

    @property
    def name(self) -> str:
        return self.param.name

    @property
    def label(self) -> str:
        return "Frame rate" if self.param is FPS else spoken(self.name)

    @property
    def tip(self) -> str:
        usual = words(self.param.default) or "empty"
        return f"{self.param.doc}\nDefault {usual}"

    @property
    def value(self) -> Any:
        if self.param is TITLE:
            return self.session.document.title
        found = getattr(self.session.graph.stream, self.name)
        return float(found) if self.param is FPS else found

    @property
    def live(self) -> Any:
        return self.value

    @property
    def is_modified(self) -> bool:
        return self.value != self.param.default

    @property
    def can_edit(self) -> bool:
        """Another size would rebuild everything, so nothing of it is touched in a show."""
        return not self.performing

    @property
    def text(self) -> str:
        return words(self.value)

    def put(self, value: Any) -> bool:
        return self._edit(lambda: value)

    def type(self, text: str) -> bool:
        return self._edit(lambda: evaluate(text, float(self.value), self.param.unit))

    def paste(self, text: str) -> bool:
        return self._edit(lambda: read(self.param, text.strip()))

    def reset(self) -> bool:
        done = self.put(self.param.default)
        self.settle()
        return done

    def settle(self) -> None:
        self.session.break_merge()

    def _edit(self, choose: Any) -> bool:
        return self.session.try_edit(
            self.label, lambda: self._with(choose()), ("stream", self.name)
        )

    def _with(self, value: Any) -> Document:
        document = self.session.document
        parsed = self.param.clamp(self.param.parse(value))
        if self.param is TITLE:
            return document if document.title == parsed else replace(document, title=parsed)
        if self.param is not FPS:
            return document.with_graph(document.graph.with_stream(**{self.name: parsed}))
        try:
            return document.with_graph(document.graph.with_stream(fps=frame_rate(parsed)))
        except (ValueError, ZeroDivisionError) as error:
            raise ParamError(f"{parsed:g} is no frame rate: {error}") from None
