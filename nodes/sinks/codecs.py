"""What a recording can be made of: encoders, pixel formats and containers, as tables.

Thread counts are fixed numbers, not the machine's, so that one input gives one file anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import av

from engine.errors import MediaError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CodecName = Literal["h264", "hevc", "av1", "prores", "ffv1", "vp9"]
Effort = Literal["live", "best"]
SMALL = 512 * 512  # pixels up to which one thread encodes faster than several
THREADS = 4


@dataclass(frozen=True)
class Codec:
    """One codec: its encoders, pixel formats and how quality 0 to 100 becomes its rate factor."""

    software: str
    hardware: str = ""
    opaque: str = "yuv420p"
    alpha: str = ""
    worst: int = 51  # rate factor at quality 0
    finest: int = 10  # rate factor at quality 100
    live: Mapping[str, str] | None = None
    best: Mapping[str, str] | None = None

    def factor(self, quality: float) -> int:
        return round(self.worst + (self.finest - self.worst) * min(max(quality, 0), 100) / 100)


# without cpu-independent x264's vector code gives other bytes once in twenty runs on one machine
SAME = {"x264-params": "cpu-independent=1", "forced-idr": "1"}
CODECS: dict[str, Codec] = {
    "h264": Codec(
        "libx264",
        "h264_nvenc",
        live={"preset": "veryfast", "tune": "zerolatency", **SAME},
        best={"preset": "medium", "rc-lookahead": "20", **SAME},
    ),
    "hevc": Codec(
        "libx265",
        "hevc_nvenc",
        live={"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1"},
        best={"preset": "medium", "forced-idr": "1"},
    ),
    "av1": Codec(
        "libsvtav1",
        "av1_nvenc",
        worst=63,
        finest=12,
        live={"preset": "11", "svtav1-params": "pred-struct=1:lookahead=0:lp=2:scm=0"},
        best={"preset": "7", "svtav1-params": "lookahead=16:lp=2"},
    ),
    "vp9": Codec(
        "libvpx-vp9",
        alpha="yuva420p",
        worst=63,
        finest=12,
        live={"deadline": "realtime", "cpu-used": "7", "lag-in-frames": "0"},
        best={"deadline": "good", "cpu-used": "3", "lag-in-frames": "16"},
    ),
    "prores": Codec("prores_ks", opaque="yuv422p10le", alpha="yuva444p10le"),
    "ffv1": Codec("ffv1", opaque="bgr0", alpha="bgra"),
}


@dataclass(frozen=True)
class Container:
    """One kind of file: its muxer, the codecs it carries, the sound beside them."""

    muxer: str
    codecs: tuple[str, ...]
    sound: str
    options: Mapping[str, str]


# fragments while recording, so that a killed process loses the last alone, an ordinary indexed file
# once closed; the header waits for the first fragment because only then its edit lists are known,
# without which sound with an encoder's delay, or reordered pictures, would start late
FRAGMENTS = {
    "movflags": "+hybrid_fragmented+delay_moov+use_metadata_tags",
    "use_editlist": "1",
    "frag_duration": "1000000",
}
CLUSTERS = {"cluster_time_limit": "1000"}
CONTAINERS = {
    ".mp4": Container("mp4", ("h264", "hevc", "av1", "vp9"), "aac", FRAGMENTS),
    ".mov": Container("mov", ("h264", "hevc", "prores"), "pcm_s16le", FRAGMENTS),
    ".mkv": Container("matroska", tuple(CODECS), "flac", CLUSTERS),
    ".webm": Container("webm", ("av1", "vp9"), "libopus", CLUSTERS),
}


def container_for(path: Path, codec: str) -> Container:
    """The container that a file name asks for; MediaError where it cannot carry the codec."""
    kind = CONTAINERS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(CONTAINERS)
        raise MediaError(
            f"'{path}' ends in {path.suffix or 'nothing'!r}; a recording ends in {known}"
        )
    if codec not in kind.codecs:
        fitting = " or ".join(suffix for suffix, one in CONTAINERS.items() if codec in one.codecs)
        raise MediaError(f"{path.suffix} files cannot hold {codec}; name the file {fitting}")
    return kind


def encoder_for(codec: str, *, hardware: bool) -> str:
    """The name of the encoder; MediaError where this build has none."""
    made = CODECS[codec]
    name = made.hardware if hardware and made.hardware else made.software
    if name not in av.codecs_available:
        raise MediaError(f"this build of PyAV cannot encode {codec} ({name}); choose another codec")
    return name


def options_for(
    codec: str, encoder: str, *, quality: float, effort: Effort, alpha: bool
) -> dict[str, str]:
    """The encoder's private options for a quality from 0 to 100."""
    made = CODECS[codec]
    factor = str(made.factor(quality))
    if encoder == made.hardware:
        fast = {"preset": "p2", "tune": "ull"} if effort == "live" else {"preset": "p5"}
        return {**fast, "rc": "vbr", "cq": factor, "forced-idr": "1", "zerolatency": "1"}
    private = dict((made.live if effort == "live" else made.best) or {})
    if codec == "prores":
        profile = "4444" if alpha else "hq" if quality >= 50 else "standard"
        return {"profile": profile, "vendor": "apl0"}
    return private | _quality(codec, factor)


def threads_for(width: int, height: int) -> int:
    """Encoder threads for a size: a function of the picture alone."""
    return 1 if width * height <= SMALL else THREADS


def _quality(codec: str, factor: str) -> dict[str, str]:
    if codec == "ffv1":
        return {"level": "3", "slices": "4", "slicecrc": "1"}
    if codec == "hevc":
        # no info: the text would name the machine's threads
        return {"x265-params": f"crf={factor}:log-level=none:frame-threads=1:info=0"}
    return {"crf": factor, "b": "0"} if codec == "vp9" else {"crf": factor}
