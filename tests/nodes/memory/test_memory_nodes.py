"""Memory nodes: the policy of their knobs, live, and a sentence where the knobs do not agree."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from engine.errors import ParamError
from engine.graph import Graph
from engine.node import Node, Stream, Tick, Wired, resource
from engine.player import Player
from engine.registry import Registry
from engine.values import Memory
from nodes.memory.conv import ConvMemory
from nodes.memory.diverse import DiverseMemory
from nodes.memory.recache import RecacheMemory
from nodes.memory.recompute import RecomputeMemory
from nodes.memory.replay import ReplayMemory
from nodes.memory.retrieve import RetrieveMemory
from nodes.memory.ring import RingMemory
from nodes.memory.window import WindowMemory
from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.conv import ConvKV
from nodes.rollout.memory.diverse import Diverse
from nodes.rollout.memory.diverse_tokens import DiverseTokens
from nodes.rollout.memory.policy import Again, refusal
from nodes.rollout.memory.recache import Recache
from nodes.rollout.memory.recompute import Recompute
from nodes.rollout.memory.replay import Replay
from nodes.rollout.memory.retrieve import Retrieve
from nodes.rollout.memory.ring import Ring
from nodes.rollout.memory.window import Window

NODES = [
    (WindowMemory, Window(9, 3)),
    (RingMemory, Ring(9, 3, 0.2)),
    (RecomputeMemory, Recompute(6)),
    (RecacheMemory, Recache(9, 3, "full", True)),
    (DiverseMemory, Diverse(9, 1, 2, 0.1)),
    (RetrieveMemory, Retrieve(9, 1, 2, 0.9, 32, 7, 128)),
    (ReplayMemory, Replay(9, 3, 3)),
    (ConvMemory, ConvKV(2, 1, 1)),
]
EMBEDDED = SimpleNamespace(window=9, sink=3, block=3, rows=frozenset({"clean", "per_level"}))


class Rememberer(Node, id="test.rememberer"):
    """Remembers a frame each tick."""

    _cache: KVCache = resource(KVCache())

    def process(self, tick: Tick, memory: Wired[Memory]) -> None:
        page = Page(PageTag(tick.index, tick.index))
        self._cache = memory.now().commit(self._cache, (page,))


@pytest.mark.parametrize(("kind", "policy"), NODES)
def test_a_node_gives_the_memory_of_its_knobs(kind, policy):
    handle = kind().process()
    assert isinstance(handle, Memory)
    assert handle.now() == policy


@pytest.mark.parametrize(("kind", "policy"), NODES)
def test_the_knobs_as_they_come_suit_the_embedded_model(kind, policy):
    if kind is not ConvMemory:
        assert policy.matches(EMBEDDED) is None
    assert refusal(policy, EMBEDDED) is None
    assert policy.admit(KVCache(), EMBEDDED.block).frames == 0


@pytest.mark.parametrize(("kind", "policy"), NODES)
def test_blocks_of_three_go_on_with_the_knobs_as_they_come(kind, policy):
    cache = KVCache()
    for block in range(50):
        pages = tuple(Page(PageTag(3 * block + at, block)) for at in range(3))
        assert policy.admit(cache, 3).frames <= max(policy.frames, 131)
        cache = policy.commit(cache, pages)
    assert cache.tags[-1].frame == 149


def test_a_handle_speaks_for_the_policy_of_the_moment():
    node = WindowMemory(frames=4, sink=0)
    handle, cache = node.process(), KVCache(tuple(Page(PageTag(f, f)) for f in range(9)))
    assert handle.commit(cache, ()).frames == 4
    node.frames = 6
    assert handle.commit(cache, ()).frames == 6
    assert handle.now().admit(cache, 2).frames == 4
    assert "Window" in repr(handle)


def test_tokens_and_frames_are_one_node():
    assert isinstance(DiverseMemory(by="tokens").policy(), DiverseTokens)


def test_recache_asks_to_be_run_again():
    assert RecacheMemory(mask="block_causal", keep_sink=False).policy().on_prompt == Again(
        9, "block_causal", False
    )


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        (WindowMemory(frames=3, sink=3), "a sink of 3 frames fills the window of 3"),
        (RingMemory(frames=2, sink=4), "a sink of 4 frames fills the window of 2"),
        (RecacheMemory(frames=1, sink=1), "a sink of 1 frames fills the window of 1"),
        (DiverseMemory(frames=3, sink=2, recent=2), "2 sink and 2 recent frames are more than"),
        (RetrieveMemory(frames=3, sink=2, recent=2), "2 sink and 2 recent frames are more than"),
        (RetrieveMemory(bits=4, radius=7), "a radius of 7 is not below the 4 bits"),
        (ReplayMemory(frames=3, sink=3), "a sink of 3 frames fills the window of 3"),
    ],
)
def test_knobs_that_do_not_go_together_are_said_when_they_are_read(node, sentence):
    handle = node.process()
    with pytest.raises(ParamError, match=sentence):
        handle.now()


def test_a_knob_reaches_the_consumer_at_its_next_block():
    registry = Registry()
    for cls in (WindowMemory, Rememberer):
        registry.add(cls.spec)
    graph = Graph(types=registry, stream=Stream(4, 4)).add("memory.window", "memory", frames=8)
    graph = graph.add("test.rememberer", "user").connect("memory.out", "user.memory")
    player = Player(live=False)
    player.apply(graph)
    try:
        sizes = []
        for number in range(30):
            if number == 12:
                player.set("memory", "frames", 5)
            player.tick(number * player.stream.dt)
            player.step()
            node = next(runner.node for runner in player.runners if runner.key == "user")
            sizes.append(node._cache.frames)
    finally:
        player.stop()
    assert sizes[11] == 8
    assert sizes[12:] == [5] * 18
