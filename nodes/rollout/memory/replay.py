"""A memory at half the size: the older half of the window kept as what its keys are made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import ParamError
from nodes.rollout.kv_cache import size_of
from nodes.rollout.memory.policy import (
    CLEAN,
    MemoryPolicy,
    expect_window,
    room,
    window_mismatch,
)
from nodes.rollout.memory.window import windowed

if TYPE_CHECKING:
    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page


@dataclass(frozen=True)
class Replay(MemoryPolicy):
    """KV-Direct (arXiv 2603.19664) where it saves: a window with a sink whose pages, but for the
    newest `recent`, keep the residual that entered each layer in place of keys and values.

    Two matrix products a layer make them again at each block, bit for bit, for they run over the
    rows of the call that made them first. Where a network has fewer heads for keys than for
    queries the residual is the larger, and that is refused. Weights that change meanwhile, such as
    a LoRA that is faded in, change the past with them.
    """

    name = "replay"
    rows = frozenset({CLEAN})
    needs_residual = True
    frames: int = 12
    sink: int = 3
    recent: int = 3

    def __post_init__(self) -> None:
        expect_window(self.frames, self.sink)
        if self.recent < 0:
            raise ParamError(
                f"{self.recent} recent frames are not a number of frames: make it 0 or more"
            )

    def admit(self, cache: KVCache, block: int) -> KVCache:
        return windowed(cache, self.sink, room(self.frames, self.sink, block))

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        expect_saving(new)
        kept = windowed(cache.append(new), self.sink, self.frames - self.sink)
        older = max(0, len(kept.pages) - self.recent)
        pages = kept.pages[:older]
        if not any(page.k and page.checkpoint for page in pages):
            return kept
        return replace(kept, pages=(*map(_lean, pages), *kept.pages[older:]))

    def matches(self, card: RolloutCard) -> str | None:
        return window_mismatch(self.name, self.frames, self.sink, card)


def expect_saving(pages: tuple[Page, ...]) -> None:
    """Raises ParamError where a residual is not smaller than the keys and values made from it."""
    for page in pages[:1]:
        if page.checkpoint is None or not page.k:
            continue
        residual = page.checkpoint.hidden[0].shape[-1]
        pair = 2 * page.k[0].shape[-1] * page.k[0].shape[-2]
        if residual >= pair:
            raise ParamError(
                f"a residual of {residual} numbers a token is no smaller than its keys and values "
                f"of {pair}: take a window memory for this network"
            )


def _lean(page: Page) -> Page:
    """The page without what its checkpoint makes again."""
    if page.checkpoint is None or not page.k:
        return page
    return replace(page, k=(), v=())


def kv_bytes(page: Page) -> int:
    """Bytes of a page's keys and values, without its checkpoint."""
    return size_of((*page.k, *page.v))
