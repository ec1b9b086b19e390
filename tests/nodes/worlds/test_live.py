"""Worlds that go on for ever: they are the clips' worlds, without ends, at any size."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from functools import cache

import pytest
import torch

from nodes.worlds.air import KINDS, Air
from nodes.worlds.clip import ClipPainter, render_clips
from nodes.worlds.clip_motion import AHEAD, FPS, PAN, SIDEWAYS, is_flying
from nodes.worlds.clip_words import ClipWords, describe_clip, draw_clip_words
from nodes.worlds.endless import SEAM, columns, joined, skyline
from nodes.worlds.gaits import CREATURES
from nodes.worlds.journey import NEARER, Journey, Position
from nodes.worlds.land_strips import Land, Place, paint_land
from nodes.worlds.live import LiveWorld
from nodes.worlds.live_words import TABLES, LiveWords, read, say
from nodes.worlds.sea import FAST, SLOW, WET, Sea, wave_texture
from nodes.worlds.styles import STYLE_FILTERS

SIDE = 48
MEANS = [
    0.58752,
    0.413367,
    0.587658,
    0.599601,
    0.534618,
    0.332627,
]  # what models learnt
SPREADS = [0.27714, 0.182762, 0.277831, 0.279548, 0.185151, 0.125788]


def words_of(clip: ClipWords) -> LiveWords:
    still = clip.still
    return LiveWords(
        scene=still.scene,
        time=still.time,
        thing=still.thing,
        colour=still.colour,
        motion=clip.motion,
        style=still.style,
        camera=clip.camera,
    )


def land_of(words: LiveWords, seed: int = 0, width: int = SIDE) -> Land:
    flying = bool(is_flying([words.clip])[0])
    return painted(Place(words.scene, words.time, flying, seed, SIDE, width))


@cache
def painted(place: Place) -> Land:
    return paint_land(place)


def world_of(seed: int = 0, width: int = SIDE, **words: str) -> LiveWorld:
    said = LiveWords(**words).fitted()
    return LiveWorld(said, land_of(said, seed, width))


def position(camera: str, seconds: float, middle: float = 0.0) -> Position:
    """Where a clip is after some seconds, whose pan is in the middle of its way at `middle`."""
    return Position(
        seconds,
        SIDEWAYS.get(camera, 0.0) * (seconds - middle),
        AHEAD.get(camera, 0.0) * seconds,
        (FAST if camera == "forward" else SLOW) * seconds,
    )


def test_the_training_clips_of_a_seed_stay_what_they_are() -> None:
    clips = ClipPainter(5).batch(6, 3, 32)
    assert clips.texts[0] == "a city in a storm, vaporwave, flying forward"
    assert clips.frames.mean((1, 2, 3, 4)).tolist() == pytest.approx(MEANS, abs=1e-5)
    assert clips.frames.std((1, 2, 3, 4)).tolist() == pytest.approx(SPREADS, abs=1e-5)


def clips_without_rim() -> list[tuple[int, ClipWords]]:
    """Words whose worlds differ from the clips' in nothing that is mended or slides on a ring."""
    dice = random.Random(2)
    drawn = [(seed, draw_clip_words(dice)) for seed in range(40)]
    return [(seed, w) for seed, w in drawn if w.still.time not in ("storm", "aurora")][:6]


@pytest.mark.parametrize(("seed", "clip"), clips_without_rim())
def test_a_square_frame_is_the_frame_of_the_clip_at_that_moment(seed: int, clip: ClipWords) -> None:
    clip = replace(clip, still=replace(clip.still, style="photo"))
    film = render_clips([clip], [""], 9, SIDE, torch.Generator().manual_seed(seed))
    world = LiveWorld(words_of(clip), land_of(words_of(clip), seed))
    rim = SIDE // 32  # lines at the top, whose clouds are mended; water mirrors them
    end = round(float(world.worlds.horizon) * SIDE) if clip.still.scene in WET else SIDE
    for frame in (0, 4, 8):
        moment = world.at(position(clip.camera, frame / FPS, 4 / FPS))
        off = (moment.picture[0] - film.frames[0, frame]).abs()
        assert off[:, rim:end].max() < 2e-3
        assert off[:, rim:].mean() < 1e-3
        assert float(moment.track.u) == pytest.approx(float(film.track.u[0, frame]), abs=1e-5)
        assert float(moment.track.v) == pytest.approx(float(film.track.v[0, frame]), abs=1e-5)


