"""The output sink: the newest picture with its time and number, whole from any thread."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from engine.node import Tick
from engine.values import Frame
from nodes.sinks.pixels import quantized
from nodes.sinks.window import OutputWindow, blended, packed


def tick(index: int) -> Tick:
    return Tick(pts=index * 100, dt=100, index=index)


def picture(value: float) -> Frame:
    return Frame(torch.full((1, 3, 4, 6), value))


def test_nothing_is_on_air_before_the_first_picture() -> None:
    assert OutputWindow().latest is None


def test_the_newest_picture_is_kept_with_time_and_number() -> None:
    node = OutputWindow()
    frames = [picture(index / 3) for index in range(3)]
    for index, frame in enumerate(frames):
        node.process(frame, tick(index))
    assert node.latest == (frames[2], 200, 3)


def test_a_picture_is_handed_on_and_not_copied() -> None:
    node, frame = OutputWindow(), picture(0.5)
    node.process(frame, tick(0))
    assert node.latest.frame is frame


def test_a_reader_sees_pictures_with_their_own_times() -> None:
    node, seen, done = OutputWindow(), {}, threading.Event()

    def read() -> None:
        while not done.is_set():
            shown = node.latest
            if shown:
                seen[shown] = float(shown.frame.tensor[0, 0, 0, 0])

    reader = threading.Thread(target=read)
    reader.start()
    for index in range(100):
        node.process(picture(index / 100), tick(index))
    done.set()
    reader.join()
    assert all(shown.pts == (shown.serial - 1) * 100 for shown in seen)
    assert all(round(value * 100) == shown.serial - 1 for shown, value in seen.items())


def test_a_stopped_output_keeps_nothing() -> None:
    node = OutputWindow()
    node.process(picture(0.5), tick(0))
    node.teardown()
    assert node.latest is None


def test_the_output_is_found_by_what_people_call_it() -> None:
    assert {"window", "screen", "projector", "second display"} <= set(OutputWindow.spec.aliases)
    assert OutputWindow.spec.title == "Output"


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (48, 64)])
def test_packed_bytes_are_those_of_a_recording(height: int, width: int) -> None:
    frame = Frame(torch.rand(1, 3, height, width))
    made = packed(frame)
    assert made.shape == (height, width, 3)
    wanted = quantized(frame, alpha=False).transpose(1, 2, 0).astype(int)
    assert np.abs(made.astype(int) - wanted).max() <= 1


def test_values_out_of_range_are_clipped_and_no_number_is_black() -> None:
    values = torch.tensor([-3.0, 7.0, float("nan")]).view(1, 3, 1, 1)
    assert packed(Frame(values)).tolist() == [[[0, 255, 0]]]


def test_half_precision_and_alpha_are_packed_too() -> None:
    half = Frame(torch.full((1, 3, 2, 2), 0.5, dtype=torch.bfloat16))
    clear = Frame(torch.ones(1, 3, 2, 2), torch.full((1, 1, 2, 2), 0.2))
    assert packed(half).max() == 128
    assert packed(clear).max() == 51


def test_two_pictures_are_blended_by_their_share() -> None:
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert [int(blended(black, white, s).max()) for s in (0.0, 0.2, 1.0)] == [0, 51, 255]
