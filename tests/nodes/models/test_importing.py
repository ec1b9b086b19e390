"""The libraries of models are imported by one thread at a time."""

from __future__ import annotations

import subprocess
import sys

MANY = """
import threading
from nodes.models.diffusers_folder import import_libraries
broken = []
threading.excepthook = broken.append
threads = [threading.Thread(target=import_libraries) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
raise SystemExit(len(broken))
"""


def test_threads_that_import_at_once_all_succeed() -> None:
    assert subprocess.run([sys.executable, "-c", MANY], check=False).returncode == 0
