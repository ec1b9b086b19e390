"""The sizes of a causal Wan, those of the public checkpoints and those of small networks."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.models.video_card import COLOURS, STEERING
from nodes.models.wan_ends import GROUPS

MEASURES = "dim", "ffn", "heads", "channels", "out_channels", "freq_dim"
LARGEST = 65_536  # of each of them; beyond is a broken file
DEEPEST = 1024  # layers
WIDEST = 15  # of the convolution over a frame's tokens


@dataclass(frozen=True)
class WanConfig:
    """The sizes of a network. ValueError where they do not go together.

    `places` waves, 0 in the public checkpoints, tell each token where in the picture it is, as a
    share of height and width: small networks learn a layout sooner, and keep it at every size.
    `spread`, nothing in the public checkpoints, is the deviation of each latent channel: the
    network then adds to what the noisy latents tell by themselves (`flow_guess`), and need not
    carry their noise through its few channels. `change`, in the same way, is the deviation of each
    channel from the last finished frame: the end of `control` is then that frame, behind the
    colours of the one before it and a plane that says where they are told. `local`, 0 in the
    public checkpoints, is the odd side of a depthwise convolution over each frame's tokens before
    every feed-forward, as in SANA (Xie et al. 2024): attention takes small networks long to learn
    what lies beside what. `ends`, 0 in the public checkpoints, are the channels of convolutions
    over whole latents before the layers and behind them. `advect`, 0 in the public checkpoints, are
    the channels of a network that carries the last frame to where camera, points and words say that
    it goes, before anything else sees it.
    """

    dim: int
    ffn: int
    heads: int
    layers: int
    channels: int = 16
    out_channels: int = 16
    patch: tuple[int, int, int] = (1, 2, 2)
    freq_dim: int = 256
    text_dim: int = 4096
    text_len: int = 512
    eps: float = 1e-6
    control_channels: int = 0
    places: int = 0
    spread: tuple[float, ...] = ()
    change: tuple[float, ...] = ()
    local: int = 0
    ends: int = 0
    advect: int = 0

    def __post_init__(self) -> None:
        for name in MEASURES:
            if not 1 <= getattr(self, name) <= LARGEST:
                raise ValueError(f"{name} is {getattr(self, name)}; a network has 1 to {LARGEST}")
        if not 0 <= self.layers <= DEEPEST:
            raise ValueError(f"a network has 0 to {DEEPEST} layers, not {self.layers}")
        if self.dim % self.heads or self.head_dim % 2 or self.head_dim < 6:
            raise ValueError(
                f"{self.heads} heads cannot share {self.dim} channels: each needs the same even "
                "number, 6 or more"
            )
        if self.patch[0] != 1:
            raise ValueError(f"a patch spans one latent frame, not {self.patch[0]}")
        if self.local and not (self.local % 2 and 1 <= self.local <= WIDEST):
            raise ValueError(f"local is {self.local}; it is 0 or odd, up to {WIDEST}")
        if self.ends % GROUPS or not 0 <= self.ends <= LARGEST:
            raise ValueError(f"ends is {self.ends}; it is a multiple of {GROUPS}, or 0")
        if not 0 <= self.advect <= LARGEST or (self.advect and not self.change):
            raise ValueError(
                f"advect is {self.advect}; it is 0 to {LARGEST}, and 0 where no last frame is told"
            )
        steered = sum(STEERING.values())
        if self.advect and self.control_channels != steered:
            raise ValueError(
                f"advect goes by all {steered} planes of control, {', '.join(STEERING)}, and there "
                f"are {self.control_channels}"
            )
        if self.freq_dim % 2:
            raise ValueError(f"freq_dim is {self.freq_dim}; it must be even")
        if self.spread and len(self.spread) != self.channels:
            raise ValueError(f"{len(self.spread)} deviations for {self.channels} latent channels")
        if self.change and len(self.change) != len(self.spread):
            raise ValueError(f"{len(self.change)} deviations of change beside {len(self.spread)}")
        told = 1 + COLOURS + self.channels
        if self.change and self.control_channels < told:
            raise ValueError(
                f"the last frame takes {told} planes of control, and there are "
                f"{self.control_channels}"
            )

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads


SIZES = {
    "1.3B": WanConfig(dim=1536, ffn=8960, heads=12, layers=30),
    "14B": WanConfig(dim=5120, ffn=13824, heads=40, layers=40),
}
