"""bioRxiv and medRxiv: rows of details and pubs, and the source day by day.

The rows are written by hand after the API's documentation and what its clients read.
"""

from datetime import date

import pytest
from hypothesis import given

from papertide.merging import merge, new_paper
from papertide.papers import Announcement, Record, Version
from papertide.sources.base import Rejection, SourceError, Unreadable
from papertide.sources.biorxiv import Rxiv, details_row, pubs_row, rows_of
from tests.sources.replay import Replay, Turns, hostile_rows

ROW = {
    "doi": "10.1101/2024.12.31.630767",
    "title": "Persistent <i>DNA</i> methylation in CD4<sup>+</sup> cells",
    "authors": "Gomez Cuautle, D. D.; Rossi, A. R.; The XYZ Consortium; Müller, J.",
    "author_corresponding": "Alberto Javier Ramos", "author_corresponding_institution": "CONICET",
    "date": "2025-01-01", "version": "1", "type": "new results", "license": "cc_by",
    "category": "cell biology", "jatsxml": "https://www.biorxiv.org/content/x.source.xml",
    "abstract": "<p>Epilepsy is debilitating (p &lt; 0.05).</p>", "funder": "NA",
    "published": "NA", "server": "bioRxiv",
}  # fmt: skip
PUB = {
    "biorxiv_doi": "10.1101/2024.12.31.630767", "published_doi": "10.7554/eLife.75393",
    "published_journal": "eLife", "preprint_platform": "bioRxiv", "preprint_title": "A title",
    "preprint_authors": "Doe, J.; Roe, R.", "preprint_category": "cell biology",
    "preprint_date": "2025-01-01", "published_date": "2025-03-04",
    "preprint_abstract": "An abstract.", "preprint_author_corresponding": "J Doe",
    "preprint_author_corresponding_institution": "A Lab",
}  # fmt: skip
GONE = ROW | {"version": "2", "date": "2025-02-01", "title": "WITHDRAWN: " + ROW["title"],
              "abstract": "The authors have withdrawn this manuscript for an error."}  # fmt: skip


def test_a_first_version():
    record = details_row(ROW, "biorxiv")
    paper = record.paper
    assert paper.title == "Persistent DNA methylation in CD4⁺ cells"
    assert paper.authors == ["D. D. Gomez Cuautle", "A. R. Rossi", "The XYZ Consortium",
                             "J. Müller"]  # fmt: skip
    assert paper.abstract == "Epilepsy is debilitating (p < 0.05)."
    assert paper.identities == ["doi:10.1101/2024.12.31.630767"]
    assert paper.categories == ["cell-biology"]
    assert paper.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert (paper.published, paper.updated, paper.announced) == ("2025-01-01", "", "2025-01-01")
    assert paper.versions == [Version(1, "2025-01-01")]
    assert paper.links[0].url == "https://www.biorxiv.org/content/10.1101/2024.12.31.630767"
    assert paper.extra["biorxiv"]["institution"] == "CONICET"
    assert record.announcements == [
        Announcement(day="2025-01-01", kind="new", category="cell-biology")
    ]
    assert (record.source, record.as_of) == ("biorxiv", "2025-01-01")


def test_a_later_version_and_its_journal():
    row = ROW | {"version": 3, "date": "2025-05-01", "published": "10.7554/eLife.75393",
                 "license": "cc_no"}  # fmt: skip
    record = details_row(row, "medrxiv")
    paper = record.paper
    assert paper.identities == ["doi:10.1101/2024.12.31.630767", "doi:10.7554/elife.75393"]
    assert (paper.published, paper.updated, paper.announced) == ("", "2025-05-01", "")
    assert paper.versions == [Version(3, "2025-05-01")]
    assert paper.licence == "All rights reserved"
    assert [(one.kind, one.day) for one in record.announcements] == [("replace", "2025-05-01")]
    merged = new_paper(details_row(ROW, "biorxiv"))
    merge(merged, record)
    assert (merged.published, merged.updated, merged.announced) == (
        "2025-01-01", "2025-05-01", "2025-01-01",
    )  # fmt: skip
    assert [held.number for held in merged.versions] == [1, 3]


