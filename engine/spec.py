"""What can be read off a node's class: its knobs, its ports, its laws. Read once, checked, then
frozen.

The GUI, the validator, the command line, the documentation and the engine know a node only by its
`NodeSpec`.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import inspect
import re
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union

from engine.errors import ParamError, SpecError, did_you_mean
from engine.packet import Packet
from engine.param import Param, read_params, schema, to_json
from engine.values import PORT_TYPES, Clip, Frame

T = TypeVar("T")


class Policy(enum.Enum):
    """How an input takes its packets."""

    JOIN = "join"  # the newest packet up to the trunk's pts; the first such input is the trunk
    HELD = "held"  # the newest packet, reused; never waits after its first
    WINDOW = "window"  # several packets a call
    WIRED = "wired"  # a handle, given once


Held = Annotated[T, Policy.HELD]
Window = Annotated[tuple[T, ...], Policy.WINDOW]
Wired = Annotated[T, Policy.WIRED]


class Lane(enum.Enum):
    """Which worker runs a node."""

    GPU = "gpu"  # the engine's own thread: light nodes
    SLOW = "slow"  # a worker beside it: generators; consumers hold
    IO = "io"  # a worker of its own: devices, files, network


@dataclass(slots=True)
class Tick:
    """When a call happens: `pts` and `dt` in flicks, `index` counts the node's calls."""

    pts: int
    dt: int
    index: int = 0
    epoch: int = 0


@dataclass(frozen=True)
class Port:
    """An input or output: its name, the class of its values, and how an input takes them."""

    name: str
    type: type
    policy: Policy = Policy.JOIN
    optional: bool = False
    packets: bool = False  # the annotation says Packet[T]: time is seen or set by the node


