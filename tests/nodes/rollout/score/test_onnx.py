"""Claims about critics from ONNX files; the little networks are written byte by byte."""

from __future__ import annotations

import builtins

import pytest
import torch

from engine.errors import WeightsError
from nodes.rollout.score.onnx import OnnxCritic

PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def piece(field: int, body: bytes | str) -> bytes:
    body = body.encode() if isinstance(body, str) else body
    return varint(field << 3 | 2) + varint(len(body)) + body


def value_info(name: str, shape: tuple[int | str, ...]) -> bytes:
    """onnx.proto3: ValueInfoProto of float32."""
    sides = [number(1, side) if isinstance(side, int) else piece(2, side) for side in shape]
    tensor = number(1, 1) + piece(2, b"".join(piece(1, side) for side in sides))
    return piece(1, name) + piece(2, piece(1, tensor))


def model(operator: str, shape: tuple[int | str, ...]) -> bytes:
    """onnx.proto3: ModelProto of one operator from x to y."""
    node = piece(1, "x") + piece(2, "y") + piece(4, operator)
    if operator == "ReduceMean":
        node += piece(5, piece(1, "keepdims") + number(3, 0) + number(20, 2))
    graph = piece(1, node) + piece(2, "g") + piece(11, value_info("x", shape))
    graph += piece(12, value_info("y", () if operator == "ReduceMean" else shape))
    return number(1, 8) + piece(7, graph) + piece(8, piece(1, "") + number(2, 13))


@pytest.fixture
def critic(tmp_path):
    def write(operator="ReduceMean", shape=(1, 3, 8, 8), body=None, **options):
        path = tmp_path / "critic.onnx"
        path.write_bytes(model(operator, shape) if body is None else body)
        return OnnxCritic(path, **(PLAIN | options))

    return write


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), ("n", 3, "h", "w"), (1, 3, 5, 12)])
def test_each_frame_is_shown_to_the_network(critic, shape):
    levels = torch.tensor([0.1, 0.5, 0.9])
    frames = levels.view(3, 1, 1, 1).expand(3, 3, 20, 30)
    assert torch.allclose(critic(shape=shape, size=16).score(frames, None), levels, atol=1e-5)


def test_colours_are_brought_to_what_the_network_knows(critic):
    made = critic(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    assert made.score(torch.full((1, 3, 8, 8), 0.75), None).item() == pytest.approx(1, abs=1e-5)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(WeightsError, match=r"no file .*none\.onnx"):
        OnnxCritic(tmp_path / "none.onnx").score(torch.zeros(1, 3, 8, 8), None)


@pytest.mark.parametrize("body", [b"", b"not a network", b"\x80\x04pickle"])
def test_a_file_that_is_no_network_is_said(critic, body):
    with pytest.raises(WeightsError, match=r"critic\.onnx"):
        critic(body=body).score(torch.zeros(1, 3, 8, 8), None)


def test_a_network_of_other_inputs_or_answers_is_refused(critic):
    with pytest.raises(WeightsError, match="takes pictures"):
        critic(shape=(1, 4, 8, 8)).score(torch.zeros(1, 3, 8, 8), None)
    with pytest.raises(WeightsError, match="192 numbers"):
        critic("Identity").score(torch.zeros(1, 3, 8, 8), None)


def test_a_missing_package_is_said_with_the_way_out(critic, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("onnxruntime"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(WeightsError, match="install it"):
        critic().score(torch.zeros(1, 3, 8, 8), None)
