"""Where all controllers meet: touches come in on their threads, parameters and actions go out.

The hub compiles the document's bindings into drivers, looks a touch up by its source, and hands the
new value to the writer. Nothing here is ever a step of the history.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from app.control.binding import BY_NUMBER, Binding, Unreadable, read
from app.control.driver import Driver, Fire
from app.control.learn import Learned, Learner
from app.control.source import BindingError, Source, Touch
from app.control.writer import RATE, Writer
from app.cues.cue import read_cues
from engine.errors import GraphError, ParamError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.document import Document
    from engine.param import Param


HANDS = ("midi", "osc", "key", "gamepad")  # kinds of sources that people move; sound never rests


class _Learning(NamedTuple):
    learner: Learner
    done: Callable[[Learned], object]
    kinds: frozenset[str]


class Target(Protocol):
    """What is played: a session, or a player without one. Every method from any thread."""

    def set(self, key: str, name: str, value: Any, origin: str = ...) -> None: ...
    def release(self, key: str, name: str, origin: str = ...) -> None: ...
    def value(self, key: str, name: str) -> Any: ...


class Bindings:
    """A document's bindings at work on a target.

    `act` takes the id of an action, `launch` the name of a cue; both are called on the
    thread of the device.
    """

    def __init__(
        self,
        target: Target,
        document: Document,
        *,
        act: Callable[[str], object] = lambda _: None,
        launch: Callable[[str], object] = lambda _: None,
        rate: float = RATE,
    ) -> None:
        self._target = target
        self._act = act
        self._launch = launch
        self._lock = threading.RLock()
        self._writer = Writer(target, rate=rate)
        self._learning: _Learning | None = None
        self._drivers: tuple[Driver, ...] = ()
        self._by_source: Mapping[Source, tuple[Driver, ...]] = {}
        self._touched: dict[Source, float] = {}
        self.seen: dict[str, float] = {}  # kind of source -> when it was heard last, monotonic
        self.hot: dict[tuple[str, str], float] = {}  # parameters set, and when
        self.last: Touch | None = None
        self.troubles: Mapping[int, str] = {}  # a binding's place in the document -> its trouble
        self.document = document
        self.follow(document)

    def follow(self, document: Document) -> None:
        """Takes a document's bindings over; those that stayed keep what they know."""
        with self._lock:
            known = {(d.binding, d.span.param if d.span else None): d for d in self._drivers}
            troubles: dict[int, str] = {}
            drivers: list[Driver] = []
            for place, each in enumerate(read(document)):
                try:
                    drivers.append(_compiled(each, document, known))
                except BindingError as error:
                    troubles[place] = str(error)
            self.document = document
            self._drivers = tuple(dict.fromkeys(drivers))
            self._by_source = _index(self._drivers)
            self.troubles = troubles

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with bindings that cannot work."""
        return tuple(self.troubles.values())

    def touch(self, touch: Touch) -> bool:
        """A control was moved; any thread. Whether a binding or the learner took it."""
        now = time.monotonic()
        with self._lock:
            self.seen[touch.source.kind] = now
            self.last = touch
            if self._learning is not None and touch.source.kind in self._learning.kinds:
                self._finish(self._learning.learner.offer(touch, now))
                return True
            drivers = self._drivers_of(touch.source)
            if drivers:
                self._touched[touch.source] = now
            return bool([self._drive(driver, touch) for driver in drivers])

    def heard(self, kind: str) -> None:
        """Something of a kind arrived, whether or not it means anything."""
        self.seen[kind] = time.monotonic()

    def put(self, key: str, name: str, value: Any, origin: str) -> None:
        """Sets a parameter without a binding, as an OSC address does; any thread."""
        self.hot[(key, name)] = time.monotonic()
        self._writer.put((key, name), value, origin)

    def value(self, key: str, name: str) -> Any:
        """What a parameter is, or is about to be; GraphError where there is none."""
        pending = self._writer.pending((key, name))
        return self._target.value(key, name) if pending is None else pending

    def act(self, action: str) -> None:
        self._act(action)

    def launch(self, cue: str) -> None:
        self._launch(cue)

    def has(self, source: Source) -> bool:
        """Whether a binding listens to a source."""
        return any(each in self._by_source for each in source.wider())

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """Every binding that can work, in the document's order."""
        return self._drivers

    def ghost(self, key: str, name: str) -> Any:
        """Where a control stands that has not taken the parameter over; None where none waits."""
        return self.ghosts().get((key, name))

    def ghosts(self) -> dict[tuple[str, str], Any]:
        """Where controls stand that wait to take parameters over, by key and name."""
        found = ((driver.binding.end, driver.ghost) for driver in self._drivers)
        return {end: ghost for end, ghost in found if ghost is not None}

    def when(self, binding: Binding) -> float:
        """When a binding's control was moved last (monotonic seconds), 0 for never."""
        return max(
            (at for source, at in self._touched.items() if binding.arrival in source.wider()),
            default=0.0,
        )

    # Learning

    def learn(
        self, done: Callable[[Learned], object], kinds: frozenset[str] = frozenset(HANDS)
    ) -> None:
        """The next control of these kinds that is moved is told to `done`, on its own thread; the
        kinds drive nothing until then.
        """
        with self._lock:
            self._learning = _Learning(Learner(), done, kinds)

    def stop_learning(self) -> None:
        with self._lock:
            self._learning = None

    @property
    def is_learning(self) -> bool:
        return self._learning is not None

    def tick(self) -> None:
        """Lets a learner make up its mind when the control rests; some thirty times a second."""
        with self._lock:
            if self._learning is not None:
                self._finish(self._learning.learner.settled(time.monotonic()))

    def _finish(self, learned: Learned | None) -> None:
        if learned is not None and self._learning is not None:
            done, self._learning = self._learning.done, None
            done(learned)

    # Driving

    def _drivers_of(self, source: Source) -> list[Driver]:
        found = self._by_source
        return [driver for each in source.wider() for driver in found.get(each, ())]

    def _drive(self, driver: Driver, touch: Touch) -> None:
        end = driver.binding.end
        try:
            current = self.value(*end) if driver.span else None
            wanted = driver.touch(touch, current)
        except (GraphError, ParamError):
            return  # its node went away a moment ago; the next document says so
        if isinstance(wanted, Fire):
            self._fire(wanted)
        elif wanted is not None:
            self.put(*end, wanted, driver.binding.origin)

    def _fire(self, fire: Fire) -> None:
        if fire.action:
            self._act(fire.action)
        elif fire.cue == BY_NUMBER:
            cues = [cue.name for cue in read_cues(self.document) if cue.is_playable]
            if 0 <= fire.number < len(cues):
                self._launch(cues[fire.number])
        else:
            self._launch(fire.cue)

    def settle(self, timeout: float = 5.0) -> bool:
        """Waits until every value is written; whether it was."""
        return self._writer.settle(timeout)

    @property
    def written(self) -> int:
        """How many values were written since the start."""
        return self._writer.written

    def close(self) -> None:
        """Ends the thread that writes; touches have no effect from then on."""
        self.follow(replace(self.document, bindings=()))
        self._writer.close()

    def __repr__(self) -> str:
        return f"<Bindings {len(self._drivers)} work, {len(self.problems)} do not>"


