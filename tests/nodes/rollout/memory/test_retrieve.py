"""ReSV: bits, clusters, mass, and a past that comes back when it is asked for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from engine.errors import ParamError
from nodes.rollout.dense import Dense
from nodes.rollout.kv_cache import KVCache, Page, PageTag
from nodes.rollout.memory.index import Index, described, hamming, hash_bits, wicsum, with_frames
from nodes.rollout.memory.retrieve import Archive, Retrieve
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Absolute, Slot
from tests.nodes.rollout.tiny_wan import GRID, latents, levels, network, stream, text, view


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def page(frame: int, scene: int, noise: float = 0.0, tokens: int = 16) -> Page:
    k = 3 * random(2, 1, tokens, 2, 8, seed=scene) + noise * random(2, 1, tokens, 2, 8, seed=frame)
    return Page(PageTag(frame, frame), (k[0], k[1]), (k[1], k[0]))


def run(policy: Retrieve, scenes: list[int], noise: float = 0.0) -> KVCache:
    cache = KVCache()
    for frame, scene in enumerate(scenes):
        cache = policy.commit(cache, (page(frame, scene, noise),))
    return cache


def frames(cache: KVCache) -> list[int]:
    return [tag.frame for tag in cache.tags]


@given(st.lists(st.lists(st.booleans(), min_size=12, max_size=12), min_size=2, max_size=8))
@settings(max_examples=50, deadline=None)
def test_hamming_by_product_is_the_count_of_differing_bits(rows):
    signs = torch.tensor(rows).float() * 2 - 1
    packed = [sum(1 << at for at, bit in enumerate(row) if bit) for row in rows]
    wanted = [[(a ^ b).bit_count() for b in packed] for a in packed]
    assert torch.equal(hamming(signs, signs), torch.tensor(wanted).float())


def test_bits_differ_with_the_angle_over_pi():
    angle, bits = torch.tensor(0.7), 256
    a, other = random(400, 1, 16), random(400, 1, 16, seed=1)
    a = torch.nn.functional.normalize(a, dim=-1)
    aside = torch.nn.functional.normalize(other - (other * a).sum(-1, True) * a, dim=-1)
    b = a * angle.cos() + aside * angle.sin()
    differ = (hash_bits(a, 0, bits) != hash_bits(b, 0, bits)).float().mean()
    assert abs(float(differ) - float(angle) / torch.pi) < 0.01


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_the_chosen_mass_reaches_the_share_and_not_without_its_smallest(share):
    mass = random(20, 30).mul(3).softmax(-1)
    chosen = wicsum(mass, share)
    held = (mass * chosen).sum(-1)
    assert (held >= share - 1e-6).all()
    smallest = mass.masked_fill(~chosen, 9).min(-1).values
    assert (held - smallest < share).all()


def test_the_whole_mass_is_every_entry():
    assert wicsum(torch.tensor([1.0, 0.0, 0.0]), 1.0).all()


def test_a_still_picture_has_as_many_clusters_as_cells():
    index: Index | None = None
    for frame in range(300):
        cells = described(page(frame, 0, noise=0.05).k[0])
        index = with_frames(index, cells[None], 7, 0, 32)
    still = len(index.count)
    assert still <= 16 + 2
    index = with_frames(index, described(page(300, 5).k[0])[None], 7, 0, 32)
    assert len(index.count) > still
    assert float(index.count.sum()) == 301 * 16


def test_means_are_running_means_and_counts_are_cells():
    parts = [random(4, 2, 8, seed=seed) for seed in range(6)]
    index: Index | None = None
    for cells in parts:
        index = with_frames(index, cells[None], 10, 0, 32)
    flat, member = torch.cat(parts), index.member.flatten()
    for cluster in range(len(index.count)):
        assert_close(index.mean[cluster], flat[member == cluster].mean(0), rtol=1e-4, atol=1e-5)
        assert index.count[cluster] == (member == cluster).sum()


def test_forgotten_frames_leave_the_index():
    index: Index | None = None
    for seed in range(6):
        index = with_frames(index, random(1, 4, 2, 8, seed=seed), 2, 0, 32)
    left = index.without(4)
    assert left.member.shape == (2, 4)
    assert float(left.count.sum()) == 8
    assert int(left.member.max()) == len(left.count) - 1
    assert (left.count > 0).all()


def test_the_whole_mass_and_room_for_all_is_the_masked_forward():
    made, x = network(), latents(7)
    said, cache = stream(made, x, Retrieve(frames=50, sink=1, recent=2, mass=1.0), plan=Slot())
    whole = made(x, levels(7), text(made), Dense(Absolute(), 7, GRID, 1))
    dense, _ = stream(made, x, Window(50, 0), plan=Slot())
    assert torch.equal(said, dense)
    assert_close(said, whole, rtol=1e-5, atol=1e-5)
    assert cache.frames == 7


def test_a_place_that_is_seen_again_brings_its_frames_back():
    policy = Retrieve(frames=8, sink=1, recent=2, mass=0.9)
    scenes = [9] + [0] * 4 + [1] * 12 + [2] * 12
    cache = run(policy, scenes, noise=0.1)
    asked = page(99, 0, noise=0.1).k[0]
    assert set(frames(policy.read(cache, 0, asked))) & {1, 2, 3, 4}
    asked = page(99, 1, noise=0.1).k[0]
    assert not set(frames(policy.read(cache, 0, asked))) & {1, 2, 3, 4}


def test_a_block_reads_its_budget_and_always_the_anchors_and_the_newest():
    policy = Retrieve(frames=8, sink=2, recent=3, mass=1.0)
    cache = run(policy, list(range(30)))
    read = policy.read(cache, 1, page(30, 4).k[1])
    assert read.frames == 7
    assert frames(read)[:2] == [0, 1]
    assert frames(read)[-3:] == [27, 28, 29]
    assert cache.frames == 30


def test_more_mass_is_nearer_to_full_attention():
    errors = []
    q = random(1, 16, 2, 8, seed=77) * 2
    full = run(Retrieve(frames=100, sink=0, recent=1, mass=1.0), [f % 7 for f in range(40)], 0.5)
    for mass in (0.3, 0.9, 1.0):
        policy = Retrieve(frames=100, sink=0, recent=1, mass=mass)
        read = policy.read(full, 0, q)
        errors.append(float((attended(q, read) - attended(q, full)).norm()))
    assert errors[0] > errors[1] >= errors[2] == 0


def attended(q: torch.Tensor, cache: KVCache) -> torch.Tensor:
    k = torch.cat([one.k[0] for one in cache.pages], 1).transpose(1, 2)
    v = torch.cat([one.v[0] for one in cache.pages], 1).transpose(1, 2)
    return torch.nn.functional.scaled_dot_product_attention(q.transpose(1, 2), k, v)


def test_the_archive_is_bounded_and_its_index_with_it():
    policy, cache = Retrieve(frames=8, sink=1, recent=2, archive=20), KVCache()
    sizes = []
    for frame in range(150):
        cache = policy.commit(cache, (page(frame, frame % 40, 0.2),))
        sizes.append(sum(layer.bytes for layer in cache.extra.layers if layer) if frame > 3 else 0)
        assert cache.frames <= 1 + 20 + 2
    assert max(sizes[100:]) <= 1.5 * max(sizes[40:100])
    assert cache.extra.frames == tuple(range(128, 148))


def test_a_hundred_thousand_frames_stay_in_the_archive():
    policy, cache = Retrieve(frames=8, sink=1, recent=2, archive=10), KVCache()
    for frame in range(100_000):
        cache = policy.commit(cache, (Page(PageTag(frame, frame)),))
    assert frames(cache) == [0, *range(99_988, 100_000)]


def test_a_snapshot_goes_on_the_same_way_twice():
    policy = Retrieve(frames=6, sink=1, recent=2, archive=9)
    cache = run(policy, list(range(20)))
    ends = []
    for _ in range(2):
        end = cache
        for frame in range(20, 26):
            end = policy.commit(end, (page(frame, frame % 5),))
        ends.append(end)
    assert frames(ends[0]) == frames(ends[1])
    for a, b in zip(ends[0].extra.layers, ends[1].extra.layers, strict=True):
        assert torch.equal(a.mean, b.mean)
        assert torch.equal(a.member, b.member)
    assert len(cache.extra.frames) == 9


def test_other_bits_or_pages_of_another_memory_get_an_index_at_the_next_block():
    cache = run(Retrieve(frames=8, sink=1, recent=2), list(range(12)))
    policy = Retrieve(frames=8, sink=1, recent=2, bits=16, radius=3)
    fresh = policy.commit(cache.with_extra(None), (page(12, 3),))
    again = policy.commit(cache, (page(12, 3),))
    assert isinstance(again.extra, Archive)
    assert again.extra.hashing == fresh.extra.hashing == (16, 3)
    assert torch.equal(again.extra.layers[0].bits, fresh.extra.layers[0].bits)
    without = policy.read(cache.with_extra(None), 0, page(12, 3).k[0])
    assert frames(without) == [0, 6, 7, 8, 9, 10, 11]


def test_a_change_of_bits_files_the_past_again_a_few_frames_a_block():
    cache, filed = run(Retrieve(frames=8, sink=1, recent=2), list(range(40))), []
    policy = Retrieve(frames=8, sink=1, recent=2, bits=16, radius=3)
    for frame in range(40, 44):
        cache = policy.commit(cache, (page(frame, 3),))
        filed.append(len(cache.extra.frames))
        assert policy.read(cache, 0, page(44, 3).k[0]).frames <= 7
    assert filed == [12, 24, 36, 41]


def test_the_network_runs_on_what_each_layer_retrieves():
    made, x, policy = network(), latents(14), Retrieve(frames=6, sink=1, recent=2)
    _, cache = stream(made, x[:, :12], policy, plan=Slot())
    one = view(cache, 12, 1, policy, Slot(), made)
    first = made(x[:, 12:13], levels(1, 900), text(made), one.call(900.0))
    again = made(x[:, 12:13], levels(1, 900), text(made), one.call(900.0))
    assert torch.equal(first, again)
    assert first.isfinite().all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mass": 0.0}, "a mass of 0 is not a share above 0 and up to 1"),
        ({"mass": 1.2}, "a mass of 1.2 is not a share"),
        ({"mass": float("nan")}, "a mass of nan is not a share"),
        ({"bits": 0}, "0 hash bits are not in 1..256"),
        ({"radius": 32}, "a radius of 32 is not below the 32 bits: make it 0 to 31"),
        ({"archive": -1}, "an archive of -1 frames: make it 0 or more"),
        ({"frames": 3, "recent": 3}, "1 sink and 3 recent frames are more than the budget of 3"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(ParamError, match=sentence):
        Retrieve(**changes)


def test_it_says_what_window_a_checkpoint_takes():
    card = SimpleNamespace(window=12, sink=3)
    assert Retrieve(frames=12).matches(card) is None
    assert "trained to see 12" in Retrieve(frames=20).matches(card)
