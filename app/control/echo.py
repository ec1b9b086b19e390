"""What goes back out: parameters that changed to OSC, and to the lights and motors of controllers.

One thread looks thirty times a second, at what controllers moved first and at a share of the rest,
so that a document of any size costs the same.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from app.control.midi import encode
from app.control.osc import Message
from app.control.osc_values import answer
from engine.errors import GraphError, ParamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.control.addresses import Address
    from app.control.driver import Driver
    from app.control.hub import Bindings
    from app.control.osc import OscSender
    from app.control.ports import Midi
    from app.control.router import Router

RATE = 30.0  # looks a second
SHARE = 64  # parameters per look besides those that move
HOT = 1.0  # seconds for which a parameter that was set is looked at every time
HANDS_OFF = 0.5  # seconds after a touch in which its own control is left alone


class OscEcho:
    """Sends parameters that changed since they were sent last."""

    def __init__(self, hub: Bindings, router: Router, sender: OscSender) -> None:
        self._hub = hub
        self._router = router
        self._sender = sender
        self._sent: dict[str, Any] = {}
        self._next = 0

    def tick(self) -> None:
        """One look: at most one message for each parameter."""
        moving = dict.fromkeys(self._moving())
        for row in moving:
            self._tell(row, is_news=True)
        for row in self._share():
            if row not in moving:
                self._tell(row, is_news=False)

    def _moving(self) -> Iterator[Address]:
        since = time.monotonic() - HOT
        for (key, name), at in tuple(self._hub.hot.items()):
            path = self._router.addresses.of(key, name) if at > since else None
            if path is not None:
                yield from self._router.addresses.find(path)

    def _share(self) -> Iterator[Address]:
        rows = self._router.addresses.params
        for number in range(min(SHARE, len(rows))):
            yield rows[(self._next + number) % len(rows)]
        self._next = (self._next + SHARE) % max(1, len(rows))

    def _tell(self, row: Address, *, is_news: bool) -> None:
        """Sends a value that is another than before; the first that is seen only if it was set."""
        assert row.param is not None
        try:
            value = answer(self._hub.value(row.key, row.param.name))
        except (GraphError, ParamError):
            return  # its node went away a moment ago
        known = self._sent.get(row.path)
        self._sent[row.path] = value
        if known != value and (is_news or known is not None):
            self._sender.send(Message(row.path, value))


class Lights:
    """Shows parameters and cues on the controllers that drive them.

    `cue_light` and `action_light` say how bright, from 0 to 1; None leaves the light alone.
    """

    def __init__(self, hub: Bindings, midi: Midi) -> None:
        self._hub = hub
        self._midi = midi
        self._sent: dict[tuple[str, tuple[int, ...]], tuple[int, ...]] = {}
        self.cue_light: Callable[[str], float | None] = lambda _: None
        self.action_light: Callable[[str], float | None] = lambda _: None

    def tick(self) -> None:
        """Sends what changed, to each control at most once."""
        now = time.monotonic()
        for driver in self._hub.drivers:
            binding = driver.binding
            rests = now - self._hub.when(binding) > HANDS_OFF or binding.source.is_button
            if binding.source.kind == "midi" and binding.mode != "relative" and rests:
                self._show(driver)

    def forget(self) -> None:
        """All is sent again: a device came back and shows nothing."""
        self._sent.clear()

    def _show(self, driver: Driver) -> None:
        level = self._level(driver)
        source = driver.binding.arrival
        for message in encode(source, level) if level is not None else ():
            place = (source.device, message[:2])
            if self._sent.get(place) != message:
                self._sent[place] = message
                self._midi.send(source.device, message)

    def _level(self, driver: Driver) -> float | None:
        binding = driver.binding
        if driver.span is None:
            light = self.action_light if binding.action else self.cue_light
            return light(binding.action or binding.cue)
        try:
            return driver.span.position(self._hub.value(*binding.end))
        except (GraphError, ParamError):
            return None  # its node went away a moment ago


class Echo:
    """The thread on which echoes look."""

    def __init__(self, *ticks: Callable[[], None], rate: float = RATE) -> None:
        self._ticks = ticks
        self._pause = 1 / rate
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slipstream-echo", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._pause):
            for tick in self._ticks:
                tick()
