"""The output sink: the newest picture with its time and number, whole from any thread."""

from __future__ import annotations

import threading

import torch

from engine.node import Tick
from engine.values import Frame
from nodes.sinks.window import OutputWindow


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
    node, seen, done = OutputWindow(), [], threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(node.latest)

    reader = threading.Thread(target=read)
    reader.start()
    for index in range(300):
        node.process(picture(index / 300), tick(index))
    done.set()
    reader.join()
    shown = [one for one in seen if one]
    assert all(one.pts == (one.serial - 1) * 100 for one in shown)
    assert all(round(float(one.frame.tensor[0, 0, 0, 0]) * 300) == one.serial - 1 for one in shown)


def test_a_stopped_output_keeps_nothing() -> None:
    node = OutputWindow()
    node.process(picture(0.5), tick(0))
    node.teardown()
    assert node.latest is None


def test_the_output_is_found_by_what_people_call_it() -> None:
    assert {"window", "screen", "projector", "second display"} <= set(OutputWindow.spec.aliases)
    assert OutputWindow.spec.title == "Output"
