"""What falls onto the canvas: node types from the library, files and text from other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from app import editing
from app.canvas.metrics import GAP, HEADER
from app.canvas.tools.pointer import to_scene
from app.editing.clipboard import MIME as SELECTION
from app.palette.listing import MIME as NODE
from app.palette.offers import of_spec
from app.routing import FILMS, STILL, STILLS, VIDEO
from engine.errors import DocumentError
from engine.values import Prompt

if TYPE_CHECKING:
    from app.canvas.link_item import LinkItem
    from app.canvas.node_item import NodeItem
    from app.canvas.tools.hand import Hand
    from app.placement import Point
    from engine.document import Document

SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".m4a", ".aac", ".opus")
MORE_FILMS = (".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".gif", ".y4m")
PROMPT, IMAGE_STREAM = "control.prompt", "generate.image_stream"
LONGEST_TEXT = 1 << 16  # characters of a prompt
LONGEST_HEADER = 1 << 26  # bytes of a safetensors header
EMBEDDING = (".png", ".mp4", ".mkv", ".mov")  # files that may carry a graph
STEP = 192.0  # between nodes of several files


class Drops(QObject):
    """Takes drags over a view. Files that carry a graph are handed to `hand.open_asked`."""

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand.bench.view)
        self._hand = hand
        self._over: LinkItem | None = None
        self._onto = True
        hand.bench.view.setAcceptDrops(True)
        hand.bench.view.viewport().setAcceptDrops(True)
        hand.bench.view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            return self._drop(event)
        if isinstance(event, QDragEnterEvent | QDragMoveEvent):
            return self._hover(event)
        if event.type() == QEvent.Type.DragLeave:
            self._mark(None)
            return True
        return False

    def _hover(self, event: QDropEvent) -> bool:
        data = event.mimeData()
        if not (data.hasUrls() or data.hasFormat(NODE) or data.hasFormat(SELECTION)):
            event.setAccepted(data.hasText())
            return True
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        at = self._at(event)
        self._mark(self._hand.bench.scene.link_at(at) if data.hasFormat(NODE) else None)
        return True

    def _drop(self, event: QDropEvent) -> bool:
        at, over = self._at(event), self._over
        self._mark(None)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.take(event.mimeData(), at, over)
        return True

    def take(self, data: QMimeData, at: QPointF, over: LinkItem | None = None) -> None:
        """Places what was dropped at a point of the scene, or on a link."""
        corner = (round(at.x()), round(at.y()))
        self._onto = True
        if data.hasFormat(NODE):
            self._node(bytes(data.data(NODE).data()).decode("utf-8", "replace"), at, over)
        elif data.hasFormat(SELECTION):
            text = bytes(data.data(SELECTION).data()).decode("utf-8", "replace")
            self._hand.edits.paste_text(text, corner)
        elif data.hasUrls():
            files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
            for number, file in enumerate(files):
                self.take_file(file, QPointF(at.x(), at.y() + number * STEP), onto=not number)
        elif data.text().strip():
            self._prompt(data.text(), at)

    def take_file(self, file: Path, at: QPointF, *, onto: bool = True) -> None:
        """Makes the node that a file is for, gives it to the node there, or opens its graph.

        `onto` lets a node that lies there take it.
        """
        suffix = file.suffix.lower()
        self._onto = onto
        if suffix == ".json" or (suffix in EMBEDDING and self._carries_graph(file)):
            self._hand.open_asked.tell(file)
        elif suffix == ".txt":
            self._text_file(file, at)
        elif suffix == ".safetensors":
            self._lora(file, at)
        elif (file / "model_index.json").is_file():
            self._give(IMAGE_STREAM, {"model": str(file)}, at)
        elif suffix in STILLS:
            self._give(STILL, {"path": str(file)}, at)
        elif suffix in (*FILMS, *MORE_FILMS, *SOUNDS):
            self._give(VIDEO, {"path": str(file)}, at)
        else:
            known = "films, pictures, sounds, .safetensors, .txt and .json"
            self._say(f"{file.name} is no kind of file that goes into a graph; {known} do")

    def _node(self, id: str, at: QPointF, over: LinkItem | None) -> None:
        spec = self._hand.bench.session.registry.find(id)
        if spec is None:
            self._say(f"there is no node type {id!r}")
        elif over is not None:
            self._hand.placing.insert(id, over, at)
        else:
            self._hand.placing.place(of_spec(spec), at, "never")

    def _text_file(self, file: Path, at: QPointF) -> None:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            self._say(f"{file.name} cannot be read as text")
            return
        self._prompt(text, at)

    def _lora(self, file: Path, at: QPointF) -> None:
        """One line more in the LoRAs of the generator there, or of a new one."""
        if not _is_lora(file):
            self._say(f"{file.name} holds no LoRA; of a model, drop the folder that it lies in")
            return
        bench = self._hand.bench
        under = self._under(at)
        known = bench.graph.entry(under.key).params.get("loras", "") if under else ""
        lines = [line for line in str(known).splitlines() if line.strip()]
        self._give(IMAGE_STREAM, {"loras": "\n".join([*lines, str(file)])}, at)

    def _prompt(self, text: str, at: QPointF) -> None:
        words = " ".join(text.split())[:LONGEST_TEXT]
        self._give(PROMPT, {"text": Prompt.of(words)}, at)

    def _give(self, type_id: str, values: dict[str, Any], at: QPointF) -> None:
        """Sets the node at a point where it has such parameters, else makes one that has."""
        bench = self._hand.bench
        under = self._under(at)
        if under is not None and self._set(under.key, values):
            return
        corner: Point = (round(at.x()), round(at.y() - HEADER / 2 - GAP))

        def make() -> tuple[Document, str]:
            document, key = editing.insert_node(bench.document, type_id, corner, path=bench.path)
            return document.with_graph(document.graph.set(key, **values)), key

        key = bench.made(f"Add {bench.session.registry.get(type_id).title}", make)
        if key is not None:
            bench.session.select([key])

    def _under(self, at: QPointF) -> NodeItem | None:
        return self._hand.bench.scene.node_at(at) if self._onto else None

    def _set(self, key: str, values: dict[str, Any]) -> bool:
        session = self._hand.bench.session
        own = {param.name: param for param in session.graph.params(key)}
        fitting = {
            self._own_name(key, name): value
            for name, value in values.items()
            if self._own_name(key, name) in own
        }
        if len(fitting) < len(values):
            return False
        return session.try_edit("Set by a drop", lambda: session.graph.set(key, **fitting))

    def _own_name(self, key: str, name: str) -> str:
        """A prompt goes to the parameter `prompt` of a generator, `text` of a prompt node."""
        known = {param.name for param in self._hand.bench.graph.params(key)}
        return "prompt" if name == "text" and "prompt" in known else name

    def _carries_graph(self, file: Path) -> bool:
        from app.embedded_graph import graph_text

        try:
            return graph_text(file) is not None
        except DocumentError as error:
            self._say(str(error))
            return False

    def _mark(self, over: LinkItem | None) -> None:
        for item, on in ((self._over, False), (over, True)):
            if item is not None:
                item.mark(target=on)
        self._over = over

    def _at(self, event: QDropEvent) -> QPointF:
        return to_scene(self._hand.bench.view, event.position())

    def _say(self, text: str) -> None:
        self._hand.bench.session.said.tell(text, "warning")


def _is_lora(file: Path) -> bool:
    """Whether the names in a safetensors header speak of an adapter; nothing else is read."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            header = opened.read(min(length, LONGEST_HEADER))
    except OSError:
        return False
    return b"lora" in header.lower()
