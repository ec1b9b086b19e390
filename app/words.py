"""Words of the command line as values: sizes, ranges of frames, rates and `node.param=value`."""

from __future__ import annotations

import argparse
import json
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import GraphError, ParamError, did_you_mean
from engine.packet import frame_rate

if TYPE_CHECKING:
    from engine.graph import Graph
    from engine.spec import Param

SWITCH = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def size(text: str) -> tuple[int, int]:
    """`512x288` as (512, 288)."""
    found = re.fullmatch(r"(\d{1,6})[x×*](\d{1,6})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write WxH such as 512x288")
    width, height = int(found[1]), int(found[2])
    for side in (width, height):
        if not 16 <= side <= 16384:
            raise argparse.ArgumentTypeError(
                f"{text} has a side of {side}; 16 to 16384 is possible"
            )
    return width, height


def frames(text: str) -> tuple[int, int | None]:
    """`24:48` as (24, 48), `:48` as (0, 48), `24:` as (24, None)."""
    found = re.fullmatch(r"(\d{0,9}):(\d{0,9})", text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no range; write A:B such as 0:48, B excluded"
        )
    first, last = int(found[1] or 0), int(found[2]) if found[2] else None
    if last is not None and last <= first:
        raise argparse.ArgumentTypeError(f"{text} holds no frame: B must be larger than A")
    return first, last


def rate(text: str) -> Fraction:
    """`25`, `29.97` or `30000/1001` as an exact rate."""
    try:
        value = Fraction(text) if "/" in text else frame_rate(float(text))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no rate; write frames a second") from None
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is outside 0 to 1000 frames a second")
    return value


def positive(text: str) -> float:
    """A number over zero."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number over 0")
    return value


def seed(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; write a whole number from 0 on")
    return int(text)


def with_values(graph: Graph, words: list[str]) -> Graph:
    """The graph with every `node.param=value` set; GraphError, ParamError with what can be."""
    for word in words:
        end, equals, text = word.partition("=")
        key, dot, name = end.strip().rpartition(".")
        if not (equals and dot and key and name):
            raise GraphError(f"--set takes node.param=value, not {word!r}")
        graph = _with_value(graph, key, name, text.strip())
    return graph


def driver(graph: Graph, word: str) -> str | None:
    """The output that drives what a `node.param=value` sets, None where nothing does."""
    end = word.partition("=")[0].strip()
    return next((link.source for link in graph.links if link.target == end), None)


def _with_value(graph: Graph, key: str, name: str, text: str) -> Graph:
    known = {param.name: param for param in graph.params(key)}
    if name not in known:
        raise GraphError(f"{key} has no parameter {name!r}{did_you_mean(name, known)}")
    value = read(known[name], text)
    try:
        known[name].refuse_outside(known[name].parse(value))
        return graph.set(key, **{name: value})
    except ParamError as error:
        raise ParamError(f"{key}: {error}") from None


def read(param: Param, text: str) -> Any:
    """Text as the JSON value that a parameter parses; what it is not stays text, to be refused."""
    if param.choices or param.type is str:
        return text
    if param.type is bool:
        return SWITCH.get(text.lower(), text)
    if param.type is Path:
        return str(Path(text).absolute()) if text else ""
    if param.type.__name__ == "Prompt":
        return _json(text) if text.startswith("{") else text
    return _number(text)


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
