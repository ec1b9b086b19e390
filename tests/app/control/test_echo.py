"""What goes back out: parameters that changed over OSC, and lights of controllers, each once."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from app.control.echo import Echo, Lights, OscEcho
from app.control.osc import Message, OscSender, parsed
from app.control.ports import Midi
from app.control.router import Router
from tests.app.control.cables import Cables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.app.control.conftest import Play


class Ear:
    """A surface that hears what is sent."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.place = ("127.0.0.1", self.socket.getsockname()[1])

    def heard(self) -> list[Message]:
        """What has arrived; nothing on one machine is late once it was sent."""
        self.socket.setblocking(False)
        found: list[Message] = []
        try:
            while True:
                found += parsed(self.socket.recv(65535)) or []
        except BlockingIOError:
            return found


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.socket.close()


def test_only_what_changed_is_sent(play: Play, ear: Ear) -> None:
    stage, sender = play(), OscSender([ear.place, ("256.0.0.1", 9)])
    echo = OscEcho(stage.hub, Router(stage.hub), sender)
    echo.tick()
    assert ear.heard() == []
    stage.hub.put("knobs", "level", 0.25, "osc")
    assert stage.hub.settle()
    stage.solo.set("knobs", "mode", "two")
    echo.tick()
    echo.tick()
    assert sorted(ear.heard()) == [
        Message("/knobs/level", [0.25]),
        Message("/knobs/mode", ["two"]),
    ]
    sender.close()


def test_the_first_value_a_controller_sets_is_sent_even_in_a_large_document(
    play: Play, ear: Ear
) -> None:
    stage, sender = play(), OscSender([ear.place])
    graph = stage.hub.document.graph
    for _ in range(60):
        graph = graph.add("test.knobs")
    stage.player.apply(graph)
    stage.solo.document = stage.hub.document.with_graph(graph)
    stage.hub.follow(stage.solo.document)
    echo = OscEcho(stage.hub, Router(stage.hub), sender)
    echo.tick()
    stage.hub.put("knobs_60", "level", 0.25, "midi")
    assert stage.hub.settle()
    echo.tick()
    assert Message("/knobs_60/level", [0.25]) in ear.heard()
    sender.close()


def test_lights_show_parameters_once(play: Play) -> None:
    stage = play(
        {"param": "knobs.level", "source": "midi:X/1/cc/7"},
        {"param": "knobs.on", "source": "midi:X/1/note/60", "mode": "toggle"},
        {"param": "knobs.wide", "source": "midi:X/1/cc/8", "mode": "relative"},
    )
    cables = Cables("X 0")
    midi = Midi(cables, stage.hub.touch)
    midi.look()
    lights = Lights(stage.hub, midi)
    lights.tick()
    assert [message for _, message in cables.shown] == [(0xB0, 7, 64), (0x90, 60, 0)]
    lights.tick()
    assert len(cables.shown) == 2
    cables.play("X 0", (0x90, 60, 100))
    assert stage.value("on") is True
    lights.tick()
    assert cables.shown[-1] == ("X 0", (0x90, 60, 127))
    midi.close()


def test_a_control_that_is_in_a_hand_is_left_alone(play: Play) -> None:
    stage = play({"param": "knobs.level", "source": "midi:X/1/cc/7", "takeover": "none"})
    cables = Cables("X 0")
    midi = Midi(cables, stage.hub.touch)
    midi.look()
    cables.play("X 0", (0xB0, 7, 100))
    assert stage.value("level") == pytest.approx(100 / 127)
    Lights(stage.hub, midi).tick()
    assert cables.shown == []
    midi.close()


def test_pads_show_their_cues(play: Play) -> None:
    stage = play(
        {"param": "@cue.launch", "cue": "drop", "source": "midi:X/1/note/1"},
        {"param": "@action.run", "action": "panic.blackout", "source": "midi:X/1/note/2"},
        cues=({"name": "drop"},),
    )
    cables = Cables("X 0")
    midi = Midi(cables, stage.hub.touch)
    midi.look()
    lights = Lights(stage.hub, midi)
    lights.tick()
    assert cables.shown == []
    lights.cue_light = lambda _: 0.5
    lights.action_light = lambda _: 1.0
    lights.tick()
    assert [message for _, message in cables.shown] == [(0x90, 1, 64), (0x90, 2, 127)]
    midi.close()


def test_an_echo_ticks_until_it_is_closed() -> None:
    ticked = threading.Event()
    echo = Echo(ticked.set, rate=1000)
    assert ticked.wait(5)
    echo.close()
