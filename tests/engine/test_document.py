"""Documents come back as they were written, keep what they do not know, and say what is wrong with
a file.
"""

from __future__ import annotations

import json
import os
import random
import signal
import stat
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.document import Document, dumps, load, loads, save
from engine.errors import DocumentError
from engine.graph import Graph, LinkPolicy
from engine.migrate import FORMAT
from engine.values import Prompt
from tests.engine.random_edits import random_edit
from tests.engine.small_nodes import chain, registry

TYPES = registry()


def rich() -> Document:
    """A document with something of everything."""
    graph = chain().add("control.lfo").connect("lfo.out", "blur.radius")
    graph = graph.connect("blur.out", "mix.a", LinkPolicy("queue", 0.2)).flag("mix", "hold", True)
    graph = graph.collapse(["blur", "mix"], "look").add("generate.video", prompt="a river, “neon”")
    graph = graph.expose("video", "strength").with_stream(fps=Fraction(30000, 1001), seed=7)
    return Document(
        graph=graph,
        title="Neon river",
        bindings=({"param": "look.radius", "source": "midi:1/cc/74", "range": [0.2, 0.9]},),
        cues=(
            {"name": "drop", "set": {"video.strength": 0.5, "look/blur.radius": 3}, "fade": 2.0},
        ),
        view={"look": [420, 80], "look/blur": [1.5, 2], "frames": []},
        app="0.4.0",
        extra={"mood": {"tempo": 120}},
    )


def read(text: str) -> Document:
    return loads(text, TYPES)[0]


def data_of(document: Document) -> dict[str, Any]:
    return json.loads(dumps(document))


def read_data(data: dict[str, Any]) -> Document:
    return read(json.dumps(data))


def test_a_document_comes_back_as_it_was():
    document = rich()
    assert read(dumps(document)) == document
    assert dumps(read(dumps(document))) == dumps(document)


def test_random_graphs_come_back_as_they_were():
    chance = random.Random(3)
    graph = chain()
    for number in range(1200):
        graph = random_edit(graph, chance)
        if number % 12 == 0:
            assert read(dumps(Document(graph))).graph == graph


def test_the_text_reads_well_in_a_diff():
    lines = dumps(rich()).splitlines()
    assert lines[1] == f'  "format": {FORMAT},'
    assert lines[-5:-1] == [
        '    "frames": [],',
        '    "look": [420, 80],',
        '    "look/blur": [1.5, 2]',
        "  }",
    ]
    assert '    "camera.out -> look.frame",' in lines
    assert '        "blur.out -> mix.a [queue 0.2]"' in lines
    assert '    "fps": "30000/1001",' in lines
    assert "“neon”" in dumps(rich())


def test_one_edit_is_one_line():
    before = dumps(rich()).splitlines()
    after = dumps(rich().with_graph(rich().graph.set("look", radius=9))).splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_unknown_types_ports_and_fields_survive():
    data = data_of(rich())
    strange = {
        "type": "other.thing",
        "version": 3,
        "params": {"x": [1, {"y": None}]},
        "glow": {"z": 1},
    }
    data["nodes"]["strange"] = {**strange, "flags": ["mute"]}
    data["nodes"]["look"]["colour"] = "red"
    data["nodes"]["look"]["nodes"]["blur"]["note"] = "soft"
    data["stream"]["depth"] = 10
    data["links"] += ["strange.sparks -> look.nothing", "camera.second -> strange.in [latest]"]
    data["links"].sort()
    assert data_of(read_data(data)) == data


def test_unknown_types_are_named_and_the_rest_is_read():
    data = data_of(rich())
    data["nodes"]["strange"] = {"type": "other.thing"}
    problems = loads(json.dumps(data), TYPES)[1]
    assert "has the type 'other.thing', which is not installed" in " ".join(map(str, problems))


def test_values_that_a_node_cannot_hold_survive_and_are_named():
    data = data_of(rich())
    data["nodes"]["video"]["params"] |= {"strength": "much", "lost": 4}
    document, problems = loads(json.dumps(data), TYPES)
    assert data_of(document) == data
    assert {problem.port_or_param for problem in problems} >= {"strength", "lost"}


def test_params_that_are_not_given_take_their_defaults():
    document = read_data({"format": 1, "nodes": {"video": {"type": "generate.video"}}})
    assert document.graph.entry("video").params == {"prompt": Prompt.of("a river"), "strength": 0.8}


def test_an_old_node_is_replaced_renamed_and_upgraded():
    old = {"type": "filters.soften", "version": 2, "params": {"size": 8.0}, "expose": ["size"]}
    data = {
        "format": 1,
        "nodes": {"soft": old, "lfo": {"type": "control.lfo", "version": 1, "params": {}}},
        "links": ["lfo.out -> soft.size"],
        "bindings": [{"param": "soft.size"}],
        "cues": [{"name": "a", "set": {"soft.size": 2}}],
    }
    document = read_data(data)
    entry = document.graph.entry("soft")
    assert (entry.type, entry.version) == ("compose.blur", 3)
    assert (entry.params, entry.expose) == ({"radius": 4.0}, ("radius",))
    assert str(document.graph.links[0]) == "lfo.out -> soft.radius"
    assert document.bindings[0]["param"] == "soft.radius"
    assert document.cues[0]["set"] == {"soft.radius": 2}
    assert read(dumps(document)) == document


def test_old_nodes_inside_subgraphs_are_brought_up_too():
    data = data_of(rich())
    look = data["nodes"]["look"]
    look["nodes"]["blur"] = {"type": "filters.soften", "version": 1, "params": {"size": 8.0}}
    look["promoted"]["radius"] = "blur.size"
    document = read_data(data)
    assert document.graph.value("look", "radius") == 4.0


