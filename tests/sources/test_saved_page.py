"""Saved pages of Daily Papers: chrome, a date, titles and abstracts by turns."""

import pytest

from papertide.papers import title_key
from papertide.sources import saved_page
from papertide.sources.base import Rejection, SourceError

CHROME = ["new", "", "Get trending papers in your email inbox!", "", "Subscribe", "",
          "byAK and the research community", ""]  # fmt: skip
ABSTRACT = "We study things with great care and at some length. Many experiments were made. " * 4


def page(*paragraphs: str, date="Mar 17") -> list[str]:
    return [*CHROME, date, "", *(line for paragraph in paragraphs for line in (paragraph, ""))]


def read(lines, year=None):
    """The records and the rejections of a page."""
    found = list(saved_page.records(lines, year))
    rejected = [row for row in found if isinstance(row, Rejection)]
    return [row for row in found if not isinstance(row, Rejection)], rejected


def test_a_page_is_a_listing_in_its_order():
    records, rejected = read(page("First", ABSTRACT, "Second", ABSTRACT))
    assert rejected == []
    assert [(r.paper.title, r.listing.position) for r in records] == [("First", 1), ("Second", 2)]
    assert {r.paper.abstract for r in records} == {ABSTRACT.strip()}
    [listing] = {(r.listing.key, r.listing.date, r.listing.title) for r in records}
    assert listing[1:] == ("--03-17", "Daily Papers")


def test_the_same_page_is_the_same_listing_with_a_year_or_without():
    lines = page("First", ABSTRACT)
    [without], [with_year] = read(lines)[0], read(lines, 2025)[0]
    assert with_year.listing.date == "2025-03-17"
    assert with_year.listing.key == without.listing.key
    assert read(page("Other", ABSTRACT))[0][0].listing.key != without.listing.key


@pytest.mark.parametrize(
    ("paragraphs", "titles", "reasons"),
    [
        (("First", "Second", ABSTRACT), ["Second"], ["a title without an abstract"]),
        (("First", ABSTRACT, "Last"), ["First"], ["a title without an abstract"]),
        ((ABSTRACT, "Second", ABSTRACT), ["Second"], ["an abstract without a title"]),
        (("First", ABSTRACT, ABSTRACT), ["First"], ["an abstract without a title"]),
        (("?!", ABSTRACT, "Second", ABSTRACT), ["Second"], ["a title without a letter"]),
        (("First", "A short abstract."), ["First"], []),
        (("What is it? What may it be?", ABSTRACT), ["What is it? What may it be?"], []),
        ((), [], []),
    ],
)
def test_what_has_no_pair_is_rejected(paragraphs, titles, reasons):
    records, rejected = read(page(*paragraphs))
    assert [record.paper.title for record in records] == titles
    assert [row.reason for row in rejected] == reasons
    assert [record.listing.position for record in records] == list(range(1, len(titles) + 1))


def test_a_rejection_says_where_it_stood():
    [rejection] = read(page("First", "Second", ABSTRACT))[1]
    assert (rejection.line, rejection.text) == (11, "First")


def test_a_line_of_another_encoding_is_rejected_alone():
    lines = page("First", ABSTRACT, "Second", ABSTRACT)
    lines[10] = UnicodeDecodeError("utf-8", b"caf\xff", 3, 4, "invalid start byte")
    records, rejected = read(lines)
    assert [record.paper.title for record in records] == ["Second"]
    assert [row.line for row in rejected] == [11, 13]
    assert rejected[0].text == "caf\ufffd"


@pytest.mark.parametrize("date", ["", "Feb 30", "First of all"])
def test_a_page_without_a_date(date):
    records, rejected = read(page("First", ABSTRACT, date=date), 2025)
    assert [(r.paper.title, r.listing.date) for r in records] == [("First", "")]
    assert len(rejected) == bool(date)


def test_hostile_titles():
    title = "<script>alert(1)</script>\x00 \u202eevil"
    [record] = read(page(title, ABSTRACT))[0]
    assert record.paper.title == "<script>alert(1)</script> evil"


def test_what_begins_like_a_page():
    assert saved_page.recognise("\n".join(CHROME))
    assert saved_page.recognise("by AK and the research community\r\n")
    assert not saved_page.recognise("Papers by AK and the research community")
    assert not saved_page.recognise("\n" * 50 + "byAK and the research community")
    with pytest.raises(SourceError):
        read(["a text", "of another kind"])
    assert read(CHROME) == ([], [])


def test_the_real_pages(shared):
    dates, entries, keys = [], 0, set()
    for path in sorted((shared / "data/pages").glob("*.txt")):
        records, rejected = read(path.read_text().split("\n"))
        assert rejected == []
        assert all(len(record.paper.abstract) > 180 for record in records)
        assert not any(len(record.paper.title) > 180 for record in records)
        dates.append(records[0].listing.date)
        entries += len(records)
        keys |= {title_key(record.paper.title) for record in records}
    assert dates == ["--03-17", "--04-16", "--03-14", "--03-13", "--03-11"]
    assert (entries, len(keys)) == (473, 358)
