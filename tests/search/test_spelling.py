"""Did you mean: what is suggested, and above all what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.search.lexical import LexicalIndex
from papertide.search.query import parse
from papertide.search.spelling import corrected
from papertide.search.tree import Phrase, Words
from papertide.search.vocabulary import Vocabulary, distance
from tests.search.documents import filled, made, put

COUNTS = {
    "attention": 40_000, "all": 90_000, "you": 3_000, "need": 50_000, "new": 90_000, "ned": 16,
    "neural": 60_000, "network": 70_000, "transformer": 9_000, "retrieval": 8_000, "moe": 300,
    "more": 60_000, "bengio": 200, "lora": 1_500, "form": 20_000, "from": 200_000,
}  # fmt: skip
WORDS = Vocabulary.commonest(COUNTS, papers=250_000)
BESIDE = {"you need": 300, "you new": 2, "moe layers": 40, "more layers": 80, "need all": 0}


def meant(text, vocabulary=WORDS, **options):
    return corrected(parse(text), vocabulary, lambda pair: BESIDE.get(pair, 0), **options)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("atention is all you ned", "attention is all you need"),
        ("Transfomer", "transformer"),
        ("nueral   netwrok!", "neural   network!"),  # what stands between words stays
        ("ti:retreival -survey", "ti:retrieval -survey"),
        ('"atention"', '"attention"'),
        ("bengoi", "bengio"),
        ("attention", ""),
        ("moe layers", ""),  # rare, but it stands beside its neighbour
        ("moe", ""),  # rare, and short
        ("transformers", ""),  # another form of a word finds the same papers
        ("atentoin", "attention"),  # two letters apart, and alone
        ("robot atentoin", ""),  # two letters apart, and no paper has it beside its neighbour
        ("QLoRA", ""),  # a name
        ("gpt4o", ""),
        ("atenti* atention~", ""),  # asked for as they are
        ("xqzwvy", ""),  # near to nothing
        ("cat:cs.atention", ""),
        ("ñandú", ""),
        ("", ""),
    ],
)
def test_what_is_suggested(typed, wanted):
    assert meant(typed) == wanted


def test_of_words_of_equal_distance_the_commonest():
    assert WORDS.near("fomr", 3) == ["form"]
    assert WORDS.near("ned", 3) == ["new", "need"]
    assert WORDS.near("neeed", 60_000) == []


def test_what_is_being_typed_is_no_mistake():
    assert meant("atention is all", typing=True) == "attention is all"
    assert meant("networ", typing=True) == ""
    assert meant("networ") == "network"
    assert meant("transfomer", typing=True) == "transformer"
    assert meant("networ all", typing=True) == "network all"  # only the last word has just begun


def _distance(one, other):
    """By its definition, for all pairs of beginnings."""
    d = {}
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            if not i or not j:
                d[i, j] = i + j
                continue
            differ = one[i - 1] != other[j - 1]
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + differ)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return d[len(one), len(other)]


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 3))
def test_the_distance_of_words(one, other, most):
    assert distance(one, other, most) == min(_distance(one, other), most + 1)


_MADE = st.text("abcdef", min_size=2, max_size=9)


@given(_MADE, st.lists(_MADE))
def test_near_words_are_all_found(word, others):
    """The letters that are compared first leave out no word that is near."""
    held = Vocabulary.commonest(dict.fromkeys(others, 5), papers=100)
    one = {other for other in others if other != word and _distance(word, other) == 1}
    if one:
        assert set(held.near(word, 1, most=99)) == one


def test_a_vocabulary_keeps_the_commonest_and_is_the_same_again():
    held = Vocabulary.commonest({"a": 3, "b" * 31: 99, "c": 2}, papers=9)
    again = Vocabulary.from_bytes(held.as_bytes())
    assert [again.count(word) for word in ("a", "b" * 31, "c", "d")] == [3, 0, 2, 0]
    assert again.papers == 9
    with pytest.raises(ValueError, match="Expected"):
        Vocabulary.from_bytes(b"no vocabulary")


# --- in the index -----------------------------------------------------------------------------


def test_the_words_of_an_index_are_kept_and_follow_it(tmp_path):
    documents = [made(n, "Graph attention", authors=["Yann LeCun"]) for n in range(1, 21)]
    index = filled(tmp_path, *documents)
    held = index.vocabulary()
    counts = [held.count(word) for word in ("attention", "lecun", "filler", "none")]
    assert counts == [20, 20, 20, 0]
    put(index, made(21, "Transformers"), position=2)
    assert index.vocabulary() is held  # one more is no reason to count anew
    put(index, *(made(n, "Transformers") for n in range(22, 30)), position=3)
    assert index.vocabulary().count("transformers") == 9
    assert LexicalIndex(tmp_path, "one").vocabulary().count("transformers") == 9
    assert index.words(Words((Phrase("graph attention"),))).total == 20


def test_an_index_without_its_words_still_searches(tmp_path):
    index = filled(tmp_path, made(1, "Graph"))
    [file] = tmp_path.rglob("vocabulary*")
    file.write_bytes(b"\xff damaged")
    assert index.vocabulary() is None
    file.unlink()
    assert index.vocabulary() is None
    put(index, made(2, "Graph"))
    assert index.vocabulary().count("graph") == 2  # written again
    assert index.words("graph").total == 2
    assert LexicalIndex(tmp_path / "none", "one").vocabulary() is None
