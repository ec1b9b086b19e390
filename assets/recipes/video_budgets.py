"""What slipstream-video may cost: how much of everything each kind of machine can pay for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of everything one kind of machine can pay for."""

    device: str
    size: str  # of the network, a key of `video_parts.SIZES`
    side: int  # pixels of a clip's frame
    frames: int
    clips: int
    shorts: int  # clips that are as long as an opening: many more worlds to begin with
    led: float  # share of both beside them whose things are led over the picture
    halls: int  # of so many chunks of clips one is of walks through halls; 0 for none
    vae_steps: int
    vae_batch: int
    crop: int
    decoder_steps: int
    flow_steps: int
    batch: int
    advection_steps: int
    onward_steps: int
    distill_steps: int
    stride_steps: int
    hearing_steps: int
    adversarial_steps: int
    forcing_steps: int
    peak: float


BUDGETS = {
    "micro": Budget(
        device="cpu",
        size="micro",
        side=32,
        frames=49,
        clips=2,
        shorts=4,
        led=1.0,
        halls=0,
        vae_steps=2,
        vae_batch=2,
        crop=16,
        decoder_steps=2,
        flow_steps=2,
        batch=2,
        advection_steps=2,
        onward_steps=2,
        distill_steps=2,
        stride_steps=2,
        hearing_steps=2,
        adversarial_steps=2,
        forcing_steps=2,
        peak=1e-3,
    ),
    "cpu": Budget(
        device="cpu",
        size="cpu",
        side=128,
        frames=49,
        clips=1008,
        shorts=3840,
        led=0.3,
        halls=0,
        vae_steps=900,
        vae_batch=8,
        crop=64,
        decoder_steps=700,
        flow_steps=1250,
        batch=4,
        advection_steps=2600,
        onward_steps=1000,
        distill_steps=150,
        stride_steps=100,
        hearing_steps=900,
        adversarial_steps=0,
        forcing_steps=0,
        peak=1.5e-3,
    ),
    "gpu": Budget(
        device="cuda",
        size="gpu",
        side=128,
        frames=49,
        clips=60_000,
        shorts=240_000,
        led=0.3,
        halls=8,
        vae_steps=40_000,
        vae_batch=64,
        crop=128,
        decoder_steps=20_000,
        flow_steps=60_000,
        batch=128,
        advection_steps=8_000,
        onward_steps=20_000,
        distill_steps=20_000,
        stride_steps=10_000,
        hearing_steps=4_000,
        adversarial_steps=10_000,
        forcing_steps=8_000,
        peak=1e-3,
    ),
}
