"""Looks at a trained slipstream-video: rollouts through the real generator, contact sheets of them,
and what a minute does to colours and sharpness."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from nodes.models.video_card import LAST
from nodes.rollout.causal_video import CausalVideo
from nodes.rollout.conditions import BlockInputs
from nodes.rollout.flow import Schedule
from nodes.rollout.memory.window import Window
from nodes.rollout.rollout_state import VideoSession
from nodes.rollout.rope_plan import Slot
from nodes.rollout.steering import UNSTEERED, as_said, block_planes
from nodes.rollout.text_condition import PromptKeys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nodes.models.video_model import VideoModel
    from nodes.rollout.rollout_state import History, Sampler
    from nodes.rollout.steering import Steering

PROMPTS = (
    "a red balloon floating over mountains at sunset, pan left",
    "the sea at dusk, flying forward",
    "a desert by day, flying forward",
    "a yellow star spinning over a city at night, pan right",
    "a green tree in a meadow by day, orbit",
    "a blue orb bouncing in front of a snow field at dawn",
    "a forest in fog, pan right",
    "a white boat and the sea under an aurora",
    "vaporwave of mountains at dusk, pan left",
    "fire of a canyon at night, flying forward",
    "a purple ring circling in front of islands at sunset",
    "ice of a pyramid in a snow field at night",
)


class Look(NamedTuple):
    """How a film looks over its length, each (T,): mean colour, its spread, how sharp it is."""

    mean: Tensor
    spread: Tensor
    sharp: Tensor


@torch.no_grad()
def film(
    model: VideoModel,
    prompt: str,
    *,
    blocks: int,
    side: int,
    seed: int = 0,
    steps: int | None = None,
    history: History | None = None,
    sampler: Sampler | None = None,
    steerings: Sequence[Steering] = (),
) -> Iterator[Tensor]:
    """Pictures (T, 3, side, side) in [0, 1] of one block after another, the first of 9 frames and
    the others of 12; `steerings` are those of the first blocks, the last of them holds on."""
    card = model.card
    policy = Window(frames=card.window, sink=card.sink)
    size = (side // model.vae.space, side // model.vae.space)
    maker = CausalVideo()
    session = VideoSession(model, policy, Slot(), size, seed=seed, history=history, sampler=sampler)
    maker.begin(session)
    keys = PromptKeys(model.network, model.text).of([(prompt, 1.0)])
    schedule = Schedule(card.steps, card.shift, card.warp)
    plain = BlockInputs(keys, schedule.steps(steps))
    state = model.vae.decode_begin()
    for block in range(blocks):
        inputs = plain
        if card.steering:
            told = steerings[min(block, len(steerings) - 1)] if steerings else UNSTEERED
            told = as_said(told, [(prompt, 1.0)], card)
            tells = block > 0 and LAST in card.steering and session.keeps == "clean"
            past = maker.state.recent[-1].latents if tells else None
            seconds = model.vae.time / card.fps
            planes = block_planes(told, card.steering, card.block, size, seconds, past)
            inputs = replace(plain, control=planes)
            if tells and card.renewal < 1:
                inputs = inputs.going_on(model.network, schedule.steps_below(card.renewal, steps))
        latents = maker.step(inputs)
        pictures, state = model.vae.decode(latents.to(session.network.dtype), state)
        yield pictures[0].float()


def look(pictures: Tensor) -> Look:
    """The figures of pictures (T, 3, H, W)."""
    edges = pictures.diff(dim=-1).abs().mean((1, 2, 3)) + pictures.diff(dim=-2).abs().mean(
        (1, 2, 3)
    )
    return Look(pictures.mean((1, 2, 3)), pictures.flatten(1).std(1), edges)


def sheet(rows: Sequence[Sequence[Tensor]], path: Path, *, quality: int = 86) -> None:
    """Writes rows of pictures (3, H, W) as one picture."""
    high, wide = rows[0][0].shape[1:]
    page = Image.new("RGB", (len(rows[0]) * wide, len(rows) * high))
    for down, row in enumerate(rows):
        for right, picture in enumerate(row):
            pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous()
            page.paste(Image.fromarray(pixels.numpy()), (right * wide, down * high))
    page.save(path, quality=quality)
