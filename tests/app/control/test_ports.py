"""Devices that come, go, are busy and come back: names stay, mappings wait, the rest goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from app.control.ports import Midi, RtMidi, stable_name
from app.control.rig import Rig, Wishes
from engine.errors import DeviceError
from tests.app.control.cables import Cables

if TYPE_CHECKING:
    from app.control.source import Touch
    from tests.app.control.conftest import Play


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0", "nanoKONTROL2 MIDI 1"),
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1 28:0", "nanoKONTROL2 MIDI 1"),
        ("nanoKONTROL2 0", "nanoKONTROL2"),
        ("nanoKONTROL2 3", "nanoKONTROL2"),
        ("Launchpad Mini MK3 LPMiniMK3 MIDI Out", "Launchpad Mini MK3 LPMiniMK3 MIDI Out"),
        ("A/B 2", "A-B"),
        ("Bus:Port 1 128:0", "Bus Port 1"),
        ("", "MIDI"),
    ],
)
def test_a_device_keeps_its_name_over_replugging(port: str, name: str) -> None:
    assert stable_name(port) == name


def test_every_device_is_opened_and_heard() -> None:
    cables, heard = Cables("X 0", "Y 1", "Midi Through Port-0"), list["Touch"]()
    midi = Midi(cables, heard.append)
    midi.look()
    cables.play("X 0", (0xB0, 7, 9))
    assert midi.devices == ("X", "Y")
    assert [str(touch.source) for touch in heard] == ["midi:X/1/cc/7"]
    midi.close()
    assert not cables.open


def test_two_devices_of_one_kind_have_two_names() -> None:
    midi = Midi(Cables("X 0", "X 1"), lambda _: None)
    midi.look()
    assert midi.devices == ("X", "X (2)")
    midi.close()


def test_only_what_is_asked_for_is_opened() -> None:
    midi = Midi(Cables("Launchpad", "nanoKONTROL2"), lambda _: None, wanted=("nano",))
    midi.look()
    assert midi.devices == ("nanoKONTROL2",)
    midi.close()


def test_a_device_that_is_unplugged_heals_when_it_is_back() -> None:
    cables, heard, said = Cables("X 0"), list["Touch"](), list[str]()
    midi = Midi(cables, heard.append, said=said.append)
    midi.look()
    cables.plugged.remove("X 0")
    midi.look()
    assert midi.devices == ()
    cables.plugged.append("X 4")
    midi.look()
    cables.play("X 4", (0xB0, 7, 9))
    assert [str(touch.source) for touch in heard] == ["midi:X/1/cc/7"]
    assert "MIDI in: X went away; its bindings wait for it" in said
    midi.close()


def test_a_device_that_another_program_holds_costs_a_sentence() -> None:
    cables, said = Cables("X", "Y"), list[str]()
    cables.locked.add("X")
    midi = Midi(cables, lambda _: None, said=said.append)
    midi.look()
    assert midi.devices == ("Y",)
    assert "MIDI in: X cannot be opened: it is in use" in said
    midi.close()


def test_a_light_of_a_device_that_went_is_passed_over() -> None:
    cables = Cables("X")
    midi = Midi(cables, lambda _: None)
    midi.look()
    cables.plugged.clear()
    midi.send("X", (0x90, 1, 1))
    midi.send("gone", (0x90, 1, 1))
    assert cables.shown == []
    midi.close()


def test_new_devices_are_found_while_running() -> None:
    import threading

    cables, came = Cables(), threading.Event()
    midi = Midi(cables, lambda _: None, said=lambda _: came.set(), every=0.005)
    midi.start()
    cables.plugged.append("X")
    assert came.wait(5)
    midi.close()


def test_a_binding_of_a_missing_device_works_once_it_is_plugged_in(play: Play) -> None:
    stage = play({"param": "knobs.level", "source": "midi:X/1/cc/7", "takeover": "none"})
    cables = Cables()
    rig = Rig(stage.hub, midi=lambda: cables)
    rig.start(Wishes(osc_port=None))
    assert rig.midi is not None
    cables.plugged.append("X 3")
    rig.midi.look()
    cables.play("X 3", (0xB0, 7, 127))
    assert stage.value("level") == 1.0
    rig.close()


def test_without_the_package_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(DeviceError, match="install slipstream"):
        RtMidi()


def no_midi() -> Cables:
    raise DeviceError("this machine has no MIDI")


def sentences(rig: Rig, said: list[str], midi: str) -> list[str]:
    rig.start(Wishes(osc_port=None, midi=midi))
    rig.close()
    return said


def test_a_machine_without_midi_says_so_only_to_who_waits_for_it(play: Play) -> None:
    said: list[str] = []
    waits = play({"param": "knobs.level", "source": "midi:X/1/cc/7"})
    for hub, midi, heard in ((play().hub, "auto", 0), (waits.hub, "auto", 1), (play().hub, "X", 1)):
        said.clear()
        assert len(sentences(Rig(hub, said=said.append, midi=no_midi), said, midi)) == heard


def test_the_machines_midi_opens_or_says_why_not(play: Play) -> None:
    said: list[str] = []
    sentences(Rig(play().hub, said=said.append), said, "X")
    assert said
    assert all("MIDI" in sentence for sentence in said)
