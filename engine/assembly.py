"""Puts a plan to work: keeps the runners and queues that still fit, makes the rest, and swaps the
wiring.

An edit never stops the stream. A runner is kept while its key, type and stream are equal; a queue
while its two ends are. Where a sink gets another source, the former one runs on until the new one
has delivered. What was removed is parked, state and all, so that an undo finds it as it was.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cells import Cells
from engine.inputs import fed
from engine.packet import FLICKS_PER_SECOND
from engine.queue import Queue
from engine.runner import Runner, Status
from engine.spec import Lane
from engine.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.clock import Clock
    from engine.graph import Graph
    from engine.loader import Loader
    from engine.node import Context, Stream
    from engine.parts import NodeEntry
    from engine.plan import Plan, PlannedLink
    from engine.spec import NodeSpec
    from engine.wiring import Wiring

PARKED_FOR = 30 * FLICKS_PER_SECOND


class Assembly:
    """The runners and queues of the plan that is running."""

    def __init__(
        self,
        clock: Clock,
        loader: Loader,
        context: Callable[[str, Stream], Context],
        prepare: Callable[[Runner], None],
        *,
        live: bool,
    ) -> None:
        self.runners: dict[str, Runner] = {}
        self.queues: dict[str, Queue] = {}
        self.retiring: dict[str, Runner] = {}  # out of the graph, until a sink has its new source
        self.parked: dict[Runner, int] = {}  # out of the graph, until when
        self.plan: Plan | None = None
        self._clock = clock
        self._loader = loader
        self._context = context
        self._live = live
        self._prepare = prepare  # what the player sets on each new runner
        self._old_links: dict[str, PlannedLink] = {}

    def adopt(self, plan: Plan) -> None:
        """Makes a plan the running one."""
        before, runners = self.runners, {key: self._runner(plan, key) for key in plan.order}
        gone = {key: runner for key, runner in before.items() if runners.get(key) is not runner}
        old_plan, self.plan, self.runners = self.plan, plan, runners
        queues = {planned.name: self._queue(planned, runners) for planned in plan.links}
        self._keep_sources(plan, old_plan, queues, gone)
        old_queues, self.queues = self.queues, queues
        for key, runner in runners.items():
            if (
                old_plan is None
                or before.get(key) is not runner
                or not _in_place(plan, old_plan, key, queues, old_queues)
            ):
                self._rewire(runner, wire(plan, key, queues, runners, live=self._live))
            self._wake_or_rest(runner, plan.inert.get(key))
        self._connect_outputs()
        for key, runner in gone.items():
            if self.retiring.get(key) is not runner:
                self._park(runner)

    def retouch(self, graph: Graph) -> Plan | None:
        """Takes over a graph in which only live values differ, and the plan with it; None where
        more does.
        """
        plan, flat = self.plan, graph.flatten()
        if plan is None or flat.links != plan.graph.links or flat.stream != plan.graph.stream:
            return None
        if flat.nodes.keys() != plan.graph.nodes.keys() or flat.types is not plan.graph.types:
            return None
        changed = [key for key, entry in flat.nodes.items() if entry is not plan.graph.nodes[key]]
        if not all(_only_live_values(plan, key, flat.nodes[key]) for key in changed):
            return None
        for key in changed:
            self.runners[key].cells.follow(flat.nodes[key].params)
        self.plan = replace(
            plan, graph=flat, entries={**plan.entries, **{k: flat.nodes[k] for k in changed}}
        )
        return self.plan

    def housekeep(self) -> bool:
        """Parks sources that no sink waits for any longer, drops what was parked too long; whether
        anything left.
        """
        now = self._clock.now()
        for runner in [runner for runner, until in self.parked.items() if now >= until]:
            del self.parked[runner]
            self._dismiss(runner)
        switching = [queue for queue in self.queues.values() if queue.fallback is not None]
        done = [queue for queue in switching if queue.received]
        for queue in done:
            queue.fallback = None
        if len(done) < len(switching) or not (done or self.retiring):
            return False
        leaving, self.retiring = self.retiring, {}
        self._connect_outputs()
        for runner in leaving.values():
            self._park(runner)
        return True

    def read_by(self, runner: Runner) -> list[Queue]:
        """Every queue that a runner reads, those it is about to leave included."""
        queues = queues_of(runner)
        return queues + [queue.fallback for queue in queues if queue.fallback is not None]

    def close(self) -> None:
        """Takes every instance down."""
        for runner in (*self.runners.values(), *self.retiring.values(), *self.parked):
            self._dismiss(runner)
        self.runners, self.queues, self.retiring, self.parked = {}, {}, {}, {}
        self.plan = None

    # Runners

    def _runner(self, plan: Plan, key: str) -> Runner:
        spec, stream = plan.specs[key], plan.graph.stream
        found = self.runners.get(key)
        if found is None or found.spec is not spec or found.stream != stream:
            found = self._unparked(key, spec, stream)
        if found is None:
            return self._made(plan, key)
        if self.plan is not None and self.plan.entries.get(key) is plan.entries[key]:
            return found
        before = self._frozen(found)
        found.cells.follow(plan.entries[key].params)
        found.outdated = found.outdated or self._frozen(found) != before
        return found

    def _rewire(self, runner: Runner, wiring: Wiring) -> None:
        runner.wiring = wiring
        runner.cells.keep_links(frozenset(name for name, _ in wiring.drives))
        runner.inputs.forget_handles(frozenset(name for name, _ in wiring.wired))

    def _wake_or_rest(self, runner: Runner, reason: str | None) -> None:
        """A node that cannot run rests, state and all, until an edit makes it whole."""
        if reason is not None:
            runner.refuse(reason, status=Status.INERT)
            return
        wanting = runner.outdated or (runner.status is Status.INERT and runner.node is None)
        if runner.status is Status.INERT and runner.node is not None:
            runner.status, runner.message = Status.READY, ""
        if wanting:
            self._load(runner)

    def _made(self, plan: Plan, key: str) -> Runner:
        spec, stream = plan.specs[key], plan.graph.stream
        runner = Runner(key, spec, Cells(spec, plan.entries[key].params), stream, live=self._live)
        self._prepare(runner)
        runner.retired = lambda node: self._loader.retire(node, None)
        runner.reload = lambda: self._load(runner)
        runner.refuse("", status=Status.INERT)
        return runner

    def _frozen(self, runner: Runner) -> tuple[Any, ...]:
        """The values whose change asks for another instance."""
        return tuple(
            runner.cells[param.name].base for param in runner.spec.params if not param.live
        )

    def _load(self, runner: Runner) -> None:
        self._loader.load(runner, self._context(runner.key, runner.stream), self._clock.now)

    def _unparked(self, key: str, spec: NodeSpec, stream: Stream) -> Runner | None:
        """A runner of that key that left a while ago, where it is of the type and stream wanted."""
        retiring = self.retiring.get(key)
        if retiring is not None and _is_of(retiring, spec, stream):
            return self.retiring.pop(key)
        found = next((r for r in self.parked if r.key == key and _is_of(r, spec, stream)), None)
        if found is not None:
            del self.parked[found]
        return found

    def _park(self, runner: Runner) -> None:
        """Keeps a runner for an undo; devices and files are given back at once."""
        runner.interrupted = True
        keeps = self._live and runner.spec.lane is not Lane.IO
        if keeps and runner.status is not Status.ENDED:
            self.parked[runner] = self._clock.now() + PARKED_FOR
        else:
            self._dismiss(runner)

    def _dismiss(self, runner: Runner) -> None:
        """Takes a runner's instances down, once the call it may be in is over."""
        self._loader.forget(runner)
        runner.refuse("stopped", status=Status.INERT)
        for instance in (runner.node, *runner.incoming):
            if instance is not None:
                self._loader.retire(instance, runner)
        runner.incoming.clear()

    # Queues

    def _queue(self, planned: PlannedLink, runners: Mapping[str, Runner]) -> Queue:
        """The link's queue: the running one where its ends are the same runners, else a new one."""
        source = runners[planned.link.source_key]
        out = _out(source, planned.link.source_port)
        name = planned.name
        found = self.queues.get(name)
        if found is not None and name in self._old_links and found in out.queues:
            found.rule = planned.rule
            return found
        queue = Queue(name, planned.rule, epoch=out.epoch)
        if out.last is not None and planned.port is not None:
            queue.current = out.last  # a late listener begins with what is on now
        return queue

    def _keep_sources(
        self,
        plan: Plan,
        old_plan: Plan | None,
        queues: Mapping[str, Queue],
        gone: Mapping[str, Runner],
    ) -> None:
        """Make before break: a sink's former queue is read until its new one has delivered."""
        if not self._live or old_plan is None:
            return
        former = {planned.link.target: planned.name for planned in old_plan.links}
        for planned in plan.links:
            name, sink = planned.name, not plan.specs[planned.link.target_key].outputs
            old = former.get(planned.link.target)
            former_queue = self.queues.get(old or "")
            if not sink or former_queue in (None, queues[name]) or queues[name].received:
                continue
            queues[name].current = None
            queues[name].fallback = feeding = fed(former_queue)
            self._retire(old_plan, feeding.name.partition(" -> ")[0].rpartition(".")[0], gone)

    def _retire(self, plan: Plan, key: str, gone: Mapping[str, Runner]) -> None:
        """A source that left the graph runs on with all that it needs."""
        if key in gone and key not in self.retiring and key not in self.runners:
            self.retiring[key] = gone[key]
            for planned in plan.into.get(key, ()):
                self._retire(plan, planned.link.source_key, gone)

    def _connect_outputs(self) -> None:
        """Gives every output port its queues: the plan's, those of retiring runners and those still
        read.
        """
        plan = self.plan
        assert plan is not None
        links = {planned.name: planned for planned in plan.links}
        feeds: dict[tuple[str, str], list[Queue]] = {}
        for name, queue in self.queues.items():
            _feed(feeds, name, queue)
            if queue.fallback is not None:
                _feed(feeds, queue.fallback.name, queue.fallback)
        for runner in self.retiring.values():
            for queue in queues_of(runner):
                _feed(feeds, queue.name, queue)
        for key, runner in {**self.retiring, **self.runners}.items():
            for out in runner.outs:
                out.queues = tuple(dict.fromkeys(feeds.get((key, out.port.name), ())))
                for queue in out.queues:  # a new one has not heard what was promised before
                    queue.mark(out.watermark)
        self._old_links = links

    def __repr__(self) -> str:
        return (
            f"<Assembly {len(self.runners)} runners {len(self.queues)} queues "
            f"{len(self.retiring)} retiring {len(self.parked)} parked>"
        )