def test_a_withdrawal_keeps_the_title_and_what_was_known():
    record = details_row(GONE, "biorxiv")
    paper = record.paper
    assert paper.title == "Persistent DNA methylation in CD4⁺ cells"
    assert (paper.status, paper.abstract) == ("withdrawn", "")
    assert paper.status_note == "The authors have withdrawn this manuscript for an error."
    merged = new_paper(details_row(ROW, "biorxiv"))
    merge(merged, record)
    assert merged.abstract == "Epilepsy is debilitating (p < 0.05)."


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"title": "Withdrawn: A title"}, "withdrawn"),
        ({"title": "[WITHDRAWN] A title"}, "withdrawn"),
        ({"title": "REMOVED: A title", "abstract": "bioRxiv has removed it."}, "removed"),
        ({"type": "withdrawn", "abstract": ""}, "withdrawn"),
        ({"abstract": "Withdrawal Statement The authors have withdrawn their manuscript"},
         "withdrawn"),
        ({"abstract": "This manuscript has been withdrawn by the authors."}, "withdrawn"),
        ({"title": "Withdrawn drugs and their reasons"}, ""),
        ({"title": "Drugs that were withdrawn", "abstract": "We study withdrawal."}, ""),
    ],
)
def test_withdrawals(changed, status):
    paper = details_row(ROW | changed, "biorxiv").paper
    assert paper.status == status
    assert status or "title" not in changed or paper.title == changed["title"]


def test_a_row_of_pubs_joins_preprint_and_article():
    record = pubs_row(PUB, "biorxiv")
    paper = record.paper
    assert paper.identities == ["doi:10.1101/2024.12.31.630767", "doi:10.7554/elife.75393"]
    assert (paper.venue, paper.authors) == ("eLife", ["J. Doe", "R. Roe"])
    assert (record.as_of, record.announcements, paper.announced) == ("2025-01-01", [], "")
    newer = {k: v for k, v in PUB.items() if k != "biorxiv_doi"}
    assert pubs_row(newer | {"preprint_doi": "10.64898/2026.01.01.700001"},
                    "biorxiv").paper.doi == "10.64898/2026.01.01.700001"  # fmt: skip
    with pytest.raises(Unreadable, match="journal"):
        pubs_row(PUB | {"published_doi": "NA"}, "biorxiv")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"doi": "NA"}, "not a DOI"), ({"doi": None}, "not a DOI"), ({"title": " "}, "no title"),
        ({"title": "<p></p>"}, "no title"), ({"version": "first"}, "not a version"),
        ({"version": "0"}, "not a version"), ({"version": None}, "not a version"),
        ({"date": "soon"}, "not a date"), ({"title": 5}, "expected text"),
        ({"authors": 5}, "expected text"), ({"abstract": ["x"]}, "expected text"),
    ],
)  # fmt: skip
def test_rows_that_are_no_papers(changed, reason):
    [rejected] = rows_of([ROW | changed], "details", "biorxiv")
    assert isinstance(rejected, Rejection)
    assert reason in rejected.reason


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["Ann Lee", "Ek, B."], ["Ann Lee", "B. Ek"]),
        ("", []),
        (None, []),
        ("The ATLAS Collaboration", ["The ATLAS Collaboration"]),
        ("李, 雷; García Márquez, G.;; ", ["雷 李", "G. García Márquez"]),
        ("; ".join(f"Author{n}, A." for n in range(3000)), 3000),
    ],
)
def test_authors(told, names):
    found = details_row(ROW | {"authors": told}, "biorxiv").paper.authors
    assert len(found) == names if isinstance(names, int) else found == names


@given(hostile_rows([*ROW, *PUB]))
def test_whatever_a_row_holds_is_read_or_rejected(row):
    for endpoint in ("details", "pubs"):
        for held in rows_of([row, ROW | row, PUB | row, None, 5], endpoint, "medrxiv"):
            assert isinstance(held, Record | Rejection)


