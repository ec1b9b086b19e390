"""What an autoencoder of videos takes at once: frames in groups, sides that divide, one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

RGB = 3


def check_pixels(pixels: Tensor, *, begun: bool, time: int, space: int) -> None:
    """ValueError for frames that are not (B, T, 3, H, W) with T = 1 + time * k at first and
    time * k later, H and W multiples of `space`.
    """
    if pixels.ndim != 5 or pixels.shape[2] != RGB:
        raise ValueError(f"frames are (B, T, 3, H, W), not {tuple(pixels.shape)}")
    count, height, width = pixels.shape[1], pixels.shape[3], pixels.shape[4]
    if count < 1 or (count - (not begun)) % time:
        wanted = f"{time}k" if begun else f"1 + {time}k"
        raise ValueError(f"{count} frames came where {wanted} are taken at once")
    if height % space or width % space or not height * width:
        raise ValueError(f"{width}x{height} does not divide by {space}; crop or resize it")


def check_latents(latents: Tensor, channels: int) -> None:
    """ValueError for latents that are not (B, F, channels, h, w) with at least one of all."""
    if latents.ndim != 5 or latents.shape[2] != channels or not latents.numel():
        raise ValueError(f"latents are (B, F, {channels}, h, w), not {tuple(latents.shape)}")


def check_same(was: Tensor, now: Tensor) -> None:
    """ValueError where a stream goes on with other sizes than those it remembers."""
    if was.shape != now.shape:
        raise ValueError(
            f"the stream was {tuple(was.shape)} inside and is {tuple(now.shape)} now; begin anew"
        )
