"""Pictures between pictures: both neighbours go half of their motion, and the doubled stream plays
at its own pace, one picture of the input late."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from engine.errors import WeightsError
from engine.node import Context, Node, Packet, Tick, Window, param, resource, state
from engine.values import Flow, Frame
from kernels.blend import premultiply, unpremultiply
from kernels.warp import backward_warp
from nodes.models import held
from nodes.models.refiner import RefinerModel, hold_refiner
from nodes.motion.dense_search import fitted_motion
from nodes.motion.midway import Midway, at_middle, midway, misfit, searched, searcher

HALVINGS = {"2": 1, "4": 2}
log = logging.getLogger(__name__)


class Due(NamedTuple):
    """A picture on its way, and when it is shown (flicks)."""

    packet: Packet[Frame]
    at: int


class Interpolate(
    Node,
    id="motion.interpolate",
    title="Frame doubler",
    aliases=("anvil", "slow motion", "tween", "rife", "interpolate", "frame rate"),
):
    """Puts pictures between the pictures, so that twelve a second move like twenty-four.

    It finds how everything moves from one picture to the next and carries both to the moment
    between them. The picture comes one frame of the input later, whatever the factor. Where the
    material cuts, the old picture stands until the new one comes: nothing melts.

    Behind a film that plays at half speed it makes slow motion; behind a generator it makes a slow
    machine look fast. `warped` carries, `refined` also asks a small network, which takes twice the
    time and as yet mends little, on painted worlds alone; `blended` mixes both pictures where they
    are, as a long exposure does. Link `flow` where the motion is known already, such as that of a
    world: it has to belong to the same picture, from the one before.
    """

    factor: Literal["2", "4"] = param(
        default="2", doc="How many pictures come out for one that comes in"
    )
    quality: Literal["refined", "warped", "blended"] = param(
        default="warped", doc="Carried and mended, carried alone, or mixed where they are"
    )
    size: int = param(
        default=320, doc="Longer side of the picture that motion is searched in", min=16, max=2048,
        soft=(128, 1024), unit="px",
    )  # fmt: skip
    cut: float = param(
        default=0.6, min=0, max=10, soft=(0.2, 2),
        doc="How unlike two pictures are that nothing is put between; shots differ by 0.7 or more",
    )  # fmt: skip
    _last: Packet[Frame] | None = state()
    _flows: tuple[Packet[Flow], ...] = state(())  # of pictures that have not come yet
    _due: tuple[Due, ...] = state(())
    _search: Any = resource()
    _lease: held.Held[RefinerModel] | None = resource()
    _missing: str = resource("")  # why there is none, until it was said

    def setup(self, ctx: Context) -> None:
        self._search = searcher()
        try:
            self._lease = hold_refiner(ctx)
        except WeightsError as error:
            self._missing = str(error)

    def teardown(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.release()

    def process(
        self, tick: Tick, frame: Window[Packet[Frame]], flow: Window[Packet[Flow]] = ()
    ) -> Iterator[Packet[Frame]]:
        self._flows = (*self._flows, *flow)
        for packet in frame:
            self._take(packet, tick.pts)
        released = [due.packet for due in self._due if due.at <= tick.pts]
        self._due = self._due[len(released) :]
        yield from released

    def drain(self) -> Iterator[Packet[Frame]]:
        late, self._due = self._due, ()
        yield from (due.packet for due in late)

    def _take(self, packet: Packet[Frame], now: int) -> None:
        """A picture has come: those since the one before it play from now on, at their spacing."""
        before, self._last = self._last, packet
        motion = self._known_motion(packet)
        self._due = tuple(Due(due.packet, min(due.at, now)) for due in self._due)
        jumped = packet.cut or (before is not None and before.epoch != packet.epoch)
        if before is None or jumped or packet.pts <= before.pts:
            self._due += (Due(Packet(packet.value, packet.pts, cut=jumped), now),)
            return
        length = packet.pts - before.pts
        pictures = (*self._between(before.value, packet.value, motion), packet.value)
        for number, picture in enumerate(pictures, 1):
            after = length * number // len(pictures)
            self._due += (Due(Packet(picture, before.pts + after), now + after),)

    def _known_motion(self, packet: Packet[Frame]) -> Flow | None:
        """The linked flow of this very picture; those of earlier ones are forgotten."""
        found = next((each.value for each in self._flows if each.pts == packet.pts), None)
        self._flows = tuple(each for each in self._flows if each.pts > packet.pts)
        return found

    def _between(self, first: Frame, second: Frame, flow: Flow | None) -> tuple[Frame, ...]:
        """One picture between two, or three; the first again where they have no middle."""
        halvings = HALVINGS[self.factor]
        again = (first,) * (2**halvings - 1)
        if first.tensor.shape != second.tensor.shape:
            return again
        layers = _layers(first), _layers(second).to(first.tensor.device)
        if torch.equal(*layers):
            return again
        motion = self._motion(*layers, flow)
        carried = midway(*layers, motion) if self.quality != "blended" else Midway(*layers, motion)
        if not misfit(carried.first[:, :3], carried.second[:, :3]) < self.cut:
            return again
        made = self._halved(*layers, carried, halvings)
        opaque = first.alpha is None and second.alpha is None
        return tuple(_frame(each, first.tensor.dtype, opaque=opaque) for each in made)

    def _motion(self, first: Tensor, second: Tensor, flow: Flow | None) -> Tensor:
        """(1, 2, H, W) of the middle's pixels; nothing moves in a plain mix."""
        height, width = first.shape[2:]
        if self.quality == "blended":
            return first.new_zeros(1, 2, height, width)
        if flow is None:
            return searched(first[:, :3], second[:, :3], self._search, size=self.size)
        return at_middle(fitted_motion(flow.tensor.to(first).nan_to_num(0, 0, 0), height, width))

    def _halved(
        self, first: Tensor, second: Tensor, carried: Midway, times: int
    ) -> tuple[Tensor, ...]:
        """Pictures (1, 4, H, W) between two, by halves of halves."""
        middle = self._mended(carried)
        if times == 1:
            return (middle,)
        half = carried.motion / 2
        early = midway(first, middle, backward_warp(half, half * 0.5)[0])
        late = midway(middle, second, backward_warp(half, half * -0.5)[0])
        return (
            *self._halved(first, middle, early, times - 1),
            middle,
            *self._halved(middle, second, late, times - 1),
        )

    def _mended(self, carried: Midway) -> Tensor:
        """The middle (1, 4, H, W) of two pictures that were carried there."""
        first, second, _ = carried
        mixed = (first + second) / 2
        if self.quality != "refined":
            return mixed
        if self._lease is None:
            self._say_what_is_missing()
            return mixed
        refined = self._lease.model.middle(first[:, :3], second[:, :3])
        return torch.cat([refined, mixed[:, 3:]], 1)

    def _say_what_is_missing(self) -> None:
        missing, self._missing = self._missing, ""
        if missing:
            log.warning("%s; pictures between are carried and not refined", missing)


def _layers(frame: Frame) -> Tensor:
    """(1, 4, H, W) float32: colour weighted by its alpha, and alpha."""
    colour = frame.tensor.float().nan_to_num().clamp(0, 1)
    if frame.alpha is None:
        return torch.cat([colour, torch.ones_like(colour[:, :1])], 1)
    alpha = frame.alpha.float().nan_to_num().clamp(0, 1)
    return torch.cat([premultiply(colour, alpha), alpha], 1)


def _frame(layers: Tensor, dtype: torch.dtype, *, opaque: bool) -> Frame:
    colour, alpha = layers[:, :3], layers[:, 3:]
    if opaque:
        return Frame(colour.to(dtype))
    return Frame(unpremultiply(colour, alpha).clamp(0, 1).to(dtype), alpha.to(dtype))
