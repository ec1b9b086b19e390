"""Edits in any order: nothing that ran is broken, undo gives back what was, files hold it all."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from app import editing
from app.placement import place
from engine.document import dumps, loads
from engine.history import History
from tests.app.editing.shows import errors, other_edits, safe_edits, show, tried

seeds = st.integers(0, 1 << 32).map(random.Random)
thorough = settings(max_examples=60, deadline=None)


@thorough
@given(seeds)
def test_safe_edits_leave_running_what_ran(chance: random.Random):
    document = show()
    for _ in range(12):
        after = tried(document, chance.choice(safe_edits(document, chance)))
        assert errors(after) <= errors(document)
        document = after


@thorough
@given(seeds)
def test_undo_of_everything_gives_the_very_document(chance: random.Random):
    first = show()
    history = History(first)
    for _ in range(20):
        edits = [*safe_edits(history.value, chance), *other_edits(history.value, chance)]
        history.push("edit", tried(history.value, chance.choice(edits)))
    while history.undo_label:
        history.undo()
    assert history.value is first


@thorough
@given(seeds)
def test_what_was_edited_is_written_and_read_without_loss(chance: random.Random):
    document = show()
    for _ in range(20):
        edits = [*safe_edits(document, chance), *other_edits(document, chance)]
        document = tried(document, chance.choice(edits))
        text = dumps(document)
        assert dumps(loads(text, document.graph.types)[0]) == text


@thorough
@given(seeds)
def test_a_collapse_is_undone_by_ungrouping(chance: random.Random):
    document = show()
    for _ in range(8):
        edits = [*safe_edits(document, chance), *other_edits(document, chance)]
        document = tried(document, chance.choice(edits))
    keys = [key for key in document.graph.nodes if chance.random() < 0.5]
    if keys:
        after = editing.ungroup(*editing.collapse(document, keys, "a group"))[0]
        assert after.graph == document.graph
        assert [place(after, key) for key in keys] == [place(document, key) for key in keys]
