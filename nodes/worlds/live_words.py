"""The grammar of the worlds that go on for ever: the clips' words with weather, what floats in the
air and creatures; it is read as well as said."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import cache

from nodes.worlds.clip_words import CAMERAS, GROUND_MOTIONS, MOTIONS, ClipWords, fitting
from nodes.worlds.things import FLYING
from nodes.worlds.words import COLOURS, OBJECTS, SCENES, STYLES, TIMES, Words

WEATHERS: dict[str, tuple[str, ...]] = {
    "fitting": (),
    "clear": ("clear air", "dry weather", "no rain"),
    "rain": ("rain", "rainy", "raining"),
    "snow": ("falling snow", "snowfall", "snowing", "snowflakes"),
}
AIRS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "fireflies": ("fireflies", "glow worms"),
    "dust": ("dust in the light", "dust", "pollen"),
    "embers": ("embers", "sparks"),
    "petals": ("petals", "falling blossoms", "confetti"),
}
MOVES: dict[str, tuple[str, ...]] = {
    "handheld": ("handheld camera", "handheld", "shaky camera"),
    "tilt": ("tilt up and down", "tilting camera", "looking up and down", "tilt"),
    "roll": ("roll from side to side", "rolling camera", "leaning camera"),
    "dolly": ("dolly there and back", "dolly shot", "push in and pull back", "dolly"),
}
ANIMALS: dict[str, tuple[str, ...]] = {
    "bird": ("bird", "gull", "crow", "eagle"),
    "fish": ("fish", "koi", "goldfish"),
    "horse": ("horse", "pony", "galloping horse"),
}
# what people say beyond what the grammar says, by the field and the key that it stands for
SAYINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "scene": {
        "mountains": ("mountain", "peaks", "the mountains"),
        "desert": ("desert", "dunes", "sand"),
        "sea": ("sea", "ocean", "waves", "water"),
        "forest": ("forest", "woods", "trees", "pines", "jungle"),
        "city": ("city", "town", "skyline", "street"),
        "snow": ("snow", "snowy", "ice field", "arctic"),
        "meadow": ("meadow", "hills", "hill", "field", "grass", "flowers"),
        "canyon": ("canyon", "rocks", "cliffs", "mars"),
        "islands": ("island", "beach", "lagoon", "bay", "lake"),
    },
    "time": {
        "dawn": ("dawn", "sunrise", "morning"),
        "day": ("day", "noon", "midday", "sunny"),
        "sunset": ("sunset", "evening", "golden hour"),
        "dusk": ("dusk", "twilight", "blue hour"),
        "night": ("night", "moonlight", "midnight", "stars"),
        "storm": ("storm", "stormy", "thunder"),
        "fog": ("fog", "foggy", "mist", "misty", "haze"),
        "aurora": ("aurora", "northern lights"),
    },
    "style": {
        "watercolour": ("watercolor",),
        "oil": ("oil", "painting", "impressionist", "van gogh"),
        "neon": ("cyberpunk",),
        "fire": ("lava", "burning"),
        "gold": ("golden",),
        "noir": ("black and white",),
        "clay": ("claymation",),
    },
    "camera": {
        "left": ("to the left", "leftwards", "panning left"),
        "right": ("to the right", "rightwards", "panning right"),
        "forward": ("forward", "forwards", "onward", "zooming in"),
        "backward": ("backward", "backwards", "zooming out"),
        "orbit": ("orbiting", "around"),
    },
}


@dataclass(frozen=True, slots=True)
class LiveWords:
    """What one endless world shows; every field is a key of the tables."""

    scene: str = "islands"
    time: str = "sunset"
    weather: str = "fitting"
    thing: str = "none"
    colour: str = "red"
    motion: str = "still"
    air: str = "nothing"
    style: str = "photo"
    camera: str = "still"

    def fitted(self) -> LiveWords:
        """The same words without what cannot be shown, as the clips' grammar has it: things on the
        ground do not leave it, nor a boat the water, and no camera flies past them."""
        motion = self.motion
        if self.thing not in FLYING and motion not in GROUND_MOTIONS:
            motion = "still" if motion == "floating" else "swaying"
        fit = fitting(replace(self, motion=motion if self.thing != "none" else "still").clip)
        return replace(self, scene=fit.still.scene, motion=fit.motion, camera=fit.camera)

    @property
    def clip(self) -> ClipWords:
        """The words that the painters know."""
        still = Words(self.scene, self.time, self.thing, self.colour, self.colour, self.style)
        return ClipWords(still, self.motion, self.camera)


TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "scene": {key: said for key, said in SCENES.items() if key != "abstract"},
    "time": TIMES,
    "weather": WEATHERS,
    "thing": OBJECTS | ANIMALS,
    "colour": {key: (key,) for key in COLOURS} | {"grey": ("grey", "gray")},
    "motion": MOTIONS,
    "air": AIRS,
    "style": STYLES,
    "camera": CAMERAS | MOVES,
}


def read(text: str, otherwise: LiveWords) -> LiveWords:
    """The world that a text speaks of; what it does not say is as it is `otherwise`.

    Of two words for one thing the first counts; words that nothing is known by are passed over.
    """
    left, found = _plain(text), []
    for phrase, name, key in _phrases():
        pattern = rf"(?<!\S){re.escape(phrase)}(?!\S)"
        found += [(hit.start(), name, key) for hit in re.finditer(pattern, left)]
        left = re.sub(pattern, lambda hit: "." * len(hit[0]), left)
    said: dict[str, str] = {}
    for _, name, key in sorted(found):
        said.setdefault(name, key)
    return replace(otherwise, **said)


def say(words: LiveWords) -> str:
    """A prompt in plain English for all that is shown, e.g. "a red balloon floating over islands
    at sunset, oil painting, pan left"."""
    place = f"{SCENES[words.scene][0]} {TIMES[words.time][0]}"
    if words.thing != "none":
        thing = f"{words.colour} {TABLES['thing'][words.thing][0]}"
        article = "an" if thing[0] in "aeiou" else "a"
        does = "".join(f" {one}" for one in MOTIONS[words.motion][:1])
        place = f"{article} {thing}{does} {'over' if words.thing in FLYING else 'near'} {place}"
    more = [WEATHERS[words.weather][:1], AIRS[words.air][:1]]
    more += [STYLES[words.style][:1]] if words.style != "photo" else []
    more += [TABLES["camera"][words.camera][:1]] if words.camera != "still" else []
    return ", ".join([place, *(one for some in more for one in some)])


@cache
def _phrases() -> list[tuple[str, str, str]]:
    """Every phrase with its field and key, long ones before what they are made of."""
    said: dict[str, tuple[str, str]] = {}
    names = [one.name for one in fields(LiveWords)]
    for tables, form in ((TABLES, _bare), (SAYINGS, _bare), (TABLES, _core)):
        for name in names:
            for key, phrases in tables.get(name, {}).items():
                for phrase in phrases:
                    said.setdefault(form(phrase), (name, key))
    longest = sorted(said, key=lambda phrase: (-len(phrase), phrase))
    return [(phrase, *said[phrase]) for phrase in longest]


def _bare(phrase: str) -> str:
    plain = _plain(phrase)
    return re.sub(r"^(an?|the) ", "", plain)


def _core(phrase: str) -> str:
    return _bare(re.sub(r"^(with|in|under|at|by|on|made of) ", "", _plain(phrase)))


def _plain(text: str) -> str:
    """Lower case, words with single spaces."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
