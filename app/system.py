"""What this machine has and lacks: each finding with the words that mend it."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.folders import MODELS, user_models, user_nodes
from app.terminal import size

if TYPE_CHECKING:
    from collections.abc import Iterator

Mark = Literal["ok", "note", "missing"]
LITTLE_ROOM = 2e9  # bytes: about ten minutes of film and one small model
PACKAGES = (
    "torch",
    "diffusers",
    "transformers",
    "av",
    "opencv-python-headless",
    "numpy",
    "PySide6-Essentials",
)
DEBIAN = {  # what Qt's window platform loads, and the Debian package that has it
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and what to do where something is missing."""

    what: str
    found: str
    mark: Mark = "ok"
    fix: str = ""


def findings() -> Iterator[Finding]:
    """Everything that is looked at, the most important first."""
    yield from _machine()
    yield from _packages()
    yield from _graphics_card()
    yield from _codecs()
    yield from _devices()
    yield from _windows()
    yield from _folders()


def _machine() -> Iterator[Finding]:
    from engine import device

    device.configure()
    for what, found in device.describe().items():
        yield Finding(what, found)


def _packages() -> Iterator[Finding]:
    versions = {name: _version(name) for name in PACKAGES}
    there = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    yield Finding("packages", there)
    for name in (name for name, version in versions.items() if not version):
        yield Finding(name, "not installed", "missing", f"pip install {name}")


def _graphics_card() -> Iterator[Finding]:
    import torch

    if torch.cuda.is_available() or torch.backends.mps.is_available():
        return
    if shutil.which("nvidia-smi"):
        fix = "install a torch built with CUDA; `python run.py` chooses one in a fresh environment"
        yield Finding(
            "graphics card",
            f"there is one, but torch {torch.__version__} cannot use it",
            "missing",
            fix,
        )
    else:
        yield Finding(
            "graphics card",
            "none that torch can use; the small models run on the processor",
            "note",
        )


def _codecs() -> Iterator[Finding]:
    from engine.errors import MediaError
    from nodes.sinks.codecs import CODECS, encoder_for
    from nodes.sources.media import HARDWARE, hwdevices_available

    def has(name: str, *, hardware: bool) -> bool:
        try:
            encoder_for(name, hardware=hardware)
        except MediaError:
            return False
        return not hardware or bool(CODECS[name].hardware)

    software = [name for name in CODECS if has(name, hardware=False)]
    yield Finding("encoders", ", ".join(software) + " in software")
    lacking = [name for name in CODECS if name not in software]
    if lacking:
        yield Finding(
            "encoders", f"no {', '.join(lacking)}", "missing", "pip install --force-reinstall av"
        )
    decoders = [name for name in hwdevices_available() if name in HARDWARE and _has_card(name)]
    yield Finding("decoding", f"in software{', and by ' + ', '.join(decoders) if decoders else ''}")


def _has_card(decoder: str) -> bool:
    """Whether there is a card for a decoder that PyAV was built with."""
    import torch

    if decoder == "cuda":
        return torch.cuda.is_available()
    return decoder != "vaapi" or Path("/dev/dri").is_dir()


def _devices() -> Iterator[Finding]:
    yield _cameras()
    if util.find_spec("sounddevice") is None:
        yield Finding("sound input", "not installed", "note", "pip install 'slipstream[audio]'")
    elif not ctypes.util.find_library("portaudio") and sys.platform.startswith("linux"):
        yield Finding(
            "sound input", "libportaudio is missing", "missing", "sudo apt install libportaudio2"
        )


def _cameras() -> Finding:
    from nodes.sources.cameras import list_cameras

    found = [camera.name for camera in list_cameras()]
    if found:
        return Finding("cameras", ", ".join(found))
    fix = "plug one in, or use --input clip.mp4 where a document has a camera"
    return Finding("cameras", "none", "note", fix)


def _windows() -> Iterator[Finding]:
    shown = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if sys.platform.startswith("linux") and not shown:
        yield Finding("display", "none; render, run and demo need none", "note")
    else:
        yield Finding("display", shown or "the system's")
    missing = missing_libraries()
    for library in missing:
        package = DEBIAN.get(library)
        fix = (
            f"sudo apt install {package}"
            if package
            else f"install the system package that has {library}"
        )
        yield Finding("window library", f"{library} is missing", "missing", fix)
    if not missing and util.find_spec("PySide6"):
        yield Finding(
            "window library", f"Qt {_version('PySide6-Essentials')}, all that it loads is there"
        )


def missing_libraries() -> list[str]:
    """The system libraries that Qt's window platform needs and the loader does not find."""
    plugin = _qt_plugin()
    if plugin is None or not shutil.which("ldd"):
        return []
    listed = subprocess.run(
        ["ldd", str(plugin)], capture_output=True, text=True, check=False
    ).stdout
    return sorted({line.split()[0] for line in listed.splitlines() if "not found" in line})


def _qt_plugin() -> Path | None:
    spec = util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations or not sys.platform.startswith("linux"):
        return None
    path = Path(spec.submodule_search_locations[0]) / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    return path if path.is_file() else None


def _folders() -> Iterator[Finding]:
    inside = [path for path in (MODELS, user_models()) if path.is_dir()]
    yield Finding("model folders", ", ".join(map(str, inside)) or "none")
    yield Finding(
        "your nodes", str(user_nodes()) + ("" if user_nodes().is_dir() else " (not made yet)")
    )
    yield _room("this folder", Path.cwd())
    yield _room("models", _existing(user_models()))


def _room(what: str, folder: Path) -> Finding:
    if not os.access(folder, os.W_OK):
        return Finding(
            what, f"{folder} may not be written to", "missing", "change to a folder of yours"
        )
    free = shutil.disk_usage(folder).free
    if free < LITTLE_ROOM:
        return Finding(what, f"{size(free)} left on {folder}", "missing", "make room")
    return Finding(what, f"{size(free)} left on {folder}")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
