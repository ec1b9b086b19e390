"""The world source: landscapes with a thing, a camera and a style that go on for ever, painted from
words and a seed without any model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.node import Context, Held, Node, Packet, Tick, param, resource, state
from engine.packet import FLICKS_PER_SECOND, flicks, seconds
from engine.values import CameraPath, Depth, Flow, Frame, Mask, Prompt, Tracks, Trigger
from nodes.worlds.asked import AskedDepth, AskedFlow
from nodes.worlds.clip_motion import is_flying
from nodes.worlds.cuts import Cuts
from nodes.worlds.journey import Journey
from nodes.worlds.land_strips import Place
from nodes.worlds.live import LiveWorld
from nodes.worlds.live_words import LiveWords, read, say
from nodes.worlds.shots import Shot, next_shot
from nodes.worlds.sight import Sight
from nodes.worlds.stand import Cast, Moment
from nodes.worlds.view import OVER
from nodes.worlds.workshop import Wish, Workshop, painting_time

V = TypeVar("V")

TALL = 600  # lines above which "auto" paints every other one
SMALLEST = 48  # lines below which a world is painted larger than it is shown
AT_ONCE = 0.2  # the same where the land stays and only what stands on it changes
TURNS = ("tilt", "roll")  # cameras whose canvas is larger than the frame


class Shown(NamedTuple):
    """What a world source gives."""

    frame: Packet[Frame]
    mask: Packet[Mask]
    track: Packet[Tracks]
    text: Prompt
    depth: Packet[Depth]
    flow: Packet[Flow]
    camera: Packet[CameraPath]


@dataclass(frozen=True, slots=True)
class Scene:
    """A world at the moment that shows."""

    world: LiveWorld
    moment: Moment


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
    that should fly past them pans or circles instead, and a boat is always on the sea. A bird, a
    fish or a horse goes with a camera that pans, and turns round when it does.

    `cut` and `cut_every` cut to another place at another time of day, seen by another camera; the
    thing stays what it is. What a menu says after that goes before the shot. The first cut by hand
    waits until its place is painted, for three quarters of a second.

    All that it knows of the picture it gives exactly: `mask` is the thing's place and `track` its
    middle, whose number stays with a thing of one kind and colour; `depth` is in metres; `flow` is
    where everything went since the frame before, not to be trusted on water, which mirrors; and
    `camera` is where the camera is. A camera that pans, dollies, tilts, rolls or shakes agrees with
    depth and flow to the pixel, one that circles or flies about. `text` says in words what is
    shown: link it to the prompt of a generator.
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
    camera: Literal[
        "still", "left", "right", "forward", "backward", "orbit", "handheld", "tilt", "roll",
        "dolly",
    ] = param(default="right", doc="Where the camera goes, or how it turns")  # fmt: skip
    pace: float = param(
        default=1.0, min=0, max=10, soft=(0, 3),
        doc="How fast the camera goes; at 1 a tilt, roll or dolly goes there and back in 12 s",
    )  # fmt: skip
    shake: float = param(
        default=0.0, min=0, max=4, soft=(0, 2), unit="°",
        doc="How much the hand shakes that holds the camera; 0 is a tripod, handheld has 1",
    )  # fmt: skip
    cut: Trigger = param(default=Trigger(0), doc="Cuts to the next shot")
    cut_every: float = param(
        default=0.0, min=0, max=3600, soft=(0, 16),
        doc="Seconds of a shot, or beats where a beat is linked; 0 never cuts",
    )  # fmt: skip
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
    _cuts: Cuts = state(default_factory=Cuts)
    _shot: Shot | None = state()  # None before the first cut
    _cast: Cast | None = state()  # what the thing keeps from then on
    _sight: Sight | None = state()  # of the frame before
    _names: tuple[tuple[str, str], ...] = state(())  # things by their number in `track`
    _shop: Workshop | None = resource()

    def setup(self, ctx: Context) -> None:
        super().setup(ctx)
        self._shop = Workshop()
        self._workshop.paint(self._wished(self._said(), None)).result()

    def teardown(self) -> None:
        if self._shop:
            self._shop.close()
        self._shop = None
        super().teardown()

    def process(self, tick: Tick, beat: Held[float | None] = None) -> Shown:
        said, before = self._said(), self._world
        cut = self._is_cut(tick.pts, said, beat)
        words = self._shot.words(said) if self._shot else said
        wish = self._wished(words, self._shot)
        self._travel(tick, words.camera, wish.place.seed)
        if cut or self._world is None or self._wish is None or self._wish.frame != wish.frame:
            self._enter(wish)
        share = self._changed(tick.pts, wish)
        if self._cuts.ready is not None:
            shot = self._next(said)
            self._workshop.paint(self._wished(shot.words(said), shot))
        jumps = before is not None and not self.transition and not self._has_land_of(before)
        return self._shown(words, share, tick.pts, cut=cut or jumps)

    def _has_land_of(self, other: LiveWorld) -> bool:
        return self._world is not None and self._world.land is other.land

    def _is_cut(self, now: int, said: LiveWords, beat: float | None) -> bool:
        """Whether the next shot begins now; where it does, all is set for it."""
        place = self._wished(said, None).place
        cuts, falls = self._cuts.after(
            now, self.cut, self.cut_every, beat, wait=flicks(painting_time(place))
        )
        self._cuts = cuts
        if falls and self._world is not None:
            shot, self._cast = self._next(said), self._kept()
            self._shot, self._journey = shot, self._journey.cut()
        return falls and self._world is not None

    def _next(self, said: LiveWords) -> Shot:
        here = self._shot.words(said) if self._shot else said
        number = self._shot.number + 1 if self._shot else 1
        return next_shot(number, said, self.seed, here)

    def _kept(self) -> Cast | None:
        """What the thing keeps over a cut."""
        if self._cast or self._world is None:
            return self._cast
        build = self._world.land.build
        return Cast(float(build.radius), float(build.rate), self._world.land.place.seed)

    @property
    def _workshop(self) -> Workshop:
        assert self._shop is not None
        return self._shop

    def _said(self) -> LiveWords:
        menus = LiveWords(
            self.scene, self.time, self.weather, self.thing, self.colour, self.motion, self.air,
            self.style, self.camera,
        )  # fmt: skip
        return read(self.words, menus).fitted()

    def _wished(self, said: LiveWords, shot: Shot | None) -> Wish:
        """The world that is asked for; which way its camera goes does not make another."""
        words = replace(said, camera=_kind(said.camera))
        frame = self._size()
        over = OVER if words.camera in TURNS else 1.0
        high, wide = (math.ceil(side * over) for side in frame)
        flying = bool(is_flying([words.clip])[0])
        seed = shot.place(self.seed) if shot else self.seed
        kept = self._kept() if shot else None
        cast = replace(kept, close=shot.close) if shot and kept else None
        return Wish(words, Place(words.scene, words.time, flying, seed, high, wide), frame, cast)

    def _size(self) -> tuple[int, int]:
        """Lines and columns that are painted."""
        high, wide = self.ctx.stream.height, self.ctx.stream.width
        halves = self.detail == "half" or (self.detail == "auto" and high > TALL)
        lines = max(SMALLEST, math.ceil(high / 2) if halves else high)
        return lines, max(16, round(wide * lines / high))

    def _travel(self, tick: Tick, camera: str, seed: int) -> None:
        passed = seconds(tick.pts - (tick.pts if self._last is None else self._last))
        self._journey = self._journey.after(
            passed * self.speed,
            camera,
            passed,
            pace=self.pace,
            shake=self.shake,
            heading=1.0 if seed % 2 == 0 else -1.0,
        )
        self._last = tick.pts

    def _enter(self, wish: Wish) -> None:
        self._world, self._wish, self._change = self._workshop.paint(wish).result(), wish, None
        self._workshop.showing = self._world

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
            self._workshop.forget(change.wish)
            change = self._change = None
        if change is None and wish != self._wish:
            self._begin(now, wish)

    def _begin(self, now: int, wish: Wish) -> None:
        same = self._wish is not None and self._wish.place == wish.place
        self._change = Change(wish, now + flicks(AT_ONCE if same else painting_time(wish.place)))
        self._workshop.paint(wish)

    def _shown(self, said: LiveWords, share: float, pts: int, *, cut: bool) -> Shown:
        assert self._world is not None
        here = self._scene(self._world)
        text = self._text(self._world, said)
        if self._change is None or share == 0:
            picture = here.world.styled(here.moment.picture)
            return self._given(
                picture, here.moment.mask, (here,), Prompt.of(text), pts=pts, cut=cut
            )
        there = self._scene(self._workshop.paint(self._change.wish).result())
        coming = self._text(there.world, said)
        mask = torch.lerp(here.moment.mask, there.moment.mask, share)
        scenes = (there, here) if share >= 0.5 else (here, there)
        both = Prompt(((text, 1 - share), (coming, share)))
        words = Prompt.of(text) if text == coming else both
        return self._given(_dissolved(here, there, share), mask, scenes, words, pts=pts, cut=cut)

    def _scene(self, world: LiveWorld) -> Scene:
        return Scene(world, world.film(self._journey.position(world.words.camera)))

    def _text(self, world: LiveWorld, said: LiveWords) -> str:
        """What is shown of a world, with the way that its camera goes now."""
        words = world.words
        if _kind(said.camera) == _kind(words.camera):
            words = replace(words, camera=said.camera)
        return ", ".join(text for text in (say(words), self.suffix.strip()) if text)

    def _given(
        self,
        picture: Tensor,
        mask: Tensor,
        scenes: tuple[Scene, ...],
        text: Prompt,
        *,
        pts: int,
        cut: bool,
    ) -> Shown:
        """All that is known; of two scenes that dissolve the first is the one that is seen best."""
        stream, device, before = self.ctx.stream, self.ctx.device, self._sight
        size = (stream.height, stream.width)
        if picture.shape[2:] != size:
            picture, mask = _sized(picture, size), _sized(mask, size)
        sight = self._sight = Sight(scenes[0].world, scenes[0].moment.stand)
        then = None if before is None or cut or before.world is not sight.world else before
        pose, intrinsics = sight.camera(size)

        def sent(value: V) -> Packet[V]:
            return Packet(value, pts, cut=cut)

        return Shown(
            frame=sent(Frame(picture.to(device))),
            mask=sent(Mask(mask.to(device))),
            track=sent(self._tracked(scenes, size)),
            text=text,
            depth=sent(AskedDepth(lambda: sight.depth(size), device)),
            flow=sent(AskedFlow(lambda: sight.flow(then, size), device)),
            camera=sent(CameraPath(pose.to(device), intrinsics.to(device))),
        )

    def _tracked(self, scenes: tuple[Scene, ...], size: tuple[int, int]) -> Tracks:
        """The things of all scenes, each once."""
        found: dict[tuple[str, str], tuple[float, float]] = {}
        for scene in scenes:
            words = scene.world.words
            if words.thing != "none":
                found.setdefault((words.thing, words.colour), scene.world.middle(scene.moment))
        self._names += tuple(name for name in found if name not in self._names)
        places = torch.tensor(list(found.values())).view(-1, 1, 2)
        seen = ((places >= 0) & (places < 1)).all(-1)
        numbers = torch.tensor([self._names.index(name) for name in found], dtype=torch.long)
        return Tracks(places * torch.tensor([size[1], size[0]]), seen, numbers)


def _dissolved(here: Scene, there: Scene, share: float) -> Tensor:
    """Two scenes in one picture; those of one style are painted as one, in half the time."""
    pictures = here.moment.picture, there.moment.picture
    if here.world.shares_style(there.world):
        return here.world.styled(torch.lerp(*pictures, share), there.world, share)
    return torch.lerp(here.world.styled(pictures[0]), there.world.styled(pictures[1]), share)


def _kind(camera: str) -> str:
    """One word for all cameras that look at one painted world."""
    alike = {"backward": "forward"} | dict.fromkeys(("left", "right", "handheld", "dolly"), "still")
    return alike.get(camera, camera)


def _sized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    mode = "bicubic" if picture.shape[2] < size[0] else "area"
    if mode == "area":
        return F.interpolate(picture, size, mode=mode)
    return F.interpolate(picture, size, mode=mode, align_corners=False).clamp(0, 1)
