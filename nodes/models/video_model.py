"""Video models: a causal network, its autoencoder, its text encoder, and how they roll out.

A folder of ours says in config.json what its parts are; a public checkpoint gives the network, and
the parts that all of Wan 2.1 share come from beside it. Either way the same classes are built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch

from engine.device import memory
from engine.errors import WeightsError
from nodes.models import zoo
from nodes.models.causal_wan import CausalWan
from nodes.models.checkpoint import read_json
from nodes.models.config_fields import parse
from nodes.models.held import Held, hold
from nodes.models.video_card import COLOURS, LAST, PUBLIC, STEERING, PublicVideo, RolloutCard
from nodes.models.video_parts import TEXTS, TINY_VAE, UMT5, VAES, WAN_VAE, Make
from nodes.models.video_plan import MemoryPlan, Needs, fitting_plan
from nodes.models.wan_config import WanConfig
from nodes.models.wan_weights import build_wan, infer_config, merge_lora, read_wan

if TYPE_CHECKING:
    from torch import Tensor

    from engine.node import Context
    from engine.weights import Weights

__all__ = [
    "Held",
    "RolloutCard",
    "VideoModel",
    "VideoText",
    "VideoVAE",
    "hold_video_model",
    "load_video_model",
]

Progress = Callable[[float, str], None]
CONFIG = "config.json"
FAMILY = "causal_wan"
EXAMPLE = "slipstream-video"
UNKNOWN = 1 << 62  # bytes, where a device does not say how many it has


def _silent(share: float, text: str) -> None:
    del share, text


class VideoVAE(Protocol):
    """Pictures to latents and back, in a stream: 1 + 4k frames in the first call, 4k in later ones.

    States are values that no call writes into, so keeping one is a snapshot.
    """

    channels: int
    space: int
    time: int

    def encode_begin(self) -> Any: ...
    def encode(self, pixels: Tensor, state: Any) -> tuple[Tensor, Any]: ...
    def decode_begin(self) -> Any: ...
    def decode(self, latents: Tensor, state: Any) -> tuple[Tensor, Any]: ...
    def encode_all(self, pixels: Tensor) -> Tensor: ...
    def decode_all(self, latents: Tensor) -> Tensor: ...


class VideoText(Protocol):
    """Texts to what a network attends to."""

    dim: int
    length: int

    def encode(self, text: str) -> Tensor:
        """One text -> (1, length, dim)."""
        ...


@dataclass(frozen=True, eq=False)
class VideoModel:
    """All that a video stream needs of a model. `bytes` are those of its weights; `plan` is the
    size and window that memory leaves room for, `note` a sentence where they are not the card's.
    """

    network: CausalWan
    vae: VideoVAE
    text: VideoText
    card: RolloutCard
    name: str
    bytes: int
    plan: MemoryPlan | None = None
    note: str = ""


@dataclass(frozen=True)
class LoadVideoModel:
    """Loads a model in one way; two that are equal share what they load."""

    device: torch.device
    dtype: torch.dtype
    which: str = ""
    tiny_vae: bool = False
    weights: Weights | None = field(default=None, compare=False)

    def __call__(self, path: Path, progress: Progress) -> VideoModel:
        return load_video_model(
            path,
            device=self.device,
            dtype=self.dtype,
            progress=progress,
            which=self.which,
            tiny_vae=self.tiny_vae,
            weights=self.weights,
        )


def hold_video_model(name: str, ctx: Context, *, tiny_vae: bool = False) -> Held[VideoModel]:
    """The video model of a name, for a node; see `hold`.

    `tiny_vae` puts the tiny autoencoder in place of Wan's.
    """
    if not name.strip():
        raise WeightsError(f"no video model is named; try {EXAMPLE!r}")
    public = PUBLIC.get(name)
    which = name if public else ""
    load = LoadVideoModel(ctx.device, ctx.dtype, which, tiny_vae, ctx.weights)
    return hold(name, ctx, load, file=public.file if public else "")


def load_video_model(
    path: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    progress: Progress = _silent,
    which: str = "",
    tiny_vae: bool = False,
    weights: Weights | None = None,
) -> VideoModel:
    """The model of a folder of ours, or of a public checkpoint: its file, or a folder with it in.

    `which` is the name of the public checkpoint, where the path leaves it open; `tiny_vae` takes
    the tiny autoencoder in place of Wan's; `weights` knows more places where the parts that all of
    Wan share may lie. WeightsError says in a sentence what is missing, wrong,
    or too large for the memory of the device.
    """
    if not path.exists():
        raise WeightsError(f"there is no video model at {path}")
    made = _Maker(device, dtype, progress, weights)
    if path.is_dir() and (path / CONFIG).is_file() and not which:
        return made.own(path)
    return made.public(*public_file(path, which), tiny_vae=tiny_vae)


def public_file(path: Path, which: str = "") -> tuple[str, Path]:
    """The name of a public checkpoint and its file, at a path or in the folder that it is.

    WeightsError where none is there, or where more than one may be meant.
    """
    names = [which] if which else _public_at(path)
    if len(names) > 1:
        raise WeightsError(f"{path} may be {' or '.join(names)}; give one of these names")
    if not names:
        raise WeightsError(
            f"{path} is no video model: it has no {CONFIG} of the family {FAMILY!r} and is none of "
            f"{', '.join(PUBLIC)}"
        )
    file = path if path.is_file() else path / PUBLIC[names[0]].file
    if not file.is_file():
        raise WeightsError(f"{path} holds no {PUBLIC[names[0]].file}; download it again")
    return names[0], file


def _public_at(path: Path) -> list[str]:
    if path.is_dir():
        return [name for name, each in PUBLIC.items() if (path / each.file).is_file()]
    full = [name for name, each in PUBLIC.items() if path.as_posix().endswith(f"/{each.file}")]
    bare = [name for name, each in PUBLIC.items() if PurePosixPath(each.file).name == path.name]
    return full if len(full) == 1 else bare


@dataclass(frozen=True)
class _Maker:
    """Puts models together for one device."""

    device: torch.device
    dtype: torch.dtype
    progress: Progress
    weights: Weights | None

    def own(self, path: Path) -> VideoModel:
        config = read_json(path / CONFIG)
        family = config.get("family")
        if family != FAMILY:
            raise WeightsError(
                f"{path / CONFIG} is of the family {family!r}, not {FAMILY!r}; "
                "it is no model of video streams"
            )
        sizes = parse(WanConfig, config.get("network"), f"{path.name} network")
        card = parse(RolloutCard, config.get("rollout"), f"{path.name} rollout")
        if card.planes != sizes.control_channels:
            raise WeightsError(
                f"{path.name} takes {sizes.control_channels} planes of control and its steering "
                f"{list(card.steering)} has {card.planes}"
            )
        channels = STEERING[LAST] - 1 - COLOURS
        if sizes.change and (card.steering[-1:] != (LAST,) or sizes.channels != channels):
            raise WeightsError(
                f"{path.name} begins from the last frame: its steering must end with {LAST!r} and "
                f"its latents have {channels} channels, not {list(card.steering)} and "
                f"{sizes.channels}"
            )
        files = path / "vae.safetensors", path / "text.safetensors"
        tensors = read_wan(path / "transformer.safetensors", progress=self.progress)
        planned = self._planned(sizes, card, _size(*files), path.name)
        vae = self._part(VAES, config.get("vae"), files[0])
        text = self._part(TEXTS, config.get("text"), files[1])
        return self._joined(tensors, sizes, vae, text, planned)

    def public(self, name: str, file: Path, *, tiny_vae: bool) -> VideoModel:
        each = PUBLIC[name]
        loras = [_beside(file, each, lora) for lora in each.loras]
        texts = zoo.locate(zoo.WAN, self.weights, file=UMT5)
        place = (zoo.TINY_WAN, TINY_VAE) if tiny_vae else (zoo.WAN, WAN_VAE)
        vaes = zoo.locate(place[0], self.weights, file=place[1])
        tensors = read_wan(file, holder=each.holder, progress=self.progress)
        sizes = infer_config(tensors, file.name)
        # the five billion numbers of the text encoder stay on the CPU: they are asked once a prompt
        beside = (vaes, texts) if self.device.type == "cpu" else (vaes,)
        planned = self._planned(sizes, each.card, _size(*beside), name)
        for lora in loras:
            tensors = merge_lora(tensors, lora, progress=self.progress)
        vae = VAES["taehv" if tiny_vae else "wan"]({}, vaes, self.device, self.dtype)
        text = TEXTS["umt5"]({}, texts, torch.device("cpu"), torch.bfloat16)
        return self._joined(tensors, sizes, vae, text, planned)

    def _part(self, kinds: Mapping[str, Make], options: object, file: Path) -> Any:
        what, folder = file.stem, file.parent
        if not isinstance(options, dict):
            raise WeightsError(f"{folder / CONFIG} has no {what}; a video model needs one")
        kind = options.get("kind")
        if not isinstance(kind, str) or kind not in kinds:
            raise WeightsError(
                f"the {what} of {folder.name} is of the kind {kind!r}; "
                f"{' or '.join(sorted(kinds))} works here"
            )
        rest = {name: value for name, value in options.items() if name != "kind"}
        return kinds[kind](rest, file, self.device, self.dtype)

    def _planned(self, sizes: WanConfig, card: RolloutCard, beside: int, name: str) -> _Planned:
        known = memory(self.device)
        free = known.total - known.used if known.total else UNKNOWN
        return _Planned(
            name, card, *fitting_plan(Needs(sizes, card, self.dtype, beside), free, name)
        )

    def _joined(
        self,
        tensors: Mapping[str, Tensor],
        sizes: WanConfig,
        vae: Any,
        text: Any,
        planned: _Planned,
    ) -> VideoModel:
        _expect_fit(sizes, vae, text, planned.name)
        network = build_wan(tensors, sizes, planned.name, self.dtype).to(self.device)
        size = sum(weights_bytes(part) for part in (network, vae, text))
        card, name, plan, note = planned.card, planned.name, planned.plan, planned.note
        return VideoModel(network, vae, text, card, name, size, plan, note)


class _Planned(NamedTuple):
    """How a model will run in the memory there is."""

    name: str
    card: RolloutCard
    plan: MemoryPlan
    note: str


def _size(*files: Path) -> int:
    return sum(file.stat().st_size for file in files if file.is_file())


def _beside(file: Path, public: PublicVideo, other: str) -> Path:
    """Another file of the checkpoint's repository, where its folders are kept or not."""
    depth = len(PurePosixPath(public.file).parts) - 1
    places = (file.parents[depth] / other, file.parent / PurePosixPath(other).name)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise WeightsError(f"{file} needs {other} of {public.repo} beside it, which is not there")
    return found


def _expect_fit(config: WanConfig, vae: Any, text: Any, name: str) -> None:
    if vae.channels != config.channels or config.channels != config.out_channels:
        raise WeightsError(
            f"{name} does not fit together: its autoencoder has {vae.channels} channels, its "
            f"network takes {config.channels} and gives {config.out_channels}"
        )
    if text.dim != config.text_dim or text.length > config.text_len:
        raise WeightsError(
            f"{name} does not fit together: its text encoder gives {text.length} rows of "
            f"{text.dim}, its network takes up to {config.text_len} of {config.text_dim}"
        )


def weights_bytes(part: Any) -> int:
    """Bytes of the parameters and buffers of a part, or of the network that it asks."""
    module = part if isinstance(part, torch.nn.Module) else part.network
    tensors = (*module.parameters(), *module.buffers())
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
