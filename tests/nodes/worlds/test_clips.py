"""Moving worlds: seeded, true to their words, moving as the camera and the track say."""

from __future__ import annotations

import random

import pytest
import torch

from assets.recipes.video_latents import mirror_text
from assets.recipes.video_pool import ClipPool
from nodes.worlds.clip import ClipPainter, Clips, render_clips
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
