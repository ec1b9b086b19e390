"""What slipstream-video is made of: its sizes, its three networks, and the folder they ship in."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file

from assets.recipes.video_vae import CONFIG, start_as_averages
from nodes.models.causal_wan import CausalWan, TextKeys
from nodes.models.taehv import Taehv
from nodes.models.video_card import STEERING
from nodes.models.wan_config import WanConfig
from nodes.models.word_text import Vocabulary, WordText, WordTextConfig
from nodes.rollout.flow import Schedule
from nodes.worlds.clip_motion import FPS
from nodes.worlds.clip_words import CAMERAS, clip_vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

BLOCK, WINDOW, SINK = 3, 9, 3
SHIFT = 2.0  # of the levels in training
SCHEDULE = Schedule((1000.0, 733.0, 467.0, 200.0), shift=3.0)  # straight along the student's flow
RENEWAL = 0.6  # the noise, a sigma, that a block begins with which is told its last frame
SPEEDS = {
    "still": (0.0, 0.0, 0.0),
    "left": (-1.0, 0.0, 0.0),
    "right": (1.0, 0.0, 0.0),
    "forward": (0.0, 0.0, 1.0),
    "backward": (0.0, 0.0, -1.0),
}  # of the camera, where its words say them; which way round an orbit goes no word says
TEXT = WordTextConfig(dim=192, width=128, layers=1, heads=4, length=32)
SPREAD = (1.8, 1.8, 1.6, *(13 * [0.4]))  # where the autoencoder settles: colours, then details
CHANGE = (0.55, 0.41, 0.35, *(13 * [0.3]))  # within a block, from the frame before it


def _size(dim: int, ffn: int, heads: int, layers: int, ends: int) -> WanConfig:
    return WanConfig(
        dim,
        ffn,
        heads,
        layers,
        text_dim=TEXT.dim,
        text_len=TEXT.length,
        control_channels=sum(STEERING.values()),
        places=6,
        spread=SPREAD,
        change=CHANGE,
        local=3,
        ends=ends,
        advect=ends,
    )


SIZES = {
    "cpu": _size(192, 576, 4, 6, 64),
    "micro": _size(24, 32, 2, 1, 8),
    "gpu": _size(256, 768, 4, 8, 96),
    "target": _size(384, 1536, 6, 8, 128),
}


@dataclass(frozen=True, slots=True)
class Parts:
    """The networks of the model."""

    vae: Taehv
    text: WordText
    network: CausalWan

    def keys(self, texts: list[str]) -> TextKeys:
        """The prompts as the network attends to them."""
        return self.network.embed_text(self.text(self.text.tokens(texts)))


def build(seed: int, size: str = "cpu") -> Parts:
    """Fresh networks; the same seed gives the same weights."""
    torch.manual_seed(seed)
    vae = Taehv(CONFIG)
    start_as_averages(vae)
    text = WordText(Vocabulary(tuple(clip_vocabulary())), TEXT)
    return Parts(vae, text, CausalWan(SIZES[size]))


def fill(parts: Parts, folder: Path) -> None:
    """Begins with the weights of a finished folder, as far as they fit: what the networks have had
    since stays fresh, and so does the text encoder where the vocabulary is another."""
    modules = {"vae": parts.vae, "transformer": parts.network, "text": parts.text}
    if Vocabulary.read(folder / "vocabulary.json") != parts.text.vocabulary:
        del modules["text"]
    for name, module in modules.items():
        have, wanted = load_file(folder / f"{name}.safetensors"), module.state_dict()
        fitting = {k: w for k, w in have.items() if k in wanted and w.shape == wanted[k].shape}
        module.load_state_dict(fitting, strict=False)


def save(parts: Parts, folder: Path, *, side: int, steps: tuple[float, ...] = SCHEDULE.raw) -> None:
    """Writes the folder that `load_video_model` opens: half-precision weights and config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(parts.network, folder / "transformer.safetensors")
    _write(parts.vae, folder / "vae.safetensors")
    _write(parts.text, folder / "text.safetensors")
    parts.text.vocabulary.write(folder / "vocabulary.json")
    text = json.dumps(_config(parts, side, steps), indent=2)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def _write(module: nn.Module, path: Path) -> None:
    state = {name: part.half().contiguous() for name, part in module.state_dict().items()}
    save_file(state, path)


def _config(parts: Parts, side: int, steps: tuple[float, ...]) -> dict[str, Any]:
    rollout = {
        "block": BLOCK,
        "window": WINDOW,
        "sink": SINK,
        "steps": steps,
        "shift": SCHEDULE.shift,
        "warp": SCHEDULE.warp,
        "sampler": "euler",
        "context_noise": 0.0,
        "rows": ["clean", "per_level"],
        "rope": "slot",
        "clean_pass": True,
        "fps": FPS,
        "size": [side, side],
        "space": "slipstream-video",
        "steering": list(STEERING),
        "camera_words": [[words, *SPEEDS[key]] for key in SPEEDS for words in CAMERAS[key]],
        "renewal": RENEWAL,
        "trained_for": "window",
    }
    return {
        "family": "causal_wan",
        "network": dataclasses.asdict(parts.network.config),
        "rollout": rollout,
        "vae": {"kind": "taehv", **dataclasses.asdict(parts.vae.config)},
        "text": {"kind": "words", **dataclasses.asdict(parts.text.config)},
    }
