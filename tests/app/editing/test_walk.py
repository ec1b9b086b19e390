"""Up and down the stream, and arrow keys along the links."""

from __future__ import annotations

import pytest

from app import editing
from app.placement import Place, placed
from engine.document import Document
from engine.errors import GraphError
from tests.app.editing.shows import look, show


def branched() -> Document:
    """The show with a second camera below the blur, into mix.b."""
    document, key = editing.insert_node(show(), "sources.camera", (300, 250))
    return editing.connect(document, f"{key}.out", "mix.b")


def test_everything_that_feeds_a_node_is_upstream():
    assert editing.upstream(branched(), ["mix"]) == ("camera", "blur", "mix", "camera_2")
    assert editing.downstream(branched(), ["camera_2"]) == ("mix", "window", "camera_2")
    assert editing.downstream(look(), ["look/blur"]) == ("look/blur", "look/mix")


def test_loops_end():
    document = editing.connect_with_delay(show(), "mix.out", "mix.b")
    assert set(editing.upstream(document, ["delay"])) == {"camera", "blur", "mix", "delay"}


def test_arrows_follow_the_wires_to_the_nearest():
    document = branched()
    assert editing.neighbour(document, "mix", "left") == "blur"
    assert editing.neighbour(document, "blur", "right") == "mix"
    assert editing.neighbour(document, "blur", "down") == "camera_2"
    assert editing.neighbour(document, "camera_2", "up") == "blur"
    assert editing.neighbour(document, "camera", "left") is None
    assert editing.neighbour(document, "camera", "up") is None


def test_a_wire_that_runs_back_is_followed_too():
    document = placed(show(), {"mix": Place(-400, 0)})
    assert editing.neighbour(document, "blur", "right") == "mix"


def test_unknown_nodes_and_directions_are_refused():
    with pytest.raises(GraphError, match="there is no node 'mixx'"):
        editing.neighbour(show(), "mixx", "left")
    with pytest.raises(GraphError, match="not 'north'"):
        editing.neighbour(show(), "mix", "north")  # type: ignore[arg-type]
