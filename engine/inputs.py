"""Reads a runner's inputs at one time: whether they can be read yet, and their values by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engine.cells import LINK, Cells
from engine.errors import ParamError
from engine.handoff import await_ready
from engine.packet import FOREVER, Packet
from engine.spec import Policy, Tick

if TYPE_CHECKING:
    from engine.node import Node
    from engine.queue import Queue
    from engine.runner import Runner
    from engine.wiring import Take, Wiring


class Inputs:
    """The inputs of one runner, whatever its wiring is at the moment."""

    __slots__ = ("_handles", "live")

    def __init__(self, *, live: bool) -> None:
        self.live = live
        self._handles: dict[str, tuple[Node, Any]] = {}

    def settled(self, place: Wiring, pts: int, *, patient: bool) -> bool:
        """Whether all inputs but the trunk can be read at `pts`: their past is known, or waiting is
        over.
        """
        for take in place.takes:
            queue = fed(take.queue)
            known = queue.watermark  # before the packets: see engine.queue
            if take.required and queue.current is None and not queue.items:
                return False
            if known < pts and not self._may_go_on(take, queue, patient):
                return False
        if not self.live and any(queue.watermark < pts for _, queue in place.drives):
            return False
        return all(provider.node is not None for _, provider in place.wired)

    def _may_go_on(self, take: Take, queue: Queue, patient: bool) -> bool:
        """Whether a call need not wait for an input whose past is not known."""
        if self.live and take.policy is not Policy.JOIN:
            return True
        if patient:
            return False
        queue.late += 1
        return True

    def hopeless(self, place: Wiring) -> bool:
        """Whether a required input ended without ever giving a value."""
        return any(
            take.required and take.queue.current is None and take.queue.ended
            for take in place.takes
        )

    def complete(self, place: Wiring) -> bool:
        """Whether everything that a call cannot be without is there."""
        for take in place.takes:
            queue = fed(take.queue)
            if take.required and queue.current is None and not queue.items:
                return False
        return all(provider.node is not None for _, provider in place.wired)

    def forget_handles(self, but: frozenset[str] = frozenset()) -> None:
        """Lets handles go, of other inputs than these; what is still linked is announced again."""
        for name in list(self._handles):  # a copy, as the lane may add one meanwhile
            if name not in but:
                self._handles.pop(name, None)

    def gather(
        self, place: Wiring, node: Node, pts: int, trunk: Any, tick: Tick | None
    ) -> dict[str, Any]:
        """The arguments of a call, by name."""
        inputs = dict(place.fillers)
        if place.trunk is not None:
            inputs[place.trunk.name] = opened(place.trunk, trunk)
        for take in place.takes:
            inputs[take.name] = self.read(take, node, pts)
        for name, provider in place.wired:
            inputs[name] = self._handle(name, provider, node)
        if tick is not None:
            inputs["tick"] = tick
        return inputs

    def read(self, take: Take, node: Node, pts: int) -> Any:
        """One input at `pts`; live, what may be newer than the trunk is as new as it gets."""
        queue = fed(take.queue)
        if take.policy is Policy.WINDOW:
            packets = queue.collect(FOREVER if self.live else pts)
            size = node.window(take.name)
            return opened(take, packets[-size:] if size else packets)
        packet = queue.advance(FOREVER if self.live and take.policy is Policy.HELD else pts)
        return None if packet is None else opened(take, packet)

    def passed(self, place: Wiring, name: str, pts: int) -> Any:
        """What an input holds at `pts` for a node that is passed by; None where there is none."""
        trunk = place.trunk
        for take in (*((trunk,) if trunk else ()), *place.takes):
            if take.name == name:
                queue = fed(take.queue)
                packet = queue.current if take is trunk else queue.advance(pts)
                return None if packet is None else packet.value
        return None

    def drive(self, place: Wiring, cells: Cells, pts: int) -> str:
        """Lets links write the parameters they drive; what one of them could not take, in a
        sentence.
        """
        refused = ""
        for name, queue in place.drives:
            before = queue.current
            packet = queue.advance(FOREVER if self.live else pts)
            if packet is None or packet is before:
                continue
            try:
                cells.drive(name, packet.value, LINK)
            except ParamError as error:
                refused = str(error)
        return refused

    def _handle(self, name: str, provider: Runner, node: Node) -> Any:
        """The provider's handle; a new one is announced to the node."""
        maker = cast("Any", provider.node)
        held = self._handles.get(name)
        if held is None or held[0] is not maker:
            held = (maker, maker.process())
            self._handles[name] = held
            node.rewire(name, held[1])
        return held[1]


def fed(queue: Queue) -> Queue:
    """The queue to read: the one it replaces, until its own producer has delivered."""
    former = queue.fallback
    return queue if former is None or queue.received else former


def opened(take: Take, packet: Any) -> Any:
    """A packet, or packets, as the input's annotation wants them."""
    if type(packet) is list:
        packets = cast("list[Packet[Any]]", packet)
        return tuple(opened(take, each) for each in packets)
    if packet.ready is not None:
        await_ready(packet)
    return packet if take.packets else packet.value


def shifted(inputs: dict[str, Any], start: int) -> dict[str, Any]:
    """A sink's inputs with the start of its span as time zero."""
    return {name: _earlier(value, start) for name, value in inputs.items()}


def _earlier(value: Any, start: int) -> Any:
    if isinstance(value, Packet):
        packet = cast("Packet[Any]", value)
        return Packet(packet.value, packet.pts - start, cut=packet.cut, epoch=packet.epoch)
    if isinstance(value, Tick):
        return Tick(value.pts - start, value.dt, value.index, value.epoch)
    if type(value) is tuple:
        return tuple(_earlier(each, start) for each in cast("tuple[Any, ...]", value))
    return value
