"""arXiv: rows of its metadata in the forms they are passed around, and its daily Atom feed.

Forms: the public metadata snapshot (https://www.kaggle.com/datasets/Cornell-University/arxiv),
an archive form with one author string and one date, daily announcements, and the Atom feed of
https://info.arxiv.org/help/rss.html.
"""

import re
import time
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import httpx
import stamina
from defusedxml import DefusedXmlException

from papertide import __version__
from papertide.papers import (
    Paper,
    Record,
    Version,
    arxiv_id,
    arxiv_month,
    author_name,
    doi,
    full_date,
    split_authors,
)
from papertide.sources.base import (
    Rejection,
    SourceError,
    Unreadable,
    date_text,
    names,
    objects,
    text,
    texts,
)

NAME = "arxiv"
# cs.CV, math-ph, cond-mat.stat-mech; not the classes of the ACM and the AMS that stand beside.
_CATEGORY = re.compile(r"[a-z]{1,8}(?:-[a-z]{2,4})?(?:\.[A-Za-z-]{2,12})?\Z")
_VERSION = re.compile(r"v?([1-9]\d{0,3})\Z", re.ASCII)


def snapshot_row(row: dict[str, Any]) -> Record:
    """A record from a row of the public metadata snapshot."""
    versions = [
        Version(int(number[1]), date_text(held.get("created")))
        for held in objects(row.get("versions"))
        if (number := _VERSION.match(text(held.get("version"))))
    ]
    updated = versions[-1].date if versions else ""
    paper = _paper(row, authors=_parsed_names(row), published=versions[0].date if versions else "")
    paper.categories = _categories(text(row.get("categories")).split())
    paper.versions, paper.updated = versions, updated if len(versions) > 1 else ""
    paper.licence = text(row.get("license"))
    paper.comment = text(row.get("comments"))
    paper.venue = text(row.get("journal-ref"))
    return Record(paper=paper, source=NAME, as_of=date_text(row.get("update_date")) or updated)


def archive_row(row: dict[str, Any]) -> Record:
    """A record from a row of the archive form: authors in one string, the first version's date."""
    paper = _paper(row, authors=split_authors(text(row.get("authors"))), published=row.get("date"))
    paper.categories = _categories([row.get("primary_cat"), *texts(row.get("categories"))])
    paper.comment = text(row.get("comments"))
    return Record(paper=paper, source=NAME, as_of=paper.published)


def announcement_row(row: dict[str, Any]) -> Record:
    """A record from a row of the daily announcements.

    The row's date is the announcement's; of the paper's own it says no more than its id does,
    so an old id announced again (a cross-list, a replacement) gives no announcement day.
    """
    paper = _paper(row, authors=names(row.get("authors")), published="")
    announced = date_text(row.get("announced"))
    paper.categories = _categories(row.get("categories"))
    paper.comment = text(row.get("comment"))
    paper.announced = announced if _is_fresh(paper.arxiv, announced) else ""
    return Record(paper=paper, source=NAME, as_of=announced)


def _is_fresh(identifier: str, announced: str) -> bool:
    """Whether a paper announced that day can be new: its id is of that month or the one before."""
    year, month = map(int, arxiv_month(identifier).split("-"))
    day = full_date(announced)
    return day is not None and 0 <= (day.year - year) * 12 + day.month - month <= 1


def _paper(row: dict[str, Any], *, authors: list[str], published: Any) -> Paper:
    known = arxiv_id(text(row.get("id")))
    if known is None:
        raise Unreadable(f"not an arXiv id: {text(row.get('id'))[:40]!r}")
    title = text(row.get("title"))
    if not title:
        raise Unreadable("no title")
    # An article of several has several DOIs; one with a space within cannot be told from two.
    dois = [doi(part) for part in text(row.get("doi")).split()]
    return Paper(
        title=title,
        abstract=text(row.get("abstract")),
        authors=authors,
        identities=[f"arxiv:{known.id}"]
        + ([f"doi:{name}" for name in dict.fromkeys(dois)] if all(dois) else []),
        published=date_text(published),
        versions=[Version(known.version)] if known.version else [],
    )


