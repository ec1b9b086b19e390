"""A link's queue: what its rules keep, and what its watermark promises."""

from __future__ import annotations

from engine.packet import FOREVER, Packet
from engine.queue import Kind, Queue, Rule


def filled(rule: Rule, *times: int) -> Queue:
    queue = Queue("a.out -> b.in", rule)
    for pts in times:
        queue.put(Packet(pts, pts))
    return queue


def waiting(queue: Queue) -> list[int]:
    return [packet.pts for packet in queue.items]


def test_latest_drops_all_but_the_newest():
    queue = filled(Rule(Kind.LATEST), 1, 2, 3)
    assert (waiting(queue), queue.dropped) == ([3], 2)


def test_queue_keeps_its_span_of_time():
    queue = filled(Rule(Kind.QUEUE, span=10), 0, 5, 10, 16)
    assert (waiting(queue), queue.dropped) == ([10, 16], 2)


def test_lossless_keeps_all():
    assert len(filled(Rule(Kind.LOSSLESS), *range(1000)).items) == 1000


def test_a_new_epoch_flushes_what_was_before():
    queue = filled(Rule(Kind.LOSSLESS), 1, 2)
    queue.put(Packet(3, 3, epoch=1))
    assert (waiting(queue), queue.flushed, queue.dropped) == ([3], 2, 0)


def test_a_join_reads_the_newest_up_to_a_time_and_keeps_it():
    queue = filled(Rule(Kind.LOSSLESS), 1, 5, 9)
    assert [queue.advance(pts).pts for pts in (6, 7, 9)] == [5, 5, 9]


def test_before_its_first_packet_a_join_takes_what_came_first():
    assert filled(Rule(Kind.LOSSLESS), 8).advance(3).pts == 8


def test_a_join_whose_trunk_is_late_never_stands_still():
    for rule in (Rule(Kind.LATEST), Rule(Kind.QUEUE, span=3)):
        queue, seen = filled(rule, 0), []
        for now in range(20, 100, 10):  # the trunk lags by more than what is kept
            for pts in range(now, now + 10):
                queue.put(Packet(pts, pts))
            seen.append(queue.advance(now - 20).pts)
        assert sorted(set(seen[1:])) == seen[1:]


def test_a_watermark_never_goes_back():
    queue = filled(Rule(Kind.LOSSLESS), 5)
    queue.mark(3)
    assert queue.watermark == 5


def test_a_queue_has_ended_when_the_end_is_known_and_all_is_taken():
    queue = filled(Rule(Kind.LOSSLESS), 5)
    queue.mark(FOREVER)
    before = queue.ended
    queue.take()
    assert (before, queue.ended) == (False, True)


def test_a_packet_wakes_the_reader_after_it_can_be_read():
    queue = Queue("a.out -> b.in", Rule(Kind.LATEST))
    seen: list[int] = []
    queue.wake = lambda: seen.append(len(queue.items))
    queue.put(Packet(1, 1))
    assert seen == [1]


def test_repr_tells_depth_and_losses():
    text = repr(filled(Rule(Kind.LATEST), 1, 2))
    assert text == "<Queue a.out -> b.in latest 1 waiting epoch 0 dropped 1 flushed 0 late 0>"
