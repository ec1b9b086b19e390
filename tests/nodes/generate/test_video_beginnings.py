"""Claims about where a video begins: with a picture that comes alive, or where it was before."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.errors import ParamError
from engine.node import Tick
from engine.values import Frame, Trigger
from nodes.generate.video_stream import VideoStream
from nodes.memory.recompute import RecomputeMemory
from nodes.memory.window import WindowMemory
from nodes.rollout.memory.rewind import LONGEST
from tests.nodes.generate.video_parts import DT, dreams, frames, pixels, ready

SEA, ROCK = frames(1)[0], frames(1, seed=6)[0]
SECOND = 1.0 / 3  # of one block of 8 pictures, 24 a second


@pytest.fixture
def stream(video_folder):
    def build(**params: object) -> VideoStream:
        return ready(VideoStream(**{"model": str(video_folder), "steps": 1, **params}))

    return build


@pytest.fixture(scope="module")
def shipped():
    """The model that comes along, small and quick."""
    return ready(VideoStream(steps=1, width=64, height=64, transition=0.0))


def near(picture: torch.Tensor, frame: Frame) -> float:
    """PSNR in dB."""
    return -10 * torch.log10((picture - frame.tensor[0]).square().mean()).item()


def same(one: list, other: list) -> bool:
    return torch.equal(pixels(one), pixels(other))


def hills(warmth: float) -> Frame:
    """A sky over a hill, as the model that comes along knows them."""
    y, x = torch.meshgrid(*[torch.linspace(0, 1, 64)] * 2, indexing="ij")
    sky = torch.stack([0.4 + 0.3 * y + warmth, 0.6 + 0.1 * y, 0.9 - 0.2 * y - warmth])
    ground = torch.tensor([0.25, 0.55, 0.2]).view(3, 1, 1) * (0.7 + 0.3 * x)
    return Frame(torch.where(y > 0.6 + 0.1 * torch.sin(6 * x), ground, sky)[None])


NOON, DUSK = hills(0.0), hills(0.3)


def test_a_video_begins_with_the_picture_that_is_linked(shipped):
    shipped.reset()
    film = dreams(shipped, 1, start=NOON)[0]
    assert len(film.out.tensor) == 9  # a block of three latent frames
    assert min(near(picture, NOON) for picture in film.out.tensor) > 24


def test_it_comes_alive_from_there(shipped):
    shipped.reset()
    film = pixels(dreams(shipped, 2, start=NOON))
    assert near(film[9], NOON) > 18
    assert (film[-1] - film[8]).abs().max() > 0.01


def test_a_restart_dissolves_into_the_picture_that_is_there_then(shipped):
    shipped.reset()
    dreams(shipped, 2, start=NOON)
    shipped.restart = Trigger(shipped.restart + 1)
    film = dreams(shipped, 1, start=DUSK)[0]
    assert near(film.out.tensor[-1], DUSK) > 24
    assert near(film.out.tensor[0], NOON) > near(film.out.tensor[0], DUSK)


def test_the_picture_is_in_the_memory_as_clean_pages_under_the_prompt(stream):
    node = stream()
    dreams(node, 1, start=SEA)
    state = node._past.rollout
    assert [(tag.frame, tag.level, tag.block) for tag in state.caches[0].tags] == [
        (0, 0.0, 0),
        (1, 0.0, 0),
    ]
    assert state.text is node._past.walk.keys


def test_a_sink_holds_on_to_the_picture(stream):
    node = stream()
    dreams(node, 6, WindowMemory(frames=6, sink=2).process(), SEA)
    assert [tag.frame for tag in node._past.rollout.caches[0].tags[:2]] == [0, 1]


def test_only_the_beginning_looks_at_the_picture(stream):
    moved, still = stream(), stream()
    one = dreams(moved, 1, start=SEA) + dreams(moved, 3, start=ROCK) + dreams(moved, 1)
    assert same(one, dreams(still, 5, start=SEA))


def test_without_a_picture_nothing_is_other_than_without_the_input(stream):
    with torch.no_grad():
        plain = stream()
        unlinked = [plain.process(Tick(at * DT, DT)) for at in range(2)]
    assert same(unlinked, dreams(stream(), 2, start=None))
    assert not same(dreams(stream(), 2), dreams(stream(), 2, start=SEA))


def test_a_picture_that_comes_late_is_dissolved_into(stream):
    node, other = stream(), stream(seed=8)
    dreams(node, 2)
    film = dreams(node, 1, start=SEA)[0]
    begun = dreams(other, 1, start=SEA)[0]
    torch.testing.assert_close(film.out.tensor[-1], begun.out.tensor[-1])
    assert node._past.rollout.block == 1
    assert same(dreams(node, 2, start=SEA), dreams(other, 2, start=SEA))


ODD = {
    "one pixel": Frame(torch.full((1, 3, 1, 1), 0.5)),
    "one line": Frame(torch.rand(1, 3, 1, 500)),
    "large": Frame(torch.rand(1, 3, 301, 199)),
    "bright": Frame(torch.full((1, 3, 32, 48), 40.0)),
    "infinite": Frame(torch.full((1, 3, 32, 48), float("inf"))),
    "clear": Frame(torch.rand(1, 3, 20, 20), torch.zeros(1, 1, 20, 20)),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("size", [(0, 0), (50, 30)])
def test_any_picture_fits(stream, name, size):
    films = dreams(stream(width=size[0], height=size[1]), 2, start=ODD[name])
    assert pixels(films).isfinite().all()
    assert pixels(films).shape[2:] == ((size[1], size[0]) if size[0] else (32, 48))


def test_what_is_clear_is_black(stream):
    black = Frame.solid(20, 20)
    assert same(dreams(stream(), 2, start=ODD["clear"]), dreams(stream(), 2, start=black))


def test_a_picture_that_is_no_number_is_refused_and_the_stream_goes_on(stream):
    node = stream()
    with pytest.raises(ParamError, match="not finite: look at its source"):
        dreams(node, 1, start=Frame(torch.full((1, 3, 32, 48), float("nan"))))
    assert len(dreams(node, 1, start=SEA)[0].out.tensor) == 5


WAYS = [
    {"batching": "steps", "steps": 3},
    {"history": "last"},
    {"history": "per_level", "steps": 2},
    {"block": 1},
    {"block": 3},
    {"carry": 0.5},
]


@pytest.mark.parametrize("params", WAYS, ids=str)
def test_every_way_of_making_goes_on_from_a_picture_and_back(stream, params):
    node = stream(**params)
    dreams(node, 5, start=SEA)
    node.rewind = Trigger(1)
    node.rewind_by = 0.5
    films = [film for film in dreams(node, 4, start=SEA) if film.out is not None]
    assert pixels(films).isfinite().all()
    assert pixels(films).std() > 0.01


def test_a_memory_that_keeps_no_keys_goes_on_from_a_picture_and_back(stream):
    node, memory = stream(), RecomputeMemory(frames=2).process()
    dreams(node, 3, memory, SEA)
    node.rewind = Trigger(1)
    assert pixels(dreams(node, 2, memory, SEA)).isfinite().all()


def test_beginnings_go_back_bit_for_bit(stream):
    node = stream()
    dreams(node, 2, start=SEA)
    kept = node.snapshot()
    once = _restarted_and_rewound(node)
    node.restore(kept)
    node.restart = node.rewind = Trigger(0)
    assert same(once, _restarted_and_rewound(node))


def _restarted_and_rewound(node: VideoStream) -> list:
    node.restart = Trigger(1)
    films = dreams(node, 4, start=ROCK)
    node.rewind = Trigger(1)
    return films + dreams(node, 2, start=SEA)


# The way back


def rewinding(node: VideoStream, seconds: float, **more: object):
    node.rewind, node.rewind_by = Trigger(node.rewind + 1), seconds
    return dreams(node, 1, **more)[0]


def test_a_rewind_goes_on_from_what_was_there(stream):
    node = stream()
    dreams(node, 3)
    then = node._past.rollout
    dreams(node, 3)
    film = rewinding(node, 3 * SECOND)
    now = node._past.rollout
    assert (now.frame, now.block) == (then.frame + 2, then.block + 1)
    known = {done.frame: done.latents for done in then.recent}
    went_on = now.recent[:-1]
    assert [done.frame for done in went_on] == [2, 4]
    assert all(torch.equal(done.latents, known[done.frame]) for done in went_on)
    assert len(film.out.tensor) == 8


def test_it_goes_on_in_another_way_each_time(stream):
    node = stream()
    first = dreams(node, 4)[3]
    again = [rewinding(node, SECOND) for _ in range(2)]
    last = [film.out.tensor[-1] for film in (first, *again)]
    assert not torch.equal(last[0], last[1])
    assert not torch.equal(last[1], last[2])


def test_a_rewind_dissolves(stream):
    node, plain = stream(), stream()
    dreams(node, 4)
    going_on = dreams(plain, 5)[4].out.tensor
    film = rewinding(node, 2 * SECOND).out.tensor
    apart = (film - going_on).abs().mean((1, 2, 3))
    assert apart[0] < apart[3] < apart[7]


@pytest.mark.parametrize("start", [None, SEA])
def test_beyond_the_beginning_is_the_beginning(stream, start):
    node = stream()
    dreams(node, 1, start=start)
    begun = node._past.rollout.recent[0].latents
    dreams(node, 4, start=start)
    rewinding(node, 100.0, start=start)
    state = node._past.rollout
    assert (state.frame, state.block) == (4, 2)
    assert torch.equal(state.recent[0].latents, begun)


def test_with_nothing_made_a_rewind_does_nothing(stream):
    assert same(dreams(stream(rewind=Trigger(3)), 2), dreams(stream(), 2))


def test_a_rewind_is_asked_for_once(stream):
    node = stream()
    dreams(node, 4)
    rewinding(node, 2 * SECOND)
    dreams(node, 2)
    assert node._past.rollout.frame == 2 * (4 - 2 + 1 + 2)


def test_a_rewind_over_a_change_of_size_keeps_the_size_of_now(stream):
    node = stream()
    dreams(node, 2)
    node.width, node.height = 64, 64
    dreams(node, 1)
    film = rewinding(node, 2 * SECOND)
    assert film.out.tensor.shape[2:] == (64, 64)
    assert film.out.tensor.isfinite().all()


def test_a_restart_goes_before_a_rewind(stream):
    node = stream()
    dreams(node, 4)
    node.restart = Trigger(1)
    rewinding(node, SECOND)
    assert node._past.rollout.block == 1


def test_the_way_back_is_as_long_as_it_may_be_and_no_longer(stream):
    node = stream()
    dreams(node, 2)
    one = node._past.reel.blocks[-1]
    long_ago = [replace(one, frame=2 * at, block=at) for at in range(2, 600)]
    reel = node._past.reel
    for done in long_ago:
        reel = reel.append(done, sink=1)
    newest = long_ago[-1]
    node._past = replace(
        node._past,
        reel=reel,
        rollout=replace(node._past.rollout, frame=newest.frame + 2, block=newest.block + 1),
    )
    before = node._past.reel.bytes
    dreams(node, 3)
    assert node._past.reel.bytes == before
    assert sum(done.frames for done in node._past.reel.blocks) == LONGEST + 2
