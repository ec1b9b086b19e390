"""JSON as a document may hold it: each name once, finite numbers, whole characters, known shapes.

Whatever is else is refused with a `DocumentError` that says where.
"""

from __future__ import annotations

import json
import math
import re
import reprlib
from typing import Any, Never, cast

from engine.errors import DocumentError

LARGEST = 64 << 20  # bytes of a document

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(text: str) -> dict[str, Any]:
    """The JSON object in a text; the error of a mangled one has line and column."""
    if len(text) > LARGEST:
        raise DocumentError(f"the document has over {LARGEST >> 20} MB")
    try:
        data = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise DocumentError(f"the document is not JSON at {where}: {error.msg}") from None
    except RecursionError:
        raise DocumentError("the document is nested too deeply") from None
    _refuse_surrogates(text, data)
    return an_object(data, "the document")


def an_object(value: Any, where: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise DocumentError(f"{where} is {_said(value)}, not an object")
    return cast("dict[str, Any]", value)


def a_list(value: Any, where: str) -> list[Any]:
    if type(value) is not list:
        raise DocumentError(f"{where} is {_said(value)}, not a list")
    return cast("list[Any]", value)


def a_text(value: Any, where: str) -> str:
    if type(value) is not str:
        raise DocumentError(f"{where} is {_said(value)}, not text")
    return value


def a_whole(value: Any, where: str) -> int:
    if type(value) is not int:
        raise DocumentError(f"{where} is {_said(value)}, not a whole number")
    return value


def _said(value: object) -> str:
    for kind, said in ((dict, "an object"), (list, "a list"), (type(None), "missing")):
        if isinstance(value, kind):
            return said
    return reprlib.repr(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DocumentError(f"the document has {twice!r} twice in one place")
    return data


def _no_number(text: str) -> Never:
    raise DocumentError(f"the document holds {text}, which no parameter can be")


def _float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text[:40])


def _int(text: str) -> int:
    return int(text) if len(text) < 20 else _no_number(f"{text[:20]}…")


def _refuse_surrogates(text: str, data: Any) -> None:
    """JSON can spell half of a character, which no file can hold."""
    if not _SURROGATE.search(text):
        return
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DocumentError("the document holds half of a character (a lone surrogate)") from None
