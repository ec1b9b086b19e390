"""Instances come and go: each is set up once, taken down once, and never works where it should
not.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest

from engine.errors import DeviceError
from engine.eventlog import EventLog
from engine.node import Context, Lane, Node, Tick, Wired, param, resource, state
from engine.player import Player
from engine.values import Prompt, TextEncoder
from tests.engine.harness import Hand, graph, wired

COUNT = "n:counter.out -> b:add.value\n b.out -> c:collect.value"
UP: list[int] = []
DOWN: list[int] = []
HOLD = threading.Event()


class Sized(Node, id="test.sized"):
    """Sums, in a size that is fixed when it is set up."""

    size: int = param(default=1, doc="Fixed", live=False)
    _for: int = resource(0)
    _total: int = state(0)

    def setup(self, ctx: Context) -> None:
        UP.append(self.size)
        self._for = self.size

    def teardown(self) -> None:
        DOWN.append(self.size)

    def process(self, value: int) -> int:
        assert self.size == self._for
        self._total += 1
        return self._total * 100 + self.size


class Patient(Node, id="test.patient"):
    """Takes its time to be set up."""

    size: int = param(default=1, doc="Fixed", live=False)

    def setup(self, ctx: Context) -> None:
        UP.append(self.size)
        while not HOLD.wait(0.01) and not ctx.cancelled():
            pass

    def teardown(self) -> None:
        DOWN.append(self.size)

    def process(self, value: int) -> int:
        return value


class Port(Node, id="test.port"):
    """A device that lets nobody else in, and stumbles once."""

    _open: bool = resource(False)
    taken = False
    falls = 1

    def setup(self, ctx: Context) -> None:
        if Port.taken:
            raise DeviceError("the port is taken")
        Port.taken = self._open = True

    def teardown(self) -> None:
        if self._open:
            Port.taken = self._open = False

    def process(self, tick: Tick) -> int:
        if tick.pts > tick.dt and Port.falls:
            Port.falls -= 1
            raise DeviceError("the port fell over")
        return tick.pts // tick.dt


class Stream3(Node, id="test.stream3"):
    """Gives three numbers a call."""

    def process(self, value: int) -> Iterator[int]:
        yield from (value, value + 100, value + 200)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    UP.clear()
    DOWN.clear()
    HOLD.clear()
    Port.taken, Port.falls = False, 1
    yield
    HOLD.set()


SIZED = "n:counter.out -> s:sized.value\n s.out -> c:collect.value"


def test_an_instance_that_was_never_used_is_taken_down_too():
    built = wired(SIZED, Sized)
    hand = Hand(built)
    for size in (2, 3, 4):
        hand.player.apply(built.set("s", size=size))
    hand.tick()
    hand.player.stop()
    assert sorted(UP) == sorted(DOWN) == [1, 2, 3, 4]


def test_setups_that_nobody_waits_for_any_more_are_passed_over():
    built = wired("n:counter.out -> s:patient.value\n s.out -> c:collect.value", Patient)
    player = Player(live=True)
    for size in range(1, 9):
        player.apply(built.set("s", size=size))
    assert player.stop()
    assert len(UP) <= 3
    assert sorted(UP) == sorted(DOWN)


def test_a_stop_does_not_wait_for_a_setup_that_can_be_cancelled():
    built = wired("n:counter.out -> s:patient.value\n s.out -> c:collect.value", Patient)
    player = Player(live=True)
    player.apply(built)
    stopping = threading.Thread(target=player.stop)
    stopping.start()
    stopping.join(3)
    ended = not stopping.is_alive()
    HOLD.set()
    stopping.join()
    assert ended


def test_a_device_is_closed_before_it_is_opened_again():
    hand = Hand(wired("p:port.out -> c:collect.value", Port))
    hand.tick(8)
    assert hand.seen()[-1] == 7
    assert hand.player.stats().node("p").errors == 1


def test_undo_of_another_type_finds_the_state_again():
    built = wired("a:feed.out -> s:sum.value\n s.out -> c:collect.value")
    other = built.remove("s").add("test.add", "s")
    other = other.connect("a.out", "s.value").connect("s.out", "c.value")
    hand = Hand(built, **{"in": [1] * 20})
    hand.tick(5)
    hand.player.apply(other)
    hand.tick(1)
    hand.player.apply(built)
    hand.tick(1)
    assert hand.seen()[-1] == 6


def test_a_parked_instance_whose_key_goes_to_another_type_is_taken_down():
    built = wired(SIZED, Sized)
    hand = Hand(built)
    hand.tick()
    gone = built.remove("s")
    hand.player.apply(gone)
    hand.player.apply(gone.add("test.add", "s"))
    hand.player.apply(built.set("s", size=2))
    hand.player.stop()
    assert sorted(UP) == sorted(DOWN)


def test_another_stream_takes_the_old_instances_down_in_the_end():
    built = wired(SIZED, Sized)
    hand = Hand(built)
    hand.tick()
    for width in (64, 128, 64, 128, 64):
        hand.player.apply(built.with_stream(width=width))
        hand.tick()
    hand.player.stop()
    assert len(UP) == len(DOWN) > 1


def test_a_node_that_became_inert_while_it_was_loading_stays_at_rest():
    built = wired(COUNT)
    hand = Hand(built)
    hand.player.apply(built.disconnect("b.value"))
    hand.tick(2)
    assert hand.player.stats().node("b").status == "inert"
    assert hand.player.stats().node("b").errors == 0


def test_a_fixed_value_that_changed_while_a_node_was_inert_is_heeded_afterwards():
    built = wired(SIZED, Sized)
    hand = Hand(built)
    hand.tick()
    hand.player.apply(built.disconnect("s.value").set("s", size=5))
    hand.tick()
    hand.player.apply(built.set("s", size=5))
    hand.tick(2)
    assert hand.seen()[-1] % 100 == 5


def test_the_running_instance_never_sees_a_fixed_value_of_the_next_one():
    built = wired(SIZED, Sized)
    hand = Hand(built)
    hand.tick()
    runner = hand.player.runners[1]
    runner.cells.follow({"size": 9})
    hand.tick()
    assert hand.player.stats().node("s").errors == 0
    assert hand.seen()[-1] % 100 == 1


def test_a_setup_that_fails_beside_a_running_instance_leaves_it_running():
    class Picky(Node, id="test.picky"):
        """Refuses a size."""

        size: int = param(default=1, doc="Fixed", live=False)

        def setup(self, ctx: Context) -> None:
            if self.size > 1:
                raise ValueError("too big")

        def process(self, value: int) -> int:
            return value * 10

    built = wired("n:counter.out -> s:picky.value\n s.out -> c:collect.value", Picky)
    hand = Hand(built)
    hand.tick(2)
    hand.player.apply(built.set("s", size=2))
    hand.tick(2)
    shown = hand.player.stats().node("s")
    assert hand.seen() == [0, 10, 20, 30]
    assert shown.message == "ValueError: too big"
    hand.player.apply(built)
    hand.tick(1)
    assert (hand.seen()[-1], hand.player.stats().node("s").message) == (40, "")


def test_what_was_taken_down_is_not_kept_in_memory():
    built = wired(SIZED, Sized)
    hand = Hand(built)
    hand.tick()
    runner = hand.player.runners[1]
    hand.player.governor.step_down(runner)
    node = weakref.ref(runner.node)
    left = weakref.ref(runner)
    del runner
    hand.player.apply(built.remove("s"))
    hand.tick(310)
    hand.player._housekeep()
    gc.collect()
    assert (node(), left()) == (None, None)


def test_a_panic_closes_a_running_iterator():
    hand = Hand(wired("n:counter.out -> s:stream3.value\n s.out -> c:collect.value", Stream3))
    runner = hand.player.runners[1]
    hand.player.clock.time = 0
    hand.player._lanes["light"].tick(0)
    while runner.outs[0].sent < 1:
        hand.player._lanes["light"]._pass(0)
    hand.player.reset()
    hand.player.step()
    assert runner.outs[0].sent == 1


class Gate(Node, id="test.gate"):
    """Yields until it is closed."""

    def process(self, value: int) -> Iterator[int]:
        try:
            while True:
                yield value
        finally:
            DOWN.append(7)

    def teardown(self) -> None:
        DOWN.append(8)


def test_an_iterator_is_closed_before_its_node_is_taken_down():
    hand = Hand(wired("n:counter.out -> g:gate.value\n g.out -> c:collect.value", Gate))
    hand.player._lanes["light"].tick(0)
    for _ in range(4):
        hand.player._lanes["light"]._pass(0)
    hand.player.stop()
    assert DOWN == [7, 8]


class Speller:
    """A handle."""

    def encode(self, prompt: Prompt) -> int:
        return 1


class Encoder(Node, id="test.encoder2", lane=Lane.GPU):
    """Provides a handle."""

    def process(self) -> TextEncoder:
        return Speller()


class User(Node, id="test.user", lane=Lane.SLOW):
    """Must be told of its handle."""

    size: int = param(default=1, doc="Fixed", live=False)
    _told: str = resource("")

    def process(self, value: int, words: Wired[TextEncoder]) -> int:
        assert self._told == "words"
        return value

    def rewire(self, port: str, handle: TextEncoder) -> None:
        self._told = port


def with_handle() -> tuple[object, ...]:
    built = graph(Encoder, User).add("test.counter", "n").add("test.encoder2", "e")
    built = built.add("test.user", "u").add("test.collect", "c").connect("n.out", "u.value")
    return (built.connect("e.out", "u.words").connect("u.out", "c.value"),)


def test_a_new_instance_is_told_of_its_handles():
    (built,) = with_handle()
    hand = Hand(built)
    hand.tick(2)
    hand.player.apply(built.set("u", size=2))
    hand.tick(2)
    assert hand.player.stats().node("u").errors == 0


def test_a_handle_that_is_no_longer_linked_is_let_go():
    (built,) = with_handle()
    hand = Hand(built)
    hand.tick(2)
    node = weakref.ref(hand.player.runners[1].node)
    assert type(node()) is Encoder
    hand.player.apply(built.add("test.encoder2", "f").connect("f.out", "u.words").remove("e"))
    hand.tick(310)
    hand.player._housekeep()
    gc.collect()
    assert node() is None


def test_the_provider_of_a_handle_runs_on_its_consumers_lane():
    (built,) = with_handle()
    player = Player(live=True)
    player.apply(built)
    lanes = {stats.key: stats.lane for stats in player.stats().nodes}
    player.stop()
    assert lanes["e"] == lanes["u"] != "light"


def test_a_log_on_a_full_disk_stops_no_hand():
    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            raise OSError(28, "No space left on device")

    log = EventLog()
    log._file = Full()
    player = Player(live=True, log=log)
    player.apply(wired(COUNT))
    player.set("b", "amount", 3)
    player.stop()


EDITS: list[Callable[[], object]] = []


class Rewires(Node, id="test.rewires"):
    """Has its own wiring replaced in the middle of a step."""

    def process(self, value: int) -> int:
        return value + 1

    def reset(self) -> None:
        while EDITS:
            EDITS.pop()()


def test_an_edit_in_the_middle_of_a_step_takes_effect_after_it():
    built = wired("n:counter.out -> r:rewires.value\n r.out -> c:collect.value", Rewires)
    hand = Hand(built)
    hand.tick()
    EDITS.append(lambda: hand.player.apply(built.disconnect("r.value")))
    hand.player.reset()
    hand.tick()
    assert hand.player.stats().node("r").errors == 0
    assert hand.player.stats().node("r").status == "inert"
