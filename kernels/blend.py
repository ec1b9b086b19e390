"""Blend modes and alpha compositing, in linear light: the formulas of the W3C compositing
specification.

Pictures are (B, 3, H, W) in [0, 1] with straight (not premultiplied) colour, alphas (B, 1, H, W),
and no alpha means opaque. A batch of one is spread over the other's batch. NaN stays NaN in its own
pixel. W3C, "Compositing and Blending Level 1" (2015), sections 5.8, 10 and 11.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal, get_args

import torch

from kernels import backend
from kernels.bands import in_bands
from kernels.color import linear_to_srgb, srgb_to_linear
from kernels.precision import TINY, widen

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

Mode = Literal[
    "normal",
    "add",
    "subtract",
    "multiply",
    "screen",
    "overlay",
    "soft_light",
    "hard_light",
    "darken",
    "lighten",
    "difference",
    "exclusion",
    "color_dodge",
    "color_burn",
    "hue",
    "saturation",
    "color",
    "luminosity",
]
LUM = (0.3, 0.59, 0.11)  # section 10.2, the specification's own weights


def blend(
    base: Tensor,
    top: Tensor,
    *,
    mode: Mode = "normal",
    opacity: float = 1.0,
    base_alpha: Tensor | None = None,
    top_alpha: Tensor | None = None,
    linear: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Lays `top` over `base` and returns colour and alpha; the alpha is None where base_alpha is.

    linear=False blends the display-coded values as they are, as most paint programs do. At opacity
    0 the base comes back itself. Where the result is transparent its colour is 0. Raises ValueError
    for an unknown mode, an opacity outside [0, 1] or sizes that do not match.
    """
    _check(base, top, mode, opacity, base_alpha, top_alpha)
    if opacity == 0:
        return base, base_alpha
    if mode == "normal" and opacity == 1 and top_alpha is None and base_alpha is None:
        return top.to(base.dtype).expand(torch.broadcast_shapes(base.shape, top.shape)), None
    form = backend.fused("blend", base.device)
    run = form.composite if form else composite
    return run(base, top, mode, opacity, base_alpha, top_alpha, linear)


def composite(
    base: Tensor,
    top: Tensor,
    mode: Mode,
    opacity: float,
    base_alpha: Tensor | None,
    top_alpha: Tensor | None,
    linear: bool,
) -> tuple[Tensor, Tensor | None]:
    """The torch form of blend, without its checks and short cuts."""
    step = functools.partial(_composite, mode=mode, opacity=opacity, linear=linear)
    colour, *alpha = in_bands(step, base, top, base_alpha, top_alpha)
    return colour, alpha[0] if alpha else None


def _composite(
    base: Tensor,
    top: Tensor,
    base_alpha: Tensor | None,
    top_alpha: Tensor | None,
    *,
    mode: Mode,
    opacity: float,
    linear: bool,
) -> tuple[Tensor, ...]:
    decode, encode = (srgb_to_linear, linear_to_srgb) if linear else (_as_is, _as_is)
    under, over = decode(widen(base)), decode(widen(top))
    mixed = over if mode == "normal" else MODES[mode](under, over)
    share = opacity if top_alpha is None else widen(top_alpha) * opacity
    if base_alpha is None:
        return (encode(torch.lerp(under, mixed, share)).clamp_(0, 1).to(base.dtype),)
    backdrop = widen(base_alpha)
    source = torch.lerp(
        over, mixed, backdrop
    )  # section 10: blending only where there is a backdrop
    colour, alpha = _over(under, backdrop, source, share)
    return encode(colour).clamp_(0, 1).to(base.dtype), alpha.to(base_alpha.dtype)


def mix(base: Tensor, top: Tensor, mode: Mode) -> Tensor:
    """The blend formula alone, B(base, top), on values in [0, 1] as they are (section 10)."""
    return top if mode == "normal" else MODES[mode](widen(base), widen(top)).to(base.dtype)


def premultiply(picture: Tensor, alpha: Tensor) -> Tensor:
    """Colour weighted by its alpha, as filters and resizing need it."""
    return picture * alpha


def unpremultiply(picture: Tensor, alpha: Tensor) -> Tensor:
    """The inverse of premultiply; where alpha is 0 the colour is what it was, which is 0."""
    return (widen(picture) / widen(alpha).clamp(min=TINY)).to(picture.dtype)


def _over(
    under: Tensor, backdrop: Tensor, source: Tensor, share: Tensor | float
) -> tuple[Tensor, Tensor]:
    """Porter and Duff's source over, on straight colour (section 9.1.4)."""
    rest = backdrop * (1 - share)  # backdrop that shows through
    alpha = rest + share
    return (source * share).add_(under * rest).div_(alpha.clamp(min=TINY)), alpha


