"""Makes the demo clip: a slow pan over a bay at sunset with a balloon, painted in parallax
layers, and a soft chord under it."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from nodes.worlds.land import LAYERS, ridge, sky, water
from nodes.worlds.light import Worlds, make_worlds
from nodes.worlds.things import draw_thing
from nodes.worlds.words import Words

OUT = Path(__file__).resolve().parents[1] / "clips" / "demo.mp4"
WIDTH, HEIGHT, FPS, SECONDS = 320, 256, 24, 6
WIDE = 560  # painted width of a layer, so that the camera has somewhere to go
RATE = 48_000
WORDS = Words("islands", "sunset", "balloon", "red", "yellow", "photo")


def paint_layers(worlds: Worlds, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Colour (1, 3, H, W) and cover (1, 1, H, W) of the sky and each ridge, far to near."""
    back = sky(worlds, HEIGHT, WIDE, torch.Generator().manual_seed(seed))
    layers = [(back, torch.ones(1, 1, HEIGHT, WIDE))]
    for layer in range(LAYERS):
        black = ridge(
            torch.zeros_like(back), worlds, layer, torch.Generator().manual_seed(seed + layer)
        )
        white = ridge(
            torch.ones_like(back), worlds, layer, torch.Generator().manual_seed(seed + layer)
        )
        cover = 1 - (white - black).mean(1, keepdim=True)
        layers.append((black, cover))
    return layers


def frame(worlds: Worlds, layers: list[tuple[Tensor, Tensor]], time: float, seed: int) -> Tensor:
    """The picture (3, H, W) at `time` in [0, 1]: far layers move less than near ones."""
    ease = 0.5 - 0.5 * math.cos(math.pi * time)
    picture = _window(layers[0][0], 0.15 * ease)
    for depth, (colour, cover) in enumerate(layers[1:], 1):
        if depth == LAYERS:
            ripples = torch.Generator().manual_seed(seed)
            moved = replace(worlds, sun_u=worlds.sun_u - 0.15 * ease * (WIDE - WIDTH) / HEIGHT)
            picture = water(picture, moved, ripples, drift=-0.5 * time)
        shift = (0.15, 0.28, 0.42, 0.6, 1.0)[depth] * ease
        picture = _window(colour, shift) + picture * (1 - _window(cover, shift))
    return _balloon(picture, worlds, time)[0].clamp(0, 1)


def _balloon(picture: Tensor, worlds: Worlds, time: float) -> Tensor:
    at_u = torch.full((1, 1, 1), 0.25 + 0.75 * time)
    at_v = torch.full((1, 1, 1), 0.36 - 0.08 * time + 0.015 * math.sin(9 * time))
    size = torch.full((1, 1, 1), 0.15 + 0.05 * time)
    return draw_thing(
        picture, "balloon", worlds.colour, worlds.light, at_u=at_u, at_v=at_v, size=size
    )


def _window(layer: Tensor, shift: float) -> Tensor:
    """The camera's part (.., H, 320) of a wide layer, `shift` of the way along it."""
    left = shift * (WIDE - WIDTH)
    u = (torch.arange(WIDTH) + 0.5 + left) / WIDE * 2 - 1
    v = (torch.arange(HEIGHT) + 0.5) / HEIGHT * 2 - 1
    place = torch.stack([u.expand(HEIGHT, WIDTH), v[:, None].expand(HEIGHT, WIDTH)], -1)[None]
    return F.grid_sample(layer, place, padding_mode="border", align_corners=False)


def chord(seconds: float) -> np.ndarray:
    """A soft stereo pad (2, N) in [-1, 1]: two slow chords of detuned sines that swell and fade."""
    t = np.arange(int(seconds * RATE)) / RATE
    sides = [_pad(t, detune) for detune in (0.4, -0.4)]
    swell = np.sin(np.pi * np.clip(t / seconds, 0, 1)) ** 0.7
    return (0.16 * np.stack(sides) * swell).astype(np.float32)


def _pad(t: np.ndarray, detune: float) -> np.ndarray:
    notes = ((220.0, 277.2, 329.6, 440.0), (196.0, 246.9, 293.7, 392.0))
    cross = 1 / (1 + np.exp(-(t - t[-1] / 2) * 4))
    sound = np.zeros_like(t)
    for weight, chord_notes in zip((1 - cross, cross), notes, strict=True):
        for i, hertz in enumerate(chord_notes):
            sound += (
                weight
                * np.sin(2 * np.pi * (hertz + detune) * t)
                * (0.7 + 0.3 * np.sin(0.9 * t + i))
            )
    return sound


def write(path: Path, frames: list[Tensor], sound: np.ndarray) -> None:
    """Writes H.264 and AAC into an MP4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "slow"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = out.add_stream("aac", rate=RATE, layout="stereo")
        audio.bit_rate = 96_000
        for picture in frames:
            pixels = (picture * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
            out.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(video.encode())
        heard = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound), format="fltp", layout="stereo"
        )
        heard.sample_rate = RATE
        out.mux(audio.encode(heard))
        out.mux(audio.encode())


def main(argv: list[str] | None = None) -> None:
    """Paints the clip and writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(argv)
    worlds = make_worlds([WORDS], torch.Generator().manual_seed(options.seed))
    layers = paint_layers(worlds, options.seed)
    count = round(options.seconds * FPS)
    times = tqdm([i / max(1, count - 1) for i in range(count)], desc="clip")
    write(
        options.out, [frame(worlds, layers, t, options.seed) for t in times], chord(options.seconds)
    )


if __name__ == "__main__":
    main()
