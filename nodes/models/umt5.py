"""UMT5, the text encoder of Wan: a T5 encoder whose every layer has its own bias by distance.

A text is cleaned, cut to `length` tokens and encoded without padding, which is the same as with
padding that is masked; the rows beyond its last token are zero.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import WeightsError
from engine.tensors import check_tensors, open_tensors
from nodes.models.checkpoint import fit, read_json
from nodes.models.diffusers_folder import import_libraries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Progress = Callable[[float, str], None]

RENAMED = (  # transformers' UMT5EncoderModel -> models_t5_umt5-xxl
    (r"^encoder\.block\.", "blocks."),
    (r"\.layer\.0\.SelfAttention\.relative_attention_bias\.", ".pos_embedding.embedding."),
    (r"\.layer\.0\.SelfAttention\.", ".attn."),
    (r"\.layer\.0\.layer_norm\.", ".norm1."),
    (r"\.layer\.1\.DenseReluDense\.wi_0\.", ".ffn.gate.0."),
    (r"\.layer\.1\.DenseReluDense\.wi_1\.", ".ffn.fc1."),
    (r"\.layer\.1\.DenseReluDense\.wo\.", ".ffn.fc2."),
    (r"\.layer\.1\.layer_norm\.", ".norm2."),
    (r"^encoder\.final_layer_norm\.", "norm."),
    (r"^(shared|encoder\.embed_tokens)\.", "token_embedding."),
)
TELLING = (  # the tensors that sizes are read off
    "token_embedding.weight",
    "blocks.0.attn.q.weight",
    "blocks.0.ffn.fc1.weight",
    "blocks.0.pos_embedding.embedding.weight",
)
STRAIGHT = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")  # for curled quotes
TOKENIZER = "tokenizer.json"
LONGEST = 64  # characters a token, at most, of what is read of a text


@dataclass(frozen=True)
class Umt5Config:
    """Sizes; the defaults are UMT5-XXL. `length` is how many tokens of a text are read."""

    vocabulary: int = 256384
    dim: int = 4096
    attention: int = 4096
    heads: int = 64
    ffn: int = 10240
    layers: int = 24
    buckets: int = 32
    reach: int = 128
    length: int = 512
    eps: float = 1e-6


class Norm(nn.Module):
    """x over its root mean square, in float32, times a weight."""

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.rsqrt(x.float().square().mean(-1, keepdim=True) + self.eps)
        return self.weight * (x * scale).to(self.weight.dtype)


class Distance(nn.Module):
    """A bias for each head by how far apart two tokens are, far ones sharing buckets (T5)."""

    def __init__(self, config: Umt5Config) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.buckets, config.heads)
        self.buckets, self.reach = config.buckets, config.reach

    def forward(self, length: int) -> Tensor:
        """(1, heads, length, length)."""
        place = torch.arange(length, device=self.embedding.weight.device)
        bucket = distance_bucket(place - place[:, None], self.buckets, self.reach)
        return self.embedding(bucket).permute(2, 0, 1).unsqueeze(0)


def distance_bucket(distance: Tensor, buckets: int, reach: int) -> Tensor:
    """The bucket of key place minus query place: half of them for what is behind, half for what is
    ahead; in each half one a distance at first, then wider ones up to `reach` (Raffel et al. 2020).
    """
    half, near = buckets // 2, buckets // 4
    far = distance.abs()
    growth = torch.log(far.clamp(min=near).float() / near) / math.log(reach / near)
    wide = (near + (growth * (half - near)).long()).clamp(max=half - 1)
    return torch.where(far < near, far, wide) + (distance > 0) * half


class Attention(nn.Module):
    """Attention without scaling, with a bias by distance."""

    def __init__(self, config: Umt5Config) -> None:
        super().__init__()
        self.heads = config.heads
        self.q = nn.Linear(config.dim, config.attention, bias=False)
        self.k = nn.Linear(config.dim, config.attention, bias=False)
        self.v = nn.Linear(config.dim, config.attention, bias=False)
        self.o = nn.Linear(config.attention, config.dim, bias=False)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x (B, L, D), bias (B or 1, H, L, L) -> (B, L, D)."""
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, L, d)
            for layer in (self.q, self.k, self.v)
        )
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=1.0)
        return self.o(seen.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """fc2(gelu(gate(x)) * fc1(x))."""

    def __init__(self, config: Umt5Config) -> None:
        super().__init__()
        gelu = nn.GELU(approximate="tanh")
        self.gate = nn.Sequential(nn.Linear(config.dim, config.ffn, bias=False), gelu)
        self.fc1 = nn.Linear(config.dim, config.ffn, bias=False)
        self.fc2 = nn.Linear(config.ffn, config.dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.fc1(x) * self.gate(x))


class Block(nn.Module):
    """Attention and a feed-forward part, each from a norm and added."""

    def __init__(self, config: Umt5Config) -> None:
        super().__init__()
        self.norm1 = Norm(config.dim, config.eps)
        self.attn = Attention(config)
        self.norm2 = Norm(config.dim, config.eps)
        self.ffn = FeedForward(config)
        self.pos_embedding = Distance(config)

    def forward(self, x: Tensor, hidden: Tensor | None) -> Tensor:
        """x (B, L, D), hidden (B, 1, 1, L) minus infinity where there is no token -> (B, L, D)."""
        bias = self.pos_embedding(x.shape[1])
        x = x + self.attn(self.norm1(x), bias if hidden is None else bias + hidden)
        return x + self.ffn(self.norm2(x))


class Umt5(nn.Module):
    """Token ids to embeddings; layer names are those of models_t5_umt5-xxl."""

    def __init__(self, config: Umt5Config | None = None) -> None:
        super().__init__()
        self.config = config = config or Umt5Config()
        self.token_embedding = nn.Embedding(config.vocabulary, config.dim)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.layers)])
        self.norm = Norm(config.dim, config.eps)

    def forward(self, ids: Tensor, present: Tensor | None = None) -> Tensor:
        """ids (B, L), present (B, L) true where there is a token -> (B, L, dim), zero elsewhere."""
        x = self.token_embedding(ids)
        hidden = None
        if present is not None:
            lowest = torch.finfo(x.dtype).min
            hidden = torch.zeros_like(present, dtype=x.dtype).masked_fill(~present, lowest)
            hidden = hidden[:, None, None]
        for block in self.blocks:
            x = block(x, hidden)
        x = self.norm(x)
        return x if present is None else x * present[..., None]


