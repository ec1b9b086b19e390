"""A world that can be looked at at any moment: its painted land slides past, its thing moves, and
what a frame shows is known exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.worlds.air import KINDS, Air
from nodes.worlds.clip_layers import REACH, RIDGES, paint_things, thickness
from nodes.worlds.clip_motion import (
    FLIGHT,
    PAN,
    SPACING,
    RidgePlace,
    Track,
    Travel,
    follow,
    ridge_place,
)
from nodes.worlds.clip_weather import RAINFALL, SLANT, SNOWFALL, weathers
from nodes.worlds.endless import columns
from nodes.worlds.gaits import CREATURES, paint_gait
from nodes.worlds.land_strips import TILE, Land, with_words
from nodes.worlds.live_words import LiveWords
from nodes.worlds.noise import Paper
from nodes.worlds.sea import WET, Sea
from nodes.worlds.styles import STYLE_FILTERS, watercolour

CROSSING = ("bird", "fish", "horse")  # go somewhere
WET_FLOW = 0.005  # how far watercolours run, in picture heights: less than in a still


@dataclass(frozen=True, slots=True)
class Position:
    """How far a journey has come: seconds in the world, way to the side and ahead at the camera's
    own pace in seconds of travel, way of the waves."""

    seconds: float = 0.0
    side: float = 0.0
    ahead: float = 0.0
    waves: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen at one moment: picture (1, 3, H, W) in [0, 1], how much of each pixel is the
    thing (1, 1, H, W), and where the thing is."""

    picture: Tensor
    mask: Tensor
    track: Track


