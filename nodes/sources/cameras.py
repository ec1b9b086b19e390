"""Which cameras there are, by ids that stay the same when they are plugged in again."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from engine.errors import DeviceError, did_you_mean

PROBED = 5  # indices tried where the system has no list
FORMATS = ("auto", "MJPG", "YUYV", "NV12", "H264")


@dataclass(frozen=True)
class CameraInfo:
    """A camera: `id` is what Camera.device takes, `name` is for people, `place` is opened."""

    id: str
    name: str
    place: str


@dataclass(frozen=True)
class CameraMode:
    """What is asked of a camera; 0 and "auto" leave it its own."""

    device: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    format: str = "auto"


def list_cameras(root: Path = Path("/")) -> list[CameraInfo]:
    """Every camera that is connected; off Linux by opening the first indices in turn."""
    if sys.platform.startswith("linux"):
        return _linux_cameras(root)
    return [CameraInfo(str(at), f"Camera {at}", str(at)) for at in range(PROBED) if _opens(at)]


def find_camera(device: str, root: Path = Path("/")) -> str:
    """The place to open for an id, an index or a path; DeviceError where there is none."""
    if device.isdecimal() and not sys.platform.startswith("linux"):
        return device
    if Path(device).is_absolute() and Path(device).exists():
        return device
    known = list_cameras(root)
    if not known:
        raise DeviceError("no camera is connected; plug one in, or use another source")
    for camera in known:
        number = camera.place.removeprefix("/dev/video")
        if device in ("", camera.id, camera.name, camera.place, number):
            return camera.place
    hint = did_you_mean(device, [camera.id for camera in known])
    raise DeviceError(f"there is no camera {device!r}{hint or '; plug it in'}")


def is_gone(place: str) -> bool:
    """Whether a device that had a file has none now."""
    return place.startswith("/dev/") and not Path(place).exists()


def open_camera(place: str, mode: CameraMode) -> Any:
    """An open cv2.VideoCapture; DeviceError where the camera does not open."""
    where, backend = _address(place)
    capture = cv2.VideoCapture(where, backend)
    if not capture.isOpened():
        capture.release()
        raise DeviceError(f"camera {place} does not open; another program may be using it")
    if mode.format != "auto":
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*mode.format))
    wanted = {
        cv2.CAP_PROP_FRAME_WIDTH: mode.width,
        cv2.CAP_PROP_FRAME_HEIGHT: mode.height,
        cv2.CAP_PROP_FPS: mode.fps,
    }
    for key, value in wanted.items():
        if value:
            capture.set(key, value)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a picture that waits is a late picture
    return capture


def _address(place: str) -> tuple[Any, int]:
    number = Path(place).resolve().name.removeprefix("video") if "/dev/" in place else place
    if not number.isdecimal():
        return place, cv2.CAP_ANY
    linux = sys.platform.startswith("linux")
    return int(number), cv2.CAP_V4L2 if linux else cv2.CAP_ANY


def _linux_cameras(root: Path) -> list[CameraInfo]:
    stable = {link.resolve(): link for link in sorted((root / "dev/v4l/by-id").glob("*"))}
    found: list[CameraInfo] = []
    for place in sorted((root / "dev").glob("video[0-9]*"), key=_number):
        about = root / "sys/class/video4linux" / place.name
        if _read(about / "index") not in ("", "0"):
            continue  # a second node of the same camera carries metadata, no pictures
        link = stable.get(place.resolve())
        name = _read(about / "name") or place.name
        found.append(CameraInfo(link.name if link else str(_number(place)), name, str(place)))
    return found


def _number(place: Path) -> int:
    return int(place.name.removeprefix("video"))


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _opens(index: int) -> bool:
    capture = cv2.VideoCapture(index)
    try:
        return capture.isOpened()
    finally:
        capture.release()
