"""`slipstream nodes`: the reference says what the nodes say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from app import reference
from app.program import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    Says = Callable[..., tuple[int, str]]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "nodes.md"
AGAIN = "run `slipstream nodes --markdown > docs/nodes.md`"


def test_every_node_of_the_program_loads() -> None:
    assert registry().problems == []


def test_the_page_in_docs_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.markdown(registry()), AGAIN


def test_the_list_has_every_node(says: Says, folder: Path) -> None:
    code, said = says("nodes")
    assert code == 0
    assert all(spec.id in said for spec in registry().specs())


def test_a_node_is_explained_with_ports_limits_and_units(says: Says, folder: Path) -> None:
    code, said = says("nodes", "compose.color")
    assert code == 0
    assert "frame: Frame (each packet)" in said
    assert "exposure = 0: Doubles or halves the light (-10 to 10 stops)" in said


def test_an_unknown_node_has_a_nearest(says: Says, folder: Path) -> None:
    code, said = says("nodes", "compose.colour")
    assert (code, said) == (
        2,
        "slipstream: there is no node type 'compose.colour'; did you mean 'compose.color'?\n",
    )


def test_json_is_json_with_a_schema_of_the_parameters(says: Says, folder: Path) -> None:
    code, said = says("nodes", "compose.blend", "--json")
    (node,) = json.loads(said)
    assert code == 0
    assert [port["name"] for port in node["inputs"]] == ["base", "top", "mask"]
    assert node["params"]["properties"]["opacity"]["maximum"] == 1


def test_a_folder_of_ones_own_nodes_is_read(says: Says, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "twist.py").write_text(
        "from engine.node import Node\nfrom engine.values import Frame\n\n\n"
        "class Twist(Node, id='mine.twist'):\n"
        "    '''Twists.'''\n\n    def process(self, frame: Frame) -> Frame:\n        return frame\n"
    )
    (folder / "mine" / "broken.py").write_text("import nothing_like_it\n")
    code, said = says("nodes", "--nodes", folder / "mine")
    assert code == 0
    assert "mine.twist" in said
    assert "broken.py ModuleNotFoundError" in said
