"""The models that a name stands for, and where on this machine each is looked for.

Embedded folders come first, then paths, then the cache of the Hugging Face hub. Nothing is fetched
here: fetching is the business of `engine.weights`, to which `Zoo` gives every name as an entry,
"owner/model" names included.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import WeightsError, did_you_mean
from engine.weights import ZooEntry
from nodes.models.video_card import PUBLIC

if TYPE_CHECKING:
    from engine.weights import Weights

EMBEDDED = Path(__file__).resolve().parents[2] / "assets" / "models"
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
LORA_FILE = "pytorch_lora_weights.safetensors"
WAN, TINY_WAN = "wan2.1", "taehv"


@dataclass(frozen=True)
class Known:
    """A name of the zoo: its repository on the hub, its tiny autoencoder, LoRAs that belong to
    it.
    """

    repo: str = ""  # "" where the model is embedded
    about: str = ""
    tiny_vae: str = ""
    loras: tuple[str, ...] = ()
    link: str = ""  # where to get what is on no hub


KNOWN: Mapping[str, Known] = {
    "slipstream-tiny": Known(about="embedded; a few million parameters, for two CPU cores"),
    "sd-turbo": Known("stabilityai/sd-turbo", "one to four steps, 512 pixels", "taesd"),
    "sdxl-turbo": Known("stabilityai/sdxl-turbo", "one to four steps, 512 pixels", "taesdxl"),
    "sd15": Known("stable-diffusion-v1-5/stable-diffusion-v1-5", "needs an LCM LoRA", "taesd"),
    "lcm-sd15": Known(
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "two to eight steps, 512 pixels",
        "taesd",
        ("lcm-lora-sd15",),
    ),
    "lcm-dreamshaper": Known("SimianLuo/LCM_Dreamshaper_v7", "two to eight steps", "taesd"),
    "lcm-lora-sd15": Known("latent-consistency/lcm-lora-sdv1-5", "a LoRA for sd15"),
    "lcm-lora-sdxl": Known("latent-consistency/lcm-lora-sdxl", "a LoRA for SDXL"),
    "taesd": Known("madebyollin/taesd", "the tiny autoencoder of SD 1 and 2"),
    "taesdxl": Known("madebyollin/taesdxl", "the tiny autoencoder of SDXL"),
}

# the models of video streams and their parts; how the public ones roll out is in video_card.py
VIDEO: Mapping[str, Known] = {
    "slipstream-video": Known(about="embedded; makes and repaints video, for two CPU cores"),
    **{name: Known(each.repo, each.about, TINY_WAN) for name, each in PUBLIC.items()},
    WAN: Known("Wan-AI/Wan2.1-T2V-1.3B", "autoencoder and text encoder of every Wan 2.1"),
    TINY_WAN: Known(
        about="the tiny autoencoder of Wan 2.1", link="https://github.com/madebyollin/taehv"
    ),
}

JUDGES: Mapping[str, Known] = {
    "slipstream-critic": Known(about="embedded; says how sound a picture is and what it shows"),
}

REFINERS: Mapping[str, Known] = {
    "slipstream-refiner": Known(about="embedded; mends the pictures that the frame doubler makes"),
}
ALL: Mapping[str, Known] = {**KNOWN, **VIDEO, **JUDGES, **REFINERS}


class Zoo(Mapping[str, ZooEntry]):
    """Every model by name, for `engine.weights.Weights`; any "owner/model" is one of the hub."""

    def __getitem__(self, name: str) -> ZooEntry:
        if name in ALL:
            return ZooEntry(file=name, repo=known(name).repo)
        if HUB_NAME.fullmatch(name) and not Path(name).exists():
            return ZooEntry(file=name.replace("/", "--"), repo=name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(ALL)

    def __len__(self) -> int:
        return len(ALL)


def known(name: str) -> Known:
    """What is known of a name, or of nothing where it is a path or a name of the hub."""
    return ALL.get(name) or Known(repo=name if HUB_NAME.fullmatch(name) else "")


def locate(
    name: str, weights: Weights | None = None, *, file: str = "", what: str = "model"
) -> Path:
    """Where a model folder, or `file` of it, lies on this machine; `what` it is for a person.

    `weights` is asked first. WeightsError says in a sentence what to fetch and where to put it.
    """
    if not name.strip():
        raise WeightsError(f"no {what} is named; try {next(iter(KNOWN))!r}")
    if weights is not None and weights.has(name):
        return _inside(weights.find(name), file)
    found = next((path for path in _places(name) if path.exists()), None)
    if found is None:
        raise WeightsError(missing(name, what))
    return _inside(found, file)


def missing(name: str, what: str = "model") -> str:
    """The sentence for a model, or LoRA, that is not on this machine."""
    about = known(name)
    link = about.link or (f"https://huggingface.co/{about.repo}" if about.repo else "")
    if link:
        return (
            f"the {what} {name!r} is not on this machine; fetch {link} "
            f"to {EMBEDDED / _folder(name)} or give the path of its folder"
        )
    near = did_you_mean(name, [*ALL, *_siblings(Path(name).expanduser())])
    return f"there is no {what} {name!r}, neither as a name nor as a path{near}"


def on_disk() -> list[str]:
    """The names of the zoo that can be loaded without fetching."""
    return [name for name in Zoo() if any(path.exists() for path in _places(name))]


def _places(name: str) -> Iterator[Path]:
    path = Path(name).expanduser()
    if len(path.parts) > 1:
        yield path
    if len(path.parts) == 1 or HUB_NAME.fullmatch(name):
        yield EMBEDDED / _folder(name)
    repo = known(name).repo
    if repo:
        yield from _snapshots(hub_cache() / f"models--{repo.replace('/', '--')}")
    yield path


def _folder(name: str) -> str:
    return name.replace("/", "--")


def _snapshots(repo: Path) -> Iterator[Path]:
    ref = repo / "refs" / "main"
    if ref.is_file():
        yield repo / "snapshots" / ref.read_text(encoding="utf-8").strip()


def hub_cache() -> Path:
    """Where the hub's own tools keep what they have fetched."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub")


def _inside(found: Path, file: str) -> Path:
    if not file or found.is_file():
        return found
    if not (found / file).exists():
        raise WeightsError(f"{found} holds no {file}")
    return found / file


def _siblings(path: Path) -> list[Any]:
    return [str(other) for other in path.parent.iterdir()] if path.parent.is_dir() else []
