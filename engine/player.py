"""The player runs a graph: start, stop, apply an edit, set a parameter, tap a port, tell how it
goes.

Live, every lane has a thread and the clock is the machine's. Offline (`engine.offline`) one lane is
stepped tick by tick on the caller's thread. Everything between is the same code.
"""

from __future__ import annotations

import threading
import zlib
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from engine import device as devices
from engine.assembly import Assembly
from engine.clock import Clock, LiveClock, SetClock
from engine.errors import GraphError, ParamError, did_you_mean
from engine.eventlog import Event, EventLog
from engine.governor import Governor
from engine.lane import Lane
from engine.loader import Loader
from engine.node import Context, Rng, Stream
from engine.packet import FLICKS_PER_SECOND, seconds
from engine.plan import Plan, compile
from engine.ramp import LINEAR, checked
from engine.spec import Lane as LaneKind
from engine.spec import Policy
from engine.stats import Stats, Tap, link_stats, node_stats
from engine.subgraph import inner_param

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.graph import Graph
    from engine.runner import Runner
    from engine.validate import Problem

LOOK_EVERY = FLICKS_PER_SECOND // 2  # how often the governor and the lanes' loads are looked at
HEAVY_CALLS = 32  # before a node is judged too heavy for the light lane


class Player:
    """One running graph."""

    def __init__(
        self,
        *,
        live: bool = True,
        clock: Clock | None = None,
        device: torch.device | None = None,
        weights: Any = None,
        describe: Callable[[], str] = str,
        log: EventLog | None = None,
        target: float | None = None,
        debug: bool = False,
    ) -> None:
        self.live = live
        self.clock: Clock = clock or (LiveClock() if live else SetClock())
        self.device = device or torch.device("cpu")
        self.governor = Governor(target)
        self._threaded = live and clock is None
        self._debug = debug  # find nodes that write into their inputs
        self._gate = threading.Lock() if self.device.type == "mps" else nullcontext()
        self._weights = weights
        self._describe = describe
        self._log = log or EventLog()
        self._loader = Loader(threaded=self._threaded)
        self._assembly = Assembly(self.clock, self._loader, self._context, self._prepare, live=live)
        self._graph: Graph | None = None
        self._lanes: dict[str, Lane] = {}
        self._heavy: frozenset[str] = frozenset()
        self._edit = threading.RLock()
        self._looked = 0
        self._started = False
        self._stopped = False

    # Edits

    def apply(self, graph: Graph, origin: str = "edit") -> Plan:
        """Makes a graph the running one, without waiting for any node's setup; the plan says what
        is wrong. GraphError once the player was stopped.
        """
        with self._edit:
            if self._stopped:
                raise GraphError("this player was stopped; a stopped player takes no more edits")
            plan = self._assembly.retouch(graph) or self._replan(graph)
            self._graph = graph
            if self._log.active:
                text = self._describe()
                self._log.append(Event(self.clock.now(), "graph", value=text, origin=origin))
        return plan

    def _replan(self, graph: Graph) -> Plan:
        plan = compile(graph, live=self.live, slow=self._heavy)
        self._assembly.adopt(plan)
        self._arrange(plan)
        return plan

    def set(self, key: str, name: str, value: Any, origin: str = "hand") -> None:
        """Touches a parameter; the node reads it at its next packet. ParamError where it cannot
        hold the value.
        """
        runner, name = self._target(key, name)
        runner.cells.drive(name, value, origin)
        self._log.append(Event(self.clock.now(), "set", key, name, value, origin))

    def release(self, key: str, name: str, origin: str = "hand") -> None:
        """Lets a parameter go back to what the document says."""
        runner, name = self._target(key, name)
        runner.cells.release(name, origin)
        self._log.append(Event(self.clock.now(), "release", key, name, origin=origin))

    def cue(
        self,
        values: dict[tuple[str, str], Any],
        fade: float = 0.0,
        at: int | None = None,
        curve: str = LINEAR,
    ) -> None:
        """Fades parameters to values in `fade` seconds from one time on, in flicks (None: now), all
        of them together along one of `ramp.CURVES`. ParamError where a value or the fade is none.
        """
        checked(curve, fade)
        start = self.clock.now() if at is None else at
        end = start + round(fade * FLICKS_PER_SECOND)
        found = [(*self._target(key, name), value) for (key, name), value in values.items()]
        for runner, name, value in found:
            runner.cells.fade(name, value, start=start, end=end, curve=curve)
        for (key, name), value in values.items():
            self._log.append(Event(start, "cue", key, name, value, fade=fade, curve=curve))

    def replay(self, event: Event) -> None:
        """Does again what a log tells; edits are for whoever can read documents."""
        target = (event.key, event.param)
        match event.what:
            case "set":
                self.set(*target, event.value, event.origin)
            case "release":
                self.release(*target, event.origin)
            case "cue":
                self.cue({target: event.value}, event.fade, event.pts, event.curve)
            case "reset":
                self.reset()
            case _:
                raise GraphError(f"a player cannot replay {event.what!r}")

    def reset(self) -> None:
        """Panic: every node forgets, every queue is flushed."""
        with self._edit:
            for runner in self._assembly.runners.values():
                runner.reset_wanted = True
                for out in runner.outs:
                    out.epoch += 1
            self._log.append(Event(self.clock.now(), "reset"))

    # Running

    def start(self) -> None:
        """Begins to run what was applied; live, on threads of its own."""
        with self._edit:
            self._started = True
            if isinstance(self.clock, LiveClock):
                self.clock.start()
            if self._threaded:
                for lane in self._lanes.values():
                    lane.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Ends every thread and takes every node down; whether all ended within `timeout` s."""
        with self._edit:
            lanes, self._lanes = list(self._lanes.values()), {}
            self._started, self._stopped = False, True
        for lane in lanes:
            lane.stop()
        ended = [lane.join(timeout) for lane in lanes]
        with self._edit:
            self._assembly.close()
            self._loader.close()
            self._graph = None
        self._log.close()
        return all(ended)

    def step(self) -> bool:
        """Without threads: runs its one lane until nothing is ready; whether anything happened."""
        with torch.no_grad():
            return self._lanes["light"].run(self.clock.now())

    def tick(self, pts: int) -> bool:
        """Without threads: the stream's time is `pts`; runs until nothing is ready."""
        if isinstance(self.clock, SetClock):
            self.clock.time = pts
        self._lanes["light"].tick(pts)
        return self.step()

    # Looking

    def runner(self, key: str) -> Runner:
        """What runs a node; GraphError where it is not running."""
        found = self._assembly.runners.get(key)
        if found is None:
            raise GraphError(
                f"no node {key!r} is running{did_you_mean(key, self._assembly.runners)}"
            )
        return found

    def tap(self, key: str, port: str = "out") -> Tap:
        """A look at an output port; GraphError where there is none."""
        runner = self.runner(key)
        for out in runner.outs:
            if out.port.name == port:
                return Tap(out)
        raise GraphError(
            f"{key} has no output {port!r}{did_you_mean(port, [o.port.name for o in runner.outs])}"
        )

    def cells(self, key: str) -> dict[str, Any]:
        """A node's live values by name."""
        return self.runner(key).cells.values(self.clock.now())

    @property
    def runners(self) -> tuple[Runner, ...]:
        """Every runner of the plan, upstream first."""
        return tuple(self._assembly.runners.values())

    @property
    def stream(self) -> Stream:
        return self._graph.stream if self._graph is not None else Stream()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the running plan leaves out, and why."""
        plan = self._assembly.plan
        return plan.problems if plan is not None else ()

    def stats(self) -> Stats:
        """The figures at this moment."""
        now = self.clock.now()
        with self._edit:
            queues = tuple(self._assembly.queues.values())
            lanes = {runner: lane.name for lane in self._lanes.values() for runner in lane.runners}
            light = self._lanes.get("light")
        return Stats(
            now=seconds(now),
            nodes=tuple(node_stats(runner, lanes.get(runner, "")) for runner in self.runners),
            links=tuple(link_stats(queue, now) for queue in queues),
            problems=self.problems,
            rungs=tuple((runner.key, self.governor.taken(runner)) for runner in self.runners),
            passes=light.passes if light is not None else None,
        )

    # Lanes

    def _arrange(self, plan: Plan) -> None:
        """Gives every runner its lane, starts lanes that are new and ends those that are empty."""
        wanted: dict[str, list[Runner]] = {"light": []}
        everyone = {**self._assembly.retiring, **self._assembly.runners}
        homes = _homes(plan)
        for key, runner in everyone.items():
            home = homes.get(key, key)
            kind = plan.lanes.get(home, runner.spec.lane)
            wanted.setdefault(self._lane_name(kind, home), []).append(runner)
        dt = plan.graph.stream.dt
        for name, runners in wanted.items():
            lane = self._lanes.get(name)
            if lane is None or lane.dt != dt:
                lane = self._new_lane(name, dt)
            lane.runners = tuple(runners)
        for name in [name for name in self._lanes if name not in wanted]:
            self._lanes.pop(name).stop()
        self._connect_wakes()

    def _lane_name(self, kind: LaneKind, key: str) -> str:
        if not self._threaded or kind is LaneKind.GPU:
            return "light"
        alone = kind is LaneKind.IO or self.device.type == "cuda"
        return f"{kind.value}:{key}" if alone else kind.value

    def _new_lane(self, name: str, dt: int) -> Lane:
        old = self._lanes.get(name)
        if old is not None:
            old.stop()
        lane = Lane(name, self.clock, dt, device=self.device, gate=self._gate)
        self._lanes[name] = lane
        if name == "light":
            lane.housekeeping = self._housekeep
        if self._started and self._threaded:
            lane.start()
        return lane

    def _connect_wakes(self) -> None:
        """A packet wakes the lane that reads it, where that is not the lane that sends it."""
        home = {runner: lane for lane in self._lanes.values() for runner in lane.runners}
        readers = {
            id(queue): home[runner] for runner in home for queue in self._assembly.read_by(runner)
        }
        for runner, lane in home.items():
            for out in runner.outs:
                for queue in out.queues:
                    reader = readers.get(id(queue))
                    queue.wake = reader.wake if reader is not None and reader is not lane else None

    def _housekeep(self) -> None:
        """Once a tick on the light lane; never waits for an edit that is under way."""
        now = self.clock.now()
        if not self._edit.acquire(blocking=False):
            return
        try:
            if self._assembly.housekeep() and self._assembly.plan is not None:
                self._arrange(self._assembly.plan)
            if now - self._looked >= LOOK_EVERY:
                elapsed, self._looked = seconds(now - self._looked), now
                self.governor.consider(self.runners, elapsed, seconds(now))
                self._move_heavy()
        finally:
            self._edit.release()

    def _move_heavy(self) -> None:
        """Moves a light node whose calls take over half a tick to the slow lane."""
        plan = self._assembly.plan
        if plan is None or self._graph is None:
            return
        limit = seconds(self.stream.dt) * 1e9 / 2
        heavy = {
            runner.key
            for runner in self.runners
            if plan.lanes[runner.key] is LaneKind.GPU
            and runner.key not in plan.loops
            and runner.probe.calls >= HEAVY_CALLS
            and runner.probe.percentile(0.95) > limit
        }
        if heavy:
            self._heavy |= heavy
            self._replan(self._graph)

    # Parts

    def _prepare(self, runner: Runner) -> None:
        runner.debug = self._debug
        runner.out_of_memory = partial(self.governor.step_down, runner)
        for out in runner.outs:
            out.stamped = self.device.type == "cuda"

    def _context(self, key: str, stream: Stream) -> Context:
        return Context(
            stream=stream,
            device=self.device,
            dtype=devices.compute_dtype(self.device),
            rng=Rng(stream.seed, zlib.crc32(key.encode())),
            key=key,
            weights=self._weights,
            describe=self._describe,
        )

    def _target(self, key: str, name: str) -> tuple[Runner, str]:
        """The runner behind a parameter, which may be one that a subgraph shows."""
        graph = self._graph
        while graph is not None and key in graph.nodes and graph.nodes[key].body is not None:
            inner = inner_param(graph.entry(key), name)
            if inner is None:
                break
            key, name = f"{key}/{inner[0]}", inner[1]
        runner = self.runner(key)
        if not runner.spec.param(name).live:
            raise ParamError(
                f"{key}.{name} is fixed while the node runs; edit the graph to change it"
            )
        return runner, name

    def __repr__(self) -> str:
        mode = "live" if self.live else "offline"
        state = "running" if self._started else "stopped"
        return f"<Player {mode} {state} {len(self.runners)} nodes {len(self._lanes)} lanes>"


def _homes(plan: Plan) -> dict[str, str]:
    """On whose lane a provider of a handle runs: its consumer's."""
    wired = (p.link for p in plan.links if p.port is not None and p.port.policy is Policy.WIRED)
    homes = {link.source_key: link.target_key for link in wired}
    for key in reversed(plan.order):  # a provider may itself be given a handle
        if key in homes:
            homes[key] = homes.get(homes[key], homes[key])
    return homes
