"""Score: what lowers it, how it follows, and what is on air where it cannot be had."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import torch

from engine.errors import WeightsError
from engine.node import Context, Node, Tick
from engine.packet import flicks
from engine.values import Frame, Prompt, Trigger
from kernels.filters import gaussian_blur
from kernels.noise import fbm
from kernels.resize import resize
from nodes.perceive.score import Score
from nodes.worlds.clip import ClipPainter, render_clips
from nodes.worlds.clip_words import ClipWords
from nodes.worlds.words import Words
from tests.engine.harness import Hand
from tests.engine.harness import graph as new_graph
from tests.nodes.rollout.score.test_onnx import model

FPS = 24
SIZE = 64
PLAYED: list[Frame] = []
SAID = ("a desert", "a forest")


class Cloud(Node, id="test.cloud"):
    """A camera that moves over a cloudy picture."""

    def process(self, tick: Tick) -> Frame:
        return cloudy(tick.index)


class Screen(Node, id="test.screen"):
    """Keeps what it is shown."""

    def process(self, frame: Frame) -> None:
        PLAYED.append(frame)


def cloudy(at: int, *, size: int = SIZE, seed: int = 0) -> Frame:
    """A picture of a camera that moves 2 pixels from one to the next."""
    shown = sky(seed)[..., 2 * at : 2 * at + SIZE]
    return Frame(resize(shown, height=size, width=size))


@cache
def sky(seed: int) -> torch.Tensor:
    channels = [fbm(SIZE, 3 * SIZE, scale=24, octaves=4, seed=seed + c) for c in range(3)]
    return torch.cat(channels, 1)


def node(**params: object) -> Score:
    made = Score(**{"smooth": 0.0, "rate": 0.0, **params})
    made.ctx = Context()
    made.setup(made.ctx)
    return made


def scores(judge: Score, pictures: list[Frame], **inputs: Frame) -> list[float]:
    """Of pictures at 24 a second."""
    ticks = (Tick(flicks(at / FPS), flicks(1 / FPS), at) for at in range(len(pictures)))
    return [
        judge.process(tick, picture, **inputs).score
        for tick, picture in zip(ticks, pictures, strict=True)
    ]


def network(folder: Path) -> Path:
    """An ONNX file whose answer is the mean of what it is shown."""
    path = folder / "critic.onnx"
    path.write_bytes(model("ReduceMean", (1, 3, 8, 8)))
    return path


def test_the_picture_is_passed_on_as_it_is():
    picture = cloudy(0)
    assert node().process(Tick(0, flicks(1 / FPS)), picture).out is picture


def test_a_blurred_picture_scores_below_a_sharp_one():
    sharp = cloudy(0)
    soft = [Frame(gaussian_blur(sharp.tensor, sigma)) for sigma in (1, 2, 4)]
    said = scores(node(), [sharp, *soft])
    assert said == sorted(said, reverse=True)
    assert said[0] > 1.2 * said[-1]


def test_a_cut_lowers_unbroken_and_is_forgiven():
    judge = node(by="unbroken")
    said = scores(judge, [cloudy(at, seed=3 * (at > 3)) for at in range(9)])
    assert min(said[:4]) > 0.6
    assert said[4] < 0.7 * said[3]
    assert min(said[-2:]) > 0.6


def test_colours_are_held_against_the_first_seconds():
    judge = node(by="colours", first=0.5)
    right = [cloudy(at) for at in range(12)]
    faded = [Frame(picture.tensor * 0.5) for picture in right]
    said = scores(judge, [*right, *faded])
    assert min(said[:12]) > 0.7
    assert max(said[12:]) < 0.5


def test_colours_are_held_against_a_picture_that_is_linked():
    burnt = Frame.solid(30, 40, (1.0, 0.2, 0.1))
    (far,) = scores(node(by="colours"), [cloudy(0)], reference=burnt)
    (near,) = scores(node(by="colours"), [burnt], reference=burnt)
    assert far < 0.2 < near


def test_anew_takes_the_colours_of_now():
    judge = node(by="colours", first=0.0)
    dark = Frame(cloudy(0).tensor * 0.4)
    assert scores(judge, [cloudy(0), dark])[1] < 0.5
    judge.anew = Trigger(1)
    assert scores(judge, [dark])[0] == pytest.approx(1, abs=1e-4)


def test_a_network_of_ones_own_is_asked(tmp_path):
    judge = node(by="model", file=network(tmp_path), low=-2.0, high=2.0)
    dark, light = scores(judge, [Frame.solid(20, 30), Frame.solid(20, 30, (1.0, 1.0, 1.0))])
    assert 0 < dark < 0.3
    assert 0.7 < light <= 1


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 1, 0.25), (0, 0.5, 0.5), (1, 0, 0.75), (0.3, 2, 0), (0, 0, 1)]
)
def test_low_and_high_say_what_scores_0_and_1(low, high, expected):
    judge = node(low=low, high=high)
    assert judge._scaled(0.25) == pytest.approx(expected)


def test_the_score_follows_over_its_time_at_any_frame_rate():
    sharp, flat = cloudy(0), Frame.solid(SIZE, SIZE)
    (best,) = scores(node(), [sharp])
    slow = scores(node(smooth=1.0), [sharp, *[flat] * 24])
    assert slow[-1] == pytest.approx(best * 0.3679, rel=1e-3)
    assert scores(node(smooth=1.0, rate=8.0), [sharp, *[flat] * 24])[-1] == pytest.approx(
        slow[-1], rel=1e-3
    )


def test_between_looks_the_score_stands():
    judge = node(rate=8.0)
    said = scores(judge, [cloudy(0), *[Frame.solid(SIZE, SIZE)] * 4])
    assert said[:3] == [said[0]] * 3
    assert said[3] == said[4] == 0


@pytest.mark.parametrize("by", ["sharpness", "unbroken", "colours"])
def test_another_size_in_the_midst_does_no_harm(by):
    sizes = (64, 64, 48, 100, 64)
    said = scores(node(by=by), [cloudy(at, size=size) for at, size in enumerate(sizes)])
    assert all(0.1 < score <= 1 for score in said)
    assert said[-1] > 0.8 * said[0]


@pytest.mark.parametrize("by", ["sharpness", "unbroken", "colours"])
def test_a_picture_of_a_few_pixels_has_a_score(by):
    said = scores(node(by=by), [cloudy(0, size=1), cloudy(1, size=3), cloudy(2, size=1)])
    assert all(0 <= score <= 1 for score in said)


def test_a_picture_of_no_numbers_leaves_a_score():
    wrong = Frame(torch.full((1, 3, 9, 9), float("nan")))
    assert all(0 <= score <= 1 for score in scores(node(), [cloudy(0), wrong, cloudy(0)]))


@pytest.mark.parametrize("body", [None, b"", b"not a network"])
def test_a_file_that_is_no_network_is_one_sentence(tmp_path, body):
    path = tmp_path / "critic.onnx"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(WeightsError, match=r"critic\.onnx") as said:
        node(by="model", file=path)
    assert "\n" not in str(said.value)


def test_without_its_network_it_passes_the_picture_on(tmp_path):
    PLAYED.clear()
    built = new_graph(Cloud, Screen, Score).add("test.cloud", "cloud").add("test.screen", "screen")
    built = built.add("perceive.score", "judge", by="model", file=tmp_path / "none.onnx")
    hand = Hand(built.connect("cloud.out", "judge.frame").connect("judge.out", "screen.frame"))
    hand.tick(4)
    shown = hand.player.stats().node("judge")
    hand.player.stop()
    assert shown.status == "failed"
    assert "none.onnx" in shown.message
    assert len(PLAYED) == 4


def test_what_is_remembered_does_not_grow():
    judge = node(by="colours", first=0.2)
    scores(judge, [cloudy(at) for at in range(40)])
    assert len(judge._beginning) == 4
    assert judge._beginning[0].shape == (1, 3, 32, 32)


ENDS = [
    {param.name: value}
    for param in Score.spec.params
    if param.type is float
    for value in (param.min, param.max)
]


@pytest.mark.parametrize("knobs", ENDS, ids=str)
def test_no_knob_at_its_end_breaks_it(knobs):
    for by in ("sharpness", "colours"):
        said = scores(node(by=by, **knobs), [cloudy(at, size=9) for at in range(3)])
        assert all(0 <= score <= 1 for score in said)


@pytest.mark.parametrize("by", ["sharpness", "unbroken", "colours"])
def test_a_restored_snapshot_scores_the_same_again(by):
    judge = node(by=by, smooth=0.5)
    scores(judge, [cloudy(0), cloudy(1)])
    kept, pictures = judge.snapshot(), [cloudy(2), cloudy(7)]
    first = scores(judge, pictures)
    judge.restore(kept)
    assert scores(judge, pictures) == first


def test_the_critic_prefers_a_sound_world_to_a_spoilt_one():
    clear = ClipPainter(-3).batch(4, 1, 128).frames[:, 0]
    spoilt = (clear + 0.35 * torch.randn(clear.shape)).clamp(0, 1)
    judge = node(by="critic")
    said = scores(judge, [Frame(picture[None]) for picture in torch.cat([clear, spoilt])])
    assert sum(said[:4]) > sum(said[4:]) + 0.4


def test_the_critic_looks_for_what_the_prompt_says():
    words = ClipWords(Words("desert", "day", "none", "red", "red", "photo"), "still", "still")
    rng = torch.Generator().manual_seed(3)
    picture = Frame(render_clips([words], ["a desert"], 1, 128, rng).frames[:, 0])
    said = [scores(node(by="critic", prompt=Prompt.of(text)), [picture])[0] for text in SAID]
    assert said[0] > said[1]
