"""Where nodes lie after a hand moved, aligned, spread or straightened them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app import editing
from app.placement import backdrops, notes, place, waypoints, with_waypoints
from engine.document import Document
from engine.errors import GraphError
from tests.app.editing.shows import look, show


def tops(document: Document) -> list[float]:
    return [place(document, key).y for key in ("camera", "blur", "mix", "window")]


def test_moving_takes_the_dots_between_along():
    dots = {"blur.out -> mix.a": [(400, 9)], "camera.out -> blur.frame": [(200, 9)]}
    after = editing.move(with_waypoints(show(), dots), ["blur", "mix"], 10, 5)
    assert tops(after) == [0, 5, 5, 0]
    assert waypoints(after)["blur.out -> mix.a"] == ((410, 14),)
    assert waypoints(after)["camera.out -> blur.frame"] == ((200, 9),)


def test_a_backdrop_moves_what_lies_on_it_each_once():
    document, box = editing.group_in_backdrop(show(), ["blur", "mix"], "Looks")
    document, outer = editing.group_in_backdrop(document, ["camera", "blur", "mix"])
    document, note = editing.add_note(document, (320, 20), "on it")
    after = editing.move(document, ["blur"], 0, 50, boxes=[outer, box])
    assert tops(after) == [50, 50, 50, 0]
    assert [b.rect[1] for b in backdrops(after)] == [b.rect[1] + 50 for b in backdrops(document)]
    assert notes(after)[0].rect[1] == 70
    assert notes(after)[0].id == note


def test_a_backdrop_can_be_moved_alone():
    document, box = editing.group_in_backdrop(show(), ["blur"])
    after = editing.move(document, [], 0, 50, boxes=[box], contents=False)
    assert tops(after) == [0, 0, 0, 0]
    assert backdrops(after)[0].rect[1] == backdrops(document)[0].rect[1] + 50


def test_backdrops_inside_subgraphs_carry_what_is_inside():
    document, box = editing.group_in_backdrop(look(), ["look/blur"], "In")
    after = editing.move(document, [], 0, 8, boxes=[box], path="look")
    assert place(after, "look/blur").y == place(document, "look/blur").y + 8
    assert place(after, "look/mix") == place(document, "look/mix")


def test_snapping_puts_nodes_on_the_grid():
    after = editing.snap(editing.move(show(), ["mix"], 3.2, -4.1), ["mix"])
    assert (place(after, "mix").x, place(after, "mix").y) == (600, -8)


def test_aligning_puts_edges_or_centres_in_line():
    document = editing.move(show(), ["blur"], 30, 90)
    keys = ["camera", "blur", "window"]
    size = editing.Faces(document).size
    left = editing.align(document, keys, "left")
    assert {place(left, key).x for key in keys} == {0}
    bottom = editing.align(document, keys, "bottom")
    assert len({place(bottom, key).y + size(key)[1] for key in keys}) == 1
    middle = editing.align(document, keys, "middle")
    assert len({place(middle, key).y + size(key)[1] / 2 for key in keys}) == 1


def test_spreading_makes_equal_gaps_and_leaves_the_ends():
    document = editing.move(editing.move(show(), ["blur"], -90, 0), ["window"], 77, 0)
    after = editing.align(document, ["window", "camera", "blur", "mix"], "across")
    lefts = [place(after, key).x for key in ("camera", "blur", "mix", "window")]
    assert (lefts[0], lefts[-1]) == (0, 977)
    gaps = {round(b - a - 180, 1) for a, b in pairwise(lefts)}
    assert max(gaps) - min(gaps) <= 0.1


def test_straightening_levels_the_ports_of_wires():
    document = editing.connect(show(), "camera.out", "mix.b")
    document = editing.move(editing.move(document, ["blur"], 0, 70), ["window"], 0, -33)
    after = editing.straighten(document, ["camera", "blur", "mix", "window"])
    faces = editing.Faces(after)
    for source, target in (("camera", "blur.frame"), ("blur", "mix.a"), ("mix", "window.frame")):
        key, name = target.split(".")
        assert faces.port(source, "out", True)[1] == pytest.approx(faces.port(key, name, False)[1])
    assert place(after, "camera") == place(document, "camera")


def test_one_node_is_aligned_with_itself():
    assert editing.align(show(), ["mix"], "across") is not None
    assert editing.align(show(), ["mix"], "center").view == show().view


def test_what_cannot_be_aligned_is_refused():
    with pytest.raises(GraphError, match="not 'diagonal'"):
        editing.align(show(), ["mix"], "diagonal")  # type: ignore[arg-type]
    with pytest.raises(GraphError, match="one or more nodes that are selected"):
        editing.align(show(), [], "left")
    with pytest.raises(GraphError, match="there is no node 'mixx'"):
        editing.move(show(), ["mixx"], 1, 1)
