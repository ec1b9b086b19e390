"""Checkpoints of video autoencoders to networks: names of either layout, sizes read off the
tensors.

A network is made on torch's `meta` device and takes the tensors of the file themselves. What is
missing, foreign or of a strange shape is said in a sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch

from engine.errors import WeightsError
from engine.tensors import check_tensors, open_tensors
from nodes.models.checkpoint import fit
from nodes.models.framing import RGB
from nodes.models.taehv import Taehv, TaehvConfig
from nodes.models.wan_vae import MEAN, STD, WanVae, WanVaeConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from torch import Tensor

    Progress = Callable[[float, str], None]
    Tensors = dict[str, Tensor]

# Hugging Face diffusers' AutoencoderKLWan -> Wan2.1_VAE.pth, but for the stages up
RENAMED = (
    (r"^quant_conv\.", "conv1."),
    (r"^post_quant_conv\.", "conv2."),
    (r"^(en|de)coder\.conv_in\.", r"\1coder.conv1."),
    (r"^(en|de)coder\.conv_out\.", r"\1coder.head.2."),
    (r"^(en|de)coder\.norm_out\.", r"\1coder.head.0."),
    (r"\.mid_block\.resnets\.0\.", ".middle.0."),
    (r"\.mid_block\.attentions\.0\.", ".middle.1."),
    (r"\.mid_block\.resnets\.1\.", ".middle.2."),
    (r"\.down_blocks\.", ".downsamples."),
    (r"\.norm1\.", ".residual.0."),
    (r"(samples\.\d+|middle\.\d)\.conv1\.", r"\1.residual.2."),
    (r"\.norm2\.", ".residual.3."),
    (r"(samples\.\d+|middle\.\d)\.conv2\.", r"\1.residual.6."),
    (r"\.conv_shortcut\.", ".shortcut."),
)
STAGE_UP = re.compile(r"\.up_blocks\.(\d+)\.(resnets|upsamplers)\.(\d+)\.")
OTHERS = (  # a name that tells what a file is -> what it is then
    ("blocks.0.self_attn.q.weight", "the transformer of Wan"),
    ("token_embedding.weight", "a text encoder"),
    ("encoder.downsamples.0.downsamples.0.residual.0.gamma", "the autoencoder of Wan 2.2"),
    ("encoder.down_blocks.0.resnets.0.norm1.gamma", "the autoencoder of Wan 2.2"),
    ("encoder.down_blocks.0.resnets.0.norm1.weight", "an autoencoder of still pictures"),
    ("decoder.3.conv.0.weight", "a tiny autoencoder (TAEHV)"),
    ("encoder.conv1.weight", "the autoencoder of Wan"),
    ("encoder.conv_in.weight", "an autoencoder in diffusers' names"),
)


def _silent(share: float, text: str) -> None:
    del share, text


def load_wan_vae(
    path: Path, *, device: torch.device, dtype: torch.dtype, progress: Progress = _silent
) -> WanVae:
    """The autoencoder in Wan2.1_VAE.pth, in a safetensors file of it, or in a `vae` folder of
    diffusers, of any sizes. WeightsError says what is wrong with a file.
    """
    stored = open_tensors(path, progress=progress)
    return build_wan_vae(stored, dtype=dtype, where=path.name).to(device)


def build_wan_vae(tensors: Mapping[str, Tensor], *, dtype: torch.dtype, where: str) -> WanVae:
    """A network of tensors by either naming, all of them and no other, in `dtype`."""
    ours = wan_vae_names(tensors)
    with torch.device("meta"):
        network = WanVae(infer_wan_vae(ours, tensors, where))
    check_tensors(ours, network.state_dict(), where)
    fit(network, ours, where=where, dtype=dtype)
    return network.to(dtype).eval().requires_grad_(False)


def wan_vae_names(tensors: Mapping[str, Tensor]) -> Tensors:
    """Tensors by the names of Wan2.1_VAE.pth, whichever of the two namings they came in."""
    if "encoder.conv_in.weight" not in tensors:
        return dict(tensors)
    stages = [int(found[3]) for name in tensors if (found := STAGE_UP.search(name))]
    length = max(stages, default=0) + 2  # residuals of a stage up, and its step up
    return {_wan_vae_name(name, length): tensor for name, tensor in tensors.items()}


def _wan_vae_name(name: str, length: int) -> str:
    found = STAGE_UP.search(name)
    if found:
        stage, kind, index = int(found[1]), found[2], int(found[3])
        place = stage * length + (index if kind == "resnets" else length - 1)
        name = name.replace(found[0], f".upsamples.{place}.")
    for then, now in RENAMED:
        name = re.sub(then, now, name)
    return name


def infer_wan_vae(
    ours: Mapping[str, Tensor], stored: Mapping[str, Tensor], where: str
) -> WanVaeConfig:
    """The sizes of an autoencoder from its tensors; WeightsError where it is not one."""
    first, last = ours.get("encoder.conv1.weight"), ours.get("conv2.weight")
    layers = _layers(ours, "encoder.downsamples")
    if first is None or last is None or first.ndim != 5 or not layers:
        raise WeightsError(_foreign(stored, where, "a video autoencoder of Wan 2.1"))
    dim, channels = first.shape[0], last.shape[0]
    steps = [index for index in layers if f"encoder.downsamples.{index}.resample.1.weight" in ours]
    ends = [*steps, max(layers) + 1]
    widths = [_width(ours, end - 1, where) for end in ends]
    named = channels == len(MEAN)
    return WanVaeConfig(
        dim=dim,
        channels=channels,
        mult=tuple(width // dim for width in widths),
        blocks=ends[0],
        shorten=tuple(f"encoder.downsamples.{at}.time_conv.weight" in ours for at in steps),
        mean=MEAN if named else (),
        std=STD if named else (),
    )


def _layers(tensors: Mapping[str, Tensor], prefix: str) -> list[int]:
    found = [re.match(rf"{re.escape(prefix)}\.(\d+)\.", name) for name in tensors]
    return sorted({int(each[1]) for each in found if each})


def _width(tensors: Mapping[str, Tensor], layer: int, where: str) -> int:
    name = f"encoder.downsamples.{layer}.residual.6.weight"
    if name not in tensors:
        raise WeightsError(f"{where} lacks {name}, which its sizes are read off; fetch it again")
    return tensors[name].shape[0]


def _foreign(tensors: Mapping[str, Tensor], where: str, wanted: str) -> str:
    what = next((what for name, what in OTHERS if name in tensors), None)
    if what:
        return f"{where} is {what}; {wanted} is needed here"
    some = ", ".join(sorted(tensors)[:3]) or "no tensors"
    return f"{where} is not {wanted}: it holds {some}"


def load_taehv(
    path: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    config: TaehvConfig | None = None,
    progress: Progress = _silent,
) -> Taehv:
    """The tiny autoencoder in a file such as taew2_1.pth; without a config its sizes are read off
    the tensors. WeightsError says what is wrong with a file.
    """
    stored = open_tensors(path, progress=progress)
    return build_taehv(stored, config=config, dtype=dtype, where=path.name).to(device)


def build_taehv(
    tensors: Mapping[str, Tensor],
    *,
    config: TaehvConfig | None = None,
    dtype: torch.dtype,
    where: str,
) -> Taehv:
    """A network of tensors by upstream's names, all of them and no other, in `dtype`."""
    with torch.device("meta"):
        network = Taehv(config or infer_taehv(tensors, where))
    wanted = network.state_dict()
    ours = {name: _last_frames(name, tensor, wanted) for name, tensor in tensors.items()}
    check_tensors(ours, wanted, where)
    fit(network, ours, where=where, dtype=dtype)
    return network.eval().requires_grad_(False)


