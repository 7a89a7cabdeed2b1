"""Why a paper was found: the numbers are those that ranking starts from."""

import pytest

from papertide.search import tree
from papertide.search.hybrid import fuse, hybrid, spoken
from papertide.search.query import parse
from papertide.search.vectors import VectorIndex
from papertide.search.why import Why, explain, told
from tests.search.documents import CATALOG, filled, made
from tests.search.embedder import WordsEmbedder, make_documents

DOCUMENTS = [
    *make_documents(1, 60),
    made(60, "Graph attention networks", abstract="We transform molecules.",
         authors=["Yann LeCun", "Bernhard Schölkopf"], venue="Proceedings of ICML"),
    made(61, "Attention of a graph", abstract="Transformers of transforming molecules.",
         date=20190601),
]  # fmt: skip
HELD = {document.id: document for document in DOCUMENTS}


@pytest.fixture(scope="module")
def indexes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why")
    vectors = VectorIndex(folder, CATALOG, WordsEmbedder())
    with vectors.writing():
        vectors.apply(DOCUMENTS, [], 1)
    return filled(folder, *DOCUMENTS), vectors


def why(indexes, text, *numbers, **options) -> list[Why]:
    words, vectors = indexes
    return explain(parse(text).tree, [HELD[n] for n in numbers], words, vectors, **options)


@pytest.mark.parametrize("text", ["graph policy", "causal video kernel", "speech -robot"])
def test_words_and_meaning_give_the_order_again(indexes, text):
    """Fused as ranking does it, the parts that are told put papers in the order they came in."""
    words, vectors = indexes
    asked = parse(text).tree
    found = hybrid(words, vectors, asked, limit=200)
    each = dict(zip(found.ids, why(indexes, text, *found.ids), strict=True))
    by_words, near = words.words(asked, limit=200), vectors.embed(spoken(asked))
    assert {n: each[n].words for n in by_words.ids} == pytest.approx(
        dict(zip(by_words.ids, by_words.scores, strict=True))
    )
    assert all(each[n].words == 0 for n in found.ids if n not in by_words.ids)
    cosines = vectors.scores(near, found.ids)
    assert [each[n].meaning for n in found.ids] == pytest.approx(cosines.tolist())
    worst = min(by_words.scores)
    scored = sorted(found.ids, key=lambda n: -each[n].words)
    as_words = type(by_words)(
        ids=scored, scores=[each[n].words or worst for n in scored], total=len(scored)
    )
    nearest = sorted(found.ids, key=lambda n: -each[n].meaning)
    as_meaning = type(by_words)(
        ids=nearest, scores=[each[n].meaning for n in nearest], total=len(nearest)
    )
    assert fuse(as_words, as_meaning, lambda ids: cosines[:0]).ids == found.ids


def test_a_paper_by_meaning_only_says_so(indexes):
    words, vectors = indexes
    found = hybrid(words, vectors, "graph policy", limit=200).ids
    alone = [n for n in found if n not in words.words("graph policy", limit=200).ids]
    assert alone
    for one in why(indexes, "graph policy", *alone):
        assert (one.matched, one.words, one.by_meaning_only) == ({}, 0.0, True)
        assert "it has none of the words; it is near in meaning" in told(one)


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("attention", {"title": ["attention"]}),
        ("transformer molecule", {"abstract": ["transform", "molecules"]}),
        ("ti:attention abs:molecules", {"title": ["attention"], "abstract": ["molecules"]}),
        ("graph lecun", {"title": ["Graph"], "authors": ["LeCun"]}),
        ("scholkopf", {"authors": ["Schölkopf"]}),
        ("au:lecun_y", {"authors": ["LeCun"]}),
        ("venue:icml", {"venue": ["ICML"]}),
        ("molec*", {"abstract": ["molecules"]}),
        ("netwroks~", {"title": ["networks"]}),
        ('"graph attention"', {"title": ["Graph", "attention"]}),
        ("graph -attention", {}),  # what is left out is no reason; this paper is not found
        ("cat:cs.CV", {}),
    ],
)
def test_the_words_that_a_paper_has(indexes, text, matched):
    [one] = why(indexes, text, 60)
    if not text.startswith("graph -"):
        assert one.matched == matched
        assert bool(one.words) == bool(matched)
    else:
        assert one.words == 0


def test_words_in_their_order_in_the_title_are_told(indexes):
    first, second = why(indexes, "graph attention", 60, 61)
    assert (first.boosts, second.boosts) == (["title"], [])
    assert first.words > second.words
    assert first.best == pytest.approx(first.words)
    assert "these words stand in its title in this order" in told(first)


def test_a_year_among_the_words_is_told(indexes):
    first, second = why(indexes, "graph molecules 2019", 60, 61)
    assert (first.boosts, second.boosts) == ([], ["year"])
    assert "it is of that year" in told(second)


@pytest.mark.parametrize(
    ("text", "options"),
    [('"graph attention"', {}), ("LeCun, Y.", {}), ("GNNs", {}), ("graph", {"mode": "words"}),
     ("cat:cs.CV", {})],
)  # fmt: skip
def test_meaning_is_told_only_where_it_was_compared(indexes, text, options):
    assert why(indexes, text, 60, **options)[0].meaning is None


def test_conditions_hold_and_have_no_score(indexes):
    [one] = why(indexes, "cat:cs.CV", 60)
    assert told(one) == ["it meets the conditions, which have no score"]
    asked = tree.every(parse("graph").tree, tree.narrow(["cs.CV"]))
    words, vectors = indexes
    [narrowed] = explain(asked, [HELD[60]], words, vectors)
    assert narrowed.words == pytest.approx(why(indexes, "graph", 60)[0].words)