@pytest.mark.parametrize("camera", ["left", "orbit", "forward", "backward"])
@pytest.mark.parametrize("scene", ["city", "sea"])
def test_no_moment_jumps_however_long_it_plays(camera: str, scene: str) -> None:
    world = world_of(scene=scene, time="day", camera=camera, width=85)
    for start in (0.0, 3600.0):
        pair = [world.at(position(camera, start + step / 96)).picture for step in range(6)]
        jumps = [float((b - a).abs().mean()) for a, b in itertools.pairwise(pair)]
        assert max(jumps) < 0.02


def test_a_pan_round_the_ring_meets_no_seam() -> None:
    world = world_of(scene="mountains", camera="right", width=85)
    frames = [world.at(Position(side=0.4 * step)).picture for step in range(30)]
    steps = torch.stack([(f[..., 1:] - f[..., :-1]).abs().amax(1).mean(1) for f in frames])
    assert float(steps.max()) < 0.35  # no column is a wall


def test_two_tiles_join_at_the_height_of_both_skylines() -> None:
    high, wide = 32, 96
    cover = torch.zeros(2, 4, high, wide)
    cover[0, 3, 8:], cover[1, 3, 24:] = 1, 1
    lines = skyline(joined(cover[0], cover[1], bend=True)[3])
    ring = torch.cat([lines, lines[:1]])
    assert (ring[1:] - ring[:-1]).abs().max() < 2.5
    assert len(lines) == 2 * (wide - round(SEAM * high))


def test_columns_of_a_ring_may_begin_anywhere() -> None:
    ring = torch.arange(5.0)
    assert columns(ring, -2, 4).tolist() == [3, 4, 0, 1]
    assert columns(ring, 103, 12).tolist() == [3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]


def test_waves_after_a_long_pan_are_as_smooth_as_at_its_start() -> None:
    sea = Sea.of(world_of(scene="sea").worlds, [0], wave_texture(1, torch.Generator()))
    v, u = torch.meshgrid(torch.linspace(0.8, 1, 40), torch.linspace(0, 1, 40), indexing="ij")

    def rough(shift: float) -> float:
        waves = sea.endless_waves(u[None], v[None], shift, 0.0)
        return float((waves[:, 1:] - waves[:, :-1]).abs().mean())

    assert rough(1234.5) < 3 * rough(0.0)
    before, after = (sea.endless_waves(u[None], v[None], 2 + e, 0.0) for e in (-1e-4, 1e-4))
    assert (before - after).abs().max() < 0.02


