"""The models that the program knows by name: what they are, whether they are here, their terms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.terminal import size
from engine.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.weights import Weights


class Terms(NamedTuple):
    """About how much there is to download, in bytes, and under which licence."""

    size: float
    licence: str


class Model(NamedTuple):
    """One model; `path` is None where it is not on this machine."""

    name: str
    state: str  # embedded, cached or missing
    amount: str
    licence: str
    path: Path | None
    link: str


OURS = Terms(0, "MIT, as this program")
UNKNOWN = Terms(0, "see its card")
TERMS = {
    "slipstream-tiny": OURS,
    "sd-turbo": Terms(2.6e9, "Stability AI Community"),
    "sdxl-turbo": Terms(7.0e9, "Stability AI Non-Commercial"),
    "sd15": Terms(2.8e9, "CreativeML OpenRAIL-M"),
    "lcm-sd15": Terms(2.8e9, "CreativeML OpenRAIL-M"),
    "lcm-dreamshaper": Terms(3.4e9, "MIT"),
    "lcm-lora-sd15": Terms(0.14e9, "OpenRAIL++-M"),
    "lcm-lora-sdxl": Terms(0.4e9, "OpenRAIL++-M"),
    "taesd": Terms(0.01e9, "MIT"),
    "taesdxl": Terms(0.01e9, "MIT"),
    "slipstream-video": OURS,
    "slipstream-critic": OURS,
    "slipstream-refiner": OURS,
    "self-forcing": Terms(5.7e9, "Apache-2.0"),
    "self-forcing-sid": Terms(5.7e9, "Apache-2.0"),
    "causvid": Terms(5.7e9, "CC BY-NC-SA 4.0"),
    "longlive": Terms(4.2e9, "CC BY-NC-SA 4.0"),
    "streamdiffusion-v2": Terms(5.7e9, "Apache-2.0"),
    "streamdiffusion-v2-14b": Terms(28e9, "Apache-2.0"),
    "krea-realtime": Terms(28e9, "Apache-2.0"),
    "wan2.1": Terms(17e9, "Apache-2.0"),
    "taehv": Terms(0.02e9, "MIT"),
}


def models(held: Weights) -> Iterator[Model]:
    """Every model that has a name, in the order of the zoo."""
    from nodes.models.zoo import KNOWN, VIDEO

    for name, known in {**KNOWN, **VIDEO}.items():
        terms = TERMS.get(name, UNKNOWN)
        path = _found(name, held)
        link = f"https://huggingface.co/{known.repo}" if known.repo else known.link
        yield Model(name, _state(path), amount(path, terms), terms.licence, path, link)


def amount(path: Path | None, terms: Terms) -> str:
    """Bytes on the disk, or about what a download has."""
    if path is None:
        return f"about {size(terms.size)}"
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return size(sum(file.stat().st_size for file in files))


def _found(name: str, held: Weights) -> Path | None:
    from nodes.models.zoo import locate

    try:
        return locate(name, held)
    except WeightsError:
        return None


def _state(path: Path | None) -> str:
    from nodes.models.zoo import EMBEDDED

    if path is None:
        return "missing"
    return "embedded" if path.is_relative_to(EMBEDDED) else "cached"
