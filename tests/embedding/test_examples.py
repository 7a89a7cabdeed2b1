"""Pairs drawn from papers."""

import numpy as np
import pytest

from papertide.embedding.examples import CLAIM, HALVES, TITLE, Examples, sentences
from papertide.embedding.wordpieces import WordPieces

LETTERS = [chr(97 + n) for n in range(26)]
PAPERS = [("a b", "C c. D. E e. F."), ("g", "H h h h."), ("i", "J. K. L.")]


@pytest.fixture(scope="module")
def examples():
    return Examples.of(PAPERS, WordPieces(LETTERS))


def letters(bag):
    dense = bag.toarray()
    return ["".join(LETTERS[n] for n in np.flatnonzero(row)) for row in dense]


def test_titles_and_abstracts(examples):
    every = np.arange(3)
    assert letters(examples.titles(every)) == ["ab", "g", "i"]
    assert letters(examples.abstracts(every)) == ["cdef", "h", "jkl"]
    assert letters(examples.abstracts(every[:1], title=True)) == ["abcdef"]
    assert examples.abstracts(every)[1].data.tolist() == [2.0]  # the square root of 4


def share(kind):
    return tuple(float(n == kind) for n in range(3))


def test_pairs_of_title_and_abstract(examples):
    left, right = examples.pairs(np.array([2, 0]), share(TITLE), 0, np.random.default_rng(0))
    assert (letters(left), letters(right)) == (["i", "ab"], ["jkl", "cdef"])


@pytest.mark.parametrize("kind", [HALVES, CLAIM])
def test_pairs_of_sentences_share_no_sentence_and_leave_none_out(examples, kind):
    seen = set()
    for seed in range(200):
        chance = np.random.default_rng(seed)
        left, right = map(letters, examples.pairs(np.arange(3), share(kind), 0, chance))
        assert (left[1], right[1]) == ("g", "h")  # one sentence: nothing to split
        body = [set(side[0]) & set("cdef") for side in (left, right)]
        assert body[0] | body[1] == set("cdef")
        assert not body[0] & body[1]
        assert len(body[0]) == (2 if kind == HALVES else 1)
        seen.add(("ab" in left[0], "ab" in right[0]))
    assert seen == ({(False, True)} if kind == CLAIM else
                    {(True, False), (False, True), (False, False)})  # fmt: skip


def test_dropout_leaves_pieces_out(examples):
    chance = np.random.default_rng(0)
    counts = [
        sum(side.sum() for side in examples.pairs(np.arange(3), share(TITLE), 0.5, chance))
        for _ in range(100)
    ]
    assert 0.3 < np.mean(counts) / 17 < 0.7


def test_sentences():
    assert sentences("We do. It works, e.g. here. 3 of 4 do! (All.)") == [
        "We do.", "It works, e.g. here.", "3 of 4 do!", "(All.)",
    ]  # fmt: skip
    assert sentences("") == [""]
