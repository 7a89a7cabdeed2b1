"""arXiv: rows of its metadata in the forms they are passed around, and its daily Atom feed.

Forms: the public metadata snapshot (https://www.kaggle.com/datasets/Cornell-University/arxiv),
an archive form with one author string and one date, daily announcements, and the Atom feed of
https://info.arxiv.org/help/rss.html.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import httpx
import stamina
from defusedxml import DefusedXmlException

from papertide.papers import (
    Paper,
    PartialDate,
    Record,
    Version,
    arxiv_id,
    arxiv_month,
    doi,
    split_authors,
)  # fmt: skip
from papertide.sources.base import Rejection, SourceError, Unreadable, date_text, text, texts

NAME = "arxiv"


def snapshot_row(row: dict[str, Any]) -> Record:
    """A record from a row of the public metadata snapshot."""
    versions = [
        Version(int(text(held.get("version")).lstrip("v") or 0), date_text(held.get("created")))
        for held in row.get("versions") or []
    ]
    updated = versions[-1].date if versions else ""
    paper = _paper(row, authors=_parsed_names(row), published=versions[0].date if versions else "")
    paper.categories = text(row.get("categories")).split()
    paper.versions, paper.updated = versions, updated if len(versions) > 1 else ""
    paper.licence = text(row.get("license"))
    paper.comment = text(row.get("comments"))
    paper.venue = text(row.get("journal-ref"))
    return Record(paper=paper, source=NAME, as_of=date_text(row.get("update_date")) or updated)


def archive_row(row: dict[str, Any]) -> Record:
    """A record from a row of the archive form: authors in one string, the first version's date."""
    paper = _paper(row, authors=split_authors(text(row.get("authors"))), published=row.get("date"))
    paper.categories = _primary_first(texts(row.get("categories")), text(row.get("primary_cat")))
    paper.comment = text(row.get("comments"))
    return Record(paper=paper, source=NAME, as_of=paper.published)


def announcement_row(row: dict[str, Any]) -> Record:
    """A record from a row of the daily announcements.

    The row's date is the announcement's; of the paper's own it says no more than its id does,
    so an old id announced again (a cross-list, a replacement) gives no announcement day.
    """
    paper = _paper(row, authors=texts(row.get("authors")), published="")
    announced = date_text(row.get("announced"))
    paper.categories = texts(row.get("categories"))
    paper.comment = text(row.get("comment"))
    paper.announced = announced if _is_fresh(paper.arxiv, announced) else ""
    return Record(paper=paper, source=NAME, as_of=announced)


def _is_fresh(identifier: str, announced: str) -> bool:
    """Whether a paper announced that day can be new: its id is of that month or the one before."""
    year, month = map(int, arxiv_month(identifier).split("-"))
    day = PartialDate.parse(announced)
    return day.full is not None and 0 <= (day.year - year) * 12 + day.month - month <= 1


def _paper(row: dict[str, Any], *, authors: list[str], published: Any) -> Paper:
    known = arxiv_id(text(row.get("id")))
    if known is None:
        raise Unreadable(f"not an arXiv id: {text(row.get('id'))[:40]!r}")
    title = text(row.get("title"))
    if not title:
        raise Unreadable("no title")
    digital = doi(text(row.get("doi")).partition(" ")[0])
    return Paper(
        title=title,
        abstract=text(row.get("abstract")),
        authors=authors,
        identities=[f"arxiv:{known.id}"] + ([f"doi:{digital}"] if digital else []),
        published=date_text(published),
        versions=[Version(known.version)] if known.version else [],
    )


def _parsed_names(row: dict[str, Any]) -> list[str]:
    parsed = row.get("authors_parsed")
    if not parsed:
        return split_authors(text(row.get("authors")))
    names = []
    for last, first, suffix, *_ in ([*map(text, entry), "", "", ""] for entry in parsed):
        name = " ".join(filter(None, (first, last)))
        names.append(f"{name}, {suffix}" if suffix else name)
    return list(dict.fromkeys(filter(None, names)))


def _primary_first(categories: list[str], primary: str) -> list[str]:
    return list(dict.fromkeys([primary, *categories])) if primary else categories


# --- the daily feed --------------------------------------------------------------------------

FEED = "https://rss.arxiv.org/atom/"
_LIMIT = 32 * 2**20  # bytes; a day of all categories is under 10 MB
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ABSTRACT = re.compile(r"\AarXiv:\S+ +Announce Type: \S+\s+Abstract: *", re.I)


def fetch_daily(
    categories: Iterable[str], *, base: str = FEED, contact: str = "", timeout: float = 5.0
) -> bytes:
    """Today's Atom feed of some categories, in one request.

    `timeout` is in seconds, for connecting and between two pieces of the answer. Raises
    SourceError when arXiv cannot be reached, answers with an error, or with too much.
    """
    url = base + "+".join(categories)
    agent = "papertide/0.1 (+https://github.com/papertide/papertide" + (
        f"; mailto:{contact})" if contact else ")"
    )
    try:
        for attempt in stamina.retry_context(on=_is_passing, attempts=2, wait_initial=1.0):
            with (
                attempt,
                httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=3) as client,
                client.stream("GET", url, headers={"User-Agent": agent}) as answer,
            ):
                answer.raise_for_status()
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _LIMIT:
                        raise SourceError(f"{url}: more than {_LIMIT >> 20} MB")
        return bytes(body)
    except httpx.HTTPStatusError as error:
        raise SourceError(f"{url} answered {error.response.status_code}") from None
    except httpx.HTTPError as error:
        raise SourceError(f"{url} cannot be reached ({type(error).__name__})") from None


def _is_passing(error: Exception) -> bool:
    """Whether another try may help: not where the network is closed, which answers at once."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (500, 502, 504)
    return isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)


def daily_feed(body: bytes) -> Iterator[Record | Rejection]:
    """The records of a daily Atom feed; raises SourceError where it is not one, or broken."""
    try:
        feed = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    except ParseError as error:
        raise SourceError(f"the feed is not well-formed XML: {error}") from None
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise SourceError(f"the feed holds forbidden XML: {error}") from None
    if feed.tag != f"{_ATOM}feed":
        raise SourceError(f"not an Atom feed: its root is {feed.tag.rpartition('}')[2]!r}")
    for number, entry in enumerate(feed.iter(f"{_ATOM}entry"), start=1):
        try:
            yield _entry(entry)
        except Unreadable as error:
            title = text(entry.findtext(f"{_ATOM}title"))
            yield Rejection(line=number, reason=str(error), text=title[:200])


def _entry(entry: Element) -> Record:
    day = date_text(entry.findtext(f"{_ATOM}published"))
    kind = text(entry.findtext(f"{_ARXIV}announce_type"))
    summary = _ABSTRACT.sub("", entry.findtext(f"{_ATOM}summary") or "")
    row = {
        "id": entry.findtext(f"{_ATOM}id"),
        "title": entry.findtext(f"{_ATOM}title"),
        "abstract": summary,
        "doi": entry.findtext(f"{_ARXIV}DOI"),
    }
    authors = split_authors(text(entry.findtext(f"{_DC}creator")))
    paper = _paper(row, authors=authors, published="")
    paper.categories = texts([held.get("term") for held in entry.iter(f"{_ATOM}category")])
    paper.licence = text(entry.findtext(f"{_DC}rights"))
    paper.venue = text(entry.findtext(f"{_ARXIV}journal_reference"))
    # A replacement is announced, but not for the first time; a cross-list may be.
    if not kind.startswith("replace") and _is_fresh(paper.arxiv, day):
        paper.announced = day
    return Record(paper=paper, source=NAME, as_of=day)