def _parsed_names(row: dict[str, Any]) -> list[str]:
    parsed = row.get("authors_parsed")
    if not parsed:
        return split_authors(text(row.get("authors")))
    if not isinstance(parsed, list) or not all(isinstance(entry, list) for entry in parsed):
        raise Unreadable("expected a list of names in parts")
    people = []
    for last, first, suffix, *_ in ([*map(text, entry), "", "", ""] for entry in parsed):
        if name := author_name(f"{first} {last}"):
            people.append(f"{name}, {suffix}" if suffix else name)
    return list(dict.fromkeys(people))


def _categories(codes: Any) -> list[str]:
    return [code for code in texts(codes) if _CATEGORY.match(code)]


# --- the daily feed --------------------------------------------------------------------------

_LIMIT = 32 * 2**20  # bytes; a day of all categories is under 10 MB
_PATIENCE = 60.0  # seconds for a whole answer
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ABSTRACT = re.compile(r"\AarXiv:\S+ +Announce Type: \S+\s+Abstract: *", re.I)


def fetch_daily(
    categories: Iterable[str], *, base: str, contact: str = "", timeout: float = 5.0
) -> bytes:
    """Today's Atom feed of some categories, in one request.

    `base` is where the feeds are; `timeout` is in seconds, for connecting and between two
    pieces of the answer. Raises SourceError when arXiv cannot be reached, answers with an
    error, too slowly or too much.
    """
    url = base + "+".join(categories)
    about = "https://github.com/papertide/papertide" + (f"; mailto:{contact}" if contact else "")
    agent = f"papertide/{__version__} (+{about})"
    try:
        for attempt in stamina.retry_context(on=_is_passing, attempts=2, wait_initial=1.0):
            with (
                attempt,
                httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=3) as client,
                client.stream("GET", url, headers={"User-Agent": agent}) as answer,
            ):
                answer.raise_for_status()
                body, until = bytearray(), time.monotonic() + _PATIENCE
                for piece in answer.iter_bytes():
                    if time.monotonic() > until:
                        raise SourceError(f"{url}: not all there after {_PATIENCE:.0f} s")
                    body += piece
                    if len(body) > _LIMIT:
                        raise SourceError(f"{url}: more than {_LIMIT >> 20} MB")
        return bytes(body)
    except httpx.HTTPStatusError as error:
        raise SourceError(f"{url} answered {error.response.status_code}") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceError(f"{url} cannot be reached ({type(error).__name__})") from None


def _is_passing(error: Exception) -> bool:
    """Whether another try may help: not where the network is closed, which answers at once."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (500, 502, 504)
    return isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)


def daily_feed(body: bytes) -> Iterator[Record | Rejection]:
    """The records of a daily Atom feed; raises SourceError where it is not one, or broken.

    Answers of arXiv's API are Atom too. They announce nothing: their dates are the paper's own.
    """
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
        "doi": entry.findtext(f"{_ARXIV}DOI") or entry.findtext(f"{_ARXIV}doi"),
    }
    people = [person.findtext(f"{_ATOM}name") for person in entry.iter(f"{_ATOM}author")]
    authors = names(people) or split_authors(text(entry.findtext(f"{_DC}creator")))
    paper = _paper(row, authors=authors, published="" if kind else day)
    paper.categories = _categories([held.get("term") for held in entry.iter(f"{_ATOM}category")])
    paper.licence = text(entry.findtext(f"{_DC}rights"))
    paper.comment = text(entry.findtext(f"{_ARXIV}comment"))
    paper.venue = text(
        entry.findtext(f"{_ARXIV}journal_reference") or entry.findtext(f"{_ARXIV}journal_ref")
    )
    if not kind:
        updated = date_text(entry.findtext(f"{_ATOM}updated"))
        paper.updated = updated if updated != day else ""
        return Record(paper=paper, source=NAME, as_of=updated)
    # A replacement is announced, but not for the first time; a cross-list may be.
    if not kind.startswith("replace") and _is_fresh(paper.arxiv, day):
        paper.announced = day
    return Record(paper=paper, source=NAME, as_of=day)
