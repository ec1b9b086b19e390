"""What the denoiser trains on: every clip of the pool as latents of the finished autoencoder, and
openings, from short clips of many more worlds, as they are and mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from assets.recipes.precision import mixed
from assets.recipes.video_moves import mirrored, moves_of
from nodes.worlds.clip_words import CAMERAS

if TYPE_CHECKING:
    from pathlib import Path

    from assets.recipes.video_pool import Chunk, ClipPool
    from nodes.models.taehv import Taehv

MIRRORED = {"left": "right", "right": "left"}
LATENTS, OPENINGS = "latents", "openings"  # folders
TURNED = torch.tensor([-1.0, -1.0, 1.0])  # what a mirror does to a camera's speed
OPENING = 9  # frames of an opening
WAYS = {phrase for phrases in CAMERAS.values() for phrase in phrases}


class LatentPool:
    """Latents (N, F, C, h, w) float16, N texts, where N things are and how fast N cameras go, both
    (N, F, 3), and how everything moves, (N, F, LAGS, 2, h, w), read from disk as they come; `name`
    is "latents" for clips or "openings" for what they open with, of three frames."""

    def __init__(self, folder: Path, *, name: str = LATENTS) -> None:
        self._folder = folder / name
        self._parts: list[Tensor] = []
        self._things: list[Tensor] = []
        self._cameras: list[Tensor] = []
        self._moves: list[Tensor] = []
        self.texts: list[str] = []
        self._folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"<LatentPool {len(self)} clips, {self._folder.name}>"

    def chunks(self) -> int:
        """How many chunks lie on disk."""
        return len(list(self._folder.glob("[0-9]*.pt")))

    def refresh(self) -> None:
        """Takes in the chunks that have come since the last time."""
        for path in sorted(self._folder.glob("[0-9]*.pt"))[len(self._parts) :]:
            kept = torch.load(path, weights_only=True)
            part = kept["latents"]
            self._parts.append(part)
            self._things.append(kept["things"])
            self._cameras.append(kept["cameras"])
            self._moves.append(kept["moves"])
            self.texts += kept["texts"]

    def take(self, index: Tensor) -> Tensor:
        """Latents (M, F, C, h, w) float32 at these places."""
        return self._rows(self._parts, index).float()

    def things(self, index: Tensor) -> Tensor:
        """The things (M, F, 3) of the latents at these places, as `Chunk.things` gives them."""
        return self._rows(self._things, index)

    def cameras(self, index: Tensor) -> Tensor:
        """The cameras (M, F, 3) of the latents at these places, as `Chunk.cameras` gives them."""
        return self._rows(self._cameras, index)

    def moves(self, index: Tensor) -> Tensor:
        """How everything moves in the latents at these places, (M, F, LAGS, 2, h, w) float32, as
        `moves_of` gives it."""
        return self._rows(self._moves, index).float()

    def _rows(self, parts: list[Tensor], index: Tensor) -> Tensor:
        size = len(parts[0])
        return torch.stack([parts[i // size][i % size] for i in index.tolist()])


@torch.no_grad()
def encode_next(clips: ClipPool, vae: Taehv, folder: Path) -> bool:
    """Encodes the first chunk of clips that has no latents yet; False where there is none."""
    place = folder / LATENTS
    chunk = _waiting(clips, place)
    if chunk is None:
        return False
    latents = _encoded(vae, chunk.frames)
    moves = _moves(chunk, latents.shape[-1])
    _keep({"latents": latents, "moves": moves, **_told(chunk)}, place)
    return True


@torch.no_grad()
def open_next(shorts: ClipPool, vae: Taehv, folder: Path) -> bool:
    """Encodes the first chunk of short clips that has no openings yet, as they are and mirrored;
    False where there is none."""
    place = folder / OPENINGS
    chunk = _waiting(shorts, place)
    if chunk is None:
        return False
    told, latents = _told(chunk), _encoded(vae, chunk.frames)
    moves = _moves(chunk, latents.shape[-1])
    kept = {
        "latents": torch.cat([latents, _encoded(vae, chunk.frames.flip(-1))]),
        "moves": torch.cat([moves, mirrored(moves)]),
        "texts": [*chunk.texts, *map(mirror_text, chunk.texts)],
        "things": torch.cat([told["things"], _turned(told["things"])]),
        "cameras": torch.cat([told["cameras"], told["cameras"] * TURNED]),
    }
    _keep(kept, place)
    return True


def _told(chunk: Chunk) -> dict[str, Any]:
    """What is known of each latent of a chunk: its text, thing and camera."""
    # the moment in the middle of each: the first latent has one frame, the others four
    moments = [0, *range(3, chunk.frames.shape[1], 4)]
    things, cameras = chunk.things[:, moments], chunk.cameras[:, moments]
    return {"texts": chunk.texts, "things": things, "cameras": cameras}


def _waiting(clips: ClipPool, place: Path) -> Chunk | None:
    """The first chunk of clips of which nothing lies there."""
    place.mkdir(parents=True, exist_ok=True)
    number = len(list(place.glob("[0-9]*.pt")))
    return clips.chunk_at(number) if number < clips.count() else None


def _keep(kept: dict[str, Any], place: Path) -> None:
    """Writes the next chunk there."""
    part = place / f"{len(list(place.glob('[0-9]*.pt'))):05d}.part"
    torch.save(kept, part)
    part.replace(part.with_suffix(".pt"))


def _moves(chunk: Chunk, cells: int) -> Tensor:
    return torch.stack([moves_of(clip, cells) for clip in chunk.frames])


def _turned(things: Tensor) -> Tensor:
    return torch.cat([1 - things[..., :1], things[..., 1:]], -1)


def mirror_text(text: str) -> str:
    """The text of a mirrored clip: left is right. A camera that circles goes round the other way,
    which no word says, so it goes unsaid."""
    for orbit in CAMERAS["orbit"]:
        text = text.removesuffix(f", {orbit}")
    words = (MIRRORED.get(word, word) for word in text.split(" "))
    return " ".join(words)


def wayless_text(text: str) -> str:
    """The text without what it says of the camera."""
    head, _, tail = text.rpartition(", ")
    return head if tail in WAYS else text


def _encoded(vae: Taehv, clips: Tensor) -> Tensor:
    """Latents (N, F, C, h, w) float16 of clips (N, T, 3, H, W) in 0..255."""
    with mixed(clips.device):
        return torch.cat([vae.encode_all(clip[None].float() / 255).half() for clip in clips])
