"""MIDI ports: which there are, watched as devices come and go, opened and closed by stable names.

A device keeps its name over replugging: the numbers that systems append are taken off. A missing
device costs nothing but its name in the list; when it is back it is opened again.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Protocol

from app.control.midi import Decoder
from engine.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.control.source import Touch

LOOK_EVERY = 2.0  # seconds between looks at what is plugged in
NOT_HARDWARE = ("Midi Through", "RtMidi", "slipstream")  # ports of the system and our own


class Port(Protocol):
    """One open port."""

    def send(self, message: Sequence[int]) -> None:
        """Sends bytes; OSError where the device is gone. Inputs never get any."""
        ...

    def close(self) -> None: ...


class Backend(Protocol):
    """A system's MIDI. Every method raises OSError with a reason where it cannot."""

    def inputs(self) -> list[str]: ...
    def outputs(self) -> list[str]: ...
    def open_input(self, name: str, tell: Callable[[Sequence[int]], object]) -> Port: ...
    def open_output(self, name: str) -> Port: ...


class RtMidi:
    """The machine's MIDI by mido and python-rtmidi; DeviceError where it has none."""

    def __init__(self) -> None:
        try:
            import mido

            self._backend = mido.Backend("mido.backends.rtmidi", load=True)
            self._backend.get_input_names()
        except ImportError as error:
            said = f"MIDI needs the package {error.name}: install slipstream[midi]"
            raise DeviceError(said) from error
        except OSError as error:
            raise DeviceError(f"this machine has no MIDI: {_sentence(error)}") from error

    def inputs(self) -> list[str]:
        return list(self._backend.get_input_names())

    def outputs(self) -> list[str]:
        return list(self._backend.get_output_names())

    def open_input(self, name: str, tell: Callable[[Sequence[int]], object]) -> Port:
        heard = self._backend.open_input(name, callback=lambda message: tell(message.bytes()))
        return _Opened(heard)

    def open_output(self, name: str) -> Port:
        return _Opened(self._backend.open_output(name))


class _Opened:
    """A port of mido's, spoken to in bytes."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def send(self, message: Sequence[int]) -> None:
        import mido

        self._port.send(mido.Message.from_bytes(list(message)))

    def close(self) -> None:
        self._port.close()


class Midi:
    """Every MIDI device, or those whose names hold one of `wanted`, opened as they come."""

    def __init__(
        self,
        backend: Backend,
        tell: Callable[[Touch], object],
        *,
        wanted: Sequence[str] = (),
        said: Callable[[str], object] = lambda _: None,
        every: float = LOOK_EVERY,
    ) -> None:
        self._backend = backend
        self._tell = tell
        self._wanted = tuple(wanted)
        self._said = said
        self._every = every
        self._inputs: dict[str, Port] = {}
        self._outputs: dict[str, Port] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Opens what is there and watches for what comes."""
        self.look()
        self._thread = threading.Thread(target=self._watch, name="slipstream-midi", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Opens devices that came and closes those that went."""
        try:
            found_in, found_out = self._backend.inputs(), self._backend.outputs()
        except OSError as error:
            self._said(f"MIDI devices cannot be listed: {_sentence(error)}")
            return
        with self._lock:
            self._follow(self._inputs, self._named(found_in), self._open_input, "MIDI in")
            self._follow(self._outputs, self._named(found_out), self._open_output, "MIDI out")

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that are heard now."""
        return tuple(self._inputs)

    def send(self, device: str, message: Sequence[int]) -> None:
        """Sends to a device, to all for the empty name; a device that is gone is passed over."""
        with self._lock:
            for name in (device,) if device else tuple(self._outputs):
                port = self._outputs.get(name)
                try:
                    if port is not None:
                        port.send(message)
                except (OSError, ValueError):
                    self._shut(self._outputs, name)

    @property
    def has_outputs(self) -> bool:
        return bool(self._outputs)

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            for ports in (self._inputs, self._outputs):
                for name in tuple(ports):
                    self._shut(ports, name)

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            self.look()

    def _named(self, ports: list[str]) -> dict[str, str]:
        """Stable name -> the system's name; two of one kind are numbered."""
        found: dict[str, str] = {}
        for port in ports:
            name = stable_name(port)
            if name.startswith(NOT_HARDWARE) or not self._wants(name):
                continue
            number = 2
            while name in found:
                name, number = f"{stable_name(port)} ({number})", number + 1
            found[name] = port
        return found

    def _wants(self, name: str) -> bool:
        wanted = [each.lower() for each in self._wanted]
        return not wanted or any(each in name.lower() for each in wanted)

    def _follow(
        self,
        opened: dict[str, Port],
        found: dict[str, str],
        open_port: Callable[[str, str], Port],
        what: str,
    ) -> None:
        for name in [name for name in opened if name not in found]:
            self._shut(opened, name)
            self._said(f"{what}: {name} went away; its bindings wait for it")
        for name in [name for name in found if name not in opened]:
            try:
                opened[name] = open_port(name, found[name])
            except (OSError, ValueError) as error:
                self._said(f"{what}: {name} cannot be opened: {_sentence(error)}")
            else:
                self._said(f"{what}: {name}")

    def _open_input(self, name: str, port: str) -> Port:
        decoder = Decoder(name)

        def heard(message: Sequence[int]) -> None:
            for touch in decoder.touches(message):
                self._tell(touch)

        return self._backend.open_input(port, heard)

    def _open_output(self, _: str, port: str) -> Port:
        return self._backend.open_output(port)

    def _shut(self, ports: dict[str, Port], name: str) -> None:
        port = ports.pop(name, None)
        try:
            if port is not None:
                port.close()
        except (OSError, ValueError) as error:
            self._said(f"{name} did not close: {_sentence(error)}")

    def __repr__(self) -> str:
        return f"<Midi {len(self._inputs)} in, {len(self._outputs)} out>"


def stable_name(port: str) -> str:
    """`nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0` (ALSA) and `nanoKONTROL2 0` (Windows) by what stays.

    The client's name is left out where the port's begins with it; a slash would end a source's
    device, so it is a dash.
    """
    name = re.sub(r"\s+\d+:\d+$", "", port.strip())
    client, colon, own = name.partition(":")
    if colon and own.startswith(client):
        name = own
    shorter = re.sub(r"\s+\d+$", "", name) if not colon else name
    return (shorter or name).replace("/", "-").replace(":", " ") or "MIDI"


def _sentence(error: Exception) -> str:
    """The reason without the names of a library's functions."""
    text = (str(error) or type(error).__name__).rpartition("::")[2]
    return text.partition(": ")[2].rstrip(".") or text.rstrip(".")
