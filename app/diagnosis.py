"""One file that tells others what is wrong: log, graph, figures, machine. No picture, no key."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict
from typing import TYPE_CHECKING

from app.system import findings
from engine.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from app.session import Session


def write_bundle(path: Path, session: Session, log: Iterable[str]) -> None:
    """Writes the bundle as a zip file. DocumentError where it cannot be written."""
    stats = session.stats()
    parts = {
        "log.txt": "\n".join(log),
        "graph.json": session.text(),
        "machine.txt": "\n".join(f"{f.mark:8}{f.what}: {f.found}" for f in findings()),
        "figures.json": json.dumps(asdict(stats) if stats else {}, indent=1, default=str),
        "problems.txt": "\n".join(map(str, session.problems)),
    }
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in parts.items():
                bundle.writestr(name, text)
    except OSError as error:
        raise DocumentError(f"{path} cannot be written: {error.strerror}") from error
