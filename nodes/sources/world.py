"""The world source: landscapes with a thing, a camera and a style that go on for ever, painted from
words and a seed without any model."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.node import Context, Node, Tick, param, resource, state
from engine.packet import FLICKS_PER_SECOND, seconds
from engine.values import Frame, Mask, Prompt, Tracks
from nodes.worlds.clip_motion import is_flying
from nodes.worlds.journey import Journey
from nodes.worlds.land_strips import Land, Place, paint_land
from nodes.worlds.live import LiveWorld, Moment
from nodes.worlds.live_words import LiveWords, read, say

TALL = 600  # lines above which "auto" paints every other one
SMALLEST = 48  # lines below which a world is painted larger than it is shown
AHEAD = 0.75  # seconds from a wish for another land until it shows: it is painted meanwhile
USUAL = 300  # lines up to which that is time enough; larger lands are given longer
AT_ONCE = 0.2  # the same where the land stays and only what stands on it changes
KEPT = 2  # worlds that are kept painted: the one that shows and the one that comes


class Shown(NamedTuple):
    """What a world source gives."""

    frame: Frame
    mask: Mask
    track: Tracks
    text: Prompt


@dataclass(frozen=True, slots=True)
class Wish:
    """What a painted world follows from."""

    words: LiveWords
    place: Place


@dataclass(frozen=True, slots=True)
class Change:
    """A world on its way in: it shows from `begin` (flicks) on, and dissolves from then."""

    wish: Wish
    begin: int


class World(
    Node, id="sources.world", aliases=("landscape", "procedural", "scene", "demo", "worlds")
):
    """Paints a moving world: a landscape at a time of day, a thing in it, a camera that travels.

    It needs no model and no file, goes on for ever without a seam, and is the same for the same
    words and seed. What is chosen changes while it plays: the new world dissolves in over
    `transition`. A camera that starts, stops or turns eases into its way.

    Words in `words` go before the menus, such as "a red balloon over islands at sunset, ink, pan
    left"; what they do not say the menus say. Things that stand on the ground stay there: a camera
    that should fly past them pans or circles instead, and a boat is always on the sea.

    `mask` is the thing's place in the picture and `track` its middle, both exact. `text` says in
    words what is shown: link it to the prompt of a generator.
    """

    scene: Literal[
        "mountains", "desert", "sea", "forest", "city", "snow", "meadow", "canyon", "islands"
    ] = param(default="islands", doc="The landscape")
    time: Literal["dawn", "day", "sunset", "dusk", "night", "storm", "fog", "aurora"] = param(
        default="sunset", doc="Time of day and light"
    )
    weather: Literal["fitting", "clear", "rain", "snow"] = param(
        default="fitting", doc="What falls: what fits scene and time, nothing, rain or snow"
    )
    thing: Literal[
        "none", "balloon", "orb", "ring", "crystal", "star", "butterfly", "bird", "fish", "horse",
        "boat", "tree", "house", "tower", "pyramid", "mushroom", "flower",
    ] = param(default="balloon", doc="What is in it")  # fmt: skip
    colour: Literal[
        "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "white", "black",
        "brown", "grey",
    ] = param(default="red", doc="Colour of the thing")  # fmt: skip
    motion: Literal[
        "still", "floating", "bouncing", "spinning", "pulsing", "swaying", "circling"
    ] = param(default="floating", doc="How the thing moves; what stands on the ground only sways")
    air: Literal["nothing", "fireflies", "dust", "embers", "petals"] = param(
        default="nothing", doc="What floats in the air"
    )
    style: Literal[
        "photo", "watercolour", "oil", "neon", "ink", "pixel", "stained glass", "blueprint", "clay",
        "pencil", "comic", "fire", "ice", "gold", "vaporwave", "noir", "pastel",
    ] = param(default="photo", doc="What it is painted in")  # fmt: skip
    camera: Literal["still", "left", "right", "forward", "backward", "orbit"] = param(
        default="right", doc="Where the camera goes"
    )
    words: str = param(default="", doc="A text that goes before the menus, for what it speaks of")
    suffix: str = param(
        default="", doc="Put after what `text` says, such as the style that a generator shall paint"
    )
    seed: int = param(default=0, doc="Another number, another world", min=0, max=2**31 - 1)
    speed: float = param(
        default=1.0, doc="How fast all goes; below 0 backwards", min=-10, max=10, soft=(0, 3)
    )
    transition: float = param(
        default=1.0, doc="How long a change dissolves; 0 cuts", min=0, max=10, unit="s"
    )
    detail: Literal["auto", "full", "half"] = param(
        default="auto", doc="Half paints a quarter of the pixels; auto does above 600 lines"
    )
    _journey: Journey = state(default_factory=Journey)
    _last: int | None = state()
    _world: LiveWorld | None = state()
    _wish: Wish | None = state()  # what `_world` was painted for
    _change: Change | None = state()
    _painter: ThreadPoolExecutor | None = resource()
    _painted: dict[Wish, Future[LiveWorld]] | None = resource()

    def setup(self, ctx: Context) -> None:
        super().setup(ctx)
        self._painted = {}
        self._painter = ThreadPoolExecutor(1, "slipstream-world", torch.set_grad_enabled, (False,))
        self._paint(self._wished(self._said())).result()

    def teardown(self) -> None:
        if self._painter:
            self._painter.shutdown(cancel_futures=True)
        self._painter = self._painted = None
        super().teardown()

    def process(self, tick: Tick) -> Shown:
        said = self._said()
        wish = self._wished(said)
        self._travel(tick, said.camera)
        if self._world is None or self._wish is None or _resized(self._wish, wish):
            self._enter(wish)
        share = self._changed(tick.pts, wish)
        return self._shown(said, share)

    def _said(self) -> LiveWords:
        menus = LiveWords(
            self.scene, self.time, self.weather, self.thing, self.colour, self.motion, self.air,
            self.style, self.camera,
        )  # fmt: skip
        return read(self.words, menus).fitted()

    def _wished(self, said: LiveWords) -> Wish:
        """The world that is asked for; which way its camera goes does not make another."""
        words = replace(said, camera=_kind(said.camera))
        high, wide = self._size()
        flying = bool(is_flying([words.clip])[0])
        return Wish(words, Place(words.scene, words.time, flying, self.seed, high, wide))

    def _size(self) -> tuple[int, int]:
        """Lines and columns that are painted."""
        high, wide = self.ctx.stream.height, self.ctx.stream.width
        halves = self.detail == "half" or (self.detail == "auto" and high > TALL)
        lines = max(SMALLEST, math.ceil(high / 2) if halves else high)
        return lines, max(16, round(wide * lines / high))

    def _travel(self, tick: Tick, camera: str) -> None:
        passed = seconds(tick.pts - (tick.pts if self._last is None else self._last))
        self._journey = self._journey.after(passed * self.speed, camera, passed)
        self._last = tick.pts

    def _enter(self, wish: Wish) -> None:
        self._world, self._wish, self._change = self._paint(wish).result(), wish, None

    def _changed(self, now: int, wish: Wish) -> float:
        """Follows what is wished for; how far the next world has dissolved in, in [0, 1)."""
        self._follow(now, wish)
        change = self._change
        if change is None or now < change.begin:
            return 0.0
        length = self.transition * FLICKS_PER_SECOND
        share = (now - change.begin) / length if length else 1.0
        if share >= 1:
            self._enter(change.wish)
            return 0.0
        return share * share * (3 - 2 * share)

    def _follow(self, now: int, wish: Wish) -> None:
        """What is wished for now replaces what has not begun to show."""
        change = self._change
        if change is not None and now < change.begin and wish != change.wish:
            self._forget(change.wish)
            change = self._change = None
        if change is None and wish != self._wish:
            self._begin(now, wish)

    def _forget(self, wish: Wish) -> None:
        if self._painted is not None and wish in self._painted:
            self._painted.pop(wish).cancel()

    def _begin(self, now: int, wish: Wish) -> None:
        same = self._wish is not None and self._wish.place == wish.place
        wait = AT_ONCE if same else AHEAD * max(1.0, wish.place.height / USUAL) ** 2
        self._change = Change(wish, now + round(wait * FLICKS_PER_SECOND))
        self._paint(wish)

    def _paint(self, wish: Wish) -> Future[LiveWorld]:
        """The world of a wish, painted on a thread of its own; it shows when its time has come, so
        that it is the same on every machine."""
        assert self._painted is not None
        assert self._painter is not None
        if wish not in self._painted:
            self._painted[wish] = self._painter.submit(_make, wish, self._land(wish.place))
        self._painted[wish] = found = self._painted.pop(wish)  # the last is the latest used
        for old in list(self._painted)[:-KEPT]:
            del self._painted[old]
        return found

    def _land(self, place: Place) -> Land | None:
        """The land of a place where it is painted: that of the world that shows."""
        return self._world.land if self._world and self._world.land.place == place else None

    def _shown(self, said: LiveWords, share: float) -> Shown:
        assert self._world is not None
        here = self._at(self._world)
        text = self._text(self._world, said)
        if self._change is None or share == 0:
            return self._given(here.picture, here.mask, here, self._world, Prompt.of(text))
        world = self._paint(self._change.wish).result()
        there, coming = self._at(world), self._text(world, said)
        picture = torch.lerp(here.picture, there.picture, share)
        mask = torch.lerp(here.mask, there.mask, share)
        nearer = (there, world) if share >= 0.5 else (here, self._world)
        both = Prompt(((text, 1 - share), (coming, share)))
        return self._given(picture, mask, *nearer, Prompt.of(text) if text == coming else both)

    def _at(self, world: LiveWorld) -> Moment:
        return world.at(self._journey.position(world.words.camera))

    def _text(self, world: LiveWorld, said: LiveWords) -> str:
        """What is shown of a world, with the way that its camera goes now."""
        words = world.words
        if _kind(said.camera) == _kind(words.camera):
            words = replace(words, camera=said.camera)
        return ", ".join(text for text in (say(words), self.suffix.strip()) if text)

    def _given(
        self, picture: Tensor, mask: Tensor, moment: Moment, world: LiveWorld, text: Prompt
    ) -> Shown:
        stream, device = self.ctx.stream, self.ctx.device
        size = (stream.height, stream.width)
        if picture.shape[2:] != size:
            picture, mask = _sized(picture, size), _sized(mask, size)
        x, y = world.middle(moment)
        place = torch.tensor([[[x * size[1], y * size[0]]]])  # (1, 1, 2)
        seen = torch.tensor([[0 <= x < 1 and 0 <= y < 1]])
        count = 0 if world.words.thing == "none" else 1
        track = Tracks(place[:count], seen[:count], torch.zeros(count, dtype=torch.long))
        return Shown(Frame(picture.to(device)), Mask(mask.to(device)), track, text)


def _kind(camera: str) -> str:
    """One word for all cameras that look at one painted world."""
    return {"left": "still", "right": "still", "backward": "forward"}.get(camera, camera)


def _resized(old: Wish, new: Wish) -> bool:
    return (old.place.height, old.place.width) != (new.place.height, new.place.width)


def _make(wish: Wish, land: Land | None) -> LiveWorld:
    return LiveWorld(wish.words, land or paint_land(wish.place))


def _sized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    mode = "bicubic" if picture.shape[2] < size[0] else "area"
    if mode == "area":
        return F.interpolate(picture, size, mode=mode)
    return F.interpolate(picture, size, mode=mode, align_corners=False).clamp(0, 1)
