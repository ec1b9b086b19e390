"""All controllers of a show, opened together; one that is missing costs a sentence, no more."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from app.control.binding import Binding, read
from app.control.echo import Echo, Lights, OscEcho
from app.control.keys import Keys
from app.control.microphone import Microphone, PortAudio
from app.control.osc import PORT, OscSender, OscServer, place
from app.control.ports import Midi, RtMidi
from app.control.router import Router
from engine.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.control.hub import Bindings
    from app.control.microphone import Inputs
    from app.control.ports import Backend
    from engine.document import Document

Light = Callable[[str], float | None]
log = logging.getLogger(__name__)

AUTO = "auto"
AGAIN = 10.0  # seconds before the same sentence is said again


@dataclass(frozen=True)
class Wishes:
    """What shall be opened: None leaves a kind out, `auto` takes every device or the default.

    `sound` is the input of documents that have bindings to sound, where `audio` names none.
    `osc_out` are places such as `192.168.0.5:9000`; `gain`, `attack` and `release` (seconds) say
    how sound is followed.
    """

    osc_port: int | None = PORT
    osc_out: tuple[str, ...] = ()
    midi: str | None = AUTO
    audio: str | None = None
    sound: str = AUTO
    gain: float = 1.0
    attack: float = 0.01
    release: float = 0.2

    def for_document(self, document: Document) -> Wishes:
        """The same, with the usual sound input where the document has bindings to sound."""
        sounds = any(isinstance(b, Binding) and b.source.kind == "audio" for b in read(document))
        return replace(self, audio=self.sound) if sounds and self.audio is None else self


class Closable(Protocol):
    def close(self) -> None: ...


class Rig:
    """The devices that play one hub. `said` hears a sentence for each that came, went or failed.

    `cue_light` and `action_light` say how bright a cue's or an action's pad is, from 0 to 1; None
    leaves it alone. They are asked on a thread of the rig.
    """

    def __init__(
        self,
        hub: Bindings,
        *,
        said: Callable[[str], object] = lambda _: None,
        actions: Sequence[tuple[str, str]] = (),
        midi: Callable[[], Backend] = RtMidi,
        inputs: Callable[[], Inputs] = PortAudio,
    ) -> None:
        self.hub = hub
        self.keys = Keys(hub)
        self.said = Sayer(said)
        self.router = Router(hub, actions=actions, said=self.said)
        self.midi: Midi | None = None
        self.osc: OscServer | None = None
        self.microphone: Microphone | None = None
        self.cue_light: Light = lambda _: None
        self.action_light: Light = lambda _: None
        self._backend = midi
        self._inputs = inputs
        self._open: list[Closable] = []

    def start(self, wishes: Wishes) -> None:
        """Opens what is wished for, and goes on without what cannot be."""
        if wishes.osc_port is not None:
            self._try(lambda: self._listen(wishes.osc_port or PORT))
        if wishes.midi is not None:
            self._try(lambda: self._plug(wishes.midi or AUTO))
        if wishes.audio is not None:
            self._try(lambda: self._hear(wishes))
        self._try(lambda: self._echo(wishes.osc_out))
        for problem in self.hub.problems:
            self.said(problem)

    def restart(self, wishes: Wishes) -> None:
        """Closes everything and opens what is wished for now."""
        self.close()
        self.start(wishes)

    def close(self) -> None:
        """Ends every device and its thread."""
        for each in reversed(self._open):
            each.close()
        self._open.clear()
        self.midi = self.osc = self.microphone = None

    def devices(self) -> tuple[str, ...]:
        """The MIDI devices that are heard now."""
        return self.midi.devices if self.midi else ()

    def _try(self, begin: Callable[[], None]) -> None:
        try:
            begin()
        except DeviceError as error:
            self.said(str(error))

    def _listen(self, port: int) -> None:
        self.osc = OscServer(self.router.handle, port=port)
        self._open.append(self.osc)
        self.said(f"OSC in: port {self.osc.port}, {len(self.router.addresses)} addresses")

    def _plug(self, wanted: str) -> None:
        names = () if wanted == AUTO else (wanted,)
        missed = self.said if self._misses(wanted) else partial(log.info, "%s")
        try:
            backend = self._backend()
        except DeviceError as error:
            missed(str(error))
            return
        self.midi = Midi(backend, self.hub.touch, wanted=names, said=self.said)
        self._open.append(self.midi)
        self.midi.start()
        if not self.midi.devices:
            missed(_missing(wanted))

    def _misses(self, wanted: str) -> bool:
        """Whether somebody waits for MIDI: it was asked for by name, or a binding listens to it."""
        bound = any(driver.binding.source.kind == "midi" for driver in self.hub.drivers)
        return wanted != AUTO or bound

    def _hear(self, wishes: Wishes) -> None:
        self.microphone = Microphone(
            self._inputs(),
            self.hub.touch,
            name=wishes.audio or AUTO,
            gain=wishes.gain,
            attack=wishes.attack,
            release=wishes.release,
            said=self.said,
        )
        self.microphone.start()
        self._open.append(self.microphone)

    def _echo(self, places: Sequence[str]) -> None:
        ticks: list[Callable[[], None]] = []
        if places:
            sender = OscSender([place(text) for text in places])
            self._open.append(sender)
            ticks.append(OscEcho(self.hub, self.router, sender).tick)
            self.said(f"OSC out: {', '.join(places)}")
        if self.midi is not None:
            lights = Lights(self.hub, self.midi)
            lights.cue_light = lambda name: self.cue_light(name)
            lights.action_light = lambda action: self.action_light(action)
            ticks.append(lights.tick)
        if ticks:
            self._open.append(Echo(*ticks))

    def __repr__(self) -> str:
        return f"<Rig {self.midi!r} {self.osc!r} {self.microphone!r}>"


class Sayer:
    """Says each sentence once in a while: a fader that reaches nothing sends it a hundred times."""

    def __init__(self, said: Callable[[str], object]) -> None:
        self._said = said
        self._when: dict[str, float] = {}
        self._lock = threading.Lock()

    def __call__(self, sentence: str) -> None:
        now = time.monotonic()
        with self._lock:
            if now - self._when.get(sentence, -AGAIN) < AGAIN:
                return
            self._when = {s: at for s, at in self._when.items() if now - at < AGAIN}
            self._when[sentence] = now
        self._said(sentence)


def _missing(wanted: str) -> str:
    what = "nothing is plugged in" if wanted == AUTO else f"there is no device {wanted!r}"
    return f"MIDI: {what}; bindings wait until it is"