class Umt5Text(nn.Module):
    """Texts to (1, length, dim) by UMT5 and its tokenizer."""

    def __init__(self, network: Umt5, ids: Callable[[str], Sequence[int]]) -> None:
        super().__init__()
        self.network = network
        self.dim, self.length = network.config.dim, network.config.length
        self._ids = ids

    @torch.no_grad()
    def encode(self, text: str) -> Tensor:
        """One text -> (1, length, dim); the rows beyond its last token are zero."""
        weight = self.network.token_embedding.weight
        ids = torch.tensor([self._ids(clean(text)[: LONGEST * self.length])], device=weight.device)
        found = self.network(ids[:, : self.length])
        return functional.pad(found, (0, 0, 0, self.length - found.shape[1]))


def clean(text: str) -> str:
    """A text as Wan was trained on: entities resolved, quotes straight, one space between words."""
    plain = html.unescape(html.unescape(text)).translate(STRAIGHT)
    sound = plain.encode("utf-8", "replace").decode("utf-8")  # no half of a character
    return " ".join(unicodedata.normalize("NFC", sound).split())


def load_umt5(
    path: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    tokenizer: Path | None = None,
    length: int = 512,
    progress: Progress = lambda share, text: None,
) -> Umt5Text:
    """The encoder in models_t5_umt5-xxl-enc-bf16.pth, in a file of it, or in a `text_encoder`
    folder of transformers, of any sizes.

    `tokenizer` is a tokenizer.json or the folder of one; without it, it is looked for beside the
    weights, where the repositories of Wan and of transformers have it. float16 overflows in this
    network; bfloat16 is what it is published in. WeightsError says what is wrong with a file.
    """
    ids = read_tokenizer(tokenizer or _tokenizer_of(path), length)
    stored = open_tensors(path, progress=progress)
    return Umt5Text(build_umt5(stored, dtype=dtype, length=length, where=path.name).to(device), ids)


def _tokenizer_of(path: Path) -> Path:
    folder = path if path.is_dir() else path.parent
    places = [folder / "google" / "umt5-xxl", folder, folder.parent / "tokenizer"]
    return next((place for place in places if (place / TOKENIZER).is_file()), places[0])


def read_tokenizer(path: Path, length: int) -> Callable[[str], Sequence[int]]:
    """What turns a text into ids, the end's id last, cut to `length`; WeightsError where it cannot
    be read.
    """
    import_libraries()  # one thread at a time
    from transformers import PreTrainedTokenizerFast

    file = path / TOKENIZER if path.is_dir() else path
    if file.suffix != ".json" or not file.is_file():
        raise WeightsError(f"no {TOKENIZER} is at {file}; fetch the one of google/umt5-xxl")
    if "model" not in read_json(file):
        raise WeightsError(f"{file} describes no tokenizer; fetch the one of google/umt5-xxl")
    found: Any = PreTrainedTokenizerFast(tokenizer_file=str(file))
    return lambda text: found(text, truncation=True, max_length=length).input_ids


def build_umt5(
    tensors: Mapping[str, Tensor], *, dtype: torch.dtype, length: int = 512, where: str
) -> Umt5:
    """A network of tensors by either naming, all of them and no other, in `dtype`."""
    ours = {_umt5_name(name): tensor for name, tensor in tensors.items()}
    with torch.device("meta"):
        network = Umt5(infer_umt5(ours, where, length))
    check_tensors(ours, network.state_dict(), where)
    fit(network, ours, where=where, dtype=dtype)
    return network.eval().requires_grad_(False)


def _umt5_name(name: str) -> str:
    for then, now in RENAMED:
        name = re.sub(then, now, name)
    return name


def infer_umt5(tensors: Mapping[str, Tensor], where: str, length: int = 512) -> Umt5Config:
    """The sizes of an encoder from its tensors; WeightsError where it is not one."""
    if not all(name in tensors and tensors[name].ndim == 2 for name in TELLING):
        some = ", ".join(sorted(tensors)[:3]) or "no tensors"
        raise WeightsError(f"{where} is no UMT5 encoder: it holds {some}")
    embedding, query, inner, bias = (tuple(tensors[name].shape) for name in TELLING)
    blocks = [re.match(r"blocks\.(\d+)\.", name) for name in tensors]
    layers = len({each[1] for each in blocks if each})
    if layers > sum("pos_embedding" in name for name in tensors) == 1:
        raise WeightsError(f"{where} is a T5 whose layers share one bias; UMT5 is needed here")
    return Umt5Config(
        vocabulary=embedding[0],
        dim=embedding[1],
        attention=query[0],
        heads=bias[1],
        ffn=inner[0],
        layers=layers,
        buckets=bias[0],
        length=length,
    )
