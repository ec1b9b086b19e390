"""The ring of StreamDiffusionV2: what it overwrites, when its sink is renewed, what then stays."""

from __future__ import annotations

from collections import deque

import pytest
import torch
from torch.nn.functional import cosine_similarity
from torch.testing import assert_close

from engine.errors import ParamError
from nodes.rollout.dense import Dense
from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.ring import Ring, resemblance
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Absolute
from tests.nodes.rollout.tiny_wan import GRID, latents, levels, network, stream, text


def page(frame: int, scene: int, noise: float = 0.0) -> Page:
    """Keys that point one way in one scene and another way in another."""
    k = torch.zeros(1, 4, 2, 6)
    k[..., scene % 6] = 1 + noise
    return Page(PageTag(frame, frame), (k, 2 * k), (k.roll(1, -1), k))


def run(policy: Ring, scenes: list[int]) -> list[list[int]]:
    cache, seen = KVCache(), []
    for frame, scene in enumerate(scenes):
        cache = policy.commit(cache, (page(frame, scene),))
        seen.append([tag.frame for tag in cache.tags])
    return seen


def reference(size: int, sink: int, threshold: float, scenes: list[int]) -> list[list[int]]:
    """The published slots: a queue of what is written over next; a stale sink goes to its head."""
    slots: list[int] = []
    queue: deque[int] = deque()
    seen = []
    for frame, scene in enumerate(scenes):
        if len(slots) < size:
            slots.append(frame)
            if len(slots) > sink:
                queue.append(len(slots) - 1)
        else:
            at = queue.popleft()
            slots[at] = frame
            if at >= sink:
                queue.append(at)
        differs = [at for at in range(min(sink, len(slots))) if scenes[slots[at]] != scene]
        full = len(slots) == size
        if differs and threshold > -1 and full:
            queue.appendleft(differs[0])
        seen.append(sorted(slots))
    return seen


@pytest.mark.parametrize("threshold", [-1, 0.2])
def test_it_is_the_ring_that_overwrites(threshold):
    scenes = [0] * 9 + [1] * 9 + [2] * 5
    assert run(Ring(5, 2, threshold), scenes) == reference(5, 2, threshold, scenes)


def test_a_scene_change_renews_one_anchor_after_the_other_and_then_no_more():
    seen = run(Ring(frames=4, sink=2, threshold=0.2), [0] * 6 + [1] * 10)
    assert seen[5] == [0, 1, 4, 5]
    assert seen[7] == [1, 5, 6, 7]
    assert seen[-1] == [7, 8, 14, 15]


def test_a_block_no_longer_sees_a_stale_anchor():
    policy, cache = Ring(frames=4, sink=2), KVCache()
    for frame in range(6):
        cache = policy.commit(cache, (page(frame, 0),))
    cache = policy.commit(cache, (page(6, 1),))
    assert [tag.frame for tag in policy.admit(cache, 1).tags] == [1, 5, 6]
    assert [tag.frame for tag in cache.tags if tag.label == "stale"] == [0]


def test_the_least_alike_anchor_goes():
    policy, cache = Ring(frames=5, sink=3, threshold=0.9), KVCache()
    for frame, scene in enumerate([0, 1, 0, 0, 0]):
        cache = policy.commit(cache, (page(frame, scene),))
    assert [tag.frame for tag in policy.admit(cache, 1).tags] == [0, 2, 3, 4]


def test_the_rule_is_the_mean_of_the_cosines_of_pooled_keys_and_values():
    torch.manual_seed(0)
    k, v, nk, nv = torch.randn(4, 1, 5, 2, 6).unbind(0)
    got = resemblance([Page(PageTag(0, 0), (k,), (v,))], Page(PageTag(1, 1), (nk,), (nv,)))
    pooled = [x.mean(1).flatten() for x in (k, v, nk, nv)]
    wanted = (
        cosine_similarity(pooled[0], pooled[2], 0) + cosine_similarity(pooled[1], pooled[3], 0)
    ) / 2
    assert_close(got, wanted[None])


def test_with_renewal_off_the_sink_is_the_same_pages_for_ever():
    policy = Ring(frames=4, sink=2, threshold=-1)
    cache = policy.commit(KVCache(), (page(0, 0),))
    first = cache.pages[0]
    for frame in range(1, 30):
        cache = policy.commit(cache, (page(frame, frame),))
    assert cache.pages[0] is first
    assert [tag.frame for tag in cache.tags] == [0, 1, 28, 29]


def test_without_renewal_it_is_the_window_and_the_masked_forward():
    made, x = network(), latents(8)
    said, cache = stream(made, x, Ring(4, 1, -1))
    same, _ = stream(made, x, Window(4, 1))
    whole = made(x, levels(8), text(made), Dense(Absolute(), 8, GRID, 1, window=4, sink=1))
    assert torch.equal(said, same)
    assert_close(said, whole, rtol=1e-5, atol=1e-5)
    assert cache.frames == 4


def test_a_hundred_thousand_blocks_stay_in_bounds():
    policy, cache = Ring(frames=6, sink=3), KVCache()
    for frame in range(100_000):
        cache = policy.commit(cache, (Page(PageTag(frame, frame)),))
    assert [tag.frame for tag in cache.tags] == [0, 1, 2, 99_997, 99_998, 99_999]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ((3, 3, 0.2), "a sink of 3 frames fills the window of 3"),
        ((6, 3, 1.5), "a threshold of 1.5 is no cosine: make it -1 .never renew. to 1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(args, sentence):
    with pytest.raises(ParamError, match=sentence):
        Ring(*args)
