"""What the denoiser trains on: every clip of the pool as latents of the finished autoencoder, at
whole size, and at half size also mirrored; and openings, from short clips of many more worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from assets.recipes.precision import mixed
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
    (N, F, 3), read from disk as they come; `half` are those of the clips at half their size, and
    `name` is "latents" for clips or "openings" for what they open with, of three frames."""

    def __init__(self, folder: Path, *, half: bool, name: str = LATENTS) -> None:
        self.half = half
        self._folder, self._key = folder / name, "half" if half else "whole"
        self._parts: list[Tensor] = []
        self._things: list[Tensor] = []
        self._cameras: list[Tensor] = []
        self.texts: list[str] = []
        self._folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"<LatentPool {len(self)} clips, {self._key}>"

    def chunks(self) -> int:
        """How many chunks lie on disk."""
        return len(list(self._folder.glob("[0-9]*.pt")))

    def refresh(self) -> None:
        """Takes in the chunks that have come since the last time."""
        for path in sorted(self._folder.glob("[0-9]*.pt"))[len(self._parts) :]:
            kept = torch.load(path, weights_only=True)
            part = kept[self._key]
            self._parts.append(part)
            self._things.append(kept["things"][: len(part)])
            self._cameras.append(kept["cameras"][: len(part)])
            self.texts += kept["texts"][: len(part)]

    def take(self, index: Tensor) -> Tensor:
        """Latents (M, F, C, h, w) float32 at these places."""
        return self._rows(self._parts, index).float()

    def things(self, index: Tensor) -> Tensor:
        """The things (M, F, 3) of the latents at these places, as `Chunk.things` gives them."""
        return self._rows(self._things, index)

    def cameras(self, index: Tensor) -> Tensor:
        """The cameras (M, F, 3) of the latents at these places, as `Chunk.cameras` gives them."""
        return self._rows(self._cameras, index)

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
    half = [_halved(clip) for clip in chunk.frames]
    moments = _moments(chunk.things.shape[1])
    things, cameras = chunk.things[:, moments], chunk.cameras[:, moments]
    kept = {
        "whole": torch.cat([_encoded(vae, clip.float() / 255) for clip in chunk.frames]),
        "half": torch.cat([_encoded(vae, c) for c in (*half, *(clip.flip(-1) for clip in half))]),
        "texts": [*chunk.texts, *map(mirror_text, chunk.texts)],
        "things": torch.cat([things, _mirrored(things)]),
        "cameras": torch.cat([cameras, cameras * TURNED]),
    }
    _keep(kept, place)
    return True


@torch.no_grad()
def open_next(shorts: ClipPool, vae: Taehv, folder: Path) -> bool:
    """Encodes the first chunk of short clips that has no openings yet, as they are and mirrored;
    False where there is none."""
    place = folder / OPENINGS
    chunk = _waiting(shorts, place)
    if chunk is None:
        return False
    moments = _moments(chunk.frames.shape[1])
    things, cameras = chunk.things[:, moments], chunk.cameras[:, moments]
    shown = (*chunk.frames, *chunk.frames.flip(-1))
    kept = {
        "whole": torch.cat([_encoded(vae, clip.float() / 255) for clip in shown]),
        "texts": [*chunk.texts, *map(mirror_text, chunk.texts)],
        "things": torch.cat([things, _mirrored(things)]),
        "cameras": torch.cat([cameras, cameras * TURNED]),
    }
    _keep(kept, place)
    return True


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


def _moments(frames: int) -> list[int]:
    """The frame in the middle of each latent: the first has one frame, the others four."""
    return [0, *range(3, frames, 4)]


def _mirrored(things: Tensor) -> Tensor:
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


def _halved(clip: Tensor) -> Tensor:
    return F.avg_pool2d(clip.float() / 255, 2)


def _encoded(vae: Taehv, clip: Tensor) -> Tensor:
    """Latents (1, F, C, h, w) float16 of a clip (T, 3, H, W) in [0, 1]."""
    with mixed(clip.device):
        return vae.encode_all(clip[None]).half()
