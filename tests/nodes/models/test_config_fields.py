"""Config files: each field of the type it declares, or one sentence that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from engine.errors import WeightsError
from nodes.models.config_fields import parse


@dataclass(frozen=True)
class Sizes:
    width: int
    rate: float = 1.0
    steps: tuple[float, ...] = ()
    size: tuple[int, int] = (1, 1)
    rows: frozenset[str] = frozenset()
    kind: Literal["a", "b"] = "a"
    on: bool = False

    def __post_init__(self) -> None:
        if self.width < 0:
            raise ValueError(f"a width of {self.width} is none")


def test_lists_become_what_is_declared():
    found = parse(Sizes, {"width": 2, "steps": [3, 1.5], "size": [4, 5], "rows": ["x"]}, "it")
    assert found == Sizes(2, 1.0, (3.0, 1.5), (4, 5), frozenset({"x"}))


WRONG = [
    ([], "it holds [], not an object"),
    ({}, "it lacks width"),
    ({"width": 2, "witdh": 3}, "it has no field 'witdh'; did you mean 'width'?"),
    ({"width": "2"}, "it.width is '2', not int"),
    ({"width": True}, "it.width is True, not int"),
    ({"width": 2.5}, "it.width is 2.5, not int"),
    ({"width": -1}, "it: a width of -1 is none"),
    ({"width": 1, "rate": float("nan")}, "it.rate is nan, not float"),
    ({"width": 1, "steps": 4}, "it.steps is 4, not tuple[float, ...]"),
    ({"width": 1, "size": [4]}, "it.size has 1 values, not 2"),
    ({"width": 1, "rows": [4]}, "it.rows is 4, not str"),
    ({"width": 1, "kind": "c"}, "it.kind is 'c', not Literal['a', 'b']"),
    ({"width": 1, "kind": []}, "it.kind is [], not Literal['a', 'b']"),
    ({"width": 1, "on": 1}, "it.on is 1, not bool"),
]


@pytest.mark.parametrize(("values", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_said(values, said):
    with pytest.raises(WeightsError) as caught:
        parse(Sizes, values, "it")
    assert str(caught.value) == said
