"""Numbers are said as people say them."""

from __future__ import annotations

import pytest

from app.terminal import size


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (5.1e12, "5.1 TB"),
        (312e9, "312 GB"),
        (4.12e9, "4.1 GB"),
        (820e6, "820 MB"),
        (1500, "1.5 kB"),
        (900, "900 B"),
        (0, "0 B"),
    ],
)
def test_bytes_are_said_in_a_unit_that_fits(count: float, words: str) -> None:
    assert size(count) == words
