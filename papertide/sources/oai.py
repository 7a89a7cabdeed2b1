"""arXiv by OAI-PMH 2.0: the whole of its metadata, and from day to day what changed in it.

https://www.openarchives.org/OAI/openarchivesprotocol.html (sections are named below),
https://info.arxiv.org/help/oa/index.html for the formats ``arXiv`` and ``arXivRaw``.

A datestamp says when a record was last touched. It is no announcement, and sets no day.
"""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, ParseError, iterparse
from xml.parsers import expat

import msgspec

from papertide.papers import Paper, Record, arxiv_id
from papertide.sources import arxiv
from papertide.sources.base import Fetch, Page, Rejection, SourceError, Unreadable, date_text, text

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_RECORD = f"{_OAI}record"
_OVERLAP = timedelta(days=1)  # clocks differ, and a day's records are not all there at once
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)
_BETWEEN = re.compile(r"[,;]\s*")  # of several DOIs


class OaiPmh:
    """An OAI-PMH repository with arXiv's metadata, in one of its two formats.

    The cursor: ``from``, the day from which on this list was asked for; ``token`` of its next page
    (empty: it was read to its end, and "from" is where the next one begins); ``began``, the day of
    its first page by the server's clock; ``last``, the latest datestamp met, and whether the
    datestamps were ``sorted``. `set_` narrows it to one set, such as ``cs``; `until` ends it with
    a day's datestamps, and the next harvest begins there.
    """

    every = timedelta(days=1)
    until: date | None = None

    def __init__(
        self, name: str, title: str, about: str, prefix: str = "arXiv", set_: str = "",
        base: str = "https://oaipmh.arxiv.org/oai",
    ):  # fmt: skip
        self.name, self.title, self.about, self.base = name, title, about, base
        self._prefix, self._set = prefix, set_

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        """See `Source`. After an expired token the list is asked for again: from the last datestamp
        where they grow from page to page (which no server promises), else from its beginning."""
        at = {"from": since.isoformat() if since else "", "token": "", "began": "", "last": "",
              "sorted": True} | cursor  # fmt: skip
        seen, restarts = {at["token"]}, set()
        while True:
            try:
                reply = self._ask(fetch, at["from"], at["token"])
            except _ExpiredToken:
                start = _before(at["last"]) if at["sorted"] and at["last"] else ""
                start = max(start, at["from"])
                if not at["token"] or start in restarts:  # no way on: the next harvest tries again
                    raise SourceError(f"{self.title} forgets its resumption tokens too soon",
                                      reason="malformed") from None  # fmt: skip
                restarts.add(start)
                seen = {""}
                at = {"from": start, "token": "", "began": "", "last": "", "sorted": True}
                continue
            at["began"] = at["began"] or reply.date
            at["sorted"] = at["sorted"] and reply.sorted and at["last"] <= reply.first
            at["last"], at["token"] = max(at["last"], reply.last), reply.token
            if not reply.token:
                # What changed after the first page was made may be missing from the others.
                today = datetime.now(UTC).date().isoformat()
                ends = [at["began"], today, *([self.until.isoformat()] if self.until else [])]
                done = {"from": _before(min(ends)), "token": ""}
                yield Page(rows=reply.rows, cursor=done, total=reply.total)
                return
            if reply.token in seen:
                raise SourceError(f"{self.title} repeats a page: stopped before going in circles",
                                  reason="malformed")  # fmt: skip
            seen.add(reply.token)
            yield Page(rows=reply.rows, cursor=dict(at), total=reply.total)

    def _ask(self, fetch: Fetch, start: str, token: str) -> "Reply":
        """One page; a second time where the first was no OAI-PMH: servers in trouble say so in
        HTML with the status of success."""
        if token:
            asked = {"verb": "ListRecords", "resumptionToken": token}
        else:
            asked = {"verb": "ListRecords", "metadataPrefix": self._prefix}
            asked |= {"from": start} if start else {}
            asked |= {"until": self.until.isoformat()} if self.until else {}
            asked |= {"set": self._set} if self._set else {}
        try:
            return read(fetch(self.base, asked).body)
        except SourceError as error:
            if error.reason != "malformed":
                raise
            return read(fetch(self.base, asked).body)


class Reply(msgspec.Struct, kw_only=True):
    """A page of ListRecords: its rows, and what its envelope says."""

    rows: list[Record | Rejection] = msgspec.field(default_factory=list)
    date: str = ""  # the day it was made, by the server's own clock
    token: str = ""  # of the next page; empty at the end of the list
    total: int | None = None
    first: str = ""  # the datestamps of the first row and of the latest; whether they only grow
    last: str = ""
    sorted: bool = True


class _ExpiredToken(Exception):
    """The server does not know the resumption token (any more)."""


def read(body: bytes) -> Reply:
    """Read an answer to ListRecords; raises SourceError on what is none, or tells of an error.

    Characters that XML forbids are dropped, where they alone make it unreadable: one such record
    would else stop every harvest for good.
    """
    try:
        return _read(body)
    except ParseError as error:
        mended = _FORBIDDEN.sub("", body.decode("utf-8", "replace")).encode()
        if mended == body:
            raise _not_oai(body, str(error)) from None
    try:
        return _read(mended)
    except ParseError as error:
        raise _not_oai(body, str(error)) from None


# Also as references: &#x1b; is as forbidden as the character (XML 1.0, section 2.2).
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])"
    "|x0*(?:[0-8bcBCefEF]|1[0-9a-fA-F]));"
)


