"""The Triton forms against torch: on a GPU, and in Triton's interpreter where Triton is."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from typing import get_args

import pytest
import torch

from kernels import backend, blend, noise, warp

HAS_TRITON = importlib.util.find_spec("triton") is not None
PICTURES = ("base", "top", "base_alpha", "top_alpha", "out", "alpha")
SIGNATURES = {  # name -> kernel, types that are not int32, constants
    "blend": ("_blend", {**dict.fromkeys(PICTURES, "*bf16"), "opacity": "fp32"}, {"BLOCK": 256}),
    "noise": ("_draw", {"out": "*fp32"}, {"KIND": "gaussian", "BLOCK": 256, "ROUNDS": 10}),
    "warp": (
        "_gather",
        dict.fromkeys(("picture", "flow", "out", "inside"), "*fp16"),
        {"CHANNELS": 3, "EDGE": True, "BLOCK": 256},
    ),
}
INTERPRET = """
import importlib, sys, torch
from kernels import backend, noise
device = torch.device("cpu")
form = importlib.import_module(backend.FORMS[sys.argv[1]])
difference = form.disagreement(device)
assert difference <= form.TOLERANCE, difference
assert backend.fused(sys.argv[1], device) is form
"""


@pytest.mark.skipif(not HAS_TRITON, reason="needs triton: install the triton extra")
@pytest.mark.parametrize("name", backend.FORMS)
def test_forms_agree_with_torch_in_the_interpreter(name):
    environment = {**os.environ, "TRITON_INTERPRET": "1", "SLIPSTREAM_KERNELS": "triton"}
    command = [sys.executable, "-c", INTERPRET, name]
    subprocess.run(command, check=True, timeout=110, env=environment)


@pytest.mark.skipif(not HAS_TRITON, reason="needs triton: install the triton extra")
@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("name", SIGNATURES)
def test_forms_compile_for_gpus_that_are_not_here(name, capability):
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource, compile

    kernel, types, constants = SIGNATURES[name]
    function = getattr(importlib.import_module(backend.FORMS[name]), kernel)
    signature = dict.fromkeys(function.arg_names, "i32") | types
    signature |= dict.fromkeys(constants, "constexpr")
    source = ASTSource(fn=function, signature=signature, constexprs=constants)
    assert "ptx" in compile(source, target=GPUTarget("cuda", capability, 32)).asm


@pytest.fixture
def gpu() -> torch.device:
    return torch.device("cuda", torch.cuda.current_device())


@pytest.mark.gpu
@pytest.mark.parametrize("name", backend.FORMS)
def test_forms_agree_with_torch_on_the_gpu(name, gpu):
    form = importlib.import_module(backend.FORMS[name])
    assert form.disagreement(gpu) <= form.TOLERANCE
    assert backend.fused(name, gpu) is form


@pytest.mark.gpu
@pytest.mark.parametrize("mode", get_args(blend.Mode))
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_mode_agrees_with_the_cpu(mode, dtype, gpu):
    base, top = (noise.uniform((2, 3, 65, 70), seed=s, stream=0).to(dtype) for s in (1, 2))
    mask = noise.uniform((2, 1, 65, 70), seed=3, stream=0).to(dtype)
    given = {"mode": mode, "opacity": 0.7}
    ours, alpha = blend.blend(
        base.to(gpu), top.to(gpu), base_alpha=mask.to(gpu), top_alpha=mask.to(gpu), **given
    )
    exact, exact_alpha = blend.blend(base, top, base_alpha=mask, top_alpha=mask, **given)
    error = 1e-4 if dtype == torch.float32 else 1e-2
    assert (ours.cpu().float() - exact.float()).abs().max() < error
    assert alpha is not None
    assert exact_alpha is not None
    assert (alpha.cpu().float() - exact_alpha.float()).abs().max() < error


@pytest.mark.gpu
@pytest.mark.parametrize("draw", [noise.bits, noise.uniform, noise.gaussian])
def test_noise_is_the_same_on_the_gpu(draw, gpu):
    address = {"seed": -7, "stream": 3, "block": 1 << 31, "step": 5, "offset": 10}
    ours = draw((3, 70_001), device=gpu, **address).cpu()
    exact = draw((3, 70_001), **address)
    assert ((ours - exact).abs() <= 1e-6 * exact.abs().clamp(min=1)).all()


@pytest.mark.gpu
@pytest.mark.parametrize("border", ["edge", "black", "mirror", "wrap"])
def test_warps_agree_with_the_cpu(border, gpu):
    picture = noise.uniform((2, 3, 90, 160), seed=1, stream=0)
    flow = noise.gaussian((2, 2, 90, 160), seed=2, stream=0).mul_(20)
    ours = warp.backward_warp(picture.to(gpu), flow.to(gpu), border=border)
    exact = warp.backward_warp(picture, flow, border=border)
    assert (ours[0].cpu() - exact[0]).abs().max() < 1e-3
    assert (ours[1].cpu() != exact[1]).float().mean() < 1e-4


@pytest.mark.gpu
def test_picture_noise_is_the_same_on_the_gpu(gpu):
    for make in (noise.perlin, noise.worley):
        ours = make(50, 60, scale=9, seed=1, z=0.4, device=gpu).cpu()
        assert (ours - make(50, 60, scale=9, seed=1, z=0.4)).abs().max() < 1e-5
