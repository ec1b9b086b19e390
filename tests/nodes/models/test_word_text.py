"""The tiny text encoder: any text goes in, known words are whole, unknown ones still differ."""

from __future__ import annotations

import pytest
import torch

from engine.errors import WeightsError
from nodes.models.word_text import BEGIN, PAD, Vocabulary, WordText, WordTextConfig

WORDS = Vocabulary(("a", "boat", "red", "sails"), {"crimson": "red", "ship": "boat"}, buckets=64)
SMALL = WordTextConfig(dim=12, width=8, layers=1, heads=2, length=8)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def encoder() -> WordText:
    torch.manual_seed(0)
    return WordText(WORDS, SMALL)


def test_known_words_are_whole_whatever_their_case_and_punctuation():
    assert WORDS.ids("A red, RED boat!", 32) == [BEGIN, 2, 4, 4, 3]


def test_a_synonym_is_the_word_it_stands_for():
    assert WORDS.ids("crimson ship", 32) == WORDS.ids("red boat", 32)


def test_unknown_words_fall_into_buckets_by_their_pieces():
    pieces = WORDS.ids("zeppelin", 32)[1:]
    assert len(pieces) == 3
    assert all(WORDS.size - 64 <= piece < WORDS.size for piece in pieces)
    assert pieces != WORDS.ids("zucchini", 32)[1:]


@pytest.mark.parametrize(
    "text", ["", "   \n", "🦊🔥", "قارب أحمر", "x" * 10_000, "red " * 10_000, "\ud800", "\0", "ﬁﬂ½"]
)
def test_any_text_encodes_within_the_limit(text):
    found = encoder().encode(text)
    assert found.shape == (1, 8, 12)
    assert found.isfinite().all()


def test_rows_beyond_the_text_are_zero():
    found = encoder().encode("a red boat")
    assert found[0, :4].abs().sum(-1).gt(0).all()
    assert not found[0, 4:].any()


def test_the_same_text_is_the_same_in_a_batch_of_any_texts():
    net = encoder()
    both = net(net.tokens(["a red boat", "sails"]))
    torch.testing.assert_close(both[1:], net.encode("sails"))
    assert net.tokens(["sails"])[0, -1] == PAD


def test_the_order_of_words_matters():
    net = encoder()
    assert not torch.allclose(net.encode("red boat"), net.encode("boat red"))


def test_it_trains():
    net = encoder()
    with torch.enable_grad():
        net(net.tokens(["a zeppelin"])).square().mean().backward()
    assert all(weight.grad is not None for weight in net.parameters())


def test_a_vocabulary_survives_its_file(tmp_path):
    WORDS.write(tmp_path / "vocabulary.json")
    assert Vocabulary.read(tmp_path / "vocabulary.json") == WORDS


def test_gathering_keeps_the_frequent_words_and_what_synonyms_mean():
    found = Vocabulary.gather(["b b c", "c, b a ship"], limit=3, synonyms={"Ship": "boat"})
    assert found.words == ("boat", "b", "c")


@pytest.mark.parametrize(
    ("words", "synonyms", "said"),
    [(("a", "a"), {}, "more than once"), (("a",), {"b": "c"}, "stands for 'c'")],
)
def test_a_vocabulary_that_contradicts_itself_is_refused(words, synonyms, said):
    with pytest.raises(WeightsError, match=said):
        Vocabulary(words, synonyms)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (None, "is not there"),
        ("[", "cannot be read as JSON"),
        ("[]", "no list of words"),
        ('{"words": [1]}', "no list of words"),
        ('{"words": ["a"], "buckets": "many"}', "wrong kind"),
        ('{"words": ["a"], "synonyms": {"b": 3}}', "wrong kind"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path, held, said):
    path = tmp_path / "vocabulary.json"
    if held is not None:
        path.write_text(held)
    with pytest.raises(WeightsError, match=said):
        Vocabulary.read(path)
