"""A tiny model folder, frames, and a way to run the image stream without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.node import Context, Packet, Stream, Tick
from engine.values import Frame
from engine.weights import Weights
from nodes.generate.image_stream import ImageStream
from nodes.models.zoo import Zoo
from tests.nodes.generate import video_parts
from tests.nodes.models import folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DT = 28_224_000  # a 25th of a second in flicks


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return folders.stable_diffusion(tmp_path_factory.mktemp("models") / "little-sd")


@pytest.fixture(scope="session")
def weights() -> Iterator[Weights]:
    found = Weights(Zoo())
    yield found
    found.close()


@pytest.fixture
def stream(folder, weights):
    """Builds nodes that share one loaded model."""

    def build(**params: object) -> ImageStream:
        node = ImageStream(**{"model": str(folder), "prompt": folders.PROMPT, **params})
        node.ctx = Context(stream=Stream(48, 32), weights=weights)
        node.setup(node.ctx)
        return node

    return build


@pytest.fixture
def network_calls():
    """Counts the rows of every call of a node's network from now on."""
    hooks: list[Any] = []

    def count(node: ImageStream) -> list[int]:
        rows: list[int] = []
        unet = node._held.model.unet
        hooks.append(unet.register_forward_pre_hook(lambda module, args: rows.append(len(args[0]))))
        return rows

    yield count
    for hook in hooks:
        hook.remove()


def frames(count: int, height: int = 32, width: int = 48) -> list[Frame]:
    generator = torch.Generator().manual_seed(5)
    return [Frame(torch.rand(1, 3, height, width, generator=generator)) for _ in range(count)]


def packets(pictures: list[Frame], start: int = 0) -> list[Packet[Frame]]:
    return [Packet(picture, (start + k) * DT) for k, picture in enumerate(pictures)]


def call(node: ImageStream, *window: Packet[Frame]) -> list[Packet[Frame]]:
    """One call, padded as the engine pads the last one of a stream."""
    padding = window[-1:] * (node.frame_buffer - len(window))
    return list(node.process(Tick(window[-1].pts, DT), (*window, *padding)))


def play(node: ImageStream, pictures: list[Frame], start: int = 0) -> list[Packet[Frame]]:
    given, size = packets(pictures, start), node.frame_buffer
    groups = [given[at : at + size] for at in range(0, len(given), size)]
    return [out for group in groups for out in call(node, *group)]


def numbers(outs: list[Packet[Frame]]) -> list[int]:
    return [out.pts // DT for out in outs]


def same(one: list[Packet[Frame]], other: list[Packet[Frame]]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a.pts == b.pts and torch.equal(a.value.tensor, b.value.tensor) for a, b in pairs)


@pytest.fixture(scope="session")
def video_folder(tmp_path_factory) -> Path:
    return video_parts.write(tmp_path_factory.mktemp("models") / "little-video")
