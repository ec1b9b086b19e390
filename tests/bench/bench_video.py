"""The video nodes: rate, first picture, memory, the share of each part, a prompt's way to the
picture, a long stream.

    python -m tests.bench.bench_video [--model NAME] [--sizes 128 192 256] [--blocks 12]
    python -m tests.bench.bench_video --minutes 10
    python -m tests.bench.bench_video --gpu

`--gpu` measures the shapes of the 1.3B and the 14B network with random weights, where CUDA is.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch

from engine import device as devices
from engine.graph import Graph
from engine.node import Context, Node, Packet, Rng, Stream
from engine.player import Player
from engine.registry import Registry
from engine.values import Clip, Frame, Prompt
from engine.weights import Weights
from nodes.generate.video_restyle import VideoRestyle
from nodes.generate.video_stream import VideoStream
from nodes.models import zoo
from nodes.models.video_card import PER_LEVEL
from nodes.models.video_model import VideoModel
from nodes.rollout.video.look import VideoLook, VideoPast
from nodes.rollout.video.restyle import restyle, wanted
from nodes.rollout.video.stream import VideoRollout, default_policy
from tests.bench.video_models import matrix_rate, operations, random_model

if TYPE_CHECKING:
    from collections.abc import Callable

PROMPTS = ("green hills at sunset, moving right", "the sea at night, moving right")
WARM = 4  # blocks before the clock starts: the window is full then
DT = 29_400_000  # a 24th of a second in flicks
EVERY = 30.0  # seconds between two lines of the long stream
SHOWN: list[tuple[float, int]] = []  # when, and which picture
CUT: list[tuple[float, int]] = []  # when, and which clip


class Screen(Node, id="bench.screen"):
    """Notes when each picture is shown."""

    def process(self, frame: Packet[Frame]) -> None:
        SHOWN.append((time.perf_counter(), frame.pts))


class Cutter(Node, id="bench.cutter"):
    """Notes the time of each clip."""

    def process(self, clip: Packet[Clip]) -> None:
        CUT.append((time.perf_counter(), clip.pts))


def look(size: int, steps: int, **more: Any) -> VideoLook:
    return VideoLook(((PROMPTS[0], 1.0),), (size, size), steps, seed=7, **more)


class Dream:
    """A text-to-video loop without an application around it."""

    def __init__(self, model: VideoModel, asked: VideoLook, *, overlap: bool = False) -> None:
        self.stream = VideoRollout(model, overlap=overlap)
        self.policy = default_policy(model.card, model.card.window)
        self.asked, self.past = asked, VideoPast()

    def __call__(self) -> int:
        pictures, self.past = self.stream.dream(self.asked, self.policy, self.past)
        return len(pictures)


class Repaint(Dream):
    """A video-to-video loop over pictures that move."""

    def __init__(self, model: VideoModel, asked: VideoLook) -> None:
        super().__init__(model, asked)
        line = torch.linspace(0, 9, asked.size[0])
        wave = 0.5 + 0.4 * torch.sin(line[None] + line[:, None])
        self.film = torch.stack([wave.roll(at, 1) for at in range(64)])[:, None].expand(
            -1, 3, -1, -1
        )
        self.at = 0

    def __call__(self) -> int:
        count = wanted(self.past, self.stream.model.vae.time, self.asked.block)
        picks = [(self.at + step) % len(self.film) for step in range(count)]
        times = tuple(range(self.at, self.at + count))
        found, self.past = restyle(
            self.stream, self.asked, self.policy, self.past, self.film[picks], times
        )
        self.at += count
        return sum(len(shown.pictures) for shown in found)


def rates(model: VideoModel, sizes: list[int], blocks: int) -> None:
    print("\nrate of the raw loop; a core's is what it makes in a second of its own time, whatever")
    print("else the machine does; the first picture is that of a stream whose model is loaded")
    columns = f"{'fps':>8}{'a core':>8}{'block ms':>10}{'first ms':>10}{'state MB':>10}"
    print(f"  {'':28}{columns}  share of each part")
    for size in sizes:
        for steps in (1, 2, 4):
            _rate(f"text {size}x{size} {steps} steps", Dream(model, look(size, steps)), blocks)
        if PER_LEVEL in model.card.rows:
            asked = look(size, 2, history="per_level")
            _rate(f"text {size}x{size} 2 steps by level", Dream(model, asked), blocks)
        for steps in (1, 2):
            asked = look(size, steps, strength=0.6, follows_motion=True, block=model.card.block)
            _rate(f"restyle {size}x{size} {steps} steps", Repaint(model, asked), blocks)


def _rate(name: str, loop: Dream, blocks: int) -> None:
    began = time.perf_counter()
    loop()
    first = time.perf_counter() - began
    for _ in range(WARM):
        loop()
    before, worked = dict(loop.stream.stages.seconds), time.process_time()
    spent = [_timed(loop) for _ in range(blocks)]
    worked = time.process_time() - worked
    total = sum(seconds for seconds, _ in spent)
    parts = {k: v - before[k] for k, v in loop.stream.stages.seconds.items()}
    shares = ", ".join(f"{part} {100 * s / total:.0f}%" for part, s in parts.items() if s > 0)
    made = sum(count for _, count in spent)
    block = 1000 * statistics.median(seconds for seconds, _ in spent)
    state = loop.past.rollout.bytes / 1e6
    figures = f"{made / total:8.1f}{made / worked:8.1f}{block:10.0f}{1000 * first:10.0f}"
    print(f"  {name:28}{figures}{state:10.1f}  {shares}", flush=True)


def _timed(call: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    made = call()
    return time.perf_counter() - began, made


def over_raw(model: VideoModel, name: str, weights: Weights, size: int, rounds: int) -> None:
    """The node under the engine against the loop, in turn, so that a busy machine is busy for
    both.
    """
    raw = Dream(model, look(size, 2, walk=1, block=model.card.block))
    player = Player(live=False, weights=weights)
    player.apply(_graph(name, size))
    ticks = 4 * model.card.block
    ratios, at = [], 0
    for turn in range(WARM + rounds):
        alone, _ = _timed(raw)
        began = time.perf_counter()
        for _ in range(ticks):
            player.tick(at * DT)
            at += 1
        within = time.perf_counter() - began
        if turn >= WARM:
            ratios.append(within / alone)
    player.stop()
    print(f"\napplication over raw loop, {size}x{size}, 2 steps: {statistics.median(ratios):.3f}")


def prompt_latency(model: VideoModel, name: str, weights: Weights, size: int) -> None:
    """A live player, its prompt changed: when the next block has it, when its picture is shown."""
    SHOWN.clear()
    CUT.clear()
    player = Player(live=True, weights=weights)
    player.apply(_graph(name, size))
    player.start()
    node = _waited(player, lambda: len(SHOWN) > 48)
    blocks: list[tuple[float, float]] = []  # began, ended: those made since the change
    dream, asked_for = node._stream.dream, PROMPTS[1]
    found: list[int] = []

    def noted(asked: VideoLook, *given: Any) -> Any:
        began = time.perf_counter()
        made = dream(asked, *given)
        blocks.append((began, time.perf_counter()))
        if asked.prompt[0][0] == asked_for:
            found.append(len(blocks) - 1)
        return made

    node._stream.dream = noted
    changed = time.perf_counter()
    player.set("dream", "prompt", Prompt.of(asked_for))
    _wait(lambda: len(found) > 0)
    began, ended = blocks[found[0]]
    old = {pts for when, pts in CUT if when < ended}
    _wait(lambda: any(pts not in old for _, pts in CUT))
    pts = next(pts for _, pts in CUT if pts not in old)
    _wait(lambda: any(shown >= pts for _, shown in SHOWN))
    seen = next(when for when, shown in SHOWN if shown >= pts)
    player.stop()
    spent = statistics.median(end - start for start, end in blocks)
    print(
        f"\na changed prompt, live at {size}x{size}, 2 steps: the next block has it, which begins "
        f"{1000 * (began - changed):.0f} ms after the change; its first picture is shown after "
        f"{1000 * (seen - changed):.0f} ms; a block takes {1000 * spent:.0f} ms"
    )


def _waited(player: Player, done: Callable[[], bool]) -> Any:
    _wait(done)
    return next(runner for runner in player.runners if runner.key == "dream").node


def _wait(done: Callable[[], bool], limit: float = 120.0) -> None:
    end = time.monotonic() + limit
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("the live player gave nothing for two minutes")
        time.sleep(0.01)


def _graph(name: str, size: int) -> Graph:
    types = Registry()
    for cls in (Screen, Cutter, VideoStream, VideoRestyle):
        types.add(cls.spec)
    graph = Graph(types, Stream(size, size, Fraction(24)))
    graph = graph.add("bench.screen", "screen").add("bench.cutter", "cutter")
    words = Prompt.of(PROMPTS[0])
    params = {"model": name, "width": size, "height": size, "steps": 2, "transition": 0.0}
    graph = graph.add("generate.video_stream", "dream", prompt=words, **params)
    return graph.connect("dream.out", "screen.frame").connect("dream.out", "cutter.clip")


def long_stream(model: VideoModel, size: int, minutes: float) -> None:
    """Rate, memory and drift along a stream that plays for minutes of this machine's time."""
    print(f"\na stream of {minutes:g} minutes, {size}x{size}, 2 steps")
    print(f"  {'s':>6}{'pictures':>10}{'fps':>8}{'resident MB':>13}{'state MB':>10}{'drift':>8}")
    loop = Dream(model, look(size, 2))
    began = last = time.monotonic()
    made = before = 0
    while last - began < 60 * minutes:
        made += loop()
        now = time.monotonic()
        if now - last >= EVERY or now - began >= 60 * minutes:
            fps, state = (made - before) / (now - last), loop.past.rollout.bytes / 1e6
            print(
                f"  {now - began:6.0f}{made:10}{fps:8.1f}{resident():13.1f}{state:10.1f}"
                f"{loop.past.drift:8.2f}",
                flush=True,
            )
            last, before = now, made


