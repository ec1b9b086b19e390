"""The text encoder of Wan: as the public one is, by either naming, any text in, zeros beyond."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import WeightsError
from nodes.models.umt5 import Umt5, Umt5Config, build_umt5, clean, distance_bucket, load_umt5

TINY = Umt5Config(
    vocabulary=40, dim=12, attention=8, heads=2, ffn=20, layers=2, buckets=8, length=16
)
HERE = {"device": torch.device("cpu"), "dtype": torch.float32}


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def public(buckets: int = 32):
    from transformers import UMT5Config, UMT5EncoderModel

    torch.manual_seed(0)
    config = UMT5Config(
        vocab_size=40,
        d_model=12,
        d_kv=4,
        d_ff=20,
        num_layers=2,
        num_heads=2,
        relative_attention_num_buckets=buckets,
    )
    network = UMT5EncoderModel(config).eval()
    for name, weight in network.named_parameters():
        if "bias" in name:
            weight.normal_()
    return network


def tokenizer(path):
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    words = {"<pad>": 0, "</s>": 1, "<unk>": 2, "a": 3, "red": 4, "boat": 5}
    made = Tokenizer(WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    made.save(str(path / "tokenizer.json"))
    return path


def encoder(tmp_path, network=None):
    save_file((network or Umt5(TINY)).state_dict(), tmp_path / "text.safetensors")
    return load_umt5(
        tmp_path / "text.safetensors", tokenizer=tokenizer(tmp_path), length=16, **HERE
    )


def test_the_public_network_and_ours_encode_alike():
    theirs = public()
    ours = build_umt5(theirs.state_dict(), dtype=torch.float32, where="it")
    ids = torch.randint(0, 40, (2, 200), generator=torch.Generator().manual_seed(1))
    present = torch.arange(200) < torch.tensor([[200], [37]])
    said = theirs(ids, attention_mask=present.long()).last_hidden_state
    torch.testing.assert_close(ours(ids, present), said * present[..., None], rtol=0, atol=1e-5)


def test_padding_that_is_masked_is_no_padding():
    network = build_umt5(public().state_dict(), dtype=torch.float32, where="it")
    ids, present = torch.tensor([[4, 5, 1, 0, 0]]), torch.tensor([[True, True, True, False, False]])
    alone = network(ids[:, :3])
    torch.testing.assert_close(network(ids, present)[:, :3], alone, rtol=0, atol=1e-6)


def test_the_naming_of_wan_loads_as_it_is(tmp_path):
    network = Umt5(TINY)
    found = encoder(tmp_path, network).network
    assert found.config == TINY
    ids = torch.tensor([[3, 4, 5, 1]])
    assert torch.equal(found(ids), network(ids))


def test_rows_beyond_the_text_are_zero(tmp_path):
    found = encoder(tmp_path).encode("a red boat")
    assert found.shape == (1, 16, 12)
    assert found[0, :4].abs().sum(-1).gt(0).all()
    assert not found[0, 4:].any()


@pytest.mark.parametrize("text", ["", " \n", "🦊", "قارب", "x" * 10_000, "red " * 10_000, "\ud800"])
def test_any_text_encodes_within_the_limit(tmp_path, text):
    found = encoder(tmp_path).encode(text)
    assert found.shape == (1, 16, 12)
    assert found.isfinite().all()


def test_a_text_is_cleaned_before_it_is_read():
    assert clean("  a &amp;amp; b\n\tc \u2019d\u201d ") == "a & b c 'd\""


def test_far_places_share_buckets_and_ahead_is_not_behind():
    found = distance_bucket(torch.tensor([0, 1, -1, 7, 128, 5000, -5000]), 32, 128)
    assert found.tolist() == [0, 17, 1, 23, 31, 31, 15]


def test_a_t5_with_shared_bias_is_named():
    tensors = public().state_dict()
    del tensors["encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"]
    with pytest.raises(WeightsError, match="share one bias; UMT5 is needed"):
        build_umt5(tensors, dtype=torch.float32, where="it")


def test_a_foreign_file_and_a_lacking_one_are_refused():
    with pytest.raises(WeightsError, match=r"it is no UMT5 encoder: it holds conv1\.weight"):
        build_umt5({"conv1.weight": torch.zeros(1)}, dtype=torch.float32, where="it")
    tensors = Umt5(TINY).state_dict()
    del tensors["blocks.1.ffn.fc2.weight"]
    with pytest.raises(WeightsError, match=r"1 missing \(blocks.1.ffn.fc2.weight\)"):
        build_umt5(tensors, dtype=torch.float32, where="it")


def test_a_tokenizer_that_is_missing_or_mangled_is_refused(tmp_path):
    save_file(Umt5(TINY).state_dict(), tmp_path / "text.safetensors")
    with pytest.raises(WeightsError, match=r"no tokenizer\.json is at"):
        load_umt5(tmp_path / "text.safetensors", **HERE)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(WeightsError, match="cannot be read as JSON"):
        load_umt5(tmp_path / "text.safetensors", **HERE)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(WeightsError, match="describes no tokenizer"):
        load_umt5(tmp_path / "text.safetensors", **HERE)


@pytest.mark.parametrize("place", ["google/umt5-xxl", ".", "../tokenizer"])
def test_a_tokenizer_is_found_where_repositories_have_it(tmp_path, place):
    folder = tmp_path / "text_encoder"
    (folder / place).mkdir(parents=True)
    tokenizer(folder / place)
    save_file(Umt5(TINY).state_dict(), folder / "text.safetensors")
    assert load_umt5(folder / "text.safetensors", **HERE).encode("a boat").any()


def test_texts_of_the_public_sizes_are_five_hundred_and_twelve_rows():
    with torch.device("meta"):
        network = Umt5()
    assert network.config.length == 512
    assert sum(weight.numel() for weight in network.parameters()) == 5680910336
