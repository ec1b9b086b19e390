"""Checkpoints open without running anyone's code, and what does not fit is named."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import WeightsError
from engine.tensors import check_tensors, open_tensors

TENSORS = {"a": torch.arange(6.0).view(2, 3), "count": torch.tensor([3])}


class Bomb:
    """What a hostile checkpoint holds: unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def same(found: dict[str, torch.Tensor]) -> bool:
    return found.keys() == TENSORS.keys() and all(found[k].equal(TENSORS[k]) for k in TENSORS)


def test_safetensors_open(tmp_path: Path):
    save_file(TENSORS, tmp_path / "a.safetensors")
    assert same(open_tensors(tmp_path / "a.safetensors"))


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: {"state_dict": d, "epoch": 3}])
def test_pickles_of_tensors_alone_open(tmp_path: Path, wrap: Any):
    torch.save(wrap(TENSORS), tmp_path / "a.pt")
    assert same(open_tensors(tmp_path / "a.pt"))


def test_a_folder_opens_as_one(tmp_path: Path):
    for name, tensor in TENSORS.items():
        save_file({name: tensor}, tmp_path / f"{name}.safetensors")
    assert same(open_tensors(tmp_path))


def test_floats_come_in_the_format_asked_for(tmp_path: Path):
    save_file(TENSORS, tmp_path / "a.safetensors")
    found = open_tensors(tmp_path / "a.safetensors", dtype=torch.bfloat16)
    assert (found["a"].dtype, found["count"].dtype) == (torch.bfloat16, torch.int64)


def test_progress_is_told_and_may_stop(tmp_path: Path):
    save_file(TENSORS, tmp_path / "a.safetensors")
    told: list[float] = []
    open_tensors(tmp_path / "a.safetensors", progress=lambda share, _: told.append(share))
    assert told == [0.0, 0.5]

    def stop(share: float, text: str) -> None:
        raise KeyboardInterrupt(text)

    with pytest.raises(KeyboardInterrupt, match=r"reading a\.safetensors"):
        open_tensors(tmp_path / "a.safetensors", progress=stop)


@pytest.mark.parametrize("name", ["a.ckpt", "a.bin", "a.pt", "a.pth", "a"])
def test_pickled_code_is_refused_and_never_run(tmp_path: Path, name: str):
    torch.save({"a": Bomb(tmp_path / "boom")}, tmp_path / name)
    with pytest.raises(WeightsError, match=r"Python code .* convert it to safetensors"):
        open_tensors(tmp_path / name)
    (tmp_path / "plain.ckpt").write_bytes(pickle.dumps(Bomb(tmp_path / "boom"), protocol=2))
    with pytest.raises(WeightsError, match=r"plain\.ckpt"):
        open_tensors(tmp_path / "plain.ckpt")
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt", "a.ckpt"])
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 64, b"PK\3\4 no zip", b"version https://git-lfs", b"\x80\2."]
)
def test_mangled_files_are_said(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=rf"{name}"):
        open_tensors(tmp_path / name)


def test_cut_off_files_are_said(tmp_path: Path):
    save_file(TENSORS, tmp_path / "a.safetensors")
    torch.save(TENSORS, tmp_path / "a.pt")
    for path in (tmp_path / "a.safetensors", tmp_path / "a.pt"):
        whole = path.read_bytes()
        for length in range(0, len(whole), max(len(whole) // 40, 1)):
            path.write_bytes(whole[:length])
            with pytest.raises(WeightsError):
                open_tensors(path)


def test_missing_files_empty_folders_and_other_content_are_said(tmp_path: Path):
    torch.save([1, 2], tmp_path / "list.pt")
    for name, said in [
        ("gone.safetensors", "no checkpoint"),
        ("", "no checkpoint"),
        ("list.pt", "holds list"),
    ]:
        with pytest.raises(WeightsError, match=said):
            open_tensors(tmp_path / name)


def test_what_fits_passes():
    check_tensors(TENSORS, {"a": (2, 3), "count": torch.zeros(1)})


def test_what_does_not_fit_is_counted_and_named():
    expected = {"a": (3, 2)} | {f"layer.{n}": (1,) for n in range(5)}
    said = (
        r"tiny does not fit: 5 missing \(layer\.0, layer\.1, layer\.2 and 2 more\), "
        r"1 unexpected \(count\), 1 of another shape \(a is \(2, 3\), not \(3, 2\)\)$"
    )
    with pytest.raises(WeightsError, match=said):
        check_tensors(TENSORS, expected, "tiny")
