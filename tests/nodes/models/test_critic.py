"""Claims about the critic's network and its words: texts are read as the worlds mean them, and a
folder that is not a critic is refused in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from engine.errors import WeightsError
from nodes.models import zoo
from nodes.models.critic import CriticConfig, CriticNetwork, WordTable, folded, load_critic

CPU = torch.device("cpu")
FOLDER = zoo.locate("slipstream-critic")
SIZES = {"scene": 3, "style": 2}


@pytest.fixture(scope="module")
def table() -> WordTable:
    return load_critic(FOLDER, device=CPU).table


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", {}),
        ("a dog 🦊 größe 東京", {}),
        ("a red orb over the sea at night",
         {"thing": "orb", "colour": "red", "scene": "sea", "time": "night"}),
        ("Red rocks, under a blue sky", {"scene": "canyon", "time": "day"}),
        ("green hills", {"scene": "meadow"}),
        ("a hot air balloon", {"thing": "balloon"}),
        ("a blue dog and a red ball", {"thing": "orb", "colour": "red"}),
        ("a ball, red", {"thing": "orb"}),
        ("a red glowing ring", {"thing": "ring", "colour": "red"}),
        ("ice of a red ring", {"thing": "ring", "style": "ice"}),
        ("photo of a red ring", {"thing": "ring", "style": "photo", "colour": "red"}),
    ],
)  # fmt: skip
def test_a_text_is_read_as_the_worlds_mean_it(
    table: WordTable, text: str, said: dict[str, str]
) -> None:
    assert table.said(text) == said


def test_ten_thousand_words_are_read_at_once(table: WordTable) -> None:
    assert table.said("blah " * 10_000 + "the sea") == {}
    assert table.said("the sea " + "blah " * 10_000) == {"scene": "sea"}


def test_folding_the_norms_changes_nothing() -> None:
    torch.manual_seed(0)
    trained = CriticNetwork(CriticConfig((4, 8, 8), 2, 32), SIZES, norms=True)
    pictures = torch.rand(4, 3, 32, 32)
    trained(pictures)  # moves the running means
    shipped = CriticNetwork(CriticConfig((4, 8, 8), 2, 32), SIZES)
    weights = folded(trained.eval())
    shipped.load_state_dict(weights)
    (quality, words), (again, same) = trained(pictures), shipped(pictures)
    assert torch.allclose(quality, again, atol=1e-5)
    assert torch.allclose(words["scene"], same["scene"], atol=1e-5)


@pytest.mark.parametrize("size", [(128, 128), (1, 1), (9, 300), (480, 832), (64, 64)])
def test_pictures_of_every_size_are_judged(size: tuple[int, int]) -> None:
    said = load_critic(FOLDER, device=CPU).judge(torch.rand(2, 3, *size))
    assert said.quality.shape == (2,)
    assert ((said.quality >= 0) & (said.quality <= 1)).all()
    assert all(torch.allclose(p.sum(1), torch.ones(2), atol=1e-4) for p in said.words.values())


def test_half_precision_says_about_the_same() -> None:
    pictures = torch.rand(2, 3, 128, 128)
    exact = load_critic(FOLDER, device=CPU).judge(pictures)
    rough = load_critic(FOLDER, device=CPU, dtype=torch.bfloat16).judge(pictures)
    assert torch.allclose(exact.quality, rough.quality, atol=0.1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"family": "causal_wan"}, "it is no critic"),
        ({"network": {"widths": [1, 2]}}, "has 2 values, not 3"),
        ({"words": None}, "has no words"),
        ({"words": {"scene": {}}}, "whose phrases are not texts"),
        ({"words": {"scene": {"sea": [""]}}}, "whose phrases are not texts"),
        ({"words": {"scene": {"sea": ["sea"]}}}, "head"),
    ],
)
def test_a_folder_that_is_no_critic_is_refused(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "critic"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | change), encoding="utf-8")
    with pytest.raises(WeightsError, match=sentence):
        load_critic(folder, device=CPU)


def test_cut_weights_are_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "critic"))
    weights = folder / "critic.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(WeightsError):
        load_critic(folder, device=CPU)
