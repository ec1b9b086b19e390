"""Controls as text: what can be read, what is written back, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.source import BindingError, Source, key_text, parse

TEXTS = (
    "midi:1/cc/74",
    "midi:*/note/60",
    "midi:nanoKONTROL2 SLIDER-KNOB/16/pitch",
    "midi:A-B 2/3/nrpn/16383",
    "midi:1/program",
    "midi:1/program/5",
    "osc:/fader/1",
    "osc:/xy#2",
    "key:Ctrl+Shift+1",
    "key:+",
    "audio:band8",
    "audio:onset",
    "gamepad:0/axis/1",
)

WRONG = (
    *("", "mouse:1", "midi:", "midi:cc/74", "midi:17/cc/1", "midi:1/cc/128", "midi:1/cc/-1"),
    *("midi:1/pitch/3", "midi:1/cc/\u0661", "midi:" + "9" * 5000 + "/cc/1", "midi:a\n/1/cc/1"),
    *("osc:fader", "osc:/a#0", "osc:/a\n", "osc:/" + "a" * 300),
    *("key:", "key:Ctrl", "audio:loud", "gamepad:x/axis/1"),
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_source_is_written_as_it_was_read(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_control_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BindingError, match="write midi:1/cc/74"):
        parse(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, f"midi:{text}", f"osc:{text}", f"key:{text}", f"gamepad:{text}"):
        try:
            source = parse(whole)
        except BindingError:
            continue
        assert parse(str(source)) == source


def test_keys_are_written_in_one_way() -> None:
    assert key_text("shift+ctrl+a") == "Ctrl+Shift+A"
    assert key_text("ctrl++") == "Ctrl++"


def test_a_device_and_a_channel_can_be_left_open() -> None:
    wider = Source("midi", "cc", 7, "knobs", 3).wider()
    assert [str(each) for each in wider] == [
        "midi:knobs/3/cc/7",
        "midi:knobs/*/cc/7",
        "midi:3/cc/7",
        "midi:*/cc/7",
    ]


def test_a_source_has_a_name_for_people() -> None:
    assert parse("midi:X/1/cc/74").title == "CC 74, channel 1"
    assert parse("midi:*/pitch").title == "Pitch, any channel"
    assert parse("osc:/fader").title == "/fader"