@dataclass(frozen=True)
class NodeSpec:
    """Everything the program knows of a node type."""

    id: str
    cls: type[Any]
    title: str
    doc: str
    lane: Lane
    version: int
    params: tuple[Param, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    named_outputs: bool  # process returns a NamedTuple
    iterates: bool
    wants_tick: bool
    replaces: tuple[str, ...] = ()
    renamed: typing.Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    bypass: str | None = None
    keeps_state_over_cuts: bool = False
    consecutive: bool = False
    delays: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def category(self) -> str:
        return self.id.split(".")[0]

    @property
    def summary(self) -> str:
        """The first sentence of the help text."""
        return self.doc.split("\n\n")[0].replace("\n", " ")

    def param(self, name: str) -> Param:
        """The parameter of that name; ParamError with the nearest name otherwise."""
        for param in self.params:
            if param.name == name:
                return param
        hint = did_you_mean(name, [param.name for param in self.params])
        raise ParamError(f"{self.id} has no parameter {name!r}{hint}")

    def input(self, name: str) -> Port | None:
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        return next((port for port in self.outputs if port.name == name), None)

    def defaults(self) -> dict[str, Any]:
        return {param.name: param.default for param in self.params}


NUMBERS = frozenset({float, int, bool})


def can_link(source: type, target: type) -> bool:
    """Whether a value of one port type may travel to an input of another."""
    if source is target or (source is Clip and target is Frame):
        return True
    return (source in NUMBERS and target is float) or (source is bool and target is int)


def can_drive(source: type, param: Param) -> bool:
    """Whether a link of a type may drive a parameter: numbers drive every number, switch and
    choice.
    """
    if source in NUMBERS and (param.type in (float, int, bool) or param.choices):
        return True
    return source is param.type


def read(cls: type, **options: Any) -> NodeSpec:
    """The NodeSpec of a node class that is already a dataclass; SpecError where it is declared
    wrongly.
    """
    doc = options.pop("doc")
    if not doc:
        raise SpecError(f"{cls.__name__} has no docstring; it is the help text of the node")
    process = cls.__dict__.get("process") or getattr(cls, "process", None)
    if process is None:
        raise SpecError(f"{cls.__name__} has no process()")
    hints = typing.get_type_hints(process, include_extras=True)
    if "return" not in hints:
        raise SpecError(f"{cls.__name__}.process has no return annotation")
    outputs, named, iterates = _read_outputs(cls, hints["return"])
    inputs, wants_tick = _read_inputs(cls, process, hints)
    return NodeSpec(
        id=_checked_id(cls, options.pop("id")),
        cls=cls,
        title=options.pop("title") or _spaced(cls.__name__),
        doc=inspect.cleandoc(doc),
        params=read_params(cls),
        inputs=inputs,
        outputs=outputs,
        named_outputs=named,
        iterates=iterates,
        wants_tick=wants_tick,
        **options,
    )


def json_schema(spec: NodeSpec) -> dict[str, Any]:
    """The node's parameters as JSON Schema, with `x-soft`, `x-step` and `x-unit` beside the
    standard words.
    """
    return {
        "$id": spec.id,
        "title": spec.title,
        "description": spec.summary,
        "type": "object",
        "additionalProperties": False,
        "properties": {param.name: schema(param) for param in spec.params},
    }


def _checked_id(cls: type, name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", name):
        raise SpecError(f"{cls.__name__} has the id {name!r}; write it as 'folder.name'")
    return name


def _spaced(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return words[0] + words[1:].lower() if not words.isupper() else words


def _read_inputs(cls: type, process: Any, hints: dict[str, Any]) -> tuple[tuple[Port, ...], bool]:
    ports: list[Port] = []
    wants_tick = False
    for name, argument in list(inspect.signature(process).parameters.items())[1:]:
        if name not in hints:
            raise SpecError(f"{cls.__name__}.process takes {name!r} without an annotation")
        if hints[name] is Tick:
            wants_tick = True
            continue
        ports.append(_read_input(cls, argument, hints[name]))
    return tuple(ports), wants_tick


def _read_input(cls: type, argument: inspect.Parameter, hint: Any) -> Port:
    where = f"{cls.__name__}.process({argument.name})"
    policy = Policy.JOIN
    if typing.get_origin(hint) is Annotated:
        hint, policy = typing.get_args(hint)[:2]
    if policy is Policy.WINDOW:
        hint = typing.get_args(hint)[0]
    hint, may_be_none = _without_none(hint)
    packets, kind = _unpacked(hint)
    if kind not in PORT_TYPES:
        raise SpecError(f"{where} has the type {kind!r}, which no link carries")
    optional = argument.default is not inspect.Parameter.empty
    if optional and argument.default not in (None, ()):
        raise SpecError(
            f"{where} has the default {argument.default!r}; an optional input defaults to None"
        )
    if optional and policy is not Policy.WINDOW and not may_be_none:
        raise SpecError(f"{where} defaults to None; write its type as {kind.__name__} | None")
    return Port(argument.name, kind, policy, optional, packets)


def _read_outputs(cls: type, hint: Any) -> tuple[tuple[Port, ...], bool, bool]:
    iterates = typing.get_origin(hint) is collections.abc.Iterator
    if iterates:
        hint = typing.get_args(hint)[0]
    if hint is type(None):
        return (), False, iterates
    hint, _ = _without_none(hint)
    if isinstance(hint, type) and "_fields" in vars(hint):
        fields = typing.get_type_hints(hint, include_extras=True)
        ports = tuple(_read_output(cls, name, kind) for name, kind in fields.items())
        return ports, True, iterates
    return (_read_output(cls, "out", hint),), False, iterates


def _read_output(cls: type, name: str, hint: Any) -> Port:
    hint, may_skip = _without_none(hint)
    packets, kind = _unpacked(hint)
    if kind not in PORT_TYPES:
        raise SpecError(
            f"{cls.__name__}.process returns {kind!r} as {name!r}, which no link carries"
        )
    return Port(name, kind, optional=may_skip, packets=packets)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in (Union, types.UnionType):
        rest = [part for part in typing.get_args(hint) if part is not type(None)]
        return (rest[0] if len(rest) == 1 else hint), len(rest) < len(typing.get_args(hint))
    return hint, False


def _unpacked(hint: Any) -> tuple[bool, Any]:
    if typing.get_origin(hint) is Packet:
        return True, typing.get_args(hint)[0]
    return False, hint


def matching_input(spec: NodeSpec, output: Port) -> Port | None:
    """The input that a bypass passes to an output: the one the class names, else the first of its
    type.
    """
    if spec.bypass:
        return spec.input(spec.bypass)
    same = (
        port for port in spec.inputs if port.type is output.type and port.policy is not Policy.WIRED
    )
    return next(same, None)


CONVERTERS: dict[
    tuple[type, type], str
] = {}  # (from, to) -> id of the node that converts; nodes register here


def converter(source: type, target: type) -> str | None:
    """The id of the node type that turns one type into another, where there is one."""
    return CONVERTERS.get((source, target))


__all__ = [
    "CONVERTERS",
    "Held",
    "Lane",
    "NodeSpec",
    "Param",
    "Policy",
    "Port",
    "Tick",
    "Window",
    "Wired",
    "to_json",
]
