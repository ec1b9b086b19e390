"""The camera source without a camera: captures that send, stall, vanish and repeat themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import DeviceError
from engine.node import Context, Tick
from engine.packet import FLICKS_PER_SECOND
from nodes.sources import camera_feed
from nodes.sources.camera import Camera
from nodes.sources.cameras import CameraMode, find_camera, list_cameras, open_camera

DT = FLICKS_PER_SECOND // 30


class FakeCapture:
    """Sends numbered pictures, and does to its caller what drivers do."""

    def __init__(self, width: int = 8, *, stop_after: int = 10**9, then: str = "blocks") -> None:
        self.sent = 0
        self.released = threading.Event()
        self._unplug = threading.Event()
        self._width, self._stop_after, self._then = width, stop_after, then

    def read(self) -> tuple[bool, Any]:
        time.sleep(0.002)
        if self.sent >= self._stop_after:
            if self._then == "blocks":
                self._unplug.wait(5)
            return False, None
        self.sent += 1
        picture = np.full((6, self._width, 3), self.sent % 256, np.uint8)
        picture[:, 0] = (255, 0, 0)
        return True, picture

    def let_go(self) -> None:
        self._unplug.set()

    def release(self) -> None:
        self.released.set()


@pytest.fixture
def make() -> Iterator[Callable[..., Camera]]:
    made: list[tuple[Camera, FakeCapture]] = []

    def camera(capture: FakeCapture, **knobs: Any) -> Camera:
        node = Camera(**knobs)
        node.open_capture = lambda place, mode: capture
        node.find = lambda device: "fake"
        node.ctx = Context()
        made.append((node, capture))
        return node

    yield camera
    for node, capture in made:
        capture.let_go()
        node.teardown()
        assert capture.released.wait(5)


def pull(node: Camera, start: int = 0) -> list[Any]:
    """Calls the node at its ticks until it gives something."""
    for index in range(start, start + 500):
        given = list(node.process(Tick(index * DT, DT, index)))
        if given:
            return given
        time.sleep(0.005)
    return []


def watch(node: Camera) -> None:
    """Calls the node at its ticks for some seconds."""
    for index in range(300):
        list(node.process(Tick(index * DT, DT, index)))
        time.sleep(0.01)


def drain(feed: camera_feed.CameraFeed) -> None:
    """Takes from a feed for some seconds."""
    for _ in range(300):
        feed.take()
        time.sleep(0.01)


def test_pictures_come_as_rgb_and_in_order(make: Callable[..., Camera]) -> None:
    node = make(FakeCapture())
    node.setup(node.ctx)
    first, second = pull(node)[-1], pull(node, 600)[-1]
    assert first.value.tensor[0, :, 3, 0].tolist() == [0, 0, 1]
    assert first.pts < second.pts <= 1100 * DT


def test_mirror_swaps_left_and_right(make: Callable[..., Camera]) -> None:
    node = make(FakeCapture(), mirror=True)
    node.setup(node.ctx)
    assert pull(node)[0].value.tensor[0, :, 3, -1].tolist() == [0, 0, 1]


def test_a_camera_that_blocks_is_told_and_does_not_block(
    make: Callable[..., Camera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_feed, "STALL", 0.1)
    node = make(FakeCapture(stop_after=3))
    node.setup(node.ctx)
    with pytest.raises(DeviceError, match=r"no picture for .* s"):
        watch(node)


def test_a_camera_that_fails_is_told(make: Callable[..., Camera]) -> None:
    node = make(FakeCapture(stop_after=3, then="fails"))
    node.setup(node.ctx)
    with pytest.raises(DeviceError, match="stopped sending"):
        watch(node)


def test_a_camera_that_comes_back_in_another_shape_cuts(make: Callable[..., Camera]) -> None:
    node = make(FakeCapture(8))
    node.setup(node.ctx)
    assert not pull(node)[0].cut
    wide = FakeCapture(16)
    node.open_capture = lambda place, mode: wide
    node.teardown()
    node.setup(node.ctx)
    assert pull(node, 600)[0].cut


def test_a_repeated_picture_of_a_vanished_device_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_feed, "STALL", 0.05)
    frozen = FakeCapture()
    frozen.read = lambda: (time.sleep(0.002), (True, np.zeros((6, 8, 3), np.uint8)))[1]
    feed = camera_feed.CameraFeed(lambda: frozen, name="camera x", gone=lambda: True)
    feed.wait()
    with pytest.raises(DeviceError, match="unplugged"):
        drain(feed)
    feed.close()


def test_no_camera_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="no camera is connected"):
        find_camera("", tmp_path)


def test_a_place_that_does_not_open_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.avi").write_bytes(b"nothing")
    with pytest.raises(DeviceError, match="does not open"):
        open_camera(str(tmp_path / "a.avi"), CameraMode())


def test_cameras_are_found_by_ids_that_stay(tmp_path: Path) -> None:
    for number, index, name in ((0, 0, "Logi C920"), (1, 1, "Logi C920"), (2, 0, "Loopback")):
        (tmp_path / "dev").mkdir(exist_ok=True)
        (tmp_path / f"dev/video{number}").touch()
        about = tmp_path / f"sys/class/video4linux/video{number}"
        about.mkdir(parents=True)
        (about / "index").write_text(f"{index}\n")
        (about / "name").write_text(f"{name}\n")
    (tmp_path / "dev/v4l/by-id").mkdir(parents=True)
    (tmp_path / "dev/v4l/by-id/usb-logi-0").symlink_to(tmp_path / "dev/video0")
    assert [(one.id, one.name) for one in list_cameras(tmp_path)] == [
        ("usb-logi-0", "Logi C920"),
        ("2", "Loopback"),
    ]
    assert find_camera("usb-logi-0", tmp_path) == str(tmp_path / "dev/video0")
    assert find_camera("Loopback", tmp_path) == str(tmp_path / "dev/video2")
    with pytest.raises(DeviceError, match="usb-logi-0"):
        find_camera("usb-logi-1", tmp_path)


def test_a_film_can_stand_in_for_a_camera(clip_folder: Path) -> None:
    node = Camera(device=str(clip_folder / "carphone_pristine.mp4"))
    node.ctx = Context()
    node.setup(node.ctx)
    packet = pull(node)[0]
    node.teardown()
    assert (packet.value.width, packet.value.height) == (176, 144)
