"""What makes a runner call its node: one function a rule, each at most one call.

A step returns whether anything happened. It settles the time of the call first (`call_times`), then
lets the runner gather inputs and call; where the node cannot be called, the runner passes on what
it can.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from engine.inputs import fed
from engine.packet import FLICKS_PER_SECOND, FOREVER, Packet
from engine.queue import IDLE, Queue
from engine.values import Clip, Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.runner import Runner
    from engine.wiring import Take

SLATE_AFTER = 2 * FLICKS_PER_SECOND  # a sink that never got a packet shows a slate from then on


def trunk(runner: Runner, now: int) -> bool:
    """Each packet of the trunk, once every other input is known up to its time."""
    take = runner.place.trunk
    assert take is not None
    queue = take.queue
    known = queue.watermark
    items = queue.items
    if not items:
        return known != runner.known and runner.pass_time(known)
    try:
        pts = items[0].pts
    except IndexError:  # dropped in between
        return False
    if not runner.settled(pts, now):
        return _give_up(runner, pts)
    packet = queue.take()
    if packet is None:
        return False
    pts = packet.pts  # another than before, where the producer has dropped the oldest since
    runner.call_times, runner.real = (pts,), 1
    if not runner.running(now):
        return runner.pass_on(pts)
    if runner.span is not None and not runner.span[0] <= pts < runner.span[1]:
        return _pass_over(runner, pts)
    _notice_cut(runner, queue, packet)
    return runner.invoke(pts, now, packet)


def window(runner: Runner, now: int) -> bool:
    """Enough packets; at the end what is left, filled up with the last."""
    take = cast("Take", runner.place.trunk)
    queue = take.queue
    known = queue.watermark
    if runner.span is not None:
        _skip_outside(queue, *runner.span)
    if not queue.items:
        return runner.pass_time(known)
    size = (runner.node.window(take.name) if runner.node else None) or 1
    waiting = min(size, len(queue.items))
    if waiting < size and known != FOREVER:
        return False
    if not runner.settled(_known_last(queue, waiting), now):
        return False
    packets = _spread(queue, size) if _skips(runner) else _first(queue, waiting)
    if not packets:
        return False
    runner.call_times, runner.real = tuple(packet.pts for packet in packets), len(packets)
    if not runner.running(now):
        return runner.pass_on(packets[-1].pts)
    _notice_cut(runner, queue, packets[-1])
    runner.padded = len(packets) < size
    return runner.invoke(packets[-1].pts, now, packets + packets[-1:] * (size - len(packets)))


def tick(runner: Runner, now: int) -> bool:
    """The stream's tick; live the newest alone, offline each."""
    ticks = runner.ticks
    if not ticks or runner.ended or _ahead(runner, ticks[0]):
        return False
    pts = ticks[-1] if runner.live else ticks[0]
    if not runner.settled(pts, now):
        return _give_up(runner, pts)
    ticks.clear() if runner.live else ticks.popleft()
    pts = _clip_start(runner, pts)
    runner.call_times, runner.real = (pts,), 1
    if not runner.running(now):
        return runner.end() if _is_past(runner, pts) else runner.pass_on(pts)
    if runner.span is not None and not runner.span[0] <= pts < runner.span[1]:
        return _pass_over(runner, pts)
    return runner.invoke(pts, now, None)


def sampled(runner: Runner, now: int) -> bool:
    """A live sink, once a tick: as soon as there is a new packet, at the tick's end with the old
    one.
    """
    ticks, take = runner.ticks, cast("Take", runner.place.trunk)
    if not ticks:
        return False
    queue = fed(take.queue)
    fresh = bool(queue.items)
    if not fresh and len(ticks) < 2 and now < ticks[0] + runner.stream.dt:
        return False
    pts = ticks.popleft()
    packet = queue.advance(FOREVER) or _slate(runner, take, pts)
    if packet is None or not runner.inputs.complete(runner.place) or not runner.running(now):
        return True
    _notice_cut(runner, queue, packet)
    if fresh:
        runner.probe.latency = max(0, now - packet.pts)
    else:
        runner.probe.repeats += 1
    runner.call_times, runner.real = (pts,), 1
    return runner.invoke(pts, now, packet)


