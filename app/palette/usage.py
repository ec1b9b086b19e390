"""What a person uses: counts of nodes and of pairs that were linked, recent ones, favourites.

Counts lose a fifth at each start, so habits of last year fade (as Orange does). JSON, which is
read as data: a file that is mangled counts as empty.
"""

from __future__ import annotations

import contextlib
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine.graph import Graph

DECAY = 0.8  # of every count, at each start
FAINT = 0.05  # counts below are forgotten
RECENT = 8
LARGEST = 1 << 20  # bytes of a file that is read


class Usage:
    """Counts in memory, written to `path` by `save`; without a path nothing is kept."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        data = _read(path)
        self._nodes = _faded(data.get("nodes"))
        self._pairs = _faded(data.get("pairs"))
        self.recent: list[str] = _texts(data.get("recent"))[:RECENT]
        self.favourites: list[str] = _texts(data.get("favourites"))

    def __repr__(self) -> str:
        return f"<Usage {len(self._nodes)} nodes, {len(self._pairs)} pairs, {self.path}>"

    def placed(self, id: str) -> None:
        """A node of that type was placed by hand."""
        self._nodes[id] = self._nodes.get(id, 0.0) + 1.0
        self.recent = [id, *(other for other in self.recent if other != id)][:RECENT]

    def linked(self, source: str, target: str) -> None:
        """Nodes of these two types were linked."""
        pair = f"{source} > {target}"
        self._pairs[pair] = self._pairs.get(pair, 0.0) + 1.0

    def star(self, id: str, on: bool) -> None:
        """Makes a node type a favourite, or not."""
        kept = [other for other in self.favourites if other != id]
        self.favourites = [*kept, id] if on else kept

    def weight(self, id: str, *, after: str = "", before: str = "") -> float:
        """How much a node type is used, 0 and up; beside a neighbour what goes with it counts."""
        near = self._pairs.get(f"{after} > {id}", 0.0) + self._pairs.get(f"{id} > {before}", 0.0)
        return math.log1p(self._nodes.get(id, 0.0)) + 3.0 * math.log1p(near)

    def save(self) -> None:
        """Writes what is known; a folder that cannot be written costs the counts, nothing else."""
        if self.path is None:
            return
        data = {
            "nodes": self._nodes,
            "pairs": self._pairs,
            "recent": self.recent,
            "favourites": self.favourites,
        }
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".tmp")
            fresh.write_text(json.dumps(data, indent=1, sort_keys=True), encoding="utf-8")
            fresh.replace(self.path)


def pairs_of(graph: Graph) -> Iterable[tuple[str, str]]:
    """The types at both ends of every link of a graph."""
    flat = graph.flatten()
    for link in flat.links:
        if link.source_key in flat.nodes and link.target_key in flat.nodes:
            yield flat.nodes[link.source_key].type, flat.nodes[link.target_key].type


def _read(path: Path | None) -> dict[str, Any]:
    try:
        if path is None or path.stat().st_size > LARGEST:
            return {}
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _faded(data: Any) -> dict[str, float]:
    counts = data.items() if isinstance(data, dict) else ()
    numbers = {
        id: float(count) * DECAY
        for id, count in counts
        if isinstance(count, int | float) and math.isfinite(count)
    }
    return {id: count for id, count in numbers.items() if count > FAINT}


def _texts(data: Any) -> list[str]:
    return [text for text in data if isinstance(text, str)] if isinstance(data, list) else []
