"""The border of the command line: words, exit codes, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from app.cli import COMMANDS, main_job

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[..., tuple[int, str]]

HEAVY = """
import sys
from app.cli import main
assert main(["--help"]) == 0
print([name for name in ("torch", "numpy", "av", "PySide6") if name in sys.modules])
"""


def test_help_names_every_command_and_the_exit_codes(says: Says) -> None:
    code, said = says("--help")
    assert code == 0
    assert all(command in said for command in COMMANDS)
    assert "130" in said


def test_help_loads_nothing_heavy() -> None:
    ran = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_no_words_open_the_studio_or_make_the_film_where_there_is_no_display(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main_job() == ["studio"]
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main_job() == ["demo"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(says: Says, command: str) -> None:
    code, said = says(command, "--help")
    assert code == 0
    assert f"usage: slipstream {command}" in said


def test_a_wrong_command_is_one_sentence(says: Says) -> None:
    code, said = says("rendr")
    assert code == 2
    assert said.startswith("slipstream: ")
    assert "'rendr'" in said
    assert said.count("\n") == 1


def test_a_wrong_option_points_to_the_help_of_its_command(says: Says) -> None:
    code, said = says("render", "x.json", "--colour")
    assert code == 2
    assert "--colour" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--size", "512"], "'512' is no size; write WxH such as 512x288"),
        (["--size", "8x8"], "16 to 16384"),
        (["--frames", "5"], "'5' is no range; write A:B such as 0:48"),
        (["--frames", "9:3"], "9:3 holds no frame"),
        (["--seed", "-1"], "--seed"),
        (["--seed", "x"], "'x' is no seed"),
        (["--fps", "nan"], "'nan' is no rate"),
        (["--fps", "0"], "outside 0 to 1000"),
        (["--device", "tpu"], "invalid choice: 'tpu'"),
    ],
)
def test_a_wrong_word_is_named_with_what_would_be_right(
    says: Says, words: list[str], sentence: str
) -> None:
    code, said = says("render", "show.json", *words)
    assert code == 2
    assert sentence in said


def test_a_device_that_is_not_there_is_named(says: Says, show: object) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    code, said = says("render", show, "--device", "cuda")
    assert code == 2
    assert "there is no cuda device on this machine" in said
