"""Photographs that freely licensed packages ship, as random views with captions: what the image
model learns real pictures from.

None of them is kept in the repository. They are read from a folder that holds what the packages
scikit-image and scikit-learn (PyPI) and lomiri-wallpapers-16.04 (Debian) install; those that are
not there are left out, and without any the model trains on painted worlds alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

if TYPE_CHECKING:
    import random
    from pathlib import Path

SIDES = (192, 320, 512, 896)  # pixels of the short sides at which each is kept
WHOLE_SHARE = 0.6  # of views that show the whole short side


class Source(NamedTuple):
    """One photograph: its file, the package that ships it, who made it, under which terms, and what
    it shows."""

    file: str
    package: str
    author: str
    licence: str
    captions: tuple[str, str]


SKIMAGE, SKLEARN, LOMIRI = "scikit-image", "scikit-learn", "lomiri-wallpapers-16.04"
FREE, CC0, BY2, BY4 = "public domain", "CC0-1.0", "CC-BY-2.0", "CC-BY-4.0"
SUNSET = ("green hills at sunset", "the sun over hills in the evening")
DANDELION = ("a white flower in a meadow at sunset", "flowers in golden light")
PEAKS = ("mountains under a blue sky", "high mountains and a meadow")
AITZOL = "Aitzol Berasategi"
SOURCES = tuple(
    Source(*row)
    for row in (
        ("astronaut.png", SKIMAGE, "NASA", FREE, ("a woman in an orange suit", "a person")),
        ("brick.png", SKIMAGE, "scikit-image", CC0, ("a brick wall", "grey bricks")),
        ("chelsea.png", SKIMAGE, "Stefan van der Walt", CC0, ("a cat", "the face of a brown cat")),
        ("coffee.png", SKIMAGE, "Rachel Michetti", CC0, ("a cup of coffee", "a red cup")),
        ("grass.png", SKIMAGE, "scikit-image", CC0, ("grass", "grey grass")),
        ("gravel.png", SKIMAGE, "scikit-image", CC0, ("gravel", "grey stones")),
        ("rocket.jpg", SKIMAGE, "SpaceX", CC0, ("a rocket at dusk", "a tower in the blue hour")),
        ("china.jpg", SKLEARN, "danielbuechele", BY2, ("a red temple", "a tower and trees")),
        ("flower.jpg", SKLEARN, "vultilion", BY2, ("an orange flower", "an orange blossom")),
        ("Picture_0B_by_freespace.jpg", LOMIRI, "Freespace", BY4, ("a fruit", "a red bowl")),
        ("Picture_1A_by_freespace.jpg", LOMIRI, "Freespace", BY4, ("brushes", "bright brushes")),
        ("Wine_by_Jakkub_Mede.jpg", LOMIRI, "Jakub Mede", BY4, ("a room", "a drum in a room")),
        ("aitzgorri_by_Aitzol_Berasategi.jpg", LOMIRI, AITZOL, BY4, ("mountains", "a meadow")),
        ("friends_by_Aitzol_Berasategi.jpg", LOMIRI, AITZOL, BY4, ("two dogs", "a house and dogs")),
        ("life_by_Aitzol_Berasategi.jpg", LOMIRI, AITZOL, BY4, ("a forest", "a green forest")),
        ("picosdeeuropa_by_Aitzol_Berasategi.jpg", LOMIRI, AITZOL, BY4, PEAKS),
        ("seeding_by_Clements_Engelhardt.jpg", LOMIRI, "Clemens Engelhardt", CC0, DANDELION),
        ("sunset_by_Aitzol_Berasategi.jpg", LOMIRI, AITZOL, BY4, SUNSET),
    )
)


class Photographs:
    """The photographs of a folder, each at several sizes, from which views are cut."""

    def __init__(self, folder: Path) -> None:
        here = {path.name: path for path in sorted(folder.rglob("*")) if path.is_file()}
        self.sources = [source for source in SOURCES if source.file in here]
        self._sizes = [_sizes(here[source.file]) for source in self.sources]

    def __len__(self) -> int:
        return len(self.sources)

    def __repr__(self) -> str:
        return f"<Photographs, {len(self)} of {len(SOURCES)}>"

    def views(self, n: int, side: int) -> Tensor:
        """n random views (n, 3, side, side) in [0, 1], half of them mirrored, their light
        varied."""
        picks = torch.randint(len(self), (n,)).tolist()
        return torch.stack([_lit(self._view(pick, side)) for pick in picks])

    def described(self, n: int, side: int, dice: random.Random) -> tuple[Tensor, list[str]]:
        """n random views as `views` gives them, and a caption of each."""
        picks = [dice.randrange(len(self)) for _ in range(n)]
        views = torch.stack([_lit(self._view(pick, side)) for pick in picks])
        return views, [dice.choice(self.sources[pick].captions) for pick in picks]

    def _view(self, pick: int, side: int) -> Tensor:
        """One view (3, side, side): of the whole height, or a crop at some size."""
        sizes = [kept for kept in self._sizes[pick] if min(kept.shape[1:]) >= side]
        kept = sizes[int(torch.randint(len(sizes), ()))] if sizes else self._sizes[pick][-1]
        least = min(kept.shape[1:])
        whole = not sizes or float(torch.rand(())) < WHOLE_SHARE
        span = least if whole else side
        y, x = (int(torch.randint(room - span + 1, ())) for room in kept.shape[1:])
        view = kept[:, y : y + span, x : x + span].float() / 255
        if span != side:
            view = F.interpolate(view[None], (side, side), mode="bilinear", antialias=True)[0]
        return view.flip(-1) if float(torch.rand(())) < 0.5 else view


def _lit(view: Tensor) -> Tensor:
    """Another exposure and another saturation, a little."""
    gamma, colour = (torch.rand(2) * 0.5 - 0.25).exp().tolist()
    grey = view.mean(0, keepdim=True)
    return (grey + colour * (view - grey)).clamp(0, 1) ** gamma


def _sizes(path: Path) -> list[Tensor]:
    """The picture as (3, H, W) bytes at each short side that it can fill."""
    with Image.open(path) as file:
        picture = file.convert("RGB")
    short = min(picture.size)
    kept = []
    for side in (side for side in SIDES if side <= short):
        size = (round(picture.width * side / short), round(picture.height * side / short))
        pixels = np.array(picture.resize(size, Image.Resampling.BOX))
        kept.append(torch.from_numpy(pixels).permute(2, 0, 1).contiguous())
    return kept
