"""Claims about the lines that name LoRA files."""

from __future__ import annotations

import pytest

from engine.errors import ParamError
from nodes.generate.lora_list import read_lora_list


def test_lines_are_names_with_weights():
    text = "a.safetensors = 0.8\n\n  /two words/b.safetensors=-1  # inverted\nowner/c\n# off = 1"
    expected = (("a.safetensors", 0.8), ("/two words/b.safetensors", -1.0), ("owner/c", 1.0))
    assert read_lora_list(text) == expected


def test_no_lines_are_no_loras():
    assert read_lora_list("\n  \n") == ()


@pytest.mark.parametrize("line", ["=1", "a = ", "a = b", "a = inf"])
def test_a_line_without_sense_is_quoted(line):
    with pytest.raises(ParamError, match="write 'style"):
        read_lora_list(line)
