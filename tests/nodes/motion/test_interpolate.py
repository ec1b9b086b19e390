"""Claims about the frame doubler: pictures between are where things are at that moment, times are
exact, and what cannot be doubled is left as it is."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from engine import offline
from engine.clock import SetClock
from engine.errors import EndOfStream
from engine.graph import Graph
from engine.node import Context, Node, Packet, Stream, Tick
from engine.player import Player
from engine.registry import Registry
from engine.values import Flow, Frame
from engine.weights import Weights
from nodes.models.zoo import Zoo
from nodes.motion.flow import OpticalFlow
from nodes.motion.interpolate import Interpolate
from nodes.motion.midway import midway, misfit, searched, searcher
from tests.nodes.motion.test_flow import moved, texture

DT = 29_400_000  # a 24th of a second in flicks
STEP = 2 * DT
STREAM = Stream(64, 48, Fraction(24))
SEEN: list[tuple[int, Frame]] = []
FILM: list[Frame] = []
PICTURE = texture(96, 128)


def ready(**params: object) -> Interpolate:
    node = Interpolate(**{"quality": "warped"} | params)
    node.ctx = Context(stream=STREAM)
    node.setup(node.ctx)
    return node


def packets(frames: list[Frame], times: list[int] | None = None) -> list[Packet[Frame]]:
    return [Packet(each, at) for each, at in zip(frames, times or _even(frames), strict=True)]


def _even(frames: list[Frame]) -> list[int]:
    return [at * STEP for at in range(len(frames))]


def play(node: Interpolate, given: list[Packet[Frame]], flows: tuple = ()) -> list[Packet[Frame]]:
    """What comes of packets that each arrive at their own time, and of the end."""
    out = []
    for packet in given:
        flow = tuple(each for each in flows if each.pts == packet.pts)
        tick = Tick(packet.pts, DT, packet.pts // DT, 0)
        out += node.process(tick, (packet,), flow)
    return [*out, *node.drain()]


def times(packets: list[Packet[Frame]]) -> list[Fraction]:
    return [Fraction(packet.pts, STEP) for packet in packets]


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    """Away from the border, where a picture that is rolled comes in from the other side."""
    a, b = a[..., 16:-16, 24:-24], b[..., 16:-16, 24:-24]
    return float(-10 * (a - b).square().mean().clamp_min(1e-12).log10())


def rolling(count: int, x: int = 6, y: int = -2) -> list[Frame]:
    return [moved(PICTURE, x * at, y * at) for at in range(count)]


@pytest.mark.parametrize("quality", ["refined", "warped", "blended"])
def test_the_rate_is_doubled_and_nothing_is_invented_after_the_last(quality):
    out = play(ready(quality=quality), packets(rolling(4)))
    assert times(out) == [Fraction(at, 2) for at in range(7)]


def test_the_rate_is_quadrupled_by_halving_again():
    out = play(ready(factor="4"), packets(rolling(3, 8, 4)))
    assert times(out) == [Fraction(at, 4) for at in range(9)]
    true = [moved(PICTURE, 2 * at, at).tensor for at in range(9)]
    assert all(psnr(made.value.tensor, here) > 35 for made, here in zip(out, true, strict=True))


def test_pictures_that_come_in_go_out_as_they_are():
    given = rolling(4)
    out = play(ready(), packets(given))
    assert [packet.value for packet in out[::2]] == given


def test_the_middle_is_where_things_are_midway():
    first, middle, second = (moved(PICTURE, x, y).tensor for x, y in ((0, 0), (3, -1), (6, -2)))
    motion = searched(first, second, searcher(), size=320)
    right, wrong = (midway(first, second, motion * way) for way in (1, -1))
    plain = psnr((first + second) / 2, middle)
    assert psnr((right.first + right.second) / 2, middle) > plain + 10
    assert psnr((wrong.first + wrong.second) / 2, middle) < plain


def test_a_still_picture_stays_as_it_is():
    out = play(ready(quality="refined"), packets([Frame(PICTURE.clone()) for _ in range(3)]))
    assert len(out) == 5
    assert all(torch.equal(packet.value.tensor, PICTURE) for packet in out)


def test_the_first_picture_passes_at_once_and_the_rest_one_picture_later():
    node, given, shown = ready(), packets(rolling(3)), []
    for tick in range(8):
        arrived = tuple(packet for packet in given if packet.pts == tick * DT)
        shown.append([p.pts // DT for p in node.process(Tick(tick * DT, DT, tick, 0), arrived)])
    assert shown == [[0], [], [], [1], [2], [3], [4], []]


def test_a_picture_that_comes_early_pushes_out_what_waits():
    node = ready()
    out = play(node, packets(rolling(4), [0, STEP, STEP + 7, 3 * STEP]))
    assert [packet.pts for packet in out] == [
        0, STEP // 2, STEP, STEP + 3, STEP + 7, 2 * STEP + 3, 3 * STEP,
    ]  # fmt: skip


def test_uneven_times_are_halved_one_by_one():
    out = play(ready(), packets(rolling(4), [5, 105, 1105, 1107]))
    assert [packet.pts for packet in out] == [5, 55, 105, 605, 1105, 1106, 1107]


@pytest.mark.parametrize("quality", ["refined", "warped", "blended"])
def test_nothing_is_put_between_two_shots(quality):
    here, there = texture(96, 128), 1 - texture(128, 96).mT.flip(-1)
    out = play(ready(quality=quality), packets([Frame(here), Frame(there), Frame(there)]))
    assert [packet.value.tensor is here for packet in out] == [True, True, False, False, False]
    assert misfit(here, there) > 0.7


def test_a_cut_of_the_source_begins_anew():
    given = packets(rolling(4))
    given[2] = Packet(given[2].value, given[2].pts, cut=True)
    out = play(ready(), given)
    assert times(out) == [0, Fraction(1, 2), 1, 2, Fraction(5, 2), 3]
    assert [packet.cut for packet in out] == [False, False, False, True, False, False]


def test_another_epoch_is_a_cut_too():
    given = [Packet(each, at * STEP, epoch=at // 2) for at, each in enumerate(rolling(4))]
    assert times(play(ready(), given)) == [0, Fraction(1, 2), 1, 2, Fraction(5, 2), 3]


def test_a_change_of_size_melts_nothing():
    small, large = Frame(texture(48, 64)), Frame(texture(96, 64))
    out = play(ready(), packets([small, small, large, large]))
    assert [packet.value.height for packet in out] == [48, 48, 48, 48, 96, 96, 96]


@pytest.mark.parametrize("quality", ["refined", "warped", "blended"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (33, 61)])
def test_pictures_of_every_size_are_doubled(size, quality):
    given = [Frame(torch.rand(1, 3, *size) * 0.1 + 0.4) for _ in range(3)]
    out = play(ready(quality=quality, factor="4", cut=10), packets(given))
    assert len(out) == 9
    assert all(tuple(packet.value.tensor.shape) == (1, 3, *size) for packet in out)
    assert all(packet.value.tensor.isfinite().all() for packet in out)


def test_alpha_moves_along_and_hidden_colour_does_not_bleed():
    hole = torch.zeros(1, 1, 96, 128)
    hole[..., 32:64, 32:64] = 1
    red = torch.zeros(1, 3, 96, 128)
    red[:, 0], red[:, 1] = hole[0] * PICTURE[0, :1], 1 - hole[0]  # green where nothing is seen
    given = [Frame(torch.roll(red, x, 3), torch.roll(hole, x, 3)) for x in (0, 8)]
    middle = play(ready(), packets(given))[1].value
    assert middle.alpha is not None
    assert middle.alpha[0, 0, 48, 38:66].min() > 0.9
    assert middle.tensor[0, 1, 40:56, 42:62].max() < 0.05


def test_a_picture_that_turns_transparent_is_met_halfway():
    clear = Frame(PICTURE, torch.zeros(1, 1, 96, 128))
    out = play(ready(cut=10), packets([Frame(PICTURE), clear]))
    assert out[1].value.alpha is not None
    assert out[1].value.alpha.mean() == pytest.approx(0.5, abs=0.05)


def test_holes_in_the_numbers_are_not_spread():
    broken = moved(PICTURE, 6, 0).tensor.clone()
    broken[..., 4, 4] = float("nan")
    out = play(ready(quality="refined"), packets([Frame(PICTURE), Frame(broken)]))
    assert out[1].value.tensor.isfinite().all()


def test_half_precision_stays_half():
    given = [Frame(each.tensor.half()) for each in rolling(2)]
    assert play(ready(quality="refined"), packets(given))[1].value.tensor.dtype == torch.float16


def test_a_linked_flow_goes_before_the_search():
    given = packets(rolling(2, 6, 0))
    still = Flow(torch.zeros(1, 2, 48, 64))
    right = Flow(torch.tensor([3.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 48, 64))
    there = moved(PICTURE, 3, 0).tensor
    for flow, near in ((still, False), (right, True)):
        out = play(ready(), given, (Packet(flow, STEP),))
        assert (psnr(out[1].value.tensor, there) > 40) is near


def test_the_flow_of_another_picture_is_not_taken():
    far = Packet(Flow(torch.full((1, 2, 96, 128), 40.0)), 5 * STEP)
    node, given = ready(), packets(rolling(2))
    list(node.process(Tick(0, DT, 0, 0), (given[0],), (far,)))
    list(node.process(Tick(STEP, DT, 2, 0), (given[1],)))
    middle = next(node.drain())
    assert psnr(middle.value.tensor, moved(PICTURE, 3, -1).tensor) > 35


def test_a_flow_without_numbers_is_no_motion():
    flow = Packet(Flow(torch.full((1, 2, 96, 128), float("nan"))), STEP)
    out = play(ready(cut=10), packets(rolling(2)), (flow,))
    assert out[1].value.tensor.isfinite().all()


def test_reset_forgets_and_a_snapshot_brings_it_back():
    node, given = ready(), packets(rolling(3))
    list(node.process(Tick(0, DT, 0, 0), (given[0],)))
    kept = node.snapshot()
    first = list(node.process(Tick(STEP, DT, 2, 0), (given[1],)))
    node.restore(kept)
    again = list(node.process(Tick(STEP, DT, 2, 0), (given[1],)))
    assert [p.pts for p in first] == [p.pts for p in again]
    node.reset()
    assert [p.pts for p in node.process(Tick(0, DT, 0, 0), (given[2],))] == [2 * STEP]


def test_a_quality_may_change_while_it_plays():
    node, given = ready(), packets(rolling(4))
    out = list(node.process(Tick(0, DT, 0, 0), tuple(given[:2])))
    node.quality, node.factor = "blended", "4"
    out += play(node, given[2:])
    assert [p.pts for p in out] == [
        0, DT, 2 * DT, *(2 * DT + DT * at // 2 for at in range(1, 9)),
    ]  # fmt: skip


def test_without_its_weights_it_carries_and_says_so_once(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr("nodes.models.zoo.EMBEDDED", tmp_path)
    node, plain = ready(quality="refined"), ready()
    made, warped = (play(each, packets(rolling(3))) for each in (node, plain))
    assert torch.equal(made[1].value.tensor, warped[1].value.tensor)
    assert len([r for r in caplog.records if "not refined" in r.message]) == 1


class Reel(Node, id="test.reel"):
    """Gives a frame every other tick, and ends with the film."""

    def process(self, tick: Tick) -> Packet[Frame] | None:
        if tick.index >= 2 * len(FILM):
            raise EndOfStream
        return Packet(FILM[tick.index // 2], tick.pts) if tick.index % 2 == 0 else None

    def duration(self) -> int:
        return 2 * len(FILM) * self.ctx.stream.dt


class Screen(Node, id="test.screen"):
    """Keeps what it is shown."""

    def process(self, frame: Packet[Frame]) -> None:
        SEEN.append((frame.pts, frame.value))


class LiveScreen(Node, id="test.live_screen"):
    """Keeps what it is shown, and when."""

    def process(self, tick: Tick, frame: Frame) -> None:
        SEEN.append((tick.pts, frame))


TYPES = Registry()
for cls in (Reel, Screen, LiveScreen, Interpolate, OpticalFlow):
    TYPES.add(cls.spec)


def graph(*links: str, screen: str = "screen") -> Graph:
    made = Graph(TYPES, STREAM).add("test.reel", "reel").add("test." + screen, "screen")
    made = made.add("motion.interpolate", "double", quality="warped")
    if any("flow." in link for link in links):
        made = made.add("motion.flow", "flow")
    for link in ("reel.out -> double.frame", "double.out -> screen.frame", *links):
        made = made.connect(*link.split(" -> "))
    return made


def rendered(made: Graph, film: list[Frame]) -> list[tuple[int, Frame]]:
    FILM[:], SEEN[:] = film, []
    player = Player(live=False, weights=Weights(Zoo()))
    player.apply(made)
    try:
        offline.render(player)
    finally:
        player.stop()
    return list(SEEN)


def test_a_rendered_film_has_every_picture_at_its_time():
    seen = rendered(graph(), rolling(5))
    assert [pts for pts, _ in seen] == [at * DT for at in range(9)]
    assert [frame for _, frame in seen][::2] == FILM


def test_a_film_of_one_picture_is_that_picture():
    assert [pts for pts, _ in rendered(graph(), rolling(1))] == [0]


def test_a_linked_flow_node_finds_its_pictures():
    seen = rendered(graph("reel.out -> flow.frame", "flow.out -> double.flow"), rolling(4))
    assert [pts for pts, _ in seen] == [at * DT for at in range(7)]
    assert psnr(seen[3][1].tensor, moved(PICTURE, 9, -3).tensor) > 30


def test_bypassed_it_passes_pictures_as_they_come():
    seen = rendered(graph().flag("double", "bypass", True), rolling(3))
    assert {id(frame) for _, frame in seen} == {id(frame) for frame in FILM}


def test_live_every_tick_shows_the_next_picture():
    FILM[:], SEEN[:] = rolling(5), []
    player = Player(live=True, clock=SetClock(), weights=Weights(Zoo()))
    player.apply(graph(screen="live_screen"))
    for tick in range(10):
        player.tick(tick * DT)
        player.step()
    player.stop()
    shown = [id(frame) for _, frame in SEEN]
    assert len(set(shown[3:])) == len(shown[3:])  # no picture twice once it runs
