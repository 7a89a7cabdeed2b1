"""Hugging Face Daily Papers: rows of the archive and answers of the API tell the same."""

import json
import lzma
import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given

from papertide.papers import Link, Record
from papertide.sources import files, huggingface
from papertide.sources.base import Rejection, SourceError, Unreadable
from papertide.sources.huggingface import DailyPapers
from tests.sources.replay import Replay, hostile_rows

ROW = {
    "list_date": "2024-05-27", "id": "2405.14906", "title": "AutoCoder:\n  Enhancing",
    "abstract": "We introduce\nit.", "authors": ["Bin Lei", "Yuchen Li"],
    "published": "2024-05-23T02:53:25.000Z", "upvotes": 7, "comments": 1, "submitter": "ak",
    "github": "https://github.com/a/b", "stars": 12, "project": "https://a.example",
    "keywords": ["code", "models"], "ai_summary": "It codes.", "org": "A Lab",
    "submitted_on_daily": "2024-05-27T02:06:34.388Z",
}  # fmt: skip
NESTED = {
    "id": "2405.14906", "title": "AutoCoder: Enhancing", "summary": "We introduce it.",
    "authors": [{"name": "Bin Lei", "hidden": False}, {"name": "Yuchen Li"},
                {"name": "Removed", "hidden": True}, {"hidden": False}],
    "publishedAt": "2024-05-23T02:53:25.000Z", "upvotes": 7, "githubStars": 12,
    "githubRepo": "https://github.com/a/b", "projectPage": "https://a.example",
    "ai_keywords": ["code", "models"], "ai_summary": "It codes.",
    "organization": {"fullname": "A Lab"}, "submittedOnDailyBy": {"user": "ak"},
    "submittedOnDailyAt": "2024-05-27T02:06:34.388Z",
}  # fmt: skip


def test_a_row_of_the_archive():
    record = huggingface.daily_row(ROW)
    paper, listing = record.paper, record.listing
    assert paper.title == "AutoCoder: Enhancing"
    assert paper.identities == ["arxiv:2405.14906"]
    assert paper.published == "2024-05-23"
    assert paper.links == [
        Link("code", "https://github.com/a/b"), Link("project", "https://a.example")
    ]  # fmt: skip
    assert paper.extra == {"huggingface": {
        "ai_summary": "It codes.", "keywords": ["code", "models"], "organization": "A Lab",
        "submitter": "ak", "submitted": "2024-05-27T02:06:34.388Z",
        "published": "2024-05-23T02:53:25.000Z", "stars": 12, "as_of": "2024-05-27",
    }}  # fmt: skip
    assert (listing.key, listing.votes, listing.comments) == ("huggingface:2024-05-27", 7, 1)
    assert (record.source, record.as_of) == ("huggingface", "2024-05-27")


def test_an_answer_of_the_api_tells_the_same():
    answer = {"paper": NESTED, "numComments": 1, "title": "AutoCoder: Enhancing"}
    assert huggingface.api_row(answer, "2024-05-27") == huggingface.daily_row(ROW)


def test_what_only_answers_of_the_api_tell():
    told = NESTED | {
        "discussionId": "68c2624629b8ec9932cd09f4", "organization": {"name": "lab"},
        "submittedOnDailyBy": {"user": "ak", "fullname": "A K"},
    }  # fmt: skip
    facts = huggingface.api_row({"paper": told}).paper.extra["huggingface"]
    assert facts["discussion"] == "68c2624629b8ec9932cd09f4"
    assert (facts["submitter"], facts["submitter_name"]) == ("ak", "A K")
    assert (facts["organization"], facts["organization_name"]) == ("lab", "lab")


@pytest.mark.parametrize(
    "time", ["2024-05-27", "soon", 7, None, "2024-02-30T00:00:00.000Z", "2024-05-27T02:06:34",
             "2024-05-27T02:06:34+01:00", "T" * 5000],
)  # fmt: skip
def test_times_that_are_none(time):
    record = huggingface.daily_row(ROW | {"submitted_on_daily": time})
    assert "submitted" not in record.paper.extra["huggingface"]


@pytest.mark.parametrize("time", ["2024-05-27T02:06:34Z", "2024-05-27T02:06:34.0001Z"])
def test_times_have_milliseconds(time):
    record = huggingface.daily_row(ROW | {"submitted_on_daily": time})
    assert record.paper.extra["huggingface"]["submitted"] == "2024-05-27T02:06:34.000Z"


