"""OSC over UDP: a server on a thread of its own, and a sender of what changed.

Datagrams of any shape are taken; what is no OSC is counted and passed over. Bundles are taken at
once, whatever time they carry: this is an instrument.
"""

from __future__ import annotations

import logging
import select
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PORT = 7000  # Resolume's and many others' default
LARGEST = 65535  # bytes of a datagram
TRIES = 20  # ports looked at for a free one
MOST = 512  # messages of one datagram
# what python-osc lets through, or runs into, on bytes that are no OSC
MANGLED = (ValueError, LookupError, TypeError, OverflowError, RecursionError, struct.error)

Sender = tuple[str, int]


class Message(NamedTuple):
    """An address with its arguments."""

    path: str
    args: list[Any]


class OscServer:
    """Hears on a UDP port; `handle` gives the answers that go back to whoever asked."""

    def __init__(
        self,
        handle: Callable[[Message], Iterable[Message]],
        *,
        port: int = PORT,
        host: str = "0.0.0.0",
    ) -> None:
        self._handle = handle
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.mangled = 0
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="slipstream-osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.send(b"x")
        self._thread.join()
        for each in (self._socket, self._stop, self._stopped):
            each.close()

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket, self._stopped], [], [])
            if self._stopped in ready:
                return
            try:
                datagram, sender = self._socket.recvfrom(LARGEST)
            except OSError:
                continue  # a sender that is gone says so to who listens (Windows)
            self._take(datagram, sender)

    def _take(self, datagram: bytes, sender: Sender) -> None:
        messages = parsed(datagram)
        self.mangled += messages is None
        for message in messages or ():
            for reply in self._handle(message):
                self._answer(reply, sender)

    def _answer(self, reply: Message, sender: Sender) -> None:
        try:
            self._socket.sendto(packed(reply), sender)
        except OSError:
            return  # who asked is gone

    def __repr__(self) -> str:
        return f"<OscServer port {self.port}, {self.mangled} mangled>"


class OscSender:
    """Sends to any number of places; those that cannot be reached are passed over."""

    def __init__(self, places: Iterable[Sender]) -> None:
        self.places = tuple(places)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def send(self, message: Message) -> None:
        data = packed(message)
        for place in self.places:
            try:
                self._socket.sendto(data, place)
            except OSError:
                continue

    def close(self) -> None:
        self._socket.close()


def parsed(datagram: bytes) -> list[Message] | None:
    """The messages of a datagram, None where it is no OSC."""
    try:
        from pythonosc.osc_packet import OscPacket, ParseError
    except ImportError as error:
        raise DeviceError(f"OSC needs the package {error.name}: install python-osc") from error
    logging.getLogger("pythonosc").setLevel(logging.ERROR)
    try:
        found = OscPacket(datagram).messages[:MOST]
        return [Message(timed.message.address, timed.message.params) for timed in found]
    except (ParseError, *MANGLED):
        return None


def packed(message: Message) -> bytes:
    """A datagram of one message; ValueError where an argument has no type in OSC."""
    from pythonosc.osc_message_builder import build_msg

    return build_msg(message.path, message.args).dgram


def place(text: str) -> Sender:
    """`host:port` or a port of this machine; DeviceError where it is neither."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port[:6]) < 65536:
        raise DeviceError(f"{text!r} is no place for OSC; write 192.168.0.5:9000")
    return host or "127.0.0.1", int(port)


def _bound(host: str, port: int) -> socket.socket:
    heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        heard.bind((host, port))
    except (OSError, OverflowError) as error:
        heard.close()
        raise DeviceError(_busy(host, port, error)) from error
    return heard


def _busy(host: str, port: int, error: Exception) -> str:
    free = free_port(host, port + 1)
    offer = f"; {free} is free" if free else ""
    reason = getattr(error, "strerror", None) or str(error)
    return f"OSC cannot listen on port {port}: {reason}{offer}"


def free_port(host: str, first: int) -> int | None:
    """The next port that nobody listens on."""
    for port in range(first, min(65536, first + TRIES)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((host, port))
            except (OSError, OverflowError):
                continue
            return port
    return None
