"""What a node is: a dataclass whose fields are the knobs and whose `process()` signature is the
ports.

A node file needs nothing but this:

    from __future__ import annotations
    from engine.node import Held, Node, Tick, param, state
    from engine.values import Flow, Frame

    class FeedbackWarp(Node, id="motion.feedback_warp"):
        '''Mixes each frame with the previous output carried along the motion field.'''

        strength: float = param(default=0.8, doc="Share of the warped past", min=0, max=1)
        _past: Frame | None = state()

        def process(self, frame: Frame, flow: Held[Flow | None] = None) -> Frame: ...

**Fields.** `param(...)` declares a knob (bool, int, float, str, Literal[...], Path, Color, Prompt,
Trigger). The engine writes knobs between calls, never during one. `state()` declares what the node
remembers from call to call; state is rebound, never written into, so that `snapshot()` is a shallow
copy and `reset()` comes free. `resource()` declares what `setup` allocates (weights, open files,
threads): not reset, not snapshotted.

**Inputs** are the parameters of `process` after self:

- `frame: Frame`            each packet; the first plain input is the trunk: one call per trunk
                            packet. Further plain inputs join by time: the newest packet with pts
                            up to the trunk's.
- `flow: Held[Flow]`        the newest packet, reused; never waits after its first.
- `frames: Window[Frame]`   a tuple; `window("frames")` says how many, None: all since the last.
- `text: Wired[TextEncoder]` a handle, given once.
- `mask: Mask | None = None` optional; also `Held[Mask | None] = None` and `Window[Audio] = ()`.
- `frame: Packet[Frame]`    the packet with its pts (flicks) in place of the value.
- `tick: Tick`              pts, dt (flicks) and index of this call. A node without linked packet
                            inputs is called once a tick.

**Output** is the return annotation: `Frame` (port `out`); a NamedTuple names several; `Frame |
None` may skip a call; `Iterator[Frame]` makes several packets of one call; `Packet[Frame]` sets its
own pts (a source with the times of its file, a generator whose output belongs to an earlier input),
`Packet(value, pts, cut=True)` where the material jumps. None in a field of a NamedTuple skips that
port. A source: `def process(self, tick: Tick) -> Iterator[Packet[Frame]]` yields every frame that
is due, last pts < pts <= tick.pts (stream time starts at 0), and raises `EndOfStream` when there
will be no more.

**Lifecycle.** `__init__` is cheap (the GUI makes nodes too) -> `setup(ctx)` -> `process(...)` ...
-> `teardown()`. A source with an end answers `duration()`. `drain()` is called once at the end of
the stream and yields what is still inside (same type as process returns). `reset()` restores every
state() field. Anything raised is shown to the person as one sentence: raise the classes of
`engine.errors`; on DeviceError the engine calls teardown and, after a pause, setup again.

**Laws.** Never write into an input. Same inputs, params, state and seed give the same output; noise
comes from `kernels.noise` keyed by `self.ctx.rng` and counted by block, step and position. Effects
on the outside live in sources and sinks. No node knows whether the clock is live or offline.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, cast, dataclass_transform

import torch

from engine import spec as specs
from engine.packet import FLICKS_PER_SECOND, Packet
from engine.spec import Held, Lane, NodeSpec, Tick, Window, Wired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def param(
    *,
    default: Any,
    doc: str,
    min: float | None = None,
    max: float | None = None,
    soft: tuple[float, float] | None = None,
    step: float | None = None,
    unit: str = "",
    log: bool = False,
    live: bool = True,
) -> Any:
    """Declares a knob. `live=False`: a change builds a second instance beside the running one and
    swaps it.
    """
    declared = {
        "doc": doc,
        "min": min,
        "max": max,
        "soft": soft,
        "step": step,
        "unit": unit,
        "log": log,
        "live": live,
    }
    return field(default=default, metadata={"param": declared})


def state(default: Any = None, *, default_factory: Callable[[], Any] | None = None) -> Any:
    """Declares what a node remembers between calls; rebound, never written into."""
    if default_factory is not None:
        return field(default_factory=default_factory, init=False, metadata={"state": True})
    return field(default=default, init=False, metadata={"state": True})


def resource(default: Any = None) -> Any:
    """Declares what `setup` allocates and `teardown` gives back; neither reset nor snapshotted."""
    return field(default=default, init=False)


CPU = torch.device("cpu")


@dataclass(frozen=True)
class Stream:
    """The document's stream: size in pixels, exact frame rate, seed."""

    width: int = 512
    height: int = 512
    fps: Fraction = Fraction(30)
    seed: int = 0

    @property
    def dt(self) -> int:
        """The tick in flicks."""
        return round(FLICKS_PER_SECOND / self.fps)


