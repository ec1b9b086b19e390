"""What a person has chosen once for all documents: a JSON file, read strictly, written whole.

A setting that is missing, of another kind or outside its limits is its default, and a sentence
says so; a file that is broken is put aside. The settings page is made from the fields.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import platformdirs

from app.notice import Notice

Page = Literal["Look", "Canvas", "Output", "Recording", "Control", "Safety", ""]
MOST_RECENT = 12


@dataclass(frozen=True)
class Setting:
    """How a field is shown and checked; "" as its page means that it is kept but not shown."""

    page: Page
    title: str
    doc: str
    min: float = 0
    max: float = 0
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value, word
    restart: bool = False  # it counts from the next start


def _setting(default: Any, page: Page, title: str, doc: str, **more: Any) -> Any:
    return field(default=default, metadata={"setting": Setting(page, title, doc, **more)})


KEPT = {"setting": Setting("", "", "")}


THEME = (("dark", "Dark"), ("light", "Light"), ("high_contrast", "High contrast"))
FIT = (("fit", "Fit"), ("fill", "Fill"), ("stretch", "Stretch"), ("actual", "1:1"))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its default."""

    theme: str = _setting("dark", "Look", "Theme", "Colours of the whole window", choices=THEME)
    scale: int = _setting(
        100,
        "Look",
        "Interface size",
        "Of text and controls alike",
        min=75,
        max=200,
        unit="%",
        restart=True,
    )
    reduce_motion: bool = _setting(
        False, "Look", "Reduce motion", "Nothing moves but the pictures themselves"
    )
    welcome: bool = _setting(True, "Look", "Welcome page at the start", "Presets and recent files")

    thumbnails: int = _setting(
        12,
        "Canvas",
        "Thumbnails",
        "How often they change; 0 stops them and saves time",
        min=0,
        max=30,
        unit="per second",
    )

    output_display: str = _setting(
        "",
        "Output",
        "Display",
        "Where the output goes full screen",
    )
    output_fit: str = _setting(
        "fit", "Output", "Fit", "How pictures of another shape fill the display", choices=FIT
    )
    output_on_top: bool = _setting(True, "Output", "Stay on top", "Above the windows of others")
    fade: float = _setting(
        1.0,
        "Output",
        "Blackout fade",
        "How long the picture takes to go and to come back",
        min=0,
        max=10,
        unit="s",
    )

    record_folder: str = _setting(
        "", "Recording", "Folder", "Of recordings and screenshots; empty is the folder of videos"
    )
    replay_seconds: int = _setting(
        30,
        "Recording",
        "Replay",
        "How much of the past can be saved; 0 keeps none",
        min=0,
        max=120,
        unit="s",
    )

    midi: bool = _setting(True, "Control", "MIDI", "Listens to every controller")
    osc: bool = _setting(True, "Control", "OSC", "Listens on the network")
    osc_port: int = _setting(
        7000, "Control", "OSC port", "Where others send to", min=1024, max=65535
    )
    osc_reply: str = _setting(
        "", "Control", "OSC feedback", "host:port that hears of changes; empty tells nobody"
    )
    sound_input: str = _setting("", "Control", "Sound input", "What bindings to sound listen to")

    autosave: bool = _setting(True, "Safety", "Autosave", "A crash loses two seconds at most")
    crash_prompt: bool = _setting(
        True,
        "Safety",
        "Ask after a crash",
        "Off for a machine that nobody sits at",
    )
    ask_on_quit: bool = _setting(
        True, "Safety", "Ask before quitting on air", "Also while a recording runs"
    )

    recent: tuple[str, ...] = field(default=(), metadata=KEPT)
    # workspace: the window's state, in base64
    layouts: dict[str, str] = field(default_factory=dict[str, str], metadata=KEPT)

    def with_recent(self, path: Path) -> Settings:
        """The settings with a file as the most recent one."""
        name = str(path.absolute())
        others = tuple(each for each in self.recent if each != name)
        return replace(self, recent=(name, *others)[:MOST_RECENT])


