"""Claims about the video stream node: it goes on for ever, every change lands in the next block and
none flashes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.errors import ParamError, WeightsError
from engine.node import Context
from engine.values import Prompt, Trigger
from nodes.generate.video_pace import expect_room
from nodes.generate.video_stream import VideoStream
from nodes.memory.recache import RecacheMemory
from nodes.memory.recompute import RecomputeMemory
from nodes.memory.replay import ReplayMemory
from nodes.memory.ring import RingMemory
from nodes.memory.window import WindowMemory
from tests.nodes.generate import video_parts
from tests.nodes.generate.video_parts import dreams, pixels, ready

FIRE = Prompt.of("fire")


@pytest.fixture
def stream(video_folder):
    def build(document: int = 0, **params: object) -> VideoStream:
        return ready(VideoStream(**{"model": str(video_folder), "steps": 2, **params}), document)

    return build


def test_a_seed_of_a_node_and_of_a_document_are_one(stream):
    assert first_difference(dreams(stream(document=1), 2), dreams(stream(seed=8), 2)) == -1


def first_difference(one: list, other: list) -> int:
    """The first block in which two streams differ."""
    pairs = enumerate(zip(one, other, strict=True))
    return next((at for at, (a, b) in pairs if not torch.equal(a.out.tensor, b.out.tensor)), -1)


def changed(build, blocks: int = 2, after: int = 3, **params: object) -> tuple[list, list]:
    """Two streams alike, one of which has parameters changed after some blocks."""
    plain, moved = build(), build()
    before = dreams(plain, blocks + after), dreams(moved, blocks)
    for name, value in params.items():
        setattr(moved, name, value)
    return before[0], before[1] + dreams(moved, after)


def test_blocks_follow_each_other_at_the_models_rate(stream):
    films = dreams(stream(), 4)
    assert [len(film.out.tensor) for film in films] == [5, 8, 8, 8]
    assert {film.out.rate for film in films} == {24}
    assert pixels(films).std() > 0.01


def test_the_same_seed_dreams_the_same_twice(stream):
    assert first_difference(dreams(stream(), 4), dreams(stream(), 4)) == -1
    assert first_difference(dreams(stream(seed=8), 2), dreams(stream(), 2)) == 0


def test_a_stream_that_went_back_goes_on_bit_for_bit(stream):
    node = stream(transition=1.0, batching="steps", steps=3)
    dreams(node, 2)
    node.prompt = FIRE
    dreams(node, 1)
    kept = node.snapshot()
    once = dreams(node, 3)
    node.restore(kept)
    assert first_difference(once, dreams(node, 3)) == -1


def test_what_came_after_a_snapshot_does_not_touch_it(stream):
    node = stream()
    dreams(node, 2)
    kept = node._past.rollout
    before = [page.k[0].clone() for page in kept.caches[0].pages]
    dreams(node, 4)
    pairs = zip(before, kept.caches[0].pages, strict=True)
    assert all(torch.equal(k, page.k[0]) for k, page in pairs)


CHANGES = [
    {"prompt": FIRE},
    {"prompt": FIRE, "transition": 0.0},
    {"prompt": FIRE, "recache": "full"},
    {"seed": 99},
    {"steps": 3},
    {"steps": 1},
    {"sampler": "euler"},
    {"carry": 0.5},
    {"history": "per_level"},
    {"history": "last"},
    {"block": 1},
    {"block": 3},
    {"restart": Trigger(1)},
    {"rewind": Trigger(1)},
    {"batching": "steps"},
]


@pytest.mark.parametrize("params", CHANGES, ids=str)
def test_a_change_lands_in_the_next_block(stream, params):
    plain, moved = changed(stream, after=1, **params)
    assert first_difference(plain[:2], moved[:2]) == -1
    now, then = plain[2].out, moved[2].out
    assert (
        then is None or now.tensor.shape != then.tensor.shape or (now.tensor != then.tensor).any()
    )


@pytest.mark.parametrize("params", CHANGES, ids=str)
def test_no_change_makes_a_black_or_broken_picture(stream, params):
    _, moved = changed(stream, **params)
    for film in moved:
        if film.out is not None:
            assert torch.isfinite(film.out.tensor).all()
            assert 0 <= film.out.tensor.min() <= film.out.tensor.max() <= 1


def test_a_prompt_is_wholly_there_when_its_transition_is_over(stream):
    node = stream(transition=1.0, steps=1)  # three blocks of 8 pictures at 24 a second
    dreams(node, 2)
    node.prompt = FIRE
    shares = []
    for _ in range(4):
        dreams(node, 1)
        shares.append(node._past.walk.fade.share)
    assert shares == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert node._past.rollout.prompt == 1


def test_the_past_is_read_again_under_the_new_prompt(stream):
    lingering, renewed = stream(transition=0.0, recache="none"), stream(transition=0.0)
    for node in (lingering, renewed):
        dreams(node, 2)
        node.prompt = FIRE
    assert first_difference(dreams(lingering, 1), dreams(renewed, 1)) == 0


def test_another_size_goes_on_from_the_same_pictures(stream):
    node = stream()
    dreams(node, 3)
    node.width, node.height = 96, 64
    films = dreams(node, 2)
    assert [film.out.tensor.shape for film in films] == [(8, 3, 64, 96)] * 2
    assert node._past.rollout.frame == 10  # the stream did not begin anew


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [(50, 30, (30, 50)), (1, 1, (1, 1)), (96, 0, (64, 96)), (0, 64, (64, 96)), (0, 0, (32, 48))],
)
def test_any_size_comes_out_as_asked_for(stream, width, height, shape):
    films = dreams(stream(width=width, height=height, steps=1), 2)
    assert {tuple(film.out.tensor.shape[2:]) for film in films} == {shape}


def test_a_restart_dissolves(stream):
    node = stream()
    dreams(node, 3)
    node.restart = Trigger(1)
    film = dreams(node, 1)[0]
    assert len(film.out.tensor) == 8
    assert node._past.rollout.block == 1
    other = stream(seed=8)  # from other noise than the first time
    torch.testing.assert_close(film.out.tensor[-1], pixels(dreams(other, 1))[-1])


def test_another_prompt_may_begin_another_picture_that_the_old_one_dissolves_into(stream):
    sea, land = (Prompt(((words, 1.0),)) for words in ("the sea", "a desert at night"))
    node = stream(prompt=sea, recache="anew", transition=4.0)
    dreams(node, 3)
    node.prompt = land
    film = dreams(node, 1)[0]
    assert node._past.rollout.block == 1
    other = stream(prompt=land, seed=8)  # from other noise than the first time
    torch.testing.assert_close(film.out.tensor[-1], pixels(dreams(other, 1))[-1])
    dreams(node, 2)
    assert node._past.rollout.block == 3  # and goes on


def test_a_fader_between_prompts_begins_nothing_anew(stream):
    mixed = [Prompt((("the sea", 1.0 - share), ("a desert", share))) for share in (0.5, 0.6, 0.7)]
    node = stream(prompt=mixed[0], recache="anew")
    for prompt in mixed:
        node.prompt = prompt
        dreams(node, 1)
    assert node._past.rollout.block == 3


MEMORIES = [
    WindowMemory(frames=6, sink=1),
    RecacheMemory(frames=6, sink=1),
    RingMemory(frames=6, sink=1),
    RecomputeMemory(frames=2),
]


@pytest.mark.parametrize("memory", MEMORIES, ids=lambda memory: memory.spec.id)
def test_a_linked_memory_is_swapped_between_two_blocks(stream, memory):
    plain, node = dreams(stream(), 6), stream()
    before = dreams(node, 3)
    after = dreams(node, 3, memory.process())
    assert first_difference(plain[:3], before) == -1
    assert torch.isfinite(pixels(after)).all()
    assert type(node._past.policy).__name__ in type(memory).__name__


def test_a_memorys_knobs_turn_while_it_plays(stream):
    memory, node = WindowMemory(frames=6, sink=1), stream()
    handle = memory.process()
    dreams(node, 3, handle)
    memory.frames = 4
    dreams(node, 3, handle)
    assert node._past.rollout.caches[0].frames <= 4


def test_drift_is_shown_and_brings_the_picture_back(stream):
    node = stream(anchor="recache", drift_limit=0.1)
    dreams(node, 14)
    node._past = replace(node._past, meter=spoiled(node._past.meter))
    assert dreams(node, 1)[0].drift < 0.5 < spoiled(node._past.meter).value


def spoiled(meter):
    dark = replace(meter.beginning, colours=tuple(c - 0.2 for c in meter.beginning.colours))
    return replace(meter, now=dark)


def test_a_drifted_stream_may_begin_anew(stream):
    node = stream(anchor="restart")
    dreams(node, 14)
    node._past = replace(node._past, meter=spoiled(node._past.meter))
    dreams(node, 1)
    assert node._past.rollout.block == 1


def test_memory_stays_flat_however_long_it_plays(stream):
    node = stream(steps=1)
    dreams(node, 8)
    before = node._past.rollout.bytes
    dreams(node, 12)
    assert node._past.rollout.bytes == before


@pytest.mark.parametrize(
    "text",
    ["", "   ", "x" * 10_000, "word " * 2000, "🌋🔥", "تلال خضراء", "a\x00b\n\t", "🏳️‍🌈" * 300],
    ids=["empty", "spaces", "10,000 letters", "2,000 words", "emoji", "rtl", "control", "joined"],
)
def test_any_prompt_dreams(stream, text):
    assert torch.isfinite(pixels(dreams(stream(prompt=Prompt.of(text), steps=1), 2))).all()


def test_a_prompt_of_no_pieces_dreams(stream):
    assert torch.isfinite(pixels(dreams(stream(prompt=Prompt(()), steps=1), 1))).all()


def test_negative_weights_are_refused_and_the_stream_goes_on(stream):
    node = stream()
    dreams(node, 1)
    node.prompt = Prompt((("sea", -1.0), ("fire", 2.0)))
    with pytest.raises(ParamError, match="weights are"):
        dreams(node, 1)
    node.prompt = FIRE
    assert node._past.rollout.block == 1
    assert len(dreams(node, 1)[0].out.tensor) == 8


@pytest.mark.parametrize("block", [7, 64])
def test_a_block_that_the_window_cannot_hold_is_refused(stream, block):
    with pytest.raises(ParamError, match=rf"cannot hold a block of {block}"):
        dreams(stream(block=block), 1)


def test_a_memory_that_the_checkpoint_cannot_read_is_refused(tmp_path):
    folder = video_parts.write(tmp_path / "rows", rows=frozenset({"per_level"}), clean_pass=False)
    node = ready(VideoStream(model=str(folder)))
    with pytest.raises(ParamError, match="choose another memory"):
        dreams(node, 1, ReplayMemory(frames=6, sink=1).process())
    assert len(dreams(node, 1)[0].out.tensor) == 5  # its own ring does


def test_shared_calls_are_refused_where_the_checkpoint_knows_finished_frames_only(tmp_path):
    folder = video_parts.write(tmp_path / "clean", rows=frozenset({"clean"}))
    node = ready(VideoStream(model=str(folder), batching="steps"))
    with pytest.raises(ParamError, match="set batching to off"):
        dreams(node, 1)


def test_a_history_that_the_checkpoint_never_saw_is_refused(tmp_path):
    folder = video_parts.write(tmp_path / "finished", rows=frozenset({"clean"}))
    with pytest.raises(ParamError, match="set history to model"):
        dreams(ready(VideoStream(model=str(folder), history="per_level")), 1)


def test_a_model_of_another_kind_is_refused(folder):
    with pytest.raises(WeightsError, match="no video model"):
        VideoStream(model=str(folder)).setup(Context())


@pytest.mark.parametrize("name", ["", "sd-turbo-nothing", "/nowhere/at/all"])
def test_a_model_that_is_nowhere_is_said(name):
    with pytest.raises(WeightsError):
        VideoStream(model=name).setup(Context())


def test_auto_batching_keeps_dreaming(stream):
    films = dreams(stream(batching="auto", steps=1), 12)
    assert all(torch.isfinite(film.out.tensor).all() for film in films if film.out is not None)


def test_pictures_come_however_the_steps_are_batched(stream):
    node = stream(batching="steps", steps=3)
    counts = [0 if film.out is None else len(film.out.tensor) for film in dreams(node, 6)]
    assert counts == [5, 0, 0, 8, 8, 8]
    node.batching = "off"  # the two blocks on their way come too
    assert len(dreams(node, 1)[0].out.tensor) == 24


def test_pictures_that_would_not_fit_are_refused_with_what_they_take(stream):
    with pytest.raises(ParamError, match=r"4096x4096 .* take .* GB beside .* are free"):
        expect_room(stream()._stream, (4096, 4096), 100_000)
