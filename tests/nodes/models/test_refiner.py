"""Claims about the refiner's network: without training it mixes evenly, any size goes through, and
a folder that is not a refiner is refused in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from engine.errors import WeightsError
from nodes.models import zoo
from nodes.models.refiner import RefinerConfig, RefinerModel, RefinerNetwork, load_refiner

CPU = torch.device("cpu")
FOLDER = zoo.locate("slipstream-refiner")
LITTLE = RefinerConfig((4, 4, 8), 1)


def little(*, trained: bool = False) -> RefinerModel:
    torch.manual_seed(0)
    network = RefinerNetwork(LITTLE)
    if trained:
        torch.nn.init.normal_(network.last.weight, std=0.3)
    return RefinerModel(network.eval(), LITTLE, "little")


def test_an_untrained_network_is_the_plain_mix_bit_for_bit() -> None:
    first, second = torch.rand(2, 3, 24, 40), torch.rand(2, 3, 24, 40)
    assert torch.equal(little().middle(first, second), (first + second) / 2)


def test_a_trained_one_is_not() -> None:
    first, second = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16)
    made = little(trained=True).middle(first, second)
    assert not torch.allclose(made, (first + second) / 2, atol=0.01)


def test_one_picture_of_the_pair_can_be_believed_alone() -> None:
    model = little()
    assert model.network.last.bias is not None
    model.network.last.bias.data[:4] = 1  # the first of the four channels, in a cell of 2 x 2
    first, second = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16)
    assert torch.allclose(model.middle(first, second), first, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (8, 8), (45, 61)])
def test_pictures_of_every_size_keep_it_and_stay_in_range(size: tuple[int, int]) -> None:
    made = little(trained=True).middle(torch.rand(2, 3, *size), torch.rand(2, 3, *size))
    assert tuple(made.shape) == (2, 3, *size)
    assert made.min() >= 0
    assert made.max() <= 1


def test_half_precision_mends_about_the_same() -> None:
    first, second = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    exact, rough = (load_refiner(FOLDER, device=CPU, dtype=dtype) for dtype in DTYPES)
    assert torch.allclose(exact.middle(first, second), rough.middle(first, second), atol=0.05)


DTYPES = (torch.float32, torch.bfloat16)


def test_the_shipped_one_leaves_what_stands_still() -> None:
    picture = torch.rand(1, 3, 8, 8).repeat_interleave(8, 2).repeat_interleave(8, 3)
    made = load_refiner(FOLDER, device=CPU).middle(picture, picture)
    assert (made - picture).abs().mean() < 0.02


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"family": "critic"}, "it is no refiner"),
        ({"network": None}, "holds None, not an object"),
        ({"network": {"widths": [16, 32]}}, "has 2 values, not 3"),
        ({"network": {"widths": [16, 32, 0]}}, "have to be 1 or more"),
        ({"network": {"block": 2}}, "has no field 'block'"),
        ({"network": {"widths": [16, 32, 56]}}, "refiner.safetensors"),
    ],
)
def test_a_folder_that_is_no_refiner_is_refused(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "refiner"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | change), encoding="utf-8")
    with pytest.raises(WeightsError, match=sentence):
        load_refiner(folder, device=CPU)


@pytest.mark.parametrize("missing", ["config.json", "refiner.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "refiner"))
    (folder / missing).unlink()
    with pytest.raises(WeightsError, match=missing):
        load_refiner(folder, device=CPU)


def test_cut_weights_are_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "refiner"))
    weights = folder / "refiner.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="refiner"):
        load_refiner(folder, device=CPU)
