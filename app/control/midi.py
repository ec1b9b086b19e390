"""What MIDI bytes mean: each message becomes touches; pairs of fourteen bits and NRPNs are joined.

Bytes of any length and value are taken; what is no channel message is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.control.source import Source, Touch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FINE = 16383
DATA, DATA_FINE, STEP_UP, STEP_DOWN = 6, 38, 96, 97  # controllers of the MIDI 1.0 table
NRPN, NRPN_FINE, RPN, RPN_FINE = 99, 98, 101, 100
LONGEST = 3  # bytes of a channel message


class Decoder:
    """One device's bytes as touches; it remembers the halves that wait for each other."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._coarse: dict[tuple[int, int], int] = {}  # (channel, controller) -> upper half
        self._pairs: set[tuple[int, int]] = set()  # whose halves came one after the other
        self._newest: tuple[int, int] | None = None
        self._nrpn: dict[int, list[int]] = {}  # channel -> [number's halves, value's halves]

    def touches(self, message: Sequence[int]) -> list[Touch]:
        """The touches of one message, in the order in which they are to be taken."""
        status = message[0] if message else 0
        data = message[1:LONGEST]
        reader = READERS.get(status >> 4)
        if status > 255 or reader is None or len(data) < (1 if status >> 4 in SHORT else 2):
            return []
        if any(not 0 <= byte <= 127 for byte in data):
            return []
        return list(reader(self, (status & 15) + 1, data[0], data[1] if len(data) > 1 else 0))

    def _touch(self, channel: int, control: str, number: int, raw: int, top: int = 127) -> Touch:
        source = Source("midi", control, number, self.device, channel)
        return Touch(source, raw / top, raw, top)

    def _note(self, channel: int, number: int, velocity: int) -> Iterator[Touch]:
        yield self._touch(channel, "note", number, velocity)

    def _note_off(self, channel: int, number: int, _: int) -> Iterator[Touch]:
        yield self._touch(channel, "note", number, 0)

    def _poly(self, channel: int, number: int, value: int) -> Iterator[Touch]:
        yield self._touch(channel, "poly", number, value)

    def _pressure(self, channel: int, value: int, _: int) -> Iterator[Touch]:
        yield self._touch(channel, "pressure", -1, value)

    def _program(self, channel: int, number: int, _: int) -> Iterator[Touch]:
        struck = self._touch(channel, "program", number, number)
        yield struck._replace(position=1.0)
        yield self._touch(channel, "program", -1, number)._replace(position=1.0)

    def _pitch(self, channel: int, low: int, high: int) -> Iterator[Touch]:
        yield self._touch(channel, "pitch", -1, high << 7 | low, FINE)

    def _controller(self, channel: int, number: int, value: int) -> Iterator[Touch]:
        if number in (NRPN, NRPN_FINE, RPN, RPN_FINE):
            self._choose(channel, number, value)
            return
        if channel in self._nrpn and number in (DATA, DATA_FINE, STEP_UP, STEP_DOWN):
            yield from self._data(channel, number, value)
            return
        yield self._touch(channel, "cc", number, value)
        if number < 64:
            yield from self._joined(channel, number, value)

    def _joined(self, channel: int, number: int, value: int) -> Iterator[Touch]:
        """Controllers 0 to 31 have their lower halves at 32 to 63; a pair counts once both came."""
        pair, before = (channel, number % 32), self._newest
        self._newest = pair if number < 32 else None
        if number < 32:
            self._coarse[pair] = value
            return
        if before == pair:
            self._pairs.add(pair)
        if pair in self._pairs:
            yield self._touch(channel, "cc14", pair[1], self._coarse[pair] << 7 | value, FINE)

    def _choose(self, channel: int, number: int, value: int) -> None:
        """Which NRPN the next data is for; an RPN takes the data away from it."""
        if number in (RPN, RPN_FINE):
            self._nrpn.pop(channel, None)
            return
        chosen = self._nrpn.setdefault(channel, [0, 0, 0, 0])
        chosen[0 if number == NRPN else 1] = value
        chosen[2:] = 0, 0

    def _data(self, channel: int, number: int, value: int) -> Iterator[Touch]:
        chosen = self._nrpn[channel]
        if number in (STEP_UP, STEP_DOWN):
            whole = (chosen[2] << 7 | chosen[3]) + (1 if number == STEP_UP else -1)
            whole = max(0, min(FINE, whole))
            chosen[2:] = whole >> 7, whole & 127
        else:
            chosen[2 if number == DATA else 3] = value
        parameter = chosen[0] << 7 | chosen[1]
        if number != DATA_FINE:
            yield self._touch(channel, "nrpn", parameter, chosen[2])
        if number != DATA:
            yield self._touch(channel, "nrpn14", parameter, chosen[2] << 7 | chosen[3], FINE)


READERS = {
    0x8: Decoder._note_off,
    0x9: Decoder._note,
    0xA: Decoder._poly,
    0xB: Decoder._controller,
    0xC: Decoder._program,
    0xD: Decoder._pressure,
    0xE: Decoder._pitch,
}
SHORT = frozenset({0xC, 0xD})  # messages of one data byte


def encode(source: Source, position: float) -> list[tuple[int, ...]]:
    """The messages that show a position at a control's light or motor; none where it has none."""
    channel = max(0, source.channel - 1)
    raw = round(max(0.0, min(1.0, position)) * 127)
    fine = round(max(0.0, min(1.0, position)) * FINE)
    match source.control:
        case "cc":
            return [(0xB0 | channel, source.number, raw)]
        case "cc14" if source.number < 32:
            halves = (source.number, fine >> 7), (source.number + 32, fine & 127)
            return [(0xB0 | channel, *half) for half in halves]
        case "note":
            return [(0x90 | channel, source.number, raw)]
        case "pitch":
            return [(0xE0 | channel, fine & 127, fine >> 7)]
    return []
