"""Orders, facets, reasons and suggestions of whole searches, on both databases."""

from datetime import date, timedelta

import pytest

from papertide.papers import Link, ListingPlace
from tests.fixtures import make_record, today
from tests.site.helpers import add

VOTES = {3: 5, 7: 90, 11: 40, 12: 40, 20: 1, 21: 0}


def _record(n: int, votes: int | None = None, listed: str = "2024-01-02"):
    place = ListingPlace(key=f"list:{listed}", source="huggingface", title="A list", date=listed,
                         position=n, votes=votes)  # fmt: skip
    return make_record(
        f"Robot {'attention' if n % 2 else 'policy'} number {n}",
        arxiv=f"2401.{n:05}",
        published=f"{2019 + n % 3}-01-{n:02}",
        categories=["cs.RO"] if n % 4 else ["cs.LG", "cs.RO"],
        links=[Link("code", "https://example.org/code")] if n % 5 == 0 else [],
        listing=place if votes is not None else None,
    )


@pytest.fixture
def shelf(library):
    """30 papers, some with votes; number 20 of today, the others of long ago."""
    add(library, [_record(n, VOTES.get(n), str(today()) if n == 20 else "2024-01-02")
                  for n in range(1, 31)])  # fmt: skip
    return library


def numbers(results):
    return [int(hit.paper.arxiv[-5:]) for hit in results.hits]


def test_by_votes_and_then_the_newest(shelf):
    whole = shelf.search("robot", 50, sort="votes")
    assert (whole.total, whole.sort) == (30, "votes")
    assert numbers(whole)[:5] == [7, 12, 11, 3, 20]
    assert [hit.votes for hit in whole.hits[:5]] == [90, 40, 40, 5, 1]
    rest = [hit.paper.published for hit in whole.hits[5:]]
    assert rest == sorted(rest, reverse=True)
    for size in (1, 3, 4, 7):  # pages are parts of one list, across its boundary too
        pages = [shelf.search("robot", size, offset=o, sort="votes") for o in range(0, 30, size)]
        assert [n for page in pages for n in numbers(page)] == numbers(whole)
        assert {page.total for page in pages} == {30}


def test_by_votes_among_those_that_match(shelf, monkeypatch):
    from papertide import searching

    monkeypatch.setattr(searching, "MAX_LIMIT", 2)  # the array is asked for in parts
    found = shelf.search("attention", 50, sort="votes", categories=["cs.RO"])
    assert numbers(found)[:3] == [7, 11, 3]
    assert found.total == 15
    assert numbers(shelf.search("cat:cs.LG", 50, sort="votes"))[:2] == [12, 20]
    assert numbers(shelf.search("", 3, sort="votes", has=["code"]))[0] == 20


def test_what_rises(shelf):
    assert numbers(shelf.search("robot", 3, sort="rising")) == [20, 7, 12]
    assert numbers(shelf.search("robot votes:>4", 9, sort="rising")) == [7, 12, 11, 3]


def test_votes_are_never_stale_where_they_are_imported(shelf):
    assert numbers(shelf.search("robot", 1, sort="votes")) == [7]
    add(shelf, [_record(2, 500)])
    assert numbers(shelf.search("robot", 1, sort="votes")) == [2]
    assert shelf.search("votes:500").total == 1


def test_facets_show_what_else_there_is(shelf):
    whole = shelf.facets("robot")
    assert sum(whole.years.values()) == 30
    assert list(whole.years) == [2021, 2020, 2019]
    assert whole.categories == {"cs.RO": 30, "cs.LG": 7}
    assert (whole.has["abstract"], whole.has["code"]) == (30, 6)
    narrowed = shelf.facets("robot", categories=["cs.LG"])
    assert narrowed.categories == whole.categories  # one may choose more of them
    assert sum(narrowed.years.values()) == 7
    year = {"since": date(2020, 1, 1), "until": date(2020, 12, 31)}
    assert shelf.facets("robot", **year).years == whole.years
    assert shelf.facets("robot", **year).categories["cs.RO"] == whole.years[2020]
    assert shelf.facets("robot", has=["code"]).has == {"abstract": 6, "code": 6}
    assert shelf.facets("votes:>4").categories["cs.RO"] == 4
    assert shelf.facets("date:nonsense").categories == {}
    for code, count in whole.categories.items():
        assert shelf.search("robot", categories=[code], mode="words").total == count


def test_a_suggestion_changes_nothing_by_itself(shelf):
    found = shelf.search("robot atention", 50)
    assert (found.suggestion, found.corrected) == ("robot attention", False)
    assert found.total == 30
    assert shelf.search("robot attention").suggestion == ""
    assert shelf.search("robot aten", typing=True).suggestion == ""


def test_where_nothing_is_found_the_suggestion_is(shelf):
    found = shelf.search("ti:atention", 50)
    assert (found.total, found.suggestion, found.corrected) == (15, "ti:attention", True)
    assert found.query == "ti:atention"
    typed = shelf.search("ti:atention", 50, as_typed=True)
    assert (typed.total, typed.suggestion, typed.corrected) == (0, "ti:attention", False)
    assert shelf.search("ti:atention", categories=["cs.XX"]).corrected is False


def test_reasons(shelf):
    [first, *_] = shelf.search("robot attention", 3, explain=True).hits
    assert first.why.matched["title"] == ["Robot", "attention"]
    assert first.why.boosts == ["title"]
    assert shelf.search("robot", 1).hits[0].why is None
    assert shelf.search("2401.00007", 1, explain=True).hits[0].why.boosts == ["named"]
    liked = shelf.search("robot", 1, sort="votes", explain=True).hits[0].why
    assert (liked.votes, liked.meaning) == (90, None)
    assert shelf.why("robot attention", first.paper).words == pytest.approx(first.why.words)
    assert shelf.why("ti:atention", "2401.00007").matched == {"title": ["attention"]}
    assert shelf.matching("robot", has=["code"]) == 6


def test_reading_votes_takes_four_queries(shelf):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from papertide.site.catalog import services

    with CaptureQueriesContext(connection) as captured:
        held = {liked.paper: liked for liked in services.liked()}
    # of listings, and of what came here: all of it, what came of late, and mentions of late
    assert len(captured) == 4
    assert sorted(liked.votes for liked in held.values()) == [1, 5, 40, 40, 90]
    assert {liked.since for liked in held.values()} == {date(2024, 1, 2), today()}


def test_of_several_listings_the_most_votes_and_the_first_day(library):
    later = str(today() - timedelta(days=1))
    add(library, [_record(1, 3, later), _record(1, 9, "2024-05-06"), _record(1, 4, "--03-17")])
    [liked] = library._services.liked()
    assert (liked.votes, liked.since) == (9, date(2024, 5, 6))
