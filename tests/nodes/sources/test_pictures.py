"""Stills, sequences, patterns, noise, colours, text and screens."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from engine.errors import DeviceError, EndOfStream, MediaError
from engine.node import Context, Node, Rng, Stream, Tick
from engine.packet import FLICKS_PER_SECOND
from engine.values import Color, Frame
from nodes.sources import lettering as letters
from nodes.sources.image import StillImage
from nodes.sources.image_sequence import ImageSequence
from nodes.sources.noise import ProceduralNoise
from nodes.sources.pattern import TestPattern
from nodes.sources.screen import ScreenRegion
from nodes.sources.solid import SolidColor
from nodes.sources.stills import find_stills
from nodes.sources.text import TextCard

DT = FLICKS_PER_SECOND // 30


def ready(node: Any, width: int = 140, height: int = 96, seed: int = 0) -> Any:
    node.ctx = Context(stream=Stream(width, height, Fraction(30)), rng=Rng(seed))
    node.setup(node.ctx)
    return node


def at(node: Any, index: int) -> Frame:
    return node.process(Tick(index * DT, DT, index))


def write(path: Path, picture: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), picture)
    return path


def noise(*shape: int, deep: bool = False) -> np.ndarray:
    top, kind = (65536, np.uint16) if deep else (256, np.uint8)
    return np.random.default_rng(0).integers(0, top, shape).astype(kind)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".webp", ".ppm"])
def test_a_still_is_what_is_in_the_file(tmp_path: Path, suffix: str) -> None:
    flat = np.full((20, 31, 3), (10, 120, 250), np.uint8)
    frame = at(ready(StillImage(path=write(tmp_path / f"a{suffix}", flat))), 0)
    assert (frame.height, frame.width) == (20, 31)
    assert (frame.tensor[0, :, 5, 5] * 255 - torch.tensor([250, 120, 10])).abs().max() < 2.5


def test_sixteen_bits_and_alpha_are_kept(tmp_path: Path) -> None:
    picture = noise(12, 10, 4, deep=True)
    frame = at(ready(StillImage(path=write(tmp_path / "a.png", picture))), 0)
    stored = torch.cat([frame.tensor.flip(1), frame.alpha], 1)[0].permute(1, 2, 0).numpy()
    assert np.abs(stored * 65535 - picture).max() < 0.6


def palette_png(picture: np.ndarray) -> bytes:
    """A PNG of colour type 3 whose colour n is 16 n in grey."""
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    size = struct.pack(">II", *reversed(picture.shape))
    colours = bytes(value for n in range(16) for value in [16 * n] * 3)
    parts = [(b"IHDR", size + bytes([8, 3, 0, 0, 0])), (b"PLTE", colours)]
    parts += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    made = b"\x89PNG\r\n\x1a\n"
    for name, body in parts:
        made += (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )
    return made


@pytest.mark.parametrize("mode", ["grey", "grey16", "palette"])
def test_grey_and_palette_pictures(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    grey = np.tile(np.arange(16, dtype=np.uint8) * 16, (16, 1))
    if mode == "palette":
        path.write_bytes(palette_png(grey // 16))
    else:
        write(path, grey if mode == "grey" else grey.astype(np.uint16) * 257)
    seen = at(ready(StillImage(path=path)), 0).tensor[0, 0, 3] * 255
    assert (seen - torch.arange(16) * 16).abs().max() < 0.6


@pytest.mark.parametrize(("tag", "turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_a_photo_stands_upright(tmp_path: Path, tag: int, turns: int) -> None:
    picture = np.zeros((16, 32, 3), np.uint8)
    picture[:8, :8] = 255
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([tag]) + bytes(6)
    marker = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (tmp_path / "a.jpg").write_bytes(data[:2] + marker + data[2:])
    frame = at(ready(StillImage(path=tmp_path / "a.jpg")), 0)
    expected = torch.from_numpy(picture[:, :, 0] / 255).rot90(turns)
    assert (frame.tensor[0, 0] - expected).abs().mean() < 0.05


def test_a_still_is_the_same_frame_until_its_file_changes(tmp_path: Path) -> None:
    node = ready(StillImage(path=write(tmp_path / "a.png", noise(8, 8, 3))))
    first = at(node, 0)
    assert at(node, 1) is first
    write(tmp_path / "a.png", noise(9, 9, 3))
    assert at(node, 2).width == 9


def test_a_broken_still_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(MediaError, match=r"a\.png"):
        ready(StillImage(path=tmp_path / "a.png"))


def test_a_picture_of_hostile_size_is_told(tmp_path: Path) -> None:
    header = bytearray(cv2.imencode(".png", noise(8, 8, 3))[1].tobytes())
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "a.png").write_bytes(header)
    with pytest.raises(MediaError):
        ready(StillImage(path=tmp_path / "a.png"))


def sequence(folder: Path, count: int = 12) -> Path:
    for index in range(count):
        write(folder / f"shot_{index + 1}.png", np.full((6, 8, 3), index * 10, np.uint8))
    return folder


def watch(node: ImageSequence, ticks: int) -> list[Any]:
    ready(node)
    given: list[Any] = []
    try:
        for index in range(ticks):
            given += list(node.process(Tick(index * DT, DT, index)))
    except EndOfStream:
        pass
    finally:
        node.teardown()
    return given


def shades(given: list[Any]) -> list[int]:
    return [round(float(one.value.tensor[0, 0, 0, 0]) * 25.5) for one in given]


@pytest.mark.parametrize("pattern", ["", "shot_*.png", "shot_%d.png", "shot_%04d.png"])
def test_a_sequence_runs_in_natural_order(tmp_path: Path, pattern: str) -> None:
    given = watch(ImageSequence(path=sequence(tmp_path) / pattern), 50)
    assert shades(given) == list(range(12))
    assert [one.pts for one in given] == [i * DT for i in range(12)]


def test_a_sequence_has_its_own_rate_and_loops(tmp_path: Path) -> None:
    given = watch(ImageSequence(path=sequence(tmp_path, 3), fps=23.976, loop=True), 10)
    assert shades(given)[:7] == [0, 1, 2, 0, 1, 2, 0]
    assert given[1].pts == FLICKS_PER_SECOND * 1001 // 24000


def test_mixed_sizes_and_broken_pictures_do_not_stop_a_sequence(tmp_path: Path) -> None:
    sequence(tmp_path, 4)
    write(tmp_path / "shot_2.png", np.full((30, 20, 4), 10, np.uint8))
    (tmp_path / "shot_3.png").write_bytes(b"broken")
    given = watch(ImageSequence(path=tmp_path), 20)
    assert [(one.value.height, one.value.width) for one in given] == [(6, 8)] * 3
    assert given[1].value.alpha is not None


@pytest.mark.parametrize("what", ["", "gone", "empty", "gone/a_*.png"])
def test_a_sequence_of_nothing_is_told(tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MediaError):
        find_stills(tmp_path / what if what else Path())


def test_a_sequence_of_broken_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"broken")
    with pytest.raises(MediaError, match=r"a\.png"):
        watch(ImageSequence(path=tmp_path, loop=True), 3)


def test_bars_have_the_colours_of_the_standard() -> None:
    frame = at(ready(TestPattern(pattern="bars")), 0)
    assert (frame.height, frame.width) == (96, 140)
    seen = [frame.tensor[0, :, 10, 10 + 20 * bar].tolist() for bar in range(7)]
    colours = ["110", "011", "010", "101", "100", "001"]
    assert seen[0] == [0.75] * 3
    assert seen[1:] == [[0.75 * int(part) for part in one] for one in colours]


def test_a_checkerboard_is_black_and_white_in_equal_parts() -> None:
    picture = at(ready(TestPattern(pattern="checkerboard", cell=4)), 0).tensor
    assert set(picture.unique().tolist()) == {0.0, 1.0}
    assert picture.mean() == 0.5


def test_motion_moves_and_the_others_stand() -> None:
    for pattern in ("bars", "checkerboard", "gradient", "zone plate", "motion"):
        node = ready(TestPattern(pattern=pattern))
        same = torch.equal(at(node, 0).tensor, at(node, 7).tensor)
        assert same == (pattern != "motion")


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (16, 200)])
@pytest.mark.parametrize("pattern", ["bars", "checkerboard", "gradient", "zone plate", "motion"])
def test_patterns_of_any_size(pattern: str, size: tuple[int, int]) -> None:
    picture = at(ready(TestPattern(pattern=pattern), *size), 3).tensor
    assert picture.shape == (1, 3, size[1], size[0])
    assert 0 <= picture.min() <= picture.max() <= 1


@pytest.mark.parametrize("kind", ["clouds", "cells", "cracks"])
def test_noise_is_a_function_of_seed_and_time(kind: str) -> None:
    def film(seed: int) -> list[torch.Tensor]:
        node = ready(ProceduralNoise(kind=kind, drift_x=0.5), seed=seed)
        return [at(node, index).tensor for index in range(3)]

    assert all(torch.equal(a, b) for a, b in zip(film(1), film(1), strict=True))
    assert not torch.equal(film(1)[0], film(2)[0])
    assert not torch.equal(film(1)[0], film(1)[2])


def test_noise_takes_its_colours() -> None:
    red, blue = Color("#ff0000"), Color("#0000ff")
    node = ready(ProceduralNoise(colors="three", low=red, middle=red, high=blue, contrast=8.0))
    picture = at(node, 0).tensor
    assert picture[:, 1].abs().max() == 0
    assert picture[:, 0].max() == picture[:, 2].max() == 1


def test_a_solid_colour_is_one_frame() -> None:
    node = ready(SolidColor(color=Color("#ff8000")))
    frame = at(node, 0)
    assert frame.tensor[0, :, 3, 3].tolist() == pytest.approx([1, 128 / 255, 0])
    assert frame.alpha is None
    assert at(node, 1) is frame
    node.opacity = 0.25
    assert at(node, 2).alpha.mean() == 0.25


@pytest.mark.parametrize(
    "text", ["", "A", "Ünïcode 日本語 😀\x00\t", "w" * 500, "a\n\n\nb", "שלום"]
)
@pytest.mark.parametrize("scroll", [0.0, 0.7])
def test_any_text_is_drawn(text: str, scroll: float) -> None:
    node = ready(TextCard(text=text, opacity=0.0, scroll=scroll))
    frame = [at(node, index) for index in (0, 20)][-1]
    assert frame.tensor.isfinite().all()
    assert frame.tensor.shape == (1, 3, 96, 140)
    assert (frame.alpha.max() > 0.5) or text in ("", "a\n\n\nb") or scroll


def test_text_stands_where_it_is_told() -> None:
    def centre(align: str) -> float:
        frame = at(ready(TextCard(text="I", align=align, size=0.5)), 0)
        columns = frame.tensor[0, 0].sum(0)
        return float((columns * torch.arange(140)).sum() / columns.sum())

    assert centre("left") < 40 < 60 < centre("center") < 80 < 100 < centre("right")


def test_text_without_opencvs_fonts_is_still_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "FontFace", raising=False)
    cover = letters.lettering("Hällo", width=140, height=96, size=30)
    assert cover.max() > 0.9


class FakeScreen:
    monitors = (
        {"left": 0, "top": 0, "width": 30, "height": 20},
        {"left": 10, "top": 5, "width": 20, "height": 15},
    )

    def grab(self, region: dict[str, int]) -> Any:
        pixels = np.zeros((region["height"], region["width"], 4), np.uint8)
        pixels[:, :, 0], pixels[:, :, 2] = region["left"], 255
        size = {"height": region["height"], "width": region["width"]}
        return SimpleNamespace(raw=bytearray(pixels.tobytes()), **size)

    def close(self) -> None: ...


def test_a_part_of_the_screen_is_what_is_there() -> None:
    node = ScreenRegion(monitor=1, left=4, top=2, width=8)
    node.open_screen = lambda cursor: FakeScreen()
    frame = at(ready(node), 0)
    assert (frame.height, frame.width) == (13, 8)
    assert frame.tensor[0, :, 0, 0].tolist() == pytest.approx([1, 0, 14 / 255])
    node.monitor = 5
    with pytest.raises(DeviceError, match="no screen 5"):
        at(node, 1)
    node.teardown()


def test_without_a_display_the_screen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(DeviceError, match="no screen can be captured"):
        ready(ScreenRegion())


def test_every_source_says_what_it_is() -> None:
    for node in (StillImage, ImageSequence, TestPattern, ProceduralNoise, SolidColor, TextCard):
        assert issubclass(node, Node)
        assert node.spec.id.startswith("sources.")
