"""Undo brings back the very same object; pushes of one gesture are one step."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from engine.history import History
from tests.engine.random_edits import random_edit
from tests.engine.small_nodes import chain

if TYPE_CHECKING:
    from engine.graph import Graph


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_undo_all_returns_the_same_object_after_ten_thousand_edits():
    chance = random.Random(5)
    start = graph = chain()
    history: History[Graph] = History(start, cap=10_000)
    for _ in range(10_000):
        graph = history.push("edit", random_edit(graph, chance))
    last = graph
    while history.undo_label:
        graph = history.undo()
    assert graph is start
    while history.redo_label:
        graph = history.redo()
    assert graph is last


def test_labels_name_the_step():
    history = History("a")
    assert history.undo_label is history.redo_label is None
    history.push("Connect", "b")
    assert (history.undo_label, history.redo_label) == ("Connect", None)
    assert history.undo() == "a"
    assert (history.undo_label, history.redo_label) == (None, "Connect")
    assert history.redo() == "b"
    assert history.redo() == "b"


def test_a_push_drops_what_could_be_redone():
    history = History(1)
    history.push("two", 2)
    history.undo()
    history.push("three", 3)
    assert history.redo_label is None
    assert history.undo() == 1


def test_pushes_of_one_gesture_are_one_step():
    history = History(0.0, clock=Clock())
    for value in range(1, 201):
        history.push("Strength", float(value), merge=("generate", "strength"))
    assert history.labels == ["Strength"]
    assert history.undo() == 0.0


def test_another_key_or_a_second_ends_the_gesture():
    clock = Clock()
    history = History(0.0, clock=clock)
    history.push("Strength", 1.0, merge="strength")
    history.push("Radius", 2.0, merge="radius")
    clock.now += 0.9
    history.push("Radius", 3.0, merge="radius")
    clock.now += 1.1
    history.push("Radius", 4.0, merge="radius")
    assert history.labels == ["Strength", "Radius", "Radius"]


def test_a_release_or_a_save_ends_the_gesture():
    history = History(0.0, clock=Clock())
    history.push("Radius", 1.0, merge="radius")
    history.break_merge()
    history.push("Radius", 2.0, merge="radius")
    history.mark_saved()
    history.push("Radius", 3.0, merge="radius")
    assert history.undo() == 2.0
    assert history.is_saved


def test_an_undo_ends_the_gesture():
    history = History(0.0, clock=Clock())
    history.push("a", 1.0, merge="key")
    history.push("b", 2.0)
    history.undo()
    history.push("a", 3.0, merge="key")
    assert history.undo() == 1.0


def test_the_same_value_is_no_step():
    start = chain()
    history = History(start)
    history.push("Nothing", start.set("blur", radius=2.0))
    assert history.undo_label is None


def test_saved_is_the_object_at_save():
    history = History(chain())
    assert history.is_saved
    history.push("Radius", history.value.set("blur", radius=3))
    assert not history.is_saved
    history.mark_saved()
    assert history.is_saved
    history.undo()
    assert not history.is_saved
    assert history.redo() is history.value
    assert history.is_saved


def test_only_the_latest_steps_are_kept():
    history = History(0)
    for value in range(1, 1001):
        history.push("edit", value)
    assert len(history.labels) == 500
    while history.undo_label:
        history.undo()
    assert history.value == 500
