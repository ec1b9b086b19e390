"""A tiny text encoder for embedded video models: whole words where they are known, hashed pieces
of letters where not, and a small transformer over both.

Any text goes in. Words that the vocabulary lacks still tell each other apart, by the buckets their
pieces fall into, and what is beyond the limit is cut.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

PAD, BEGIN, FIRST = 0, 1, 2  # FIRST is the id of the first word
PIECE = 3  # letters a piece
TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[^\w\s]")


@dataclass(frozen=True)
class Vocabulary:
    """Words in the order of their ids, other words that mean one of them, and how many buckets the
    pieces of unknown words share.
    """

    words: tuple[str, ...]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    buckets: int = 512

    def __post_init__(self) -> None:
        if len(set(self.words)) != len(self.words):
            twice = Counter(self.words).most_common(1)[0][0]
            raise WeightsError(f"the vocabulary holds {twice!r} more than once")
        lost = sorted(set(self.synonyms.values()) - set(self.words))
        if lost:
            raise WeightsError(f"a synonym stands for {lost[0]!r}, which is not in the vocabulary")
        if self.buckets < 1:
            raise WeightsError(f"the vocabulary has {self.buckets} buckets; it needs at least 1")

    @cached_property
    def _ids(self) -> dict[str, int]:
        ids = {word: FIRST + index for index, word in enumerate(self.words)}
        return {word: ids[meant] for word, meant in self.synonyms.items()} | ids

    @property
    def size(self) -> int:
        """Ids in all: padding, the beginning, words, buckets."""
        return FIRST + len(self.words) + self.buckets

    def ids(self, text: str, limit: int) -> list[int]:
        """The ids of a text, the beginning first, at most `limit`."""
        return [BEGIN, *islice(self._all(text), limit - 1)]

    def _all(self, text: str) -> Iterator[int]:
        for found in TOKEN.finditer(fold(text)):
            word = found.group()
            known = self._ids.get(word)
            if known is not None:
                yield known
            elif not _silent(word):
                yield from self._pieces(word)

    def _pieces(self, word: str) -> Iterator[int]:
        first = FIRST + len(self.words)
        for start in range(0, len(word), PIECE):
            piece = word[start : start + PIECE].encode("utf-8", "surrogatepass")
            yield first + zlib.crc32(piece) % self.buckets

    @staticmethod
    def gather(
        texts: Iterable[str],
        *,
        limit: int = 2000,
        synonyms: Mapping[str, str] | None = None,
        buckets: int = 512,
    ) -> Vocabulary:
        """The most frequent words of texts and all that synonyms stand for, at most `limit`."""
        meant = {fold(word): fold(meaning) for word, meaning in (synonyms or {}).items()}
        counts = Counter(word for text in texts for word in TOKEN.findall(fold(text)))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        spoken = [word for word in ranked if not _silent(word) and word not in meant]
        words = dict.fromkeys([*meant.values(), *spoken])
        return Vocabulary(tuple(words)[:limit], meant, buckets)

    @staticmethod
    def read(path: Path) -> Vocabulary:
        """The vocabulary in a JSON file; WeightsError where it is not one."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise WeightsError(f"{path} is not there; the text encoder needs it") from None
        except (OSError, ValueError) as error:
            raise WeightsError(f"{path} cannot be read as JSON: {error}") from None
        words = found.get("words") if isinstance(found, dict) else None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise WeightsError(f"{path} has no list of words; it is not a vocabulary")
        synonyms, buckets = found.get("synonyms", {}), found.get("buckets", 512)
        texts = isinstance(synonyms, dict) and all(isinstance(to, str) for to in synonyms.values())
        if not texts or not isinstance(buckets, int):
            raise WeightsError(f"{path} has synonyms or buckets of the wrong kind")
        return Vocabulary(tuple(words), synonyms, buckets)

    def write(self, path: Path) -> None:
        """The vocabulary as a JSON file."""
        found = {"words": self.words, "synonyms": dict(self.synonyms), "buckets": self.buckets}
        path.write_text(json.dumps(found, ensure_ascii=False, indent=0), encoding="utf-8")


def fold(text: str) -> str:
    """A text as the vocabulary sees it: one form for each character, no capitals."""
    return unicodedata.normalize("NFKC", text).casefold()


def _silent(token: str) -> bool:
    return unicodedata.category(token[0]).startswith("P")


@dataclass(frozen=True)
class WordTextConfig:
    """Sizes of the encoder; `dim` is what it hands out, `length` the tokens it reads."""

    dim: int = 256
    width: int = 128
    layers: int = 2
    heads: int = 4
    length: int = 32


class Layer(nn.Module):
    """Attention over all tokens of a text, then a feed-forward part, both from a norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.ffn = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x (B, L, D), mask (B, 1, 1, L) true where there is a token -> (B, L, D)."""
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, H, L, d)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.ffn(self.norm2(x))


class WordText(nn.Module):
    """Texts to (B, length, dim); the rows beyond a text's last token are zero."""

    def __init__(self, vocabulary: Vocabulary, config: WordTextConfig | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.config = config or WordTextConfig()
        self.dim, self.length = self.config.dim, self.config.length
        width = self.config.width
        rows = torch.empty(vocabulary.size, width)
        self.embedding = nn.Embedding(vocabulary.size, width, _weight=rows)
        self.position = nn.Parameter(torch.empty(self.length, width))
        layers = [Layer(width, self.config.heads) for _ in range(self.config.layers)]
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, self.dim)
        if not rows.is_meta:  # drawing where there is no memory imports torch's compiler
            self.embedding.reset_parameters()
            nn.init.normal_(self.position, std=0.02)

    def tokens(self, texts: Sequence[str]) -> Tensor:
        """The ids of texts (B, length), padded, on the device of the weights."""
        ids = torch.full((len(texts), self.length), PAD, dtype=torch.int64)
        for row, text in enumerate(texts):
            found = self.vocabulary.ids(text, self.length)
            ids[row, : len(found)] = torch.tensor(found)
        return ids.to(self.position.device)

    def forward(self, ids: Tensor) -> Tensor:
        """ids (B, length) -> (B, length, dim), with gradients."""
        present = ids != PAD  # (B, L)
        x = self.embedding(ids) + self.position
        for layer in self.layers:
            x = layer(x, present[:, None, None])
        return self.out(self.norm(x)) * present[..., None]

    def encode(self, text: str) -> Tensor:
        """One text -> (1, length, dim)."""
        return self(self.tokens([text]))
