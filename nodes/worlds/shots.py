"""The shots of a world that is cut: each stands elsewhere at another time of day and looks another
way, and is the same for the same seed; the thing stays what it is."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from nodes.worlds.live_words import TABLES, LiveWords
from nodes.worlds.things import FLYING

CAMERAS = ("still", "left", "right", "orbit", "handheld", "tilt", "dolly", "forward")
CLOSE = (1.0, 1.15, 1.35)  # how near the thing stands: a wide, a medium and a close shot


@dataclass(frozen=True, slots=True)
class Asked:
    """What the menus said when a shot began: what they say otherwise since then goes before it."""

    scene: str
    time: str
    camera: str
    seed: int

    @staticmethod
    def of(words: LiveWords, seed: int) -> Asked:
        return Asked(words.scene, words.time, words.camera, seed)


@dataclass(frozen=True, slots=True)
class Shot:
    """The `number`-th shot: where, when, from which camera and seed, and how close."""

    number: int
    asked: Asked
    scene: str
    time: str
    camera: str
    seed: int
    close: float

    def words(self, said: LiveWords) -> LiveWords:
        """What the menus say, elsewhere."""
        asked = self.asked
        return replace(
            said,
            scene=self.scene if said.scene == asked.scene else said.scene,
            time=self.time if said.time == asked.time else said.time,
            camera=self.camera if said.camera == asked.camera else said.camera,
        ).fitted()

    def place(self, seed: int) -> int:
        """The seed of its land, where the knob says `seed`."""
        return self.seed if seed == self.asked.seed else seed


def next_shot(number: int, said: LiveWords, seed: int, here: LiveWords) -> Shot:
    """The shot that comes after what is seen `here`; nothing of it but the thing is the same.

    It goes through all scenes, times and cameras before one comes again.
    """
    dice = random.Random(f"{seed} {number}")
    return Shot(
        number,
        Asked.of(said, seed),
        scene=_turn(_scenes(said.thing), number, seed, here.scene),
        time=_turn(tuple(TABLES["time"]), number, seed + 1, here.time),
        camera=_turn(_cameras(said.thing), number, seed + 2, here.camera),
        seed=dice.randrange(2**31),
        close=dice.choice(CLOSE),
    )


def _turn(choices: tuple[str, ...], number: int, seed: int, here: str) -> str:
    """The one whose turn it is in an order of the seed's; its neighbour where that is `here`."""
    order = random.Random(seed).sample(choices, len(choices))
    found = order[number % len(order)]
    return order[(number + 1) % len(order)] if found == here else found


def _cameras(thing: str) -> tuple[str, ...]:
    """What can look at a thing: nothing flies past one that stands on the ground."""
    flies = thing in (*FLYING, "none", "boat")
    return tuple(one for one in CAMERAS if flies or one != "forward")


def _scenes(thing: str) -> tuple[str, ...]:
    """Where a thing can be: on the sea only what flies, and a boat nowhere else."""
    if thing == "boat":
        return ("sea",)
    return tuple(one for one in TABLES["scene"] if thing in (*FLYING, "none") or one != "sea")
