"""The vocabulary and the tokenizer."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.embedding.wordpieces import LONGEST, WordPieces, counted, learn, words

PIECES = ["attention", "material", "bio", "s", "a", "t", "e", "n", "αβ"]


def named(vocabulary, text):
    ids, _ = vocabulary.encode([text])
    return [vocabulary.pieces[i] if i < len(vocabulary.pieces) else i for i in ids]


def test_words_are_whole_or_the_longest_pieces_from_the_left():
    vocabulary = WordPieces(PIECES)
    assert named(vocabulary, "Attention, ATTENTION!") == ["attention", "attention"]
    assert named(vocabulary, "biomaterials") == ["bio", "material", "s"]
    assert named(vocabulary, "séance-tent") == ["s", "e", "a", "n", "e", "t", "e", "n", "t"]
    assert named(vocabulary, "ΑΒ") == ["αβ"]


def test_accents_and_compatibility_forms_are_folded():
    vocabulary = WordPieces(PIECES)
    for text in ("attentión", "ａｔｔｅｎｔｉｏｎ", "attentio\u0301n", "ATTENTION"):
        assert named(vocabulary, text) == ["attention"], text


def test_rare_words_have_two_buckets_of_their_own():
    vocabulary = WordPieces(PIECES, buckets=1000)
    one, other = named(vocabulary, "sane"), named(vocabulary, "tanes")
    assert len(one) == 4 + 2
    assert all(9 <= bucket < len(vocabulary) == 1009 for bucket in one[-2:])
    assert set(one[-2:]) != set(other[-2:])
    assert named(vocabulary, "sane") == one
    assert named(vocabulary, "attention") == ["attention"]


@pytest.mark.parametrize("text", ["", " ", "…!?", "日本語の論文", "нейронные сети", "\ud800", "🙂"])
def test_what_is_not_known_has_no_ids(text):
    assert named(WordPieces(PIECES, buckets=100), text) == []


def test_a_word_with_an_unknown_letter_keeps_what_is_known_of_it_and_has_no_bucket():
    assert named(WordPieces(PIECES, buckets=100), "attention字") == ["attention"]


def test_texts_keep_their_places():
    vocabulary = WordPieces(PIECES)
    ids, starts = vocabulary.encode(["", "bio", "", "material bio", ""])
    assert starts.tolist() == [0, 0, 1, 1, 3, 3]
    assert ids.tolist() == [2, 1, 2]
    assert vocabulary.encode([])[1].tolist() == [0]


@given(st.lists(st.text(max_size=60), max_size=8))
@settings(deadline=None)
def test_any_text_is_tokenised_alike_alone_and_among_others(texts):
    vocabulary = WordPieces(PIECES, buckets=16)
    ids, starts = vocabulary.encode(texts)
    assert starts[0] == 0 and starts[-1] == len(ids)
    assert len(starts) == len(texts) + 1
    assert ((ids >= 0) & (ids < len(vocabulary))).all()
    for n, text in enumerate(texts):
        assert WordPieces(PIECES, buckets=16).encode([text])[0].tolist() == (
            ids[starts[n] : starts[n + 1]].tolist()
        )


@pytest.mark.parametrize(
    "unit", ["a", "attention ", "\u0301\u0327", "字", "e\u0301", "x1-", "ﷺ", "Σ"], ids=ascii
)
def test_a_megabyte_takes_linear_time(unit):
    vocabulary = WordPieces(PIECES, buckets=16)

    def seconds(size):
        text = unit * (size // len(unit))
        started = time.process_time()
        vocabulary.encode([text])
        return time.process_time() - started

    seconds(10_000)
    # Quadratic time would be 256-fold for a 16-fold text, and minutes at a megabyte.
    assert seconds(1_000_000) < 64 * max(seconds(62_500), 0.02)


def test_a_very_long_word_counts_by_its_beginning():
    vocabulary = WordPieces(PIECES)
    assert named(vocabulary, "s" * 500) == ["s"] * LONGEST


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr("papertide.embedding.wordpieces._CACHE", 50)
    vocabulary = WordPieces(PIECES, buckets=16)
    for n in range(20):
        vocabulary.encode([" ".join(f"an{n}e{m}" for m in range(20))])
    assert len(vocabulary._numbers) <= 80


def test_counted():
    ids, counts, starts = counted(np.array([5, 2, 5, 1, 1, 1]), np.array([0, 3, 3, 6]), 9)
    assert (ids.tolist(), counts.tolist(), starts.tolist()) == ([2, 5, 1], [1, 2, 3], [0, 2, 2, 3])
    assert counted(np.zeros(0, int), np.array([0, 0]), 9)[2].tolist() == [0, 0]


def test_a_vocabulary_is_learnt():
    texts = ["Neural networks learn representations."] * 20 + [
        f"representational networking of network{n}s, Gödel and θ" for n in range(20)
    ]
    pieces = learn(texts, 80, least=5)
    assert pieces == learn(list(texts), 80, least=5)
    assert len(pieces) == len(set(pieces)) <= 80
    assert {"neural", "networks", "representations", "godel", "θ", "e"} <= set(pieces)
    assert all(piece == piece.lower() and words(piece) == [piece] for piece in pieces)
    # Whatever can be spelt is known.
    _, starts = WordPieces(pieces).encode(["unrepresented networker", "abcdefghijklm"])
    assert (np.diff(starts) > 0).all()
    assert learn([], 80) == []


def test_pieces_must_differ():
    for pieces in (["a", "a"], ["a", ""]):
        with pytest.raises(ValueError, match="twice"):
            WordPieces(pieces)
