"""A world that can be looked at at any moment: its painted land slides past, its thing moves, and
what a frame shows is known exactly."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.worlds.air import KINDS, Air
from nodes.worlds.clip_layers import REACH, RIDGES, paint_things, thickness
from nodes.worlds.clip_motion import (
    FLIGHT,
    PAN,
    SPACING,
    Build,
    RidgePlace,
    Track,
    Travel,
    follow,
    ridge_place,
)
from nodes.worlds.clip_weather import RAINFALL, SLANT, SNOWFALL, weathers
from nodes.worlds.endless import columns
from nodes.worlds.gaits import CREATURES, paint_gait
from nodes.worlds.journey import Position
from nodes.worlds.land_strips import TILE, Land, with_words
from nodes.worlds.live_words import LiveWords
from nodes.worlds.noise import MixedPaper, Paper
from nodes.worlds.sea import WET, Sea
from nodes.worlds.stand import EYE, NEAR, NEXT, Cast, Moment, Stand
from nodes.worlds.styles import STYLE_FILTERS, watercolour
from nodes.worlds.view import LEAN, TILT, View, hand, view

CROSSING = ("bird", "fish", "horse")  # go somewhere
WET_FLOW = 0.005  # how far watercolours run, in picture heights: less than in a still


SLIM = 0.3  # how wide a creature is seen that turns round, as a share
DISTANT = 0.75  # size of a thing on a canvas that is larger than its frame


class LiveWorld:
    """One world in words, standing on a painted land; `at` paints any moment of it.

    `frame` (height, width) in pixels is what is seen of a land that is painted larger; `cast` is
    what the thing has kept from an earlier shot.
    """

    def __init__(
        self,
        words: LiveWords,
        land: Land,
        *,
        frame: tuple[int, int] | None = None,
        cast: Cast | None = None,
    ) -> None:
        self.words, self.land = words.fitted(), land
        self.frame = frame or (land.place.height, land.place.width)
        self.worlds = with_words(land, self.words.clip.still, cast and cast.seed)
        self._thing = self._painted_thing()  # (phases, 4, S, S)
        aspect = land.place.width / land.place.height
        air = self.words.air
        self._air = Air(air, land.place.seed, aspect) if air in KINDS else None
        rng = torch.Generator()
        rng.set_state(land.paper)
        self._paper = Paper(rng)
        self.sea = Sea.of(self.worlds, [0], land.waves)
        self.high, self.wide = land.place.height, land.place.width  # of the canvas
        self.left = 0.5 - self.wide / self.high / 2  # of the canvas, a square one's is 0
        self.close = cast.close if cast else 1.0
        self.build = self._built(cast)
        line = (torch.arange(self.high) + 0.5) / self.high
        self._v = line[:, None].expand(self.high, self.wide)
        self._u = (torch.arange(self.wide) + 0.5) / self.high + self.left

    def at(self, position: Position) -> Moment:
        """Paints a moment in the world's style."""
        moment = self.film(position)
        return replace(moment, picture=self.styled(moment.picture))

    def film(self, position: Position) -> Moment:
        """Paints a moment as a photo of it."""
        stand = self.stand(position)
        film = self._landscape(stand)
        mask = self.lay_thing(film, stand)
        self._lay_weather(film, stand.camera)
        if self._air:
            self._air.lay(film, position.seconds, float(stand.camera.shift))
        if not stand.view.plain:
            film, mask = stand.view.shown(torch.cat([film, mask], 1)).split([3, 1], 1)
        return Moment(film.clamp(0, 1), mask, stand)

    def styled(self, film: Tensor, other: LiveWorld | None = None, share: float = 0.0) -> Tensor:
        """A film (1, 3, H, W) in the world's style, on a paper that has become that of another
        world by a share."""
        paper = self._paper.again()
        if other is not None:
            paper = MixedPaper(paper, other._paper.again(), share)
        if self.words.style == "watercolour":
            return watercolour(film, paper, flow=WET_FLOW).clamp(0, 1)
        style = STYLE_FILTERS.get(self.words.style)
        return style(film, paper).clamp(0, 1) if style else film

    def shares_style(self, other: LiveWorld) -> bool:
        """Whether `styled` can pass from the paper of one into that of the other."""
        return self.words.style == other.words.style != "stained glass"

    def middle(self, moment: Moment) -> tuple[float, float]:
        """Where the middle of the thing is in a frame, as shares of its width and height."""
        x = (float(moment.track.u) - self.left) * self.high
        place = torch.tensor([x, float(moment.track.v) * self.high, 1.0], dtype=torch.float64)
        x, y, away = (torch.linalg.inv(moment.stand.view.to_canvas) @ place).tolist()
        return x / away / self.frame[1], y / away / self.frame[0]

    def stand(self, position: Position) -> Stand:
        """Where all is at a position."""
        camera = self._camera(position)
        near = replace(camera, shift=camera.shift * self.close)
        where = follow(
            [self.words.clip], self.worlds, near, self.build, beyond=max(0.0, -self.left)
        )
        crosses = self._crosses(camera)
        where = self._crossing(where, near, position.run) if crosses else where
        return Stand(
            position,
            camera,
            self._view(position),
            tuple(self.ridge_place(camera, i, position.nearer) for i in range(RIDGES)),
            self._approached(where, position.nearer),
            max(-1.0, min(1.0, 3 * position.heading)) if crosses else 1.0,
        )

    def distance(self, at: RidgePlace) -> float:
        """Metres from the level camera to a ridge before a dolly goes in."""
        if self.land.place.flying:
            return max(0.5, NEXT * (4 - 3 * float(at.near)))
        return NEAR / (0.12 + 0.88 * float(at.near))

    def ridge_place(self, camera: Travel, place: int, nearer: float) -> RidgePlace:
        """Where the `place`-th ridge is seen; one that a dolly nears is larger."""
        at = ridge_place(camera, place, RIDGES)
        if not nearer or self.land.place.flying:
            return at
        away = self.distance(at)
        return replace(at, scale=at.scale * (away / (away - nearer)))

    def _built(self, cast: Cast | None) -> Build:
        build = self.land.build
        if cast is not None:
            same = torch.full_like
            radius, rate = same(build.radius, cast.radius), same(build.rate, cast.rate)
            build = replace(build, radius=radius * cast.close, rate=rate)
        larger = self.high > self.frame[0]
        return replace(build, radius=build.radius * DISTANT) if larger else build

    def _view(self, position: Position) -> View:
        """How the frame looks at the canvas: as far aside as the camera has turned."""
        shake = math.radians(position.shake)
        up, right, lean = hand(position.held, self.land.place.seed) if shake else (0.0, 0.0, 0.0)
        widest = math.asin(min(1.0, 0.4 * self.frame[0] / max(self.frame)))
        rolls = min(math.radians(LEAN), widest) if self.words.camera == "roll" else 0.0
        tilts = math.radians(TILT) if self.words.camera == "tilt" else 0.0
        turned = (
            shake * up + tilts * position.pitch,
            shake * right,
            0.5 * shake * lean + rolls * position.lean,
        )
        most = (tilts + shake, rolls + 0.5 * shake)
        horizon = float(self.worlds.horizon)
        return view(self.frame, (self.high, self.wide), horizon, turned, most)

    def _approached(self, where: Track, nearer: float) -> Track:
        """The thing as it is seen by a dolly that has gone in."""
        if not nearer or self.land.place.flying:
            return where
        away = NEAR / self.close
        scale, horizon = away / (away - nearer), float(self.worlds.horizon)
        return replace(
            where,
            u=0.5 + (where.u - 0.5) * scale,
            v=horizon + (where.v - horizon) * scale,
            radius=where.radius * scale,
        )

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

    def _crosses(self, camera: Travel) -> bool:
        """Whether the thing is a creature that goes its own way through the frame."""
        return self.words.thing in CROSSING and not (bool(camera.flying) or bool(camera.orbit))

    def _crossing(self, where: Track, camera: Travel, run: float) -> Track:
        """Creatures go their own way, as fast as a camera that pans beside them."""
        room = max(0.0, -self.left) + 0.12  # as wide as they are
        begin = 0.5 + 0.24 * (self.build.u.double() - 0.5)
        way = begin + PAN * self.close * run - camera.shift
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

    def _landscape(self, stand: Stand) -> Tensor:
        camera, places = stand.camera, stand.ridges
        film, shift = self.land.sky.clone(), float(camera.shift)
        rows = [self.rows(at) for at in places]  # where each begins, and where it hides all
        wet = self.words.scene in WET
        ends = [min(solid for _, solid in rows[i:]) for i in range(RIDGES)] + [self.high]
        if wet:
            beach = int(float(self.sea.line) * self.high) + self.high // 16
            ends[:-1] = [max(end, beach) for end in ends[:-1]]
        self._lay_clouds(film, camera, ends[0])
        for i in range(RIDGES - 1):
            self._lay_ridge(film, places[i], shift, rows[i][0], ends[i + 1])
        if wet:
            self._lay_water(film, shift, stand.position)
        self._lay_ridge(film, places[-1], shift, rows[-1][0], self.high)
        return film

    def _lay_clouds(self, film: Tensor, camera: Travel, bottom: int) -> None:
        found = self._clouds(camera, bottom)
        film[0, :, :bottom] += (found[:3] - film[0, :, :bottom]) * found[3:]

    def _clouds(self, camera: Travel, bottom: int, planes: slice = slice(None)) -> Tensor:
        start = (TILE / 2 - 0.5 + self.left + self.drift(camera)) * self.high
        return self.land.clouds.window(start, self.wide, 0, bottom, planes)

    def cloud_cover(self, camera: Travel) -> Tensor:
        """How much of each pixel of the canvas clouds would cover, (1, H, W)."""
        return self._clouds(camera, self.high, slice(3, 4))

    def drift(self, camera: Travel) -> float:
        """How far wind and camera have moved the clouds to the left, in picture heights."""
        return self.land.wind * float(camera.seconds) + 0.12 * float(camera.shift)

    def rows(self, at: RidgePlace) -> tuple[int, int]:
        """The rows of the frame where a ridge begins and where it hides what is behind it."""
        strip = self.land.ridges[int(at.number)]
        horizon, scale = float(self.worlds.horizon), float(at.scale)

        def seen(row: int) -> float:
            return horizon + float(at.base) + (row / self.high - horizon) * scale

        top = max(0, int(seen(strip.top) * self.high) - 1)
        solid = int(seen(strip.solid) * self.high) + 2
        hides = strip.solid < self.high and float(at.appear) == 1.0
        return min(top, self.high), min(max(solid, 0), self.high) if hides else self.high

    def _lay_ridge(self, film: Tensor, at: RidgePlace, shift: float, top: int, end: int) -> None:
        if top >= end:
            return
        found = self.ridge(at, shift, top, end)
        film[0, :, top:end] += (found[:3] - film[0, :, top:end]) * found[3:]

    def ridge(
        self, at: RidgePlace, shift: float, top: int, end: int, *, planes: slice = slice(None)
    ) -> Tensor:
        """Rows top .. end of a ridge on the canvas after a camera's shift, those of its red, green,
        blue and cover that are asked for: (planes, rows, W)."""
        strip = self.land.ridges[int(at.number)]
        aside = shift * float(at.pivot)
        if self.land.place.flying or float(at.scale) != 1:
            return self._scaled(strip.ring[planes], at, aside, top, end)
        start = (TILE / 2 - 0.5 + self.left + aside) * self.high
        return strip.window(start, self.wide, top, end, planes)

    def _scaled(self, ring: Tensor, at: RidgePlace, aside: float, top: int, end: int) -> Tensor:
        """A ridge of its own size and, where it is flown over, of its own haze, (C, rows, W)."""
        high, scale = self.high, float(at.scale)
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
        if not self.land.place.flying:
            return found
        colour, cover = found[:-1], found[-1:] * float(at.appear)
        if not len(colour):
            return cover
        thick = thickness(at.near.float(), self.worlds.fog[0])
        return torch.cat([torch.lerp(colour, self.worlds.haze[0].expand_as(colour), thick), cover])

    def _lay_water(self, film: Tensor, shift: float, position: Position) -> None:
        top = int(float(self.sea.line) * self.high)
        pace = position.waves + 0.14 * position.nearer / EYE  # as the waves' own geometry has it
        u, v = self._u.expand(1, self.high - top, self.wide), self._v[None, top:]
        waves = self.sea.endless_waves(u, v, shift, pace)
        film[:, :, top:] = self.sea.surface(film, u, v, waves)

    def lay_thing(self, film: Tensor, stand: Stand) -> Tensor:
        """Lays the thing over the canvas (1, 3, H, W), in place; how much of each pixel it is."""
        where = stand.where
        mask = torch.zeros_like(film[:, :1])
        radius = float(where.radius)
        middle_u, middle_v = float(where.u) - self.left, float(where.v)
        rows = self._span(middle_v, radius, self.high)
        across = self._span(middle_u, radius, self.wide)
        if self.words.thing == "none" or rows[0] >= rows[1] or across[0] >= across[1]:
            return mask
        facing = math.copysign(max(SLIM, abs(stand.facing)), stand.facing)
        x = (self._u[slice(*across)] - float(where.u)) / (radius * facing)
        y = (self._v[slice(*rows), :1] - middle_v) / radius
        cos, sin = float(where.turn.cos()), float(where.turn.sin())
        place = torch.stack([x * cos + y * sin, y * cos - x * sin], -1)[None] / REACH
        found = F.grid_sample(self._posture(stand.position.seconds), place, align_corners=False)[0]
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
        low, top = int((middle - reach) * self.high), int((middle + reach) * self.high) + 2
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
        found = _slid(ring, (self.left + aside) * self.high, -fall * self.high, self.wide)
        tint = torch.ones(3, 1, 1) if snows else self.worlds.haze[0] + 0.2
        film[0] += (tint - film[0]) * found.clamp_(0, 0.9)


def _slid(ring: Tensor, x: float, y: float, wide: int) -> Tensor:
    """A picture (H, W) that repeats both ways, from (x, y) on: (H, wide)."""
    column, row = int(x // 1), int(y // 1)
    found = columns(ring, column, wide + 1)
    found = torch.lerp(found[:, :-1], found[:, 1:], x - column)
    found = torch.roll(found, -row, 0)
    return torch.lerp(found, torch.roll(found, -1, 0), y - row)
