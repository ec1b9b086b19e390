"""`slipstream render`: films, words that cannot be, files that are broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.app import shows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Says = Callable[..., tuple[int, str]]


def test_every_frame_of_the_clip_becomes_a_frame_of_the_film(
    says: Says, show: Path, folder: Path
) -> None:
    code, said = says("render", show, "--out", "out.mp4")
    assert code == 0
    assert "out.mp4" in said
    made = shows.pictures(folder / "out.mp4")
    assert [picture.shape for picture in made] == [(48, 64, 3)] * 12
    assert np.all(np.diff([picture.mean() for picture in made]) > 0)


def test_two_renders_are_equal_to_the_byte(says: Says, show: Path, folder: Path) -> None:
    made = []
    for _ in range(2):
        assert says("render", show, "--out", "out.mp4", "--set", "grade.hue=40")[0] == 0
        made.append((folder / "out.mp4").read_bytes())
    assert made[0] == made[1]


def test_without_out_the_film_is_named_after_the_document_and_replaces_none(
    says: Says, show: Path, folder: Path
) -> None:
    for name in ("show.mp4", "show_2.mp4"):
        assert name in says("render", show, "--frames", ":2")[1]
        assert (folder / name).is_file()


def test_frames_choose_a_part(says: Says, show: Path, folder: Path) -> None:
    assert says("render", show, "--out", "all.mkv", "--frames", ":6")[0] == 0
    assert says("render", show, "--out", "part.mkv", "--frames", "3:5")[0] == 0
    whole, part = shows.pictures(folder / "all.mkv"), shows.pictures(folder / "part.mkv")
    assert len(part) == 2
    assert abs(part[0].mean() - whole[3].mean()) < 2


def test_input_takes_the_place_of_the_clip_and_gives_size_and_rate(
    says: Says, show: Path, folder: Path
) -> None:
    shows.film(folder / "other.mp4", frames=10, size=(96, 64), fps=25)
    assert says("render", show, "--input", "other.mp4", "--out", "out.mp4")[0] == 0
    made = shows.pictures(folder / "out.mp4")
    assert (len(made), made[0].shape) == (10, (64, 96, 3))


def test_set_changes_a_parameter(says: Says, show: Path, folder: Path) -> None:
    assert says("render", show, "--out", "out.mp4", "--set", "grade.out_white=0")[0] == 0
    assert max(picture.max() for picture in shows.pictures(folder / "out.mp4")) < 8


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("grade.hu=1", "did you mean 'hue'?"),
        ("grad.hue=1", "there is no node 'grad'; did you mean 'grade'?"),
        ("video.hue=1", "there is no node 'video'; there are "),
        ("grade.contrast=17", "contrast = 17.0 is outside 0 to 16"),
        ("grade.contrast=nan", "contrast takes a number, not nan"),
        ("grade.contrast=much", "contrast takes a number, not 'much'"),
        ("clip.loop=lop", "did you mean 'loop'?"),
        ("clip.audio=maybe", "audio takes true or false, not 'maybe'"),
        ("grade.contrast", "--set takes node.param=value, not 'grade.contrast'"),
        ("contrast=2", "--set takes node.param=value, not 'contrast=2'"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(
    says: Says, show: Path, word: str, sentence: str
) -> None:
    code, said = says("render", show, "--out", "out.mp4", "--set", word)
    assert code == 2
    assert sentence in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "show.json"),
        ("{", "show.json"),
        ("[]", "show.json"),
        ('{"nodes": {}}', "it has no format"),
        ('{"format": 99, "app": "9.0"}', "format 99"),
        ('{"format": 1, "nodes": {"a": 3}}', "nodes.a"),
        ('{"format": 1, "stream": {"width": 3}}', "width"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(
    says: Says, folder: Path, text: str, sentence: str
) -> None:
    (folder / "show.json").write_text(text)
    code, said = says("render", "show.json")
    assert code == 2
    assert sentence in said


def test_a_missing_document_is_named_with_the_nearest(says: Says, show: Path) -> None:
    assert says("render", "shwo.json") == (
        2,
        "slipstream: there is no document shwo.json; did you mean 'show.json'?\n",
    )


def test_a_missing_preset_is_named_with_the_nearest(says: Says) -> None:
    code, said = says("render", "feedback_tunel")
    assert code == 2
    assert "did you mean 'feedback_tunnel'?" in said


def test_an_unknown_node_stops_the_render_and_says_where_to_look(
    says: Says, folder: Path, clip: Path
) -> None:
    data = json.loads(shows.show(folder / "show.json", clip).read_text())
    data["nodes"]["grade"]["type"] = "compose.colour"
    (folder / "show.json").write_text(json.dumps(data))
    code, said = says("render", "show.json", "--out", "out.mp4")
    assert code == 2
    assert "'compose.colour', which is not installed; did you mean 'compose.color'?" in said
    assert not (folder / "out.mp4").exists()


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("gone/out.mp4", "there is no folder"),
        ("out.avi", "ends in '.avi'"),
        ("taken.mp4", "it is a folder"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused(
    says: Says, show: Path, folder: Path, out: str, sentence: str
) -> None:
    (folder / "taken.mp4").mkdir()
    code, said = says("render", show, "--out", out)
    assert code == 2
    assert sentence in said


def hostile(folder: Path) -> dict[str, bytes]:
    whole = shows.film(folder / "whole.mp4").read_bytes()
    return {
        "empty.mp4": b"",
        "text.mp4": b"hello\n" * 100,
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        "cut.mp4": whole[: len(whole) // 3],
    }


@pytest.mark.parametrize("name", ["empty.mp4", "text.mp4", "list.m3u8", "cut.mp4", "gone.mp4", ""])
def test_an_input_that_is_no_clip_is_one_sentence(
    says: Says, show: Path, folder: Path, name: str
) -> None:
    files = hostile(folder)
    if name in files:
        (folder / name).write_bytes(files[name])
    code, said = says("render", show, "--input", folder / name, "--out", "out.mp4")
    assert code == 2
    assert said.count("\n") == 1
    assert str(folder / name) in said


def test_a_clip_that_is_missing_from_the_document_names_its_node(says: Says, folder: Path) -> None:
    show = shows.show(folder / "show.json", folder / "gone.mp4")
    code, said = says("render", show, "--out", "out.mp4")
    assert code == 1
    assert "slipstream: clip: there is no file" in said


def test_quiet_says_the_result_alone(says: Says, show: Path) -> None:
    _, said = says("render", show, "--out", "out.mp4", "--quiet")
    assert said.count("\n") == 1
