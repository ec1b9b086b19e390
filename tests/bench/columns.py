"""The figures of one maker of pictures, how much of everything is measured, and the table in which
several makers stand side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from nodes.rollout.score.critic import EmbeddedCritic
    from tests.bench.cut_figures import Shots
    from tests.bench.motion_figures import MotionJudge
    from tests.bench.still_judges import StyleJudge
    from tests.bench.word_judges import BandJudge, Told

    Maker = Callable[[Told, int], Tensor]  # what is told and a seed -> pictures (T, 3, H, W)


@dataclass(frozen=True)
class Counts:
    """How much of everything is measured: prompts, seeds, long films and their seconds, things that
    are followed over cuts, and the sides in pixels that speed is taken at."""

    prompts: int
    seeds: int
    films: int
    seconds: float
    cuts: int
    sides: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Judges:
    """Who looks at the pictures, how fast each camera of true worlds moves the ground, and the true
    cuts that films are told to repeat."""

    bands: BandJudge
    critic: EmbeddedCritic
    motions: MotionJudge
    styles: StyleJudge
    speeds: dict[str, float]
    cuts: Sequence[Sequence[Shots]]


@dataclass(eq=False)
class Column:
    """The figures of one maker of pictures, by the name of their row."""

    name: str
    rows: dict[str, str] = field(default_factory=dict)

    def share(self, row: str, right: int, total: int) -> None:
        self.rows[row] = f"{100 * right / total:.0f} % of {total}"


def table(columns: Sequence[Column]) -> str:
    """The columns as a Markdown table; a dash where a figure was not measured."""
    rows = dict.fromkeys(row for column in columns for row in column.rows)
    lines = [
        f"| measure | {' | '.join(column.name for column in columns)} |",
        f"| --- |{' --- |' * len(columns)}",
        *(f"| {row} | {' | '.join(c.rows.get(row, '-') for c in columns)} |" for row in rows),
    ]
    return "\n".join(lines)
