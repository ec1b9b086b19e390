"""Claims about the judges of pictures: true worlds are found right, still ones do not move, and the
table has a column for everyone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from assets.recipes import video_parts
from nodes.rollout.steering import EASY, Steering
from tests.bench import bench_words, camera_figures, motion_figures, steer_judges
from tests.bench.camera_figures import CAMERAS, KINDS, cameras
from tests.bench.columns import Column, table
from tests.bench.photographs import photographs
from tests.bench.steer_judges import middles, track_errors, true_errors
from tests.bench.word_judges import (
    BandJudge,
    bands,
    drawn,
    moves,
    painted,
    plain,
    spread,
    told,
)

OTHER = {
    "left": "right",
    "right": "left",
    "forward": "backward",
    "backward": "forward",
    "orbit": "left",
}
EVERY = [(kind, camera) for kind, many in KINDS.items() for camera in many]


def test_prompts_are_the_same_every_time_and_say_everything() -> None:
    first, again = drawn(6), drawn(6)
    assert [one.text for one in first] == [one.text for one in again]
    with_thing = next(one for one in drawn(20) if one.words.still.thing != "none")
    assert with_thing.words.still.colour in with_thing.text


def test_a_camera_is_said_at_the_end() -> None:
    assert told(plain("desert", "night"), "pan left").text == "a desert at night, pan left"


@pytest.mark.parametrize(("camera", "way"), [("left", 1), ("right", -1), ("still", 0)])
def test_pans_have_their_sign(camera: str, way: int) -> None:
    pan = moves(painted(plain("meadow", camera=camera), frames=6, side=64, seed=3)).pan
    assert pan * way > 0.003 if way else abs(pan) < 0.001


@pytest.mark.parametrize(("camera", "way"), [("forward", 1), ("backward", -1)])
def test_zooms_have_their_sign(camera: str, way: int) -> None:
    assert moves(painted(plain("canyon", camera=camera), frames=6, side=64, seed=3)).zoom * way > 0


@pytest.mark.parametrize("time", ["day", "night", "sunset"])
def test_bands_tell_the_time_of_a_true_world(time: str) -> None:
    world = plain("mountains", time)
    said = BandJudge().says(painted(world, frames=1, side=64, seed=8)[0], world.still)
    assert said["time"] == time
    assert said["style"] == "photo"


def test_an_orbit_is_told_from_pans_and_goes_one_way() -> None:
    def orbit(camera: str, *, mirrored: bool = False) -> float:
        film = painted(plain("meadow", camera=camera), frames=6, side=64, seed=3)
        return moves(film.flip(3) if mirrored else film).orbit

    assert orbit("orbit") > 0.003
    assert max(orbit("left"), orbit("right"), orbit("orbit", mirrored=True)) < 0.001
    assert abs(orbit("still")) < 0.001


def test_true_cameras_go_the_right_way_and_exchanged_ones_do_not() -> None:
    films = {
        camera: painted(plain("meadow", camera=camera), frames=5, side=64, seed=4)
        for camera in CAMERAS
    }
    speeds = {camera: getattr(moves(films[camera]), kind) for kind, camera in EVERY}
    column, other = Column("worlds"), Column("exchanged")
    cameras(column, lambda one, _seed: films[one.words.camera], speeds)
    cameras(other, lambda one, _seed: films[OTHER[one.words.camera]], speeds)
    for kind in KINDS:
        assert column.rows[f"{kind} goes the right way"].startswith("100 %")
        assert other.rows[f"{kind} goes the right way"].startswith("0 %")


def test_bands_do_not_depend_on_the_size() -> None:
    picture = painted(plain("sea"), frames=1, side=128, seed=1)
    half = torch.nn.functional.avg_pool2d(picture, 2)
    assert torch.allclose(bands(picture), bands(half), atol=1e-3)


def test_a_led_thing_is_found_where_true_worlds_have_it() -> None:
    assert max(true_errors()) < 0.02


def test_what_is_not_there_is_half_a_width_off() -> None:
    grey = torch.full((40, 3, 32, 32), 0.5)
    assert middles(grey, "red").isnan().all()
    assert set(track_errors(lambda *_: grey)) == {0.5}


def test_a_thing_that_follows_its_point_has_no_error() -> None:
    def drawn_there(_what: object, steerings: Sequence[Steering], _seed: int) -> Tensor:
        begin, _, speed, _ = steerings[0].points[0]
        film = torch.full((9 + 12 * (len(steerings) - 1), 3, 64, 64), 0.4)
        for i, picture in enumerate(film):
            column = round(64 * (begin + speed * EASY * i / 24))
            picture[:, 20:30, column - 5 : column + 5] = torch.tensor([0.9, 0.1, 0.1]).view(3, 1, 1)
        return film

    assert max(track_errors(drawn_there)) < 0.01


def test_equal_pictures_have_no_spread() -> None:
    picture = torch.rand(1, 3, 32, 32)
    assert spread([picture, picture]) == 0
    assert spread([picture, 1 - picture]) > 0.05


def test_photographs_are_shots_or_none() -> None:
    found = photographs(32)
    assert found is None or found.shape[1:] == (5, 3, 32, 32)


def test_a_row_that_was_not_measured_is_a_dash() -> None:
    left, right = Column("a", {"x": "1"}), Column("b", {"y": "2"})
    assert table([left, right]).splitlines()[2:] == ["| x | 1 | - |", "| y | - | 2 |"]


FEWER = (  # of what is filmed: that all of it is measured counts here
    (motion_figures, "ASKED"),
    (camera_figures, "INLAND"),
    (steer_judges, "LED"),
    (steer_judges, "GREEN"),
)


@pytest.mark.slow
@pytest.mark.timeout(900)  # a machine that others load needs most of it
def test_a_small_model_is_measured_from_end_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for of, name in FEWER:
        monkeypatch.setattr(of, name, getattr(of, name)[:1])
    folder, out = tmp_path / "tiny", tmp_path / "table.md"
    video_parts.save(video_parts.build(0, "micro"), folder, side=32)
    call = ["--model", str(folder), "--previous", str(folder), "--prompts", "2", "--seeds", "1"]
    little = ["--drift-seconds", "2", "--films", "1", "--cuts", "1", "--sides", "32", "--no-image"]
    little += ["--threads", "1"]  # as the other tests: more wait for each other
    bench_words.main([*call, *little, "--out", str(out)])
    written = out.read_text(encoding="utf-8")
    assert written.startswith("| measure | worlds | untrained | previous | tiny |")
    for row in (
        "scene, by critic",
        "orbit goes the right way",
        "motion, by statistics",
        "colour kept over a cut",
        "brightness, first 1 s to last of 2",
        "seconds that the long films took",
    ):
        assert row in written
