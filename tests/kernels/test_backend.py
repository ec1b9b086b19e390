"""The choice of a form: torch on a CPU, Triton only after it has agreed, and the override."""

from __future__ import annotations

import logging
import subprocess
import sys
import types

import pytest
import torch

from kernels import backend

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Each test decides anew, under no override but its own."""
    monkeypatch.delenv("SLIPSTREAM_KERNELS", raising=False)
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    backend.fused.cache_clear()
    yield
    backend.fused.cache_clear()


@pytest.fixture
def form(monkeypatch):
    """A form named "made" that may run on a CPU; tests set how far off it is."""
    made = types.ModuleType("kernels.made_up_form")
    made.TOLERANCE, made.asked = 1e-3, []

    def disagreement(device):
        made.asked.append(device)
        if isinstance(made.error, Exception):
            raise made.error
        return made.error

    made.error, made.disagreement = 0.0, disagreement
    monkeypatch.setitem(sys.modules, made.__name__, made)
    monkeypatch.setitem(backend.FORMS, "made", made.__name__)
    monkeypatch.setattr(backend, "_possible", lambda device, wanted: True)
    return made


def test_a_cpu_runs_torch():
    assert all(backend.fused(name, CPU) is None for name in backend.FORMS)
    assert set(backend.warm(CPU).values()) == {"torch"}


def test_triton_on_a_cpu_needs_its_interpreter(monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_KERNELS", "triton")
    assert backend.fused("blend", CPU) is None


def test_a_form_that_agrees_is_used_and_asked_once(form):
    assert backend.fused("made", CPU) is form
    assert backend.fused("made", CPU) is form
    assert form.asked == [CPU]


@pytest.mark.parametrize(
    "error", [0.5, float("nan"), RuntimeError("no driver"), OSError("no compiler"), ImportError()]
)
def test_a_form_that_differs_or_fails_is_left_with_a_warning(form, error, caplog):
    form.error = error
    with caplog.at_level(logging.WARNING):
        assert backend.fused("made", CPU) is None
        assert backend.fused("made", CPU) is None
    assert len(caplog.records) == 1
    assert "made on cpu runs in torch" in caplog.text


def test_the_override_makes_a_failure_an_error(form, monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_KERNELS", "triton")
    form.error = 0.5
    with pytest.raises(RuntimeError, match="made on cpu differs by"):
        backend.fused("made", CPU)


def test_the_override_can_ask_for_torch(form, monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_KERNELS", "torch")
    assert backend.fused("made", CPU) is None
    assert form.asked == []


def test_an_unknown_override_is_named(monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_KERNELS", "cuda")
    with pytest.raises(ValueError, match='SLIPSTREAM_KERNELS is "cuda": it can be auto'):
        backend.fused("blend", CPU)


def test_kernels_import_without_triton_and_do_not_import_it():
    names = "backend, blend, color, filters, interpolate, key, noise, resize, warp"
    program = (
        "import sys; sys.modules['triton'] = None\n"
        f"from kernels import {names}\n"
        "noise.uniform((4,), seed=1, stream=0)\n"
        "assert not any(name.startswith('kernels.triton') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
