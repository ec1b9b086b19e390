"""What a node is: read off its class once, checked at import, runnable without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
import torch

from engine.errors import ParamError, SpecError
from engine.node import Held, Lane, Node, Packet, Tick, Window, Wired, param, resource, state
from engine.spec import Policy, can_drive, can_link, json_schema, matching_input
from engine.values import Audio, Clip, Color, Flow, Frame, Mask, Prompt, TextEncoder


class Warp(Node, id="test.warp", aliases=("morph",)):
    """Carries the picture along.

    More of it.
    """

    strength: float = param(default=0.8, doc="How much", min=0, max=1, unit="px")
    mode: Literal["near", "far"] = param(default="near", doc="Which")
    tint: Color = param(default=Color("#ff8800"), doc="Colour")
    file: Path = param(default=Path("a/b.png"), doc="Picture")
    text: Prompt = param(default=Prompt.of("river"), doc="Words")
    seed: int = param(default=1, doc="Seed", live=False)
    _past: Frame | None = state()
    _seen: tuple[int, ...] = state(default_factory=tuple)
    _net: Any = resource()

    def process(
        self,
        frame: Frame,
        tick: Tick,
        flow: Held[Flow | None] = None,
        sound: Window[Packet[Audio]] = (),
        words: Wired[TextEncoder | None] = None,
    ) -> Frame | None:
        del tick, flow, sound, words
        self._past, self._seen = frame, (*self._seen, 1)
        return self._past


class Media(NamedTuple):
    frame: Packet[Frame] | None
    sound: Packet[Audio] | None


class Source(Node, id="test.source", lane=Lane.IO):
    """Gives pictures and sound."""

    def process(self, tick: Tick) -> Iterator[Media]:
        yield Media(None, None)


def test_ports_are_read_off_process():
    ports = {port.name: (port.type, port.policy, port.optional) for port in Warp.spec.inputs}
    assert ports == {
        "frame": (Frame, Policy.JOIN, False),
        "flow": (Flow, Policy.HELD, True),
        "sound": (Audio, Policy.WINDOW, True),
        "words": (TextEncoder, Policy.WIRED, True),
    }


def test_a_named_tuple_names_the_outputs():
    ports = [(port.name, port.type, port.packets) for port in Source.spec.outputs]
    assert ports == [("frame", Frame, True), ("sound", Audio, True)]
    assert Source.spec.iterates


def test_the_title_and_the_summary_come_from_the_class():
    assert (Warp.spec.title, Warp.spec.summary) == ("Warp", "Carries the picture along.")


def test_a_node_runs_without_an_engine():
    frame = Frame.solid(4, 4)
    assert Warp(strength=0.5).process(frame, Tick(0, 1)) is frame


def test_reset_restores_state_and_keeps_resources():
    node = Warp()
    node._net = "weights"
    node.process(Frame.solid(4, 4), Tick(0, 1))
    node.reset()
    assert (node._past, node._seen, node._net) == (None, (), "weights")


def test_a_snapshot_comes_back_bit_for_bit():
    node = Warp()
    node.process(Frame.solid(4, 4), Tick(0, 1))
    before = node.snapshot()
    node.process(Frame.solid(8, 8), Tick(1, 1))
    node.restore(before)
    assert node.snapshot() == before


def test_a_mistyped_parameter_is_refused_at_once():
    with pytest.raises(TypeError, match="strenth"):
        Warp(strenth=1)  # type: ignore[call-arg]


def no_doc() -> type:
    class Bare(Node, id="test.bare"):
        def process(self, frame: Frame) -> Frame:
            return frame

    return Bare


def no_param_doc() -> type:
    class Mute(Node, id="test.mute"):
        """Says nothing."""

        level: float = param(default=0, doc="")

        def process(self, frame: Frame) -> Frame:
            return frame

    return Mute


def default_outside() -> type:
    class Loud(Node, id="test.loud"):
        """Is loud."""

        level: float = param(default=2, doc="How", max=1)

        def process(self, frame: Frame) -> Frame:
            return frame

    return Loud


def unknown_port() -> type:
    class Odd(Node, id="test.odd_port"):
        """Takes a dict."""

        def process(self, frame: dict) -> Frame: ...  # type: ignore[empty-body]

    return Odd


def optional_without_none() -> type:
    class Half(Node, id="test.half"):
        """Half optional."""

        def process(self, frame: Frame, mask: Mask = None) -> Frame:  # type: ignore[assignment]
            return frame

    return Half


def no_return() -> type:
    class Open(Node, id="test.open"):
        """Returns what it likes."""

        def process(self, frame: Frame):
            return frame

    return Open


def bad_id() -> type:
    class Wrong(Node, id="Wrong"):
        """Has no folder."""

        def process(self, frame: Frame) -> Frame:
            return frame

    return Wrong


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (no_doc, "Bare has no docstring"),
        (no_param_doc, "Mute.level has no doc"),
        (default_outside, "Loud.level has a default that it cannot hold: level = 2.0 is outside"),
        (unknown_port, r"Odd.process\(frame\) has the type <class 'dict'>, which no link carries"),
        (optional_without_none, "write its type as Mask | None"),
        (no_return, "Open.process has no return annotation"),
        (bad_id, "write it as 'folder.name'"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(declare: Any, message: str):
    with pytest.raises(SpecError, match=message):
        declare()


@pytest.mark.parametrize(
    ("name", "given", "held"),
    [
        ("strength", 1, 1.0),
        ("seed", 2.6, 3),
        ("mode", "far", "far"),
        ("mode", 1.2, "far"),
        ("tint", "#00FF00", "#00ff00"),
        ("file", "x.png", Path("x.png")),
        ("text", "fire", Prompt.of("fire")),
        ("text", {"pieces": [["a", 1], ["b", 2]], "blend": "slerp"},
         Prompt((("a", 1.0), ("b", 2.0)), "slerp")),
    ],
)  # fmt: skip
def test_values_become_the_parameters_own_type(name: str, given: Any, held: Any):
    assert Warp.spec.param(name).parse(given) == held


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("strength", float("nan")), ("strength", "0.5"), ("strength", None), ("mode", "fa"),
        ("tint", "red"), ("file", 7), ("text", {"pieces": [["a"]]}),
        ("text", 3), ("seed", float("inf")), ("seed", 10**400), ("mode", 10**400),
        ("text", "fire \udced"), ("text", {"pieces": [["a", 1], ["\ud83d", 1]]}),
        ("file", "\udcff.png"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_held_are_refused_in_a_sentence(name: str, given: Any):
    with pytest.raises(ParamError) as caught:
        Warp.spec.param(name).parse(given)
    assert "\n" not in str(caught.value)
    str(caught.value).encode()


def test_limits_are_told_with_their_unit():
    with pytest.raises(ParamError, match="strength = 3 is outside 0 to 1 px"):
        Warp.spec.param("strength").refuse_outside(3)


def test_which_links_are_possible():
    assert can_link(Frame, Frame)
    assert can_link(Clip, Frame)
    assert can_link(int, float)
    assert not can_link(float, int)
    assert not can_link(Frame, Mask)


def test_numbers_drive_numbers_switches_and_choices():
    params = Warp.spec
    assert can_drive(float, params.param("mode"))
    assert can_drive(bool, params.param("strength"))
    assert not can_drive(Frame, params.param("strength"))
    assert can_drive(Prompt, params.param("text"))


def test_bypass_passes_the_first_input_of_the_outputs_type():
    found = matching_input(Warp.spec, Warp.spec.outputs[0])
    assert found is not None
    assert found.name == "frame"


def test_the_schema_uses_the_words_of_json_schema():
    schema = json_schema(Warp.spec)["properties"]
    assert schema["strength"] == {
        "type": "number", "description": "How much", "default": 0.8,
        "minimum": 0, "maximum": 1, "x-unit": "px",
    }  # fmt: skip
    assert schema["mode"]["enum"] == ["near", "far"]


@pytest.mark.parametrize("shape", [(3, 4, 4), (2, 3, 4, 4), (1, 4, 4, 4)])
def test_a_frame_of_another_shape_is_refused(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="Frame takes a tensor of shape"):
        Frame(torch.zeros(shape))
