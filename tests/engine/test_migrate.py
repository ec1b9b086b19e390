"""Documents of older formats pass through the migrations that came after them, in order."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import DocumentError
from engine.migrate import FORMAT, MIGRATIONS, migrate


def name_to_title(data: dict[str, Any]) -> dict[str, Any]:
    """Format 2 calls the name a title."""
    rest = {key: value for key, value in data.items() if key != "name"}
    return {**rest, "title": data["name"]}


def shout(data: dict[str, Any]) -> dict[str, Any]:
    """Format 3 writes titles large."""
    return {**data, "title": data["title"].upper()}


STEPS = (name_to_title, shout)


def test_an_old_document_passes_every_later_migration():
    assert migrate({"format": 1, "name": "neon"}, STEPS) == {"format": 3, "title": "NEON"}
    assert migrate({"format": 2, "title": "neon"}, STEPS) == {"format": 3, "title": "NEON"}
    assert migrate({"format": 3, "title": "neon"}, STEPS) == {"format": 3, "title": "neon"}


def test_migrations_leave_what_they_got_as_it_was():
    data = {"format": 1, "name": "neon"}
    migrate(data, STEPS)
    assert data == {"format": 1, "name": "neon"}


def test_a_newer_format_says_which_program_is_needed():
    with pytest.raises(
        DocumentError, match=r"format 9 .* up to 3; open it with Slipstream 2\.1 or newer"
    ):
        migrate({"format": 9, "app": "2.1"}, STEPS)


@pytest.mark.parametrize("found", [None, "1", 0, -1, True, 1.0, [1]])
def test_what_has_no_format_is_no_document(found: Any):
    with pytest.raises(DocumentError, match="not a Slipstream document"):
        migrate({"format": found}, STEPS)


def test_a_mangled_document_names_the_step_that_failed():
    with pytest.raises(DocumentError, match=r"from format 1 to 2: KeyError\('name'\)"):
        migrate({"format": 1}, STEPS)


def test_the_format_is_one_more_than_the_migrations():
    assert len(MIGRATIONS) + 1 == FORMAT
