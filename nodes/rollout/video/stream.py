"""A causal video model as an endless stream of pictures: what is asked of each block, what is
remembered, how every change lands between two blocks.

The past is one frozen value and each function takes one and returns the next; a change never begins
the stream anew where the rollout can carry what it knows over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import ParamError
from nodes.models.video_card import CLEAN, LAST, PER_LEVEL
from nodes.rollout.block_sampler import one_a_step
from nodes.rollout.causal_video import CausalVideo
from nodes.rollout.conditions import BlockInputs, FirstFrame
from nodes.rollout.flow import Schedule, Step
from nodes.rollout.memory.policy import Again
from nodes.rollout.memory.ring import Ring
from nodes.rollout.memory.window import Window
from nodes.rollout.recondition import Change, changed, rewritten
from nodes.rollout.rollout_state import ROWS, RolloutState, VideoSession
from nodes.rollout.rope_plan import Absolute, Slot
from nodes.rollout.score.drift import DriftMeter, brought_back
from nodes.rollout.steering import as_said, block_planes
from nodes.rollout.text_condition import PromptKeys
from nodes.rollout.video.beginnings import dissolved, filmed, gone_back, still
from nodes.rollout.video.look import SEEDS, Reanchor, VideoLook, VideoPast
from nodes.rollout.video.size import Canvas, canvas
from nodes.rollout.video.stages import Stages
from nodes.rollout.video.transition import Walk, another, begun, walked

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.models.causal_wan import TextKeys
    from nodes.models.video_model import RolloutCard, VideoModel
    from nodes.rollout.memory.policy import MemoryPolicy
    from nodes.rollout.memory.rewind import Reel
    from nodes.rollout.rollout_state import Done

MEASURED = 4.0  # seconds at a stream's beginning that drift is measured against


@dataclass(frozen=True, eq=False)
class Ready:
    """A generator between two blocks, everything changed that had to, and the walk of its prompt.

    flushed: latents that had to leave for a change.
    """

    video: CausalVideo
    walk: Walk
    flushed: Tensor


class VideoRollout:
    """A model at work; what it keeps is caches of texts alone."""

    def __init__(self, model: VideoModel, *, overlap: bool = False) -> None:
        self.model = model
        self.keys = PromptKeys(model.network, model.text)
        self.schedule = Schedule(model.card.steps, model.card.shift, model.card.warp)
        self.stages = Stages(self.device, overlap=overlap)

    @property
    def device(self) -> torch.device:
        return self.model.network.patch_embedding.weight.device

    def dream(
        self,
        look: VideoLook,
        policy: MemoryPolicy,
        past: VideoPast,
        start: Tensor | None = None,
    ) -> tuple[Tensor, VideoPast]:
        """The pictures of the next block (T, 3, H, W) float32 in [0, 1], and the past after it.

        A stream that begins stands still on `start` (1, 3, H, W), of any size, for its first block;
        one that began in noise begins anew with the first that comes. At a restart or rewind, one
        more block of what was dissolves into what begins. None (T = 0) while the first block is
        still being decoded beside the second.
        """
        if self.restarts(look, past, start):
            anew = VideoPast(begins=past.begins + 1)
        elif self.rewinds(look, past):
            anew = gone_back(self, look, policy, past)
        else:
            return self._next(look, policy, past, start)
        fading, _ = self._next(look, policy, past)
        coming, after = self._next(look, policy, anew, start)
        if after.late is not None:  # what comes is there in the next call
            return fading, after
        return dissolved(fading, coming), after

    def restarts(self, look: VideoLook, past: VideoPast, start: Tensor | None = None) -> bool:
        """Whether the stream shall begin anew."""
        if past.look is None:
            return False
        if start is not None and not past.pictured:
            return True
        if look.anew and past.walk is not None and another(past.walk.pieces, look.prompt):
            return True
        return past.look.restart != look.restart or self.gone(look, past) == "restart"

    def rewinds(self, look: VideoLook, past: VideoPast) -> bool:
        """Whether the stream shall go back, and has something to go back to."""
        return past.look is not None and past.look.rewind != look.rewind and len(past.reel) > 0

    def ready(self, look: VideoLook, policy: MemoryPolicy, past: VideoPast) -> Ready:
        """The generator of a past, changed to what a look asks for."""
        session = self.session(look, policy)
        keys = self.keys_of(look)
        video = CausalVideo()
        none = torch.zeros(1, 0, self.model.vae.channels, *session.size, device=self.device)
        if past.look is None or past.policy is None:
            video.begin(replace(session, seed=(look.seed + past.begins) % SEEDS))
            return Ready(video, begun(look.prompt, keys), none)
        state, flushed = self._carried(session, look, past)
        video.begin(session)
        video.restore(state)
        walk = begun(look.prompt, keys)
        if past.walk is not None:
            walk = walked(past.walk, look.prompt, keys, look.walk)
        if walk.arrived:
            video.recondition(
                Change(text=walk.keys, recache=look.recache, global_sink=look.keeps_sink)
            )
        return Ready(video, walk, none if flushed is None else flushed)

    def keys_of(self, look: VideoLook) -> TextKeys:
        """The keys of a look's prompt. ParamError for weights that cannot be mixed."""
        try:
            return self.keys.of(look.prompt, look.blend)
        except ValueError as error:
            raise ParamError(str(error)) from None

    def inputs(self, look: VideoLook, walk: Walk, video: CausalVideo, **more: Any) -> BlockInputs:
        """What a block is made of. A source shows where things are, so the last frame goes
        untold."""
        source = more.get("source")
        frames = look.block if source is None else source.shape[1]
        known = self._known(walk, video) if source is None else None
        control = self.steered(look, frames, known)
        inputs = BlockInputs(
            text=walk.keys,
            steps=self.steps(look),
            noise=look.noise,
            frames=look.block if source is None else 0,
            control=control,
            **more,
        )
        return inputs if known is None else self._going_on(look, inputs)

    def _going_on(self, look: VideoLook, inputs: BlockInputs) -> BlockInputs:
        """What a block is made of that begins where its last frame is carried."""
        strength = look.renewal or self.model.card.renewal
        if inputs.control is None or strength == 1:
            return inputs
        steps = self.schedule.steps_below(strength, look.steps)
        return inputs.going_on(self.model.network, steps)

    def steered(self, look: VideoLook, frames: int, known: Tensor | None) -> Tensor | None:
        """The control planes of a block behind known frames (1, F, C, h, w); None where nothing is
        told, or the model does not go by it."""
        card, space = self.model.card, self.model.vae.space
        steering = as_said(look.steering, look.prompt, card)
        if not card.steering or (known is None and not steering):
            return None
        grid, seconds = self.canvas(look).latent(space), self.model.vae.time / card.fps
        kinds, frames = card.steering, frames or card.block
        return block_planes(steering, kinds, frames, grid, seconds, known).to(self.device)

    def _known(self, walk: Walk, video: CausalVideo) -> Tensor | None:
        """The last finished frames, where they are told: on the way to another prompt they would
        hold the picture back, beside keys of unfinished frames no model was trained to be told
        them, and of another size they say nothing."""
        session, recent = video.session, video.state.recent
        told = LAST in session.card.steering and session.keeps == "clean" and not walk.turns
        fits = recent and recent[-1].latents.shape[-2:] == session.size
        return recent[-1].latents if told and fits else None

    def steps(self, look: VideoLook) -> tuple[Step, ...]:
        """The (timestep, sigma) of each call; StreamDiffusionV2's weights are told theirs."""
        if look.strength >= 1:
            return self.schedule.steps(look.steps)
        if not is_step_rows(self.model.card):
            return self.schedule.steps_from(look.strength, look.steps)
        count = min(look.steps, len(self.schedule.raw))
        return self.schedule.steps_from(look.strength, count, spread="first", quirk=True)

    def session(self, look: VideoLook, policy: MemoryPolicy) -> VideoSession:
        """What a look's blocks run on. ParamError where its parts do not go together."""
        card = self.model.card
        if look.batched and PER_LEVEL not in card.rows:
            raise ParamError(
                f"{self.model.name} was trained on keys of finished frames and cannot share calls "
                "between steps: set batching to off"
            )
        if look.history is not None and ROWS[look.history] not in card.rows:
            raise ParamError(
                f"{self.model.name} was not trained to see its past {look.history}: "
                "set history to model"
            )
        return VideoSession(
            model=self.model,
            policy=policy,
            plan=Slot() if card.rope == "slot" else Absolute(),
            size=self.canvas(look).latent(self.model.vae.space),
            seed=look.seed,
            history="per_level" if look.batched else look.history,
            sampler=look.sampler,
            batched=look.batched,
            block=look.block,
        )

    def canvas(self, look: VideoLook) -> Canvas:
        return canvas(self.model, look.size)

    def encode(self, pictures: Tensor, state: Any) -> tuple[Tensor, Any]:
        """float32 latents (1, F, C, h, w) of pictures (T, 3, H, W) at the worked size."""
        given = pictures[None].to(self.device, self.model.network.dtype)
        return self.stages.run("encode", lambda: self._encoded(given, state), given)

    def _encoded(self, given: Tensor, state: Any) -> tuple[Tensor, Any]:
        vae = self.model.vae
        latents, state = vae.encode(given, vae.encode_begin() if state is None else state)
        return latents.float(), state

    def decode(self, latents: Tensor, state: Any, look: VideoLook) -> tuple[Tensor, Any]:
        """Pictures (T, 3, H, W) float32 of latents, none for none."""
        if latents.shape[1] == 0:
            return torch.zeros(0, 3, *look.size, device=self.device), state
        return self.stages.run("decode", lambda: self._decoded(latents, state, look), latents)

    def _decoded(self, latents: Tensor, state: Any, look: VideoLook) -> tuple[Tensor, Any]:
        vae = self.model.vae
        state = vae.decode_begin() if state is None else state
        pixels, state = vae.decode(latents.to(self.model.network.dtype), state)
        return self.canvas(look).cropped(pixels[0].float()).clamp(0, 1).contiguous(), state

    def handed_on(self, past: VideoPast, pixels: Tensor) -> tuple[Tensor, VideoPast]:
        """Decoded pictures, or those of the call before where they are decoded beside the next."""
        if not self.stages.overlap:
            return pixels, past
        late, past = past.late, replace(past, late=self.stages.late(pixels))
        return (pixels[:0] if late is None else self.stages.there(late)), past

    def measured(
        self, past: VideoPast, pixels: Tensor, latents: Tensor, source: Tensor | None = None
    ) -> VideoPast:
        """The past with its drift as these pictures show it."""
        if len(pixels) == 0:
            return past
        first = max(1, round(MEASURED * self.model.card.fps))
        meter = past.meter or DriftMeter(first)
        if past.walk is not None and past.walk.turns:
            meter, past = meter.anew(), replace(past, anchor=None)
        if not meter.settled:
            parts = [latents] if past.anchor is None else [past.anchor, latents]
            fits = parts[0].shape[2:] == latents.shape[2:]
            past = replace(past, anchor=torch.cat(parts, 1) if fits else latents)
        return replace(past, meter=meter.after(pixels, source))

    def _next(
        self,
        look: VideoLook,
        policy: MemoryPolicy,
        past: VideoPast,
        start: Tensor | None = None,
    ) -> tuple[Tensor, VideoPast]:
        if self.gone(look, past) == "recache":
            past = self.stages.run("denoise", lambda: self.reanchored(past))
        given = () if start is None or past.look is not None else (still(self, look, start),)
        ready, latents, reel = self.stages.run(
            "denoise", lambda: self._stepped(look, policy, past, *given), *given
        )
        pixels, decoding = self.decode(latents, self._primed(look, ready, past), look)
        pixels, past = self.handed_on(past, pixels)
        after = replace(
            past,
            look=look,
            policy=policy,
            rollout=ready.video.state,
            walk=ready.walk,
            decoding=decoding,
            reel=reel,
            pictured=past.pictured or bool(given),
        )
        return pixels, self.measured(after, pixels, latents)

    def _stepped(
        self, look: VideoLook, policy: MemoryPolicy, past: VideoPast, given: Tensor | None = None
    ) -> tuple[Ready, Tensor, Reel]:
        ready = self.ready(look, policy, past)
        video = ready.video
        inputs = self.inputs(look, ready.walk, video)
        if given is None:
            latents = torch.cat([ready.flushed, video.step(inputs)], 1)
        else:
            video.prefill(FirstFrame(given), inputs)
            latents = given
        return ready, latents, filmed(past.reel, video.session, video.state)

    def _primed(self, look: VideoLook, ready: Ready, past: VideoPast) -> Any:
        """The decoder's state; at another size it first sees the newest pictures at that size."""
        if past.look is None or self.canvas(past.look).worked == self.canvas(look).worked:
            return past.decoding
        return self.decoder_behind(ready.video.state.recent[:-1])

    def decoder_behind(self, known: tuple[Done, ...]) -> Any:
        """The decoder's state after the newest of these blocks; None where there are none."""
        if not known:
            return None
        seen = torch.cat([done.latents for done in known[-2:]], 1).to(self.model.network.dtype)
        return self.model.vae.decode(seen, self.model.vae.decode_begin())[1]

    def _carried(
        self, session: VideoSession, look: VideoLook, past: VideoPast
    ) -> tuple[RolloutState, Tensor | None]:
        """The rollout's state under a look's session, and what had to leave for that."""
        before, state, flushed = past.look, past.rollout, None
        assert before is not None
        assert past.policy is not None
        old = self.session(before, past.policy)
        if state.flight and (before.batched != look.batched or old.size != session.size):
            video = CausalVideo()
            video.begin(old)
            video.restore(state)
            flushed = video.drain(self.inputs(before, past.walk or _no_walk(state, look), video))
            state = video.state
        renewed = type(past.policy) is not type(session.policy)
        change = Change(
            seed=look.seed if look.seed != before.seed else None,
            size=session.size if session.size != old.size else None,
            policy=session.policy if renewed else None,
        )
        if old.size != session.size:
            flushed = None  # at another size there is no place for them
        _, state = changed(old, state, change)
        if old.keeps != session.keeps:
            state = self._rerowed(session, look, state)
        return state, flushed

    def _rerowed(self, session: VideoSession, look: VideoLook, state: RolloutState) -> RolloutState:
        """The state with as many caches as the session keeps, made anew from finished latents."""
        if state.text is None or not state.recent:
            return state
        steps, text = self.steps(look), state.text
        caches = one_a_step(session, state.caches, len(steps))
        state = replace(state, caches=caches, steps=steps)
        return replace(
            state,
            caches=rewritten(session, state, text, Again(session.window, "block_causal")),
        )

    def gone(self, look: VideoLook, past: VideoPast) -> Reanchor:
        """What is to be done about the drift."""
        off = past.meter is None or not past.meter.settled or past.drift <= look.limit
        return "off" if off or past.look is None else look.reanchor

    def reanchored(self, past: VideoPast) -> VideoPast:
        """The past with the colours of its beginning, and keys that were made from those."""
        before, state, text = past.look, past.rollout, past.rollout.text
        if before is None or past.policy is None or past.anchor is None or text is None:
            return past
        if not state.recent or past.anchor.shape[2:] != state.recent[0].latents.shape[2:]:
            return past
        session = self.session(before, past.policy)
        known = torch.cat([done.latents for done in state.recent], 1)
        parts = brought_back(known, past.anchor).split([d.frames for d in state.recent], 1)
        pairs = zip(state.recent, parts, strict=True)
        state = replace(state, recent=tuple(replace(d, latents=part) for d, part in pairs))
        again = Again(session.window, "block_causal")
        caches = rewritten(session, state, text, again)
        assert past.meter is not None
        return replace(past, rollout=replace(state, caches=caches), meter=past.meter.forgiven())


def default_policy(card: RolloutCard, window: int) -> MemoryPolicy:
    """The memory that a checkpoint was trained with, `window` latent frames long."""
    if CLEAN not in card.rows:
        return Ring(window, min(card.sink, window - 1))
    return Window(window, min(card.sink, window - 1))


def is_step_rows(card: RolloutCard) -> bool:
    """Whether a checkpoint knows only keys of its own noise level, as StreamDiffusionV2's does."""
    return CLEAN not in card.rows and not card.clean_pass


def _no_walk(state: RolloutState, look: VideoLook) -> Walk:
    assert state.text is not None
    return begun(look.prompt, state.text)
