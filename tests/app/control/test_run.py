"""`slipstream run --bindings`: real datagrams play a running graph, missing devices cost a line."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pythonosc.osc_message_builder import build_msg

from app.cli import main
from app.control.osc import free_port, parsed
from app.control.rig import Sayer
from tests.app import shows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Says = Callable[..., tuple[int, str]]

BINDINGS = [
    {"param": "grade.out_white", "source": "osc:/fader"},
    {"param": "grade.gone", "source": "midi:X/1/cc/7"},
    {"param": "grade.contrast", "source": "audio:low"},
]


@pytest.fixture
def played(folder: Path) -> Path:
    """A pattern, graded, with bindings."""
    nodes = {
        "pattern": {"type": "sources.pattern", "params": {}},
        "grade": {"type": "compose.color", "params": {}},
        "preview": {"type": "sinks.preview", "params": {}},
    }
    links = ["pattern.out -> grade.frame", "grade.out -> preview.frame"]
    return shows.show(folder / "show.json", "", nodes=nodes, links=links, bindings=BINDINGS)


class Surface:
    """An OSC surface that speaks to a port until it is answered."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.05)

    def send(self, path: str, *args: Any) -> None:
        self.socket.sendto(build_msg(path, list(args)).dgram, ("127.0.0.1", self.port))

    def ask(self, path: str) -> Any:
        """The answer, asked for again until somebody listens."""
        for _ in range(1200):
            self.send(path, "?")
            try:
                return (parsed(self.socket.recv(65535)) or [])[0].args[0]
            except (TimeoutError, OSError):
                continue
        raise AssertionError("nobody answered within a minute")


@pytest.fixture
def surface() -> Iterator[Surface]:
    port = free_port("0.0.0.0", 17000)
    assert port is not None
    made = Surface(port)
    yield made
    made.socket.close()


def test_osc_plays_a_graph_that_runs_without_a_window(
    played: Path, surface: Surface, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", str(played), "--osc-port", str(surface.port), "--seconds", "2.5"]
    thread = threading.Thread(target=main, args=(words,))
    thread.start()
    before = surface.ask("/grade/out_white")
    surface.send("/grade/out_white", 0.25)
    assert (before, surface.ask("/grade/out_white")) == (1.0, 0.25)
    surface.send("/fader", 0.5)
    bound = surface.ask("/grade/out_white")
    while bound == 0.25:
        bound = surface.ask("/grade/out_white")
    thread.join()
    assert bound == pytest.approx(0.5)
    said = capsys.readouterr().err
    assert f"OSC in: port {surface.port}, " in said
    assert "grade.gone is bound, but grade has no parameter 'gone'" in said


def test_a_port_that_is_busy_costs_a_line_and_the_show_runs(says: Says, played: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
        code, said = says("run", played, "--osc-port", port, "--seconds", "0.2")
    assert code == 0
    assert f"OSC cannot listen on port {port}" in said
    assert "ran for" in said


def test_devices_that_are_missing_cost_a_line_each(says: Says, played: Path) -> None:
    words = ("--bindings", "--midi", "nothing such", "--audio", "nothing such", "--seconds", "0.2")
    code, said = says("run", played, *words, "--osc-port", free_port("0.0.0.0", 17100))
    assert code == 0
    lines = said.splitlines()
    assert sum("MIDI" in line for line in lines) == 1
    assert sum("sound" in line for line in lines) == 1


def test_without_the_word_nothing_listens(says: Says, played: Path) -> None:
    code, said = says("run", played, "--seconds", "0.1")
    assert code == 0
    assert "OSC" not in said
    assert "MIDI" not in said


@pytest.mark.parametrize("port", ["0", "-1", "x", "99999"])
def test_a_port_that_is_none_is_refused(says: Says, played: Path, port: str) -> None:
    code, said = says("run", played, f"--osc-port={port}")
    assert code == 2
    assert "is no port" in said


def test_a_sentence_is_said_once_in_a_while() -> None:
    said: list[str] = []
    sayer = Sayer(said.append)
    for _ in range(1000):
        sayer("OSC: nothing has the address /x")
    sayer("MIDI in: X")
    assert said == ["OSC: nothing has the address /x", "MIDI in: X"]
