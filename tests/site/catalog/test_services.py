"""What the catalogue answers, on each database."""

import datetime

import pytest

from papertide.library import NotFound
from papertide.site.catalog import services
from tests.fixtures import make_record
from tests.site.helpers import add

FUTURE = "2999-12-31"


def test_days_lead_no_further_than_today(library):
    today = datetime.datetime.now(datetime.UTC).date()
    add(library, [make_record("Of the future", published=FUTURE)])
    assert library.latest_day() is None
    assert library.edition(today).info.following is None
    add(library, [make_record("Of today", published=str(today)),
                  make_record("Of the past", published="2024-01-03")])  # fmt: skip
    assert library.latest_day() == today
    assert library.edition("2024-01-03").info.following.first == today
    assert library.edition(today).info.following is None
    assert library.edition(FUTURE).info.count == 1


def test_a_paper_of_the_future_is_found_but_not_the_newest(library):
    add(library, [make_record("Of the future", published=FUTURE),
                  make_record("Of the past", published="2024-01-03")])  # fmt: skip
    hits = library.search("of the", sort="date").hits
    assert [hit.paper.title for hit in hits] == ["Of the past", "Of the future"]


def test_an_authors_papers_newest_first(library):
    """In one order on both databases: partial dates with the full ones, unknown ones last."""
    add(library, [
        make_record(title, published=published, announced=announced)
        for title, published, announced in (
            ("unknown", "", ""), ("no year", "--03-17", ""), ("a year", "2024", ""),
            ("a month", "2024-02", ""), ("a day", "2024-02-01", ""),
            ("announced late", "2023-05-05", "2024-03-01"),
        )
    ])  # fmt: skip
    _, papers, total = library.author("ada-lovelace")
    assert [paper.title for paper in papers] == [
        "announced late", "a day", "a month", "a year", "no year", "unknown",
    ]  # fmt: skip
    assert total == 6
    _, papers, total = library.author("ada-lovelace", limit=2, offset=2)
    assert ([paper.title for paper in papers], total) == (["a month", "a year"], 6)


def test_an_author_without_papers_is_not_found(library):
    add(library, [make_record("Alone", authors=["Ada Lovelace"])])
    [hit] = library.search("alone").hits
    services.edit(hit.paper.id, {"authors": ["Grace Hopper"]})
    with pytest.raises(NotFound, match="ada-lovelace"):
        library.author("ada-lovelace")
    assert library.author("grace-hopper")[0] == "Grace Hopper"


def test_a_name_with_a_null_character_is_not_found(library):
    with pytest.raises(NotFound):
        library.paper("a\0b")
