"""A file: graph, bindings, cues and view as one frozen value, read and written without loss.

The format is JSON (see `engine/migrate.py` for its number). Nothing in a document is evaluated; it
names files and models, never code.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import DocumentError
from engine.migrate import FORMAT, migrate
from engine.parts import split_end
from engine.reader import Reading, read_end, read_graph, read_stream
from engine.strictjson import LARGEST, a_list, a_text, an_object, parse
from engine.ungroup import ungroup
from engine.validate import Problem, validate
from engine.writer import graph_json, stream_json, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.graph import Graph
    from engine.registry import Registry

KNOWN = frozenset(
    {"format", "app", "title", "stream", "nodes", "links", "bindings", "cues", "view"}
)
STREAM = frozenset({"width", "height", "fps", "seed"})


@dataclass(frozen=True, repr=False)
class Document:
    """What a file holds. `extra` keeps fields that are not known here; `app` says who wrote it."""

    graph: Graph
    title: str = ""
    bindings: tuple[Mapping[str, Any], ...] = ()
    cues: tuple[Mapping[str, Any], ...] = ()
    view: Mapping[str, Any] = field(default_factory=dict[str, Any])
    app: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        rest = f"{len(self.bindings)} bindings, {len(self.cues)} cues"
        return f"<Document {self.title!r} {self.graph!r} {rest}>"

    def with_graph(self, graph: Graph) -> Document:
        """The document with another graph, itself where the graph is the same."""
        return self if graph is self.graph else replace(self, graph=graph)

    def rename(self, old: str, new: str) -> Document:
        """Renames a node in the graph, in bindings, cues and view."""
        parent = old.rpartition("/")[0]
        path = f"{parent}/{new}" if parent else new
        return self._moved(self.graph.rename(old, new), {old: path})

    def collapse(self, keys: list[str] | tuple[str, ...], name: str) -> Document:
        """Puts nodes into a subgraph; what is bound to them stays bound."""
        parents = {key: key.rpartition("/")[0] for key in keys}
        moved = {
            key: "/".join(filter(None, [parent, name, key.rpartition("/")[2]]))
            for key, parent in parents.items()
        }
        return self._moved(self.graph.collapse(keys, name), moved)

    def ungroup(self, key: str) -> Document:
        """Takes a subgraph apart; what is bound to it or to the nodes inside stays bound."""
        graph, moved = ungroup(self.graph, key)
        view = {name: place for name, place in self.view.items() if name != key}
        return replace(self, view=view)._moved(graph, moved.keys, moved.ends)

    def remove(self, *keys: str, heal: bool = False) -> Document:
        """Removes nodes with what is bound to them, set by cues, and their places in the view."""
        graph = self.graph.remove(*keys, heal=heal)

        def stays(end: str) -> bool:
            return not any(f"{split_end(end)[0]}/".startswith(f"{key}/") for key in keys)

        return replace(
            self,
            graph=graph,
            bindings=tuple(b for b in self.bindings if stays(b["param"])),
            cues=tuple(_cue(cue, lambda end: end if stays(end) else None) for cue in self.cues),
            view={key: place for key, place in self.view.items() if stays(f"{key}.")},
        )

    def _moved(
        self, graph: Graph, keys: Mapping[str, str], ends: Mapping[str, str] | None = None
    ) -> Document:
        def end(old: str) -> str:
            if ends and old in ends:
                return ends[old]
            key, name = split_end(old)
            return f"{_moved_key(key, keys)}.{name}"

        return replace(
            self,
            graph=graph,
            bindings=tuple({**b, "param": end(b["param"])} for b in self.bindings),
            cues=tuple(_cue(cue, end) for cue in self.cues),
            view={_moved_key(key, keys): place for key, place in self.view.items()},
        )


def loads(
    text: str, registry: Registry, folder: Path | None = None
) -> tuple[Document, list[Problem]]:
    """A document from its text; relative files are taken from the folder. DocumentError."""
    data = migrate(parse(text))
    reading = Reading(registry, folder)
    stream = an_object(data.get("stream", {}), "stream")
    graph = read_graph(data, read_stream(stream), reading)
    unknown = {name: value for name, value in data.items() if name not in KNOWN}
    beside = {name: value for name, value in stream.items() if name not in STREAM}
    document = Document(
        graph=graph,
        title=a_text(data.get("title", ""), "title"),
        app=a_text(data.get("app", ""), "app"),
        bindings=tuple(_read_binding(each, reading) for each in _list(data, "bindings")),
        cues=tuple(_read_cue(each, reading) for each in _list(data, "cues")),
        view=an_object(data.get("view", {}), "view"),
        extra={**unknown, "stream": beside} if beside else unknown,
    )
    return document, [*reading.problems, *validate(graph)]


def dumps(document: Document, folder: Path | None = None) -> str:
    """The text of a document; files below the folder are named relative to it. DocumentError."""
    extra = dict(document.extra)
    beside = extra.pop("stream", {})
    data = {
        "format": FORMAT,
        "app": document.app,
        "title": document.title,
        "stream": {**beside, **stream_json(document.graph.stream)},
        **graph_json(document.graph, folder),
        "bindings": list(document.bindings),
        "cues": list(document.cues),
        **{name: extra[name] for name in sorted(extra)},
        "view": document.view,
    }
    try:
        return text_of(data, ordered=True) + "\n"
    except (ValueError, TypeError) as error:
        raise DocumentError(f"the document cannot be written: {error}") from error


def load(path: Path, registry: Registry) -> tuple[Document, list[Problem]]:
    """A document from its file, and what is to be said of it; DocumentError with its name."""
    path = Path(os.path.abspath(path))
    try:
        if path.exists() and not path.is_file():
            raise DocumentError(f"{path} is not a file")
        if path.stat().st_size > LARGEST:
            raise DocumentError(f"{path} has over {LARGEST >> 20} MB, which no document has")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(f"{path} is not text in UTF-8") from None
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path} cannot be read: {_reason(error)}") from error
    try:
        return loads(text, registry, path.parent)
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from error


def save(document: Document, path: Path) -> None:
    """Writes a document so that the file is whole at any moment; the one before stays as `.bak`.

    DocumentError where it cannot be written; the old file is untouched then.
    """
    try:
        _replace(Path(os.path.realpath(path)), document)
    except (OSError, ValueError) as error:
        said = f"{path} cannot be written: {_reason(error)}; choose another place"
        raise DocumentError(said) from error


def _replace(path: Path, document: Document) -> None:
    content = dumps(document, path.parent).encode()
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError("it is read-only")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write_through(temporary, content)
        _keep_backup(path, temporary)
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _keep_backup(path: Path, temporary: Path) -> None:
    if not path.exists():
        return
    shutil.copymode(path, temporary)
    backup = path.with_name(path.name + ".bak")
    fresh = backup.with_name(f".{backup.name}.{os.getpid()}.tmp")
    try:
        shutil.copy2(path, fresh)
        fresh.replace(backup)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    return getattr(error, "strerror", None) or str(error)


def _list(data: dict[str, Any], name: str) -> list[Any]:
    return a_list(data.get(name, []), name)


def _read_binding(value: Any, reading: Reading) -> dict[str, Any]:
    binding = an_object(value, "a binding")
    return {**binding, "param": reading.end(read_end(binding.get("param"), "a binding's param"))}


def _read_cue(value: Any, reading: Reading) -> Mapping[str, Any]:
    cue = an_object(value, "a cue")
    a_text(cue.get("name"), "a cue's name")
    for end in an_object(cue.get("set", {}), "a cue's set"):
        read_end(end, "what a cue sets")
    return _cue(cue, reading.end)


def _cue(cue: Mapping[str, Any], moved: Callable[[str], str | None]) -> Mapping[str, Any]:
    """A cue whose ends are rewritten; those that become None are left out."""
    if "set" not in cue:
        return cue
    ends = {moved(end): value for end, value in cue["set"].items()}
    return {**cue, "set": {end: value for end, value in ends.items() if end is not None}}


def _moved_key(key: str, moved: Mapping[str, str]) -> str:
    for old, new in moved.items():
        if key == old or key.startswith(f"{old}/"):
            return new + key[len(old) :]
    return key
