"""Flags, names, colours and the looks of nodes."""

from __future__ import annotations

import pytest

from app import editing
from app.placement import notes, place
from engine.errors import GraphError
from tests.app.editing.shows import links, look, show


def test_a_flag_is_switched_on_for_all_then_off():
    one = editing.toggle_flag(show(), ["blur"], "bypass")
    both = editing.toggle_flag(one, ["blur", "mix"], "bypass")
    assert both.graph.entry("blur").flags == both.graph.entry("mix").flags == {"bypass"}
    assert editing.toggle_flag(both, ["blur", "mix"], "bypass").graph == show().graph
    with pytest.raises(GraphError, match="not 'solo'"):
        editing.toggle_flag(show(), ["blur"], "solo")


def test_looks_are_switched_alike():
    after = editing.toggle_look(show(), ["blur", "mix"], "collapsed")
    assert place(after, "blur").collapsed
    assert editing.toggle_look(after, ["blur", "mix"], "collapsed").view == show().view
    assert not place(editing.toggle_look(show(), ["blur"], "thumbnail"), "blur").thumbnail


def test_a_name_makes_a_key_that_controllers_can_say():
    after, key = editing.rename(show(), "blur", "Dreamy  haze")
    assert key == "dreamy_haze"
    assert f"{key}.out -> mix.a" in links(after)
    assert (place(after, key).title, place(after, key).x) == ("", 300)
    after, key = editing.rename(show(), "blur", "Haze: № 1!")
    assert (key, place(after, key).title) == ("haze_1", "Haze: № 1!")


def test_a_taken_name_is_numbered():
    after, key = editing.rename(show(), "blur", "mix")
    assert key == "mix_2"
    assert "mix_2.out -> mix.a" in links(after)


def test_the_name_that_a_node_has_changes_nothing():
    assert editing.rename(show(), "blur", "Blur") == (show(), "blur")
    document, key = editing.rename(show(), "blur", "Für Elise")
    assert editing.rename(document, key, "Für Elise")[0] is document


def test_a_subgraph_is_renamed_with_all_inside():
    document, _ = editing.add_note(look(), (0, 0), "inside", path="look")
    after, key = editing.rename(document, "look", "haze")
    assert place(after, "haze/blur") == place(document, "look/blur")
    assert notes(after, key) == notes(document, "look")
    after, key = editing.rename(after, "haze/blur", "soft")
    assert key == "haze/soft"


def test_names_without_a_letter_and_wrong_colours_are_refused():
    with pytest.raises(GraphError, match="no letter or digit"):
        editing.rename(show(), "blur", " …!")
    with pytest.raises(GraphError, match="is not a colour"):
        editing.color(show(), ["blur"], "red")
    assert editing.key_of("3 steps") == "node_3_steps"
    assert place(editing.color(show(), ["blur"], "#ff0000"), "blur").color == "#ff0000"
