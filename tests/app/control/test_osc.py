"""OSC over real datagrams: values, steps, questions, patterns, buttons, and mangled packets."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder, build_msg

from app.control.osc import Message, OscServer, free_port, parsed, place
from app.control.router import Router
from engine.errors import DeviceError
from engine.values import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.app.control.conftest import Play
    from tests.app.control.stage import Stage


class Wire:
    """A person's OSC surface, and the server that it speaks to."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.said: list[str] = []
        self.router = Router(
            stage.hub,
            actions=[("panic.blackout", "Blackout"), ("tempo.tap", "Tap")],
            said=self.said.append,
        )
        self.server = OscServer(self.router.handle, port=0, host="127.0.0.1")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.bind(("127.0.0.1", 0))

    def send(self, path: str, *args: Any) -> None:
        self.raw(build_msg(path, list(args)).dgram)

    def raw(self, datagram: bytes) -> None:
        """One datagram, taken before the next."""
        self.socket.sendto(datagram, ("127.0.0.1", self.server.port))
        self.ask("/knobs/level")

    def ask(self, path: str) -> list[Any]:
        data = build_msg(path, ["?"]).dgram
        self.socket.sendto(data, ("127.0.0.1", self.server.port))
        return self.answer().args

    def answer(self) -> Message:
        [message] = parsed(self.socket.recv(65535)) or []
        return message

    def close(self) -> None:
        self.server.close()
        self.socket.close()


@pytest.fixture
def wire(play: Play) -> Iterator[Wire]:
    opened = Wire(play({"param": "knobs.wide", "source": "osc:/xy#2"}, cues=({"name": "drop it"},)))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("name", "args", "wanted"),
    [
        ("level", [0.25], 0.25),
        ("level", [7], 1.0),
        ("level", ["a", 0.75], 0.75),
        ("level", ["+", 0.25], 0.75),
        ("level", ["-", 0.25], 0.25),
        ("level", ["*", 0.5], 0.25),
        ("level", ["0.125"], 0.125),
        ("wide", ["n", 0.5], 5.0),
        ("hertz", ["n", 1.0], 20000.0),
        ("count", [3.4], 3),
        ("count", ["+", 1], 3),
        ("on", [], True),
        ("on", [1.0], True),
        ("on", [True], True),
        ("mode", ["three"], "three"),
        ("mode", [1], "two"),
        ("mode", ["+", 1], "two"),
        ("words", ["fire"], Prompt.of("fire")),
        ("tint", ["#102030"], "#102030"),
        ("tint", [1.0, 0.0, 0.0], "#ff0000"),
        ("tint", [255, 128, 0], "#ff8000"),
        ("title", ["Neon"], "Neon"),
        ("hit", [], 1),
        ("hit", [1.0], 1),
    ],
)
def test_a_message_sets_its_parameter(wire: Wire, name: str, args: list[Any], wanted: Any) -> None:
    wire.send(f"/knobs/{name}", *args)
    assert wire.said == []
    assert wire.stage.value(name) == wanted


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("level", ["loud"]),
        ("level", []),
        ("level", [b"\0\1"]),
        ("level", [float("nan")]),
        ("level", ["+", "a"]),
        ("level", ["*", float("inf")]),
        ("level", [[1, 2]]),
        ("mode", ["four"]),
        ("mode", [float("inf")]),
        ("words", [3]),
        ("words", ["+", 1]),
        ("tint", ["red"]),
        ("tint", ["a", "b", "c"]),
        ("tint", [float("nan"), 0.0, 0.0]),
        ("title", ["n", 0.5]),
        ("file", [None]),
    ],
)
def test_what_a_parameter_cannot_be_is_said_and_changes_nothing(
    wire: Wire, name: str, args: list[Any]
) -> None:
    before = wire.stage.value(name)
    [reply] = [*wire.router.handle(Message(f"/knobs/{name}", args)), None]
    assert reply is None
    assert len(wire.said) == 1
    assert wire.stage.value(name) == before


def test_a_button_that_is_let_go_does_nothing(wire: Wire) -> None:
    wire.send("/knobs/hit", 0.0)
    wire.send("/blackout", 0.0)
    wire.send("/cue/drop_it", 0)
    assert wire.stage.value("hit") == 0
    assert wire.stage.fired == []


def test_a_question_is_answered_to_who_asked(wire: Wire) -> None:
    assert wire.ask("/knobs/level") == [0.5]
    assert wire.ask("/knobs/on") == [0]
    assert wire.ask("/knobs/mode") == ["one"]
    assert wire.ask("/knobs/words") == ["sea"]
    assert wire.ask("/knobs/tint") == ["#ffffff"]


def test_cues_and_actions_are_called(wire: Wire) -> None:
    wire.send("/cue/drop_it", 1)
    wire.send("/blackout")
    wire.send("/action/panic/blackout", 1.0)
    assert wire.stage.fired == ["drop it", "panic.blackout", "panic.blackout"]


