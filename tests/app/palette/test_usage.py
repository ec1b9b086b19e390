"""What the palette remembers of a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.palette.usage import RECENT, Usage


def test_what_was_placed_last_is_recent_first():
    usage = Usage()
    for id in ("a.a", "b.b", "a.a"):
        usage.placed(id)
    assert usage.recent == ["a.a", "b.b"]


def test_recent_ones_are_few():
    usage = Usage()
    for number in range(20):
        usage.placed(f"a.n{number}")
    assert len(usage.recent) == RECENT


def test_counts_survive_a_start_and_fade(tmp_path: Path):
    usage = Usage(tmp_path / "deep" / "palette.json")
    usage.placed("a.a")
    usage.linked("a.a", "b.b")
    usage.star("c.c", True)
    usage.save()
    again = Usage(usage.path)
    assert 0 < again.weight("a.a") < usage.weight("a.a")
    assert again.weight("b.b", after="a.a") > again.weight("b.b")
    assert (again.recent, again.favourites) == (["a.a"], ["c.c"])


def test_what_is_never_used_again_is_forgotten(tmp_path: Path):
    usage = Usage(tmp_path / "palette.json")
    usage.placed("a.a")
    for _ in range(20):
        usage.save()
        usage = Usage(usage.path)
    assert usage.weight("a.a") == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"nodes": {"a": "x", "b": NaN}, "recent": 3}', "{" * 9999]
)
def test_a_mangled_file_counts_as_empty(tmp_path: Path, text: str):
    path = tmp_path / "palette.json"
    path.write_text(text)
    assert Usage(path).recent == []
    assert Usage(path).weight("a") == 0


def test_a_folder_that_cannot_be_written_costs_only_the_counts(tmp_path: Path):
    (tmp_path / "file").write_text("")
    usage = Usage(tmp_path / "file" / "palette.json")
    usage.placed("a.a")
    usage.save()
    assert usage.recent == ["a.a"]
    assert Usage(usage.path).recent == []