def _read(body: bytes) -> Reply:
    root = _root(body)
    if root != f"{_OAI}OAI-PMH":
        raise _not_oai(body, f"its root is {root.rpartition('}')[2][:40]!r}")
    reply, listed = Reply(), False
    for _, element in iterparse(io.BytesIO(body)):
        if element.tag == _RECORD:
            _add(reply, element)
            element.clear()  # a page is never in memory as a whole tree
        elif element.tag == f"{_OAI}resumptionToken":
            reply.token = (element.text or "").strip()
            size = element.get("completeListSize", "")
            reply.total = int(size) if size.isascii() and size.isdigit() else None
        elif element.tag == f"{_OAI}responseDate":
            reply.date = _day(element.text)
        elif element.tag == f"{_OAI}error":
            _raise(element.get("code", "unknown"), " ".join((element.text or "").split())[:200])
            listed = True
        elif element.tag == f"{_OAI}ListRecords":
            listed = True
    if not (listed and reply.date):  # else it would pass for a list without records
        raise _not_oai(body, "it lacks ListRecords or its responseDate")
    return reply


def _root(body: bytes) -> str:
    """The name of the root element; raises SourceError on a document type before it.

    Entity bombs need one, and it can stand nowhere else. (defusedxml refuses it too, but reads
    with Python's slow parser.)
    """
    found = []

    def refuse(*_) -> None:
        raise SourceError("the answer holds a document type, as entity bombs do: not read",
                          reason="malformed")  # fmt: skip

    def stop(name: str, _) -> None:
        found.append("{" + name if "}" in name else name)
        raise StopIteration

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, stop
    # what is not well-formed is met again, with its reason
    with suppress(StopIteration, expat.ExpatError):
        parser.Parse(body, True)
    return found[0] if found else ""


def _raise(code: str, message: str) -> None:
    """What an error of the repository means (section 3.6)."""
    if code == "badResumptionToken":
        raise _ExpiredToken("the resumption token is not known (any more)")
    if code != "noRecordsMatch":
        raise SourceError(f"OAI-PMH: {code}{f': {message}' if message else ''}", reason="status")


def _not_oai(body: bytes, why: str) -> SourceError:
    html = b"<html" in body[:2000].lower()
    kind = "a page of HTML" if html else "not well-formed OAI-PMH"
    return SourceError(f"the answer is {kind} ({why})", reason="malformed")


def _day(stamp: str | None) -> str:
    """The day of a datestamp, whichever granularity it has (section 3.3)."""
    found = _DAY.match((stamp or "").strip())
    return found[0] if found else ""


def _before(day: str) -> str:
    return (date.fromisoformat(day) - _OVERLAP).isoformat()


# --- records ---------------------------------------------------------------------------------


def _add(reply: Reply, element: Element) -> None:
    """Read one record into a reply; what is no paper is among its rows as a rejection."""
    header = element.find(f"{_OAI}header")
    identifier = stamp = ""
    if header is not None:
        identifier = (header.findtext(f"{_OAI}identifier") or "").strip()
        stamp = _day(header.findtext(f"{_OAI}datestamp"))
    reply.first = reply.first or stamp
    reply.sorted = reply.sorted and stamp >= reply.last
    reply.last = max(reply.last, stamp)
    try:
        if header is not None and header.get("status") == "deleted":
            row = _deleted(identifier, stamp)
        else:
            row = _record(element, stamp)
        row.line = len(reply.rows) + 1
        reply.rows.append(row)
    except Unreadable as error:
        reply.rows.append(
            Rejection(line=len(reply.rows) + 1, reason=str(error), text=identifier[:200])
        )


def _deleted(identifier: str, stamp: str) -> Record:
    known = arxiv_id(identifier)
    if known is None:
        raise Unreadable(f"not an arXiv id: {identifier[:40]!r}")
    paper = Paper(identities=[f"arxiv:{known.id}"], status="removed",
                  status_note="Deleted by arXiv.")  # fmt: skip
    return Record(paper=paper, source=arxiv.NAME, as_of=stamp)


_FIELDS = (
    "id", "title", "abstract", "authors", "categories", "doi", "license", "comments", "journal-ref",
    "created", "updated",
)  # fmt: skip


def _record(element: Element, stamp: str) -> Record:
    """A record, read as the row that the metadata snapshot has of it."""
    metadata = element.find(f"{_OAI}metadata")
    if metadata is None or not len(metadata):
        raise Unreadable("no metadata")
    row: dict[str, Any] = {"update_date": stamp, "versions": []}
    for held in metadata[0]:
        name = held.tag.rpartition("}")[2]  # some records lack the namespace
        if name == "version":
            created = next((part.text for part in held if part.tag.endswith("date")), "")
            row["versions"].append({"version": held.get("version"), "created": created})
        elif name == "authors" and len(held):
            row["authors_parsed"] = [*map(_name, held)]
        elif name in _FIELDS:
            row.setdefault(name, held.text)
    row["doi"] = _BETWEEN.sub(" ", row.get("doi") or "")
    record = arxiv.snapshot_row(row)
    paper = record.paper
    paper.published = date_text(row.get("created")) or paper.published
    paper.updated = date_text(row.get("updated")) or paper.updated
    return record


def _name(author: Element) -> list[str]:
    """An author's name in parts; of collaborations too: "Collaboration", "for the DES"."""
    parts: dict[str, list[str]] = {}
    for held in author:
        parts.setdefault(held.tag.rpartition("}")[2], []).append(text(held.text))
    return [" ".join(parts.get(part, [])) for part in ("keyname", "forenames", "suffix")]