def test_a_wide_frame_has_the_square_one_in_its_middle() -> None:
    square = world_of(scene="canyon", time="day", thing="orb", camera="right")
    wide = world_of(scene="canyon", time="day", thing="orb", camera="right", width=SIDE * 2)
    at = position("right", 3.0)
    middle = wide.at(at).picture[..., SIDE // 2 : -SIDE // 2]
    assert (middle - square.at(at).picture).abs().mean() < 0.02  # the sun's glow has no rim there
    assert wide.middle(wide.at(at))[0] == pytest.approx(
        (square.middle(square.at(at))[0] + 0.5) / 2, abs=1e-6
    )


def test_the_mask_is_where_the_thing_is() -> None:
    world = world_of(scene="meadow", time="day", thing="orb", colour="blue")
    moment, bare = world.at(Position()), world_of(scene="meadow", time="day").at(Position())
    differs = (moment.picture - bare.picture).abs().amax(1, keepdim=True) > 0.05
    assert (differs & (moment.mask < 0.01)).sum() == 0
    rows, columns_ = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    weight = moment.mask[0, 0] / moment.mask.sum()
    x, y = world.middle(moment)
    assert float((weight * (columns_ + 0.5)).sum()) == pytest.approx(x * SIDE, abs=1)
    assert float((weight * (rows + 0.5)).sum()) == pytest.approx(y * SIDE, abs=1)


@pytest.mark.parametrize("style", STYLE_FILTERS)
def test_a_style_does_not_flicker_over_a_still_world(style: str) -> None:
    world = world_of(scene="forest", time="day", style=style)
    first, again = (world.at(Position()).picture for _ in range(2))
    assert torch.equal(first, again)
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert float((first - world_of(scene="forest", time="day").at(Position()).picture).std()) > 0.02


@pytest.mark.parametrize("thing", CREATURES)
def test_a_creature_moves_its_limbs_and_stands_on_its_colour(thing: str) -> None:
    world = world_of(scene="meadow", time="day", thing=thing, colour="blue", camera="orbit")
    first, later = world.at(Position(0.0)), world.at(Position(0.3))
    assert float((first.mask - later.mask).abs().sum()) > 10
    seen = first.picture[0, :, first.mask[0, 0] > 0.99]
    assert float(seen[2].mean()) > float(seen[0].mean())


def test_a_creature_crosses_a_still_frame_and_keeps_up_with_a_pan() -> None:
    still, pan = (world_of(thing="horse", scene="meadow", camera=c) for c in ("still", "right"))
    moved = [float(still.at(Position(s, run=s)).track.u) for s in (0.0, 1.0)]
    assert moved[1] - moved[0] == pytest.approx(0.3, abs=1e-5)
    kept = [float(pan.at(replace(position("right", s), run=s)).track.u) for s in (0.0, 1.0)]
    assert abs(kept[1] - kept[0]) < 0.08


@pytest.mark.parametrize("thing", ["bird", "fish", "horse"])
def test_a_creature_faces_the_way_it_goes(thing: str) -> None:
    world = world_of(thing=thing, scene="meadow", camera="still", width=2 * SIDE)
    masks = [world.at(Position(0.3, heading=way)).mask[0, 0] for way in (1.0, -1.0)]
    middle = world.middle(world.at(Position(0.3)))[0] * 2 * SIDE - 0.5
    columns_ = torch.arange(2 * SIDE) - middle
    leans = [float((mask.sum(0) * columns_).sum() / mask.sum()) for mask in masks]
    assert leans[0] == pytest.approx(-leans[1], abs=0.4)
    assert float((masks[0] - masks[1]).abs().sum()) > 10
    assert masks[0].sum() == pytest.approx(float(masks[1].sum()), rel=0.05)


def test_a_creature_turns_round_with_the_camera_and_keeps_beside_it() -> None:
    journey = Journey()
    for step in range(200):
        journey = journey.after(1 / 24, "right" if step < 60 else "left", 1 / 24)
        ahead = PAN * (journey.run - journey.pan)
        assert abs(ahead) < 1e-6
    assert journey.position("left").heading == pytest.approx(-1, abs=0.01)
    on = journey.after(1 / 24, "tilt", 1 / 24)
    assert on.position("tilt").heading == pytest.approx(-1, abs=0.01)


def test_a_dolly_goes_in_and_back_and_nears_what_is_near() -> None:
    world = world_of(scene="city", time="day", thing="house", camera="dolly")
    wide, close = (world.at(Position(nearer=metres)) for metres in (0.0, 1.6))
    assert float(close.track.radius / wide.track.radius) == pytest.approx(6 / 4.4)
    grown = [
        float(a.scale / b.scale) for a, b in zip(close.stand.ridges, wide.stand.ridges, strict=True)
    ]
    assert grown == sorted(grown)
    assert 1.02 < grown[0] < 1.1 < grown[-1]


def test_a_swing_ends_where_it_began_and_eases_out_when_the_camera_is_let_go() -> None:
    journey = Journey()
    ways = []
    for _ in range(24 * 12):
        journey = journey.after(1 / 24, "dolly", 1 / 24)
        ways.append(journey.position("dolly").nearer)
    assert max(ways) == pytest.approx(NEARER, rel=1e-3)
    assert abs(ways[-1]) < 1e-3
    for _ in range(24 * 6):
        journey = journey.after(1 / 24, "dolly", 1 / 24)
    gone = []
    for _ in range(48):
        journey = journey.after(1 / 24, "still", 1 / 24)
        gone.append(journey.position("still").nearer)
    assert gone[0] > 0.8 * NEARER > 0.02 > gone[-1]
    assert all(b < a for a, b in itertools.pairwise(gone))


def test_pace_is_the_cameras_and_not_the_worlds() -> None:
    slow, quick = (Journey().after(1.0, "right", 1.0, pace=pace) for pace in (1.0, 3.0))
    assert quick.pan == pytest.approx(3 * slow.pan)
    assert (quick.seconds, quick.run) == (slow.seconds, slow.run)


def test_two_worlds_of_one_style_dissolve_on_one_paper() -> None:
    oil, other = (world_of(seed=seed, scene="forest", time="day", style="oil") for seed in (0, 1))
    film = oil.film(Position()).picture
    assert oil.shares_style(other)
    assert torch.allclose(oil.styled(film, other, 0.0), oil.styled(film), atol=1e-6)
    assert torch.allclose(oil.styled(film, other, 1.0), other.styled(film), atol=1e-6)
    assert not oil.shares_style(world_of(scene="forest", time="day", style="ink"))


@pytest.mark.parametrize("weather", ["rain", "snow"])
def test_weather_falls_on_any_scene_and_clear_air_has_none(weather: str) -> None:
    dry = world_of(scene="desert", time="storm", weather="clear").at(Position()).picture
    wet = world_of(scene="desert", time="storm", weather=weather).at(Position()).picture
    assert float((wet - dry).abs().mean()) > 0.002
    fitting = world_of(scene="city", time="storm").at(Position()).picture
    rain = world_of(scene="city", time="storm", weather="rain").at(Position()).picture
    assert torch.equal(fitting, rain)


@pytest.mark.parametrize("kind", KINDS)
def test_what_floats_in_the_air_comes_back_neither_suddenly_nor_twice(kind: str) -> None:
    air, film = Air(kind, 3, 1.5), torch.zeros(1, 3, 32, 48)
    air.lay(film, 5.0, 0.1)
    again, later = torch.zeros_like(film), torch.zeros_like(film)
    air.lay(again, 5.0, 0.1)
    air.lay(later, 5.02, 0.1)
    assert torch.equal(film, again)
    assert 0 < float((later - film).abs().max()) < 0.5
    assert 0 < float(film.max()) <= 1


def test_a_journey_with_a_steady_hand_is_the_way_of_a_clip() -> None:
    journey = Journey()
    for _ in range(48):
        journey = journey.after(1 / 24, "left", 1 / 24)
    assert journey.position("left").side == pytest.approx(-2.0)
    assert journey.position("left").waves == pytest.approx(2 * SLOW)


def test_a_camera_that_turns_round_slows_down_first() -> None:
    journey = Journey().after(1.0, "right", 1.0)
    turned = journey.after(1 / 24, "left", 1 / 24)
    assert turned.pan > journey.pan
    for _ in range(96):
        turned = turned.after(1 / 24, "left", 1 / 24)
    assert turned.pan < journey.pan


def test_all_that_can_be_said_is_read_back() -> None:
    dice = random.Random(4)
    for _ in range(100):
        drawn = {name: dice.choice(list(table)) for name, table in TABLES.items()}
        words = LiveWords(**drawn).fitted()
        bare = LiveWords(words.scene, words.time, colour=words.colour)
        assert read(say(words), bare) == words, say(words)


def test_what_the_clips_say_of_themselves_is_read_without_a_mistake() -> None:
    dice = random.Random(5)
    for _ in range(150):
        clip = draw_clip_words(dice)
        words, text = words_of(clip), describe_clip(clip, dice)
        assert read(text, words) == words, text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "A GREY horse, galloping through snow!",
            {"colour": "grey", "thing": "horse", "scene": "snow"},
        ),
        ("rainy city by night", {"scene": "city", "time": "night", "weather": "rain"}),
        ("an orange sky", {}),
        (
            "van gogh, fireflies, zoom out",
            {"style": "oil", "air": "fireflies", "camera": "backward"},
        ),
        ("red balloon and blue boat", {"colour": "red", "thing": "balloon"}),
        ("", {}),
        ("¿qué?", {}),
    ],
)
def test_a_text_changes_what_it_speaks_of_and_nothing_else(text: str, said: dict[str, str]) -> None:
    otherwise = LiveWords(time="sunset", thing="tree")
    assert read(text, otherwise) == replace(otherwise, **said)


def test_things_on_the_ground_stay_there() -> None:
    assert LiveWords(thing="house", motion="circling").fitted().motion == "swaying"
    assert LiveWords(thing="boat", scene="desert").fitted().scene == "sea"
    assert LiveWords(thing="horse", camera="forward").fitted().camera == "right"
