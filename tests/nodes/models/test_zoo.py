"""Claims about names of models: where they are looked for, and what is said when they are
nowhere.
"""

from __future__ import annotations

import pytest

from engine.errors import WeightsError
from nodes.models import zoo
from nodes.models.zoo import JUDGES, KNOWN, REFINERS, VIDEO, Zoo, locate, on_disk


@pytest.fixture(autouse=True)
def empty_places(tmp_path, monkeypatch):
    """No model is embedded or cached but what a test puts there."""
    monkeypatch.setattr(zoo, "EMBEDDED", tmp_path / "embedded")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


def cached(tmp_path, repo: str):
    folder = tmp_path / "hub" / f"models--{repo.replace('/', '--')}"
    snapshot = folder / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc123\n")
    return snapshot


def embedded(tmp_path, name: str):
    folder = tmp_path / "embedded" / name
    folder.mkdir(parents=True)
    return folder


def test_an_embedded_model_comes_first(tmp_path):
    cached(tmp_path, "stabilityai/sd-turbo")
    folder = embedded(tmp_path, "sd-turbo")
    assert locate("sd-turbo") == folder


def test_a_known_name_is_found_in_the_cache_of_the_hub(tmp_path):
    snapshot = cached(tmp_path, "stabilityai/sd-turbo")
    assert locate("sd-turbo") == snapshot
    assert locate("stabilityai/sd-turbo") == locate("sd-turbo")


def test_any_name_of_the_hub_is_found_in_its_cache(tmp_path):
    snapshot = cached(tmp_path, "someone/their-model")
    assert locate("someone/their-model") == snapshot


def test_a_model_fetched_by_hand_is_found_under_either_name(tmp_path):
    folder = embedded(tmp_path, "someone--their-model")
    assert locate("someone/their-model") == folder


def test_a_path_is_itself_even_where_it_ends_like_a_known_name(tmp_path):
    embedded(tmp_path, "sd-turbo")
    mine = tmp_path / "mine" / "sd-turbo"
    mine.mkdir(parents=True)
    assert locate(str(mine)) == mine
    assert locate("mine/sd-turbo").resolve() == mine


def test_a_cache_without_a_revision_is_no_model(tmp_path):
    (tmp_path / "hub" / "models--stabilityai--sd-turbo").mkdir(parents=True)
    with pytest.raises(WeightsError, match="not on this machine"):
        locate("sd-turbo")


def test_a_known_model_that_is_absent_says_where_to_get_and_to_put_it(tmp_path):
    with pytest.raises(WeightsError) as caught:
        locate("sdxl-turbo")
    assert "https://huggingface.co/stabilityai/sdxl-turbo" in str(caught.value)
    assert str(tmp_path / "embedded" / "sdxl-turbo") in str(caught.value)


def test_a_wrong_path_names_its_neighbour(tmp_path):
    (tmp_path / "my-model").mkdir()
    with pytest.raises(WeightsError, match=r"did you mean .*my-model"):
        locate(str(tmp_path / "my-modle"))


def test_a_file_of_a_folder_is_found_or_named(tmp_path):
    folder = embedded(tmp_path, "lcm-lora-sd15")
    with pytest.raises(WeightsError, match="holds no pytorch_lora_weights"):
        locate("lcm-lora-sd15", file=zoo.LORA_FILE)
    (folder / zoo.LORA_FILE).touch()
    assert locate("lcm-lora-sd15", file=zoo.LORA_FILE) == folder / zoo.LORA_FILE


def test_what_is_on_disk_is_listed(tmp_path):
    assert on_disk() == []
    embedded(tmp_path, "slipstream-tiny")
    cached(tmp_path, "madebyollin/taesd")
    assert on_disk() == ["slipstream-tiny", "taesd"]


def test_the_zoo_gives_every_name_and_any_of_the_hub():
    entries = Zoo()
    assert list(entries) == [*KNOWN, *VIDEO, *JUDGES, *REFINERS]
    assert len(entries) == len(list(entries))
    assert entries["self-forcing"].repo == "gdhe17/Self-Forcing"
    assert entries["sd-turbo"].repo == "stabilityai/sd-turbo"
    assert entries["someone/else"].repo == "someone/else"
    assert entries.get("../../etc") is None
    assert entries.get("a/b/c") is None


@pytest.mark.parametrize("name", ["", "  "])
def test_no_name_is_refused(name):
    with pytest.raises(WeightsError, match="no model is named"):
        locate(name)
