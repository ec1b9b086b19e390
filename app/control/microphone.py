"""The sound that comes in: a device by its name, its levels told as touches, back when replugged.

PortAudio lists devices once, when it starts; one that went away is opened again under its old name,
one that was never there needs a new start of the program.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from app.control.audio import Analysis
from app.control.source import Source, Touch
from engine.errors import DeviceError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.control.audio import Levels

LOOK_EVERY = 2.0  # seconds
SILENT = 1.0  # seconds without sound after which a device counts as gone
FINE = 1 << 16


class Stream(Protocol):
    """Sound that arrives."""

    rate: float

    def close(self) -> None: ...


class Inputs(Protocol):
    """A system's sound inputs. Every method raises DeviceError with a reason where it cannot."""

    def names(self) -> list[str]: ...
    def open(self, name: str, tell: Callable[[Any], object]) -> Stream: ...


class PortAudio:
    """The machine's sound by sounddevice; DeviceError where it has none."""

    def __init__(self) -> None:
        try:
            import sounddevice
        except ImportError as error:
            said = f"sound needs the package {error.name}: install slipstream[audio]"
            raise DeviceError(said) from error
        except OSError as error:
            raise DeviceError(f"this machine has no PortAudio: {error}") from error
        self._sound = sounddevice

    def names(self) -> list[str]:
        """The inputs, the default first."""
        try:
            devices = self._sound.query_devices()
        except self._sound.PortAudioError as error:
            raise DeviceError(f"sound inputs cannot be listed: {error}") from error
        found = [d for d in devices if d["max_input_channels"] > 0]
        default = self._sound.default.device[0]
        found.sort(key=lambda each: each["index"] != default)
        return list(dict.fromkeys(each["name"] for each in found))

    def open(self, name: str, tell: Callable[[Any], object]) -> Stream:
        try:
            return _PortStream(self._sound, name, tell)
        except (self._sound.PortAudioError, ValueError) as error:
            raise DeviceError(f"{name} cannot be opened: {error}") from error


class _PortStream:
    def __init__(self, sound: Any, name: str, tell: Callable[[Any], object]) -> None:
        info = sound.query_devices(name, "input")
        self.rate = float(info["default_samplerate"])
        self._stream = sound.InputStream(
            device=info["index"],
            channels=min(2, info["max_input_channels"]),
            callback=lambda data, *_: tell(data.copy()),
        )
        self._stream.start()

    def close(self) -> None:
        self._stream.abort()
        self._stream.close()


class Microphone:
    """One input's sound as touches: audio:low, audio:band3, audio:onset ..."""

    def __init__(
        self,
        inputs: Inputs,
        tell: Callable[[Touch], object],
        *,
        name: str = "",
        gain: float = 1.0,
        attack: float = 0.01,
        release: float = 0.2,
        said: Callable[[str], object] = lambda _: None,
        every: float = LOOK_EVERY,
    ) -> None:
        self._inputs = inputs
        self._tell = tell
        self._said = said
        self._name = name
        self._every = every
        self._how = {"gain": gain, "attack": attack, "release": release}
        self._stream: Stream | None = None
        self._analysis: Analysis | None = None
        self._heard = 0.0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.device = ""  # what is heard now

    def start(self) -> None:
        """Begins to listen; where the device is missing it is waited for. DeviceError where the
        machine has no inputs that could be named.
        """
        self._open()
        self._thread = threading.Thread(target=self._watch, name="slipstream-audio", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Opens the device again where it went away."""
        if self._stream is not None and time.monotonic() - self._heard > SILENT:
            self._said(f"sound: {self.device} went away; its bindings wait for it")
            self._shut()
        if self._stream is None:
            try:
                self._open()
            except DeviceError:
                return  # it was said when it went

    def feed(self, samples: Any) -> None:
        """Sound of any thread, (n, channels) in [-1, 1]."""
        self._heard = time.monotonic()
        for levels in self._analysis.feed(samples) if self._analysis else ():
            for touch in touches(levels):
                self._tell(touch)

    def tune(self, *, gain: float, attack: float, release: float) -> None:
        """Changes how the sound is followed."""
        self._how = {"gain": gain, "attack": attack, "release": release}
        if self._analysis is not None:
            self._analysis.gain, self._analysis.attack = gain, attack
            self._analysis.release = release

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._shut()

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            self.look()

    def _open(self) -> None:
        name = _chosen(self._inputs.names(), self._name)
        self._heard = time.monotonic()
        stream = self._inputs.open(name, self.feed)
        self._analysis = Analysis(stream.rate, **self._how)
        self._stream, self.device = stream, name
        self._said(f"sound in: {name}")

    def _shut(self) -> None:
        stream, self._stream, self._analysis = self._stream, None, None
        if stream is not None:
            stream.close()


def touches(levels: Levels) -> list[Touch]:
    """Levels as touches of the sources `audio:...`."""
    named = [(f"band{n}", level) for n, level in enumerate(levels.bands, 1)]
    named += [(name, getattr(levels, name)) for name in ("low", "mid", "high", "rms")]
    found = [_touch(name, level) for name, level in named]
    return [*found, _touch("onset", 1.0), _touch("onset", 0.0)] if levels.onset else found


def _touch(name: str, level: float) -> Touch:
    return Touch(Source("audio", name), level, round(level * FINE), FINE)


def _chosen(names: list[str], wanted: str) -> str:
    """The input whose name holds what is wanted; the default for the empty name."""
    if not names:
        raise DeviceError("this machine has no sound input; plug one in")
    for name in names:
        if wanted.lower() in name.lower() and wanted not in ("auto", "default"):
            return name
    if wanted in ("", "auto", "default"):
        return names[0]
    listed = ", ".join(names)
    raise DeviceError(f"there is no sound input {wanted!r}{did_you_mean(wanted, names)} ({listed})")
