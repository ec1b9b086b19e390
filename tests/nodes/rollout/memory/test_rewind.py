"""Going back: from latents alone a stream is again what it was, and goes on as it did."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.rollout.memory.rewind import LONGEST, Reel, rewound
from nodes.rollout.memory.window import Window
from nodes.rollout.rollout_state import Done
from tests.nodes.rollout.tiny_wan import CONFIG, latents
from tests.nodes.rollout.video_parts import STEPS, TEXT, Card, begun, inputs, keys_of, run, same


def block(number: int, frames: int = 3) -> Done:
    return Done(number * frames, number, latents(frames, seed=number))


def recorded(video, blocks: int) -> tuple[Reel, list[torch.Tensor]]:
    reel, made = Reel(), []
    for _ in range(blocks):
        at = video.state
        made.append(video.step(inputs()))
        reel = reel.append(Done(at.frame, at.block, made[-1]))
    return reel, made


def test_a_stream_goes_on_from_any_moment_as_it_did():
    video = begun()
    reel, made = recorded(video, 4)
    state, past = rewound(video.session, reel, 6, TEXT, STEPS)
    assert (state.frame, state.block, past.frames) == (6, 2, 6)
    video.restore(state)
    assert torch.equal(run(video, 2), torch.cat(made[2:], 1))


def test_caches_of_noise_levels_are_filled_again_each():
    video = begun(history="per_level")
    reel, _ = recorded(video, 4)
    video.restore(rewound(video.session, reel, 6, TEXT, STEPS)[0])
    assert [cache.frames for cache in video.state.caches] == [6] * len(STEPS)
    assert run(video, 1).isfinite().all()


def test_the_keys_are_those_that_were_there():
    video = begun(block=1, policy=Window(12, 0))
    reel, _ = recorded(video, 5)
    keys = keys_of(video)
    video.step(inputs())
    video.restore(rewound(video.session, reel, 5, TEXT, STEPS)[0])
    assert same(keys_of(video), keys)


def test_behind_a_window_enough_frames_in_front_make_it_exact():
    card = Card(block=1, window=4, sink=1)
    video = begun(policy=Window(4, 1), card=card)
    reel, _ = recorded(video, 20)
    keys = keys_of(video)
    near, _ = rewound(video.session, reel, 20, TEXT, STEPS)
    video.restore(near)
    assert [tag.frame for tag in near.caches[0].tags] == [0, 17, 18, 19]
    assert not same(keys_of(video), keys)
    exact, _ = rewound(video.session, reel, 20, TEXT, STEPS, warm=CONFIG.layers * 4)
    video.restore(exact)
    assert same(keys_of(video), keys, atol=1e-5)


def test_the_shot_is_the_one_that_was_there():
    video = begun()
    _, made = recorded(video, 2)
    reel = Reel().append(Done(0, 0, made[0], shot=0)).append(Done(3, 1, made[1], shot=4))
    assert rewound(video.session, reel, 6, TEXT, STEPS)[0].shot == 4


def test_a_frame_within_a_block_is_the_blocks_start():
    video = begun()
    reel, _ = recorded(video, 3)
    state, past = rewound(video.session, reel, 8, TEXT, STEPS)
    assert (state.frame, past.frames) == (6, 6)


def test_back_to_the_beginning_is_a_new_stream():
    video = begun()
    reel, made = recorded(video, 2)
    video.restore(rewound(video.session, reel, 0, TEXT, STEPS)[0])
    assert torch.equal(run(video, 2), torch.cat(made, 1))


def test_a_past_of_another_size_is_read_at_the_size_of_now():
    reel, _ = recorded(begun(), 2)
    video = begun(size=(6, 4))
    state, _ = rewound(video.session, reel, 6, TEXT, STEPS)
    assert [tuple(done.latents.shape[-2:]) for done in state.recent] == [(6, 4)] * 2


def test_a_longer_reel_leaves_the_shorter_as_it_was():
    start = Reel().append(block(0)).append(block(1))
    one, other = start.append(block(2)), start.append(block(7))
    assert [len(start), len(one), len(other)] == [2, 3, 3]
    assert [done.block for done in one.blocks] == [0, 1, 2]
    assert one.blocks[0] is other.blocks[0]


@pytest.mark.parametrize("frames", [1, 3, 7])
def test_a_reel_never_outgrows_its_bound(frames):
    reel, size = Reel(), block(0, frames).latents.numel() * 4
    for number in range(40):
        reel = reel.append(block(number, frames), sink=2, longest=30)
        assert reel.bytes <= size * (-(-30 // frames) + -(-2 // frames) + 1)
    assert reel.frames == 40 * frames
    assert reel.blocks[0].frame == 0  # the sink is kept


def test_hours_cost_what_two_minutes_cost():
    reel = Reel()
    for number in range(5000):
        reel = reel.append(Done(number, number, torch.zeros(1, 1, 1, 1, 1)))
    assert (len(reel), reel.bytes) == (LONGEST, 4 * LONGEST)


def test_the_earliest_moment_is_behind_the_first_block():
    assert Reel().first == Reel().frames == 0
    assert Reel().append(block(0)).append(block(1)).first == 3


@pytest.mark.parametrize("frame", [-1, 7])
def test_a_frame_that_is_not_on_the_reel_is_refused(frame):
    reel = Reel().append(block(0)).append(block(1))
    with pytest.raises(ParamError, match=rf"frame {frame} is not on the reel of 6 latent frames"):
        rewound(begun().session, reel, frame, TEXT, STEPS)