def _in_place(
    plan: Plan, old: Plan, key: str, queues: Mapping[str, Queue], old_queues: Mapping[str, Queue]
) -> bool:
    """Whether a node has the same entry and the same queues as before."""
    if plan.entries[key] is not old.entries.get(key) or (key in plan.delays) != (key in old.delays):
        return False
    names = [planned.name for planned in plan.into.get(key, ())]
    if names != [planned.name for planned in old.into.get(key, ())]:
        return False
    return all(queues[name] is old_queues.get(name) for name in names)


def _is_of(runner: Runner, spec: NodeSpec, stream: Stream) -> bool:
    return runner.spec is spec and runner.stream == stream


def _only_live_values(plan: Plan, key: str, entry: NodeEntry) -> bool:
    old = plan.graph.nodes[key]
    if key not in plan.specs or key in plan.inert or replace(entry, params=old.params) != old:
        return False
    fixed = [param for param in plan.specs[key].params if not param.live or param.type is Path]
    return all(entry.params.get(param.name) == old.params.get(param.name) for param in fixed)


def queues_of(runner: Runner) -> list[Queue]:
    """Every queue that a runner reads."""
    place = runner.wiring
    takes = (*((place.trunk,) if place.trunk else ()), *place.takes)
    return [take.queue for take in takes] + [queue for _, queue in place.drives]


def _feed(feeds: dict[tuple[str, str], list[Queue]], name: str, queue: Queue) -> None:
    key, _, port = name.partition(" -> ")[0].rpartition(".")
    feeds.setdefault((key, port), []).append(queue)


def _out(runner: Runner, name: str) -> Any:
    return next(out for out in runner.outs if out.port.name == name)
