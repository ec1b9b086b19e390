"""What the critic learns from: single frames of moving worlds with the words that their texts say,
and frames that an autoencoder drew from disturbed latents."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from assets.recipes.critic_damage import strengths
from nodes.models.critic import COLOUR, PLAIN, STYLE, THING, WordTable
from nodes.worlds.clip_words import CLIP_SCENES, CLIP_STYLES, CLIP_THINGS
from nodes.worlds.words import COLOURS, OBJECTS, SCENES, STYLES, TIMES

if TYPE_CHECKING:
    from pathlib import Path

    from assets.recipes.video_pool import ClipPool
    from nodes.models.video_model import VideoVAE

UNKNOWN = -1  # the label of a head that the text, or the picture, says nothing about
EDGE = 0.04  # a thing whose middle is nearer than this to the border, in picture heights, is unseen
NO_THING = "none"
CLIP = 5  # frames that an autoencoder redraws at once: a first latent and one behind it
LATENT_NOISE = 1.3  # at full strength, in deviations of a latent
REDRAWN = 0.12  # how bad a redrawn picture is where its latents were left alone

TABLE = WordTable(
    {
        "scene": {name: SCENES[name] for name in CLIP_SCENES},
        "time": dict(TIMES),
        THING: {NO_THING: (), **{name: OBJECTS[name] for name in CLIP_THINGS}},
        COLOUR: {name: (name,) for name in COLOURS},
        STYLE: {name: STYLES[name] for name in CLIP_STYLES},
    }
)


class Frames(NamedTuple):
    """Pictures (N, 3, side, side) uint8 and the labels (N, heads) of what they show."""

    pictures: Tensor
    labels: Tensor


class Redraws(NamedTuple):
    """Pictures (N, 3, side, side) uint8 out of disturbed latents, and how bad each is (N,)."""

    pictures: Tensor
    severity: Tensor


def labels(text: str, thing: Tensor) -> list[int]:
    """The label of each head for a frame with this text, whose thing is at (u, v, radius)."""
    said = TABLE.said(text)
    said.setdefault(THING, NO_THING)
    said.setdefault(STYLE, PLAIN)
    u, v, radius = thing.tolist()
    if said[THING] != NO_THING and not (radius > 0 and EDGE < u < 1 - EDGE and EDGE < v < 1 - EDGE):
        said.pop(THING)
        said.pop(COLOUR, None)
    return [TABLE.index(head, said[head]) if head in said else UNKNOWN for head in TABLE.heads]


def take_frames(pool: ClipPool, chunks: range, *, each: int) -> Frames:
    """`each` frames of every clip of some chunks, evenly over its length."""
    pictures, found = [], []
    times = torch.linspace(0, pool.frames - 1, each).round().long()
    for number in chunks:
        chunk = pool.chunk_at(number)
        pictures.append(chunk.frames[:, times].flatten(0, 1).clone())
        for text, things in zip(chunk.texts, chunk.things, strict=True):
            found += [labels(text, things[time]) for time in times.tolist()]
    return Frames(torch.cat(pictures), torch.tensor(found))


@torch.no_grad()
def redraw_frames(pool: ClipPool, chunks: range, vae: VideoVAE, *, count: int) -> Redraws:
    """One frame each of `count` clips, out of the autoencoder with its latents disturbed by white
    noise and by noise of two latents' breadth."""
    pictures, found = [], []
    for at in range(count):
        chunk = pool.chunk_at(chunks[at % len(chunks)])
        row, start = (
            at // len(chunks) % len(chunk.frames),
            int(torch.randint(pool.frames - CLIP, ())),
        )
        clip = chunk.frames[row : row + 1, start : start + CLIP].float() / 255
        much = strengths(1)
        drawn = vae.decode_all(_disturbed(vae.encode_all(clip), LATENT_NOISE * float(much)))
        pictures.append((drawn[0, -1:].clamp(0, 1) * 255).round().to(torch.uint8))
        found.append(REDRAWN + (1 - REDRAWN) * much)
    return Redraws(torch.cat(pictures), torch.cat(found))


def _disturbed(latents: Tensor, much: float) -> Tensor:
    """Latents (1, F, C, h, w) with the same noise in every frame."""
    white = torch.randn_like(latents[:, :1])
    broad = white[..., ::2, ::2].repeat_interleave(2, -1).repeat_interleave(2, -2)
    share = float(torch.rand(()))
    noise = (1 - share) * white + share * broad[..., : white.shape[-2], : white.shape[-1]]
    return latents + much * noise / noise.std()


def keep(part: Frames | Redraws, path: Path) -> None:
    """Writes frames or redraws, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(part._asdict(), path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)
