"""Half precision: every kernel takes bfloat16 and float16, keeps the type and rounds once."""

from __future__ import annotations

import pytest
import torch

from kernels import blend, color, filters, key, resize, warp
from kernels.noise import gaussian, uniform
from kernels.precision import widen

PICTURE, TOP = (uniform((1, 3, 20, 24), seed=seed, stream=0) for seed in (1, 2))
FLOW = gaussian((1, 2, 20, 24), seed=3, stream=0)
LUT = uniform((5, 5, 5, 3), seed=4, stream=0)

KERNELS = {
    "srgb_to_linear": color.srgb_to_linear,
    "linear_to_srgb": color.linear_to_srgb,
    "rgb_to_hsv": lambda x: color.rgb_to_hsv(x)[:, 1:],  # hue jumps where a turn is full
    "hsv_to_rgb": color.hsv_to_rgb,
    "rgb_to_oklab": color.rgb_to_oklab,
    "rgb_to_ycbcr": color.rgb_to_ycbcr,
    "luma": color.luma,
    "grade": lambda x: color.grade(x, exposure=0.5, saturation=1.2, hue=0.1, contrast=1.2),
    "levels": lambda x: color.levels(x, in_black=0.1, gamma=1.5),
    "lut": lambda x: color.apply_lut3d(x, LUT),
    "blend": lambda x: blend.blend(x, TOP.to(x.dtype), mode="screen", opacity=0.5)[0],
    "mix": lambda x: blend.mix(x, TOP.to(x.dtype), "soft_light"),
    "unpremultiply": lambda x: blend.unpremultiply(x * 0.5, torch.full_like(x[:, :1], 0.5)),
    "gaussian": lambda x: filters.gaussian_blur(x, 2),
    "box": lambda x: filters.box_blur(x, 2.5),
    "unsharp": lambda x: filters.unsharp(x, sigma=1, amount=0.5),
    "edges": filters.edges,
    "dilate": lambda x: filters.dilate(x, 2),
    "chroma_key": lambda x: key.chroma_key(x, softness=0.5)[1],
    "luma_key": lambda x: key.luma_key(x, low=0.4, softness=0.4),
    "bilinear": lambda x: resize.resize(x, height=31, width=40),
    "bicubic": lambda x: resize.resize(x, height=11, width=10, filter="bicubic"),
    "lanczos": lambda x: resize.resize(x, height=31, width=10, filter="lanczos"),
    "area": lambda x: resize.resize(x, height=10, width=12, filter="area"),
    "affine": lambda x: resize.affine(x, resize.affine_matrix(rotate=0.1)),
    "backward_warp": lambda x: warp.backward_warp(x, FLOW)[0],
    "forward_splat": lambda x: warp.forward_splat(x, FLOW)[0],
}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", KERNELS)
def test_half_precision_is_rounded_once(name, dtype):
    given = PICTURE.to(dtype)
    out = KERNELS[name](given)
    exact = KERNELS[name](given.float())
    assert out.dtype == dtype
    assert torch.equal(out, exact.to(dtype)) or (out.float() - exact).abs().max() < 0.02


@pytest.mark.parametrize("name", KERNELS)
def test_double_precision_stays_and_agrees(name):
    out = KERNELS[name](PICTURE.double())
    assert out.dtype == torch.float64
    assert (out - KERNELS[name](PICTURE)).abs().max() < 2e-4


def test_single_precision_is_not_copied():
    assert widen(PICTURE) is PICTURE
    assert widen(PICTURE.bfloat16()).dtype == torch.float32
