"""The grammar of moving worlds: the still grammar with fewer styles, plus how the thing moves and
what the camera does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nodes.worlds.things import FLYING
from nodes.worlds.words import (
    COLOURS,
    EVERYDAY,
    FILLERS,
    OBJECTS,
    SCENES,
    STYLES,
    TIMES,
    Words,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

CAMERAS: dict[str, tuple[str, ...]] = {
    "still": ("still camera", "steady", "static shot"),
    "left": ("pan left", "the camera pans left", "moving left"),
    "right": ("pan right", "the camera pans right", "moving right"),
    "forward": ("flying forward", "zoom in", "moving forward", "dolly in"),
    "backward": ("flying backward", "zoom out", "moving backward", "dolly out"),
    "orbit": ("orbit", "the camera orbits", "circling camera"),
}
MOTIONS: dict[str, tuple[str, ...]] = {
    "still": (),
    "floating": ("floating", "hovering", "gliding"),
    "bouncing": ("bouncing", "jumping"),
    "spinning": ("spinning", "turning", "rotating"),
    "pulsing": ("pulsing", "beating", "breathing"),
    "swaying": ("swaying", "swinging", "dancing"),
    "circling": ("circling", "looping"),
}
GROUND_MOTIONS = ("still", "swaying", "pulsing")
CLIP_STYLES = ("photo", "vaporwave", "fire", "ice")
CLIP_THINGS = ("orb", "ring", "star", "balloon", "tree", "house", "boat", "pyramid")
CLIP_SCENES = tuple(name for name in SCENES if name != "abstract")


@dataclass(frozen=True, slots=True)
class ClipWords:
    """What one moving world holds: the still world, the thing's motion and the camera's; keys of
    the tables above."""

    still: Words
    motion: str
    camera: str


def draw_clip_words(rng: random.Random, *, plain: float = 0.7, things: float = 0.65) -> ClipWords:
    """Draws one clip's words; `plain` and `things` are the shares of style "photo" and of clips
    with a thing in them."""
    words = Words(
        scene=rng.choice(CLIP_SCENES),
        time=rng.choice(list(TIMES)),
        thing=rng.choice(CLIP_THINGS) if rng.random() < things else "none",
        colour=rng.choice(list(COLOURS)),
        second=rng.choice(list(COLOURS)),
        style="photo" if rng.random() < plain else rng.choice(CLIP_STYLES[1:]),
    )
    camera = rng.choice(list(CAMERAS))
    motion = rng.choice(list(MOTIONS) if words.thing in FLYING else GROUND_MOTIONS)
    return fitting(ClipWords(words, motion if words.thing != "none" else "still", camera))


def fitting(words: ClipWords) -> ClipWords:
    """The same words without what cannot be shown: things on the ground stay behind a camera that
    flies, so it pans or circles instead; a boat needs water."""
    still, camera = words.still, words.camera
    if still.thing == "boat":
        still = replace(still, scene="sea")
    if still.thing not in (*FLYING, "none", "boat") and still.scene == "sea":
        still = replace(still, scene="islands")
    grounded = still.thing not in (*FLYING, "none", "boat")
    if grounded and camera in ("forward", "backward"):
        camera = {"forward": "right", "backward": "orbit"}[camera]
    return ClipWords(still, words.motion, camera)


def describe_clip(words: ClipWords, rng: random.Random) -> str:
    """Says a clip in one short English prompt; parts may go unsaid, what is said is true."""
    still = words.still
    parts = [_subject(words, rng)]
    if rng.random() < 0.9:
        parts.append(_say(TIMES[still.time], rng))
    text = " ".join(parts)
    if still.style != "photo" or rng.random() < 0.15:
        style = _say(STYLES[still.style], rng)
        text = f"{style} of {text}" if rng.random() < 0.5 else f"{text}, {style}"
    if rng.random() < (0.3 if words.camera == "still" else 0.85):
        text = f"{text}, {_say(CAMERAS[words.camera], rng)}"
    return text


def _subject(words: ClipWords, rng: random.Random) -> str:
    still, place = words.still, _say(SCENES[words.still.scene], rng)
    if still.thing == "none":
        return place
    thing = f"a {still.colour} {_say(OBJECTS[still.thing], rng)}"
    if words.motion != "still":
        thing = f"{thing} {_say(MOTIONS[words.motion], rng)}"
    near = rng.choice(("in front of", "and", "with", "in", "near", "over"))
    return thing if rng.random() < 0.1 else f"{thing} {near} {place}"


def _say(phrases: Sequence[str], rng: random.Random) -> str:
    """The first phrase half of the time, so that it is learnt first; else any of them."""
    return phrases[0] if rng.random() < 0.5 else rng.choice(phrases)


def clip_vocabulary() -> list[str]:
    """Every word that the grammar can say and the everyday ones, sorted, in lower case."""
    tables = (SCENES, TIMES, OBJECTS, STYLES, CAMERAS, MOTIONS)
    phrases = [phrase for table in tables for many in table.values() for phrase in many]
    joined = " ".join([*phrases, *COLOURS, *FILLERS, *EVERYDAY]).replace("-", " ")
    return sorted({word for word in joined.lower().split() if word.isalnum()})