def delay(runner: Runner, now: int) -> bool:
    """Writes into a delay that closes a cycle; what its next packet shall read leaves a flick
    later, and at the next tick where nothing else drives the cycle.
    """
    del now
    queue, paced = cast("Take", runner.place.trunk).queue, runner.place.paced
    if runner.node is None or runner.ended or (paced and not runner.ticks):
        return False
    node = cast("Any", runner.node)
    due = runner.ticks.popleft() if paced else 0
    known = runner.outs[0].watermark
    if known < 0 or runner.reset_wanted:
        runner.reset(node)
        return _read_end(runner, node.start(node.ctx), due)
    if known < IDLE and not paced:  # an edit has closed the cycle around it
        return _read_end(runner, _older(node), known + 1)
    if not queue.items:
        return runner.end() if queue.watermark == FOREVER else False
    packet = queue.take()
    if packet is None:
        return False
    _notice_cut(runner, queue, packet)
    if runner.reset_wanted:
        runner.reset(node)
    runner.inputs.drive(runner.place, runner.cells, packet.pts)
    runner.cells.write(node, packet.pts)
    node.write(packet.value)
    return _read_end(runner, _older(node), due if paced else packet.pts + 1)


def handle(runner: Runner, now: int) -> bool:
    """A provider of a handle is never called by packets; it only keeps its parameters."""
    runner.inputs.drive(runner.place, runner.cells, now)
    if runner.node is not None and runner.cells.pending:
        runner.cells.write(runner.node, now)
    return False


STEPS: tuple[Callable[[Runner, int], bool], ...] = (  # in the order of engine.wiring.Firing
    trunk,
    window,
    tick,
    sampled,
    delay,
    handle,
)


def _pass_over(runner: Runner, pts: int) -> bool:
    """A sink is not shown what lies outside its span."""
    for take in runner.place.takes:
        runner.inputs.read(take, cast("Any", runner.node), pts)
    return True


def _skip_outside(queue: Queue, start: int, stop: int) -> None:
    while queue.items and not start <= queue.items[0].pts < stop:
        queue.take()


def _give_up(runner: Runner, pts: int) -> bool:
    """A required input ended without ever giving a value: this call can never be."""
    if not runner.inputs.hopeless(runner.place):
        return False
    trunk = runner.place.trunk
    if trunk is None:
        runner.ticks.popleft()
    else:
        trunk.queue.take()
        trunk.queue.dropped += 1
    runner.mark(pts)
    return True


def _is_past(runner: Runner, pts: int) -> bool:
    """Whether a source that is not called would have come to its end, offline."""
    if runner.live or runner.node is None:
        return False
    length = runner.node.duration()
    return length is not None and pts >= length


def _notice_cut(runner: Runner, queue: Queue, packet: Packet[Any]) -> None:
    """The trunk's material jumped: the state belongs to what was before."""
    if packet.epoch != queue.seen:
        queue.seen = packet.epoch
        runner.reset_wanted = runner.reset_wanted or not runner.spec.keeps_state_over_cuts
        for out in runner.outs:
            out.epoch += 1


def _skips(runner: Runner) -> bool:
    return runner.live and not runner.spec.consecutive


def _known_last(queue: Queue, count: int) -> int:
    """The time of the last of `count` waiting packets, or of the newest where fewer are left."""
    waiting = tuple(islice(queue.items, count))
    return waiting[-1].pts if waiting else queue.watermark


def _first(queue: Queue, count: int) -> list[Packet[Any]]:
    """The oldest packets, as many as are left."""
    taken = (queue.take() for _ in range(count))
    return [packet for packet in taken if packet is not None]


def _spread(queue: Queue, size: int) -> list[Packet[Any]]:
    """Packets spread evenly from the last taken to the newest."""
    waiting = queue.collect(FOREVER)
    step = len(waiting) / size
    picks = (max(0, round((i + 1) * step) - 1) for i in range(min(size, len(waiting))))
    return [waiting[pick] for pick in picks]


def _slate(runner: Runner, take: Take, pts: int) -> Packet[Any] | None:
    port = runner.spec.input(take.name)
    if pts < SLATE_AFTER or port is None or port.type is not Frame:
        return None
    return Packet(Frame.solid(runner.stream.height, runner.stream.width), pts)


def _older(node: Any) -> Any:
    """What a delay reads next: its initial value until there is something older."""
    value = node.read_ahead()
    return node.start(node.ctx) if value is None else value


def _read_end(runner: Runner, value: Any, pts: int) -> bool:
    runner.outs[0].send(value, pts)
    if not runner.place.paced:
        runner.outs[0].mark(IDLE)
    return True


def _ahead(runner: Runner, pts: int) -> bool:
    """A node that makes clips from nothing runs at most one clip ahead of the stream."""
    out = runner.outs[0] if runner.outs else None
    if out is None or out.port.type is not Clip or out.last is None:
        return False
    due = out.last.pts + (0 if runner.live else out.length)
    if pts >= due:
        return False
    runner.ticks.popleft()
    runner.mark(pts)
    return True


def _clip_start(runner: Runner, pts: int) -> int:
    """Where the next clip begins: at the end of the last, or now where that is past."""
    out = runner.outs[0] if runner.outs else None
    if out is None or out.port.type is not Clip or out.last is None:
        return pts
    end = out.last.pts + out.length
    return max(end, pts) if runner.live else end