def resident() -> float:
    """MB of this process in memory."""
    used = devices.memory(torch.device("cpu")).used
    return (used or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024) / 1e6


def loading(name: str) -> tuple[VideoModel, Weights]:
    """The model as the node loads it; also says how long until a first picture from nothing."""
    weights = Weights(zoo.Zoo())
    device = torch.device("cpu")
    began = time.perf_counter()
    node = VideoStream(model=name, steps=2)
    node.ctx = Context(
        device=device, dtype=devices.compute_dtype(device), rng=Rng(), weights=weights
    )
    node.setup(node.ctx)
    loaded = time.perf_counter()
    node.process(None)  # type: ignore[arg-type]
    shown = time.perf_counter()
    found = node._held.model
    print(f"{found.name}: {found.bytes / 1e6:.1f} MB of weights in {node.ctx.dtype}")
    print(f"  loaded in {loaded - began:.2f} s, first block after {shown - began:.2f} s")
    return found, weights


def on_gpu(blocks: int) -> None:
    """The public sizes at 480x832 with four steps and the tiny autoencoder, against the limit."""
    if not torch.cuda.is_available():
        print("\nno CUDA device: the shapes of the 1.3B and the 14B were not measured")
        return
    device, dtype = torch.device("cuda"), torch.bfloat16
    rate = matrix_rate(device, dtype)
    print(f"\n{torch.cuda.get_device_name()}: {rate / 1e12:.0f} Tops of a matrix product in bf16")
    head = f"  {'480x832, 4 steps':22}{'fps':>8}{'block ms':>10}{'limit fps':>11}{'GB':>7}"
    print(f"{head}  share of each part on the host's clock")
    for name in ("1.3B", "14B"):
        model = random_model(name, device, dtype)
        for overlap in (False, True):
            _on_gpu(model, name, blocks, rate, overlap=overlap)
        del model
        torch.cuda.empty_cache()


