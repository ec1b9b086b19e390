"""`slipstream check`, `presets`, `new`, `assets` and `doctor`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from app.documents import presets
from app.system import DEBIAN, Finding, findings
from tests.app import shows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Says = Callable[..., tuple[int, str]]


def test_a_sound_document_is_said_to_be_sound(says: Says, folder: Path) -> None:
    code, said = says("check", "feedback_tunnel")
    assert code == 0
    assert "nothing is wrong" in said


def test_problems_come_with_what_mends_them(says: Says, folder: Path, clip: Path) -> None:
    data = json.loads(shows.show(folder / "show.json", clip).read_text())
    data["nodes"]["grade"]["params"] = {"hu": 1, "contrast": 99}
    data["nodes"]["late"] = {"type": "compose.delay", "params": {}}
    data["links"].append("clip.audio -> grade.frame")
    (folder / "show.json").write_text(json.dumps(data))
    code, said = says("check", "show.json")
    assert code == 2
    assert "did you mean 'hue'?" in said
    assert "grade.contrast = 99.0 is outside 0 to 16 (16.0 is used)" in said
    assert "late has nothing linked to frame (link a Frame to it)" in said
    assert "1 error," in said


def test_a_missing_file_is_a_warning(says: Says, folder: Path) -> None:
    code, said = says("check", shows.show(folder / "show.json", folder / "gone.mp4"))
    assert code == 0
    assert "there is no file" in said


def test_presets_are_listed_with_their_titles(says: Says) -> None:
    code, said = says("presets")
    assert code == 0
    assert len(presets()) >= 6
    assert all(name in said for name in presets())


def test_a_new_document_is_a_copy_that_runs(says: Says, folder: Path) -> None:
    assert says("new", "mine", "--preset", "feedback_tunnel")[0] == 0
    assert says("check", "mine.json")[0] == 0
    code, said = says("new", "mine.json")
    assert code == 2
    assert "is there already" in said


def test_assets_names_the_model_that_comes_along(says: Says, folder: Path) -> None:
    code, said = says("assets")
    assert code == 0
    assert any("slipstream-tiny" in line and "embedded" in line for line in said.splitlines())
    assert any(
        "sd-turbo" in line and "huggingface.co/stabilityai" in line for line in said.splitlines()
    )


def test_doctor_names_what_is_missing_with_what_mends_it(says: Says, folder: Path) -> None:
    code, said = says("doctor")
    assert code == 0
    assert all(word in said for word in ("torch", "encoders", "cores", "cameras", "model folders"))


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "app.system.missing_libraries", lambda: ["libxcb-cursor.so.0", "libodd.so.1"]
    )
    found = [one for one in findings() if one.what == "window library"]
    assert found == [
        Finding(
            "window library",
            "libxcb-cursor.so.0 is missing",
            "missing",
            "sudo apt install libxcb-cursor0",
        ),
        Finding(
            "window library",
            "libodd.so.1 is missing",
            "missing",
            "install the system package that has libodd.so.1",
        ),
    ]


def test_packages_are_named_as_debian_does() -> None:
    assert all(name == name.lower() and name.startswith("lib") for name in DEBIAN.values())
