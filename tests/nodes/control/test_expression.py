"""The expression language: values against Python's, errors with their positions, no way to hang."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ParamError
from nodes.control.expression import MAX_LENGTH, parse

VALUES = {"a": 2.0, "b": 3.0, "c": -1.5, "t": 0.25}


def value(text: str) -> float:
    return parse(text, VALUES)(VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3",
        "(1 + 2) * 3",
        "2 ** 3 ** 2",
        "-2 ** 2",
        "2 ** -1",
        "7 % 3",
        "-7 % 3",
        "1 - 2 - 3",
        "8 / 4 / 2",
        "a * -b",
        "--a",
        "1.5e1 + .5",
        "a < b",
        "a == 2 and b != 2",
        "not a < b",
        "not 0",
        "1 or 1 / 0",
        "0 and 1 / 0",
        "5 if a > b else 6",
        "1 if 0 else 2 if 0 else 3",
        "a<b and b<4 or 0",
        "1 + (2 if a else 3) * 4",
    ],
)
def test_it_agrees_with_python(text):
    assert value(text) == pytest.approx(float(eval(text, {}, VALUES)))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a > b ? 1 : 2", 2),
        ("0 ? 1 : 0 ? 2 : 3", 3),
        ("a ? b ? 4 : 5 : 6", 4),
        ("clamp(7)", 1),
        ("clamp(7, 2, 5)", 5),
        ("mix(2, 4, 0.25)", 2.5),
        ("step(1, 2)", 1),
        ("smoothstep(0, 1, 0.5)", 0.5),
        ("smoothstep(1, 1, 2)", 1),
        ("sign(c)", -1),
        ("fract(c)", 0.5),
        ("floor(c)", -2),
        ("ceil(c)", -1),
        ("round(2.5)", 3),
        ("min(3, a, 5)", 2),
        ("max(3)", 3),
        ("pow(a, b)", 8),
        ("sin(pi / 2)", 1),
        ("cos(tau)", 1),
        ("log(e)", 1),
        ("abs(c)", 1.5),
        ("sqrt(16)", 4),
        ("exp(0)", 1),
        ("tan(0)", 0),
        ("true + false", 1),
    ],
)
def test_functions_constants_and_choices(text, result):
    assert value(text) == pytest.approx(result)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"has the end at position 1, where a number, a name or '\(' belongs"),
        ("1 +", "has the end at position 4"),
        ("(1 + 2", r"has the end at position 7, where '\)' belongs"),
        ("1 2", "has '2' at position 3, where an operator or the end belongs"),
        ("2 ^ 3", r"has '\^' at position 3.*write '\*\*'"),
        ("a = 2", "has '=' at position 3.*write '=='"),
        ("a && b", "write 'and'"),
        ("foo + 1", "unknown name 'foo' at position 1"),
        ("flor(2)", "unknown function 'flor' at position 1; did you mean 'floor'"),
        ("sin", r"has the end at position 4, where '\(' after sin belongs"),
        ("sin(1, 2)", "sin at position 1 takes 1 argument, not 2"),
        ("mix(1)", "mix at position 1 takes 3 arguments, not 1"),
        ("clamp()", "takes 1 to 3 arguments, not 0"),
        ("min(1 2)", r"has '2' at position 7, where ',' or '\)' belongs"),
        ("1 < 2 < 3", "where 'and' between two comparisons belongs"),
        ("a ? b", "where ':' belongs"),
        ("1 if a", "where 'else' belongs"),
        ("a.real", r"has '\.' at position 2"),
        ("a[0]", r"has '\[' at position 2"),
        ("__import__('os')", "unknown function '__import__'"),
        ("'text'", "at position 1"),
        ("lambda: 1", "unknown name 'lambda'"),
    ],
)
def test_what_is_wrong_has_a_place_and_a_wish(text, complaint):
    with pytest.raises(ParamError, match=complaint) as raised:
        value(text)
    assert "\n" not in str(raised.value)


def test_length_and_depth_are_bounded():
    with pytest.raises(ParamError, match=f"501 characters long; {MAX_LENGTH} is the most"):
        value("1" * 501)
    with pytest.raises(ParamError, match="nested more than 64 deep"):
        value("(" * 100 + "1" + ")" * 100)
    with pytest.raises(ParamError, match="nested more than 64 deep"):
        value("-" * 100 + "1")


def test_the_longest_chain_still_computes():
    assert value("a" + "+a" * 249) == 500


def test_huge_powers_end_at_once():
    with pytest.raises(OverflowError):
        value("9 ** 9 ** 9 ** 9")


WORDS = st.sampled_from(
    [
        *"+-*/%()<>?:,=!&|^.[]'\"abct0123456789",
        "**",
        "<=",
        "==",
        " and ",
        " or ",
        " not ",
        " if ",
        " else ",
        "sin(",
        "min(",
        "clamp(",
        "1e5",
        "pi",
        "x",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=40).map("".join)))
def test_any_text_is_a_number_or_one_sentence(text):
    try:
        result = value(text)
    except (ParamError, ArithmeticError, ValueError):
        return
    assert isinstance(result, float | int)


SUMS = st.recursive(
    st.sampled_from(["a", "b", "c", "t", "2", "0.5"]),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "<"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(SUMS)
def test_nested_sums_agree_with_python(text):
    assert value(text) == pytest.approx(float(eval(text, {}, VALUES)))
