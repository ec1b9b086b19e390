"""Devices are asked for by name; a CPU never computes in fp16."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import torch

from engine.device import compute_dtype, configure, describe, memory, pick, usable_cores
from engine.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _switches() -> Iterator[None]:
    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    cudnn = (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic)
    yield
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = cudnn
    torch.set_flush_denormal(False)


@pytest.mark.usefixtures("_switches")
def test_threads_are_set_in_one_place():
    configure(threads=1)
    assert torch.get_num_threads() == 1
    configure()
    assert torch.get_num_threads() == usable_cores() <= (os.cpu_count() or 1)
    with pytest.raises(DeviceError, match="1 thread or more, not 0"):
        configure(threads=0)


def test_auto_is_a_device_that_computes():
    assert torch.ones(2, device=pick()).sum() == 2
    assert pick("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:", "cuda:x", "auto:1", "cuda:-1", "CPU"])
def test_names_that_are_no_device_are_refused(name: str):
    with pytest.raises(DeviceError, match="is not a device; use auto"):
        pick(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_said():
    with pytest.raises(DeviceError, match="no cuda device on this machine"):
        pick("cuda:0")


@pytest.mark.gpu
def test_cuda_is_picked_and_computes_in_half_precision():
    assert pick().type == "cuda"
    assert pick("cuda:0") == torch.device("cuda:0")
    assert compute_dtype(pick()) in (torch.bfloat16, torch.float16)
    assert 0 < memory(pick()).used < memory(pick()).total
    with pytest.raises(DeviceError, match="the last is cuda:"):
        pick("cuda:99")


def test_a_cpu_never_computes_in_fp16():
    assert compute_dtype(torch.device("cpu")) in (torch.bfloat16, torch.float32)


def test_memory_and_facts_are_told():
    assert 0 < memory(torch.device("cpu")).used < memory(torch.device("cpu")).total
    assert "cores" in describe()
    assert describe()["torch"] == torch.__version__
