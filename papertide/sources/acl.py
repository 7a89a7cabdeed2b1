"""The ACL Anthology: proceedings of computational linguistics, from its own XML.

Files of https://github.com/acl-org/acl-anthology (``data/xml/2024.acl.xml``; schema.rnc beside
them; ids: https://aclanthology.org/info/ids/), one a collection of volumes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import Element

from papertide.papers import Link, Paper, PartialDate, Record, Version, author_name
from papertide.sources.answers import conditions, xml_root
from papertide.sources.base import (
    Fetch,
    Page,
    Rejection,
    SourceError,
    Unreadable,
    date_text,
    doi_identity,
    link,
    text,
    texts,
)

NAME = "acl"
_SITE = "https://aclanthology.org/"
_ID = re.compile(
    r"(?:\d{4}\.[a-z0-9_]{1,40}-[A-Za-z0-9_]{1,40}\.\d{1,5}|[A-Z]\d{2}-\d{4,5})\Z", re.ASCII
)
_REVISION = re.compile(r"(?:[2-9]|[1-9]\d)\Z", re.ASCII)  # the first is the paper itself
_OLD = re.compile(r"[A-Z]\d{2}\Z", re.ASCII)
_STATUSES = {"retracted": "retracted", "removed": "removed"}


def collection(body: bytes) -> Iterator[Record | Rejection]:
    """The papers of a file, in its order; front and back matter are none.

    Raises SourceError where it is no file of the Anthology.
    """
    root = xml_root(body, "the collection")
    if root.tag != "collection" or not root.get("id"):
        raise SourceError(f"not a file of the ACL Anthology: its root is {root.tag!r}")
    number = 0
    for volume in root.iterfind("volume"):
        try:
            about = _volume(root.get("id", ""), volume)
        except Unreadable as error:
            yield Rejection(line=number + 1, reason=str(error), text=volume.get("id", "")[:200])
            continue
        for paper in volume.iterfind("paper"):
            number += 1
            if paper.get("type") in ("frontmatter", "backmatter"):
                continue
            try:
                yield _record(paper, about)
            except Unreadable as error:
                told = text(paper.findtext("url")) or paper.get("id", "")
                yield Rejection(line=number, reason=str(error), text=told[:200])


def _volume(collection_id: str, volume: Element) -> dict[str, str]:
    """What a volume says of all its papers."""
    meta = volume.find("meta")
    meta = Element("meta") if meta is None else meta
    return {
        "collection": collection_id,
        "id": volume.get("id", ""),
        "venue": marked_text(meta.find("booktitle")),
        "month": _month(text(meta.findtext("year")), text(meta.findtext("month"))),
        "ingested": _partial(volume.get("ingest-date")),
    }


def _month(year: str, month: str) -> str:
    """``2024-08`` of a year and ``August``, ``August 11-16`` or ``July–August``."""
    named = re.match(r"[A-Za-z]{3,9}", month)
    for told in (f"{named[0]} 1, {year}" if named else "", f"{year}-{month}", year):
        try:
            found = PartialDate.parse(told)
        except ValueError:
            continue
        return str(PartialDate(found.year, found.month))
    return ""


def _partial(value: str | None) -> str:
    try:
        return date_text(value)
    except Unreadable:
        return ""


def _record(paper: Element, volume: dict[str, str]) -> Record:
    known = _anthology_id(paper, volume)
    title = marked_text(paper.find("title"))
    if not title:
        raise Unreadable("no title")
    revisions = [
        Version(int(number), _partial(held.get("date")))
        for held in paper.iterfind("revision")
        if _REVISION.match(number := held.get("id", ""))
    ]
    record = Paper(
        title=title,
        abstract=marked_text(paper.find("abstract")),
        authors=_people(paper.iterfind("author")),
        identities=[f"acl:{known}", *doi_identity(paper.findtext("doi"))],
        published=volume["month"],
        updated=max((held.date for held in revisions), default=""),
        versions=[Version(1, volume["month"]), *revisions] if revisions else [],
        venue=volume["venue"],
        links=[Link("page", f"{_SITE}{known}/"), Link("pdf", f"{_SITE}{known}.pdf"),
               *_links(paper)],
    )  # fmt: skip
    for tag, status in _STATUSES.items():
        if (notice := paper.find(tag)) is not None:
            record.status = status
            day = _partial(notice.get("date"))
            record.status_note = ": ".join(filter(None, (day, marked_text(notice))))
    facts = {
        "awards": texts([held.text for held in paper.iterfind("award")]),
        "language": text(paper.findtext("language")),
        "errata": texts([held.text for held in paper.iterfind("erratum")]),
    }
    if facts := {name: value for name, value in facts.items() if value}:
        record.extra = {NAME: facts | {"as_of": volume["ingested"]}}
    as_of = max(_partial(paper.get("ingest-date")), volume["ingested"], record.updated)
    return Record(paper=record, source=NAME, as_of=as_of)


def _anthology_id(paper: Element, volume: dict[str, str]) -> str:
    """``2024.acl-long.1``, or before 2020 ``P19-1001``: of its address, else put together."""
    told = text(paper.findtext("url")).removeprefix(_SITE).removesuffix("/").removesuffix(".pdf")
    if _ID.match(told):
        return told
    name, number = volume["id"], paper.get("id", "")
    if _OLD.match(volume["collection"]):
        width = 2 if volume["collection"][0] == "W" else 3
        made = f"{volume['collection']}-{name.zfill(4 - width)}{number.zfill(width)}"
    else:
        made = f"{volume['collection']}-{name}.{number}"
    if not _ID.match(made):
        raise Unreadable(f"not an id of the Anthology: {made[:60]!r}")
    return made


def _people(found: Iterable[Element]) -> list[str]:
    people = []
    for person in found:
        parts = [text("".join(held.itertext())) for tag in ("first", "last")
                 if (held := person.find(tag)) is not None]  # fmt: skip
        people.append(author_name(" ".join(parts) or text(person.text)))
    return list(dict.fromkeys(filter(None, people)))


def _links(paper: Element) -> list[Link]:
    found = [held for code in paper.iterfind("pwccode") for held in link("code", code.get("url"))]
    for video in paper.iterfind("video"):
        found += link("video", video.get("href"))
    for erratum in paper.iterfind("erratum"):
        name = text(erratum.text)
        if re.fullmatch(r"[A-Za-z0-9._-]{1,80}", name):
            found += link("page", f"{_SITE}{name}.pdf")
    return found


def marked_text(element: Element | None) -> str:
    """The text of a title or abstract: ``<fixed-case>`` and its like off, formulas as LaTeX.

    A dollar in the text itself is escaped, as LaTeX has it.
    """
    if element is None:
        return ""
    pieces: list[str] = []
    todo: list[Element | str] = [element]
    while todo:  # no recursion: nesting is as deep as its writer likes
        held = todo.pop()
        if isinstance(held, str):
            pieces.append(held.replace("$", r"\$"))
        elif held.tag == "tex-math":
            pieces.append(f"${''.join(held.itertext()).strip('$')}$")
        else:
            todo += [part for child in reversed(held) for part in (child.tail or "", child)]
            todo.append(held.text or "")
    return text("".join(pieces))


# --- the source ------------------------------------------------------------------------------


class Acl:
    """Collections of the Anthology (``2024.acl``), each a file that is fetched when it changed.

    The cursor is how many collections were stored (``at``, 0 when all were), and by address the
    headers that ask for changes only (``seen``).
    """

    name, title = NAME, "ACL Anthology"
    about = "proceedings of computational linguistics: revisions, retractions, errata, awards"
    every = timedelta(days=1)

    def __init__(
        self, collections: Sequence[str],
        base: str = "https://raw.githubusercontent.com/acl-org/acl-anthology/master/data/xml/",
    ):  # fmt: skip
        self.collections, self.base = list(collections), base

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        """A page a collection; `since` leaves none out, for a file tells no dates before it is
        read."""
        seen = dict(cursor.get("seen", {}))
        start = cursor.get("at", 0)
        for number, name in enumerate(self.collections, start=1):
            if number <= start < len(self.collections):
                continue
            url = f"{self.base}{name}.xml"
            answer = fetch(url, headers=seen.get(url), accept=(200, 304, 404))
            rows: list[Record | Rejection] = []
            if answer.status == 404:
                reason = "the Anthology has no such collection (its ids are like 2024.acl)"
                rows = [Rejection(line=number, reason=reason, text=name)]
            elif answer.status == 200:
                rows = list(collection(answer.body))
                seen[url] = conditions(answer)
            yield Page(rows=rows, cursor={"at": number % len(self.collections), "seen": seen | {}},
                       total=len(rows))  # fmt: skip
