"""How many frames are made at once, and whether steps share a call: chosen from measured times
against a target rate and latency.

Small blocks come soon, large ones and shared calls use the device better. The chooser is a frozen
value that is told each block's time; it takes the form with the least latency that holds the rate,
slowly, so that one slow block changes nothing. StreamDiffusionV2, section 5 (SLO-aware batching).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from engine.errors import ParamError

T = TypeVar("T")

SLOW = 0.97  # of the target: too slow
SPARE = 1.3  # of the target: a quicker answer can be paid for
DOWN_AFTER = 3  # blocks too slow in a row
UP_AFTER = 12  # blocks with room in a row
BARRED = 60  # blocks in which a form that was too slow is not tried again, doubled at each failure
LEARN = 0.3  # weight of the newest time


class Form(NamedTuple):
    """How a block is made: latent frames at once, and whether steps of several blocks share a
    call.
    """

    frames: int
    batched: bool


@dataclass(frozen=True)
class Goal:
    """What is to be held: pictures a second, seconds from a picture's arrival to its answer (0:
    any).
    """

    rate: float
    latency: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.rate < float("inf") or not 0 <= self.latency < float("inf"):
            raise ParamError(
                f"a rate of {self.rate:g} with a latency of {self.latency:g} s cannot be held: "
                "give a rate above 0 and a latency of 0 (any) or more"
            )


@dataclass(frozen=True)
class Chooser:
    """The forms that may be taken, lightest first, the one that is, and what was measured."""

    forms: tuple[Form, ...]
    goal: Goal
    steps: int
    time: int = 4  # pictures a latent frame
    at: int = 0
    seconds: tuple[float, ...] = ()  # a call, by form; 0 where not measured
    warm: int = 0  # calls of this form that tell nothing yet
    slow: int = 0
    spare: int = 0
    made: int = 0
    barred: tuple[int, ...] = ()  # block until which a form is not tried again
    failed: tuple[int, ...] = ()  # how often it was too slow

    def __post_init__(self) -> None:
        if not self.forms or self.steps < 1:
            raise ParamError(f"{len(self.forms)} forms of {self.steps} steps leave no choice")
        if not self.seconds:
            object.__setattr__(self, "seconds", (0.0,) * len(self.forms))
            object.__setattr__(self, "barred", (0,) * len(self.forms))
            object.__setattr__(self, "failed", (0,) * len(self.forms))
            object.__setattr__(self, "warm", self.steps + 3)  # as StreamDiffusionV2 waits

    @property
    def form(self) -> Form:
        return self.forms[self.at]

    def rate(self, at: int) -> float:
        """Pictures a second of a form as measured; what is not measured is guessed from the
        nearest that is.
        """
        spent = self._spent(at)
        return self.forms[at].frames * self.time / spent if spent else 0.0

    def latency(self, at: int) -> float:
        """Seconds from a picture's arrival to its answer, at worst: the block fills at the goal's
        rate, then is made.
        """
        form = self.forms[at]
        fill = form.frames * self.time / self.goal.rate
        spent = self._spent(at)
        if not form.batched:
            return fill + spent
        return fill + spent + (self.steps - 1) * max(spent, fill)

    def after(self, seconds: float) -> Chooser:
        """With the time of one more call of the form that is."""
        if self.warm > 0:
            return replace(self, warm=self.warm - 1, made=self.made + 1)
        known = self.seconds[self.at]
        new = seconds if known == 0 else (1 - LEARN) * known + LEARN * seconds
        told = replace(self, seconds=_with(self.seconds, self.at, new), made=self.made + 1)
        pace = told.rate(told.at) / told.goal.rate
        told = replace(
            told,
            slow=told.slow + 1 if pace < SLOW else 0,
            spare=told.spare + 1 if pace > SPARE else 0,
        )
        if told.slow >= DOWN_AFTER:
            return told._heavier()
        if told.spare >= UP_AFTER:
            return told._lighter()
        return told

    def _heavier(self) -> Chooser:
        """The next form that makes more at once and still answers in time."""
        until = self.made + BARRED * 2 ** self.failed[self.at]
        kept = replace(
            self,
            barred=_with(self.barred, self.at, until),
            failed=_with(self.failed, self.at, self.failed[self.at] + 1),
            slow=0,
        )
        for at in range(self.at + 1, len(self.forms)):
            if not self.goal.latency or kept.latency(at) <= self.goal.latency:
                return kept._moved(at)
        return kept

    def _lighter(self) -> Chooser:
        at = self.at - 1
        if at < 0 or self.made < self.barred[at]:
            return replace(self, spare=0)
        return self._moved(at)

    def _moved(self, at: int) -> Chooser:
        return replace(self, at=at, slow=0, spare=0, warm=self.steps + 1)

    def _spent(self, at: int) -> float:
        """Seconds of a call; a form that never ran is taken to cost by its frames and rows."""
        if self.seconds[at]:
            return self.seconds[at]
        known = [i for i, spent in enumerate(self.seconds) if spent]
        if not known:
            return 0.0
        near = min(known, key=lambda i: abs(i - at))
        return self.seconds[near] * self.forms[at].frames / self.forms[near].frames


def _with(values: tuple[T, ...], at: int, value: T) -> tuple[T, ...]:
    return (*values[:at], value, *values[at + 1 :])


def forms_of(
    block: int, window: int, sink: int, *, batched: bool = False, longest: int = 0
) -> tuple[Form, ...]:
    """The forms a checkpoint allows: its own block, then with shared calls, then larger ones.

    StreamDiffusionV2 goes up to window - sink - 1 latent frames; `longest` (0: that) may be less.
    """
    limit = max(block, min(longest or window, window - sink - 1))
    sizes = [block]
    while sizes[-1] < limit:
        sizes.append(min(limit, sizes[-1] * 2))
    forms = [Form(block, batched=False)]
    forms += [Form(size, batched=batched) for size in sizes]
    return tuple(dict.fromkeys(forms))


def compute_balanced_split(
    total: int, rank_times: list[float], dit_times: list[float], current: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Which transformer blocks [start, end) each device should hold so that all take as long.

    StreamDiffusionV2, `communication/utils.py`: with the mean time of a block, each rank gets as
    many more as its time lies below the mean; at least one each. rank_times: seconds of each rank
    with its share of the autoencoder, dit_times: of its blocks alone.
    """
    ranks = len(current)
    if len(rank_times) != ranks or len(dit_times) != ranks or not 1 <= ranks <= total:
        raise ParamError(
            f"{total} blocks cannot be split over {ranks} devices with {len(rank_times)} times"
        )
    a_block = sum(dit_times) / total
    if a_block <= 0:
        return current
    mean = sum(rank_times) / ranks
    counts = [
        max(1, round(end - start + (mean - spent) / a_block))
        for (start, end), spent in zip(current, rank_times, strict=True)
    ]
    while sum(counts) < total:
        counts[counts.index(min(counts))] += 1
    while sum(counts) > total:
        counts[counts.index(max(counts))] -= 1
    ends = [sum(counts[: rank + 1]) for rank in range(ranks)]
    return [(end - count, end) for end, count in zip(ends, counts, strict=True)]
