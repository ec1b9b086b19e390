"""Judges of generated pictures that the generator has no part in: the statistics of painted worlds,
the motion that pictures show, and the embedded critic."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from kernels.color import luma, rgb_to_oklab
from kernels.resize import resize
from nodes.models.critic import COLOUR, PLAIN, STYLE, THING
from nodes.rollout.score.scorers import motion
from nodes.worlds.clip import render_clips
from nodes.worlds.clip_words import CLIP_SCENES, CLIP_STYLES, ClipWords, draw_clip_words
from nodes.worlds.words import OBJECTS, SCENES, STYLES, TIMES, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nodes.models.critic import CriticModel

    Maker = Callable[["Told"], Tensor]  # pictures (T, 3, H, W) in [0, 1] of what is told

SEED = 7_301_009  # of the prompts; no recipe trains with it
OTHERS = 5_200_013  # of the worlds that pictures are compared with
NOTHING = "none"
BANDS = 8
SHOWN = 4  # pictures of a film that the critic sees
FAR = slice(3, 6)  # bands about the horizon, under which what is near stands
EACH = 3  # worlds of one scene, time and style
SMALL = 64  # pixels of a picture that motion is measured on
APART = 2  # frames between the two that motion is measured between
MOVED = 0.25  # of the worlds' own speed that counts as moving


class Told(NamedTuple):
    """What a film is to show, in the tables' words and as a prompt that says all of it."""

    words: ClipWords
    text: str


def drawn(count: int) -> list[Told]:
    """Prompts of worlds that no training saw, the same on every call; the camera goes unsaid."""
    dice = random.Random(SEED)
    return [told(draw_clip_words(dice)) for _ in range(count)]


def told(words: ClipWords, camera: str = "", motion: str = "") -> Told:
    """The first phrases of what still words hold, and a camera's and a motion's where given."""
    still = words.still
    place = f"{SCENES[still.scene][0]} {TIMES[still.time][0]}"
    if still.thing != NOTHING:
        thing = " ".join(word for word in (still.colour, OBJECTS[still.thing][0], motion) if word)
        place = f"a {thing} in front of {place}"
    if still.style != PLAIN:
        place = f"{STYLES[still.style][0]} of {place}"
    return Told(words, f"{place}, {camera}" if camera else place)


def plain(scene: str, time: str = "day", style: str = PLAIN, camera: str = "still") -> ClipWords:
    """The words of an empty world."""
    still = Words(scene, time, NOTHING, "red", "red", style)
    return ClipWords(still, "still", camera)


def painted(words: ClipWords, *, frames: int, side: int, seed: int) -> Tensor:
    """A true world (frames, 3, side, side) of these words."""
    rng = torch.Generator().manual_seed(seed)
    return render_clips([words], [""], frames, side, rng).frames[0]


@dataclass(eq=False)
class BandJudge:
    """Tells scene, time and style by the means and spreads of colour in eight bands of a picture:
    the word whose worlds are nearest, all else being as it was told."""

    _known: dict[tuple[str, str, str], Tensor] = field(default_factory=dict)

    def says(self, picture: Tensor, words: Words) -> dict[str, str]:
        """The word of each head for a picture (3, H, W); scenes and times only of plain style."""
        seen = bands(picture[None])[0]
        scene, time, style = words.scene, words.time, words.style
        found = {"style": self._nearest(seen, {s: (scene, time, s) for s in CLIP_STYLES})}
        if style == PLAIN:
            found["scene"] = self._nearest(seen, {s: (s, time, style) for s in CLIP_SCENES})
            found["time"] = self._nearest(seen, {t: (scene, t, style) for t in TIMES})
        return found

    def _nearest(self, seen: Tensor, choices: dict[str, tuple[str, str, str]]) -> str:
        gaps = {word: (self._of(key) - seen).norm(dim=1).mean() for word, key in choices.items()}
        return min(gaps, key=lambda word: float(gaps[word]))

    def _of(self, key: tuple[str, str, str]) -> Tensor:
        """The bands (EACH, features) of worlds of a scene, a time and a style."""
        if key not in self._known:
            rng = torch.Generator().manual_seed(OTHERS + len(self._known))
            made = render_clips([plain(*key)] * EACH, [""] * EACH, 1, SMALL, rng)
            self._known[key] = bands(made.frames[:, 0])
        return self._known[key]


