"""The grammar of the worlds: what can be drawn, and the words that say it, so that text and
picture agree exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

SCENES: dict[str, tuple[str, ...]] = {
    "mountains": ("mountains", "a mountain range", "snow-capped peaks", "high mountains", "alps"),
    "desert": ("a desert", "sand dunes", "desert dunes", "golden sand", "the sahara"),
    "sea": ("the sea", "an ocean", "open water", "calm sea", "ocean waves"),
    "forest": ("a forest", "pine trees", "dark woods", "a pine forest", "woodland"),
    "city": ("a city", "a city skyline", "skyscrapers", "tall buildings", "a street of towers"),
    "snow": ("a snow field", "a snowy landscape", "winter", "snowy hills", "an arctic plain"),
    "meadow": ("a meadow", "green hills", "a flower field", "grassland", "a field of flowers"),
    "canyon": ("a canyon", "red rocks", "a mesa", "rocky cliffs", "a red canyon"),
    "islands": ("islands", "a tropical island", "an island in the sea", "a lagoon", "a bay"),
    "abstract": ("abstract shapes", "an abstract picture", "abstract art", "overlapping forms"),
}
TIMES: dict[str, tuple[str, ...]] = {
    "dawn": ("at dawn", "at sunrise", "in the early morning", "in morning light"),
    "day": ("by day", "at noon", "under a blue sky", "on a sunny day", "in daylight"),
    "sunset": ("at sunset", "in the evening", "in golden light", "with an orange sky"),
    "dusk": ("at dusk", "at twilight", "in purple light", "in the blue hour"),
    "night": ("at night", "under the stars", "in moonlight", "in the dark"),
    "storm": ("in a storm", "under grey clouds", "in the rain", "under a stormy sky"),
    "fog": ("in fog", "in mist", "in haze", "on a misty day"),
    "aurora": ("under an aurora", "with northern lights", "under green northern lights"),
}
OBJECTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "flower": ("flower", "blossom", "daisy"),
    "tree": ("tree", "round tree", "oak"),
    "tower": ("tower", "castle tower", "lighthouse"),
    "ring": ("ring", "hoop", "circle"),
    "orb": ("orb", "sphere", "ball"),
    "balloon": ("balloon", "hot air balloon"),
    "boat": ("boat", "sailing boat", "ship"),
    "crystal": ("crystal", "gem", "diamond"),
    "house": ("house", "cottage", "hut"),
    "mushroom": ("mushroom", "toadstool"),
    "pyramid": ("pyramid", "triangle"),
    "butterfly": ("butterfly", "moth"),
    "star": ("star", "shining star"),
}
COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.86, 0.13, 0.14),
    "orange": (0.96, 0.50, 0.10),
    "yellow": (0.98, 0.84, 0.18),
    "green": (0.20, 0.66, 0.24),
    "turquoise": (0.12, 0.74, 0.72),
    "blue": (0.14, 0.34, 0.88),
    "purple": (0.52, 0.22, 0.78),
    "pink": (0.96, 0.46, 0.68),
    "white": (0.95, 0.95, 0.96),
    "black": (0.07, 0.07, 0.09),
    "brown": (0.45, 0.27, 0.14),
    "grey": (0.50, 0.51, 0.54),
}
STYLES: dict[str, tuple[str, ...]] = {
    "photo": ("photo", "photograph", "realistic", "natural"),
    "watercolour": ("watercolour", "watercolor painting", "aquarelle"),
    "oil": ("oil painting", "impressionist painting", "van gogh brush strokes"),
    "neon": ("neon", "glowing neon lines", "cyberpunk neon"),
    "ink": ("ink drawing", "black ink on paper", "ink wash"),
    "pixel": ("pixel art", "8 bit pixels", "retro game"),
    "stained glass": ("stained glass", "stained glass window", "mosaic"),
    "blueprint": ("blueprint", "blueprint lines", "technical drawing"),
    "clay": ("clay", "clay model", "plasticine"),
    "pencil": ("pencil sketch", "pencil drawing", "graphite"),
    "comic": ("comic", "cartoon", "comic book"),
    "fire": ("fire", "made of fire", "burning lava"),
    "ice": ("ice", "frozen", "made of ice"),
    "gold": ("gold", "golden sculpture", "made of gold"),
    "vaporwave": ("vaporwave", "synthwave", "retrowave"),
    "noir": ("noir", "black and white film", "film noir"),
    "pastel": ("pastel", "pastel chalk", "soft pastel colours"),
}
FILLERS = [
    "beautiful",
    "detailed",
    "high",
    "quality",
    "4k",
    "masterpiece",
    "cinematic",
    "lovely",
    "scene",
    "picture",
    "landscape",
    "view",
    "wide",
    "bright",
    "soft",
    "light",
    "colourful",
    "dreamy",
    "epic",
    "best",
    "great",
    "new",
    "big",
    "small",
    "old",
]


@dataclass(frozen=True, slots=True)
class Words:
    """What one world holds; every field is a key of the tables above."""

    scene: str
    time: str
    thing: str
    colour: str
    second: str
    style: str


def draw_words(rng: random.Random, *, abstract: float = 0.25, plain: float = 0.35) -> Words:
    """Draws one world's words; `abstract` and `plain` are the shares of abstract scenes and of
    style "photo"."""
    scenes = [name for name in SCENES if name != "abstract"]
    styles = [name for name in STYLES if name != "photo"]
    return Words(
        scene="abstract" if rng.random() < abstract else rng.choice(scenes),
        time=rng.choice(list(TIMES)),
        thing=rng.choice(list(OBJECTS)[1:]) if rng.random() < 0.55 else "none",
        colour=rng.choice(list(COLOURS)),
        second=rng.choice(list(COLOURS)),
        style="photo" if rng.random() < plain else rng.choice(styles),
    )


def describe(words: Words, rng: random.Random) -> str:
    """Says a world in one short English prompt; parts may go unsaid, what is said is true."""
    style = rng.choice(STYLES[words.style])
    what = [_subject(words, rng)]
    if words.scene != "abstract" and rng.random() < 0.85:
        what.append(rng.choice(TIMES[words.time]))
    if rng.random() < 0.15:
        what.append(rng.choice(FILLERS))
    text = " ".join(what)
    if rng.random() < (0.4 if words.style == "photo" else 0.05):
        return text
    shape = rng.random()
    if shape < 0.4:
        return f"{style} of {text}"
    return f"{text}, {style}" if shape < 0.8 else f"{style}, {text}"


def _subject(words: Words, rng: random.Random) -> str:
    place = rng.choice(SCENES[words.scene])
    if words.scene == "abstract":
        tint = f"{words.colour} and {words.second}"
        return f"{tint} {place.removeprefix('an ')}" if rng.random() < 0.7 else tint
    if words.thing == "none":
        return place
    thing = f"a {words.colour} {rng.choice(OBJECTS[words.thing])}"
    near = rng.choice(("in front of", "and", "with", "in", "near"))
    return thing if rng.random() < 0.15 else f"{thing} {near} {place}"


def vocabulary() -> list[str]:
    """Every word the grammar can say, sorted, lower case, without punctuation."""
    phrases = [
        p for table in (SCENES, TIMES, OBJECTS, STYLES) for many in table.values() for p in many
    ]
    joined = " ".join([*phrases, *COLOURS, *FILLERS, *EVERYDAY]).replace("-", " ")
    return sorted({word for word in joined.lower().split() if word.isalpha()})


# Common words that people type: one token each keeps a typed prompt inside the 32 positions.
EVERYDAY = [
    "a",
    "an",
    "the",
    "of",
    "and",
    "with",
    "in",
    "on",
    "at",
    "by",
    "to",
    "from",
    "for",
    "is",
    "are",
    "near",
    "front",
    "behind",
    "under",
    "over",
    "between",
    "two",
    "three",
    "many",
    "some",
    "person",
    "woman",
    "man",
    "child",
    "face",
    "portrait",
    "dog",
    "cat",
    "horse",
    "bird",
    "fish",
    "rabbit",
    "bunny",
    "animal",
    "car",
    "train",
    "bus",
    "road",
    "bridge",
    "river",
    "lake",
    "waterfall",
    "cloud",
    "clouds",
    "sun",
    "moon",
    "star",
    "stars",
    "planet",
    "space",
    "galaxy",
    "rain",
    "snow",
    "wind",
    "flower",
    "flowers",
    "rose",
    "tree",
    "trees",
    "grass",
    "leaf",
    "leaves",
    "garden",
    "park",
    "window",
    "door",
    "room",
    "table",
    "dance",
    "dancing",
    "music",
    "party",
    "robot",
    "dragon",
    "ghost",
    "angel",
    "skull",
    "painting",
    "drawing",
    "art",
    "style",
    "digital",
    "render",
    "texture",
    "pattern",
    "shape",
    "line",
    "lines",
    "light",
    "dark",
    "glow",
    "glowing",
    "shadow",
    "deep",
    "hot",
    "cold",
    "warm",
    "cool",
    "fantasy",
    "magic",
    "dream",
    "surreal",
    "liquid",
    "smoke",
    "water",
    "fire",
    "metal",
    "glass",
    "wood",
    "stone",
    "paper",
    "silk",
    "crystal",
    "rainbow",
    "colour",
    "color",
    "colours",
    "colorful",
    "palette",
    "hue",
    "sky",
    "field",
    "hill",
    "hills",
    "mountain",
    "valley",
    "beach",
    "island",
    "village",
    "town",
    "street",
    "night",
    "day",
    "morning",
    "evening",
    "summer",
    "winter",
    "spring",
    "autumn",
]
