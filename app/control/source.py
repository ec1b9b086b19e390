"""What a person moves: one control of one device, as a text that stays the same when replugged.

    midi:<device>/<channel>/cc/74    note/60  poly/60  nrpn/300  program/5  pitch  pressure  program
    osc:/fader/1    osc:/xy#2 (the second argument)    key:Ctrl+1
    audio:low|mid|high|rms|onset|band1...band8    gamepad:0/axis/1    gamepad:0/button/3

A MIDI device may be left out (any), and `*` stands for any channel.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.errors import SlipstreamError

ANY = "*"
BANDS = 8
AUDIO = ("low", "mid", "high", "rms", "onset", *(f"band{n}" for n in range(1, BANDS + 1)))
NUMBERED = {"cc": 127, "note": 127, "poly": 127, "nrpn": 16383, "program": 127}
PLAIN = ("pitch", "pressure", "program")
BUTTONS = frozenset({"note", "program", "button", "onset"})  # they are struck, not turned
LONGEST = 256  # characters of an OSC address
KEYS = {"control": "Ctrl", "cmd": "Ctrl", "option": "Alt", "return": "Enter", "escape": "Esc"}
MODIFIERS = ("Ctrl", "Alt", "Shift", "Meta")


class BindingError(SlipstreamError):
    """A binding that cannot be read or cannot drive what it names."""


class Source(NamedTuple):
    """One control. `channel` is 1 to 16, 0 for any; `device` is empty for any."""

    kind: str
    control: str
    number: int = -1
    device: str = ""
    channel: int = 0

    def __str__(self) -> str:
        last = self.control + (f"/{self.number}" if self.number >= 0 else "")
        if self.kind == "midi":
            device = f"{self.device}/" if self.device else ""
            return f"midi:{device}{self.channel or ANY}/{last}"
        if self.kind == "gamepad":
            return f"gamepad:{self.device}/{last}"
        if self.kind == "osc":
            return f"osc:{self.control}" + (f"#{self.number + 1}" if self.number > 0 else "")
        return f"{self.kind}:{self.control}"

    @property
    def is_button(self) -> bool:
        """Whether it is struck rather than turned."""
        return self.kind == "key" or self.control in BUTTONS

    @property
    def title(self) -> str:
        """As a person says it: `CC 74, channel 1`."""
        if self.kind == "audio":
            return f"Sound {self.control}"
        names = {"cc": "CC", "nrpn": "NRPN", "poly": "Key pressure"}
        if self.kind != "midi":
            return str(self).partition(":")[2]
        name = names.get(self.control, self.control.capitalize())
        number = f" {self.number}" if self.number >= 0 else ""
        return f"{name}{number}, " + (f"channel {self.channel}" if self.channel else "any channel")

    def wider(self) -> tuple[Source, ...]:
        """The sources that a touch of this one also is: of any device, of any channel."""
        if self.kind != "midi":
            return (self,)
        devices, channels = {self.device: 1, "": 1}, {self.channel: 1, 0: 1}
        return tuple(self._replace(device=d, channel=c) for d in devices for c in channels)


class Touch(NamedTuple):
    """What happened at a control: where it stands in [0, 1], and the count that its device sent."""

    source: Source
    position: float
    raw: int = 0
    top: int = 127

    @property
    def on(self) -> bool:
        """Whether a button is down."""
        return self.position >= 0.5 if self.source.control != "note" else self.raw > 0


def parse(text: str) -> Source:
    """A source from its text; BindingError with what a source looks like."""
    kind, colon, rest = text.partition(":")
    reader = READERS.get(kind)
    found = reader(rest) if reader and colon and rest else None
    if found is None:
        raise BindingError(
            f"{text!r} is no control; write midi:1/cc/74, osc:/fader, key:Ctrl+1, audio:low "
            "or gamepad:0/axis/1"
        )
    return found


def _midi(rest: str) -> Source | None:
    parts = rest.split("/") if rest.isprintable() else [""]
    number = -1
    if _is_count(parts[-1]) and len(parts) > 2:
        number = int(parts.pop()[:6])
    control = parts.pop()
    fits = control in PLAIN if number < 0 else number <= NUMBERED.get(control, -1)
    if not fits or not parts:
        return None
    channel = parts.pop()
    if channel != ANY and not (_is_count(channel) and 1 <= int(channel[:6]) <= 16):
        return None
    return Source("midi", control, number, "/".join(parts), 0 if channel == ANY else int(channel))


def _osc(rest: str) -> Source | None:
    path, _, argument = rest.partition("#")
    if not path.startswith("/") or len(path) > LONGEST or not path.isprintable():
        return None
    if argument and not (_is_count(argument) and 1 <= int(argument[:6]) <= 64):
        return None
    return Source("osc", path, int(argument) - 1 if argument else 0)


def _key(rest: str) -> Source | None:
    text = key_text(rest)
    return Source("key", text) if text else None


def _audio(rest: str) -> Source | None:
    return Source("audio", rest) if rest in AUDIO else None


def _gamepad(rest: str) -> Source | None:
    found = re.fullmatch(r"([0-9]{1,2})/(axis|button|hat)/([0-9]{1,3})", rest)
    return Source("gamepad", found[2], int(found[3]), found[1]) if found else None


READERS = {"midi": _midi, "osc": _osc, "key": _key, "audio": _audio, "gamepad": _gamepad}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def key_text(text: str) -> str:
    """`shift+ctrl+a` as `Ctrl+Shift+A`; empty where it names no key."""
    plus = text.endswith("+")  # the key + itself
    parts = [part.strip() for part in text.removesuffix("+").split("+") if part.strip()]
    words = [KEYS.get(part.lower(), part.capitalize()) for part in parts]
    held = [word for word in MODIFIERS if word in words]
    keys = [word for word in words if word not in MODIFIERS] + (["+"] if plus else [])
    if len(keys) != 1 or len(keys[0]) > 20 or not keys[0].isprintable():
        return ""
    return "+".join([*held, *keys])
