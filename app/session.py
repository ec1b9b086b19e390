"""The one object that joins document, history, engine and views; it knows no Qt.

Every edit goes through `edit`, is live at once and can be undone. What modulators do goes through
`set`, `release` and `cue`, which any thread may call, and never through the history. Everything
else belongs to one thread, which calls `tick` some thirty times a second.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from app.air import Air
from app.documents import find
from app.notice import Notice
from engine.diff import Diff
from engine.document import Document, dumps, load, loads, save
from engine.errors import DocumentError, GraphError, ParamError, SlipstreamError
from engine.graph import Graph
from engine.history import History
from engine.parts import split_end
from engine.values import Clip, Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from app.autosave import Autosave
    from app.program import Program
    from engine.journal import Snapshot
    from engine.player import Player
    from engine.registry import Registry
    from engine.stats import Stats, Tap
    from engine.validate import Problem
    from engine.weights import Weights
    from nodes.sinks.window import Shown

Severity = Literal["info", "warning", "error"]


class Change(NamedTuple):
    """What an edit, an undo or a redo did."""

    before: Document
    after: Document
    diff: Diff


class Session:
    """A person's work: one document, what it went through, and the engine that plays it."""

    def __init__(
        self,
        program: Program,
        document: Document | None = None,
        *,
        path: Path | None = None,
        autosave: Autosave | None = None,
    ) -> None:
        self.registry: Registry = program.registry
        self.weights: Weights = program.weights
        self.history: History[Document] = History(document or Document(Graph(self.registry)))
        self.path = path
        self.selection: tuple[str, ...] = ()
        self.changed: Notice[Change] = Notice()
        self.opened: Notice[Document] = Notice()
        self.selected: Notice[tuple[str, ...]] = Notice()
        self.said: Notice[str, Severity] = Notice()
        self.air = Air(program, self.document)
        self.locked = False  # whether hands may play and not edit
        # adds where one looks, for a file
        self.as_seen: Callable[[Document], Document] = lambda document: document
        self._autosave = autosave
        self._unsaid: deque[tuple[str, Severity]] = deque(maxlen=100)  # from other threads

    @property
    def document(self) -> Document:
        return self.history.value

    @property
    def graph(self) -> Graph:
        return self.document.graph

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the running plan leaves out, and why."""
        return self.air.edited.player.problems

    @property
    def is_saved(self) -> bool:
        return self.history.is_saved

    # Edits

    def edit(self, label: str, new: Document | Graph, merge: Hashable | None = None) -> None:
        """Makes another document or graph the one that stands; a step that can be undone."""
        before = self.document
        after = before.with_graph(new) if isinstance(new, Graph) else new
        if after is before or self._is_locked():
            return
        self._follow(before, self.history.push(label, after, merge), label)

    def try_edit(
        self, label: str, make: Callable[[], Document | Graph], merge: Hashable | None = None
    ) -> bool:
        """Edits where it can be done; else says why not and returns False."""
        try:
            self.edit(label, make(), merge)
        except SlipstreamError as error:
            self.said.tell(str(error), "warning")
            return False
        return True

    def undo(self) -> None:
        """Takes the last step back."""
        if self._is_locked():
            return
        self._follow(self.document, self.history.undo(), "Undo")

    def redo(self) -> None:
        """Does again what was taken back last."""
        if self._is_locked():
            return
        self._follow(self.document, self.history.redo(), "Redo")

    def break_merge(self) -> None:
        """The next edit is a step of its own."""
        self.history.break_merge()

    def select(self, keys: Iterable[str]) -> None:
        """Selects nodes by key; those that are no more are left out."""
        known = tuple(dict.fromkeys(key for key in keys if self._has(key)))
        if known != self.selection:
            self.selection = known
            self.break_merge()
            self.selected.tell(known)

    def capture(self) -> None:
        """Makes the values that are live now the document's, as one step."""
        graph = self.graph
        for key, name, value in self.air.driven_values():
            graph = graph.set(key, **{name: value})
        self.edit("Capture live values", graph)

    def keep(self, label: str) -> None:
        """Puts the document where a crash leaves it."""
        if self._autosave is not None:
            self._autosave.keep(self.document, self.path, label)

    def _follow(self, before: Document, after: Document, label: str) -> None:
        if after is before:
            return
        self.air.apply(after)
        self.changed.tell(Change(before, after, before.graph.diff(after.graph)))
        self.select(self.selection)
        self.keep(label)

    def _is_locked(self) -> bool:
        if self.locked:
            self.said.tell("editing is locked; Lock editing (Ctrl+L) unlocks it", "info")
        return self.locked

    def _has(self, key: str) -> bool:
        try:
            self.graph.entry(key)
        except GraphError:
            return False
        return True

    # Playing by hand, by controllers and by cues

    def set(self, key: str, name: str, value: Any, origin: str = "hand") -> None:
        """Touches a parameter live, from any thread; what cannot be is said, not raised."""
        self._tell_errors(lambda player: player.set(key, name, value, origin))

    def release(self, key: str, name: str, origin: str = "hand") -> None:
        """Lets a parameter go back to the document's value, from any thread."""
        self._tell_errors(lambda player: player.release(key, name, origin))

    def cue(
        self,
        values: dict[tuple[str, str], Any],
        fade: float = 0.0,
        at: int | None = None,
        **how: Any,
    ) -> None:
        """Fades parameters to values in `fade` seconds from a stream time on, from any thread."""

        def begin(player: Player) -> None:
            player.cue(values, fade, self._moment(player, at), **how)

        self._tell_errors(begin)

    def _moment(self, player: Player, at: int | None) -> int | None:
        """A time of the program by the clock of another player, which is a clock of its own."""
        if at is None or player is self.air.program.player:
            return at
        return at - self.now() + player.clock.now()

    def _tell_errors(self, touch: Callable[[Player], None]) -> None:
        failed: SlipstreamError | None = None
        for stage in self.air.stages:
            try:
                touch(stage.player)
            except (GraphError, ParamError) as error:
                failed = failed or error
            else:
                return self.air.also(stage, touch)
        if failed is not None:
            self._unsaid.append((str(failed), "warning"))
        return None

    def note(self, text: str, severity: Severity = "info") -> None:
        """Has a sentence said at the next tick, from any thread."""
        self._unsaid.append((text, severity))

    def value(self, key: str, name: str) -> Any:
        """What a parameter is now: live where its node runs, else what the document says."""
        found = self.air.value(*self._inside(key, name))
        return self.graph.value(key, name) if found is None else found

    def driven(self, key: str, name: str) -> str | None:
        """Who drives a parameter, None where the document does."""
        return self.air.driven(*self._inside(key, name))

    def _inside(self, key: str, name: str) -> tuple[str, str]:
        """Where a parameter that a subgraph shows lies."""
        found = self.graph.resolve(f"{key}.{name}")
        return split_end(found[0]) if found else (key, name)

    # Looking

    def stats(self) -> Stats | None:
        """The engine's figures, None while it does not run."""
        return self.air.edited.player.stats() if self.is_running else None

    def tap(self, key: str, port: str = "out") -> Tap | None:
        """A look at an output, None where its node does not run."""
        return self.air.tap(key, port)

    def now(self) -> int:
        """The stream's time in flicks."""
        return self.air.program.player.clock.now() if self.is_running else 0

    def picture(self) -> Shown | None:
        """The newest picture on air."""
        return self.air.program.picture()

    def preview_picture(self) -> Shown | None:
        """The newest picture of the blind edit, None where there is none."""
        return self.air.preview.picture() if self.air.preview else None

    # Running

    @property
    def is_running(self) -> bool:
        return self.air.program.is_running

    def start(self) -> None:
        self.air.start()

    def stop(self) -> None:
        if not self.air.stop():
            self.said.tell(
                "a node did not end within five seconds; the rest has stopped", "warning"
            )

    def restart(self) -> None:
        """Another engine in place of this one, which may hang; the document is untouched."""
        self.air.restart()
        self.said.tell("the engine was started again", "info")

    def reset(self) -> None:
        """Re-anchors: every node forgets what it remembers."""
        self.air.reset()

    @property
    def solo(self) -> str | None:
        """The output that is on air in place of the document's own, None where none is."""
        return self.air.program.solo

    def set_solo(self, key: str | None) -> None:
        """Puts a node's picture on air for a while, in place of what is linked to the output."""
        ports = self.graph.outputs(key) if key else ()
        shown = next((port.name for port in ports if port.type in (Frame, Clip)), None)
        if key is not None and shown is None:
            self.said.tell(f"{key} gives no picture that could go on air", "warning")
            return
        self.air.program.set_solo(f"{key}.{shown}" if key else None)

    def record(self, path: Path | None) -> None:
        """Begins to record what is on air, or ends it."""
        try:
            self.air.program.record(path)
        except SlipstreamError as error:
            self.said.tell(str(error), "error")

    @property
    def recording(self) -> Path | None:
        return self.air.program.recording

    # Editing out of sight

    @property
    def blind(self) -> bool:
        """Whether edits go to a preview and reach the air only by `take`."""
        return self.air.preview is not None

    def set_blind(self, on: bool) -> None:
        self.air.set_blind(on, self.document)

    @property
    def mix(self) -> float:
        """0 shows the program, 1 the preview."""
        return self.air.mix

    @mix.setter
    def mix(self, share: float) -> None:
        self.air.set_mix(share)

    def take(self, fade: float = 0.0) -> None:
        """Puts the preview on air, within `fade` seconds."""
        self.air.take(fade)

    # Files

    def new(self) -> None:
        """An empty document."""
        self._open(Document(Graph(self.registry)), None, [])

    def open(self, name: Path | str) -> list[Problem]:
        """Opens a file or a preset by its name, and returns what is to be said of it.

        DocumentError where it cannot be opened; what was open stays then.
        """
        found = find(str(name))
        document, problems = load(found, self.registry)
        is_own = Path(name) == found
        return self._open(document, found.absolute() if is_own else None, problems)

    def open_text(self, text: str, label: str = "") -> list[Problem]:
        """Opens the text of a document, as a picture or film carries it. DocumentError."""
        document, problems = loads(text, self.registry)
        if label:
            self.said.tell(f"opened the graph that {label} carries", "info")
        return self._open(document, None, problems)

    def recover(self, snapshot: Snapshot) -> None:
        """Opens what a crash left; it counts as not saved."""
        path = Path(snapshot.path) if snapshot.path else None
        document, problems = loads(snapshot.text, self.registry, path.parent if path else None)
        self._open(document, path, problems)
        self.history.forget_saved()
        self.keep(snapshot.label)  # what was recovered once must outlive the next crash too

    def save(self, path: Path | None = None) -> None:
        """Writes the document; DocumentError where it cannot be written or has no file yet."""
        target = path or self.path
        if target is None:
            raise DocumentError("this document has no file yet; choose one with Save as")
        save(self.as_seen(self.document), target)
        self.path = target.absolute()
        self.history.mark_saved()

    def text(self) -> str:
        """The document as its file would hold it."""
        return dumps(self.document)

    def _open(
        self, document: Document, path: Path | None, problems: list[Problem]
    ) -> list[Problem]:
        self.history = History(document)
        self.path = path
        self.selection = ()
        self.air.apply(document)
        self.opened.tell(document)
        self.selected.tell(())
        return problems

    # Time

    def tick(self) -> None:
        """Says what other threads had to say, moves a take along, and keeps the autosave fresh."""
        while self._unsaid:
            self.said.tell(*self._unsaid.popleft())
        self.air.tick()
        if self._autosave is not None:
            self._autosave.tick(self.picture)

    def close(self) -> None:
        """Ends the engine and the autosave: the work ended in order."""
        self.air.close()
        if self._autosave is not None:
            self._autosave.close()

    def __repr__(self) -> str:
        return f"<Session {self.path or 'without a file'} {self.history!r}>"
