"""OpenReview: notes of both versions of its API, and the source venue by venue.

The notes are written by hand after the API's documentation and the client openreview-py.
"""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given

from papertide.papers import Link, Record
from papertide.sources.base import Rejection, SourceError, Unreadable
from papertide.sources.openreview import OpenReview, note, rows_of
from tests.sources.replay import Replay, hostile_rows

VENUE = "ICLR.cc/2025/Conference"
CONTENT = {
    "title": "Learning to $\\lambda$-Parse", "abstract": "We parse.\n\nWell.",
    "authors": ["Ann Lee", "李 雷"], "authorids": ["~Ann_Lee1", "~Lei_Li2"],
    "keywords": ["parsing", "learning"], "TLDR": "We parse well.", "venue": "ICLR 2025 Poster",
    "venueid": VENUE, "pdf": "/pdf/5e3c.pdf", "primary_area": "language",
    "code": "https://github.com/a/b",
    "_bibtex": "@inproceedings{\nlee2025learning,\ntitle={Learning},\nauthor={Ann Lee},\n"
               "url={https://openreview.net/forum?id=abcdEFGH12}\n}",
}  # fmt: skip
T0, T1, T2 = 1_727_740_800_000, 1_737_590_400_000, 1_741_651_200_000


def row(identifier="abcdEFGH12", more=None, **content) -> dict:
    """A note as version 2 of the API gives it."""
    held = {name: value for name, value in (CONTENT | content).items() if value is not None}
    return {
        "id": identifier, "forum": identifier, "number": 7, "cdate": T0, "tcdate": T0,
        "pdate": T1, "odate": T1, "mdate": T2, "tmdate": T2, "license": "CC BY 4.0",
        "invitations": [f"{VENUE}/-/Submission"], "domain": VENUE,
        "content": {name: {"value": value} for name, value in held.items()},
    } | (more or {})  # fmt: skip


def test_an_accepted_paper():
    record = note(row())
    paper = record.paper
    assert (paper.title, paper.abstract) == ("Learning to $\\lambda$-Parse", "We parse. Well.")
    assert paper.authors == ["Ann Lee", "李 雷"]
    assert paper.identities == ["openreview:abcdEFGH12"]
    assert (paper.published, paper.updated, record.as_of) == (
        "2025-01-23", "2025-03-11", "2025-03-11",
    )  # fmt: skip
    assert (paper.venue, paper.licence, paper.status) == ("ICLR 2025 Poster", "CC BY 4.0", "")
    assert paper.links == [
        Link("page", "https://openreview.net/forum?id=abcdEFGH12"),
        Link("pdf", "https://openreview.net/pdf?id=abcdEFGH12"),
        Link("code", "https://github.com/a/b"),
    ]
    assert paper.extra == {"openreview": {
        "decision": "accepted", "venue": "ICLR 2025 Poster", "keywords": ["parsing", "learning"],
        "tldr": "We parse well.", "area": "language", "as_of": "2025-03-11",
    }}  # fmt: skip


def test_a_note_of_the_first_version_reads_the_same():
    flat = row() | {"content": CONTENT}
    assert note(flat) == note(row())


@pytest.mark.parametrize(
    ("venue_id", "decision", "status"),
    [
        (VENUE, "accepted", ""),
        (f"{VENUE}/Submission", "under review", ""),
        (f"{VENUE}/Rejected_Submission", "rejected", ""),
        (f"{VENUE}/Withdrawn_Submission", "withdrawn", "withdrawn"),
        (f"{VENUE}/Desk_Rejected_Submission", "desk rejected", ""),
        (f"{VENUE}/Late_Submission", "under review", ""),
        ("TMLR", "accepted", ""),
        (None, None, ""),
    ],
)
def test_what_became_of_it(venue_id, decision, status):
    paper = note(row(venueid=venue_id, venue="ICLR 2025 Something")).paper
    assert paper.extra["openreview"].get("decision") == decision
    assert paper.status == status
    assert paper.venue == ("ICLR 2025 Something" if decision == "accepted" else "")
    assert paper.status_note == ("ICLR 2025 Something" if status else "")


def test_a_deleted_note():
    paper = note(row(more={"ddate": T2}, venue=None)).paper
    assert (paper.status, paper.status_note) == ("withdrawn", "Deleted on 2025-03-11")


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["Anonymous"], []), (None, []), ("Anonymous", []), ([], []), (["Anonymous Authors"], []),
        ([{"fullname": "Ann Lee", "username": "~Ann_Lee1"}, {"fullname": "Bo Ek"}],
         ["Ann Lee", "Bo Ek"]),
        ("Ann Lee, Bo Ek", ["Ann Lee", "Bo Ek"]),
        (["The BigScience Collaboration"], ["The BigScience Collaboration"]),
        ([f"Author {n}" for n in range(3000)], 3000),
    ],
)  # fmt: skip
def test_authors(told, names):
    found = note(row(authors=told)).paper.authors
    assert len(found) == names if isinstance(names, int) else found == names


