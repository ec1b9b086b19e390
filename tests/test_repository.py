"""What the repository says of itself agrees, and nothing in it belongs to one machine only."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
LARGEST_TEXT = 2_000_000  # bytes; larger files are data
A_FOLDER_OF_SOMEBODY = re.compile(
    r"(?<![\w./~:-])/(?:work|root|home|Users)/[\w.-]+|\b[A-Z]:\\Users\\\w", re.MULTILINE
)
A_REGISTRY = re.compile(
    r"https?://[^\s\"')>]*(?:pypi|pythonhosted|/simple\b|/whl\b|registry\.)", re.I
)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads(text_of("pyproject.toml"))


@pytest.fixture(scope="module")
def readme() -> str:
    if not (ROOT / "README.md").is_file():
        pytest.skip("README.md is not there yet")
    return text_of("README.md")


def commands(text: str) -> list[str]:
    """The lines of a shell script, or of the code in a Markdown page, that run something."""
    lines = [line.strip().removeprefix("$ ").strip() for line in text.splitlines()]
    return [re.sub(r"\s+#.*", "", line) for line in lines if line and not line.startswith("#")]


def commands_in_code(markdown: str) -> list[str]:
    blocks = re.findall(r"^```\w*\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", markdown)
    return [line for code in (*blocks, *spans) for line in commands(code)]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))


def tracked_texts() -> list[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("needs a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    small = [p for p in paths if p.is_file() and p.stat().st_size < LARGEST_TEXT]
    texts = [(p.relative_to(ROOT).as_posix(), p.read_bytes()) for p in small]
    return [(name, raw.decode(errors="replace")) for name, raw in texts if b"\0" not in raw]


def test_the_makefile_has_every_target_that_the_readme_names(readme: str):
    named = [c.split()[1] for c in commands_in_code(readme) if re.match(r"make [a-z]+", c)]
    assert set(named) - targets() == set()
    assert {"run", "test"} <= set(named)


def test_the_readme_starts_the_program_without_make_too(readme: str):
    assert any(re.match(r"python3? run\.py", c) for c in commands_in_code(readme))


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else(readme: str):
    run = [c for c in commands(text_of(".ci/run")) if not c.startswith(("set ", "cd "))]
    assert run == ["make test"]
    assert run[0] in commands_in_code(readme)


def test_the_makefile_leaves_all_logic_to_run_py():
    recipes = re.findall(r"^\t(.+)$", text_of("Makefile"), re.MULTILINE)
    assert all(re.match(r"\$\((PYTHON|DEV)\) |rm |find |@grep ", recipe) for recipe in recipes)


def test_the_oldest_python_is_the_same_everywhere(project: dict[str, Any]):
    oldest = project["project"]["requires-python"].removeprefix(">=")
    assert project["tool"]["pyright"]["pythonVersion"] == oldest
    assert project["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert f"OLDEST = ({oldest.replace('.', ', ')})" in text_of("run.py")


def test_versions_agree(project: dict[str, Any]):
    version = project["project"]["version"]
    released = re.findall(r"^## \[(\d[^\]]*)\]", text_of("CHANGELOG.md"), re.MULTILINE)
    assert released[:1] in ([], [version])
    python = [text for name, text in tracked_texts() if name.endswith(".py")]
    written = [
        v for text in python for v in re.findall(r'^__version__ = "(.+)"', text, re.MULTILINE)
    ]
    assert set(written) <= {version}


def test_the_changelog_has_a_place_for_what_comes_next():
    assert re.search(r"^## \[Unreleased\]$", text_of("CHANGELOG.md"), re.MULTILINE)


def test_the_licence_is_the_one_that_pyproject_names(project: dict[str, Any]):
    assert project["project"]["license"] == "MIT"
    assert text_of("LICENSE").startswith(
        "MIT License\n\nCopyright (c) 2026 Slipstream contributors"
    )


@pytest.mark.parametrize("pattern", [A_FOLDER_OF_SOMEBODY, A_REGISTRY], ids=["folder", "registry"])
def test_no_file_names_what_only_one_machine_has(pattern: re.Pattern[str]):
    found = [f"{name}: {m[0]}" for name, text in tracked_texts() for m in pattern.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("separator", "parts"),  # apart, so that this file does not name what it looks for
    [
        ("/", ["cd ", "work", "x"]),
        ("/", ["", "home", "me", "a.mp4"]),
        ("\\", ["C:", "Users", "me"]),
    ],
)
def test_a_folder_of_somebody_is_found(separator: str, parts: list[str]):
    assert A_FOLDER_OF_SOMEBODY.search(separator.join(parts))


@pytest.mark.parametrize("parts", [["packages", "simple", "torch"], ["host", "whl", "cpu"]])
def test_a_registry_is_found(parts: list[str]):
    assert A_REGISTRY.search("https://" + "/".join(parts))


def test_the_dev_extra_brings_the_clips(clip_folder: Path):
    clips = {"bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4"}
    assert clips <= {path.name for path in clip_folder.iterdir()}