def _on_gpu(model: VideoModel, name: str, blocks: int, rate: float, *, overlap: bool) -> None:
    asked = VideoLook(((PROMPTS[0], 1.0),), (480, 832), 4, seed=7)
    loop = Dream(model, asked, overlap=overlap)
    torch.cuda.reset_peak_memory_stats()
    for _ in range(WARM + 2):
        loop()
    torch.cuda.synchronize()
    before = dict(loop.stream.stages.seconds)
    began = time.perf_counter()
    made = sum(loop() for _ in range(blocks))
    torch.cuda.synchronize()
    spent = time.perf_counter() - began
    tokens = (480 // 16) * (832 // 16)
    limit = 4 * model.card.block * rate / operations(name, model.card, tokens, 4)
    parts = {k: v - before[k] for k, v in loop.stream.stages.seconds.items()}
    shares = ", ".join(f"{part} {100 * s / spent:.0f}%" for part, s in parts.items() if s > 0)
    title = f"{name}{', side by side' if overlap else ''}"
    peak = torch.cuda.max_memory_allocated() / 1e9
    print(
        f"  {title:22}{made / spent:8.1f}{1000 * spent / blocks:10.0f}{limit:11.1f}{peak:7.1f}"
        f"  {shares}"
    )


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="slipstream-video")
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 192, 256])
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=0.0, help="only the long stream")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--gpu", action="store_true", help="only the shapes of the public models")
    options = parser.parse_args()
    devices.configure(options.threads)
    if options.gpu:
        on_gpu(options.blocks)
        return
    model, weights = loading(options.model)
    if options.minutes:
        long_stream(model, options.sizes[0], options.minutes)
    else:
        rates(model, options.sizes, options.blocks)
        over_raw(model, options.model, weights, options.sizes[0], options.blocks)
        prompt_latency(model, options.model, weights, options.sizes[0])
    weights.close()


if __name__ == "__main__":
    main()
