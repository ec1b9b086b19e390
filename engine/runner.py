"""Runs one node of the plan: takes packets by the firing rules, calls the node, sends what it
returns.

A runner belongs to one lane, whose thread alone calls `step`; others leave wishes in single
attributes (a new wiring, an incoming instance, a reset) that the next step picks up between two
calls. One step is at most one call of the node or one value of an iterator, so a lane stays fair
and edits land at packet boundaries.
"""

from __future__ import annotations

import enum
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from engine.errors import DeviceError, EndOfStream, NodeFailure
from engine.faults import AT_END, attempt, sentence
from engine.firing import STEPS
from engine.guard import guarded
from engine.inputs import Inputs, shifted
from engine.node import Node, Stream, Tick
from engine.packet import FLICKS_PER_SECOND, FOREVER, Packet
from engine.port import OutPort, length_of
from engine.probe import Probe
from engine.spec import NodeSpec, matching_input
from engine.values import Clip
from engine.wiring import Firing, Wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.cells import Cells

BACK_OFF = (0.1, 0.5, 2.0, 10.0)  # seconds before the next try after a failure


class Status(enum.Enum):
    """How a node is."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    INERT = "inert"  # the graph says something that cannot run
    ENDED = "ended"


class Runner:
    """One node at work."""

    def __init__(
        self, key: str, spec: NodeSpec, cells: Cells, stream: Stream, *, live: bool
    ) -> None:
        self.key = key
        self.spec = spec
        self.cells = cells
        self.stream = stream
        self.live = live
        self.probe = Probe()
        self.outs = tuple(OutPort(port) for port in spec.outputs)
        self.wiring = self.place = Wiring()  # as planned; as this step of the lane sees it
        self.debug = False  # watch for writes into inputs
        self.node: Node | None = None
        self.incoming: deque[Node] = deque()  # set up, the newest is wanted
        self.retired: Callable[[Node], None] = Node.teardown  # takes the instance that was replaced
        self.reload: Callable[[], None] = _nothing  # asks for a new setup
        self.out_of_memory: Callable[[], object] = _nothing
        self.owned = threading.Lock()  # held by the lane that is in a step, or by a teardown
        self.span: tuple[int, int] | None = None  # what of the stream a sink takes, in flicks
        self.reset_wanted = False
        self.interrupted = False  # a running iterator shall end
        self.outdated = False  # another instance is wanted than the one that was asked for
        self.status = Status.LOADING
        self.message = ""
        self.ticks: deque[int] = deque(maxlen=None if not live else 4)
        self._call: Callable[..., Any] = _nothing
        self.inputs = Inputs(live=live)
        self._retry_at = 0
        self._failures = 0
        self._stale_setup = False
        self._expansion: Iterator[Any] | None = None
        self._draining = False
        self._before: tuple[Any, ...] = ()
        self._arguments: dict[str, Any] = {}  # of the running call
        self.call_times: tuple[int, ...] = (0,)  # of the values that the running call yields
        self.real = 1  # how many of them are not padding
        self.padded = False
        self._yielded = 0
        self._spent = 0
        self._index = 0
        self._ticked = spec.wants_tick
        self._iterates = spec.iterates
        self._stateful = False
        self.known = -1  # the trunk's promise that was passed on last

    # What others ask

    def install(self, node: Node) -> None:
        """Hands over an instance that is set up; it takes over between two calls."""
        self.incoming.append(node)

    def refuse(self, message: str, *, status: Status = Status.FAILED, retry_at: int = 0) -> None:
        """There is no new instance to run, and why; one that runs goes on where it can."""
        self._retry_at = retry_at
        self._stale_setup = status is Status.FAILED
        self.message = message
        self.status = status

    def back_off(self, now: int) -> int:
        """When to try again after one more failure, in flicks."""
        wait = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        return now + round(wait * FLICKS_PER_SECOND)

    @property
    def ended(self) -> bool:
        return self.status is Status.ENDED

    @property
    def state(self) -> str:
        """The status in a word, with the flag that overrides it."""
        return min(self.wiring.flags, default=self.status.value)

    @property
    def wants_ticks(self) -> bool:
        return self.wiring.firing in (Firing.TICK, Firing.SAMPLED) or self.wiring.paced

    # One step

    def step(self, now: int) -> bool:
        """At most one call of the node; whether anything happened. Raises what the node raises."""
        place = self.place = self.wiring  # an edit may replace it during the step
        if self._expansion is not None:
            return self._expand(now)
        if self.incoming:
            self._take_over()
        return STEPS[place.firing](self, now)

    def fail(self, error: BaseException, now: int) -> None:
        """A call raised: the state from before it returns; live, the node rests and its consumers
        hold.
        """
        self.probe.errors += 1
        self.close()
        message = sentence(error, self._arguments)
        if self.node is not None and self._before:
            attempt(self.node.restore, self._before)
        self._before, self._arguments = (), {}
        if not self.live:
            raise NodeFailure(self.key, message) from None
        self._retry_at = self.back_off(now)
        self._stale_setup = isinstance(error, DeviceError)
        self.status, self.message = Status.FAILED, message
        if type(error).__name__ == "OutOfMemoryError":
            attempt(self.out_of_memory)
        if self._stale_setup and self.node is not None:
            node, self.node = self.node, None  # a device is closed before it is opened again
            self.retired(node)
        self.pass_on(self.call_times[-1])

    def finish(self) -> None:
        """No more ticks will come: a node that they drive is at its end."""
        if self.wants_ticks and not self.ticks and self._expansion is None:
            self.end()

    def _take_over(self) -> None:
        node, old = self.incoming.popleft(), self.node
        while self.incoming:
            self.retired(node)
            node = self.incoming.popleft()
        self.node, self._call = node, cast("Any", node).process
        self.inputs.forget_handles()
        if self.debug:
            self._call = guarded(self._call, self.key)
        self._stateful, self._before = bool(node.snapshot()), ()
        if self.status not in (Status.INERT, Status.ENDED):
            self.status, self.message = Status.READY, ""
        self._stale_setup = False
        self.cells.changed = True
        if old is not None:
            self.retired(old)

    def running(self, now: int) -> bool:
        """Whether the node may be called: ready, rested after a failure, or soon to be replaced."""
        if self.place.flags:
            return False
        if self.status is Status.READY:
            return True
        if self.status in (Status.INERT, Status.ENDED):
            return False
        rested = now >= self._retry_at
        if self._stale_setup and rested and self.status is Status.FAILED:
            self.status = Status.LOADING
            self.reload()
        return self.node is not None and (rested or self._stale_setup)

    def settled(self, pts: int, now: int) -> bool:
        """Whether a call at `pts` may happen; live, the wait for others ends after one tick."""
        place = self.place
        if not place.takes and not place.wired and (self.live or not place.drives):
            return True
        patient = not self.live or now < pts + self.stream.dt
        return self.inputs.settled(place, pts, patient=patient)

    def reset(self, node: Node) -> None:
        """The node forgets."""
        self.reset_wanted = False
        node.reset()

    # The call

    def invoke(self, pts: int, now: int, trunk: Any) -> bool:
        node = self.node
        assert node is not None
        if self.reset_wanted:
            self.reset(node)
        place, cells = self.place, self.cells
        tick = Tick(pts, self.stream.dt, self._index, self._epoch()) if self._ticked else None
        inputs = self.inputs.gather(place, node, pts, trunk, tick)
        if self.span is not None:
            inputs = shifted(inputs, self.span[0])
        if place.drives:
            self.message = self.inputs.drive(place, cells, pts) or self.message
        if cells.pending:
            cells.write(node, pts)
        self._arguments = inputs
        self._before = node.snapshot() if self._stateful else ()
        self._yielded = 0
        began = time.perf_counter_ns()
        try:
            result = self._call(**inputs)
        except EndOfStream:
            return self._over()
        if self._iterates:
            self._expansion = iter(result)
            self.interrupted = False
            self._spent = time.perf_counter_ns() - began
            return True
        self.probe.add(began, time.perf_counter_ns())
        self._emit(result)
        self._done(pts)
        return True

    def _expand(self, now: int) -> bool:
        """One value of a running iterator."""
        if self.interrupted or self.reset_wanted or self._jumped():
            self.close()
            self._done(self.call_times[-1])
            return True
        began = time.perf_counter_ns()
        if self.node is not None and self.cells.pending:
            self.cells.write(self.node, self.call_times[-1])
        try:
            value = next(cast("Iterator[Any]", self._expansion))
        except StopIteration:
            return self._expanded(began)
        except EndOfStream:
            self._expansion = None
            return self._over()
        self._spent += time.perf_counter_ns() - began
        self._emit(value)
        return True

    def _jumped(self) -> bool:
        """Whether, live, the material behind a running iterator is over: its source has cut."""
        trunk = self.place.trunk
        return self.live and trunk is not None and trunk.queue.epoch != trunk.queue.seen

    def _over(self) -> bool:
        """A source has nothing more: offline that is the end, live it may be rewound."""
        if not self.live:
            return self.end()
        self.message = AT_END
        self.mark(self.call_times[-1])
        return True

    def _expanded(self, began: int) -> bool:
        self._expansion = None
        if self._draining:
            self._draining = False
            self.send_end()
            return True
        now = time.perf_counter_ns()
        self.probe.add(began - self._spent, now)
        self._done(self.call_times[-1])
        return True

    def _done(self, pts: int) -> None:
        """A call went well."""
        self._index += 1
        self._arguments = {}
        self._before = ()
        if not self._stale_setup:
            self._failures = 0
            if self.status is Status.FAILED or self.message is AT_END:
                self.status, self.message = Status.READY, ""
        if self.place.promises:
            self.mark(pts)

    def _emit(self, result: Any) -> None:
        """Sends one returned or yielded value at the time that is its turn's."""
        at = self._yielded
        self._yielded = at + 1
        if self.padded and at >= self.real:
            return
        pts = (
            self.call_times[at]
            if self._iterates and at < len(self.call_times)
            else self.call_times[-1]
        )
        if self.spec.named_outputs:
            for out, value in zip(self.outs, result or (None,) * len(self.outs), strict=True):
                self._send(out, value, pts)
        elif self.outs:
            self._send(self.outs[0], result, pts)

    def _send(self, out: OutPort, value: Any, pts: int) -> None:
        if out.clips and value is not None:
            value, pts = self._cut_clip(value, pts)
            out.length = length_of(value)
        out.send(value, pts)

    def _cut_clip(self, value: Any, pts: int) -> tuple[Any, int]:
        """A clip made of a window starts with it and does not outlast its real frames."""
        if self.place.firing is not Firing.WINDOW or isinstance(value, Packet):
            return cast("Any", value), pts
        start, last = self.call_times[0], self.call_times[self.real - 1]
        keep = 1 + round((last - start) * value.rate / FLICKS_PER_SECOND)
        return Clip(value.tensor[:keep], value.rate), start

    # When there is nothing to call

    def pass_time(self, known: int) -> bool:
        """The trunk has nothing: what it promises, the outputs promise."""
        self.known = known
        if known == FOREVER:
            return self.end()
        for out in self.outs:
            if not out.packets:
                out.mark(known)
        return False

    def pass_on(self, pts: int) -> bool:
        """The node is not called: bypass where types allow, else consumers hold."""
        flags = self.place.flags
        for out in self.outs:
            value = None
            if "hold" in flags:
                value = out.last.value if out.last is not None else None
            elif "mute" not in flags:
                port = matching_input(self.spec, out.port)
                if port is not None and port.type is out.port.type:
                    value = self.inputs.passed(self.place, port.name, pts)
            if value is None:
                out.mark(pts)
            else:
                out.send(value, pts)
        return True

    def end(self) -> bool:
        """Nothing more will come in: what is inside comes out, then the outputs end."""
        if self.ended or self._draining:
            return False
        if self.node is None or self.place.flags or self.status is not Status.READY:
            self.send_end()
            return True
        self._draining = True
        self._expansion = self.node.drain()
        self._yielded, self.real, self.padded = 0, 1, False
        self.call_times = self.call_times[-1:]
        return True

    def send_end(self) -> None:
        self.status = Status.ENDED
        for out in self.outs:
            out.end()

    def _epoch(self) -> int:
        return self.outs[0].epoch if self.outs else 0

    def mark(self, pts: int) -> None:
        for out in self.outs:
            out.mark(pts)

    def close(self) -> None:
        """Ends a running iterator."""
        expansion, self._expansion = self._expansion, None
        self._draining = self.interrupted = False
        if expansion is not None and hasattr(expansion, "close"):
            attempt(cast("Any", expansion).close)

    def __repr__(self) -> str:
        firing = self.wiring.firing.name.lower()
        return f"<Runner {self.key} {self.state} {firing} {self.probe.calls} calls>"


def _nothing(*_: Any) -> None:
    """Stands where nobody listens."""
