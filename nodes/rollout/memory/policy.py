"""What decides how much of its past a generator keeps, and what of it each block may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Protocol

from engine.errors import ParamError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page

CLEAN, PER_LEVEL = "clean", "per_level"
ROWS = {
    CLEAN: "keys of finished frames",
    PER_LEVEL: "keys of the same noise level",
}


class Again(NamedTuple):
    """Finished latents that are run through the network once more, to make their keys anew.

    The newest `frames` of them, with what each sees of the others ("block_causal": its own block
    and those before, "full": all); with `keep_sink` the anchors stay as they are and count.
    """

    frames: int
    mask: Literal["block_causal", "full"] = "block_causal"
    keep_sink: bool = False


class MemoryPolicy(Protocol):
    """Pure functions of the cache: what a policy has to remember lives in the cache's tags or in
    its `extra`, so that snapshot and fork of a generator stay exact.

    `rows` is whose training it matches: caches with the keys of finished frames ("clean"), one
    cache for each noise level ("per_level"), or both. `selects` says that `read` picks by the
    query, `needs_residual` that pages come with what their keys are made from. `rebuild` is how
    many finished latents are run again, block by block, before each block in place of a cache; a
    generator then needs no clean pass. `on_prompt` is what is run again with a new prompt; None:
    the past keeps the old one.
    """

    name: ClassVar[str]
    rows: ClassVar[frozenset[str]] = frozenset({CLEAN, PER_LEVEL})
    selects: ClassVar[bool] = False
    needs_residual: bool = False
    rebuild: int | None = None
    on_prompt: Again | None = None

    def now(self) -> MemoryPolicy:
        """The policy with its knobs as they stand; a generator asks once at each block's start."""
        return self

    def admit(self, cache: KVCache, block: int) -> KVCache:
        """The pages that a block of so many frames may see; asked once at its start.

        Raises ParamError where the block does not fit beside what must be kept.
        """
        ...

    def read(self, cache: KVCache, layer: int, q: Tensor) -> KVCache:
        """Of the admitted pages, those that a layer attends to; q (B, F*N, heads, d) un-rotated.

        Asked once a layer and block, with the queries of its first call, and only if `selects`.
        """
        del layer, q
        return cache

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        """The cache after a block is finished, with the pages that its last call wrote."""
        ...

    def matches(self, card: RolloutCard) -> str | None:
        """None where a checkpoint was trained for such a memory, else a sentence why not."""
        ...


class Live(MemoryPolicy):
    """The handle that a memory node gives: the policy of the node's knobs as they stand.

    Ask `now` for the policy itself, once a block.
    """

    name = "live"

    def __init__(self, make: Callable[[], MemoryPolicy]) -> None:
        self._make = make

    def now(self) -> MemoryPolicy:
        return self._make()

    def admit(self, cache: KVCache, block: int) -> KVCache:
        return self._make().admit(cache, block)

    def read(self, cache: KVCache, layer: int, q: Tensor) -> KVCache:
        return self._make().read(cache, layer, q)

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        return self._make().commit(cache, new)

    def matches(self, card: RolloutCard) -> str | None:
        return self._make().matches(card)

    def __repr__(self) -> str:
        return f"<Live {self._make()!r}>"


def refusal(policy: MemoryPolicy, card: RolloutCard) -> str | None:
    """Why a checkpoint cannot run on a memory at all; None where it can.

    A checkpoint that reads keys of one kind makes noise out of the other, whatever their number.
    """
    if policy.rows & card.rows:
        return None
    asked = " or ".join(ROWS[row] for row in sorted(card.rows))
    given = " or ".join(ROWS[row] for row in sorted(policy.rows))
    return f"the checkpoint was trained on {asked}, and a {policy.name} memory keeps {given}"


def window_mismatch(name: str, frames: int, sink: int, card: RolloutCard) -> str | None:
    """What a checkpoint has not seen in training of a window and sink of so many latent frames."""
    if frames > card.window:
        return (
            f"the checkpoint was trained to see {card.window} latent frames at once and a {name} "
            f"memory of {frames} shows it more: take {card.window} or fewer"
        )
    if sink > 0 and card.sink == 0:
        return (
            f"the checkpoint was trained without a sink and this {name} memory keeps the first "
            f"{sink} frames for ever: take a sink of 0"
        )
    return None


def sinks_of(pages: Sequence[Page], count: int) -> frozenset[int]:
    """Which pages are the anchors: the newest `count` that are pinned, then the oldest."""
    if count <= 0:
        return frozenset()
    pinned = [at for at, page in enumerate(pages) if page.tag.pinned][-count:]
    if not pinned:
        return frozenset(range(min(count, len(pages))))
    others = [at for at in range(len(pages)) if at not in pinned]
    return frozenset(pinned + others[: count - len(pinned)])


def room(frames: int, sink: int, block: int) -> int:
    """How many frames beside the sink a block may see in a window of so many frames."""
    left = frames - sink - block
    if left < 0:
        raise ParamError(
            f"a window of {frames} frames with a sink of {sink} cannot hold a block of {block}: "
            f"make it {sink + block} or more"
        )
    return left


def expect_window(frames: int, sink: int) -> None:
    """Raises ParamError where a window and its sink make no sense together."""
    if frames < 1:
        raise ParamError(f"a window of {frames} frames holds nothing: make it 1 or more")
    if sink < 0:
        raise ParamError(f"a sink of {sink} frames is not a number of frames: make it 0 or more")
    if sink >= frames:
        raise ParamError(
            f"a sink of {sink} frames fills the window of {frames}: "
            f"make it {frames - 1} or fewer, or the window longer"
        )
