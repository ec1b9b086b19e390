"""The critic: a small network that sees one picture and says how sound it looks and which words of
the worlds it shows.

Its words lie beside its weights, each with the phrases that say it, so that the same table labels
pictures in training and reads prompts on the stage.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from engine.errors import WeightsError
from kernels.resize import resize
from nodes.models.checkpoint import fit, read_json, read_tensors
from nodes.models.config_fields import parse
from nodes.models.held import Held, hold

if TYPE_CHECKING:
    from pathlib import Path

    from engine.node import Context

Progress = Callable[[float, str], None]
EMBEDDED = "slipstream-critic"
FAMILY = "critic"
WEIGHTS, CONFIG = "critic.safetensors", "config.json"
THING, COLOUR, STYLE, PLAIN = "thing", "colour", "style", "photo"
ARTICLES = ("a", "an", "the")
REACH = 3  # words that a colour may stand before its thing
READ = 256  # words of a text that are looked at
TOKEN = re.compile(r"\w+")


@dataclass(frozen=True)
class CriticConfig:
    """Widths of the three stages, how many places of the picture are looked at, and the side in
    pixels that pictures are judged at.
    """

    widths: tuple[int, int, int] = (24, 48, 112)
    looks: int = 4
    side: int = 128


class Said(NamedTuple):
    """What a critic says of pictures: quality (B,) in [0, 1], and for every head the probabilities
    (B, words) of its words."""

    quality: Tensor
    words: dict[str, Tensor]


@dataclass(frozen=True)
class WordTable:
    """The words of every head, each with the phrases that say it; a word without phrases can be
    seen and not be said."""

    heads: Mapping[str, Mapping[str, tuple[str, ...]]]

    def index(self, head: str, word: str) -> int:
        """Where a word stands among the others of its head."""
        return list(self.heads[head]).index(word)

    def said(self, text: str) -> dict[str, str]:
        """The words that a text says, by head; longer phrases are found first and used up.

        A colour counts where it stands before a thing, and not under a style, which paints over it.
        """
        tokens = _tokens(text)[:READ]
        found: dict[str, str] = {}
        places: dict[str, list[tuple[int, str]]] = {}
        for phrase, head, word in self._phrases:
            for at in _taken(tokens, phrase):
                places.setdefault(head, []).append((at, word))
        for head, many in places.items():
            if head != COLOUR:
                found[head] = min(many)[1]
        colour = _before(places.get(COLOUR, []), places.get(THING, []))
        if colour and found.get(STYLE, PLAIN) == PLAIN:
            found[COLOUR] = colour
        return found

    @functools.cached_property
    def _phrases(self) -> list[tuple[list[str], str, str]]:
        """Every phrase as (tokens, head, word), the longest first."""
        every = [
            (_bare(phrase), head, word)
            for head, words in self.heads.items()
            for word, phrases in words.items()
            for phrase in phrases
        ]
        return sorted(every, key=lambda row: -len(row[0]))


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(text.lower())


def _bare(phrase: str) -> list[str]:
    tokens = _tokens(phrase)
    return tokens[1:] if tokens[0] in ARTICLES else tokens


def _taken(tokens: list[str], phrase: list[str]) -> list[int]:
    """Where a phrase stands in tokens, which it is then struck out of."""
    found = []
    for at in range(len(tokens) - len(phrase) + 1):
        if tokens[at : at + len(phrase)] == phrase:
            tokens[at : at + len(phrase)] = [""] * len(phrase)
            found.append(at)
    return found


def _before(colours: list[tuple[int, str]], things: list[tuple[int, str]]) -> str:
    """The colour that stands next before the first thing, "" where none does."""
    thing = min(things)[0] if things else -1
    return max((row for row in colours if thing - REACH <= row[0] < thing), default=(0, ""))[1]


class CriticNetwork(nn.Module):
    """Pictures to one number of quality and the logits of every word.

    Convolutions bring the side to a sixteenth, a residual block goes over it again; what they see
    is gathered as a mean and by a few soft looks at places, since a thing is a small part of a
    picture. `norms` puts batch norms behind the convolutions, for training.
    """

    def __init__(self, config: CriticConfig, sizes: Mapping[str, int], *, norms: bool = False):
        super().__init__()
        self.sizes = dict(sizes)
        fine, middle, deep = config.widths
        self.stages = nn.ModuleList(
            [
                _conv(3, fine, norms, kernel=8, stride=4),
                _conv(fine, middle, norms, stride=2),
                _conv(middle, deep, norms, stride=2),
                _Residual(deep, norms),
            ]
        )
        self.look = nn.Conv2d(deep, config.looks, 1)
        self.head = nn.Linear(deep * (1 + config.looks), 1 + sum(self.sizes.values()))

    def forward(self, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, 3, H, W) in [0, 1] -> logits of quality (B,) and of each head's words (B, words)."""
        seen = pictures * 2 - 1
        for stage in self.stages:
            seen = torch.relu(stage(seen))
        flat = seen.flatten(2)  # (B, C, P)
        looks = self.look(seen).flatten(2).softmax(-1)  # (B, looks, P)
        gathered = torch.cat([flat.mean(-1, keepdim=True), flat @ looks.mT], -1)
        quality, *words = self.head(gathered.flatten(1)).split([1, *self.sizes.values()], 1)
        return quality[:, 0], dict(zip(self.sizes, words, strict=True))


