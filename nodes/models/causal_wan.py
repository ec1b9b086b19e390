"""The transformer of Wan2.1 for causal rollouts: a network that knows no cache.

Wherever a layer would attend over time it asks a `Past`, which gets queries and keys normed but not
rotated. One forward pass is therefore the same code for training under a mask, for a rollout over a
window, and for a batch of streams: only the `Past` differs. Module names are those of the public
checkpoints (Wan2.1 and the causal models distilled from it: CausVid, Self-Forcing, LongLive).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from kernels.attention import attention
from kernels.norm import modulate, rms_norm
from nodes.models.video_card import COLOURS
from nodes.models.wan_advect import Advection
from nodes.models.wan_config import WanConfig
from nodes.models.wan_ends import Ends

if TYPE_CHECKING:
    from collections.abc import Callable

MODULATIONS = 6  # shift, scale and gate of the attention, then of the feed-forward
PERIOD = 10000.0  # of the slowest wave that a timestep is told by


class Past(Protocol):
    """What one forward pass attends to over time. It may also have a method
    `residual(layer, hidden, modulation)`, which is told what enters each layer: hidden
    (B, F*N, dim) and the timesteps' modulation (B, F, 6, dim).
    """

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The values that queries find, (B, F*N, heads, d). q, k and v are of this shape too, those
        of the frames in the pass; q and k are normed and not rotated.
        """
        ...


class TextKeys(NamedTuple):
    """The keys and values of a prompt for the cross-attention of each layer, (B, L, heads, d)."""

    k: tuple[Tensor, ...]
    v: tuple[Tensor, ...]


class RMSNorm(nn.Module):
    """RMS norm over all channels, before they are split into heads."""

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.weight, self.eps)


class Projections(nn.Module):
    """The projections around an attention: queries and keys normed, and split into heads."""

    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        dim = config.dim
        self.split = (config.heads, config.head_dim)
        self.q, self.k, self.v, self.o = (nn.Linear(dim, dim) for _ in range(4))
        self.norm_q = RMSNorm(dim, config.eps)
        self.norm_k = RMSNorm(dim, config.eps)

    def queries(self, x: Tensor) -> Tensor:
        return self.norm_q(self.q(x)).unflatten(-1, self.split)  # (B, N, heads, d)

    def key_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        k = self.norm_k(self.k(x)).unflatten(-1, self.split)
        return k, self.v(x).unflatten(-1, self.split)

    def out(self, found: Tensor) -> Tensor:
        return self.o(found.flatten(2))


