"""Layouts: no overlaps, links to the right, little moves that need not."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import editing
from app.documents import presets
from app.editing.layers import Stretch, arranged
from app.placement import backdrops, place, waypoints, with_waypoints
from app.program import registry
from engine.document import Document, load
from tests.app.editing.shows import look, other_edits, safe_edits, show, tried

GAP = (64.0, 32.0)
seeds = st.integers(0, 1 << 32).map(random.Random)

Sizes = dict[str, tuple[float, float]]
Spots = dict[str, tuple[float, float]]


def network(
    count: int, chance: random.Random, *, loops: bool
) -> tuple[Sizes, list[Stretch], Spots]:
    """Boxes of any height, links mostly between near ones, places at random."""
    keys = [f"n{at}" for at in range(count)]
    sizes = {key: (chance.choice([120.0, 180.0]), chance.uniform(26, 240)) for key in keys}
    spots = {key: (chance.uniform(0, 3000), chance.uniform(0, 3000)) for key in keys}
    links = []
    for _ in range(int(1.4 * count)):
        one, step = chance.randrange(count), int(chance.expovariate(0.4)) + 1
        two = one - step if loops and chance.random() < 0.1 else one + step
        if 0 <= two < count:
            links.append(Stretch(keys[one], keys[two], 41.0, chance.choice([41.0, 63.0, 85.0])))
    return sizes, links, spots


def overlaps(sizes: Sizes, spots: Spots) -> int:
    def meet(one: str, two: str) -> bool:
        ends = zip(spots[one], spots[two], sizes[one], sizes[two], strict=True)
        return all(a < b + tall and b < a + high for a, b, high, tall in ends)

    return sum(meet(one, two) for one, two in combinations(spots, 2))


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 50), st.booleans())
def test_nothing_overlaps_and_without_loops_wires_go_right(
    chance: random.Random, count: int, loops: bool
):
    sizes, links, old = network(count, chance, loops=loops)
    spots = arranged(sizes, links, old, GAP)
    assert spots.keys() == sizes.keys()
    assert overlaps(sizes, spots) == 0
    if not loops:
        assert all(spots[w.source][0] + sizes[w.source][0] < spots[w.target][0] for w in links)


def test_five_hundred_nodes_do_not_overlap_either():
    sizes, links, old = network(500, random.Random(3), loops=False)
    spots = arranged(sizes, links, old, GAP)
    assert overlaps(sizes, spots) == 0


def test_a_chain_becomes_one_straight_line():
    document = editing.move(editing.move(show(), ["blur"], 0, 300), ["camera"], 900, -70)
    after = editing.layout(document)
    lefts = [place(after, key).x for key in ("camera", "blur", "mix", "window")]
    assert lefts == sorted(lefts)
    faces = editing.Faces(after)
    ports = [faces.port("camera", "out", True), faces.port("window", "frame", False)]
    assert abs(ports[0][1] - ports[1][1]) <= 2


def test_a_branch_takes_the_side_where_it_lies():
    links = [Stretch("a", "c"), Stretch("b", "c")]
    sizes = dict.fromkeys("abc", (180.0, 60.0))
    above = arranged(sizes, links, {"a": (0, 0), "b": (0, 500), "c": (9, 9)}, GAP)
    below = arranged(sizes, links, {"a": (0, 500), "b": (0, 0), "c": (9, 9)}, GAP)
    assert above["a"][1] < above["b"][1]
    assert below["b"][1] < below["a"][1]


def test_crossings_are_taken_out():
    links = [Stretch("a", "d"), Stretch("b", "c"), Stretch("a", "x"), Stretch("b", "x", 0, 9)]
    sizes = dict.fromkeys("abcdx", (180.0, 60.0))
    old = {"a": (0, 0), "b": (0, 90), "c": (300, 0), "d": (300, 90), "x": (600, 0)}
    spots = arranged(sizes, links, {k: (float(x), float(y)) for k, (x, y) in old.items()}, GAP)
    assert (spots["a"][1] < spots["b"][1]) == (spots["d"][1] < spots["c"][1])


def test_a_control_stands_right_before_what_it_drives():
    document, lfo = editing.insert_node(show(), "control.lfo", (-500, 400))
    document = editing.connect(document, f"{lfo}.out", "mix.amount")
    after = editing.layout(document)
    assert place(after, "camera").x < place(after, lfo).x < place(after, "mix").x


def test_a_selection_is_laid_out_where_it_lies_and_the_rest_stays():
    document = editing.move(show(), ["mix"], -280, 200)
    after = editing.layout(document, ["blur", "mix"])
    assert place(after, "blur").x == 300
    assert place(after, "mix").x > 300
    assert place(after, "window") == place(document, "window")


def test_insides_of_subgraphs_are_laid_out_too():
    after = editing.layout(editing.move(look(), ["look/mix"], -900, 0), path="look")
    assert place(after, "look/blur").x < place(after, "look/mix").x


def test_backdrops_follow_and_dots_go():
    document, _ = editing.group_in_backdrop(show(), ["blur", "mix"], "Looks")
    document = with_waypoints(document, {"blur.out -> mix.a": [(400, 90)]})
    after = editing.layout(document)
    assert waypoints(after) == {}
    [box] = backdrops(after)
    assert editing.carried(after, [box.id]) == ({"blur", "mix"}, {box.id})


def test_an_empty_graph_stays_as_it_is():
    empty = Document(editing.delete(show(), list(show().graph.nodes)).graph)
    assert editing.layout(empty) is empty


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_a_small_layout_stays_when_it_is_laid_out_again(chance: random.Random):
    document = show()
    for _ in range(6):
        edits = [*safe_edits(document, chance), *other_edits(document, chance)]
        document = tried(document, chance.choice(edits))
    after = editing.layout(document)
    again = editing.layout(after)
    assert all(place(again, key) == place(after, key) for key in after.graph.nodes)


@pytest.mark.parametrize("name", sorted(presets()))
def test_presets_are_laid_out_without_overlaps(name: str):
    document, _ = load(presets()[name], registry())
    after = editing.layout(document)
    size = editing.Faces(after).size
    keys = list(after.graph.nodes)
    spots = {key: (place(after, key).x, place(after, key).y) for key in keys}
    assert overlaps({key: size(key) for key in keys}, spots) == 0
    assert editing.layout(after).view == after.view
