"""Arithmetic from text: a Pratt parser that builds closures, so that no text ever runs as code.

expression = or [ "?" expression ":" expression ] | or "if" expression "else" expression
then, ever tighter: or; and; not; < <= > >= == !=; + -; * / %; sign; ** (to the right);
names, numbers, f(x, ...), ( )
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from engine.errors import ParamError, did_you_mean

MAX_LENGTH = 500  # characters
MAX_DEPTH = 64  # nested brackets, signs and conditions

Values = Mapping[str, float]
Term = Callable[[Values], float]


class Function(NamedTuple):
    """A function of the language: how it computes and how many arguments it takes."""

    compute: Callable[..., float]
    least: int
    most: int


def _clamp(x: float, low: float = 0.0, high: float = 1.0) -> float:
    return min(max(x, low), high)


def _step(edge: float, x: float) -> float:
    return float(x >= edge)


def _mix(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


def _smoothstep(low: float, high: float, x: float) -> float:
    if low == high:
        return _step(low, x)
    share = _clamp((x - low) / (high - low))
    return share * share * (3 - 2 * share)


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0))


def _round(x: float) -> float:
    return math.floor(x + 0.5)


def _fract(x: float) -> float:
    return x - math.floor(x)


FUNCTIONS: Mapping[str, Function] = {
    **{
        name: Function(getattr(math, name), 1, 1) for name in ("sin", "cos", "tan", "floor", "ceil")
    },
    **{name: Function(getattr(math, name), 1, 1) for name in ("sqrt", "exp", "log")},
    "abs": Function(math.fabs, 1, 1),
    "min": Function(lambda *xs: min(xs), 1, 16),
    "max": Function(lambda *xs: max(xs), 1, 16),
    "clamp": Function(_clamp, 1, 3),
    "round": Function(_round, 1, 1),
    "mix": Function(_mix, 3, 3),
    "step": Function(_step, 2, 2),
    "smoothstep": Function(_smoothstep, 3, 3),
    "pow": Function(math.pow, 2, 2),
    "sign": Function(_sign, 1, 1),
    "fract": Function(_fract, 1, 1),
}
CONSTANTS = {"pi": math.pi, "tau": math.tau, "e": math.e, "true": 1.0, "false": 0.0}

CONDITION, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER = range(1, 10)
OPERATORS: Mapping[str, tuple[int, Callable[[float, float], float]]] = {
    "<": (COMPARE, lambda a, b: float(a < b)),
    "<=": (COMPARE, lambda a, b: float(a <= b)),
    ">": (COMPARE, lambda a, b: float(a > b)),
    ">=": (COMPARE, lambda a, b: float(a >= b)),
    "==": (COMPARE, lambda a, b: float(a == b)),
    "!=": (COMPARE, lambda a, b: float(a != b)),
    "+": (SUM, lambda a, b: a + b),
    "-": (SUM, lambda a, b: a - b),
    "*": (PRODUCT, lambda a, b: a * b),
    "/": (PRODUCT, lambda a, b: a / b),
    "%": (PRODUCT, lambda a, b: a % b),
    "**": (POWER, math.pow),
}
BINDING = {"?": CONDITION, "if": CONDITION, "or": OR, "and": AND} | {
    symbol: level for symbol, (level, _) in OPERATORS.items()
}
WORDS = frozenset({"and", "or", "not", "if", "else"})
INSTEAD = {"^": "**", "=": "==", "&": "and", "&&": "and", "|": "or", "||": "or", "!": "not"}

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<symbol>\*\*|<=|>=|==|!=|&&|\|\||\S)|(?P<end>\Z))"
)


@dataclass(frozen=True)
class Token:
    kind: str  # number, name, symbol or end
    text: str
    at: int  # counted from 1

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def parse(text: str, names: Collection[str], functions: Mapping[str, Function] = FUNCTIONS) -> Term:
    """The expression as a function of its names' values; ParamError says where it is wrong.

    The result raises ArithmeticError or ValueError where the sum has no answer: 1 / 0, sqrt(-1).
    """
    if len(text) > MAX_LENGTH:
        raise ParamError(f"expression is {len(text)} characters long; {MAX_LENGTH} is the most")
    return _Parser(_tokens(text), frozenset(names), functions).whole()


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while not tokens or tokens[-1].kind != "end":
        found = TOKEN.match(text, at)
        assert found is not None
        assert found.lastgroup is not None
        at = found.end()
        tokens.append(
            _token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        )
    return tokens


def _token(kind: str, text: str, at: int) -> Token:
    return Token("symbol" if text in WORDS else kind, text, at)


class _Parser:
    """Reads tokens from left to right; each `_x` returns the closure of what it read."""

    def __init__(
        self, tokens: list[Token], names: frozenset[str], functions: Mapping[str, Function]
    ) -> None:
        self.tokens = tokens
        self.names = names
        self.functions = functions
        self.depth = 0

    def whole(self) -> Term:
        term = self._expression(0)
        if self.tokens[0].kind != "end":
            raise self._wrong(self.tokens[0], "an operator or the end")
        return term

    def _expression(self, level: int) -> Term:
        """Everything that binds tighter than the level."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ParamError(
                f"expression is nested more than {MAX_DEPTH} deep at position"
                f" {self.tokens[0].at}; split it"
            )
        term = self._start()
        while BINDING.get(self.tokens[0].text, 0) > level:
            term = self._continue(term, self._next())
        self.depth -= 1
        return term

    def _start(self) -> Term:
        token = self._next()
        if token.kind == "number":
            return _constant(float(token.text))
        if token.kind == "name":
            return self._call(token) if self.tokens[0].text == "(" else self._name(token)
        if token.text == "(":
            inner = self._expression(0)
            self._expect(")")
            return inner
        if token.text in ("-", "+"):
            return _negated(self._expression(SIGN)) if token.text == "-" else self._expression(SIGN)
        if token.text == "not":
            inner = self._expression(NOT)
            return lambda values: float(not inner(values))
        raise self._wrong(token, "a number, a name or '('")

    def _continue(self, left: Term, token: Token) -> Term:
        if token.text == "?":
            return self._choice(left)
        if token.text == "if":
            return self._conditional(left)
        if token.text in ("and", "or"):
            return _joined(token.text, left, self._expression(BINDING[token.text]))
        return self._operation(left, token)

    def _operation(self, left: Term, token: Token) -> Term:
        level, operate = OPERATORS[token.text]
        # 2 ** 3 ** 2 binds to the right, 2 ** -1 is allowed
        right = self._expression(level - 1 if level == POWER else level)
        if level == COMPARE and BINDING.get(self.tokens[0].text) == COMPARE:
            raise self._wrong(self.tokens[0], "'and' between two comparisons")
        return lambda values: operate(left(values), right(values))

    def _choice(self, condition: Term) -> Term:
        first = self._expression(0)
        self._expect(":")
        second = self._expression(CONDITION - 1)
        return lambda values: first(values) if condition(values) else second(values)

    def _conditional(self, first: Term) -> Term:
        condition = self._expression(CONDITION)
        self._expect("else")
        second = self._expression(CONDITION - 1)
        return lambda values: first(values) if condition(values) else second(values)

    def _name(self, token: Token) -> Term:
        name = token.text
        if name in self.names:
            return lambda values: values[name]
        if name in CONSTANTS:
            return _constant(CONSTANTS[name])
        if name in self.functions:
            raise self._wrong(self.tokens[0], f"'(' after {name}")
        known = [*self.names, *CONSTANTS, *self.functions]
        raise ParamError(
            f"expression has the unknown name {name!r} at position {token.at}"
            + (did_you_mean(name, known) or f"; it knows {', '.join(sorted(self.names))}")
        )

    def _call(self, token: Token) -> Term:
        function = self.functions.get(token.text)
        if function is None:
            hint = did_you_mean(token.text, self.functions)
            raise ParamError(
                f"expression has the unknown function {token.text!r} at position {token.at}{hint}"
            )
        arguments = self._arguments()
        if not function.least <= len(arguments) <= function.most:
            raise ParamError(
                f"{token.text} at position {token.at} takes {_span(function)}, not {len(arguments)}"
            )
        compute = function.compute
        return lambda values: compute(*[argument(values) for argument in arguments])

    def _arguments(self) -> list[Term]:
        self._expect("(")
        arguments: list[Term] = []
        while self.tokens[0].text != ")":
            if arguments:
                self._expect(",", "',' or ')'")
            arguments.append(self._expression(0))
        self._next()
        return arguments

    def _next(self) -> Token:
        return self.tokens[0] if self.tokens[0].kind == "end" else self.tokens.pop(0)

    def _expect(self, text: str, wanted: str = "") -> None:
        token = self._next()
        if token.text != text:
            raise self._wrong(token, wanted or repr(text))

    def _wrong(self, token: Token, wanted: str) -> ParamError:
        hint = f"; write {INSTEAD[token.text]!r}" if token.text in INSTEAD else ""
        return ParamError(
            f"expression has {token} at position {token.at}, where {wanted} belongs{hint}"
        )


def _constant(value: float) -> Term:
    return lambda values: value


def _negated(term: Term) -> Term:
    return lambda values: -term(values)


def _joined(word: str, left: Term, right: Term) -> Term:
    if word == "and":
        return lambda values: float(bool(left(values)) and bool(right(values)))
    return lambda values: float(bool(left(values)) or bool(right(values)))


def _span(function: Function) -> str:
    if function.least == function.most:
        return f"{function.most} argument{'s' if function.most > 1 else ''}"
    return f"{function.least} to {function.most} arguments"
