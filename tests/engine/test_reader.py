"""Whatever is in a file, it is read or refused with a sentence; nothing else comes out."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from engine.document import dumps, loads
from engine.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator
from tests.engine.test_document import TYPES, read, read_data, rich


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"not JSON at line 1, column 1"),
        ('{"format": 1,\n  "nodes": }', r"line 2, column 12"),
        ("[]", r"the document is a list, not an object"),
        ("null", r"the document is missing, not an object"),
        ('{"nodes": {}}', r"no format"),
        ('{"format": 99, "app": "3.0"}', r"format 99 .* open it with Slipstream 3\.0 or newer"),
        ('{"format": 1, "nodes": {"a": {"type": "x.y"}, "a": {}}}', r"'a' twice"),
        ('{"format": 1, "x": NaN}', r"NaN"),
        ('{"format": 1, "x": -Infinity}', r"-Infinity"),
        ('{"format": 1, "x": 1e999}', r"1e999"),
        ('{"format": 1, "x": ' + "9" * 5000 + "}", r"99999"),
        ('{"format": 1, "x": ' + "[" * 100_000, r"too deeply"),
        ('{"format": 1, "title": "\\ud800"}', r"half of a character"),
        ('{"format": 1, "nodes": []}', r"nodes is a list, not an object"),
        ('{"format": 1, "nodes": {"a": 3}}', r"nodes\.a is 3, not an object"),
        ('{"format": 1, "nodes": {"a": {}}}', r"nodes\.a\.type is missing, not text"),
        ('{"format": 1, "nodes": {"A b": {"type": "x.y"}}}', r"'A b' is no name for a node"),
        (
            '{"format": 1, "nodes": {"a": {"type": "x.y", "version": "2"}}}',
            r"version is '2', not a whole",
        ),
        ('{"format": 1, "nodes": {"a": {"type": "x.y", "params": 1}}}', r"nodes\.a\.params is 1"),
        ('{"format": 1, "nodes": {"a": {"type": "x.y", "flags": [1]}}}', r"nodes\.a\.flags is 1"),
        ('{"format": 1, "nodes": {"a": {"type": "graph", "nodes": 1}}}', r"a/nodes is 1"),
        (
            '{"format": 1, "nodes": {"a": {"type": "graph", "inputs": {"x": [1]}}}}',
            r"is 1, not text",
        ),
        (
            '{"format": 1, "nodes": {"a": {"type": "graph", "outputs": {"x": "y"}}}}',
            r"not a node and a name",
        ),
        ('{"format": 1, "links": {}}', r"links is an object, not a list"),
        ('{"format": 1, "links": [1]}', r"links is 1, not text"),
        ('{"format": 1, "stream": {"width": "wide"}}', r"stream\.width is 'wide'"),
        ('{"format": 1, "stream": {"width": 1}}', r"16 to 16384 pixels, not 1"),
        ('{"format": 1, "stream": {"fps": "1/0"}}', r"the stream cannot be"),
        ('{"format": 1, "stream": {"fps": "fast"}}', r"the stream cannot be"),
        ('{"format": 1, "stream": {"fps": true}}', r"not True"),
        ('{"format": 1, "bindings": [{"source": "midi"}]}', r"a binding's param is missing"),
        ('{"format": 1, "bindings": [{"param": "radius"}]}', r"not a node and a name"),
        ('{"format": 1, "cues": [{"set": {}}]}', r"a cue's name is missing"),
        ('{"format": 1, "cues": [{"name": "a", "set": [1]}]}', r"a cue's set is a list"),
        ('{"format": 1, "view": 3}', r"view is 3"),
    ],
)
def test_mangled_documents_are_refused_with_the_place(text: str, said: str):
    with pytest.raises(DocumentError, match=said) as caught:
        loads(text, TYPES)
    assert len(str(caught.value)) < 300


def test_deeply_nested_subgraphs_are_refused():
    node: dict[str, Any] = {"type": "graph", "nodes": {}}
    for _ in range(60):
        node = {"type": "graph", "nodes": {"a": node}}
    with pytest.raises(DocumentError, match="more than 16 subgraphs deep"):
        read_data({"format": 1, "nodes": {"a": node}})


def reads_or_refuses(text: str) -> bool:
    """Whether a text is refused with a DocumentError, or can be read, written and read again."""
    try:
        document, _ = loads(text, TYPES)
    except DocumentError:
        return True
    written = dumps(document)
    return bool(document.graph.flatten()) and dumps(read(written)) == written


def test_a_document_cut_anywhere_is_read_or_refused():
    text = dumps(rich())
    for length in range(0, len(text), 7):
        assert reads_or_refuses(text[:length])


def test_a_document_with_flipped_bytes_is_read_or_refused():
    chance = random.Random(1)
    whole = dumps(rich()).encode()
    for _ in range(1500):
        mangled = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 8])):
            mangled[chance.randrange(len(mangled))] = chance.randrange(256)
        assert reads_or_refuses(mangled.decode("utf-8", "replace"))


STRANGE = [
    None,
    True,
    -1,
    10**15,
    1.5,
    "",
    "x",
    "graph",
    "a.b",
    [],
    [[]],
    {},
    {"a": 1},
    ["mute"],
    "../x",
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in JSON data with each of its keys or indices."""
    keys = (
        list(value)
        if isinstance(value, dict)
        else range(len(value))
        if isinstance(value, list)
        else []
    )
    for key in keys:
        yield value, key
        yield from places(value[key])


def test_a_document_with_swapped_types_is_read_or_refused():
    text = dumps(rich())
    for number in range(len(list(places(json.loads(text))))):
        for strange in STRANGE:
            data = json.loads(text)
            where, key = list(places(data))[number]
            where[key] = strange
            assert reads_or_refuses(json.dumps(data))
