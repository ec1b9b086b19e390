"""Moving worlds: seeded, true to their words, moving as the camera and the track say."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import torch

from assets.recipes.video_latents import mirror_text
from assets.recipes.video_pool import ClipPool
from nodes.worlds.clip import ClipPainter, Clips, render_clips
from nodes.worlds.clip_motion import LED, Lead, draw_lead
from nodes.worlds.clip_words import (
    CAMERAS,
    CLIP_SCENES,
    CLIP_STYLES,
    MOTIONS,
    ClipWords,
    clip_vocabulary,
    describe_clip,
    draw_clip_words,
    fitting,
)
from nodes.worlds.words import COLOURS, Words

if TYPE_CHECKING:
    from pathlib import Path


def words(
    *, scene: str = "meadow", thing: str = "none", motion: str = "still", camera: str = "still"
) -> ClipWords:
    return ClipWords(Words(scene, "day", thing, "red", "blue", "photo"), motion, camera)


def clip(of: ClipWords, frames: int = 5, side: int = 32) -> Clips:
    return render_clips([of], ["text"], frames, side, torch.Generator().manual_seed(0))


def test_the_same_seed_paints_the_same_clips() -> None:
    first, again = ClipPainter(3).batch(2, 5, 32), ClipPainter(3).batch(2, 5, 32)
    assert torch.equal(first.frames, again.frames)
    assert first.texts == again.texts


@pytest.mark.parametrize("scene", CLIP_SCENES)
@pytest.mark.parametrize("style", CLIP_STYLES)
def test_every_scene_and_style_is_a_film_within_range(scene: str, style: str) -> None:
    still = Words(scene, "storm", "orb", "red", "blue", style)
    film = clip(ClipWords(still, "floating", "forward")).frames
    assert film.shape == (1, 5, 3, 32, 32)
    assert film.min() >= 0
    assert film.max() <= 1


@pytest.mark.parametrize("camera", [name for name in CAMERAS if name != "still"])
def test_a_moving_camera_moves_the_ground(camera: str) -> None:
    still, moved = (clip(words(camera=c)).frames[0, :, :, 20:] for c in ("still", camera))
    assert moved.diff(dim=0).abs().mean() > 3 * still.diff(dim=0).abs().mean()


def test_a_pan_to_the_right_moves_the_ground_to_the_left() -> None:
    ground = clip(words(camera="right"), frames=7, side=64).frames[0, :, :, 48:]
    here, there = ground[0], ground[6]
    shifted = [(here[..., 8:-8] - there.roll(s, 2)[..., 8:-8]).abs().mean() for s in range(-8, 9)]
    assert torch.stack(shifted).argmin() > 8


def test_the_track_is_where_the_thing_is() -> None:
    made = clip(words(thing="orb", motion="circling"), frames=25, side=64)
    for moment in (0, 12, 24):
        red = made.frames[0, moment, 0] - made.frames[0, moment, 1]
        v, u = divmod(int(red.argmax()), 64)
        apart = (u / 64 - made.track.u[0, moment]) ** 2 + (v / 64 - made.track.v[0, moment]) ** 2
        assert apart.sqrt() < made.track.radius[0, moment]


def test_things_on_the_ground_are_not_flown_over() -> None:
    assert fitting(words(thing="house", camera="forward")).camera == "right"
    assert fitting(words(thing="boat")).still.scene == "sea"
    assert fitting(words(thing="tree", scene="sea")).still.scene == "islands"


def test_all_that_is_said_is_in_the_vocabulary() -> None:
    dice, known = random.Random(0), set(clip_vocabulary())
    for _ in range(300):
        said = describe_clip(draw_clip_words(dice), dice).replace(",", " ").replace("-", " ")
        assert set(said.lower().split()) <= known


def test_a_text_names_the_colour_and_the_motion() -> None:
    dice = random.Random(1)
    for _ in range(100):
        drawn = draw_clip_words(dice)
        text = describe_clip(drawn, dice)
        if drawn.still.thing != "none":
            assert drawn.still.colour in COLOURS
            assert drawn.still.colour in text
        if drawn.motion != "still":
            assert any(phrase in text for phrase in MOTIONS[drawn.motion])


def test_a_mirrored_text_turns_left_and_right_and_leaves_an_orbit_unsaid() -> None:
    assert mirror_text("a city at night, pan left") == "a city at night, pan right"
    assert mirror_text("a city, the camera orbits") == "a city"


def test_a_pool_gives_back_what_it_painted(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("pool")
    pool = ClipPool(folder, side=16, frames=5, seed=1, chunk=3)
    pool.paint_next()
    again = ClipPool(folder, side=16, frames=5, seed=1, chunk=3)
    assert again.count() == 1
    assert again.chunk_at(0).frames.shape == (3, 5, 3, 16, 16)
    assert again.chunk_at(0).things.shape == (3, 5, 3)


def led(across: float, down: float, *, frames: int = 25) -> Clips:
    lead = Lead(torch.zeros(1, 2, 1), torch.tensor([across, down]).view(1, 2, 1))
    rng = torch.Generator().manual_seed(0)
    return render_clips([words(thing="orb")], ["text"], frames, 64, rng, lead)


def test_a_thing_that_is_led_goes_where_its_track_says() -> None:
    made = led(0.3, -0.1)
    ends = [middle_of_red(made.frames[0, at]) for at in (0, -1)]
    for axis, track in enumerate((made.track.u[0], made.track.v[0])):
        gone = track[-1] - track[0]
        assert gone == pytest.approx((0.3, -0.1)[axis], abs=1e-4)
        assert ends[1][axis] - ends[0][axis] == pytest.approx(float(gone), abs=0.03)


def middle_of_red(picture: torch.Tensor) -> tuple[float, float]:
    red = (picture[0] - picture[1:].amax(0)).clamp_min(0) > 0.2
    down, across = (place.float().mean() / 64 for place in red.nonzero(as_tuple=True))
    return float(across), float(down)


def test_leads_go_both_ways_within_their_limit_and_the_same_seed_leads_the_same_way() -> None:
    one, again = (draw_lead(64, torch.Generator().manual_seed(4)).speed for _ in range(2))
    assert torch.equal(one, again)
    for axis, most in enumerate(LED):
        assert one[:, axis].abs().max() <= most
        assert one[:, axis].min() < 0 < one[:, axis].max()


def test_every_clip_whose_things_are_led_has_one() -> None:
    made = ClipPainter(3, led=True).batch(6, 5, 16)
    assert all(one.still.thing != "none" for one in made.words)
    assert (made.track.u.diff(dim=1).abs() > 0).any(1).all()


def test_chunks_from_a_number_on_are_of_things_that_are_led(tmp_path: Path) -> None:
    pool = ClipPool(tmp_path, side=16, frames=5, seed=0, chunk=4, led_from=1)
    for _ in range(2):
        pool.paint_next()
    plain = ClipPool(tmp_path / "plain", side=16, frames=5, seed=0, chunk=4)
    plain.paint_next()
    assert torch.equal(pool.chunk_at(0).frames, plain.chunk_at(0).frames)
    things = pool.chunk_at(1).things
    assert (things[..., 2] > 0).all()
    assert (things[:, -1, 0] != things[:, 0, 0]).all()