def _last_frames(name: str, tensor: Tensor, wanted: Mapping[str, Tensor]) -> Tensor:
    # a checkpoint that grows more frames serves one that grows fewer: its last ones are kept
    place = wanted.get(name)
    grows = name.startswith("decoder.") and tensor.ndim == 4 and tensor.shape[2:] == (1, 1)
    if place is None or not grows or tensor.shape[0] <= place.shape[0]:
        return tensor
    return tensor[-place.shape[0] :]


def infer_taehv(tensors: Mapping[str, Tensor], where: str) -> TaehvConfig:
    """The sizes of a tiny autoencoder from its tensors, steps in space and time as in taew2_1.

    Files do not tell how far ahead the encoder looks: it is taken to be upstream's.
    """
    first, last = tensors.get("encoder.0.weight"), tensors.get("decoder.1.weight")
    ends = [_layers(tensors, part) for part in ("encoder", "decoder")]
    if first is None or last is None or first.ndim != 4 or last.ndim != 4 or not all(ends):
        raise WeightsError(_foreign(tensors, where, "a tiny video autoencoder (TAEHV)"))
    patch = int((first.shape[1] / RGB) ** 0.5)
    encoder = [first.shape[0], *_plain(tensors, "encoder", ends[0][-1])]
    decoder = [last.shape[0], *_plain(tensors, "decoder", ends[1][-1], start=2)]
    memory = [name for name in tensors if re.fullmatch(r"encoder\.\d+\.conv\.0\.weight", name)]
    return TaehvConfig(
        channels=last.shape[1],
        encoder=tuple(encoder),
        decoder=tuple(decoder),
        blocks=len(memory) // max(1, len(encoder) - 1),
        patch=patch,
    )


def _plain(tensors: Mapping[str, Tensor], part: str, end: int, *, start: int = 1) -> list[int]:
    names = [f"{part}.{index}.weight" for index in range(start, end)]
    return [tensors[name].shape[0] for name in names if name in tensors]