class LiveWorld:
    """One world in words, standing on a painted land; `at` paints any moment of it."""

    def __init__(self, words: LiveWords, land: Land) -> None:
        self.words, self.land = words.fitted(), land
        self.worlds = with_words(land, self.words.clip.still)
        self._thing = self._painted_thing()  # (phases, 4, S, S)
        aspect = land.place.width / land.place.height
        air = self.words.air
        self._air = Air(air, land.place.seed, aspect) if air in KINDS else None
        rng = torch.Generator()
        rng.set_state(land.paper)
        self._paper = Paper(rng)
        self._sea = Sea.of(self.worlds, [0], land.waves)
        self._high, self._wide = land.place.height, land.place.width
        self._left = 0.5 - self._wide / self._high / 2  # of the frame, a square one's is 0
        line = (torch.arange(self._high) + 0.5) / self._high
        self._v = line[:, None].expand(self._high, self._wide)
        self._u = (torch.arange(self._wide) + 0.5) / self._high + self._left

    def at(self, position: Position) -> Moment:
        """Paints a moment in the world's style."""
        camera = self._camera(position)
        film = self._landscape(camera, position)
        where = follow(
            [self.words.clip], self.worlds, camera, self.land.build, beyond=max(0.0, -self._left)
        )
        where = self._crossing(where, camera)
        mask = self._lay_thing(film, where, position.seconds)
        self._lay_weather(film, camera)
        if self._air:
            self._air.lay(film, position.seconds, float(camera.shift))
        return Moment(self._styled(film.clamp_(0, 1)), mask, where)

    def middle(self, moment: Moment) -> tuple[float, float]:
        """Where the middle of the thing is in a frame, as shares of its width and height."""
        across = (float(moment.track.u) - self._left) * self._high / self._wide
        return across, float(moment.track.v)

    def _painted_thing(self) -> Tensor:
        side = self.land.place.height // 2
        if self.words.thing in CREATURES:
            return paint_gait(self.worlds, side, REACH)
        return paint_things(self.worlds, side)

    def _styled(self, film: Tensor) -> Tensor:
        paper = self._paper.again()
        if self.words.style == "watercolour":
            return watercolour(film, paper, flow=WET_FLOW).clamp(0, 1)
        style = STYLE_FILTERS.get(self.words.style)
        return style(film, paper).clamp(0, 1) if style else film

    def _crossing(self, where: Track, camera: Travel) -> Track:
        """Creatures go their own way, as fast as a camera that pans beside them."""
        if self.words.thing not in CROSSING or bool(camera.flying) or bool(camera.orbit):
            return where
        room = max(0.0, -self._left) + 0.12  # as wide as they are
        begin = 0.5 + 0.24 * (self.land.build.u.double() - 0.5)
        way = begin + PAN * camera.seconds - camera.shift
        crossed = torch.remainder(way + 0.3 + room, SPACING + 2 * room) - 0.3 - room
        return replace(where, u=where.u - begin + crossed)

    def _camera(self, position: Position) -> Travel:
        """The journey as this world's camera makes it, in double precision: shows last long."""
        speed, place = float(self.land.pace.speed), self.land.place

        def moment(value: float) -> Tensor:
            return torch.tensor([[value]], dtype=torch.float64)

        ahead = position.ahead if place.flying else 0.0
        return Travel(
            shift=moment(PAN * speed * position.side),
            passed=moment(float(self.land.pace.phase) + FLIGHT * speed * ahead),
            orbit=torch.tensor([self.words.camera == "orbit"]),
            flying=torch.tensor([place.flying]),
            seconds=torch.tensor([position.seconds], dtype=torch.float64),
        )

    def _landscape(self, camera: Travel, position: Position) -> Tensor:
        film, shift = self.land.sky.clone(), float(camera.shift)
        places = [ridge_place(camera, i, RIDGES) for i in range(RIDGES)]
        rows = [self._rows(at) for at in places]  # where each begins, and where it hides all
        wet = self.words.scene in WET
        ends = [min(solid for _, solid in rows[i:]) for i in range(RIDGES)] + [self._high]
        if wet:
            beach = int(float(self._sea.line) * self._high) + self._high // 16
            ends[:-1] = [max(end, beach) for end in ends[:-1]]
        self._lay_clouds(film, camera, ends[0])
        for i in range(RIDGES - 1):
            self._lay_ridge(film, places[i], shift, rows[i][0], ends[i + 1])
        if wet:
            self._lay_water(film, shift, position.waves)
        self._lay_ridge(film, places[-1], shift, rows[-1][0], self._high)
        return film

    def _lay_clouds(self, film: Tensor, camera: Travel, bottom: int) -> None:
        drift = self.land.wind * float(camera.seconds) + 0.12 * float(camera.shift)
        start = (TILE / 2 - 0.5 + self._left + drift) * self._high
        found = self.land.clouds.window(start, self._wide, 0, bottom)
        film[0, :, :bottom] += (found[:3] - film[0, :, :bottom]) * found[3:]

    def _rows(self, at: RidgePlace) -> tuple[int, int]:
        """The rows of the frame where a ridge begins and where it hides what is behind it."""
        strip = self.land.ridges[int(at.number)]
        horizon, scale = float(self.worlds.horizon), float(at.scale)

        def seen(row: int) -> float:
            return horizon + float(at.base) + (row / self._high - horizon) * scale

        top = max(0, int(seen(strip.top) * self._high) - 1)
        solid = int(seen(strip.solid) * self._high) + 2
        hides = strip.solid < self._high and float(at.appear) == 1.0
        return min(top, self._high), min(max(solid, 0), self._high) if hides else self._high

    def _lay_ridge(self, film: Tensor, at: RidgePlace, shift: float, top: int, end: int) -> None:
        if top >= end:
            return
        strip = self.land.ridges[int(at.number)]
        aside = shift * float(at.pivot)
        if self.land.place.flying:
            found = self._scaled(strip.ring, at, aside, top, end)
        else:
            start = (TILE / 2 - 0.5 + self._left + aside) * self._high
            found = strip.window(start, self._wide, top, end)
        film[0, :, top:end] += (found[:3] - film[0, :, top:end]) * found[3:]

    def _scaled(self, ring: Tensor, at: RidgePlace, aside: float, top: int, end: int) -> Tensor:
        """A ridge of its own size and haze, (4, rows, W)."""
        high, scale = self._high, float(at.scale)
        horizon = float(self.worlds.horizon)
        v = horizon + (self._v[top:end] - horizon - float(at.base)) / scale
        u = (TILE / 2 + (self._u - 0.5) / scale + aside) * high
        begin = int(float(u[0]) // 1) - 1
        count = int(float(u[-1] - u[0])) + 4
        lane = columns(ring, begin, count)
        place = torch.stack([((u - begin) / count * 2 - 1).expand_as(v), v * 2 - 1], -1)
        found = F.grid_sample(lane[None], place[None], padding_mode="border", align_corners=False)[
            0
        ]
        thick = thickness(at.near.float(), self.worlds.fog[0])
        colour = torch.lerp(found[:3], self.worlds.haze[0].expand_as(found[:3]), thick)
        return torch.cat([colour, found[3:] * float(at.appear)])

    def _lay_water(self, film: Tensor, shift: float, pace: float) -> None:
        top = int(float(self._sea.line) * self._high)
        u, v = self._u.expand(1, self._high - top, self._wide), self._v[None, top:]
        waves = self._sea.endless_waves(u, v, shift, pace)
        film[:, :, top:] = self._sea.surface(film, u, v, waves)

    def _lay_thing(self, film: Tensor, where: Track, seconds: float) -> Tensor:
        mask = torch.zeros_like(film[:, :1])
        radius = float(where.radius)
        middle_u, middle_v = float(where.u) - self._left, float(where.v)
        rows = self._span(middle_v, radius, self._high)
        across = self._span(middle_u, radius, self._wide)
        if self.words.thing == "none" or rows[0] >= rows[1] or across[0] >= across[1]:
            return mask
        x = (self._u[slice(*across)] - float(where.u)) / radius
        y = (self._v[slice(*rows), :1] - middle_v) / radius
        cos, sin = float(where.turn.cos()), float(where.turn.sin())
        place = torch.stack([x * cos + y * sin, y * cos - x * sin], -1)[None] / REACH
        found = F.grid_sample(self._posture(seconds), place, align_corners=False)[0]
        part = film[0, :, slice(*rows), slice(*across)]
        part.mul_(1 - found[3:]).add_(found[:3])
        mask[0, :, slice(*rows), slice(*across)] = found[3:]
        return mask

    def _posture(self, seconds: float) -> Tensor:
        """The thing as it stands now, (1, 4, S, S)."""
        phases = len(self._thing)
        if phases == 1:
            return self._thing
        _, strides = CREATURES[self.words.thing]
        now = int(seconds * strides * phases) % phases
        return self._thing[now : now + 1]

    def _span(self, middle: float, radius: float, most: int) -> tuple[int, int]:
        reach = 1.42 * REACH * radius  # the little picture may stand on a corner
        low, top = int((middle - reach) * self._high), int((middle + reach) * self._high) + 2
        return max(0, low), min(most, top)

    def _falls(self) -> tuple[bool, bool]:
        """Whether it snows, and whether it rains."""
        if self.words.weather != "fitting":
            return self.words.weather == "snow", self.words.weather == "rain"
        (snows,), (rains,) = weathers([self.words.clip.still])
        return snows, rains

    def _lay_weather(self, film: Tensor, camera: Travel) -> None:
        snows, rains = self._falls()
        if not (snows or rains):
            return
        fall = (SNOWFALL if snows else RAINFALL) * float(camera.seconds)
        aside = SLANT * fall + float(camera.shift)
        ring = self.land.flakes if snows else self.land.drops
        found = _slid(ring, (self._left + aside) * self._high, -fall * self._high, self._wide)
        tint = torch.ones(3, 1, 1) if snows else self.worlds.haze[0] + 0.2
        film[0] += (tint - film[0]) * found.clamp_(0, 0.9)


def _slid(ring: Tensor, x: float, y: float, wide: int) -> Tensor:
    """A picture (H, W) that repeats both ways, from (x, y) on: (H, wide)."""
    column, row = int(x // 1), int(y // 1)
    found = columns(ring, column, wide + 1)
    found = torch.lerp(found[:, :-1], found[:, 1:], x - column)
    found = torch.roll(found, -row, 0)
    return torch.lerp(found, torch.roll(found, -1, 0), y - row)