def test_selected_stands_for_the_nodes_that_are_selected(wire: Wire) -> None:
    wire.send("/selected/level", 0.1)
    assert wire.stage.value("level") == 0.5
    wire.router.selected = ("knobs", "gone")
    wire.send("/selected/level", 0.1)
    assert wire.stage.value("level") == pytest.approx(0.1)
    assert wire.said == []


def test_a_pattern_sets_every_parameter_that_it_fits(wire: Wire) -> None:
    wire.send("/knobs/{level,wide}", 1.0)
    assert (wire.stage.value("level"), wire.stage.value("wide")) == (1.0, 1.0)


def test_an_argument_can_be_bound_like_a_knob(wire: Wire) -> None:
    wire.send("/xy", 0.9, 0.5)
    assert wire.stage.value("wide") == 5.0
    assert wire.said == []


def test_the_tempo_goes_to_the_show_or_to_the_beat_clocks(play: Play) -> None:
    stage = play()
    graph = stage.hub.document.graph.add("control.beat_clock", "clock")
    stage.player.apply(graph)
    stage.solo.document = stage.hub.document.with_graph(graph)
    stage.hub.follow(stage.solo.document)
    router = Router(stage.hub)
    router.handle(Message("/tempo/bpm", [90.0]))
    router.handle(Message("/tempo/tap", []))
    assert stage.hub.settle()
    assert (stage.solo.value("clock", "bpm"), stage.solo.value("clock", "tap")) == (90.0, 1)
    told: list[float] = []
    router.set_bpm = told.append
    router.handle(Message("/tempo/bpm", [100.0]))
    router.handle(Message("/tempo/tap", []))
    assert (told, stage.fired) == ([100.0], ["tempo.tap"])


def test_an_unknown_address_is_said(wire: Wire) -> None:
    wire.send("/knobs/levle", 1)
    assert wire.said == ["OSC: nothing has the address /knobs/levle"]


def test_a_bundle_is_taken_at_once_whatever_time_it_carries(wire: Wire) -> None:
    bundle = OscBundleBuilder(2_000_000_000)
    inner = OscBundleBuilder(IMMEDIATELY)
    inner.add_content(build_msg("/knobs/level", [0.25]))
    bundle.add_content(inner.build())
    bundle.add_content(build_msg("/knobs/count", [4]))
    wire.raw(bundle.build().dgram)
    assert (wire.stage.value("level"), wire.stage.value("count")) == (0.25, 4)


def test_every_type_of_osc_is_survived(wire: Wire) -> None:
    builder = OscMessageBuilder("/knobs/tint")
    for value, kind in [(b"\0" * 60000, "b"), (1 << 40, "h"), (1e300, "d"), (0xFF8800FF, "r")]:
        builder.add_arg(value, kind)
    builder.add_arg((1, 2, 3, 4), "m")
    builder.add_arg(None, "N")
    wire.raw(builder.build().dgram)
    assert wire.ask("/knobs/level") == [0.5]


def nested(depth: int) -> bytes:
    data = build_msg("/knobs/level", [0.1]).dgram
    for _ in range(depth):
        data = b"#bundle\0" + b"\0" * 7 + b"\1" + len(data).to_bytes(4, "big") + data
    return data


MANGLED = (
    *(b"", b"/", b"/\0\0\0", b"hello", b"#bundle\0", b"/knobs/level\0\0\0\0,f", nested(3000)),
    *(b"/knobs/level\0\0\0\0,[[[[\0\0\0", b"/\xff\xfe\0,f\0\0", b"/a\0\0,s\0\0\xff\xff\xff\xff"),
    *(b"/" + b"a" * 60000, b"\0" * 65000, b"/a\0\0," + b"[" * 60000),
)


@pytest.mark.parametrize("datagram", MANGLED)
def test_a_packet_of_any_shape_is_survived(wire: Wire, datagram: bytes) -> None:
    wire.raw(datagram)
    assert wire.ask("/knobs/level") == [0.5]


def test_noise_is_survived(wire: Wire) -> None:
    chance = random.Random(7)
    good = build_msg("/knobs/title", ["Neon"]).dgram
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        wire.raw(bytes(data[: chance.randrange(len(data) + 1)]))
    assert wire.ask("/knobs/level") == [0.5]


@given(st.binary(max_size=80), st.sampled_from([b"", b"/a\0\0,", b"#bundle\0"]))
@settings(max_examples=300)
def test_any_bytes_are_messages_or_none(data: bytes, head: bytes) -> None:
    found = parsed(head + data)
    assert found is None or all(isinstance(each, Message) for each in found)


def test_a_busy_port_is_named_with_one_that_is_free(wire: Wire) -> None:
    with pytest.raises(DeviceError, match=r"cannot listen on port \d+: .*; \d+ is free"):
        OscServer(wire.router.handle, port=wire.server.port, host="127.0.0.1")
    assert free_port("127.0.0.1", wire.server.port) != wire.server.port


def test_a_place_is_a_host_and_a_port() -> None:
    assert place("192.168.0.5:9000") == ("192.168.0.5", 9000)
    assert place("9000") == ("127.0.0.1", 9000)
    for text in ("", "host", "host:0", "host:99999999"):
        with pytest.raises(DeviceError, match=r"192\.168\.0\.5:9000"):
            place(text)