class Block(nn.Module):
    """A layer: attention over time and space, over the text, and a feed-forward."""

    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        dim = config.dim
        self.eps = config.eps
        self.self_attn = Projections(config)
        self.norm3 = nn.LayerNorm(dim, eps=config.eps)
        self.cross_attn = Projections(config)
        self.ffn = nn.Sequential(
            nn.Linear(dim, config.ffn), nn.GELU(approximate="tanh"), nn.Linear(config.ffn, dim)
        )
        self.modulation = nn.Parameter(torch.empty(1, MODULATIONS, dim))
        if config.local:
            self.local = nn.Conv2d(dim, dim, config.local, padding="same", groups=dim, bias=False)

    def forward(
        self,
        x: Tensor,
        grid: tuple[int, int],
        modulation: Tensor,
        text: tuple[Tensor, Tensor],
        attend: Callable[[Tensor, Tensor, Tensor], Tensor],
    ) -> Tensor:
        """x (B, F, N, dim) of N = rows * columns tokens, modulation (B, F, 6, dim), text k and v
        (B or 1, L, heads, d)."""
        shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = self._rows(modulation)
        tokens = modulate(x, shift, scale, self.eps).flatten(1, 2)  # (B, F*N, dim)
        found = attend(self.self_attn.queries(tokens), *self.self_attn.key_values(tokens))
        x = x + gate * self.self_attn.out(found).view_as(x)
        q = self.cross_attn.queries(self.norm3(x).flatten(1, 2))
        x = x + self.cross_attn.out(attention(q, *text)).view_as(x)
        tokens = self._beside(modulate(x, ffn_shift, ffn_scale, self.eps), grid)
        return x + ffn_gate * self.ffn(tokens)

    def _beside(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        """x (B, F, N, dim) with what lies around each token."""
        if not hasattr(self, "local"):
            return x
        pictures = x.flatten(0, 1).unflatten(1, grid).permute(0, 3, 1, 2)  # channels last in memory
        return x + self.local(pictures).permute(0, 2, 3, 1).reshape_as(x)

    def past_key_values(self, x: Tensor, modulation: Tensor) -> tuple[Tensor, Tensor]:
        """The keys and values of x (B, F, N, dim) in self-attention, (B, F*N, heads, d) each."""
        shift, scale, *_ = self._rows(modulation)
        return self.self_attn.key_values(modulate(x, shift, scale, self.eps).flatten(1, 2))

    def _rows(self, modulation: Tensor) -> tuple[Tensor, ...]:
        return (self.modulation + modulation).unsqueeze(3).unbind(2)  # 6 of (B, F, 1, dim)


class Head(nn.Module):
    """From tokens to the numbers of their patches."""

    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        _, height, width = config.patch
        self.eps = config.eps
        self.head = nn.Linear(config.dim, height * width * config.out_channels)
        if config.ends:
            self.fine = nn.Linear(config.dim, height * width * config.ends)
        self.modulation = nn.Parameter(torch.empty(1, 2, config.dim))

    def forward(self, x: Tensor, time: Tensor) -> tuple[Tensor, Tensor | None]:
        """x (B, F, N, dim), time (B, F, dim) -> the flow of each patch, and what convolutions
        behind it are told, where there are any."""
        shift, scale = (self.modulation + time.unsqueeze(2)).unsqueeze(3).unbind(2)
        tokens = modulate(x, shift, scale, self.eps)
        return self.head(tokens), self.fine(tokens) if hasattr(self, "fine") else None


class CausalWan(nn.Module):
    """The flow v = noise - x0 of latent frames, each at its own timestep, given their past.

    Untrained it answers 0: the head starts at zero, and so does the way a control signal comes in.
    """

    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.dim
        self.patch_embedding = nn.Conv3d(config.channels, dim, config.patch, config.patch)
        if config.control_channels:
            self.control_embedding = nn.Conv3d(
                config.control_channels, dim, config.patch, config.patch, bias=False
            )
        if config.places:
            self.place_embedding = nn.Linear(4 * config.places, dim)
        if config.ends:
            seen = config.channels + config.control_channels
            self.ends = Ends(seen, config.out_channels, config.ends, dim)
            self.fine_embedding = nn.Conv3d(config.ends, dim, config.patch, config.patch)
        if config.advect:
            self.advect = Advection(config.advect, dim)
        self.text_embedding = nn.Sequential(
            nn.Linear(config.text_dim, dim), nn.GELU(approximate="tanh"), nn.Linear(dim, dim)
        )
        self.time_embedding = nn.Sequential(
            nn.Linear(config.freq_dim, dim), nn.SiLU(), nn.Linear(dim, dim)
        )
        self.time_projection = nn.Sequential(nn.SiLU(), nn.Linear(dim, MODULATIONS * dim))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.head = Head(config)
        self._initialise()

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        text: TextKeys,
        past: Past,
        control: Tensor | None = None,
    ) -> Tensor:
        """v (B, F, out_channels, h, w) in x's type, for latents x (B, F, channels, h, w) and
        timesteps t (B, F) in 0..1000.

        control (B, F, control_channels, h, w) steers where the network was made for it; zeros are
        as good as none. ValueError where h or w is no multiple of the patch.
        """
        grid = self.grid(*x.shape[-2:])
        if control is not None and self.config.advect:
            control = self.advect(control, words_of(text))
        hidden = self._embedded(self.patch_embedding, x)  # (B, F, N, dim)
        if self.config.places:
            hidden = hidden + self.place_embedding(place_waves(grid, self.config.places, hidden))
        if control is not None:
            hidden = hidden + self._embedded(self.control_embedding, control)
        time, modulation = self._times(t)
        seen = self._seen(x, time, control)
        if seen is not None:
            hidden = hidden + self._embedded(self.fine_embedding, seen)
        watch = getattr(past, "residual", None)
        for layer, block in enumerate(self.blocks):
            if watch is not None:
                watch(layer, hidden.flatten(1, 2), modulation)
            keys = (text.k[layer], text.v[layer])
            hidden = block(hidden, grid, modulation, keys, _attend(past, layer))
        flow, told = self.head(hidden, time)
        v = self._unpatched(flow, grid)
        if seen is not None:
            v = v + self.ends.drawn(seen, self._unpatched(told, grid), time)
        if self.config.spread:
            v = v + self._guess(x, t, control)
        return v.to(x.dtype)

    def _seen(self, x: Tensor, time: Tensor, control: Tensor | None) -> Tensor | None:
        """What convolutions see of whole latents, (B, F, ends, h, w), where the network has any."""
        if not self.config.ends:
            return None
        if control is None:
            control = x.new_zeros(*x.shape[:2], self.config.control_channels, *x.shape[-2:])
        return self.ends.seen(torch.cat([x, control], 2).to(self.dtype), time)

    def _guess(self, x: Tensor, t: Tensor, control: Tensor | None) -> Tensor:
        """What noisy latents tell of their flow, and the last frame where it is told."""
        plain = flow_guess(x, t, self.config.spread)
        if control is None or not self.config.change:
            return plain
        sizes = [1, COLOURS, x.shape[2]]
        told, _, last = control[:, :, -sum(sizes) :].float().split(sizes, 2)
        clean = 1 - (t.float() / 1000)[..., None, None, None]
        changed = flow_guess(x - clean * last, t, self.config.change) - last
        return torch.where(told > 0, changed, plain)

    def carried(self, control: Tensor, text: TextKeys) -> Tensor:
        """The last finished frame that a control (B, F, planes, h, w) tells, where it goes in each
        frame, (B, F, channels, h, w) float32; zero where none is told. What a block may begin with
        instead of noise alone."""
        if self.config.advect:
            return self.advect.carried(control, words_of(text))
        return control[:, :, -self.config.channels :].float()

    def embed_text(self, embeds: Tensor) -> TextKeys:
        """The keys of a prompt, embeds (B, L, text_dim) on any device with L up to text_len, made
        once for all blocks.

        Shorter prompts are filled up with zeros, which the network looks at as it does in training.
        """
        config = self.config
        rows = embeds.shape[1]
        if rows > config.text_len or embeds.shape[2] != config.text_dim:
            raise ValueError(
                f"a prompt of {rows} rows of {embeds.shape[2]} numbers does not fit: at most "
                f"{config.text_len} rows of {config.text_dim}"
            )
        filled = pad(embeds.to(self.patch_embedding.weight), (0, 0, 0, config.text_len - rows))
        embedded = self.text_embedding(filled)  # (B, text_len, dim)
        blocks: Any = self.blocks
        pairs = [block.cross_attn.key_values(embedded) for block in blocks]
        return TextKeys(tuple(k for k, _ in pairs), tuple(v for _, v in pairs))

    def key_values(self, layer: int, hidden: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """The keys and values, (B, F*N, heads, d) each, of frames whose residual (B, F*N, dim)
        entered a layer at timesteps t (B, F): what `Past.attend` was handed then.
        """
        _, modulation = self._times(t)
        block: Any = self.blocks[layer]
        return block.past_key_values(hidden.unflatten(1, (t.shape[1], -1)), modulation)

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """How many tokens a latent frame has, rows and columns."""
        _, rows, columns = self.config.patch
        if height % rows or width % columns:
            raise ValueError(
                f"latents of {height} by {width} do not divide into patches of {rows} by {columns}"
            )
        return height // rows, width // columns

    @property
    def dtype(self) -> torch.dtype:
        return self.patch_embedding.weight.dtype

    def _embedded(self, embedding: nn.Conv3d, x: Tensor) -> Tensor:
        _, height, width = self.config.patch
        patches = x.to(self.dtype).unfold(3, height, height).unfold(4, width, width)
        patches = patches.permute(0, 1, 3, 4, 2, 5, 6)  # (B, F, h', w', C, ph, pw)
        return linear(patches.flatten(4).flatten(2, 3), embedding.weight.flatten(1), embedding.bias)

    def _unpatched(self, patches: Tensor, grid: tuple[int, int]) -> Tensor:
        _, height, width = self.config.patch
        split = patches.unflatten(2, grid).unflatten(-1, (height, width, -1))
        return split.permute(0, 1, 6, 2, 4, 3, 5).flatten(5, 6).flatten(3, 4)

    def _times(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """What timesteps are to the head (B, F, dim) and to the layers (B, F, 6, dim)."""
        waves = timestep_waves(t, self.config.freq_dim).to(self.dtype)
        time = self.time_embedding(waves)
        return time, self.time_projection(time).unflatten(-1, (MODULATIONS, -1))

    def _initialise(self) -> None:
        if self.patch_embedding.weight.is_meta:
            return  # a network to be filled; drawing there would import torch's compiler
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, Block | Head):
                nn.init.normal_(module.modulation, std=self.config.dim**-0.5)
                if isinstance(module, Block) and self.config.local:
                    _zero(module.local)
        nn.init.xavier_uniform_(self.patch_embedding.weight.flatten(1))
        for first in (*self.text_embedding, *self.time_embedding):
            if isinstance(first, nn.Linear):
                nn.init.normal_(first.weight, std=0.02)
        _zero(self.head.head)
        if self.config.ends:
            _zero(self.ends.last)
            _zero(self.fine_embedding)
        if self.config.control_channels:
            _zero(self.control_embedding)
        if self.config.advect:
            _zero(self.advect.last)


def _zero(layer: nn.Linear | nn.Conv2d | nn.Conv3d) -> None:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def words_of(text: TextKeys) -> Tensor:
    """A prompt as a whole, (B, dim): the mean of what the first layer finds in its words."""
    return text.v[0].flatten(2).mean(1)


def _attend(past: Past, layer: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    return lambda q, k, v: past.attend(layer, q, k, v)


def flow_guess(x: Tensor, t: Tensor, spread: tuple[float, ...]) -> Tensor:
    """The best linear guess at the flow from noisy latents x (B, F, C, h, w) at timesteps t (B, F)
    alone, float32, where the deviation of each channel is known: the skip connection of EDM
    (Karras et al. 2022, section 5) for v = noise - x0."""
    sigma = (t.float() / 1000)[..., None, None, None]
    power = torch.tensor(spread, device=x.device).square()[:, None, None]
    clean = 1 - sigma
    return (sigma - clean * power) / (sigma.square() + clean.square() * power) * x.float()


def place_waves(grid: tuple[int, int], count: int, like: Tensor) -> Tensor:
    """cos and sin of `count` half waves down and across the picture at each token, (N, 4 * count),
    in the type and on the device of `like`."""
    waves = torch.arange(1, count + 1, device=like.device) * torch.pi
    shares = [(torch.arange(n, device=like.device) + 0.5) / n for n in grid]
    down, across = (share[:, None] * waves for share in shares)  # (n, count)
    places = torch.cat(
        [
            torch.cat([down.cos(), down.sin()], 1)[:, None].expand(-1, grid[1], -1),
            torch.cat([across.cos(), across.sin()], 1)[None].expand(grid[0], -1, -1),
        ],
        2,
    )
    return places.flatten(0, 1).to(like.dtype)


def timestep_waves(t: Tensor, size: int) -> Tensor:
    """cos and sin of timesteps at `size`/2 frequencies, (*t.shape, size); in float64 where the
    device has it, for a timestep of 937.5 is 150 turns of the fastest.
    """
    dtype = torch.float32 if t.device.type == "mps" else torch.float64
    half = size // 2
    exponents = torch.arange(half, device=t.device, dtype=dtype) / half
    turned = t.to(dtype)[..., None] * PERIOD**-exponents
    return torch.cat([turned.cos(), turned.sin()], dim=-1)
