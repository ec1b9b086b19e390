"""Which nodes a loose end of a link may become."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.palette.offers import End, fitting, of_folder, of_registry, param_for, port_for
from app.program import registry
from engine.registry import Registry
from engine.spec import Port, can_drive, can_link
from engine.values import Audio, Flow, Frame


@pytest.fixture(scope="module")
def types() -> Registry:
    return registry()


def test_a_loose_output_is_offered_only_nodes_that_take_its_type(types: Registry):
    end = End("camera", Port("out", Frame), is_output=True)
    found = fitting(of_registry(types), end)
    assert found
    assert all(any(can_link(Frame, p.type) for p in offer.spec.inputs) for offer in found)


def test_a_loose_input_is_offered_only_nodes_that_give_its_type(types: Registry):
    end = End("warp", Port("flow", Flow), is_output=False)
    found = [offer.id for offer in fitting(of_registry(types), end)]
    assert found == ["motion.flow", "sources.world"]


def test_numbers_are_offered_nodes_that_take_them_before_nodes_with_knobs(types: Registry):
    end = End("lfo", Port("out", float), is_output=True)
    found = fitting(of_registry(types), end)
    takes = [port_for(offer.spec, end) is not None for offer in found]
    assert takes == sorted(takes, reverse=True)
    assert any(not by_port for by_port in takes)


def test_a_knob_is_named_only_where_a_link_can_drive_it(types: Registry):
    end = End("lfo", Port("out", float), is_output=True)
    name = param_for(types.get("compose.blur"), end)
    assert can_drive(float, types.get("compose.blur").param(name))


def test_an_output_that_nothing_takes_is_offered_only_what_records_it(types: Registry):
    end = End("clip", Port("audio", Audio), is_output=True)
    assert [offer.id for offer in fitting(of_registry(types), end)] == ["sinks.record"]


def test_an_input_that_must_be_linked_is_preferred(types: Registry):
    end = End("blur", Port("out", Frame), is_output=True)
    assert port_for(types.get("compose.switch"), end) == "a"


def test_saved_selections_are_found_by_the_names_of_their_files(tmp_path: Path):
    (tmp_path / "my_look.json").write_text("{}")
    assert [offer.title for offer in of_folder(tmp_path)] == ["my look"]
    assert of_folder(tmp_path / "absent") == ()
