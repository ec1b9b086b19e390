"""What is left when a render is stopped or killed: a film that plays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import av
import pytest

from tests.app import shows

if TYPE_CHECKING:
    from pathlib import Path

LONG = 100_000  # frames, more than any test waits for
SECOND = 24  # frames


def start(folder: Path, show: Path, out: str) -> subprocess.Popen[str]:
    words = ["render", str(show), "--out", out, "--frames", f":{LONG}"]
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(shows.ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_frames(process: subprocess.Popen[str], count: int) -> int:
    """How many frames the render says it has done, once it is `count` or more."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        done = re.match(r"rendering: (\d+) of", line)
        if done and int(done[1]) >= count:
            return int(done[1])
    raise AssertionError("".join(said))


def playable(path: Path) -> int:
    """How many pictures a film shows, read from its start to its end."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.fixture
def endless(folder: Path) -> Path:
    """A document whose picture moves without an end."""
    nodes = {
        "clip": {"type": "sources.pattern", "params": {"pattern": "motion"}},
        "grade": {"type": "compose.color", "params": {}},
    }
    return shows.show(folder / "show.json", "", nodes=nodes, links=["clip.out -> grade.frame"])


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_ends_the_film_well(folder: Path, endless: Path) -> None:
    process = start(folder, endless, "out.mp4")
    wait_for_frames(process, 10)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "what was rendered so far plays" in said
    assert "Traceback" not in said
    told = int(said.rsplit("frames in", 1)[0].split()[-1])
    assert playable(folder / "out.mp4") == told


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_kill_leaves_all_but_the_last_two_seconds(folder: Path, endless: Path) -> None:
    process = start(folder, endless, "out.mp4")
    done = wait_for_frames(process, 3 * SECOND)
    process.kill()
    process.communicate(timeout=60)
    assert playable(folder / "out.mp4") >= done - 2 * SECOND
