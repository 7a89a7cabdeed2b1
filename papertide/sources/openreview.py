"""OpenReview: the submissions of chosen venues, and what became of them.

API version 2 (https://docs.openreview.net/reference/api-v2): a submission is a note whose
content stands under ``value``. Its ``venueid`` says where it stands: the venue's own id is an
accepted paper, below that are ``Submission``, ``Rejected_Submission``, ``Withdrawn_Submission``
and ``Desk_Rejected_Submission``.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from papertide.papers import Link, Paper, Record, arxiv_id, slug
from papertide.sources.answers import json_value, plain
from papertide.sources.base import (
    Fetch,
    Page,
    Rejection,
    SourceError,
    Unreadable,
    doi_identity,
    link,
    names,
    text,
    texts,
)

NAME = "openreview"
_SITE = "https://openreview.net"
_ID = re.compile(r"[A-Za-z0-9_-]{4,40}\Z", re.ASCII)
_STAGES = {  # how a venueid ends, below the venue's own
    "submission": "under review",
    "blind_submission": "under review",
    "rejected_submission": "rejected",
    "withdrawn_submission": "withdrawn",
    "desk_rejected_submission": "desk rejected",
}
_BIBTEX = re.compile(r"\b(doi|eprint|url|ee)\s*=\s*[{\"]([^{}\"]{1,300})[}\"]", re.I)
_PAGE = 1000  # notes a request, which is the most that is given
_MOST = 200  # requests a venue


def note(row: dict[str, Any]) -> Record:
    """A record from a note of a submission, of either version of the API.

    Authors who are still hidden are none. A withdrawal is the paper's status; a rejection is a
    fact about it (``extra``), no more.
    """
    identifier = text(row.get("id"))
    if not _ID.match(identifier):
        raise Unreadable(f"not an id of OpenReview: {identifier[:60]!r}")
    content = row.get("content")
    if not isinstance(content, dict):
        raise Unreadable("a note without content")
    content = {name: held.get("value") if isinstance(held, dict) else held
               for name, held in content.items()}  # fmt: skip
    title = text(content.get("title"))
    if not title:
        raise Unreadable("no title")
    venue, venue_id = text(content.get("venue")), text(content.get("venueid"))
    decision = _decision(venue_id)
    changed = _day(row.get("tmdate")) or _day(row.get("mdate")) or _day(row.get("cdate"))
    deleted = _day(row.get("ddate"))
    # Online is when everybody could see it, created when it was sent in.
    shown = _day(row.get("odate")) or _day(row.get("pdate")) or _day(row.get("cdate"))
    paper = Paper(
        title=title,
        abstract=plain(content.get("abstract")),
        authors=_authors(content.get("authors")),
        identities=list(dict.fromkeys([f"{NAME}:{identifier}", *_elsewhere(content)])),
        published=shown,
        updated=changed if changed > shown else "",
        venue=venue if decision == "accepted" else "",
        licence=text(row.get("license")),
        links=[Link("page", f"{_SITE}/forum?id={identifier}"), *_links(content, identifier)],
    )
    if decision == "withdrawn" or deleted:
        paper.status = "withdrawn"
        paper.status_note = venue or (f"Deleted on {deleted}" if deleted else "")
    facts = {
        "decision": decision,
        "venue": venue,
        "keywords": _keywords(content.get("keywords")),
        "tldr": text(content.get("TLDR") or content.get("TL;DR")),
        "area": text(content.get("primary_area")),
    }
    facts = {name: value for name, value in facts.items() if value}
    if facts:
        paper.extra = {NAME: facts | {"as_of": changed}}
    return Record(paper=paper, source=NAME, as_of=changed)


def _decision(venue_id: str) -> str:
    last = venue_id.rpartition("/")[2].lower()
    if last in _STAGES or last.endswith("_submission"):
        return _STAGES.get(last, "under review")
    return "accepted" if venue_id else ""


def _day(milliseconds: Any) -> str:
    """The day of a time in milliseconds since 1970, in UTC; empty where it is none."""
    if type(milliseconds) not in (int, float) or not 0 < milliseconds < 4e12:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def _authors(value: Any) -> list[str]:
    """Names as a list, as objects with a ``fullname`` as newer venues have them, or one name."""
    if isinstance(value, list):
        value = [held.get("fullname") or held.get("name") if isinstance(held, dict) else held
                 for held in value]  # fmt: skip
    else:
        value = [held.strip() for held in re.split(r"[,;]", text(value))]
    return [name for name in names(value) if slug(name) not in ("anonymous", "anonymous-authors")]


def _keywords(value: Any) -> list[str]:
    return texts(value) if isinstance(value, list) else texts(re.split(r"[,;]", text(value)))


def _elsewhere(content: dict[str, Any]) -> list[str]:
    """The identities that the note's BibTeX and its link to the paper elsewhere tell."""
    told = [(field.lower(), value.strip()) for field, value
            in _BIBTEX.findall(text(content.get("_bibtex"))[:20_000])]  # fmt: skip
    told += [("url", text(content.get("html"))), ("doi", text(content.get("doi")))]
    found = []
    for field, value in told:
        if (field == "eprint" or ":" in value) and (known := arxiv_id(value)):
            found.append(f"arxiv:{known.id}")
        elif field == "doi" or "doi.org/" in value:
            found += doi_identity(value)
    # Two arXiv ids cannot both be this paper: neither is believed.
    if len({name for name in found if name.startswith("arxiv:")}) > 1:
        found = [name for name in found if not name.startswith("arxiv:")]
    return found