def bands(pictures: Tensor) -> Tensor:
    """Mean and spread of the Oklab colours in horizontal bands of pictures (B, 3, H, W)."""
    small = resize(pictures.float(), height=SMALL, width=SMALL, filter="area")
    lab = rgb_to_oklab(small).unflatten(2, (BANDS, -1)).flatten(3)  # (B, 3, BANDS, pixels)
    return torch.cat([lab.mean(-1), 0.5 * lab.std(-1)], 1).flatten(1)


def shares(make: Maker, prompts: Iterable[Told], judge: BandJudge, critic: CriticModel) -> Shares:
    """How many words of the prompts their pictures show, by both judges."""
    found = Shares()
    for one in prompts:
        pictures = make(one)
        found.note("statistics", one.words.still, judge.says(pictures[-1], one.words.still))
        seen = critic.judge(pictures)
        found.note("critic", one.words.still, likeliest(seen.words, critic))
        found.quality.append(float(seen.quality.mean()))
    return found


def likeliest(words: dict[str, Tensor], critic: CriticModel) -> dict[str, str]:
    """The word of every head that pictures show most, on the whole."""
    tables = critic.table.heads
    return {head: list(tables[head])[int(p.mean(0).argmax())] for head, p in words.items()}


def some(pictures: Tensor) -> Tensor:
    """A few of pictures (T, ...), from the first to the last."""
    return pictures[torch.linspace(0, len(pictures) - 1, min(SHOWN, len(pictures))).long()]


@dataclass
class Shares:
    """Right and judged words, by judge and head, and the quality of each film."""

    counts: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    quality: list[float] = field(default_factory=list)

    def note(self, judge: str, wanted: Words, said: dict[str, str]) -> None:
        for head, word in said.items():
            if head == COLOUR and (wanted.thing == NOTHING or wanted.style != PLAIN):
                continue  # there is none, or the style paints over it
            asked = getattr(wanted, head)
            self._count(judge, head, word == asked)
            if (head == THING and asked != NOTHING) or (head == STYLE and asked != PLAIN):
                self._count(judge, f"{head}, where one is told", word == asked)

    def _count(self, judge: str, row: str, right: bool) -> None:
        kept = self.counts.setdefault((judge, row), [0, 0])
        kept[0], kept[1] = kept[0] + right, kept[1] + 1


class Moves(NamedTuple):
    """What the camera does from one picture to the next: widths that the ground goes to the right,
    its growth about the middle of the horizon, and widths that what is far goes to the right while
    what is near stays behind it or goes to the left, as about a point between them."""

    pan: float
    zoom: float
    orbit: float


def moves(pictures: Tensor) -> Moves:
    """The camera of pictures (T, 3, H, W), by their motion (Lucas and Kanade); pan and zoom by that
    of their lower half."""
    grey = resize(luma(pictures.float()), height=SMALL, width=SMALL, filter="area")
    flow = -motion(grey[APART:], grey[:-APART]) / APART  # (T, 2, SMALL, SMALL)
    ground = flow[:, :, SMALL // 2 :]
    y = torch.arange(SMALL // 2).add(0.5)[:, None].expand(-1, SMALL)
    x = torch.arange(SMALL).sub(SMALL / 2 - 0.5)[None].expand(SMALL // 2, -1)
    place = torch.stack([x, y])
    growth = (ground * place).sum((1, 2, 3)) / place.square().sum()
    pan = float(ground[:, 0].median()) / SMALL
    return Moves(pan, float(growth.mean()), _circling(flow[:, 0]) / SMALL)


def _circling(flow: Tensor) -> float:
    """How far what is far goes to the right, or only as far as it leaves what is near behind; a pan
    to the right takes both to the left, one to the left the near farther (T, SMALL, SMALL)."""
    bands = flow.unflatten(1, (BANDS, -1)).transpose(0, 1).flatten(1).median(1).values  # (BANDS,)
    far = FAR.start + int(bands[FAR].argmax())
    near = bands[far + 1 :].min()
    return float(torch.minimum(bands[far], bands[far] - near))


def spread(films: list[Tensor]) -> float:
    """How far pictures of one prompt and several seeds lie apart: mean distance of every two, in
    Oklab at 16 x 16."""
    small = torch.stack(
        [resize(f[-1:].float(), height=16, width=16, filter="area")[0] for f in films]
    )
    lab = rgb_to_oklab(small).flatten(1)
    return float(torch.pdist(lab).mean() / lab.shape[1] ** 0.5)