# --- the source ------------------------------------------------------------------------------

BASE = "https://api.example"
NONE = {"messages": [{"status": "no posts found"}], "collection": []}


def rows(day: str, count: int, first: int = 0) -> list[dict]:
    return [ROW | {"date": day, "doi": f"10.1101/{day.replace('-', '.')}.{100_000 + n}"}
            for n in range(first, first + count)]  # fmt: skip


def page(held: list[dict], total) -> dict:
    return {"messages": [{"status": "ok", "count": len(held), "total": total, "cursor": 0}],
            "collection": held}  # fmt: skip


def served(posted: dict[str, list[dict]], pubs: dict[str, list[dict]], size=30, extra=0):
    """A server whose `total` counts some rows too many, as it does."""

    def answers(address):
        endpoint, _, day, last, at = address.removeprefix(BASE + "/").split("/")
        assert day == last
        held = (posted if endpoint == "details" else pubs).get(day, [])
        shown = held[int(at) : int(at) + size]
        return page(shown, str(len(held) + extra)) if shown else NONE

    return Replay(answers)


def source(day: str) -> Rxiv:
    return Rxiv("biorxiv", BASE, today=lambda: date.fromisoformat(day))


def ids(pages) -> list[str]:
    return [row.paper.doi for held in pages for row in held.rows if isinstance(row, Record)]


@pytest.mark.parametrize("extra", [0, 7])
def test_days_are_read_to_their_end(extra):
    posted = {"2025-01-01": rows("2025-01-01", 65), "2025-01-03": rows("2025-01-03", 30)}
    fetch = served(posted, {"2025-01-02": [PUB]}, extra=extra)
    pages = list(source("2025-01-03").pages(fetch, {}, date(2025, 1, 1)))
    assert [len(held.rows) for held in pages] == [30, 30, 5, 1, 30, 0]
    assert len(set(ids(pages))) == 96
    assert pages[-1].cursor == {"day": "2025-01-03", "list": "details", "at": 0}


def test_a_harvest_goes_on_where_it_broke_off():
    posted = {f"2025-01-0{n}": rows(f"2025-01-0{n}", 65) for n in (1, 2, 3)}
    fetch = served(posted, {"2025-01-01": [PUB]})
    whole = list(source("2025-01-03").pages(fetch, {}, date(2025, 1, 1)))
    for cut in range(len(whole)):
        resumed = list(source("2025-01-03").pages(fetch, whole[cut].cursor, date(2025, 1, 1)))
        assert set(ids(whole[: cut + 1])) | set(ids(resumed)) == set(ids(whole))
        if cut < len(whole) - 1:
            assert len(resumed) == len(whole) - cut - 1


def test_recent_days_are_read_again():
    fetch = served({}, {})
    list(source("2025-01-10").pages(fetch, {"day": "2025-01-10", "list": "details", "at": 0}, None))
    assert [address for address in fetch.asked if "details" in address] == [
        f"{BASE}/details/biorxiv/2025-01-{day:02}/2025-01-{day:02}/0" for day in (8, 9, 10)
    ]


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>Sorry</html>", b"", {"messages": [{"status": "database error"}]}, [], "x",
        {"messages": [{"status": "database error"}], "collection": []}, {"collection": {}},
    ],
)  # fmt: skip
def test_answers_that_are_none(answer):
    url = f"{BASE}/details/biorxiv/2025-01-01/2025-01-01/0"
    fetch = Replay({url: Turns([answer])})
    with pytest.raises(SourceError):
        list(source("2025-01-01").pages(fetch, {}, date(2025, 1, 1)))


def test_a_cursor_of_nonsense_is_mended():
    fetch = served({}, {})
    [last] = source("2025-01-10").pages(fetch, {"day": "2999-01-01"}, None)
    assert last.cursor["day"] == "2025-01-10"
    [last] = source("2025-01-10").pages(fetch, {"day": "soon"}, None)
    assert fetch.asked[-1].startswith(f"{BASE}/pubs/biorxiv/2025-01-10")
