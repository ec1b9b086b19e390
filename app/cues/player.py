"""The desk that plays cues: now or on a beat, forth and back, one after another.

Values travel by the engine's fades alone, which begin where a value is, so that whatever is
launched into whatever runs, nothing jumps. A launch that waits for its beat is handed to the engine
a moment before, with that beat's time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from app.cues.cue import Cue, Sheet
from app.cues.launch import Desk, Launch, Light, Waiting
from app.cues.live import Played, playable
from app.notice import Notice
from engine.packet import FLICKS_PER_SECOND

if TYPE_CHECKING:
    from app.tempo import Tempo
    from engine.document import Document

AHEAD = FLICKS_PER_SECOND * 8 // 100  # before its time a launch is handed over
SOFT = 0.1  # seconds; nothing turns back more abruptly
REMEMBERED = 64  # launches that can be taken back
PROMPT = -3  # the row of what the prompt line says
REVERSED = {"linear": "linear", "s": "s", "square": "inverse", "inverse": "square"}


class Playing(Played, Protocol):
    """What is needed of a session."""

    @property
    def document(self) -> Document: ...
    @property
    def is_running(self) -> bool: ...
    @property
    def said(self) -> Notice[Any, Any]: ...
    @property
    def opened(self) -> Notice[Any]: ...
    def now(self) -> int: ...
    def cue(
        self, values: dict[tuple[str, str], Any], fade: float, at: int | None, **how: Any
    ) -> None: ...


class CuePlayer:
    """Plays the cues of a session's document. `tick` is called some thirty times a second."""

    def __init__(self, session: Playing, tempo: Tempo, desk: Desk | None = None) -> None:
        self.changed: Notice[()] = Notice()
        self.tempo = tempo
        self._session = session
        self._desk = desk or Desk()
        self._waiting: dict[int, Waiting] = {}  # by row
        self._running: dict[str, Launch] = {}  # by the cue's name
        self._past: deque[Launch] = deque(maxlen=REMEMBERED)
        self._current: dict[int, str] = {}  # by row
        self._next: str | None = None  # the name of what stands by, None: the first
        self._ended = False  # the list was gone through
        self._seen = 0
        self._sheet = Sheet(session.document)
        session.opened.listen(lambda _: self.forget())

    @property
    def desk(self) -> Desk:
        return self._desk

    def set_desk(self, **values: Any) -> None:
        """Another fade, beats, curve or quantize for cues that leave them out."""
        self._desk = replace(self._desk, **values)
        self.changed.tell()

    # Launching

    def launch(self, cue: Cue, *, quantize: int | None = None) -> None:
        """Begins a cue, at once or at the next beat it is quantized to; of a row the latest."""
        now = self._session.now()
        beats = self.quantize_of(cue) if quantize is None else quantize
        at = now + round(cue.pre_wait * FLICKS_PER_SECOND)
        if beats and self._session.is_running:
            at = self.tempo.next(beats, at)
            self._wait(Waiting(cue, at, round(self.tempo.beat(at))))
        else:
            self._wait(Waiting(cue, at))

    def press(self, cue: Cue) -> None:
        """A pad is struck: launches its cue; one that waits is called off, one on its way turns."""
        light = self.light(cue)
        if light.waits:
            self.call_off(cue)
        elif light.progress is not None and not self._running[cue.name].is_back:
            self.turn_back(cue)
        else:
            self.launch(cue)

    def key(self, cue: Cue) -> None:
        """As `press`, but what waits or runs is left alone: keys repeat by themselves."""
        light = self.light(cue)
        if not light.waits and light.progress is None:
            self.launch(cue)

    def launch_pad(self, row: int, column: int) -> None:
        """Launches what lies on a pad, if anything does."""
        at = self.sheet.pads.get((row, column))
        if at is not None:
            self.key(self.sheet.cues[at])

    def recall(self, slot: int) -> None:
        """Morphs to a snapshot, counted from 0."""
        at = self.sheet.snapshots.get(slot)
        if at is None:
            self._session.said.tell(f"snapshot {slot + 1} is empty", "info")
        else:
            self.launch(self.sheet.cues[at])

    def call_off(self, cue: Cue) -> None:
        """A cue that waits does not begin."""
        row = self._row(cue)
        if row in self._waiting and self._waiting[row].cue.name == cue.name:
            del self._waiting[row]
            self.changed.tell()

    def turn_back(self, cue: Cue) -> None:
        """A cue on its way goes back to where it came from, in the time that it took so far."""
        running = self._running.get(cue.name)
        if running is not None:
            way = running.share(self._session.now())
            self._return(running, max(way * self.fade_of(cue), SOFT), REVERSED[running.curve])

    def undo(self) -> None:
        """Takes back what was launched last: what waits is called off, else values return by the
        same fade.
        """
        if self._waiting:
            self._waiting.clear()
            self.changed.tell()
        elif self._past:
            last = self._past[-1]
            self._return(last, self.fade_of(last.cue), last.curve)
        else:
            self._session.said.tell("no cue was launched that could be taken back", "info")

    # The list

    @property
    def standby(self) -> Cue | None:
        """What GO launches, None behind the last."""
        cues = self.sheet.order
        found = self.sheet.names.get(self._next) if self._next is not None else None
        return found or (None if self._ended or not cues else cues[0])

    def stand_by(self, cue: Cue) -> None:
        """GO launches this one next."""
        self._next, self._ended = cue.name, False
        self.changed.tell()

    def go(self) -> None:
        """Launches what stands by; the one after it stands by then."""
        cue = self.standby
        if cue is None:
            empty = "no cue is stored yet" if not self.sheet.order else "the cue list is at its end"
            self._session.said.tell(empty, "info")
        else:
            self.launch(cue)

    def back(self) -> None:
        """The cue before stands by; nothing changes on air."""
        cues = self.sheet.order
        cue = self.standby
        at = cues.index(cue) if cue is not None else len(cues)
        if at > 0:
            self.stand_by(cues[at - 1])

    # Looking

    def light(self, cue: Cue) -> Light:
        """What its pad shows."""
        row = self._row(cue)
        waiting, running = self._waiting.get(row), self._running.get(cue.name)
        standby = self.standby
        return Light(
            waits=waiting is not None and waiting.cue.name == cue.name,
            progress=running.share(self._session.now()) if running else None,
            is_current=self._current.get(row) == cue.name,
            stands_by=standby is not None and standby.name == cue.name,
        )

    def progress(self, cue: Cue) -> float | None:
        """How far a cue is on its way, 0 to 1; None where it is not."""
        return self.light(cue).progress

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What waits for its time."""
        return tuple(self._waiting.values())

    @property
    def current(self) -> Cue | None:
        """What was launched last and not taken back."""
        return self._past[-1].cue if self._past else None

    def forget(self) -> None:
        """Nothing was launched yet: another document."""
        self._waiting, self._running, self._current = {}, {}, {}
        self._past.clear()
        self._next, self._ended = None, False
        self.changed.tell()

    # Time

    def tick(self) -> None:
        """Hands over what is due, forgets what has arrived."""
        now = self._session.now()
        if now < self._seen:  # another engine
            self._running.clear()
            self._waiting = {row: w for row, w in self._waiting.items() if w.beat is not None}
        self._seen = now
        for waiting in sorted(self._waiting.values(), key=self._due):
            self._begin_if_due(waiting)
        for name in [name for name, launch in self._running.items() if now >= launch.end]:
            del self._running[name]

    def _wait(self, waiting: Waiting) -> None:
        self._waiting[self._row(waiting.cue)] = waiting
        self._step_on(waiting.cue)
        self._begin_if_due(waiting)
        self.changed.tell()

    def _begin_if_due(self, waiting: Waiting) -> None:
        row, due = self._row(waiting.cue), self._due(waiting)
        is_due = due - self._session.now() <= AHEAD or not self._session.is_running
        if is_due and self._waiting.get(row) is waiting:
            del self._waiting[row]
            self._begin(waiting.cue, due)

    def _due(self, waiting: Waiting) -> int:
        return waiting.pts if waiting.beat is None else self.tempo.pts_of(waiting.beat)

    def _begin(self, cue: Cue, start: int) -> None:
        values, lost = playable(self._session.graph, cue.values)
        if lost:
            self._session.said.tell(f"{cue.name} leaves out what is gone: {_some(lost)}", "warning")
        fade = self.fade_of(cue) if self._session.is_running else 0.0
        curve, row = cue.curve or self._desk.curve, self._row(cue)
        end = start + round(fade * FLICKS_PER_SECOND)
        turned = self._running.get(cue.name)
        here = turned.share(self._session.now()) if turned is not None and turned.is_back else 0.0
        launch = Launch(cue, start, end, self._before(cue, values), curve, (here, 1.0))
        self._session.cue(values, fade, start, curve=curve)
        self._running = {n: r for n, r in self._running.items() if self._row(r.cue) != row}
        self._running[cue.name] = launch
        self._past.append(launch)
        self._current[row] = cue.name
        self._follow(launch)
        self.changed.tell()

    def _before(self, cue: Cue, values: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
        """The values that taking it back returns to; of a cue that was turned, those it had."""
        turned = self._running.get(cue.name)
        known = turned.before if turned is not None and turned.is_back else {}
        return {end: known[end] if end in known else self._session.value(*end) for end in values}

    def _follow(self, launch: Launch) -> None:
        """The next of the list, where the cue says that it follows."""
        following = self._after(launch.cue) if launch.cue.follow != "none" else None
        if following is None:
            return
        start = launch.start if launch.cue.follow == "continue" else launch.end
        wait = round(following.pre_wait * FLICKS_PER_SECOND)
        self._wait(Waiting(following, start + wait))

    def _return(self, launch: Launch, fade: float, curve: str) -> None:
        now = self._session.now()
        fade = fade if self._session.is_running else 0.0
        self._session.cue(dict(launch.before), fade, now, curve=curve)
        self._past = deque((p for p in self._past if p is not launch), maxlen=REMEMBERED)
        running = self._running.get(launch.cue.name)
        here = running.share(now) if running else 1.0
        end = now + round(fade * FLICKS_PER_SECOND)
        self._running[launch.cue.name] = replace(launch, start=now, end=end, shares=(here, 0.0))
        self._restore_current(launch.cue)
        if launch.cue.is_playable:
            self.stand_by(launch.cue)
        self.changed.tell()

    def _restore_current(self, gone: Cue) -> None:
        row = self._row(gone)
        earlier = [p.cue.name for p in self._past if self._row(p.cue) == row]
        if earlier:
            self._current[row] = earlier[-1]
        else:
            self._current.pop(row, None)

    def _step_on(self, cue: Cue) -> None:
        if cue.is_playable:
            following = self._after(cue)
            self._next, self._ended = (following.name if following else None), following is None

    # Cues

    @property
    def sheet(self) -> Sheet:
        """The cues of the document that stands."""
        if self._sheet.source is not self._session.document.cues:
            self._sheet = Sheet(self._session.document)
        return self._sheet

    def _after(self, cue: Cue) -> Cue | None:
        cues = self.sheet.order
        names = [each.name for each in cues]
        at = names.index(cue.name) + 1 if cue.name in names else len(cues)
        return cues[at] if at < len(cues) else None

    def _row(self, cue: Cue) -> int:
        """The row of its pad; cues on none share one."""
        if cue.row is not None:
            return cue.row
        return self.sheet.rows.get(cue.name, 0)

    def fade_of(self, cue: Cue) -> float:
        """Seconds that a cue takes."""
        if cue.beats is not None or (cue.fade is None and self._desk.beats is not None):
            beats = self._desk.beats if cue.beats is None else cue.beats
            return self.tempo.seconds_of(beats or 0.0)
        return self._desk.fade if cue.fade is None else cue.fade

    def quantize_of(self, cue: Cue) -> int:
        """The beats that a cue waits for, 0 for none."""
        return self._desk.quantize if cue.quantize is None else cue.quantize

    def __repr__(self) -> str:
        running, waiting = len(self._running), len(self._waiting)
        return f"<CuePlayer {running} on the way, {waiting} waiting, next {self.standby}>"


def _some(names: list[str]) -> str:
    """The first three, and how many more."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