def test_a_flat_answer_is_in_no_list():
    record = huggingface.api_row(NESTED)
    assert record.listing is None
    assert record.paper.authors == ["Bin Lei", "Yuchen Li"]
    assert record.paper.abstract == "We introduce it."


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": None}, "not an arXiv id"),
        ({"id": "x"}, "not an arXiv id"),
        ({"title": None}, "no title"),
        ({"title": "\x00"}, "no title"),
        ({"title": ["x"]}, "expected text"),
        ({"authors": "Bin Lei"}, "expected a list"),
        ({"list_date": "someday"}, "not a date"),
        ({"published": "2024-13-01"}, "month must be"),
    ],
)
def test_rows_that_are_no_papers(changed, reason):
    with pytest.raises(Unreadable, match=reason):
        huggingface.daily_row(ROW | changed)


@pytest.mark.parametrize("authors", [5, "Bin Lei", ["Bin Lei"], {"name": "Bin Lei"}, [None]])
def test_answers_whose_authors_are_none(authors):
    with pytest.raises(Unreadable):
        huggingface.api_row({"paper": NESTED | {"authors": authors}})


@pytest.mark.parametrize("count", [-1, 2**31, "7", 1.5, True, None, [7]])
def test_counts_that_count_nothing(count):
    record = huggingface.daily_row(ROW | {"upvotes": count, "stars": count})
    assert record.listing.votes is None
    assert "stars" not in record.paper.extra["huggingface"]


def test_links_that_lead_nowhere():
    record = huggingface.daily_row(ROW | {"github": "javascript:x", "project": "n/a"})
    assert record.paper.links == []


@pytest.mark.parametrize(
    ("rows", "name", "day"),
    [
        ([], "2024-05-27.json", ""),
        ([NESTED], "2024-05-27.json", ""),  # a search's answer
        ([{"paper": {}}], "2024-05-27.json", "2024-05-27"),
        ([{"paper": {}}], "2024-13-45.json", ""),
        ([{"paper": {}}], "120240-05-271.json", ""),
        ([{"paper": {}, "publishedAt": "2024-05-26T09:00:00Z"}], "answer.json", "2024-05-26"),
        ([{"paper": {}, "publishedAt": "2024-05-26T09:00:00Z"}], "2024-05-27.json", "2024-05-27"),
        ([{"paper": {"submittedOnDailyAt": "2024-05-28T02:06:34Z"}}] * 2
         + [{"paper": {"submittedOnDailyAt": "2024-05-29T02:06:34Z"}}], "2024-05-27.json",
         "2024-05-28"),
        ([{"paper": {"submittedOnDailyAt": "never"}, "publishedAt": 5}], "x", ""),
        ([{"paper": {"submittedOnDailyAt": "2024-02-30T00:00:00Z"}}], "x", ""),
    ],
)  # fmt: skip
def test_the_day_of_an_answer(rows, name, day):
    assert huggingface.list_date(rows, name) == day