@pytest.mark.parametrize(
    ("content", "identities"),
    [
        ({"html": "https://arxiv.org/abs/2503.11731v2"}, ["arxiv:2503.11731"]),
        ({"html": "https://doi.org/10.1000/AB"}, ["doi:10.1000/ab"]),
        ({"_bibtex": "@article{x,\n doi = {10.1162/tacl_a_00001},\n}"},
         ["doi:10.1162/tacl_a_00001"]),
        ({"_bibtex": '@article{x, eprint="2503.11731", archivePrefix={arXiv}}'},
         ["arxiv:2503.11731"]),
        ({"_bibtex": "@article{x, doi={10.48550/arXiv.2503.11731}, "
                     "url={https://arxiv.org/abs/2503.11731}}"}, ["arxiv:2503.11731"]),
        ({"_bibtex": "@article{x, url={https://arxiv.org/abs/2503.11731}, "
                     "eprint={2503.11732}}"}, []),
        ({"_bibtex": "no bibtex {{{ doi", "html": "of course"}, []),
        ({"_bibtex": "@misc{x, pages={2503.11731}, url={2503.11731}}"}, []),
    ],
)  # fmt: skip
def test_where_else_it_is(content, identities):
    assert note(row(**content)).paper.identities == ["openreview:abcdEFGH12", *identities]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": None}, "not an id"), ({"id": "../x"}, "not an id"), ({"id": 5}, "expected text"),
        ({"content": None}, "without content"), ({"content": {}}, "no title"),
        ({"content": {"title": {"value": ["x"]}}}, "expected text"),
        ({"content": {"title": {"value": "x"}, "abstract": {"value": 5}}}, "expected text"),
    ],
)  # fmt: skip
def test_notes_that_are_no_papers(changed, reason):
    with pytest.raises(Unreadable, match=reason):
        note(row() | changed)


@pytest.mark.parametrize("time", [None, "soon", -5, 1e30, float("nan"), float("inf"), True, []])
def test_times_that_are_none(time):
    record = note(row(more=dict.fromkeys(("cdate", "odate", "pdate", "mdate", "tmdate"), time)))
    assert (record.paper.published, record.as_of) == ("", "")


@given(hostile_rows([*CONTENT, "doi", "html"]), hostile_rows([*row()]))
def test_whatever_a_note_holds_is_read_or_rejected(content, fields):
    wrapped = {name: {"value": value} for name, value in content.items()}
    tried = [fields, row() | fields, row() | {"content": content}, None, "x",
             row() | {"content": {"title": "x"} | wrapped}]  # fmt: skip
    assert all(isinstance(held, Record | Rejection) for held in rows_of(tried))


# --- the source ------------------------------------------------------------------------------

BASE = "https://api.example"


def served(venues: dict[str, list[dict]], counted=True, limit=1000):
    def answers(address):
        asked = {name: held[0] for name, held in parse_qs(urlsplit(address).query).items()}
        assert asked["sort"] == "number:asc"
        held = venues[asked["invitation"].removesuffix("/-/Submission")]
        at = int(asked["offset"])
        notes = held[at : at + min(limit, int(asked["limit"]))]
        return {"notes": notes} | ({"count": len(held)} if counted else {})

    return Replay(answers)


def many(count: int, first=0) -> list[dict]:
    return [row(f"note{n:05}") for n in range(first, first + count)]


@pytest.mark.parametrize("counted", [True, False])
def test_venues_are_read_to_their_end(counted):
    fetch = served({"A": many(1700), "B": many(3, 5000), "C": []}, counted)
    pages = list(OpenReview(["A", "B", "C"], BASE).pages(fetch, {}, None))
    assert [len(page.rows) for page in pages] == [1000, 700, 3, 0]
    assert pages[0].total == (1700 if counted else None)
    assert [page.cursor for page in pages] == [
        {"venue": "A", "at": 1000}, {"venue": "A", "at": 1700}, {"venue": "B", "at": 3}, {},
    ]  # fmt: skip


def test_pages_that_are_shorter_than_asked_leave_nothing_out():
    fetch = served({"A": many(120)}, limit=50)
    pages = list(OpenReview(["A"], BASE).pages(fetch, {}, None))
    assert [len(page.rows) for page in pages] == [50, 50, 20, 0]


def test_a_harvest_goes_on_where_it_broke_off():
    fetch = served({"A": many(1700), "B": many(3, 5000)})
    source = OpenReview(["A", "B"], BASE)
    assert [len(page.rows) for page in source.pages(fetch, {"venue": "A", "at": 1000}, None)] == [
        700, 3, 0,
    ]  # fmt: skip
    anew = source.pages(fetch, {"venue": "gone", "at": 5}, None)
    assert [len(page.rows) for page in anew] == [1000, 700, 3, 0]


def test_a_page_that_repeats_is_the_end():
    fetch = Replay(lambda _: {"notes": many(1000), "count": 999_999})
    pages = list(OpenReview(["A"], BASE).pages(fetch, {}, None))
    assert [len(page.rows) for page in pages] == [1000, 0]


def test_since_is_asked_for():
    fetch = served({"A": []})
    list(OpenReview(["A"], BASE).pages(fetch, {}, date(2025, 1, 23)))
    assert "mintcdate=1737590400000" in fetch.asked[0]


@pytest.mark.parametrize(
    "answer",
    [b"<html>", {"name": "NotFoundError", "message": "The Invitation was not found"}, [], "x",
     {"notes": {}}],
)  # fmt: skip
def test_answers_that_are_none(answer):
    with pytest.raises(SourceError):
        list(OpenReview(["A"], BASE).pages(Replay(lambda _: answer), {}, None))
