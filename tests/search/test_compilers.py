"""One query, four compilers: tantivy, a mask of rows, SQL and Milvus find the same papers."""

import datetime
from datetime import date

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, given, settings

from papertide.papers import Link, ListingPlace
from papertide.search import milvus, tree
from papertide.search.lexical_query import compiled
from papertide.search.query import parse
from papertide.search.tree import After, Among, Dated, Is, Not, PickedBy, Voted, either, every
from papertide.search.vector_rows import allowed
from papertide.site.catalog import conditions, services
from tests.fixtures import make_record
from tests.search.queries import BAD, CATEGORIES, compilable, texts
from tests.site.helpers import add

FUTURE = str(datetime.date.today() + datetime.timedelta(days=9))


def _records():
    """Papers that differ in all that conditions ask for, dates in every form there is."""
    dates = ["", "2024", "2024-01", "2024-01-31", "2023-12-31", "1999-01-01", "--03-17", FUTURE,
             "2025-06-30", "2024-02-01"]  # fmt: skip
    for n in range(40):
        listing = ListingPlace(
            key=f"list:{n % 3}", source="huggingface", title="A list", date=f"2024-01-0{n % 3 + 1}",
            position=n, votes=[None, 0, 1, 3, 4, 9][n // 2 % 6],
        )  # fmt: skip
        yield make_record(
            f"A graph study number {n}",
            source=["arxiv", "crossref", "huggingface"][n % 3],
            abstract="" if n % 4 == 0 else f"Of kernels and {'robots' if n % 2 else 'speech'}.",
            authors=["Ada Lovelace", "Kurt Gödel"] if n % 5 else ["Adrian Del Maestro"],
            categories=list({CATEGORIES[n % 5], CATEGORIES[n // 5 % 5]}),
            identities=[
                *([f"arxiv:24{n % 12 + 1:02}.{n:05}"] if n % 3 == 0 else []),
                *(["arxiv:hep-th/9901001"] if n == 7 else ["arxiv:math/0309136"] if n == 8 else []),
                *([f"doi:10.1000/{'one' if n == 3 else '(two)'}"] if n in (3, 10) else []),
            ],
            published=dates[n % 10],
            announced=["", "", "2024-01-31", FUTURE][n // 10],
            links=[Link(kind, f"https://x.org/{kind}/{n}") for kind in ("code", "data")[: n % 3]],
            venue="Proceedings of ICML" if n % 7 == 0 else "",
            listing=listing if n % 2 else None,
        )




def _found(library, asked):
    """What each compiler finds of a tree, as sets of numbers."""
    with_votes = library._searcher._looked_up(asked)
    finder = library.finder
    words = finder.words.words(with_votes, limit=100).ids
    rows = finder.vectors._read()
    mask = allowed(rows, tree.replaced(with_votes, lambda leaf: _looked_up(finder, leaf)))
    picked = tree.replaced(asked, library._searcher._of_pick)
    sql = set(conditions.chosen(picked).values_list("id", flat=True))
    said = milvus.expression(with_votes, CATEGORIES)
    return set(words), set(rows.id[mask].tolist()), sql, _evaluated(said, library)


def _looked_up(finder, leaf):
    """Names are not among what rows hold: the word index tells which papers have them."""
    if isinstance(leaf, Is) and leaf.field in ("id", "doi"):
        return Among(frozenset(finder.words.words(leaf, limit=100).ids))
    return leaf


def _evaluated(expression, library):
    """The papers that an expression of Milvus lets through: it reads as Python does."""
    found = set()
    for held in library.documents():
        names = {
            "id": held.id,
            "date": held.date,
            "categories": {code.lower() for code in held.categories},
            "sources": {source.lower() for source in held.sources},
            "identities": {name.lower() for name in held.identities},
            "has": set(held.has),
            "ARRAY_CONTAINS": lambda values, value: value in values,
            "ARRAY_CONTAINS_ANY": lambda values, some: not values.isdisjoint(some),
        }
        if eval(expression, {"__builtins__": {}}, names):
            found.add(held.id)
    return found


COUNTS = {
    "date:2024": 19, "date:2024-01": 17, "date:..1999": 2, "date:>=2024-01-31": 16,
    "-date:1990..": 15, "votes:>=3": 9, "votes:0": 28, "votes:1": 3, "votes:<4 has:code": 23,
    "has:data": 13, "has:abstract": 30, "id:hep-th/9901001": 1, "doi:10.1000/one": 1,
    "cat:cond-mat.*": 12, "cat:CS.cl": 16, "source:crossref -votes:0": 3, "by:ada": 2,
    "-by:ADA has:abstract": 29, "by:nobody": 0, "by:nobody OR by:@ada": 2,
}  # fmt: skip


def test_all_compilers_find_the_same_papers(library):
    add(library, list(_records()))
    assert library.count() == 40
    vectors = library.finder.vectors._read()
    assert vectors.found == 40
    ada = get_user_model().objects.create(username="ada").pk
    numbers = [held.id for held in library.documents()]
    for paper in library.by_number([numbers[10], numbers[20]]):
        library.pick(ada, paper.public_id)

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(compilable)
    def same(asked):
        words, mask, sql, said = _found(library, asked)
        assert words == mask == sql == said, asked

    same()
    counts = {}
    for text in COUNTS:
        words, mask, sql, said = _found(library, parse(text).tree)
        assert words == mask == sql == said, text
        assert {hit.paper.id for hit in library.search(text, limit=100).hits} == sql
        counts[text] = len(sql)
    assert counts == COUNTS
    first = min(hit.paper.id for hit in library.search("", limit=100).hits)
    for asked, count in ((After(first + 29), 10), (Not(After(first)), 1), (After(first + 39), 0)):
        words, mask, sql, said = _found(library, asked)
        assert words == mask == sql == said
        assert len(words) == count


def test_whatever_is_typed_every_compiler_takes(library):
    add(library, list(_records())[:10])
    finder = library.finder

    def asked_of_all(text):
        asked = parse(text).tree
        with_votes = library._searcher._looked_up(asked)
        finder.words.words(with_votes)
        finder.words.terms(asked)
        known = tree.structured(tree.without(with_votes, tree.plain(with_votes)))
        allowed(finder.vectors._read(), known)
        if known is not None:
            milvus.expression(known, CATEGORIES)
        services.matching(tree.replaced(asked, library._searcher._of_pick), 5)
        for mode in ("hybrid", "words", "meaning"):
            library.search(text, 5, mode=mode)

    for text, _ in BAD.values():
        asked_of_all(text)
    seeded = settings(max_examples=100, suppress_health_check=list(HealthCheck))
    seeded(given(texts)(asked_of_all))()


WORDED = ["graph", "robots", "graph AND robots", "robots OR speech", "kernels -robots",
          'abs:"of kernels"', "ti:graph", "ti:kernels", "-robots", "au:maestro",
          "au:lovelace -ti:zzz", "venue:icml", "(robots OR venue:icml) cat:cs.CL",
          'robots "graph study"', "cat:cs.* robots", "NOT (robots OR speech)", "!!! cat:cs.CL",
          "!!!", "-!!!"]  # fmt: skip


def test_the_database_alone_finds_papers_by_words(library):
    add(library, list(_records()))
    for text in WORDED:
        asked = parse(text).tree
        found = {hit.paper.id for hit in library.search(text, limit=100, mode="words").hits}
        papers, total = services.matching(asked, 100)
        assert {paper.id for paper in papers} == found, text
        assert total == len(found)
    papers, total = services.matching(parse("graph").tree, 10, 35)
    assert (len(papers), total) == (5, 40)
    assert services.matching(None, 1)[1] == 40
    papers, _ = services.matching(parse("date:1990..").tree, 100)
    days = [paper.day for paper in papers if paper.day]
    assert days == sorted(days, reverse=True)
    assert services.matching(parse("100%_! \\").tree, 10)[1] == 0


def test_votes_are_those_of_now(library):
    add(library, list(_records()))
    before = library.search("votes:>8").total
    record = next(record for record in _records() if record.listing and record.listing.votes == 4)
    record.listing.votes, record.as_of = 20, "2026-01-01"
    add(library, [record])
    assert library.search("votes:>8").total == before + 1


@pytest.mark.parametrize(
    ("asked", "expression"),
    [
        (Is("category", "cs.CL"), 'ARRAY_CONTAINS(categories, "cs.cl")'),
        (Is("category", "cs.", True), 'ARRAY_CONTAINS_ANY(categories, ["cs.cl", "cs.lg"])'),
        (Is("source", 'a"b\\é'), 'ARRAY_CONTAINS(sources, "a\\"b\\\\é")'),
        (Is("has", "code"), 'ARRAY_CONTAINS(has, "code")'),
        (Is("id", "2401.00001"),
         'ARRAY_CONTAINS_ANY(identities, ["id:2401.00001", "arxiv:2401.00001"])'),
        (Is("doi", "10.1/x"), 'ARRAY_CONTAINS(identities, "doi:10.1/x")'),
        (Dated(date(2024, 5, 1), date(2024, 7, 31)), "date >= 20240501 and date <= 20240731"),
        (Among(frozenset([3, 1])), "id in [1, 3]"),
        (After(12), "id > 12"),
        (every(Is("has", "code"), Not(either(Is("source", "x"), Is("source", "y")))),
         '(ARRAY_CONTAINS(has, "code")) and '
         '(not ((ARRAY_CONTAINS(sources, "x")) or (ARRAY_CONTAINS(sources, "y"))))'),
    ],
)  # fmt: skip
def test_expressions_of_milvus(asked, expression):
    assert milvus.expression(asked, CATEGORIES) == expression


def test_what_a_compiler_cannot_say_it_refuses():
    for asked in (parse("graph").tree, parse("-ti:graph").tree, Voted(1), PickedBy("x")):
        with pytest.raises(ValueError):
            milvus.expression(asked)
    for asked in (Voted(1), PickedBy("ada")):
        with pytest.raises(ValueError):
            compiled(asked)


@pytest.mark.parametrize("text", ["graph", "votes:1", "id:1", "-au:x", "cat:x OR venue:y"])
def test_rows_refuse_what_they_do_not_hold(text):
    class Rows:
        findable = np.ones(3, bool)
        label = np.zeros(3, int)

        def labelled(self, *_):
            return np.ones(1, bool)

    with pytest.raises(ValueError, match="rows do not hold"):
        allowed(Rows(), parse(text).tree)
