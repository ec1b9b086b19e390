"""How a causal video model rolls out, as it was trained to: a card, and the cards of the public
checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

CLEAN, PER_LEVEL = "clean", "per_level"  # whose keys a memory keeps: finished frames, or each level
CAMERA, POINTS, LAST = "camera", "points", "last"
COLOURS = 3  # the first channels of latents say what is where, the others what it looks like
STEERING = {CAMERA: 4, POINTS: 3, LAST: 20}  # planes of each; its first says where it is told
LOUD = 4.0  # what "told" and a speed of 1 are in the planes: small numbers are learnt late


@dataclass(frozen=True)
class RolloutCard:
    """What a checkpoint was trained to do. ValueError for what no rollout can be.

    block, window, sink in latent frames; the window counts sink, history and the block itself.
    steps: falling timesteps, warped by the shift's schedule where `warp`. rows: the memories it
    reads, of finished frames, of its own noise level, or both. size: height and width in pixels.
    space: the name of its latents. fps: pictures a second. sampler: fresh noise between the steps,
    or straight along the flow. steering: what beside words it goes by, in the order of the
    control's planes: a camera, points, and the latents of the last finished frame behind the
    colours of the one before it;
    `nodes.rollout.steering` says how. camera_words: what in a prompt names a camera's speed, aside,
    round what is before it, and ahead; at 1 as fast as it was in training. renewal: the share of
    noise, a sigma, that a block which is told its last frame begins with, where the network carries
    that frame; at 1 it begins with noise alone.
    """

    block: int
    window: int
    sink: int
    steps: tuple[float, ...]
    shift: float
    warp: bool
    fps: float
    size: tuple[int, int]
    space: str
    trained_for: str
    context_noise: float = 0.0
    rows: frozenset[str] = frozenset({CLEAN})
    rope: Literal["absolute", "slot"] = "absolute"
    clean_pass: bool = True
    sampler: Literal["renoise", "euler"] = "renoise"
    steering: tuple[str, ...] = ()
    camera_words: tuple[tuple[str, float, float, float], ...] = ()
    renewal: float = 1.0

    def __post_init__(self) -> None:
        if self.block < 1 or self.sink < 0 or self.window < self.block + self.sink:
            raise ValueError(
                f"a window of {self.window} frames with a sink of {self.sink} cannot hold a block "
                f"of {self.block}"
            )
        if not self.rows or not self.rows <= {CLEAN, PER_LEVEL}:
            raise ValueError(f"rows are {sorted(self.rows)}; take clean, per_level or both")
        if self.rope not in ("absolute", "slot"):
            raise ValueError(f"rope is {self.rope!r}; take absolute or slot")
        if self.sampler not in ("renoise", "euler"):
            raise ValueError(f"sampler is {self.sampler!r}; take renoise or euler")
        if not 0 < self.renewal <= 1:
            raise ValueError(
                f"renewal is {self.renewal:g}; it goes from above 0 (the last frame) to 1 (noise)"
            )
        for kind in self.steering:
            if kind not in STEERING:
                raise ValueError(f"steering is {kind!r}; take {' or '.join(STEERING)}")
        if self.renewal < 1 and self.steering[-1:] != (LAST,):
            raise ValueError(
                f"a block begins where its last frame is carried (renewal is {self.renewal:g}): "
                f"the steering must end with {LAST!r}, not be {list(self.steering)}"
            )
        if len(self.size) != 2 or min(self.size) < 1 or self.fps <= 0 or not self.steps:
            raise ValueError(
                f"a card needs steps, a height and width and a rate, not {list(self.steps)}, "
                f"{list(self.size)} and {self.fps:g}"
            )

    @property
    def planes(self) -> int:
        """How many planes its steering takes."""
        return sum(STEERING[kind] for kind in self.steering)


@dataclass(frozen=True)
class PublicVideo:
    """A checkpoint that others published: its files in its repository, and how it rolls out."""

    repo: str
    file: str
    card: RolloutCard
    source: str  # of the card's values; "recalled" where no public file was read
    about: str
    holder: str = ""  # the entry of the file to take
    loras: tuple[str, ...] = ()


SELF_FORCING = RolloutCard(
    block=3,
    window=21,
    sink=0,
    steps=(1000.0, 750.0, 500.0, 250.0),
    shift=5.0,
    warp=True,
    fps=16.0,
    size=(480, 832),
    space="wan2.1",
    trained_for="text to video of 81 pictures",
)
LONGLIVE = replace(
    SELF_FORCING, window=12, sink=3, trained_for="long text to video, prompts changing"
)
CAUSVID = replace(SELF_FORCING, steps=(1000.0, 757.0, 522.0), shift=8.0, warp=False)
STREAM_V2V = replace(
    SELF_FORCING,
    block=1,
    window=6,
    sink=3,
    steps=(700.0, 500.0, 400.0, 200.0),
    shift=8.0,
    warp=False,
    rows=frozenset({PER_LEVEL}),
    clean_pass=False,
    trained_for="video to video, live",
)
KREA = replace(
    SELF_FORCING,
    window=6,
    steps=(1000.0, 937.0, 833.0, 625.0),
    warp=False,
    rope="slot",
    clean_pass=False,
    trained_for="text to video over recomputed context",
)
SHOTSTREAM = replace(
    SELF_FORCING,
    steps=(1000.0, 740.0, 500.0, 260.0),
    shift=8.0,
    trained_for="the next shot after pictures of the last",
)

PUBLIC: Mapping[str, PublicVideo] = {
    "self-forcing": PublicVideo(
        "gdhe17/Self-Forcing",
        "checkpoints/self_forcing_dmd.pt",
        SELF_FORCING,
        "guandeh17/Self-Forcing configs/self_forcing_dmd.yaml",
        "Wan 1.3B, four steps, 480x832",
        holder="generator_ema",
    ),
    "self-forcing-sid": PublicVideo(
        "gdhe17/Self-Forcing",
        "checkpoints/self_forcing_sid.pt",
        SELF_FORCING,
        "guandeh17/Self-Forcing configs/self_forcing_sid.yaml",
        "Wan 1.3B, four steps, 480x832",
        holder="generator_ema",
    ),
    "causvid": PublicVideo(
        "tianweiy/CausVid",
        "autoregressive_checkpoint/model.pt",
        CAUSVID,
        "tianweiy/CausVid configs; window recalled",
        "Wan 1.3B, three steps, 480x832",
        holder="generator",
    ),
    "longlive": PublicVideo(
        "Efficient-Large-Model/LongLive-1.3B",
        "models/longlive_base.pt",
        LONGLIVE,
        "NVlabs/LongLive configs/longlive_inference.yaml",
        "Wan 1.3B, minutes long, prompts change live",
        holder="generator",
        loras=("models/lora.pt",),
    ),
    "streamdiffusion-v2": PublicVideo(
        "jerryfeng/StreamDiffusionV2",
        "wan_causal_dmd_v2v/model.pt",
        STREAM_V2V,
        "chenfengxu714/StreamDiffusionV2 configs; training rows recalled",
        "Wan 1.3B, repaints video live",
    ),
    "streamdiffusion-v2-14b": PublicVideo(
        "jerryfeng/StreamDiffusionV2",
        "wan_causal_dmd_v2v_14b/model.pt",
        STREAM_V2V,
        "chenfengxu714/StreamDiffusionV2 configs; training rows recalled",
        "Wan 14B, repaints video live",
    ),
    "krea-realtime": PublicVideo(
        "krea/krea-realtime-video",
        "krea-realtime-video-14b.safetensors",
        KREA,
        "krea-ai/realtime-video configs; rate recalled",
        "Wan 14B, four steps, 480x832",
    ),
    "shotstream": PublicVideo(
        "KlingTeam/ShotStream",
        "shotstream_merged.pt",
        SHOTSTREAM,
        "KlingTeam/ShotStream configs; window recalled",
        "Wan 1.3B, shot after shot",
        holder="generator",
    ),
}
