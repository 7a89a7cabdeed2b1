"""Words and meaning together: how they are added, what is left to words, how pages go on."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.search import hybrid as module
from papertide.search.engine import Candidates
from papertide.search.hybrid import fuse, hybrid, prefers_words
from papertide.search.lexical import LexicalIndex
from papertide.search.query import as_tree
from papertide.search.tree import every, narrow
from papertide.search.vectors import VectorIndex
from tests.search.embedder import WordsEmbedder, make_document, make_documents


def candidates(scores, total=None):
    """Candidates of a table of scores by paper, best first."""
    ids = sorted(scores, key=lambda paper_id: -scores[paper_id])
    total = len(ids) if total is None else total
    return Candidates(ids=ids, scores=[scores[paper_id] for paper_id in ids], total=total)


def exactly(table):
    return lambda ids: np.array([table.get(paper_id, np.nan) for paper_id in ids], np.float32)


def test_the_sum_of_z_scores():
    words, meaning = candidates({1: 9.0, 2: 3.0}), candidates({3: 0.9, 1: 0.5})
    found = fuse(words, meaning, exactly({2: 0.1}), weight=2)
    by_words, by_meaning = np.array([9.0, 3.0, 3.0]), np.array([0.5, 0.1, 0.9])
    wanted = sum(
        weight * (scores - scores.mean()) / scores.std()
        for weight, scores in ((1, by_words), (2, by_meaning))
    )
    assert found.ids == [3, 1, 2]
    assert found.scores == pytest.approx(sorted(wanted, reverse=True), abs=1e-6)
    assert found.total == 3


def test_one_side_alone_stays_as_it_is():
    some, none = candidates({1: 9.0, 2: 3.0}, total=70), candidates({})
    assert fuse(some, none, exactly({})) == some
    assert fuse(none, candidates({1: 0.5}, total=70), exactly({})) == candidates({1: 0.5})
    assert fuse(none, none, exactly({})) == none


def test_equal_scores_leave_the_order_to_the_other_side():
    equal = candidates({4: 0.1, 2: 0.1, 3: 0.1})
    found = fuse(equal, candidates({3: 0.5, 2: 0.9, 4: 0.7}), exactly({}))
    assert found.ids == [2, 4, 3]
    found = fuse(candidates({3: 5.0, 2: 9.0, 4: 7.0}), equal, exactly({}))
    assert found.ids == [2, 4, 3]
    assert fuse(equal, equal, exactly({})).ids == [2, 3, 4]
    assert fuse(candidates({7: 1.0}), candidates({7: 1.0}), exactly({})).scores == [0.0]


def test_a_paper_without_a_vector_is_the_farthest():
    words = candidates({1: 9.0, 2: 9.0, 3: 1.0})
    found = fuse(words, candidates({2: 0.9, 3: 0.1}), exactly({}))
    assert found.ids == [2, 1, 3]
    assert np.isfinite(found.scores).all()


tables = st.dictionaries(st.integers(1, 30), st.floats(-1, 1, width=32), max_size=12)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(tables, tables, st.floats(0, 4))
def test_fusing_loses_and_doubles_none(words, meaning, weight):
    found = fuse(candidates(words), candidates(meaning), exactly({}), weight)
    assert sorted(found.ids) == sorted(words.keys() | meaning.keys())
    assert found.total == len(found.ids)
    assert np.isfinite(found.scores).all()
    assert found.scores == sorted(found.scores, reverse=True)


@pytest.mark.parametrize(
    "text",
    ["2503.11731", "arXiv:2503.11731v2", "https://arxiv.org/abs/cs/9902027", "10.1000/xyz123",
     '"graph neural networks"', 'pruning of "vision transformers"', "BERT", "LoRA", "ResNet-50",
     " GPT-4 ", "word2vec"],
)  # fmt: skip
def test_queries_that_ask_for_words(text):
    assert prefers_words(text)


@pytest.mark.parametrize(
    "text",
    ["graph neural networks", "Transformers", "protein", "BERT for retrieval", "", " ", '"',
     "7", "learning with 10 examples", 'a 12" robot'],
)  # fmt: skip
def test_queries_that_do_not(text):
    assert not prefers_words(text)


@pytest.fixture(scope="module")
def indexes(tmp_path_factory):
    """Both indexes of 900 papers; of the last ones only one of both knows the words."""
    documents = [
        *make_documents(1, 900),
        make_document(900, "Unheard gibberish", abstract=""),
        make_document(901, "graph graph graph", abstract="", authors=["Ada Lovelace", "A. Turing"]),
        make_document(902, "", abstract=""),
    ]
    folder = tmp_path_factory.mktemp("indexes")
    made = LexicalIndex(folder, "a catalogue"), VectorIndex(folder, "a catalogue", WordsEmbedder())
    for index in made:
        with index.writing():
            index.rebuild(iter(documents), 1)
    return made


def test_found_by_both(indexes):
    words, vectors = indexes
    wanted = make_document(42)
    found = hybrid(words, vectors, f"{wanted.title} {wanted.abstract}")
    assert found.ids[0] == 42
    assert len(found.ids) == 20
    assert found.scores == sorted(found.scores, reverse=True)


def test_the_part_of_words_in_scores_of_both(indexes):
    text = make_document(42).title
    pool = hybrid(*indexes, text, limit=900)
    assert len(pool.by_words) == len(pool.ids) > 300
    page = hybrid(*indexes, text, limit=10, offset=5)
    assert page.by_words == pool.by_words[5:15]
    words = indexes[0].words(text, limit=module.POOL)
    told = dict(zip(pool.ids, pool.by_words, strict=True))
    assert [told[i] for i in words.ids] == sorted((told[i] for i in words.ids), reverse=True)
    # Words alone have no part.
    assert hybrid(*indexes, f'"{text}"').by_words == []


def test_of_many_papers_both_sides_are_asked_at_once_and_find_the_same(indexes, monkeypatch):
    asked = ["graph kernel", "memory -graph", "video cat:cs.LG", "nowhere", "au:lovelace graph"]
    before = [hybrid(*indexes, text) for text in asked]
    monkeypatch.setattr(module, "_MANY", 1)
    assert [hybrid(*indexes, text) for text in asked] == before


def test_a_query_whose_meaning_is_not_known_is_answered_by_words(indexes):
    found = hybrid(*indexes, "unheard gibberish")
    assert (found.ids, found.total) == ([900], 1)
    assert hybrid(*indexes, "nowhere") == candidates({})


def test_a_query_whose_words_occur_nowhere_is_answered_by_meaning(indexes, monkeypatch):
    words, vectors = indexes
    monkeypatch.setattr(vectors, "embed", lambda text: vectors.vectors([42])[0])
    found = hybrid(words, vectors, "nowhere")
    assert found.ids == vectors.nearest(vectors.vectors([42])[0], limit=20).ids
    assert (found.ids[0], found.total) == (42, 200)


@pytest.mark.parametrize("text", ["", '"graph graph"', "Ada Lovelace", "lovelace", "w2v", '"zzz"'])
def test_what_is_left_to_words(text, indexes):
    words, vectors = indexes
    assert hybrid(words, vectors, text, limit=30) == words.words(text, limit=30)


def test_names_of_authors(indexes):
    words, _ = indexes
    assert all(map(words.is_author, ("Ada Lovelace", "ada lovelace", "A. Turing")))
    others = ("Lovelace", "Lovelace Turing", "Ada", "", "graph kernel", "Ada Lovelace " * 99)
    assert not any(map(words.is_author, others))


def test_filters_hold_for_both(indexes):
    filters = narrow(
        categories=("math.OC",), sources=("hf",), since=date(2020, 1, 3), until=date(2020, 1, 20)
    )
    found = hybrid(*indexes, every(as_tree("graph kernel of a robot"), filters), limit=400)
    let_through = {
        document.id
        for document in make_documents(1, 900)
        if "math.OC" in document.categories and "hf" in document.sources
        and 20200103 <= document.date <= 20200120
    }  # fmt: skip
    assert set(found.ids) == let_through
    assert found.total == len(let_through) > 50


@pytest.mark.parametrize("step", [7, 100, 333])
def test_pages_show_each_paper_once_and_reach_all(step, indexes, monkeypatch):
    monkeypatch.setattr(module, "POOL", 50)
    words, vectors = indexes
    text = "graph of kernels"
    total = hybrid(words, vectors, text).total
    every = words.words(text, limit=1000)
    assert total == every.total > 200
    pages = [hybrid(words, vectors, text, limit=step, offset=at) for at in range(0, total, step)]
    shown = [paper_id for page in pages for paper_id in page.ids]
    scores = [score for page in pages for score in page.scores]
    assert len(shown) == len(set(shown)) >= total
    assert scores == sorted(scores, reverse=True)
    pool = set(hybrid(words, vectors, text, limit=100).ids) & set(every.ids[:50])
    after = shown[len(shown) - 100 :]
    assert after == [paper_id for paper_id in every.ids if paper_id in set(after)]
    assert pool <= set(shown[:100])
    assert hybrid(words, vectors, text, limit=10, offset=10**9).ids == []
    assert hybrid(words, vectors, text, limit=0).ids == []


# --- what a query says beside its words --------------------------------------------------------


@pytest.mark.parametrize("few", [10_000, 10])
@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("graph kernel of a robot -speech", "-speech"),
        ("graph kernel ti:robot", "ti:robot"),
        ("graph kernel (robot OR speech) cat:math.OC", "(robot OR speech) cat:math.OC"),
        ("graph AND robot", "graph AND robot"),
        ("graph kernel -(robot AND cat:cs.LG)", "-(robot AND cat:cs.LG)"),
    ],
)
def test_what_a_query_demands_holds_for_meaning_too(text, condition, few, indexes, monkeypatch):
    """Where few papers match, all are looked at; else those near are asked whether they do."""
    monkeypatch.setattr(module, "_FEW", few)
    words, vectors = indexes
    allowed = set(words.words(condition, limit=1000).ids)
    found = hybrid(words, vectors, text, limit=1000)
    assert set(found.ids) <= allowed
    near = module.by_meaning(
        words, vectors, vectors.embed(module.spoken(text)), as_tree(text), limit=200
    )
    assert 50 < len(near.ids) <= 200
    assert set(near.ids) <= allowed
    assert near.scores == sorted(near.scores, reverse=True)
    assert set(near.ids) & set(found.ids)


def test_meaning_adds_papers_without_the_words_that_match_the_rest(indexes):
    words, vectors = indexes
    text = "graph -speech cat:math.OC"
    found = set(hybrid(words, vectors, text, limit=1000).ids)
    by_words = set(words.words(text, limit=1000).ids)
    assert by_words < found


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("graph kernel cat:cs.LG -speech", "graph kernel"),
        ("graph AND (kernel OR robot)", "graph kernel robot"),
        ("ti:graph au:ada", ""),
        ("graph* kernal~", ""),
        ("graph* kernel", "kernel"),
        ("-graph", ""),
        ("cat:cs.LG", ""),
    ],
)
def test_what_a_model_reads_of_a_query(text, read, indexes):
    assert module.spoken(text) == read
    if not read:
        assert hybrid(*indexes, text, limit=50) == indexes[0].words(text, limit=50)
