"""bioRxiv and medRxiv: what was posted each day, and what was published in a journal since.

Their API (https://api.biorxiv.org) gives ``details``, one row a version by the day it was
posted, and ``pubs``, one row a preprint by the day a journal published it; both in pages of 100
or of 30, which is told by nothing but their length.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from papertide.papers import (
    Announcement,
    Link,
    Paper,
    Record,
    Version,
    author_name,
    doi,
    full_date,
    slug,
)
from papertide.sources.answers import json_value, plain
from papertide.sources.base import (
    Fetch,
    Page,
    Rejection,
    SourceError,
    Unreadable,
    date_text,
    doi_identity,
    text,
)

NAMES = ("biorxiv", "medrxiv")
_HOSTS = {"biorxiv": "https://www.biorxiv.org", "medrxiv": "https://www.medrxiv.org"}
_LICENCES = {
    "cc_by": "https://creativecommons.org/licenses/by/4.0/",
    "cc_by_nc": "https://creativecommons.org/licenses/by-nc/4.0/",
    "cc_by_nd": "https://creativecommons.org/licenses/by-nd/4.0/",
    "cc_by_nc_nd": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc0_ng": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc_no": "All rights reserved",
}
# A withdrawal is a version of its own: its title says so, its abstract why.
_GONE = re.compile(r"\A\W{0,5}(withdrawn|withdrawal|removed|removal) ?[:\])–—-]\W{0,5}(?=\w)", re.I)
_NOTICE = re.compile(
    r"\A(?:withdrawal statement\W*)?(?:the|these) authors have withdrawn"
    r"|\Athis (?:manuscript|preprint|article|paper) has been withdrawn", re.I,
)  # fmt: skip
_FIRST = date(2013, 11, 1)  # bioRxiv opened


def details_row(row: dict[str, Any], server: str) -> Record:
    """A record from a row of ``details``: one version of a preprint.

    The journal's DOI, where it is known, is an identity of the same work.
    """
    posted = date_text(_told(row, "date"))
    number = _number(row.get("version"))
    title = plain(row.get("title"))
    paper = _paper(
        server, title=title, abstract=row.get("abstract"), authors=row.get("authors"),
        known=row.get("doi"), published=row.get("published"), category=row.get("category"),
    )  # fmt: skip
    kind = _told(row, "type")
    _withdraw(paper, kind)
    paper.versions = [Version(number, posted)]
    paper.licence = _LICENCES.get(_told(row, "license").lower(), _told(row, "license"))
    announced = []
    if number == 1:
        paper.published = posted
    else:
        paper.updated = posted
    if full_date(posted):
        paper.announced = posted if number == 1 else ""
        announced = [Announcement(
            day=posted, kind="new" if number == 1 else "replace",
            category=next(iter(paper.categories), ""),
        )]  # fmt: skip
    facts = {"type": kind, "institution": _told(row, "author_corresponding_institution")}
    if facts := {name: value for name, value in facts.items() if value}:
        paper.extra = {server: facts | {"as_of": posted}}
    return Record(paper=paper, source=server, as_of=posted, announcements=announced)


def pubs_row(row: dict[str, Any], server: str) -> Record:
    """A record from a row of ``pubs``: that a journal published a preprint, and which."""
    paper = _paper(
        server, title=plain(row.get("preprint_title")), abstract=row.get("preprint_abstract"),
        authors=row.get("preprint_authors"),
        known=_told(row, "biorxiv_doi") or _told(row, "preprint_doi"),
        published=row.get("published_doi"), category=row.get("preprint_category"),
    )  # fmt: skip
    if len(paper.identities) < 2:
        raise Unreadable("a published preprint without the DOI of its journal article")
    _withdraw(paper, "")
    paper.venue = plain(row.get("published_journal"))
    # What it says of the preprint is as of its posting: the journal's title is not in it.
    return Record(paper=paper, source=server, as_of=date_text(_told(row, "preprint_date")))


def _paper(server, *, title, abstract, authors, known, published, category) -> Paper:
    own = doi(text(known))
    if own is None:
        raise Unreadable(f"not a DOI: {text(known)[:60]!r}")
    if not title:
        raise Unreadable("no title")
    article = text(published)
    journal = doi_identity("" if article.upper() == "NA" else article)
    code = slug(text(category))
    return Paper(
        title=title,
        abstract=plain(abstract),
        authors=_authors(authors),
        identities=list(dict.fromkeys([f"doi:{own}", *journal])),
        categories=[code] if code and code != "na" else [],
        links=[Link("page", f"{_HOSTS[server]}/content/{own}")],
    )


def _authors(value: Any) -> list[str]:
    """Names of ``Gomez Cuautle, D. D.; Rossi, A. R.; The XYZ Consortium``, or of a list."""
    parts = value if isinstance(value, list) else text(value).split(";")
    people = []
    for part in map(plain, parts):
        family, comma, given = part.partition(",")
        people.append(author_name(f"{given.strip()} {family.strip()}" if comma else part))
    return list(dict.fromkeys(filter(None, people)))


def _withdraw(paper: Paper, kind: str) -> None:
    """Mark a paper as withdrawn, or as removed by the server, where its version is a notice.

    The notice is no abstract: that of the versions before it stays.
    """
    marked = _GONE.match(paper.title)
    if marked:
        paper.title = paper.title[marked.end() :]
    word = marked[1].lower() if marked else ""
    if word.startswith("remov"):
        paper.status = "removed"
    elif word or "withdraw" in kind.lower() or _NOTICE.match(paper.abstract):
        paper.status = "withdrawn"
    if paper.status:
        paper.status_note, paper.abstract = paper.abstract, ""


def _number(value: Any) -> int:
    told = str(value) if type(value) is int else text(value)
    if told.isascii() and told.isdigit() and 0 < len(told) < 5 and int(told):
        return int(told)
    raise Unreadable(f"not a version: {told[:20]!r}")


def _told(row: dict[str, Any], field: str) -> str:
    """A text field; "NA" is none."""
    value = text(row.get(field))
    return "" if value.upper() == "NA" else value


# --- the source ------------------------------------------------------------------------------

_ENDPOINTS = {"details": details_row, "pubs": pubs_row}
_EMPTY = re.compile(r"\bno (?:posts|articles|papers|results|publications)\b", re.I)
_AGAIN = timedelta(days=2)  # days are read again for so long: postings come in late


class Rxiv:
    """One of the two servers, day by day: what was posted, then what journals published.

    The cursor is the day (``day``), which of the two lists (``list``) and how many of its rows
    were stored (``at``).
    """

    every = timedelta(hours=6)

    def __init__(
        self, server: str, base: str = "https://api.biorxiv.org",
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ):  # fmt: skip
        self.name, self.base, self.today = server, base, today
        self.title = server.removesuffix("rxiv") + "Rxiv"
        field = "the life sciences" if server == "biorxiv" else "medicine"
        self.about = f"preprints of {field}, their versions, and the journals that published them"

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        today = self.today()
        day = full_date(str(cursor.get("day", ""))) or since or today - timedelta(days=7)
        day = max(min(day, today), _FIRST)
        listed, at = cursor.get("list", "details"), cursor.get("at", 0)
        if not at and listed == "details":
            day = max(_FIRST, min(day, today - _AGAIN))
        while day <= today:
            for endpoint in ("details", "pubs"):
                if endpoint == "pubs" or listed == "details":
                    yield from self._day(fetch, endpoint, day, at if endpoint == listed else 0)
            listed, at = "details", 0
            day += timedelta(days=1)
        yield Page(rows=[], cursor={"day": today.isoformat(), "list": "details", "at": 0})

    def _day(self, fetch: Fetch, endpoint: str, day: date, at: int) -> Iterator[Page]:
        """The pages of one list of one day, from a row on.

        `total` is not believed: it may count more rows than there are, and then the last page is
        empty (https://github.com/ropensci/medrxivr/issues/19).
        """
        while True:
            url = f"{self.base}/{endpoint}/{self.name}/{day}/{day}/{at}"
            collection, total = _collection(fetch, url)
            if not collection:
                return
            rows = rows_of(collection, endpoint, self.name)
            at += len(collection)
            yield Page(rows=rows, total=total,
                       cursor={"day": day.isoformat(), "list": endpoint, "at": at})  # fmt: skip
            if total is not None and at >= total:
                return


def rows_of(collection: list[Any], endpoint: str, server: str) -> list[Record | Rejection]:
    """The records of a page of ``details`` or ``pubs``, and its rows that are none."""
    read = _ENDPOINTS[endpoint]
    rows: list[Record | Rejection] = []
    for number, row in enumerate(collection, start=1):
        try:
            if not isinstance(row, dict):
                raise Unreadable(f"expected an object, found {type(row).__name__}")
            rows.append(read(row, server))
        except Unreadable as error:
            rows.append(Rejection(line=number, reason=str(error), text=repr(row)[:200]))
    return rows


def _collection(fetch: Fetch, url: str) -> tuple[list[Any], int | None]:
    """The rows of a page and how many the server says there are in all, if it does."""
    answer = fetch(url)
    held = json_value(answer)
    messages = held.get("messages") if isinstance(held, dict) else None
    message = messages[0] if isinstance(messages, list) and messages else {}
    message = message if isinstance(message, dict) else {"status": str(message)}
    rows = held.get("collection") if isinstance(held, dict) else None
    status = str(message.get("status", ""))
    if not isinstance(rows, list) or (not rows and status.lower() != "ok"):
        if _EMPTY.search(status):
            return [], 0
        if not isinstance(rows, list) or status:
            raise SourceError(f"{url} answered {status[:200] or 'no list of papers'!r}")
    total = str(message.get("total", ""))
    return rows, int(total) if total.isascii() and total.isdigit() and len(total) < 12 else None


biorxiv, medrxiv = Rxiv("biorxiv"), Rxiv("medrxiv")
