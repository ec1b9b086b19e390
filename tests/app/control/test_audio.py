"""Sound that is made up: where its tones land, how levels rise and fall, when a beat strikes."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.control.audio import HOP, Analysis, Levels
from app.control.microphone import Microphone, PortAudio, touches
from app.control.rig import Wishes
from app.control.source import Touch, parse
from engine.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from tests.app.control.conftest import Play

RATE = 48000


def tone(hertz: float, seconds: float = 0.5, level: float = 0.5) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def last(sound: np.ndarray, **how: float) -> Levels:
    return Analysis(RATE, **how).feed(sound)[-1]


@pytest.mark.parametrize(
    ("hertz", "band"),
    [(55, 0), (120, 1), (250, 2), (500, 3), (1100, 4), (2400, 5), (5000, 6), (11000, 7)],
)
def test_a_tone_is_loudest_in_its_own_band(hertz: float, band: int) -> None:
    levels = last(tone(hertz))
    assert int(np.argmax(levels.bands)) == band
    assert levels.bands[band] > 0.7


def test_groups_are_low_mid_and_high() -> None:
    for hertz, group in [(60, "low"), (800, "mid"), (8000, "high")]:
        levels = last(tone(hertz))
        assert max(("low", "mid", "high"), key=lambda name: getattr(levels, name)) == group


def test_silence_is_zero_and_a_full_scale_tone_is_one() -> None:
    quiet = last(np.zeros(RATE // 2, np.float32))
    assert max(*quiet.bands, quiet.rms) == 0
    assert not quiet.onset
    assert last(tone(1000, level=1.0)).rms == pytest.approx(1.0, abs=0.01)


def test_gain_lifts_by_its_decibels() -> None:
    low, high = (last(tone(1000, level=0.01), gain=gain).rms for gain in (1.0, 10.0))
    assert high - low == pytest.approx(20 / 60, abs=0.01)


def test_attack_and_release_set_how_levels_follow() -> None:
    sound = np.concatenate([tone(1000, 0.5), np.zeros(RATE // 2, np.float32)])
    quick = [each.rms for each in Analysis(RATE, attack=0.001, release=0.001).feed(sound)]
    slow = [each.rms for each in Analysis(RATE, attack=0.3, release=2.0).feed(sound)]
    third = len(slow) // 6
    assert quick[third] > slow[third]
    assert slow[-1] > 0.5 > quick[-1]


def beats(bpm: float, seconds: float) -> np.ndarray:
    """Drums: decaying noise on each beat over a quiet hum."""
    chance = np.random.default_rng(5)
    sound = tone(110, seconds, 0.02)
    for start in np.arange(0.25, seconds - 0.2, 60 / bpm):
        at = round(start * RATE)
        length = round(0.15 * RATE)
        fall = np.exp(-np.arange(length) / (0.03 * RATE))
        sound[at : at + length] += (0.6 * fall * chance.standard_normal(length)).astype(np.float32)
    return np.clip(sound, -1, 1)


@pytest.mark.parametrize("bpm", [90, 124, 174])
def test_each_beat_strikes_once(bpm: float) -> None:
    struck = [each.onset for each in Analysis(RATE).feed(beats(bpm, 8.0))]
    wanted = len(np.arange(0.25, 7.8, 60 / bpm))
    assert abs(sum(struck) - wanted) <= 1
    gaps = np.diff(np.flatnonzero(struck)) * HOP / RATE
    assert np.median(gaps) == pytest.approx(60 / bpm, abs=0.02)


def test_a_steady_tone_strikes_only_when_it_begins() -> None:
    assert sum(each.onset for each in Analysis(RATE).feed(tone(440, 3.0))) <= 1


@pytest.mark.parametrize("size", [7, 512, 4096])
def test_levels_do_not_depend_on_how_sound_is_cut(size: int) -> None:
    sound, whole, parts = beats(124, 1.0), Analysis(RATE), Analysis(RATE)
    cut = [each for at in range(0, len(sound), size) for each in parts.feed(sound[at : at + size])]
    assert cut == whole.feed(sound)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 96000, 192000])
def test_every_rate_has_eight_bands(rate: int) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, (rate // 4, 2))
    assert min(Analysis(rate).feed(noise)[-1].bands) > 0.3


def test_broken_sound_is_survived() -> None:
    analysis = Analysis(RATE)
    analysis.feed(np.full((HOP * 4, 2), np.nan))
    analysis.feed(np.full(HOP * 4, np.inf))
    analysis.feed(np.zeros(0))
    assert all(0 <= each <= 1 for each in analysis.feed(tone(100, 0.1) * 1e30)[-1].bands)


class Sounds:
    """Sound inputs inside the process."""

    rate = float(RATE)

    def __init__(self, *plugged: str) -> None:
        self.plugged = list(plugged)
        self.tell: Callable[[Any], object] | None = None

    def names(self) -> list[str]:
        return self.plugged

    def open(self, name: str, tell: Callable[[Any], object]) -> Sounds:
        if name not in self.plugged:
            raise DeviceError("it is gone")
        self.tell = tell
        return self

    def close(self) -> None:
        self.tell = None


def test_sound_drives_a_parameter(play: Play) -> None:
    stage = play(
        {"param": "knobs.level", "source": "audio:mid"},
        {"param": "knobs.hit", "source": "audio:onset"},
    )
    sounds = Sounds("Loopback")
    microphone = Microphone(sounds, stage.hub.touch)
    microphone.start()
    assert sounds.tell is not None
    sounds.tell(tone(1000)[:, None])
    assert stage.value("level") > 0.7
    assert stage.value("hit") == 1
    microphone.close()
    assert sounds.tell is None


def test_an_input_that_goes_silent_is_opened_again() -> None:
    said: list[str] = []
    sounds = Sounds("Line in", "Webcam")
    microphone = Microphone(sounds, lambda _: None, name="webcam", said=said.append, every=60)
    microphone.start()
    microphone._heard -= 10
    sounds.plugged.remove("Webcam")
    microphone.look()
    microphone.look()
    assert sounds.tell is None
    sounds.plugged.append("Webcam")
    microphone.look()
    assert sounds.tell is not None
    microphone.close()
    assert said == [
        "sound in: Webcam",
        "sound: Webcam went away; its bindings wait for it",
        "sound in: Webcam",
    ]


def test_an_input_that_is_not_there_is_named() -> None:
    with pytest.raises(DeviceError, match="there is no sound input 'mic'"):
        Microphone(Sounds("Line in"), lambda _: None, name="mic").start()
    with pytest.raises(DeviceError, match="plug one in"):
        Microphone(Sounds(), lambda _: None).start()


def test_levels_are_touches_of_every_source_of_sound() -> None:
    levels = Levels((0.1,) * 8, 0.2, 0.3, 0.4, 0.5, onset=True)
    found = {str(touch.source): touch for touch in touches(levels)}
    assert len(found) == 13
    assert all(parse(text).kind == "audio" for text in found)
    assert found["audio:mid"] == Touch(parse("audio:mid"), 0.3, round(0.3 * 65536), 65536)


def test_without_the_package_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(DeviceError, match="install slipstream"):
        PortAudio()


def test_a_document_that_listens_hears_the_input_that_was_chosen(session: Session):
    wishes = Wishes(sound="Mixer")
    assert wishes.for_document(session.document).audio is None
    bound = replace(session.document, bindings=({"source": "audio:low", "param": "blur.radius"},))
    assert wishes.for_document(bound).audio == "Mixer"
    assert Wishes(audio="Booth", sound="Mixer").for_document(bound).audio == "Booth"