def _as_is(picture: Tensor) -> Tensor:
    return picture


def _add(base: Tensor, top: Tensor) -> Tensor:
    return (base + top).clamp_(max=1)


def _subtract(base: Tensor, top: Tensor) -> Tensor:
    return (base - top).clamp_(min=0)


def _screen(base: Tensor, top: Tensor) -> Tensor:
    return (base + top).sub_(base * top)


def _overlay(base: Tensor, top: Tensor) -> Tensor:
    return _hard_light(top, base)


def _soft_light(base: Tensor, top: Tensor) -> Tensor:
    side = top * 2 - 1
    cubic = (base * 16).sub_(12).mul_(base).add_(4).mul_(base)
    bright = torch.minimum(cubic, base.sqrt()).sub_(
        base
    )  # D(base) - base: the cubic is lower up to 1/4
    dark = base.square().neg_().add_(base)
    return bright.mul_(side.clamp(min=0)).add_(dark.mul_(side.clamp_(max=0))).add_(base)


def _hard_light(base: Tensor, top: Tensor) -> Tensor:
    twice = top * 2
    dark = twice.clamp(max=1).mul_(base)
    return _screen(dark, twice.sub_(1).clamp_(min=0))


def _difference(base: Tensor, top: Tensor) -> Tensor:
    return (base - top).abs_()


def _exclusion(base: Tensor, top: Tensor) -> Tensor:
    return (base + top).sub_(base * top, alpha=2)


def _color_dodge(base: Tensor, top: Tensor) -> Tensor:
    return (base / (1 - top).clamp_(min=TINY)).clamp_(max=1)


def _color_burn(base: Tensor, top: Tensor) -> Tensor:
    return 1 - ((1 - base).div_(top.clamp(min=TINY))).clamp_(max=1)


def _hue(base: Tensor, top: Tensor) -> Tensor:
    return _set_lum(_set_sat(top, _sat(base)), _lum(base))


def _saturation(base: Tensor, top: Tensor) -> Tensor:
    return _set_lum(_set_sat(base, _sat(top)), _lum(base))


def _color(base: Tensor, top: Tensor) -> Tensor:
    return _set_lum(top, _lum(base))


def _luminosity(base: Tensor, top: Tensor) -> Tensor:
    return _set_lum(base, _lum(top))


def _lum(colour: Tensor) -> Tensor:
    r, g, b = LUM
    return (colour[:, 0:1] * r).add_(colour[:, 1:2], alpha=g).add_(colour[:, 2:3], alpha=b)


def _sat(colour: Tensor) -> Tensor:
    return colour.amax(1, keepdim=True) - colour.amin(1, keepdim=True)


def _set_sat(colour: Tensor, sat: Tensor) -> Tensor:
    least = colour.amin(1, keepdim=True)
    spread = (colour.amax(1, keepdim=True) - least).clamp_(min=TINY)
    return (colour - least).mul_(sat / spread)


def _set_lum(colour: Tensor, lum: Tensor) -> Tensor:
    """SetLum and ClipColor at once: moved to the luminosity, as much colour kept as has room."""
    offset = colour - _lum(colour)  # of luminosity 0, so the sum has the asked one
    down = lum / offset.amin(1, keepdim=True).neg_().clamp_(min=TINY)
    up = (1 - lum) / offset.amax(1, keepdim=True).clamp_(min=TINY)
    return offset.mul_(torch.minimum(down, up).clamp_(max=1)).add_(lum)


MODES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": torch.mul,
    "screen": _screen,
    "overlay": _overlay,
    "soft_light": _soft_light,
    "hard_light": _hard_light,
    "darken": torch.minimum,
    "lighten": torch.maximum,
    "difference": _difference,
    "exclusion": _exclusion,
    "color_dodge": _color_dodge,
    "color_burn": _color_burn,
    "hue": _hue,
    "saturation": _saturation,
    "color": _color,
    "luminosity": _luminosity,
}


def _check(
    base: Tensor,
    top: Tensor,
    mode: str,
    opacity: float,
    base_alpha: Tensor | None,
    top_alpha: Tensor | None,
) -> None:
    if mode not in get_args(Mode):
        raise ValueError(f'no blend mode "{mode}": there are {", ".join(get_args(Mode))}')
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity {opacity:g} is outside 0..1")
    for name, picture in (("top", top), ("base_alpha", base_alpha), ("top_alpha", top_alpha)):
        if picture is not None and picture.shape[2:] != base.shape[2:]:
            (h, w), (bh, bw) = picture.shape[2:], base.shape[2:]
            raise ValueError(
                f"{name} of {w}x{h} does not fit the base of {bw}x{bh}: resize it first"
            )
