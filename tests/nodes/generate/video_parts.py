"""A little video model folder with random weights, and the video nodes run without an engine."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from engine.node import Context, Node, Packet, Rng, Stream, Tick
from engine.values import Clip, Frame
from nodes.models.causal_wan import CausalWan
from nodes.models.taehv import Taehv, TaehvConfig
from nodes.models.video_card import RolloutCard
from nodes.models.wan_config import WanConfig
from nodes.models.word_text import Vocabulary, WordText, WordTextConfig

if TYPE_CHECKING:
    from pathlib import Path

DT = 29_400_000  # a 24th of a second in flicks
CARD = RolloutCard(
    block=2,
    window=6,
    sink=1,
    steps=(1000.0, 750.0, 500.0, 250.0),
    shift=3.0,
    warp=True,
    fps=24.0,
    size=(32, 48),
    space="little",
    trained_for="tests",
    rows=frozenset({"clean", "per_level"}),
    rope="slot",
)
WAN = WanConfig(
    dim=24, ffn=32, heads=2, layers=2, channels=4, out_channels=4, freq_dim=32, text_dim=12,
    text_len=8,
)  # fmt: skip
VAE = TaehvConfig(channels=4, encoder=(4,) * 4, decoder=(4,) * 4, blocks=1, ahead=False)
TEXT = WordTextConfig(dim=12, width=8, layers=1, heads=1, length=8)
WORDS = Vocabulary(("sea", "fire", "hills"))


def write(folder: Path, **card: object) -> Path:
    """Writes a model folder whose networks answer at random, but finitely and not in grey."""
    made = replace(CARD, **card)
    sizes = replace(WAN, control_channels=made.planes)
    torch.manual_seed(4)
    network = CausalWan(sizes)
    torch.nn.init.normal_(network.head.head.weight, std=0.3)
    if made.planes:
        torch.nn.init.normal_(network.control_embedding.weight)
    folder.mkdir()
    WORDS.write(folder / "vocabulary.json")
    modules = {"transformer": network, "vae": Taehv(VAE), "text": WordText(WORDS, TEXT)}
    for name, module in modules.items():
        save_file(dict(module.state_dict()), folder / f"{name}.safetensors")
    config = {
        "family": "causal_wan",
        "network": asdict(sizes),
        "rollout": asdict(made) | {"rows": sorted(made.rows)},
        "vae": {"kind": "taehv", **asdict(VAE)},
        "text": {"kind": "words", **asdict(TEXT)},
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def ready(node: Any, seed: int = 0) -> Any:
    """A node that is set up, in float32."""
    node.ctx = Context(stream=Stream(48, 32), rng=Rng(seed, 3))
    node.setup(node.ctx)
    return node


def dreams(
    node: Node, blocks: int, memory: Any = None, start: Any = None, **linked: Any
) -> list[Any]:
    """What so many calls of a video stream return."""
    with torch.no_grad():
        return [node.process(Tick(at * DT, DT), start, memory, **linked) for at in range(blocks)]


def pixels(films: list[Any]) -> torch.Tensor:
    return torch.cat([film.out.tensor for film in films])


def frames(count: int, height: int = 32, width: int = 48, seed: int = 5) -> list[Frame]:
    """A soft pattern that drifts to the right."""
    generator = torch.Generator().manual_seed(seed)
    base = torch.rand(1, 3, height // 8 + 1, width // 8 + 1, generator=generator)
    wide = torch.nn.functional.interpolate(base, (height, width), mode="bilinear")
    return [Frame(wide.roll(at, 3)) for at in range(count)]


def packets(pictures: list[Frame], times: list[int] | None = None) -> list[Packet[Frame]]:
    times = times or [at * DT for at in range(len(pictures))]
    return [Packet(picture, pts) for picture, pts in zip(pictures, times, strict=True)]


def play(node: Any, given: list[Packet[Frame]], memory: Any = None) -> list[Packet[Clip]]:
    """Windows as the engine hands them out, the last one padded, and what drains."""
    given, out = list(given), []
    with torch.no_grad():
        while given:
            size = node.window("frame")
            taken, given = given[:size], given[size:]
            taken += taken[-1:] * (size - len(taken))
            out += list(node.process(tuple(taken), memory))
        out += list(node.drain())
    return [each.out for each in out]


def shown(clips: list[Packet[Clip]]) -> list[tuple[int, torch.Tensor]]:
    """Every picture with its time."""
    found = []
    for packet in clips:
        step = 705_600_000 / packet.value.rate
        found += [(packet.pts + round(at * step), x) for at, x in enumerate(packet.value.tensor)]
    return found


def times(clips: list[Packet[Clip]]) -> list[int]:
    return [pts for pts, _ in shown(clips)]


def same(one: list[Packet[Clip]], other: list[Packet[Clip]]) -> bool:
    pairs = zip(shown(one), shown(other), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)