@dataclass(frozen=True)
class Rng:
    """The key of a node's randomness: hand both numbers to `kernels.noise`."""

    seed: int = 0
    stream: int = 0


def _no_progress(share: float, text: str) -> None:
    del share, text


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Context:
    """All that a node may know of the outside, given to `setup`."""

    stream: Stream = Stream()
    device: torch.device = CPU
    dtype: torch.dtype = torch.float32  # what networks compute in on this device
    rng: Rng = Rng()
    key: str = ""  # the node's key in the graph
    weights: Any = None  # engine.weights.Weights: weights.find(name), weights.load(...)
    describe: Callable[[], str] = str  # the running document as JSON, for the metadata of files
    progress: Callable[[float, str], None] = (
        _no_progress  # share done in [0, 1], what is being done
    )
    cancelled: Callable[[], bool] = _never  # poll it in a setup or a call that takes long


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(param, state, resource)
)
class Node:
    """The base of every node type; `class X(Node, id="folder.name")` declares one."""

    spec: ClassVar[NodeSpec]
    _state_names: ClassVar[tuple[str, ...]] = ()
    ctx: Context = Context()
    ladder: ClassVar[
        tuple[tuple[str, float], ...]
    ] = ()  # (param, cap) rungs of the governor, mildest first

    def __init_subclass__(
        cls,
        *,
        id: str,
        title: str = "",
        lane: Lane = Lane.GPU,
        version: int = 1,
        replaces: tuple[str, ...] = (),
        renamed: Mapping[str, str] | None = None,
        bypass: str | None = None,
        keeps_state_over_cuts: bool = False,
        consecutive: bool = False,
        delays: bool = False,
        aliases: tuple[str, ...] = (),
    ) -> None:
        doc = cls.__doc__ if "__doc__" in cls.__dict__ else None
        dataclass(eq=False, kw_only=True, repr=False)(cls)
        cls._state_names = tuple(
            f.name for f in dataclasses.fields(cast("Any", cls)) if "state" in f.metadata
        )
        cls.spec = specs.read(
            cls,
            doc=doc,
            id=id,
            title=title,
            lane=lane,
            version=version,
            replaces=replaces,
            renamed=dict(renamed or {}),
            bypass=bypass,
            keeps_state_over_cuts=keeps_state_over_cuts,
            consecutive=consecutive,
            delays=delays,
            aliases=aliases,
        )

    def setup(self, ctx: Context) -> None:
        """Allocates what the node needs; `self.ctx` is set before."""

    def teardown(self) -> None:
        """Gives back what setup took; also called after a setup that failed half-way."""

    def drain(self) -> Iterator[Any]:
        """At the end of the stream: what is still inside, in the type that process returns."""
        return iter(())

    def duration(self) -> int | None:
        """How much material a source has, in flicks; None where it is endless or not known."""
        return None

    def window(self, port: str) -> int | None:
        """How many values a Window input takes a call; None for all since the last call."""
        del port
        return None

    def rewire(self, port: str, handle: Any) -> None:
        """A Wired input got another handle; called between calls."""

    @classmethod
    def upgrade(cls, params: dict[str, Any], version: int) -> dict[str, Any]:
        """Parameters saved by an older version of the node, in today's meaning."""
        del version
        return params

    def reset(self) -> None:
        """Forgets: every state() field returns to its declared default."""
        for declared in dataclasses.fields(cast("Any", self)):
            if "state" in declared.metadata:
                factory = declared.default_factory
                fresh = declared.default if factory is dataclasses.MISSING else factory()
                setattr(self, declared.name, fresh)

    def snapshot(self) -> tuple[Any, ...]:
        """All state() fields; cheap, because state is rebound and never written into."""
        return tuple([getattr(self, name) for name in self._state_names])

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Back to a snapshot, bit for bit."""
        for name, value in zip(self._state_names, snapshot, strict=True):
            setattr(self, name, value)

    def __repr__(self) -> str:
        values = ", ".join(f"{p.name}={getattr(self, p.name)!r}" for p in self.spec.params[:4])
        return f"<{type(self).__name__} {values}>"


__all__ = [
    "Context",
    "Held",
    "Lane",
    "Node",
    "Packet",
    "Rng",
    "Stream",
    "Tick",
    "Window",
    "Wired",
    "param",
    "resource",
    "state",
]
