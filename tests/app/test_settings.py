"""Settings are read strictly and never stand in the way of a start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import settings
from app.settings import MOST_RECENT, Preferences, Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def written(path: Path, text: str) -> Preferences:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Preferences(path)


def test_without_a_file_all_is_default_and_nothing_is_said(path: Path):
    fresh = Preferences(path)
    assert fresh.value == Settings()
    assert fresh.said == []
    assert not path.exists()


def test_what_is_set_is_there_at_the_next_start(path: Path):
    Preferences(path).set(theme="light", scale=150, fade=2)
    again = Preferences(path).value
    assert (again.theme, again.scale, again.fade) == ("light", 150, 2)


def test_only_what_was_chosen_is_written(path: Path):
    Preferences(path).set(osc_port=9000)
    assert json.loads(path.read_text()) == {"osc_port": 9000}


def test_fields_of_another_version_stay_in_the_file(path: Path):
    written(path, '{"hologram": true}').set(scale=125)
    assert json.loads(path.read_text()) == {"hologram": True, "scale": 125}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"theme": "pink"}', "theme = 'pink' is none of dark, light, high_contrast"),
        ('{"scale": 300}', "scale = 300 is outside 75 to 200"),
        ('{"scale": 120.5}', "scale = 120.5 is not a whole number"),
        ('{"scale": true}', "scale = True is not a whole number"),
        ('{"midi": 1}', "midi = 1 is not true or false"),
        ('{"fade": NaN}', "fade = nan is outside 0 to 10"),
        ('{"fade": "long"}', "fade = 'long' is not a number"),
        ('{"recent": ["a", 3]}', "recent = ('a', 3) is not of its kind"),
        ('{"layouts": {"edit": 7}}', "layouts = {'edit': 7} is not of its kind"),
        ('{"osc_reply": null}', "osc_reply = None is not text"),
    ],
)
def test_a_setting_that_cannot_be_is_its_default_and_said(path: Path, text: str, sentence: str):
    read = written(path, text)
    assert read.value == Settings()
    assert read.said == [f"the setting {sentence}; the default is taken"]


def test_good_settings_beside_a_bad_one_hold(path: Path):
    read = written(path, '{"theme": "light", "scale": -1}')
    assert (read.value.theme, read.value.scale) == ("light", 100)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "\x00\x01", "[" * 100_000])
def test_a_broken_file_is_put_aside_with_one_sentence(path: Path, text: str):
    read = written(path, text)
    assert read.value == Settings()
    assert len(read.said) == 1
    assert path.with_name("settings.json.broken").read_text() == text
    assert Preferences(path).said == []


def test_bytes_that_are_no_text_are_put_aside_too(path: Path):
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x00{")
    assert len(Preferences(path).said) == 1


def test_setting_what_cannot_be_changes_nothing(path: Path):
    here = Preferences(path)
    with pytest.raises(ValueError, match="osc_port = 80 is outside 1024 to 65535"):
        here.set(theme="light", osc_port=80)
    with pytest.raises(ValueError, match="no setting 'colour'"):
        here.set(colour="red")
    assert here.value == Settings()


def test_listeners_hear_what_was_and_what_is(path: Path):
    here, heard = Preferences(path), []
    here.changed.listen(lambda before, after: heard.append((before.theme, after.theme)))
    here.set(theme="light")
    here.set(theme="light")
    assert heard == [("dark", "light")]


def test_a_folder_that_cannot_be_written_is_said_and_the_choice_holds(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    here = Preferences(tmp_path / "file" / "settings.json")
    here.set(theme="light")
    assert here.value.theme == "light"
    assert "cannot be written" in here.said[-1]


def test_the_last_files_come_first_and_once(tmp_path: Path):
    value = Settings()
    for n in range(MOST_RECENT + 3):
        value = value.with_recent(tmp_path / f"{n}.json")
    value = value.with_recent(tmp_path / "7.json")
    assert Path(value.recent[0]).name == "7.json"
    assert len(value.recent) == len(set(value.recent)) == MOST_RECENT


def test_every_setting_that_is_shown_explains_itself():
    unclear = [name for name, each in settings.shown().items() if not (each.title and each.doc)]
    assert unclear == []
    assert {"theme", "scale", "osc_port", "crash_prompt"} <= set(settings.shown())
