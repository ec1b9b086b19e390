"""What a memory costs a block of the embedded video model's shape, and what it holds.

    python -m tests.bench.bench_memory [--dim 192] [--layers 6] [--heads 4] [--side 8] [--block 3]
        [--steps 4] [--blocks 20] [--device cpu] [--only NAME]

Random weights; the streams of all memories run in turn, block by block. "network" is the calls of a
block, "gather" what its past costs once: choosing, collecting and rotating it at every layer, and
"commit" what happens when it is finished; milliseconds, the median of the blocks. On a processor
this is its time, on a device the clock after it is done.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, field

import torch

from nodes.models.causal_wan import CausalWan
from nodes.models.wan_config import WanConfig
from nodes.rollout.block_view import BlockView
from nodes.rollout.kv_cache import KVCache, PageTag
from nodes.rollout.memory.conv import ConvKV
from nodes.rollout.memory.diverse import Diverse
from nodes.rollout.memory.diverse_tokens import DiverseTokens
from nodes.rollout.memory.policy import MemoryPolicy
from nodes.rollout.memory.replay import Replay
from nodes.rollout.memory.retrieve import Retrieve
from nodes.rollout.memory.ring import Ring
from nodes.rollout.memory.window import Window
from nodes.rollout.rope_plan import Slot

POLICIES: dict[str, MemoryPolicy] = {
    "nothing kept": Window(3, 0),
    "window 9, sink 3": Window(9, 3),
    "window 21, sink 3": Window(21, 3),
    "ring 9, sink 3": Ring(9, 3),
    "diverse 9": Diverse(9, 1, 2),
    "diverse tokens 9": DiverseTokens(9, 1, 2),
    "retrieve 9 of 128": Retrieve(9, 1, 2, archive=128),
    "replay 9": Replay(9, 3, 3),
    "conv 2+1+1": ConvKV(2, 1, 1),
}


@dataclass
class Run:
    """One stream and the times of its blocks."""

    policy: MemoryPolicy
    cache: KVCache = field(default_factory=KVCache)
    frame: int = 0
    gather: list[float] = field(default_factory=list)
    network: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)


def block_of(run: Run, net: CausalWan, x: torch.Tensor, text, steps: int) -> None:
    """One block: a view, its calls, the commit."""
    config, frames = net.config, x.shape[1]
    grid = net.grid(*x.shape[-2:])
    tags = [PageTag(run.frame + at, run.frame // frames) for at in range(frames)]
    began = now(x)
    view = BlockView(
        run.cache, tags, Slot(), run.policy, grid, config.head_dim, key_values=net.key_values
    )
    tokens = frames * grid[0] * grid[1]
    like = x.new_zeros(1, tokens, config.heads, config.head_dim, dtype=net.dtype)
    for layer in range(config.layers):
        view.layer(layer, like, like)
    run.gather.append(now(x) - began)
    began = now(x)
    for step in range(steps, -1, -1):
        past = view.call(1000.0 * step / steps)
        net(x, x.new_full((1, frames), 1000.0 * step / steps), text, past)
    run.network.append(now(x) - began)
    began = now(x)
    run.cache = run.policy.commit(run.cache, past.pages())
    run.commit.append(now(x) - began)
    run.frame += frames


def now(like: torch.Tensor) -> float:
    if like.device.type != "cuda":
        return time.thread_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (
        ("dim", 192), ("layers", 6), ("heads", 4), ("side", 8), ("block", 3), ("steps", 4),
        ("blocks", 20),
    ):  # fmt: skip
        asked.add_argument(f"--{name}", type=int, default=default)
    asked.add_argument("--device", default="cpu")
    asked.add_argument("--only", default="", help="memories whose name has this")
    args = asked.parse_args()
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    device = torch.device(args.device)
    dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
    config = WanConfig(args.dim, 3 * args.dim, args.heads, args.layers, text_dim=64, text_len=64)
    net = CausalWan(config).eval().to(device, dtype)
    text = net.embed_text(torch.randn(1, 64, 64, device=device))
    runs = {name: Run(policy) for name, policy in POLICIES.items() if args.only in name}
    warm = 24 // args.block + 1
    for number in range(warm + args.blocks):
        x = torch.randn(1, args.block, 16, 2 * args.side, 2 * args.side, device=device)
        for run in runs.values():
            block_of(run, net, x, text, args.steps)
            if number < warm:
                run.gather, run.network, run.commit = [], [], []
    print(
        f"{args.block} frames of {args.side**2} tokens, {config}, {args.steps} + 1 calls, {device}"
    )
    print(f"{'memory':20} {'gather':>8} {'network':>8} {'commit':>8} {'frames':>7} {'MB':>8}")
    for name, run in runs.items():
        times = [1000 * statistics.median(t) for t in (run.gather, run.network, run.commit)]
        row = " ".join(f"{t:8.2f}" for t in times)
        print(f"{name:20} {row} {run.cache.frames:7d} {run.cache.bytes / 1e6:8.2f}")


if __name__ == "__main__":
    main()