class _Residual(nn.Module):
    def __init__(self, width: int, norms: bool) -> None:
        super().__init__()
        self.first = _conv(width, width, norms)
        self.second = _conv(width, width, norms)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(torch.relu(self.first(x)))


def _conv(i: int, o: int, norms: bool, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(i, o, kernel, stride, (kernel - 1) // 2)
    return nn.Sequential(conv, nn.BatchNorm2d(o)) if norms else nn.Sequential(conv)


def folded(network: CriticNetwork) -> dict[str, Tensor]:
    """The weights of a trained network with its batch norms folded into its convolutions, as a
    network without `norms` takes them."""
    state = dict(network.state_dict())
    for name, part in network.named_modules():
        if not isinstance(part, nn.Sequential):
            continue
        plain, norm = part
        if isinstance(plain, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            state = {key: tensor for key, tensor in state.items() if not key.startswith(f"{name}.")}
            conv = fuse_conv_bn_eval(plain.eval(), norm.eval())
            state |= {f"{name}.0.{key}": tensor for key, tensor in conv.state_dict().items()}
    return {key: tensor.detach() for key, tensor in state.items()}


@dataclass(frozen=True, eq=False)
class CriticModel:
    """A critic that is ready to judge."""

    network: CriticNetwork
    config: CriticConfig
    table: WordTable
    name: str

    @torch.no_grad()
    def judge(self, pictures: Tensor) -> Said:
        """Pictures (B, 3, H, W) in [0, 1] of any size, on any device -> what it says, in float32.

        Their shorter side is brought to the side that it was trained on, the longer one with it, to
        at most twice as much.
        """
        weight = self.network.head.weight
        height, width = _judged(pictures.shape[-2:], self.config.side)
        small = pictures.detach().float().clamp(0, 1)
        if tuple(small.shape[-2:]) != (height, width):
            small = resize(small, height=height, width=width, filter="area")
        small = small.to(weight.device, weight.dtype, memory_format=torch.channels_last)
        quality, words = self.network(small)
        return Said(
            quality.float().sigmoid(),
            {head: logits.float().softmax(1) for head, logits in words.items()},
        )


def _judged(size: torch.Size, side: int) -> tuple[int, int]:
    height, width = size
    scale = side / min(height, width)
    return min(round(height * scale), 2 * side), min(round(width * scale), 2 * side)


@dataclass(frozen=True)
class LoadCritic:
    """Loads a critic on a device; two that are equal share what they load."""

    device: torch.device
    dtype: torch.dtype

    def __call__(self, path: Path, progress: Progress) -> CriticModel:
        progress(0.0, f"loading {path.name}")
        return load_critic(path, device=self.device, dtype=self.dtype)


def hold_critic(ctx: Context, name: str = EMBEDDED) -> Held[CriticModel]:
    """The critic of a name, for a node; see `hold`."""
    return hold(name, ctx, LoadCritic(ctx.device, ctx.dtype))


def load_critic(
    path: Path, *, device: torch.device, dtype: torch.dtype = torch.float32
) -> CriticModel:
    """The critic of a folder. WeightsError says in a sentence what is missing or wrong there."""
    given = read_json(path / CONFIG)
    if given.get("family") != FAMILY:
        raise WeightsError(
            f"{path / CONFIG} is of the family {given.get('family')!r}, not {FAMILY!r}; "
            "it is no critic"
        )
    config = parse(CriticConfig, given.get("network"), f"{path.name} network")
    table = WordTable(_heads(given.get("words"), path.name))
    network = CriticNetwork(config, {head: len(words) for head, words in table.heads.items()})
    fit(network, read_tensors(path / WEIGHTS), where=f"{path.name}/{WEIGHTS}", dtype=dtype)
    return CriticModel(network.to(device).eval().requires_grad_(False), config, table, path.name)


def _heads(given: object, name: str) -> dict[str, dict[str, tuple[str, ...]]]:
    if not isinstance(given, dict) or not all(isinstance(words, dict) for words in given.values()):
        raise WeightsError(
            f"{name} has no words: a critic's config names each head's, with phrases"
        )
    heads = {}
    for head, words in given.items():
        if not words or not all(_are_phrases(phrases) for phrases in words.values()):
            raise WeightsError(f"{name} has a word of {head!r} whose phrases are not texts")
        heads[head] = {word: tuple(phrases) for word, phrases in words.items()}
    return heads


def _are_phrases(given: object) -> bool:
    return isinstance(given, list) and all(
        isinstance(phrase, str) and _tokens(phrase) for phrase in given
    )
