"""A studio that is killed loses a second of work at most; the next one goes on with the show."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.autosave import leftovers
from engine.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.session import Session

ROOT = Path(__file__).resolve().parents[3]
STUDIO = """
import json, os, signal, sys, time
import torch
torch.set_num_threads(1)
from argparse import Namespace
from app.terminal import Terminal
from app.window import studio

part = sys.argv[1]
options = Namespace(document=sys.argv[2], perform=False, output=True, recover=False, device="cpu",
    nodes=[], no_crash_prompt=True, safe_mode=False, debug=True, quiet=True)

def tell(**facts):
    print(json.dumps(facts), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

def watch(window):
    session, began = window.session, time.monotonic()
    edited = []
    def look():
        output = window.parts.stagehand.output
        shown = output.status.serial
        if not shown:
            return
        if part == "plain":
            if not edited:
                edited.append(time.monotonic())
            if time.monotonic() - edited[0] > 2.0:
                tell(pid=output.status.pid)
        elif part == "edit":
            if not edited:
                session.edit("Soften", session.graph.set("blur", radius=9.0))
                edited.append(time.monotonic())
            elif time.monotonic() - edited[0] > 2.0:
                tell(pid=output.status.pid)
        elif not edited:
            edited.append(shown)  # the number of the picture that the crash left there
        elif output.adopted and shown > edited[0]:
            tell(pid=output.status.pid, radius=session.graph.value("blur", "radius"),
                title=session.document.title, seconds=time.monotonic() - began)
    window._timer.timeout.connect(look)

studio.opened.listen(watch)
studio.open_studio(options, Terminal(quiet=True))
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment whose folders are in the temporary one; its output is ended afterwards."""
    names = ("CONFIG", "STATE", "DATA", "CACHE")
    folders = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in names}
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    made = {**os.environ, **folders, "XDG_RUNTIME_DIR": str(runtime), "OMP_NUM_THREADS": "1"}
    made["QT_QPA_PLATFORM"] = "offscreen"
    yield made
    for ring in runtime.rglob("*.ring"):
        ring.unlink(missing_ok=True)


def studio(part: str, show: Path | str, home: dict[str, str]) -> dict[str, object]:
    """Runs a studio until it kills itself; the last facts that it told."""
    words = [sys.executable, "-c", STUDIO, part, str(show)]
    ran = subprocess.run(
        words, cwd=ROOT, env=home, capture_output=True, text=True, timeout=110, check=False
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr[-2000:]
    return json.loads(ran.stdout.splitlines()[-1])


def test_the_show_goes_on_in_the_same_output_with_the_edited_graph(
    tmp_path: Path, home: dict[str, str], session: Session
) -> None:
    show = tmp_path / "show.json"
    session.save(show)
    first = studio("edit", show, home)
    (left,) = leftovers(tmp_path / "state" / "slipstream")
    assert json.loads(left.snapshot.text)["nodes"]["blur"]["params"]["radius"] == 9.0
    assert left.snapshot.path == str(show)
    second = studio("adopt", show, home)
    assert second["pid"] == first["pid"]
    assert second["radius"] == 9.0
    os.kill(int(str(first["pid"])), signal.SIGTERM)


def test_a_restart_goes_on_with_the_show_that_was_on_air_and_no_other(
    tmp_path: Path, home: dict[str, str], session: Session
) -> None:
    """Another crash before left work of its own; the show on air was not edited."""
    state = tmp_path / "state" / "slipstream"
    state.mkdir(parents=True)
    other = Journal(state / "studio-999999.journal")
    other.append(session.text(), path="", label="Another")
    session.edit("Harder", session.graph.set("blur", radius=3.0))
    show = tmp_path / "show.json"
    session.save(show)
    first = studio("plain", show, home)
    second = studio("adopt", "feedback_tunnel", home)
    assert (second["pid"], second["radius"]) == (first["pid"], 3.0)
    os.kill(int(str(first["pid"])), signal.SIGTERM)
