"""From the format of any release to today's: an ordered list of pure functions, one for each bump.

A document of format n passes through `MIGRATIONS[n - 1:]`. Formats begin at 1, today's is one more
than the length of the list. What changes in a single node type is declared on the node (`replaces`,
`renamed`, `upgrade`) and needs no bump.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import DocumentError

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: tuple[Migration, ...] = ()
FORMAT = len(MIGRATIONS) + 1


def migrate(data: dict[str, Any], migrations: Sequence[Migration] = MIGRATIONS) -> dict[str, Any]:
    """A document's JSON in today's format. DocumentError where it is newer or no document."""
    today = len(migrations) + 1
    found = _format_of(data)
    if found > today:
        raise DocumentError(
            f"the document has the format {found} and this program reads up to {today}; "
            f"open it with Slipstream {data.get('app') or 'of a later version'} or newer"
        )
    for number, migration in enumerate(migrations[found - 1 :], start=found):
        data = {**_migrated(data, migration, number), "format": number + 1}
    return data


def _format_of(data: dict[str, Any]) -> int:
    found = data.get("format")
    if type(found) is not int or found < 1:
        said = "no format" if found is None else f"the format {found!r}"
        raise DocumentError(
            f"this is not a Slipstream document: it has {said}, not a number from 1"
        )
    return found


def _migrated(data: dict[str, Any], migration: Migration, number: int) -> dict[str, Any]:
    try:
        return migration(data)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError(
            f"the document cannot be brought from format {number} to {number + 1}: {error!r}"
        ) from error
