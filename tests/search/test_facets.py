"""Counting over all that match: exact whatever the filters, as a plain count of papers has it."""

from collections import Counter

import pytest
from hypothesis import given, settings

from papertide.search import tree
from papertide.search.engine import Facets
from papertide.search.lexical import LexicalIndex
from papertide.search.tree import HAS
from tests.search.documents import CATALOG, filled, made, put
from tests.search.queries import CATEGORIES, structured

DOCUMENTS = [
    made(
        n,
        f"A {'graph' if n % 3 else 'robot'} study {n}",
        categories=[CATEGORIES[n % 5], *([CATEGORIES[n // 5 % 5]] if n % 2 else [])],
        sources=["arxiv", "huggingface"][: 1 + n % 2],
        date=0 if n % 7 == 0 else (2019 + n % 4) * 10_000 + 101 + n % 12 * 100,
        has=[what for k, what in enumerate(HAS) if n % (k + 2) == 0],
    )
    for n in range(1, 61)
]


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> LexicalIndex:
    """Documents in several segments, some of them replaced and one taken out."""
    index = filled(tmp_path_factory.mktemp("facets"), *DOCUMENTS[:20])
    put(index, *DOCUMENTS[10:], position=2)
    put(index, made(61, "graph", categories=["cs.XX"]), position=3)
    put(index, deleted=[61], position=4)
    return index


def counted(ids) -> Facets:
    """The facets of some documents by counting them one by one."""
    held = [document for document in DOCUMENTS if document.id in ids]

    def commonest(values):
        return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))

    years = Counter(document.date // 10_000 for document in held if document.date)
    return Facets(
        years=dict(sorted(years.items(), reverse=True)),
        categories=commonest(code for d in held for code in dict.fromkeys(d.categories)),
        sources=commonest(source for d in held for source in d.sources),
        has=commonest(what for d in held for what in d.has),
    )


@pytest.mark.parametrize("text", ["graph", "robot study", "study -graph", "cat:cs.LG", "",
                                  "date:2020", "nothing", "?!"])  # fmt: skip
def test_all_that_match_are_counted(index, text):
    found = index.facets(text)
    wanted = counted(index.words(text, limit=100).ids)
    assert found == wanted
    for name in ("years", "categories", "sources", "has"):
        assert list(getattr(found, name)) == list(getattr(wanted, name))  # in this order


@given(where=structured)
@settings(max_examples=40)
def test_under_any_conditions(index, where):
    where = tree.replaced(where, lambda leaf: None if isinstance(leaf, tree.Voted) else leaf)
    assert index.facets("study", where) == counted(index.words("study", where, limit=100).ids)


def test_some_facets_and_the_commonest_values(index):
    whole = index.facets("")
    few = index.facets("", only=["categories"], most=2)
    assert few == Facets(categories=dict(list(whole.categories.items())[:2]))


def test_categories_are_as_they_are_written_and_found_in_any_case(tmp_path):
    both = made(1, categories=["cs.LG", "math.OC"]), made(2, categories=["cs.lg"])
    index = filled(tmp_path, *both)
    assert index.facets("").categories == {"cs.LG": 1, "cs.lg": 1, "math.OC": 1}
    assert index.words("cat:CS.lg").total == 2


def test_an_index_that_is_not_there_counts_nothing(tmp_path):
    assert LexicalIndex(tmp_path, CATALOG).facets("graph") == Facets()