def shown() -> dict[str, Setting]:
    """The settings of the settings page, by name."""
    every = {f.name: f.metadata["setting"] for f in dataclasses.fields(Settings)}
    return {name: setting for name, setting in every.items() if setting.page}


def folder() -> Path:
    """Where a person's settings, keys and layouts lie."""
    return Path(platformdirs.user_config_dir("slipstream", appauthor=False))


class Preferences:
    """The settings of this run: `value` is what holds, `changed` tells the new after the old.

    `said` has what was wrong with the file, a sentence each; nothing ever raises for its sake.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or folder() / "settings.json"
        self.changed: Notice[Settings, Settings] = Notice()
        self.said: list[str] = []
        self._beside: dict[str, Any] = {}  # fields of another version, which stay in the file
        self.value = self._read()

    def __repr__(self) -> str:
        return f"<Preferences {self.path.name} {self.value.theme} {self.value.scale} %>"

    def set(self, **values: Any) -> None:
        """Changes settings and writes them. ValueError where one cannot be what it should be."""
        for name, value in values.items():
            problem = _problem(name, value)
            if problem:
                raise ValueError(problem)
        self.put(replace(self.value, **values))

    def put(self, value: Settings) -> None:
        """Takes other settings and writes them; where that fails, `said` has a sentence more."""
        before, self.value = self.value, value
        if before == value:
            return
        try:
            write_object(self.path, {**self._beside, **_data(value)})
        except OSError as error:
            self.said.append(f"settings are not kept: {self.path} cannot be written: {error}")
        self.changed.tell(before, value)

    def _read(self) -> Settings:
        data = read_object(self.path, self.said)
        names = {f.name for f in dataclasses.fields(Settings)}
        self._beside = {name: value for name, value in data.items() if name not in names}
        good: dict[str, Any] = {}
        for name in names & set(data):
            value = tuple(data[name]) if isinstance(data[name], list) else data[name]
            problem = _problem(name, value)
            if problem:
                self.said.append(f"{problem}; the default is taken")
            else:
                good[name] = value
        return Settings(**good)


def read_object(path: Path, said: list[str]) -> dict[str, Any]:
    """The object in a JSON file, {} where there is none; a broken file is put aside, and said."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        if isinstance(data, dict):
            return data
        reason = "it holds no object"
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error)
    with contextlib.suppress(OSError):
        path.replace(path.with_name(path.name + ".broken"))
    said.append(
        f"{path.name} cannot be read ({reason}); defaults are taken, {path.name}.broken stays"
    )
    return {}


def _problem(name: str, value: Any) -> str:
    """Why a setting cannot have that value, "" where it can."""
    default = getattr(Settings(), name, None)
    if default is None:
        return f"there is no setting {name!r}"
    if not _is_like(default, value):
        return f"the setting {name} = {value!r} is not {_kind(default)}"
    setting: Setting = Settings.__dataclass_fields__[name].metadata["setting"]
    words = [word for word, _ in setting.choices]
    if words and value not in words:
        return f"the setting {name} = {value!r} is none of {', '.join(words)}"
    if setting.max and not setting.min <= value <= setting.max:
        return f"the setting {name} = {value!r} is outside {setting.min:g} to {setting.max:g}"
    return ""


def _is_like(default: Any, value: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, tuple):
        return isinstance(value, tuple) and all(isinstance(each, str) for each in value)
    if isinstance(default, dict):
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return isinstance(value, type(default))


def _kind(default: Any) -> str:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return kinds.get(type(default), "of its kind")


def _data(value: Settings) -> dict[str, Any]:
    """What differs from the defaults, so that a better default reaches those who never chose."""
    usual = Settings()
    names = [f.name for f in dataclasses.fields(Settings)]
    return {n: getattr(value, n) for n in names if getattr(value, n) != getattr(usual, n)}


def write_object(path: Path, data: dict[str, Any]) -> None:
    """Writes a JSON file so that it is whole at any moment. OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(
            json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