def test_the_archive_and_the_answers_agree(shared):
    """38 days in both forms: the same lists, days, ids, texts and authors."""
    folder = shared / "data/hf_daily"
    days = {path.stem for path in (folder / "api").glob("*.json")}
    assert len(days) == 38
    told: dict[str, dict] = {day: {} for day in days}
    with lzma.open(folder / "papers.jsonl.xz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["list_date"] in days:
                record = huggingface.daily_row(row)
                told[row["list_date"]][record.paper.arxiv] = record
    compared = 0
    for day in sorted(days):
        records = list(files.read(folder / "api" / f"{day}.json"))
        assert {record.listing.date for record in records} == {day}
        assert [record.listing.position for record in records] == [
            position + 1 for position in range(len(records))
        ]
        assert {record.paper.arxiv for record in records} == set(told[day])
        for record in records:
            other = told[day][record.paper.arxiv]
            assert record.paper.title == other.paper.title
            assert record.paper.abstract == other.paper.abstract
            assert record.paper.published == other.paper.published
            assert record.listing.votes == other.listing.votes
            assert record.listing.comments == other.listing.comments
            compared += 1
    assert compared == 602


# --- the source ------------------------------------------------------------------------------

BASE = "https://hub.example"


def listed(day: str, number: int, votes=5) -> dict:
    paper = NESTED | {"id": f"2501.{number:05}", "upvotes": votes,
                      "submittedOnDailyAt": f"{day}T01:00:00.000Z"}  # fmt: skip
    return {"paper": paper, "numComments": 2, "publishedAt": f"{day}T00:00:00.000Z"}


def served(lists: dict[str, list]):
    """The API, by what was asked for: a date, a week or a month."""

    def answers(address):
        asked = {name: held[0] for name, held in parse_qs(urlsplit(address).query).items()}
        held = lists.get(asked.get("date") or asked.get("week") or asked["month"], [])
        at, limit = int(asked["p"]) * int(asked["limit"]), int(asked["limit"])
        return held[at : at + limit]

    return Replay(answers)


def source(span="day", today="2025-01-10") -> DailyPapers:
    return DailyPapers(span, BASE, today=lambda: date.fromisoformat(today))


def days_asked(fetch) -> list[str]:
    return [re.search(r"(?:date|week|month)=([^&]+)", address)[1] for address in fetch.asked]


def test_days_are_read_in_order_and_recent_ones_again():
    fetch = served({"2025-01-09": [listed("2025-01-09", n) for n in (3, 1, 2)]})
    pages = list(source().pages(fetch, {}, date(2025, 1, 8)))
    assert days_asked(fetch) == ["2025-01-08", "2025-01-09", "2025-01-10"]
    assert [page.cursor for page in pages] == [
        {"day": "2025-01-09"}, {"day": "2025-01-10"}, {"day": "2025-01-10"},
    ]  # fmt: skip
    [first, *_] = pages[1].rows
    assert (first.listing.key, first.listing.position) == ("huggingface:2025-01-09", 1)
    assert (first.listing.votes, first.listing.comments) == (5, 2)
    fetch = served({})
    again = list(source().pages(fetch, pages[-1].cursor, None))
    assert days_asked(fetch) == ["2025-01-07", "2025-01-08", "2025-01-09", "2025-01-10"]
    assert {page.cursor["day"] for page in again} == {"2025-01-10"}
    fetch = served({})
    list(source().pages(fetch, {"day": "2025-01-02"}, None))  # a week without harvesting
    assert days_asked(fetch)[0] == "2025-01-02"


def test_the_real_days(shared):
    folder = shared / "data/hf_daily/api"
    for path in sorted(folder.glob("*.json"))[::9]:
        fetch = served({path.stem: json.loads(path.read_bytes())})
        [page] = source(today=path.stem).pages(fetch, {}, date.fromisoformat(path.stem))
        assert len(page.rows) == page.total > 5
        assert [row.listing.position for row in page.rows] == list(range(1, page.total + 1))
        assert {row.listing.date for row in page.rows} == {path.stem}


def test_a_long_list_is_paged_and_one_that_repeats_ends():
    whole = [listed("2025-01-10", n) for n in range(1, 251)]
    fetch = served({"2025-01-10": whole})
    [page] = source().pages(fetch, {}, date(2025, 1, 10))
    assert (len(page.rows), len(fetch.asked)) == (250, 3)
    [page] = source().pages(Replay(lambda _: whole[:100]), {}, date(2025, 1, 10))
    assert len(page.rows) == 100


@pytest.mark.parametrize(
    ("span", "asked", "day"), [("week", "2025-W02", "2025-01-06"), ("month", "2025-01", "2025-01")]
)
def test_weeks_and_months(span, asked, day):
    fetch = served({asked: [listed("2025-01-07", 1), listed("2025-01-06", 2)]})
    [page] = source(span).pages(fetch, {}, date(2025, 1, 9))
    assert days_asked(fetch) == [asked]
    one, two = page.rows
    assert (one.listing.key, one.listing.date) == (f"huggingface:{asked}", day)
    assert (one.as_of, two.as_of) == ("2025-01-07", "2025-01-06")
    assert (one.listing.position, two.listing.position) == (1, 2)
    assert one.listing.source == f"huggingface-{span}"


def test_the_weeks_of_a_year():
    fetch = served({})
    list(source("week").pages(fetch, {}, date(2024, 12, 23)))
    assert days_asked(fetch) == ["2024-W52", "2025-W01", "2025-W02"]
    fetch = served({})
    list(source("month").pages(fetch, {}, date(2024, 11, 30)))
    assert days_asked(fetch) == ["2024-11", "2024-12", "2025-01"]


@pytest.mark.parametrize("answer", [b"<html>Sorry</html>", {"error": "Invalid date"}, b"", "x"])
def test_answers_that_are_none(answer):
    with pytest.raises(SourceError):
        list(source().pages(Replay(lambda _: answer), {}, None))


@given(hostile_rows([*NESTED, "paper", "numComments", "submittedBy", "submittedOnDailyAt"]))
def test_whatever_a_row_holds_is_read_or_rejected(row):
    tried = [row, NESTED | row, {"paper": row}, {"paper": NESTED | row}, {"paper": None}, None, 5]
    for day in ("", "2025-01-10"):
        rows = huggingface.api_rows(tried, day)
        assert all(isinstance(held, Record | Rejection) for held in rows)
    for span in ("day", "week"):
        [page] = source(span).pages(Replay(lambda _: tried), {}, date(2025, 1, 10))
        assert len(page.rows) == len(tried)
