"""What an OSC message does: it finds what its address reaches, and sets, asks or calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.control.addresses import Addresses
from app.control.osc import Message
from app.control.osc_values import ASK, answer, wanted
from app.control.source import LONGEST, Source, Touch
from app.tempo import FASTEST, SLOWEST
from engine.errors import GraphError, ParamError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.control.addresses import Address
    from app.control.hub import Bindings
    from engine.document import Document
    from engine.param import Param

FINE = 1 << 16  # steps that a fader of OSC is taken to have
TAP, BPM = "/tempo/tap", "/tempo/bpm"
STANDING = ("/selected/", TAP, BPM)  # addresses that are there whatever they reach


class Router:
    """OSC of one hub. `selected` are the keys that /selected stands for; `set_bpm` takes the tempo
    where the show has one of its own, beat clocks do otherwise.
    """

    def __init__(
        self,
        hub: Bindings,
        *,
        actions: Sequence[tuple[str, str]] = (),
        said: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._hub = hub
        self._actions = tuple(actions)
        self._said = said
        self.selected: tuple[str, ...] = ()
        self.set_bpm: Callable[[float], object] | None = None
        self._document: Document | None = None
        self._addresses = Addresses(hub.document, self._actions)

    @property
    def addresses(self) -> Addresses:
        """Every address of the document that the hub follows."""
        document = self._hub.document
        if document is not self._document:
            self._addresses = Addresses(document, self._actions)
            self._document = document
        return self._addresses

    def handle(self, message: Message) -> list[Message]:
        """Does what a message asks; the answers to it."""
        self._hub.heard("osc")
        if len(message.path) > LONGEST:
            return []
        was_bound = self._touch(message)
        if self._keeps_time(message):
            return []
        rows = [row for path in self._paths(message.path) for row in self.addresses.find(path)]
        if not rows and not was_bound and not message.path.startswith(STANDING):
            self._said(f"OSC: nothing has the address {message.path}")
        return [reply for row in rows for reply in self._do(row, message.args)]

    def _keeps_time(self, message: Message) -> bool:
        """Whether the show's own tempo took it: beat clocks follow that one."""
        if self.set_bpm is None:
            return False
        value = message.args[0] if message.args else 1
        if message.path == TAP and _is_press(message.args):
            self._hub.act("tempo.tap")
        elif message.path == BPM and isinstance(value, int | float) and SLOWEST <= value <= FASTEST:
            self.set_bpm(float(value))
        else:
            return message.path == TAP
        return True

    def _paths(self, path: str) -> list[str]:
        """The addresses that one stands for: of what is selected, of every clock, or itself."""
        head, _, rest = path.removeprefix("/").partition("/")
        keys = {"selected": self.selected, "tempo": self.addresses.clocks()}.get(head)
        if keys is None or not path.startswith(STANDING):
            return [path]
        return [end for key in keys if (end := self.addresses.of(key, rest))]

    def _do(self, row: Address, args: Sequence[Any]) -> list[Message]:
        if row.param is not None:
            return self._param(row, row.param, args)
        if _is_press(args):
            self._call(row)
        return []

    def _call(self, row: Address) -> None:
        if row.action:
            self._hub.act(row.action)
        else:
            self._hub.launch(row.cue)

    def _param(self, row: Address, param: Param, args: Sequence[Any]) -> list[Message]:
        def current() -> Any:
            return self._hub.value(row.key, param.name)

        try:
            if list(args) == [ASK]:
                return [Message(row.path, answer(current()))]
            value = wanted(param, args, current)
        except (ParamError, GraphError) as error:
            self._said(f"OSC {row.path}: {error}")
            return []
        if value is not None:
            self._hub.put(row.key, param.name, value, "osc")
        return []

    def _touch(self, message: Message) -> bool:
        """Tells the numbers to bindings of this address; whether one took one."""
        took = False
        for number, value in enumerate(message.args[:64]):
            if isinstance(value, int | float) and value == value:
                position = min(1.0, max(0.0, float(value)))
                source = Source("osc", message.path, number)
                touch = Touch(source, position, round(position * FINE), FINE)
                took |= self._hub.touch(touch)
        return took


def _is_press(args: Sequence[Any]) -> bool:
    """Whether a button was pressed: it sends 0 when it is let go."""
    held = args[0] if args else 1
    return isinstance(held, int | float) and bool(held)
