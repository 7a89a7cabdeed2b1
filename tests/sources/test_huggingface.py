"""Hugging Face Daily Papers: rows of the archive and answers of the API tell the same."""

import json
import lzma

import pytest

from papertide.papers import Link
from papertide.sources import files, huggingface
from papertide.sources.base import Unreadable

ROW = {
    "list_date": "2024-05-27", "id": "2405.14906", "title": "AutoCoder:\n  Enhancing",
    "abstract": "We introduce\nit.", "authors": ["Bin Lei", "Yuchen Li"],
    "published": "2024-05-23T02:53:25.000Z", "upvotes": 7, "comments": 1, "submitter": "ak",
    "github": "https://github.com/a/b", "stars": 12, "project": "https://a.example",
    "keywords": ["code", "models"], "ai_summary": "It codes.", "org": "A Lab",
}  # fmt: skip
NESTED = {
    "id": "2405.14906", "title": "AutoCoder: Enhancing", "summary": "We introduce it.",
    "authors": [{"name": "Bin Lei", "hidden": False}, {"name": "Yuchen Li"},
                {"name": "Removed", "hidden": True}, {"hidden": False}],
    "publishedAt": "2024-05-23T02:53:25.000Z", "upvotes": 7, "githubStars": 12,
    "githubRepo": "https://github.com/a/b", "projectPage": "https://a.example",
    "ai_keywords": ["code", "models"], "ai_summary": "It codes.",
    "organization": {"name": "lab", "fullname": "A Lab"}, "submittedOnDailyBy": {"user": "ak"},
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
        "submitter": "ak", "stars": 12, "as_of": "2024-05-27",
    }}  # fmt: skip
    assert (listing.key, listing.votes, listing.comments) == ("huggingface:2024-05-27", 7, 1)
    assert (record.source, record.as_of) == ("huggingface", "2024-05-27")


def test_an_answer_of_the_api_tells_the_same():
    answer = {"paper": NESTED, "numComments": 1, "title": "AutoCoder: Enhancing"}
    assert huggingface.api_row(answer, "2024-05-27") == huggingface.daily_row(ROW)


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
