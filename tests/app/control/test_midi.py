"""MIDI bytes as touches: every message, pairs of fourteen bits, NRPNs, and bytes that are none."""

from __future__ import annotations

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.midi import Decoder, encode
from app.control.source import Source, parse


def told(*messages: tuple[int, ...]) -> list[tuple[str, int]]:
    decoder = Decoder("X")
    return [(str(t.source), t.raw) for message in messages for t in decoder.touches(message)]


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (mido.Message("control_change", channel=2, control=74, value=99), ("midi:X/3/cc/74", 99)),
        (mido.Message("note_on", note=60, velocity=80), ("midi:X/1/note/60", 80)),
        (mido.Message("note_off", note=60, velocity=80), ("midi:X/1/note/60", 0)),
        (mido.Message("polytouch", note=60, value=5), ("midi:X/1/poly/60", 5)),
        (mido.Message("aftertouch", value=5), ("midi:X/1/pressure", 5)),
        (mido.Message("pitchwheel", pitch=8191), ("midi:X/1/pitch", 16383)),
        (mido.Message("pitchwheel", pitch=-8192), ("midi:X/1/pitch", 0)),
    ],
)
def test_a_message_is_a_touch_of_its_control(
    message: mido.Message, wanted: tuple[str, int]
) -> None:
    assert told(tuple(message.bytes())) == [wanted]


def test_a_program_change_is_told_with_and_without_its_number() -> None:
    assert told((0xC0, 5)) == [("midi:X/1/program/5", 5), ("midi:X/1/program", 5)]


def test_two_halves_make_fourteen_bits() -> None:
    fine = [each for each in told((0xB0, 7, 100), (0xB0, 39, 5)) if "cc14" in each[0]]
    assert fine == [("midi:X/1/cc14/7", 100 << 7 | 5)]


def test_a_lower_half_alone_moves_a_known_pair() -> None:
    messages = (0xB0, 7, 100), (0xB0, 39, 5), (0xB0, 39, 6)
    assert told(*messages)[-1] == ("midi:X/1/cc14/7", 100 << 7 | 6)


def test_two_knobs_that_happen_to_be_a_pair_are_none() -> None:
    assert not [t for t in told((0xB0, 7, 9), (0xB0, 8, 9), (0xB0, 39, 9)) if "cc14" in t[0]]


def test_an_nrpn_is_a_control_of_its_own() -> None:
    chosen = (0xB0, 99, 2), (0xB0, 98, 44)
    heard = told(*chosen, (0xB0, 6, 64), (0xB0, 38, 3), (0xB0, 96, 0))
    assert heard == [
        ("midi:X/1/nrpn/300", 64),
        ("midi:X/1/nrpn14/300", 64 << 7 | 3),
        ("midi:X/1/nrpn/300", 64),
        ("midi:X/1/nrpn14/300", 64 << 7 | 4),
    ]


def test_an_rpn_takes_the_data_from_the_nrpn() -> None:
    heard = told((0xB0, 99, 2), (0xB0, 98, 44), (0xB0, 101, 0), (0xB0, 100, 0), (0xB0, 6, 12))
    assert heard == [("midi:X/1/cc/6", 12)]


@given(st.lists(st.lists(st.integers(-300, 300), max_size=6), max_size=40))
def test_bytes_of_any_shape_are_survived(messages: list[list[int]]) -> None:
    decoder = Decoder("X")
    for message in messages:
        for touch in decoder.touches(message):
            assert 0 <= touch.position <= 1
            assert 0 <= touch.raw <= touch.top
            fine = touch.source.control.endswith("14")
            assert fine or parse(str(touch.source)) == touch.source


@given(st.binary(max_size=400))
def test_a_stream_of_noise_is_survived(data: bytes) -> None:
    decoder = Decoder("X")
    parser = mido.Parser()
    parser.feed(data)
    for message in parser:
        assert all(0 <= touch.position <= 1 for touch in decoder.touches(message.bytes()))


def test_a_position_is_shown_where_the_control_has_a_light() -> None:
    assert encode(parse("midi:X/2/cc/7"), 0.5) == [(0xB1, 7, 64)]
    assert encode(parse("midi:X/1/note/60"), 1.0) == [(0x90, 60, 127)]
    assert encode(parse("midi:X/1/pitch"), 1.0) == [(0xE0, 127, 127)]
    assert encode(Source("midi", "cc14", 7, "X", 1), 1.0) == [(0xB0, 7, 127), (0xB0, 39, 127)]
    assert encode(parse("midi:X/1/program"), 1.0) == []
