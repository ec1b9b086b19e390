"""The diagnostic bundle has what somebody far away needs."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from app.diagnosis import write_bundle
from engine.errors import DocumentError
from tests.app.shows import waits_for

if TYPE_CHECKING:
    from pathlib import Path

    from app.session import Session


def test_a_bundle_has_log_graph_machine_and_figures(session: Session, tmp_path: Path) -> None:
    session.start()
    assert waits_for(session.picture)
    write_bundle(tmp_path / "bundle.zip", session, ["error   10:00:00  a lane ended"])
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert "a lane ended" in texts["log.txt"]
    assert set(json.loads(texts["graph.json"])["nodes"]) == {"pattern", "blur", "output"}
    assert "packages" in texts["machine.txt"]
    assert any(node["key"] == "blur" for node in json.loads(texts["figures.json"])["nodes"])


def test_a_bundle_that_cannot_be_written_is_a_sentence(session: Session, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be written"):
        write_bundle(tmp_path / "nowhere" / "bundle.zip", session, [])
