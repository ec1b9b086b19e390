"""Pages and caches are values: nothing writes into them, and each page owns its memory."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from nodes.rollout.kv_cache import Checkpoint, KVCache, Page, PageTag, pages_of


def page(frame: int, tokens: int = 2, layers: int = 1) -> Page:
    k = torch.full((1, tokens, 1, 6), float(frame))
    return Page(PageTag(frame, frame), (k,) * layers, (k + 0.5,) * layers)


def cache(*frames: int) -> KVCache:
    return KVCache(tuple(page(frame) for frame in frames))


def frames(of: KVCache) -> list[int]:
    return [tag.frame for tag in of.tags]


def test_appending_leaves_the_former_cache_alone():
    before = cache(0, 1)
    after = before.append([page(2)])
    assert (frames(before), frames(after)) == ([0, 1], [0, 1, 2])
    assert after.pages[0] is before.pages[0]


def test_keeping_is_in_reading_order_whatever_the_order_asked_for():
    assert frames(cache(0, 1, 2, 3).keep([3, 0, 2, 0])) == [0, 2, 3]


def test_keeping_everything_is_the_cache_itself():
    whole = cache(0, 1)
    assert whole.keep([0, 1]) is whole


def test_replacing_changes_one_page():
    assert frames(cache(0, 1, 2).replace(1, page(9))) == [0, 9, 2]
    assert frames(cache(0, 1, 2).replace(2, page(9))) == [0, 1, 9]


def test_a_tag_is_changed_without_copying_the_keys():
    first = page(3)
    pinned = first.tagged(pinned=True)
    assert pinned.tag.pinned
    assert pinned.k is first.k
    assert first.tagged(pinned=False) is first


def test_bytes_and_tokens_are_counted():
    assert cache(0, 1).tokens == 4
    assert cache(0, 1).bytes == 2 * 2 * 2 * 6 * 4


def test_a_checkpoint_is_shared_by_the_frames_of_its_block():
    hidden = Checkpoint((torch.zeros(1, 4, 6),), torch.zeros(1, 2))
    one = Page(PageTag(0, 0), checkpoint=hidden)
    assert one.bytes * 2 == hidden.bytes == 96


def test_pages_own_their_memory():
    k = torch.arange(2 * 3 * 1 * 6.0).view(1, 6, 1, 6)
    first, last = pages_of([PageTag(0, 0), PageTag(1, 0)], [k], [k + 1])
    assert first.k[0].untyped_storage().nbytes() == k.untyped_storage().nbytes() // 2
    assert torch.equal(torch.cat([first.v[0], last.v[0]], 1), k + 1)


def test_a_block_of_one_frame_is_not_copied():
    k = torch.zeros(1, 6, 1, 6)
    (only,) = pages_of([PageTag(0, 0)], [k], [k + 1])
    assert only.k[0].data_ptr() == k.data_ptr()


def test_pages_without_layers_are_pages_too():
    assert [p.tag.frame for p in pages_of([PageTag(0, 0), PageTag(1, 0)], [], [])] == [0, 1]
    assert KVCache((Page(PageTag(0, 0)),)).bytes == 0


def test_a_stream_is_anchored_anew_on_its_newest_frames():
    again = cache(0, 1, 2, 3).anchored(1).anchored(2)
    assert [tag.pinned for tag in again.tags] == [False, False, True, True]


def test_pages_and_caches_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        page(0).tag = PageTag(1, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        cache(0).pages = ()


def test_a_cache_shows_what_it_holds():
    assert repr(cache(0, 1)) == "<KVCache 2 frames 4 tokens 192 bytes>"
