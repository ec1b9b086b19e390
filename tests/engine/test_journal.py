"""The autosave journal survives whatever cuts it off, and stays small."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import DocumentError
from engine.journal import Journal, recover, snapshots

ENDLESS = """
import sys
from pathlib import Path
from engine.journal import Journal
journal = Journal(Path(sys.argv[1]))
for number in range(1 << 30):
    journal.append(f"{number} " + "x" * 20000)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_the_last_snapshot_comes_back(tmp_path: Path):
    journal = Journal(tmp_path / "data" / "auto.journal", clock=lambda: 12.5)
    journal.append("one")
    journal.append("two\n“neon” \ud7ff", path="/shows/a.json", label="Connect")
    found = recover(tmp_path / "data" / "auto.journal")
    assert found is not None
    assert (found.text, found.path) == ("two\n“neon” \ud7ff", "/shows/a.json")
    assert (found.label, found.time) == ("Connect", 12.5)


def test_there_is_nothing_to_recover_after_an_end_in_order(tmp_path: Path):
    journal = Journal(tmp_path / "auto", full=10)
    for text in ("one", "two", "three"):
        journal.append(text)
    journal.close()
    assert recover(tmp_path / "auto") is None
    assert os.listdir(tmp_path) == []
    journal.close()


def test_a_journal_cut_anywhere_loses_the_last_snapshot_at_most(tmp_path: Path):
    path = tmp_path / "auto"
    journal = Journal(path)
    journal.append("one")
    first = path.stat().st_size
    journal.append("two")
    whole = path.read_bytes()
    for length in range(first, len(whole)):
        path.write_bytes(whole[:length])
        assert [found.text for found in snapshots(path)][:1] == ["one"]
        Journal(path).append("three")
        found = recover(path)
        assert found is not None
        assert found.text == "three"


def test_mangled_lines_are_passed_over(tmp_path: Path):
    path = tmp_path / "auto"
    journal = Journal(path)
    for text in ("one", "two", "three"):
        journal.append(text)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[1][:-4] + b"abc}", b"\xff\0 {}", b"", lines[2]]))
    assert [found.text for found in snapshots(path)] == ["one", "three"]


def test_the_journal_turns_and_stays_bounded(tmp_path: Path):
    path = tmp_path / "auto"
    journal = Journal(path, full=4000)
    for number in range(200):
        journal.append(f"{number} " + "x" * 300)
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2 * 4000 + 2 * 500
    texts = [found.text.split()[0] for found in snapshots(path)]
    assert texts[-1] == "199"
    assert texts == [str(number) for number in range(200 - len(texts), 200)]
    assert sorted(os.listdir(tmp_path)) == ["auto", "auto.1"]


def test_a_killed_process_loses_nothing_that_it_had_written(tmp_path: Path):
    path = tmp_path / "auto"
    command = [sys.executable, "-c", ENDLESS, str(path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
    assert child.stdout is not None
    told = [child.stdout.readline().strip() for _ in range(30)]
    os.kill(child.pid, signal.SIGKILL)
    told += child.stdout.read().split()
    child.stdout.close()
    child.wait()
    found = recover(path)
    assert found is not None
    assert int(found.text.split()[0]) >= int(told[-1])


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DocumentError, match="autosave cannot write"):
        Journal(tmp_path / "file" / "auto").append("one")
    assert recover(tmp_path / "file" / "auto") is None
    assert recover(tmp_path) is None