def find_param(document: Document, key: str, name: str) -> Param:
    """The declared parameter behind `key.name`, of a node or subgraph; BindingError."""
    try:
        params = {param.name: param for param in document.graph.params(key)}
    except GraphError as error:
        raise BindingError(f"{key}.{name} is bound, but {error}") from None
    if name not in params:
        hint = did_you_mean(name, params)
        raise BindingError(f"{key}.{name} is bound, but {key} has no parameter {name!r}{hint}")
    return params[name]


def _compiled(
    each: Binding | Unreadable,
    document: Document,
    known: dict[tuple[Binding, Param | None], Driver],
) -> Driver:
    if isinstance(each, Unreadable):
        raise BindingError(each.problem)
    param = find_param(document, *each.end) if each.param else None
    names = [cue["name"] for cue in document.cues]
    if each.cue and each.cue != BY_NUMBER and each.cue not in names:
        hint = did_you_mean(each.cue, names)
        raise BindingError(f"{each.source} launches the cue {each.cue!r}, which is not here{hint}")
    return known.setdefault((each, param), Driver(each, param))


def _index(drivers: tuple[Driver, ...]) -> dict[Source, tuple[Driver, ...]]:
    found: dict[Source, list[Driver]] = {}
    for driver in drivers:
        found.setdefault(driver.binding.arrival, []).append(driver)
    return {source: tuple(several) for source, several in found.items()}
