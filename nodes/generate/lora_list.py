"""The LoRA lines of a node: one file a line, with the weight it starts from."""

from __future__ import annotations

import math

from engine.errors import ParamError

EXAMPLE = "write 'style.safetensors = 0.8'"


def read_lora_list(text: str) -> tuple[tuple[str, float], ...]:
    """'name = weight' lines -> (name, weight) pairs; without a weight it is 1, `#` begins a
    comment.

    ParamError quotes the line that cannot be read.
    """
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return tuple(_pair(line) for line in lines if line)


def _pair(line: str) -> tuple[str, float]:
    name, equals, weight = line.rpartition("=")
    if not equals:
        return line, 1.0
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not name.strip() or not math.isfinite(value):
        raise ParamError(f"{line!r} is not a LoRA with its weight; {EXAMPLE}")
    return name.strip(), value
