"""Films and documents for the tests of the application: small, and different in every frame."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from app.placement import Place, placed
from engine.document import Document
from engine.graph import Graph
from engine.registry import Registry
from engine.values import Frame
from nodes.sinks.window import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


def film(path: Path, *, frames: int = 12, size: tuple[int, int] = (64, 48), fps: int = 24) -> Path:
    """A film whose brightness rises by the frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps), options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for index in range(frames):
            picture = np.full((size[1], size[0], 3), 20 + 200 * index // frames, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def pictures(path: Path) -> list[np.ndarray]:
    """The decoded pictures of a film."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def show(path: Path, clip: Path | str, **changes: Any) -> Path:
    """A document: a clip, its colours changed, and a sink without a file."""
    data = {
        "format": 1,
        "title": "Test",
        "stream": {"width": 64, "height": 48, "fps": 24, "seed": 1},
        "nodes": {
            "clip": {"type": "sources.video_file", "params": {"path": str(clip)}},
            "grade": {"type": "compose.color", "params": {}},
        },
        "links": ["clip.frame -> grade.frame"],
    }
    path.write_text(json.dumps({**data, **changes}))
    return path


def document(registry: Registry) -> Document:
    """A pattern, blurred, on air, at 64x48 and 24 frames a second, placed in a row."""
    graph = Graph(registry).with_stream(width=64, height=48, fps=24, seed=1)
    graph = graph.add("sources.pattern").add("compose.blur").add("sinks.window", "output")
    graph = graph.connect("pattern.out", "blur.frame").connect("blur.out", "output.frame")
    row = {key: Place(240.0 * at, 0.0) for at, key in enumerate(("pattern", "blur", "output"))}
    return placed(Document(graph), row)


def shown(width: int, height: int) -> Shown:
    """A picture as it is on air."""
    return Shown(Frame.solid(height, width, (0.8, 0.4, 0.1)), 0, 1)


def waits_for(true: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(true())
