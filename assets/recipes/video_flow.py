"""Stage 2 of slipstream-video: the causal denoiser and its text encoder by flow matching.

Some steps are teacher forcing: noisy blocks behind clean ones, all of them judged, from which the
network learns soonest how things move. In others every block has a noise level of its own
(diffusion forcing, Chen et al. 2024), so that one checkpoint serves caches of finished blocks and
caches of one noise level. The rest are openings, first blocks with nothing before them: what a
dream begins with is all that later blocks can move, and a window of tokens holds many of them.
Before all that most steps are on stills, single frames: of them a window holds a dozen, and what a
thing and a land look like is learnt there first.
Clean pasts carry the model's own errors (SVI's error recycling), so that long rollouts do not
drift.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes.loop import descend, follow, rate
from assets.recipes.muon import MuonAndAdam, matrices
from assets.recipes.precision import mixed
from assets.recipes.video_latents import wayless_text
from assets.recipes.video_parts import BLOCK, SHIFT, WINDOW, Parts
from assets.recipes.video_rollout import is_told, leaning, level
from assets.recipes.video_steer import Ways, drawn_planes
from nodes.models.video_card import COLOURS
from nodes.rollout.dense import Dense
from nodes.rollout.flow import add_noise
from nodes.rollout.rope_plan import Slot
from nodes.rollout.steering import last_planes

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool

BLOCKS = WINDOW // BLOCK
FILM = 4 * BLOCK  # frames; no clip has another block
DROP = 0.1
WAYLESS = 0.4  # share of texts whose camera goes unsaid
OPENING = 0.6  # share of steps on first blocks alone
OPENINGS = 4  # times as many of them in a batch
STILL_SHARE = 0.7  # of the steps of this stage, those on single frames
STILLS = 12  # times as many of them in a batch
TAUGHT = 0.6  # share of the other steps with teacher forcing
TAUGHT_SHIFT = 3.0  # noisier: there the past alone says what comes
CLEAN_SHARE = 0.35
NEARLY = 0.04  # the noise of blocks that are as good as clean
THING = 4.0  # times as much as its surroundings
STILL, MOST = 0.4, 5.0  # weight of what stands still; the most that movement counts, in means
COLOURFUL = 3.0  # how much more than details the colours of latents count
BANK = 256  # blocks of the model's own errors that are remembered
YOUNG = 0.2  # share of the steps after which the averages are kept, to be guided away from


class Sample(NamedTuple):
    """A batch as the denoiser sees it, F frames of a window or of its first block: x0 and eps
    (B, F, C, h, w), sigma (B, F), how much each cell counts in the loss (B, F, h, w), the texts,
    what steers them (B, F, 27, h, w), whether time was left out behind the first block (B,), and
    for teacher forcing the finished past."""

    x0: Tensor
    eps: Tensor
    sigma: Tensor
    counts: Tensor
    texts: list[str]
    control: Tensor
    apart: Tensor
    past: Tensor | None = None


class Film(NamedTuple):
    """Clips of `FILM` frames, (B, F, C, h, w), how much each cell counts (B, F, h, w), their texts,
    and what steers them but for the last frame (B, F, 7, h, w)."""

    x0: Tensor
    counts: Tensor
    texts: list[str]
    steered: Tensor


class FlowStage:
    """Trains denoiser and text encoder; keeps their exponential averages for shipping, and as they
    were when they were young."""

    def __init__(
        self,
        name: str,
        parts: Parts,
        pool: LatentPool,
        *,
        batch: int,
        peak: float,
        openings: LatentPool | None = None,
    ) -> None:
        self.name, self.parts, self.pool = name, parts, pool
        self._openings = openings or pool
        # what a flow is off says little of where things go; it learns that in a stage of its own
        parts.network.advect.requires_grad_(False)
        self.network_average = deepcopy(parts.network).requires_grad_(False)
        self.text_average = deepcopy(parts.text).requires_grad_(False)
        self.network_young = deepcopy(self.network_average)
        self.text_young = deepcopy(self.text_average)
        self.batch, self._peak = batch, peak
        self._errors: dict[int, list[Tensor]] = {}
        self._views: dict[tuple[int, int, int, bool], Dense] = {}
        turned = matrices(parts.network.blocks, [parts.network, parts.text])
        self._optimizer = MuonAndAdam(*turned, peak=peak or 1.0)

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.parts.network,
            "text": self.parts.text,
            "network_average": self.network_average,
            "text_average": self.text_average,
            "network_young": self.network_young,
            "text_young": self.text_young,
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        self.refresh(index)
        loss = self.loss(index)
        descend(self._optimizer, loss, rate(index, total, peak=self._peak))
        decay = min(0.998, (index + 1) / (index + 10))
        follow(self.network_average, self.parts.network, decay)
        follow(self.text_average, self.parts.text, decay)
        if index == int(YOUNG * total):
            self.network_young.load_state_dict(self.network_average.state_dict())
            self.text_young.load_state_dict(self.text_average.state_dict())
        return loss.item()

    def loss(self, index: int) -> Tensor:
        """How far the flow is off in a batch; the step's index says whether of stills."""
        return self.off(self.still() if falls(index, STILL_SHARE) else self.drawn())

    def off(self, sample: Sample) -> Tensor:
        """How far the flow is off in these."""
        v = self.flow(sample)
        if sample.x0.shape[1] == WINDOW:
            self.learn_errors(sample, v.detach())
        return judged(v, sample.eps - sample.x0, sample.counts)

    def refresh(self, index: int) -> None:
        """Takes in, now and then, what has been encoded since."""
        for pool in (self.pool, self._openings):
            if index % 50 == 0 or not len(pool):
                pool.refresh()

    def drawn(self) -> Sample:
        """The next batch, of one of the three kinds."""
        if torch.rand(()) < OPENING:
            return self.opening()
        return self.sample(taught=bool(torch.rand(()) < TAUGHT))

    def flow(self, sample: Sample, parts: Parts | None = None) -> Tensor:
        """v (B, F, C, h, w) float32 of the noisy frames, by these networks or those in training."""
        parts = parts or self.parts
        x, sigma = add_noise(sample.x0, sample.eps, sample.sigma), sample.sigma
        control = sample.control
        if sample.past is not None:
            x, sigma = torch.cat([sample.past, x], 1), torch.cat([0 * sigma, sigma], 1)
            control = torch.cat([control, control], 1)
        network = parts.network
        with mixed(x.device):
            keys = parts.keys(sample.texts)
            frames, taught = sample.x0.shape[1], sample.past is not None
            view = self._view(network.grid(*x.shape[-2:]), frames, taught=taught)
            v = network(x, 1000 * sigma, keys, view, control)
        return v[:, -frames:].float()

    def _view(self, grid: tuple[int, int], frames: int, *, taught: bool) -> Dense:
        """The block-causal view of so many frames."""
        place = (*grid, frames, taught)
        if place not in self._views:
            mask = "teacher_forcing" if taught else "block_causal"
            self._views[place] = Dense(Slot(), frames, grid, BLOCK, mask=mask)
        return self._views[place]

    def opening(self, batch: int = 0) -> Sample:
        """Draws first blocks, each at one level; so many, or as many as a step can pay for."""
        pool = self._openings
        index = torch.randint(len(pool), (batch or OPENINGS * self.batch,))
        x0, ways, counts = _begun(pool, index, BLOCK)
        sigma = shifted(torch.rand(len(index), 1), TAUGHT_SHIFT).repeat(1, BLOCK)
        alone = torch.zeros(len(index), dtype=torch.bool)
        control = torch.cat([steered(ways, x0), told_last(x0, sigma, alone)], 2)
        texts = dropped(pool, index)
        return Sample(x0, torch.randn_like(x0), sigma, counts, texts, control, alone)

    def still(self) -> Sample:
        """Draws single frames out of first blocks, each at its own level."""
        pool = self._openings
        index = torch.randint(len(pool), (STILLS * self.batch,))
        rows, at = torch.arange(len(index))[:, None], torch.randint(BLOCK, (len(index), 1))
        x0, ways = pool.take(index)[rows, at], ways_of(pool, index).at(rows, at)
        sigma = shifted(torch.rand(len(index), 1), SHIFT)
        alone = torch.zeros(len(index), dtype=torch.bool)
        control = torch.cat([steered(ways, x0), told_last(x0, sigma, alone)], 2)
        counts, texts = weights(ways, x0.shape[-1]), dropped(pool, index)
        return Sample(x0, torch.randn_like(x0), sigma, counts, texts, control, alone)

    def sample(self, *, taught: bool = False, gaps: bool = True, batch: int = 0) -> Sample:
        """Draws clips, moments, noise and levels; so many, or as many as a step can pay for.

        The first block opens its clip, as a sink does; the others follow it at once or, half of
        the time where `gaps` are wanted, later on. Then the second is past and not judged: nothing
        leads to it.
        """
        batch = batch or (self.batch // 2 + 1 if taught else self.batch)
        index = torch.randint(len(self.pool), (batch,))
        x0, ways, apart = self._moments(index, gaps=gaps)
        sigma, judged = _levels(apart, taught=taught)
        counts = judged[..., None, None] * weights(ways, x0.shape[-1]) * moving(x0)
        past = self._spoilt(x0, 0 * sigma) if taught else None
        x0 = x0 if taught else self._spoilt(x0, sigma)
        finished = torch.zeros_like(sigma) if taught else sigma
        last = told_last(x0 if past is None else past, finished, apart)
        control = torch.cat([steered(ways, x0), last], 2)
        texts = dropped(self.pool, index)
        eps, sigma = self._begun(x0, sigma, texts, control)
        return Sample(x0, eps, sigma, counts, texts, control, apart, past)

    @torch.no_grad()
    def _begun(
        self, x0: Tensor, sigma: Tensor, texts: list[str], control: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Noise and levels of frames that begin where their last one is carried, if they are told
        it."""
        told, network = is_told(control), self.parts.network
        carried = network.carried(control, self.parts.keys(texts))
        return leaning(torch.randn_like(x0), x0, carried, told), level(sigma, told)

    def film(self) -> Film:
        """Draws clips from their first frame on."""
        index = torch.randint(len(self.pool), (self.batch,))
        x0, ways, counts = _begun(self.pool, index, FILM)
        return Film(x0, counts, dropped(self.pool, index), steered(ways, x0))

    def _moments(self, index: Tensor, *, gaps: bool) -> tuple[Tensor, Ways, Tensor]:
        """A window of each clip (B, F, C, h, w), the ways of its thing and camera, and whether time
        was left out behind its first block, (B,)."""
        clips = self.pool.take(index)
        later = torch.randint(clips.shape[1] - WINDOW + 1, index.shape)
        later = later * (torch.rand(len(index)) < 0.5) * gaps
        frames = torch.arange(WINDOW) + later[:, None] * (torch.arange(WINDOW) >= BLOCK)
        rows = torch.arange(len(index))[:, None]
        ways = ways_of(self.pool, index).at(rows, frames)
        return clips[rows, frames], ways, later > 0

    def _spoilt(self, x0: Tensor, sigma: Tensor) -> Tensor:
        """The clips, some of their nearly clean blocks with errors that the model once made."""
        errors = self._errors.get(x0.shape[-1], [])
        if len(errors) < BANK // 8:
            return x0
        x0 = x0.clone()
        for row in range(len(x0)):
            for first in range(0, WINDOW - BLOCK, BLOCK):
                if sigma[row, first] < 0.05 and torch.rand(()) < 0.5:
                    error = errors[int(torch.randint(len(errors), ()))]
                    x0[row, first : first + BLOCK] += torch.rand(()) * error
        return x0

    def learn_errors(self, sample: Sample, v: Tensor) -> None:
        """Remembers how far one block's picture was off."""
        row, block = int(torch.randint(len(v), ())), BLOCKS - 1
        here = slice(block * BLOCK, (block + 1) * BLOCK)
        sigma = sample.sigma[row, block * BLOCK]
        if 0.2 < sigma < 0.85:
            off = -sigma * (v[row, here] - (sample.eps - sample.x0)[row, here])
            kept = self._errors.get(off.shape[-1], [])
            self._errors[off.shape[-1]] = [*kept[-BANK + 1 :], off.clamp(-2, 2)]


def falls(index: int, share: float) -> bool:
    """Whether a step is one of a share, at the same steps in each process that trains."""
    return int((index + 1) * share) > int(index * share)


def judged(v: Tensor, wanted: Tensor, counts: Tensor) -> Tensor:
    """The mean squared error of a flow (B, F, C, h, w), of each cell as much as it counts; that of
    its colours counts more."""
    gap = (v - wanted) ** 2
    colours, details = gap[:, :, :COLOURS].sum(2), gap[:, :, COLOURS:].sum(2)
    gap = (COLOURFUL * colours + details) / (gap.shape[2] + (COLOURFUL - 1) * COLOURS)
    return (gap * counts).sum() / counts.sum().clamp_min(1)


def ways_of(pool: LatentPool, index: Tensor) -> Ways:
    return Ways.of(pool.things(index), pool.cameras(index))


def _begun(pool: LatentPool, index: Tensor, frames: int) -> tuple[Tensor, Ways, Tensor]:
    """The first frames of these clips (B, F, C, h, w), the ways of thing and camera, and how much
    each cell counts (B, F, h, w)."""
    x0 = pool.take(index)[:, :frames]
    ways = ways_of(pool, index).at(torch.arange(len(index))[:, None], torch.arange(frames))
    return x0, ways, weights(ways, x0.shape[-1]) * moving(x0)


def steered(ways: Ways, x0: Tensor) -> Tensor:
    return drawn_planes(ways, (x0.shape[-2], x0.shape[-1]))


def dropped(pool: LatentPool, index: Tensor) -> list[str]:
    """The texts at these places, a tenth of them unsaid, and of two in five their camera, so that
    one that is told steers by itself."""
    texts = [pool.texts[i] for i in index.tolist()]
    texts = [wayless_text(text) if torch.rand(()) < WAYLESS else text for text in texts]
    return ["" if torch.rand(()) < DROP else text for text in texts]


def shifted(u: Tensor, shift: float) -> Tensor:
    return shift * u / (1 + (shift - 1) * u)


def _levels(apart: Tensor, *, taught: bool) -> tuple[Tensor, Tensor]:
    """Sigmas (B, F), one a block, and which frames count, as 0.0 or 1.0: what is nearly clean does
    not, for nobody can tell its noise."""
    batch = len(apart)
    u = torch.rand(batch, BLOCKS)
    sigma = shifted(u, TAUGHT_SHIFT if taught else SHIFT)
    clean = torch.rand(batch, BLOCKS) < (0 if taught else CLEAN_SHARE)
    clean[:, -1] = False
    clean[apart, 1] = True
    nearly = torch.where(clean, NEARLY * u * (torch.rand(batch, 1) < 0.5), sigma)
    # a row of caches: all blocks at one level
    together = (torch.rand(batch, 1) < 0.2) & ~apart[:, None] & (not taught)
    sigma = torch.where(together, sigma[:, -1:], nearly)
    counts = 1 - (clean & ~together).float()
    return sigma.repeat_interleave(BLOCK, 1), counts.repeat_interleave(BLOCK, 1)


def weights(ways: Ways, cells: int) -> Tensor:
    """How much each cell of square latents counts, (B, F, cells, cells): what lies on a thing more,
    for a thing is a sixth of its picture and most of what the text says."""
    u, v = ways.places[..., None, None].unbind(2)
    radius = ways.radius[..., None, None]
    place = (torch.arange(cells) + 0.5) / cells
    away = ((place - u) ** 2 + (place[:, None] - v) ** 2).sqrt()
    return 1 + (THING - 1) * ((away < 1.1 * radius) & (radius > 0))


def told_last(x0: Tensor, sigma: Tensor, apart: Tensor) -> Tensor:
    """The planes (B, F, 20, h, w) of the frame before each block, where that is nearly clean and
    the block follows it; of a tenth it goes unsaid."""
    blocks = torch.arange(x0.shape[1]) // BLOCK
    before = (blocks * BLOCK - 1).clamp_min(0)
    told = (sigma[:, before] <= NEARLY) & (blocks > 0) & (torch.rand(len(x0), 1) < 1 - DROP)
    told &= ~(apart[:, None] & (blocks == 1))
    ago = told * (torch.arange(x0.shape[1]) - before)
    return last_planes(x0[:, before], x0[:, (before - 1).clamp_min(0)], ago)


def moving(x0: Tensor) -> Tensor:
    """How much each cell of latents (B, F, C, h, w) counts by how it changes from frame to frame,
    (B, F, h, w), about 1: most of a picture stands nearly still, and a network that is judged there
    never learns to move anything."""
    change = x0.diff(dim=1).abs().mean(2)
    change = torch.cat([change[:, :1], change], 1)
    return STILL + (1 - STILL) * (change / change.mean().clamp_min(1e-6)).clamp_max(MOST)