def _links(content: dict[str, Any], identifier: str) -> list[Link]:
    pdf = text(content.get("pdf"))
    found = link("pdf", f"{_SITE}/pdf?id={identifier}" if pdf.startswith("/") else pdf)
    for field, kind in (("html", "page"), ("code", "code"), ("code_url", "code"),
                        ("project_page", "project"), ("video", "video")):  # fmt: skip
        value = content.get(field)
        found += link(kind, value) if isinstance(value, str) else []
    return found


# --- the source ------------------------------------------------------------------------------


class OpenReview:
    """The submissions of some venues (``ICLR.cc/2025/Conference``), all of them each time:
    decisions, authors and withdrawals come long after the submission.

    The cursor is which venue (``venue``) and how many of its notes were stored (``at``).
    """

    name, title = NAME, "OpenReview"
    about = "submissions of the venues you choose: decisions, keywords, withdrawals"
    every = timedelta(days=1)

    def __init__(self, venues: Sequence[str], base: str = "https://api2.openreview.net"):
        self.venues, self.base = list(venues), base

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        """All venues, or where a harvest broke off, from there; `since` leaves out submissions
        made before."""
        reached, at = cursor.get("venue"), cursor.get("at", 0)
        first = self.venues.index(reached) if reached in self.venues else 0
        for venue in self.venues[first:]:
            yield from self._venue(fetch, venue, at if venue == reached else 0, since)
        yield Page(rows=[], cursor={})

    def _venue(self, fetch: Fetch, venue: str, at: int, since: date | None) -> Iterator[Page]:
        params = {
            "invitation": f"{venue}/-/Submission",
            "sort": "number:asc",  # so that an offset means the same when it is asked again
            "limit": str(_PAGE),
        }
        if since:
            start = datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp()
            params["mintcdate"] = str(int(start * 1000))
        seen: set[str] = set()
        for _ in range(_MOST):
            answer = fetch(f"{self.base}/notes", params | {"offset": str(at)})
            held = json_value(answer)
            notes = held.get("notes") if isinstance(held, dict) else None
            if not isinstance(notes, list):
                message = text(str(held.get("message", ""))) if isinstance(held, dict) else ""
                raise SourceError(f"{answer.url} answered no notes {message[:200]}".strip())
            ids = {str(held.get("id")) for held in notes if isinstance(held, dict)}
            if not notes or (ids and ids <= seen):  # the end, or a page that repeats
                return
            seen |= ids
            at += len(notes)
            total = held.get("count")
            total = total if type(total) is int and total >= 0 else None
            yield Page(rows=rows_of(notes), cursor={"venue": venue, "at": at}, total=total)
            if len(notes) < _PAGE and (total is None or at >= total):
                return
        raise SourceError(f"the submissions of {venue} do not end")


def rows_of(notes: list[Any]) -> list[Record | Rejection]:
    """The records of the notes of an answer, and those that are no papers."""
    rows: list[Record | Rejection] = []
    for number, row in enumerate(notes, start=1):
        try:
            if not isinstance(row, dict):
                raise Unreadable(f"expected an object, found {type(row).__name__}")
            rows.append(note(row))
        except Unreadable as error:
            rows.append(Rejection(line=number, reason=str(error), text=repr(row)[:200]))
    return rows