def test_a_node_saved_by_a_newer_version_keeps_its_version():
    data = data_of(rich())
    data["nodes"]["video"]["version"] = 9
    document, problems = loads(json.dumps(data), TYPES)
    assert data_of(document)["nodes"]["video"]["version"] == 9
    assert any("saved by version 9" in problem.message for problem in problems)


def test_lines_that_are_no_links_are_left_out_and_named():
    data = data_of(rich()) | {"links": ["camera.out to look.frame"]}
    document, problems = loads(json.dumps(data), TYPES)
    assert document.graph.links == ()
    assert "is not a link" in problems[0].message


def test_files_below_the_document_are_named_relative_to_it(tmp_path: Path):
    graph = chain().set("camera", file=tmp_path / "clips" / "a.mp4")
    save(Document(graph), tmp_path / "show.json")
    assert '"file": "clips/a.mp4"' in (tmp_path / "show.json").read_text()
    (tmp_path / "show.json").rename(tmp_path / "moved.json")
    assert load(tmp_path / "moved.json", TYPES)[0].graph == graph


@pytest.mark.parametrize("path", ["/far/away.mp4", "rtsp://camera/1", ""])
def test_other_files_stay_as_they_are(tmp_path: Path, path: str):
    graph = chain().set("camera", file=Path(path))
    save(Document(graph), tmp_path / "show.json")
    assert load(tmp_path / "show.json", TYPES)[0].graph == graph


def test_renaming_reaches_bindings_cues_and_view():
    document = rich().rename("look", "style").rename("style/blur", "soft")
    assert document.bindings[0]["param"] == "style.radius"
    assert set(document.cues[0]["set"]) == {"video.strength", "style/soft.radius"}
    assert document.view == {"style": [420, 80], "style/soft": [1.5, 2], "frames": []}
    assert document.rename("style/soft", "blur").rename("style", "look") == rich()


def test_removing_takes_bindings_cues_and_places_along():
    document = rich().remove("look")
    assert document.bindings == ()
    assert document.cues[0]["set"] == {"video.strength": 0.5}
    assert document.view == {"frames": []}


def test_collapsing_keeps_what_is_bound():
    binding = {"param": "blur.radius"}
    document = Document(chain(), bindings=(binding,), view={"blur": [1, 2]}).collapse(
        ["blur"], "look"
    )
    assert document.bindings == ({"param": "look/blur.radius"},)
    assert document.view == {"look/blur": [1, 2]}


def test_saving_keeps_the_document_before_as_a_backup(tmp_path: Path):
    path = tmp_path / "show.json"
    save(rich(), path)
    save(replace(rich(), title="Second"), path)
    assert load(path, TYPES)[0].title == "Second"
    assert load(tmp_path / "show.json.bak", TYPES)[0].title == "Neon river"
    assert sorted(os.listdir(tmp_path)) == ["show.json", "show.json.bak"]


def test_saving_keeps_links_and_permissions(tmp_path: Path):
    save(rich(), tmp_path / "real.json")
    (tmp_path / "real.json").chmod(0o640)
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    save(replace(rich(), title="Second"), tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.json").stat().st_mode) == 0o640
    assert load(tmp_path / "real.json", TYPES)[0].title == "Second"


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "show.json"
    save(rich(), path)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(DocumentError, match=r"cannot be written: .*; choose another place"):
            save(replace(rich(), title="Second"), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    assert load(path, TYPES)[0] == rich()
    assert os.listdir(tmp_path) == ["show.json"]


@pytest.mark.parametrize("name", ["gone/show.json", "file/show.json", ".", "a\0b.json", "x" * 300])
def test_places_that_cannot_be_written_are_said(tmp_path: Path, name: str):
    (tmp_path / "file").touch()
    with pytest.raises(DocumentError, match="cannot be written"):
        save(rich(), tmp_path / name)
    assert os.listdir(tmp_path) == ["file"]


def test_numbers_that_json_has_not_are_not_written(tmp_path: Path):
    entry = replace(chain().entry("blur"), params={"radius": float("nan")})
    graph = replace(chain(), nodes={**chain().nodes, "blur": entry})
    with pytest.raises(DocumentError, match="cannot be written"):
        save(Document(graph), tmp_path / "show.json")
    assert os.listdir(tmp_path) == []


def test_half_of_a_character_is_not_written(tmp_path: Path):
    with pytest.raises(DocumentError, match="cannot be written"):
        save(replace(rich(), title="\ud800"), tmp_path / "show.json")
    assert os.listdir(tmp_path) == []


def test_files_that_cannot_be_read_are_said_with_their_name(tmp_path: Path):
    (tmp_path / "latin.json").write_bytes(b'{"title": "\xe9"}')
    (tmp_path / "broken.json").write_text("{")
    for name, said in [
        ("gone.json", "no such file"),
        (".", "is not a file"),
        ("a\0b", "cannot be read"),
        ("latin.json", "not text in UTF-8"),
        ("broken.json", r"broken\.json: the document is not JSON at line 1"),
    ]:
        with pytest.raises(DocumentError, match=said):
            load(tmp_path / name, TYPES)


def test_a_huge_file_is_not_even_read(tmp_path: Path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(DocumentError, match="over 64 MB"):
        load(tmp_path / "huge.json", TYPES)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path):
    (tmp_path / "show.json").write_text(dumps(rich()), encoding="utf-8-sig")
    assert load(tmp_path / "show.json", TYPES)[0] == rich()


def test_documents_are_values():
    assert rich().with_graph(rich().graph) == rich()
    document = rich()
    assert document.with_graph(document.graph) is document
    assert repr(Graph(TYPES)) in repr(Document(Graph(TYPES)))
