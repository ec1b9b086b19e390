"""The refiner: a small network that mends the mix of two pictures which were carried along their
motion to the moment between them.

ANVIL (arXiv 2603.26835) in small: motion does the moving, and the network only takes away what does
not fit, such as the ghosts of edges that were covered in one picture and bare in the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.errors import WeightsError
from nodes.models.checkpoint import fit, read_json, read_tensors
from nodes.models.config_fields import parse
from nodes.models.held import Held, hold

if TYPE_CHECKING:
    from pathlib import Path

    from engine.node import Context

Progress = Callable[[float, str], None]
EMBEDDED = "slipstream-refiner"
FAMILY = "refiner"
WEIGHTS, CONFIG = "refiner.safetensors", "config.json"
CELL = 8  # pixels of the coarsest stage; pictures are padded to whole cells
PAIR = 6  # channels of two pictures
MENDED = 4  # channels of what is mended: which picture to believe, and what to add in each colour


@dataclass(frozen=True)
class RefinerConfig:
    """Widths at a half, a quarter and an eighth of the side, and blocks at the coarsest stage."""

    widths: tuple[int, int, int] = (16, 32, 48)
    blocks: int = 2

    def __post_init__(self) -> None:
        if min(*self.widths, self.blocks) < 1:
            raise ValueError(f"widths {self.widths} and blocks {self.blocks} have to be 1 or more")


class RefinerNetwork(nn.Module):
    """Two pictures of one moment to the picture of that moment.

    Strided convolutions down to an eighth of the side, transposed ones up again, what was seen on
    the way down added on the way up. The last layer begins at zero, so that a network without
    training mixes both pictures evenly. It has no norms, so there is nothing to fold.
    """

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        fine, middle, deep = config.widths
        self.first = _down(PAIR, fine)
        self.down = nn.ModuleList([_down(fine, middle), _down(middle, deep)])
        self.bottom = nn.Sequential(*(_Residual(deep) for _ in range(config.blocks)))
        self.up = nn.ModuleList([_up(deep, middle), _up(middle, fine)])
        self.after = nn.ModuleList([_Residual(middle), _Residual(fine)])
        self.last = nn.Conv2d(fine, MENDED * 4, 1)
        for weight in self.last.parameters():
            nn.init.zeros_(weight)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """(B, 3, H, W) twice, in [0, 1] and carried to one moment -> (B, 3, H, W) in [0, 1]."""
        mix, gap = (first + second) / 2, (first - second) / 2
        mended = self._mended(mix, gap)
        believed, added = mended[:, :1], mended[:, 1:]
        return (mix + believed * gap + added).clamp(0, 1)

    def _mended(self, mix: Tensor, gap: Tensor) -> Tensor:
        """(B, 4, H, W): from -1 for the second picture to 1 for the first; and what is added."""
        height, width = mix.shape[2:]
        pair = torch.cat([mix * 2 - 1, gap * 2], 1)
        pair = F.pad(pair, (0, -width % CELL, 0, -height % CELL), mode="replicate")
        fine = torch.relu(self.first(pair.to(self.last.weight.dtype)))
        middle = torch.relu(self.down[0](fine))
        deep = self.bottom(torch.relu(self.down[1](middle)))
        middle = self.after[0](torch.relu(self.up[0](deep) + middle))
        fine = self.after[1](torch.relu(self.up[1](middle) + fine))
        return F.pixel_shuffle(self.last(fine), 2)[..., :height, :width].to(mix.dtype)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, 1, 1)
        self.second = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(torch.relu(self.first(x))))


def _down(i: int, o: int) -> nn.Conv2d:
    return nn.Conv2d(i, o, 4, 2, 1)


def _up(i: int, o: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(i, o, 2, 2)


@dataclass(frozen=True, eq=False)
class RefinerModel:
    """A refiner that is ready to mend."""

    network: RefinerNetwork
    config: RefinerConfig
    name: str

    @torch.no_grad()
    def middle(self, first: Tensor, second: Tensor) -> Tensor:
        """Two pictures (B, 3, H, W) in [0, 1] of any size, carried to one moment -> the picture of
        that moment, on the device and in the type of the first."""
        device = self.network.last.weight.device
        pair = (
            picture.detach().to(device, torch.float32, memory_format=torch.channels_last)
            for picture in (first, second)
        )
        return self.network(*pair).to(first.device, first.dtype).contiguous()


@dataclass(frozen=True)
class LoadRefiner:
    """Loads a refiner on a device; two that are equal share what they load."""

    device: torch.device
    dtype: torch.dtype

    def __call__(self, path: Path, progress: Progress) -> RefinerModel:
        progress(0.0, f"loading {path.name}")
        return load_refiner(path, device=self.device, dtype=self.dtype)


def hold_refiner(ctx: Context, name: str = EMBEDDED) -> Held[RefinerModel]:
    """The refiner of a name, for a node; see `hold`."""
    return hold(name, ctx, LoadRefiner(ctx.device, ctx.dtype))


def load_refiner(
    path: Path, *, device: torch.device, dtype: torch.dtype = torch.float32
) -> RefinerModel:
    """The refiner of a folder. WeightsError says in a sentence what is missing or wrong there."""
    given = read_json(path / CONFIG)
    if given.get("family") != FAMILY:
        raise WeightsError(
            f"{path / CONFIG} is of the family {given.get('family')!r}, not {FAMILY!r}; "
            "it is no refiner"
        )
    config = parse(RefinerConfig, given.get("network"), f"{path.name} network")
    network = RefinerNetwork(config)
    fit(network, read_tensors(path / WEIGHTS), where=f"{path.name}/{WEIGHTS}", dtype=dtype)
    return RefinerModel(network.to(device).eval().requires_grad_(False), config, path.name)
