"""The recipe of slipstream-critic: every stage takes steps, damage grows with its strength, and the
labels say only what a frame shows."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch

from assets.recipes import train_critic
from assets.recipes.critic_damage import DAMAGES, damaged
from assets.recipes.critic_data import TABLE, UNKNOWN, labels
from assets.recipes.critic_measure import above, rank_correlation
from assets.recipes.critic_stage import quality_loss, words_loss
from nodes.models.critic import load_critic

FOLDER = train_critic.FOLDER
HERE = torch.tensor([0.5, 0.5, 0.2])


@pytest.mark.timeout(300)  # ten seconds of work; a machine that others load needs the rest
def test_all_stages_run_and_leave_a_folder(tmp_path: Path) -> None:
    train, out = tmp_path / "train", tmp_path / "model"
    call = ["--budget", "micro", "--train", str(train), "--out", str(out), "--minutes", "5"]
    train_critic.main(call)
    assert torch.load(train / "critic.pt", weights_only=True)["done"] == 2
    said = load_critic(out, device=torch.device("cpu")).judge(torch.rand(2, 3, 32, 32))
    assert said.quality.shape == (2,)


def test_clips_of_others_are_not_added_to(tmp_path: Path) -> None:
    call = ["--budget", "micro", "--train", str(tmp_path / "t"), "--clips", str(tmp_path / "c")]
    with pytest.raises(ValueError, match="0 chunks of clips, not 2"):
        train_critic.main([*call, "--stage", "clips"])
    assert not list((tmp_path / "c").rglob("*.pt"))


def test_the_shipped_folder_is_small_and_its_card_names_the_file() -> None:
    weights = FOLDER / "critic.safetensors"
    assert weights.stat().st_size < 1_500_000
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    assert hashlib.sha256(weights.read_bytes()).hexdigest() in card


def test_the_shipped_words_are_those_of_the_worlds() -> None:
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    shipped = {head: list(words) for head, words in config["words"].items()}
    assert shipped == {head: list(words) for head, words in TABLE.heads.items()}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_stronger_damage_is_further_from_the_picture(name: str) -> None:
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 16, 16).repeat_interleave(4, 2).repeat_interleave(4, 3)
    picture, other = picture.expand(8, -1, -1, -1), torch.rand(8, 3, 64, 64)
    gaps = [
        (damaged(name, picture, torch.full((8,), much), other) - picture).abs().mean()
        for much in (0.1, 0.5, 1.0)
    ]
    assert gaps == sorted(gaps)
    assert gaps[0] > 0


def test_a_label_says_only_what_the_frame_shows() -> None:
    heads = list(TABLE.heads)
    seen = dict(zip(heads, labels("a red orb over the sea", HERE), strict=True))
    assert seen["colour"] == TABLE.index("colour", "red")
    assert seen["time"] == UNKNOWN
    away = dict(zip(heads, labels("a red orb over the sea", HERE * 3), strict=True))
    assert (away["thing"], away["colour"]) == (UNKNOWN, UNKNOWN)
    empty = dict(zip(heads, labels("the sea at night, pan left", HERE), strict=True))
    assert empty["thing"] == TABLE.index("thing", "none")
    assert empty["style"] == TABLE.index("style", "photo")


def test_what_is_unknown_costs_nothing() -> None:
    logits, seen = torch.randn(2, 4), torch.ones(2)
    assert words_loss(logits, torch.tensor([UNKNOWN, UNKNOWN]), seen) == 0
    assert words_loss(logits, torch.tensor([1, UNKNOWN]), seen) > 0


def test_quality_is_best_where_it_is_one_less_the_severity() -> None:
    severity = torch.tensor([0.3])
    best = quality_loss(torch.logit(1 - severity), severity)
    assert best < quality_loss(torch.zeros(1), severity)


def test_ranks_and_shares_are_counted() -> None:
    rising = torch.tensor([1.0, 2.0, 3.0, 5.0])
    assert rank_correlation(rising, rising.square()) == pytest.approx(1)
    assert rank_correlation(rising, -rising) == pytest.approx(-1)
    assert above(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.5])) == 0.75
