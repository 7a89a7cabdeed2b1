"""Hugging Face Daily Papers: rows of a JSONL archive, and answers of its API.

The API's answers are read as `/api/daily_papers`, `/api/papers/search` and `/api/papers/{id}`
give them: the paper nested under ``paper`` or flat, authors as objects.
"""

import re
from collections import Counter
from contextlib import suppress
from typing import Any

from papertide.papers import Link, ListingPlace, Paper, Record, arxiv_id
from papertide.sources.base import Unreadable, date_text, link, names, objects, text, texts

NAME = "huggingface"
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


def daily_row(row: dict[str, Any]) -> Record:
    """A record from a row of the JSONL archive (``list_date id title abstract upvotes …``)."""
    facts = {
        "ai_summary": text(row.get("ai_summary")),
        "keywords": texts(row.get("keywords")),
        "organization": text(row.get("org")),
        "submitter": text(row.get("submitter")),
        "stars": _count(row.get("stars")),
    }
    return _record(
        identifier=row.get("id"),
        title=row.get("title"),
        abstract=row.get("abstract"),
        authors=names(row.get("authors")),
        published=row.get("published"),
        links=link("code", row.get("github")) + link("project", row.get("project")),
        facts=facts,
        list_date=date_text(row.get("list_date")),
        votes=_count(row.get("upvotes")),
        comments=_count(row.get("comments")),
    )


def api_row(row: dict[str, Any], list_date: str = "") -> Record:
    """A record from one object of an API answer; `list_date` is the day of its list, if any."""
    paper = row["paper"] if isinstance(row.get("paper"), dict) else row
    people = objects(paper.get("authors"))
    submitter = paper.get("submittedOnDailyBy") or row.get("submittedBy") or {}
    organization = paper.get("organization") or row.get("organization") or {}
    facts = {
        "ai_summary": text(paper.get("ai_summary")),
        "keywords": texts(paper.get("ai_keywords")),
        "organization": text(_get(organization, "fullname") or _get(organization, "name")),
        "submitter": text(_get(submitter, "user") or _get(submitter, "name")),
        "stars": _count(paper.get("githubStars")),
    }
    return _record(
        identifier=paper.get("id"),
        title=paper.get("title"),
        abstract=paper.get("summary") or row.get("summary"),
        authors=names([person.get("name") for person in people if not person.get("hidden")]),
        published=paper.get("publishedAt"),
        links=link("code", paper.get("githubRepo")) + link("project", paper.get("projectPage")),
        facts=facts,
        list_date=list_date,
        votes=_count(paper.get("upvotes")),
        comments=_count(row.get("numComments", paper.get("numComments"))),
    )


def list_date(rows: list[dict[str, Any]], name: str = "") -> str:
    """The day of the daily list that an API answer is; empty where it is no daily list.

    Newer answers say when each paper was submitted to the list. Older ones do not, and their
    dates can be a day or more off: there a date in the file's name is believed before them.
    """
    nested = [row["paper"] | {"at": row.get("publishedAt")} for row in rows
              if isinstance(row.get("paper"), dict)]  # fmt: skip
    submitted = _days(nested, "submittedOnDailyAt")
    if submitted:
        return submitted.most_common(1)[0][0]
    if nested and (named := _days([{"name": found} for found in _DATE.findall(name)], "name")):
        return next(iter(named))
    return max(_days(nested, "at"), default="")


def _days(papers: list[dict[str, Any]], field: str) -> Counter[str]:
    """The full days a field gives; what is no date gives none."""
    found: Counter[str] = Counter()
    for value in (paper.get(field) for paper in papers):
        if isinstance(value, str) and _DATE.match(value):
            with suppress(Unreadable):
                found[date_text(value[:10])] += 1
    return found


def _record(
    *, identifier, title, abstract, authors, published, links: list[Link], facts, list_date,
    votes, comments,
) -> Record:  # fmt: skip
    arxiv = arxiv_id(text(identifier))
    if arxiv is None:
        raise Unreadable(f"not an arXiv id: {text(identifier)[:40]!r}")
    if not text(title):
        raise Unreadable("no title")
    facts = {name: value for name, value in facts.items() if value}
    paper = Paper(
        title=text(title),
        abstract=text(abstract),
        authors=authors,
        identities=[f"arxiv:{arxiv.id}"],
        published=date_text(published),
        links=links,
        extra={NAME: facts | {"as_of": list_date}} if facts else {},
    )
    place = None
    if list_date:
        place = ListingPlace(
            key=f"{NAME}:{list_date}", source=NAME, title="Hugging Face Daily Papers",
            date=list_date, votes=votes, comments=comments,
        )  # fmt: skip
    return Record(paper=paper, source=NAME, as_of=list_date, listing=place)


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None
