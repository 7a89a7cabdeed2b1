"""Hugging Face Daily Papers: rows of a JSONL archive, answers of its API, and the source.

The API's answers are read as `/api/daily_papers`, `/api/papers/search` and `/api/papers/{id}`
give them: the paper nested under ``paper`` or flat, authors as objects. It is asked as
huggingface_hub's `HfApi.list_daily_papers` asks: by ``date``, ``week`` or ``month``, with ``p``
and ``limit``.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from papertide.papers import Link, ListingPlace, Paper, Record, arxiv_id, full_date
from papertide.sources.answers import json_value
from papertide.sources.base import (
    Fetch,
    Page,
    Rejection,
    SourceError,
    Unreadable,
    date_text,
    link,
    names,
    objects,
    text,
    texts,
)

NAME = "huggingface"
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


def daily_row(row: dict[str, Any]) -> Record:
    """A record from a row of the JSONL archive (``list_date id title abstract upvotes …``)."""
    facts = {
        "ai_summary": text(row.get("ai_summary")),
        "keywords": texts(row.get("keywords")),
        "organization": text(row.get("org")),
        "submitter": text(row.get("submitter")),
        "submitted": _time(row.get("submitted_on_daily")),
        "published": _time(row.get("published")),
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
        "organization_name": text(_get(organization, "name")),
        "submitter": text(_get(submitter, "user") or _get(submitter, "name")),
        "submitter_name": text(_get(submitter, "fullname")),
        "submitted": _time(paper.get("submittedOnDailyAt")),
        "published": _time(paper.get("publishedAt")),
        "discussion": text(paper.get("discussionId")),
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


def api_rows(rows: list[Any], day: str = "") -> list[Record | Rejection]:
    """The rows of one list in an API answer, with their positions in it; `day` is its date."""
    found: list[Record | Rejection] = []
    for number, row in enumerate(rows, start=1):
        try:
            if not isinstance(row, dict):
                raise Unreadable(f"expected an object, found {type(row).__name__}")
            record = api_row(row, day)
            if record.listing:
                record.listing.position = number
            found.append(record)
        except Unreadable as error:
            found.append(Rejection(line=number, reason=str(error), text=repr(row)[:200]))
    return found


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
    facts = {name: value for name, value in facts.items() if value or value == 0}
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


def _time(value: Any) -> str:
    """A time as the API writes it, ``2025-09-12T03:41:05.784Z``; empty where it is none."""
    if not isinstance(value, str) or len(value) < len("2025-09-12T03:41"):
        return ""
    try:
        at = datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return ""
    return f"{at.isoformat(timespec='milliseconds')}Z" if value.endswith("Z") else ""


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None


# --- the source ------------------------------------------------------------------------------

_RECENT = 3  # days whose votes and comments are read again
_LIMIT = 100  # papers a request; a day has 20 to 60, a month some 1,500
_MOST = 50  # requests for one list


class DailyPapers:
    """Hugging Face's lists of a day, a week (ISO 8601) or a month.

    The cursor is the first day that was not over when it was read (``day``): that, and the few
    days before it, are read again, for votes and comments still come.
    """

    every = timedelta(hours=1)

    def __init__(
        self, span: str = "day", base: str = "https://huggingface.co",
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ):  # fmt: skip
        self.span, self.base, self.today = span, base, today
        self.name = NAME if span == "day" else f"{NAME}-{span}"
        word = {"day": "Daily", "week": "Weekly", "month": "Monthly"}[span]
        self.title = f"Hugging Face {word} Papers"
        self.about = f"a {span}'s picks of a community: votes, comments, submitters, repositories"

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        """One page a list, oldest first, up to today's; from a week ago where nothing is said."""
        today = self.today()
        reached = full_date(str(cursor.get("day", "")))
        recent = today - timedelta(days=_RECENT)
        start = min(reached, recent) if reached else since or today - timedelta(days=7)
        at = self._first_day(start)
        while at <= today:
            following = self._first_day(at + timedelta(days={"day": 1, "week": 7, "month": 32}[
                self.span]))  # fmt: skip
            rows = self._list(fetch, at)
            done = min(following, today)
            if reached:
                done = max(done, reached)
            yield Page(rows=rows, cursor={"day": done.isoformat()}, total=len(rows))
            at = following

    def _first_day(self, day: date) -> date:
        """The first day of the list that a day is in."""
        if self.span == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.span == "month" else day

    def _list(self, fetch: Fetch, first: date) -> list[Record | Rejection]:
        week = f"{first:%G-W%V}"
        asked = {"day": first.isoformat(), "week": week, "month": first.isoformat()[:7]}[self.span]
        params = {"date" if self.span == "day" else self.span: asked, "limit": str(_LIMIT)}
        held: list[Any] = []
        seen: set[str] = set()
        for number in range(_MOST):
            answer = fetch(f"{self.base}/api/daily_papers", params | {"p": str(number)})
            rows = json_value(answer)
            if not isinstance(rows, list):
                raise SourceError(f"{answer.url} answered no list of papers")
            ids = {str(_get(_get(row, "paper") or row, "id")) for row in rows}
            if not ids - seen:  # the end, or a page that repeats
                break
            seen |= ids
            held += rows
            if len(rows) < _LIMIT:
                break
        else:
            raise SourceError(f"{self.base}: the list of {asked} does not end")
        day = asked if self.span == "day" else ""
        found = api_rows(held, day)
        if day:
            return found
        for number, record in enumerate(found, start=1):
            if isinstance(record, Record):
                self._place(record, held[number - 1], asked, first, number)
        return found

    def _place(self, record: Record, row: Any, asked: str, first: date, number: int) -> None:
        """The place of a record in the list of a week or a month; a week is dated by its Monday."""
        paper = row.get("paper") if isinstance(row.get("paper"), dict) else row
        record.listing = ListingPlace(
            key=f"{NAME}:{asked}", source=self.name, title=self.title, position=number,
            date=first.isoformat() if self.span == "week" else asked,
            votes=_count(paper.get("upvotes")),
            comments=_count(row.get("numComments", paper.get("numComments"))),
        )  # fmt: skip
        listed = _days([paper], "submittedOnDailyAt")
        record.as_of = next(iter(listed), first.isoformat())
