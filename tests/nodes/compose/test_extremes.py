"""Every compose, motion and control node at the ends of every knob, with tiny and odd pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from engine.node import Context, Node, Stream
from engine.packet import Packet, flicks
from engine.registry import Registry
from engine.spec import NodeSpec, Param, Policy, Port, Tick
from engine.values import Color, Depth, Flow, Frame, Mask, Prompt, TensorValue, Trigger

CATEGORIES = ("compose", "motion", "control")
STREAM = Stream(19, 13)
CONTROL = (
    "beat_clock delay envelope lfo math number prompt ramp sample_hold sequence smooth trigger"
)
COMPOSE = (
    "blend blur chroma_key color crossfade delay edges feedback flow_to_frame luma_key lut mask"
    " mask_from mask_to_frame sharpen switch tile transform"
)
MOTION = "difference flow warp"


@dataclass(frozen=True)
class Case:
    """One node with one knob turned."""

    spec: NodeSpec
    knobs: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.spec.id}-{'-'.join(f'{k}={v}' for k, v in self.knobs.items()) or 'default'}"


def specs() -> list[NodeSpec]:
    registry = Registry()
    for category in CATEGORIES:
        registry.load_package(f"nodes.{category}")
    assert not registry.problems
    return list(registry.specs())


def values(param: Param) -> Iterator[Any]:
    if param.choices:
        yield from param.choices
    elif param.type is bool:
        yield from (False, True)
    elif param.type is Trigger:
        yield from (Trigger(0), Trigger(1 << 40))
    elif param.type in (int, float):
        low = -1e6 if param.min is None else param.min
        high = 1e6 if param.max is None else param.max
        yield from (param.type(low), param.type(high))


def cases() -> list[Case]:
    turned = [
        Case(spec, {param.name: value})
        for spec in specs()
        for param in spec.params
        for value in values(param)
    ]
    return [Case(spec, {}) for spec in specs()] + turned


def picture(generator: torch.Generator, size: tuple[int, int], *, clear: bool) -> Frame:
    alpha = torch.rand(1, 1, *size, generator=generator) if clear else None
    return Frame(torch.rand(1, 3, *size, generator=generator), alpha)


def value_for(kind: type, size: tuple[int, int], *, clear: bool, seed: int) -> Any:
    generator = torch.Generator().manual_seed(seed)
    if kind is Frame:
        return picture(generator, size, clear=clear)
    if kind is Mask:
        return Mask(torch.rand(1, 1, *size, generator=generator))
    if kind is Depth:
        return Depth(torch.rand(1, 1, *size, generator=generator) * 100)
    if kind is Flow:
        return Flow(torch.randn(1, 2, *size, generator=generator) * 5)
    return {
        float: 0.3 * seed,
        Trigger: Trigger(seed),
        Prompt: Prompt.of("x"),
        Color: Color("#123456"),
    }[kind]


def inputs(spec: NodeSpec, call: int, size: tuple[int, int], *, clear: bool) -> dict[str, Any]:
    """The first input of the size, the others of odd sizes of their own."""
    sizes = [size, (5, 3), (1, 1), (4, 7)]
    linked = [port for port in spec.inputs if port.policy is not Policy.WIRED]
    return {
        port.name: taken(
            port, value_for(port.type, sizes[at % 4], clear=clear, seed=call + at), call
        )
        for at, port in enumerate(linked)
    }


def taken(port: Port, value: Any, call: int) -> Any:
    """A value as the input takes it."""
    given = Packet(value, flicks(call / 30)) if port.packets else value
    return (given,) if port.policy is Policy.WINDOW else given


def tensors(arguments: dict[str, Any]) -> list[torch.Tensor]:
    lists = [value if isinstance(value, tuple) else (value,) for value in arguments.values()]
    held = [bare(value) for values in lists for value in values]
    return [
        tensor for value in held if isinstance(value, TensorValue) for tensor in value.tensors()
    ]


def bare(value: Any) -> Any:
    return value.value if isinstance(value, Packet) else value


def outputs(result: Any) -> tuple[Any, ...]:
    """What a call made, without the packets around it."""
    if isinstance(result, Iterator):
        return tuple(bare(value) for value in result)
    named = isinstance(result, tuple) and hasattr(result, "_fields")
    return tuple(result) if named else (bare(result),)


def check(value: Any) -> None:
    if isinstance(value, Frame | Mask):
        for tensor in value.tensors():
            assert torch.isfinite(tensor).all()
            assert tensor.min() >= 0
            assert tensor.max() <= 1
    elif isinstance(value, Flow):
        assert torch.isfinite(value.tensor).all()
    elif isinstance(value, float | int):
        assert math.isfinite(value)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_no_knob_breaks_a_node(case):
    for size, clear in (((1, 1), True), ((9, 14), False), ((7, 5), True)):
        node: Node = case.spec.cls(**case.knobs)
        node.ctx = Context(stream=STREAM)
        node.setup(node.ctx)
        for call in range(3):
            arguments = inputs(case.spec, call, size, clear=clear)
            held = tensors(arguments)
            before = [(tensor._version, tensor.clone()) for tensor in held]
            if case.spec.wants_tick:
                arguments["tick"] = Tick(flicks(call / 30), flicks(1 / 30), call)
            for value in outputs(node.process(**arguments)):
                check(value)
            for tensor, (version, copy) in zip(held, before, strict=True):
                assert tensor._version == version
                assert torch.equal(tensor, copy)
        node.teardown()


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.id)
def test_a_restored_snapshot_gives_the_same_again(spec):
    node: Node = spec.cls()
    node.ctx = Context(stream=STREAM)
    node.setup(node.ctx)

    def step(call: int) -> tuple[Any, ...]:
        arguments = inputs(spec, call, (9, 14), clear=False)
        if spec.wants_tick:
            arguments["tick"] = Tick(flicks(call / 30), flicks(1 / 30), call)
        return outputs(node.process(**arguments))

    step(0)
    step(1)
    kept = node.snapshot()
    first = [step(call) for call in (2, 3)]
    node.restore(kept)
    for before, after in zip(first, [step(call) for call in (2, 3)], strict=True):
        for a, b in zip(before, after, strict=True):
            assert same(a, b)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, TensorValue):
        return all(torch.equal(x, y) for x, y in zip(a.tensors(), b.tensors(), strict=True))
    return a == b


def test_the_ids_that_documents_name_are_there():
    assert {spec.id for spec in specs()} >= {
        *(f"control.{name}" for name in CONTROL.split()),
        *(f"compose.{name}" for name in COMPOSE.split()),
        *(f"motion.{name}" for name in MOTION.split()),
    }
