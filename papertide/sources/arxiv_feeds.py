"""arXiv's daily feeds, RSS 2.0 and Atom: the fastest list of what was announced.

https://info.arxiv.org/help/rss.html and https://info.arxiv.org/help/rss_specifications.html.
A feed holds one day and is replaced at midnight Eastern time; on weekends and holidays it is
empty. Who misses a day gets it from OAI-PMH, but without its announcement.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import msgspec

from papertide.papers import Announcement, Record, split_authors
from papertide.sources.answers import conditions, xml_root
from papertide.sources.arxiv import NAME, categories, is_fresh, note_submitted, paper_of
from papertide.sources.base import (
    Fetch,
    Page,
    Rejection,
    SourceError,
    Unreadable,
    date_text,
    names,
    text,
)

ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ABSTRACT = re.compile(r"\AarXiv:\S+ +Announce Type: \S+\s+Abstract: *", re.I)
_SERVED = re.compile(r"arxiv\.org/(?:rss|atom)/([A-Za-z.+-]{1,2000})/?\Z")
_FULL = 2000  # entries; a feed of several categories stops there


class Feed(msgspec.Struct, kw_only=True):
    """What a daily feed says: its day, what it is a feed of, and what was announced."""

    day: str  # a full date, or empty where the feed has none
    categories: list[str]  # as in its address; empty where that is not known
    skip_days: list[str]  # on which it is empty: "Saturday"; Atom does not say
    rows: list[Record | Rejection]

    @property
    def announced(self) -> int:
        """How many papers it announces as new ones."""
        kinds = (a.kind for row in self.rows if isinstance(row, Record) for a in row.announcements)
        return sum(kind == "new" for kind in kinds)


def daily_feed(body: bytes) -> Feed:
    """Read a daily feed of either form; raises SourceError where it is none, or broken.

    Answers of arXiv's API are Atom too. They announce nothing: their dates are the paper's own.
    """
    root = xml_root(body, "the feed")
    if root.tag == f"{ATOM}feed":
        days, served = [root.findtext(f"{ATOM}updated")], [root.findtext(f"{ATOM}id")]
        skipped: Iterable[Element] = ()
        read, entries = atom_entry, root.iter(f"{ATOM}entry")
    elif root.tag == "rss" and (channel := root.find("channel")) is not None:
        # pubDate is the announcement's day, lastBuildDate when the file was made.
        days = [channel.findtext("pubDate"), channel.findtext("lastBuildDate")]
        served = [channel.findtext("link")]
        skipped = channel.iterfind("skipDays/day")
        read, entries = _rss_item, channel.iter("item")
    else:
        raise SourceError(f"not a feed of arXiv's: its root is {root.tag.rpartition('}')[2]!r}")
    feed = Feed(
        day=next(filter(None, map(_day, days)), ""),
        categories=next((found for name in served for found in _served(name)), []),
        skip_days=sorted({text(day.text) for day in skipped} - {""}),
        rows=[],
    )
    for number, entry in enumerate(entries, start=1):
        try:
            feed.rows.append(read(entry, feed.categories))
        except Unreadable as error:
            title = text(entry.findtext(f"{ATOM}title") or entry.findtext("title"))
            feed.rows.append(Rejection(line=number, reason=str(error), text=title[:200]))
    return feed


def _day(value: str | None) -> str:
    try:
        told = date_text(value)
    except Unreadable:
        return ""
    return told if len(told) == 10 else ""


def _served(address: str | None) -> list[list[str]]:
    found = _SERVED.search(text(address))
    return [[code for code in found[1].split("+") if code]] if found else []


def atom_entry(entry: Element, asked: Sequence[str] = ()) -> Record:
    """The record of an Atom entry, of a daily feed of some categories or of the API's answer."""
    return _record(
        entry,
        row={
            "id": entry.findtext(f"{ATOM}id"),
            "title": entry.findtext(f"{ATOM}title"),
            "abstract": entry.findtext(f"{ATOM}summary"),
        },
        codes=[held.get("term") for held in entry.iterfind(f"{ATOM}category")],
        people=[held.findtext(f"{ATOM}name") for held in entry.iterfind(f"{ATOM}author")],
        days=(entry.findtext(f"{ATOM}published"), entry.findtext(f"{ATOM}updated")),
        asked=asked,
    )


def _rss_item(item: Element, asked: Sequence[str]) -> Record:
    return _record(
        item,
        row={
            # the guid tells the version, the link does not
            "id": item.findtext("guid") or item.findtext("link"),
            "title": item.findtext("title"),
            "abstract": item.findtext("description"),
        },
        codes=[held.text for held in item.iterfind("category")],
        people=[],
        days=(item.findtext("pubDate"), ""),
        asked=asked,
    )


def _record(
    entry: Element, *, row: dict[str, Any], codes: list, people: list, days: tuple, asked
) -> Record:  # fmt: skip
    """What the elements of arXiv's own name space tell, alike in both forms, and the rest."""
    day, updated = map(date_text, days)
    kind = text(entry.findtext(f"{_ARXIV}announce_type")).lower()
    row["abstract"] = _ABSTRACT.sub("", row["abstract"] or "")
    row["doi"] = entry.findtext(f"{_ARXIV}DOI") or entry.findtext(f"{_ARXIV}doi")
    row["comment"] = entry.findtext(f"{_ARXIV}comment")
    authors = names(people) or split_authors(text(entry.findtext(f"{_DC}creator")))
    paper = paper_of(row, authors=authors, published="" if kind else day)
    primary = entry.find(f"{_ARXIV}primary_category")
    first = [primary.get("term")] if primary is not None else []
    paper.categories = categories([*first, *codes])
    paper.licence = text(entry.findtext(f"{_DC}rights"))
    paper.venue = text(
        entry.findtext(f"{_ARXIV}journal_reference") or entry.findtext(f"{_ARXIV}journal_ref")
    )
    if not kind:
        paper.updated = updated if updated != day else ""
        note_submitted(paper, days[0])
        return Record(paper=paper, source=NAME, as_of=updated)
    # A replacement is announced, but not for the first time; a cross-list may be.
    if not kind.startswith("replace") and is_fresh(paper.arxiv, day):
        paper.announced = day
    return Record(
        paper=paper, source=NAME, as_of=day,
        announcements=_announcements(day, kind, paper.categories, asked),
    )  # fmt: skip


def _announcements(
    day: str, kind: str, codes: list[str], asked: Sequence[str]
) -> list[Announcement]:
    """In which lists an entry stands: a new paper in that of its first category, others in
    those of their categories that the feed is of, in an archive's (``cs``) as well."""
    plain = kind.partition("-")[0]  # replace-cross is the replacement of a cross-list
    if len(day) != 10 or plain not in ("new", "cross", "replace"):
        return []
    if "-" not in kind and plain != "cross":
        lists = codes[:1]
    else:
        lists = [code for code in codes[1:] if code in asked or code.partition(".")[0] in asked]
    return [Announcement(day=day, kind=plain, category=code) for code in lists or [""]]


# --- the source ------------------------------------------------------------------------------


class ArxivDaily:
    """The feeds of some categories, in one request where arXiv allows it.

    The cursor is the day of the feed that was stored (``day``), how many papers it announced as
    new (``new``), on which days the feed is empty (``skip_days``), since when it has announced
    nothing (``silent_since``, empty where it did): what an alarm is made of; and by address the
    headers that ask for changes only (``seen``).
    """

    name, title = "arxiv-daily", "arXiv daily feeds"
    about = "what arXiv announced today in your categories: new papers, cross-lists, replacements"
    every = timedelta(hours=1)

    def __init__(self, chosen: Iterable[str], base: str = "https://rss.arxiv.org/atom/"):
        self.chosen, self.base = list(chosen), base

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        """The feed of today, whatever `since` is: arXiv keeps no other. A page without rows
        where it is the one that we have."""
        seen: dict[str, dict[str, str]] = {}
        feeds = list(self._feeds(fetch, self.chosen, cursor.get("seen", {}), seen))
        if None in feeds:
            yield Page(rows=[], cursor=cursor)
            return
        day = max(feed.day for feed in feeds)
        new = sum(feed.announced for feed in feeds)
        rows = [row for feed in feeds for row in feed.rows]
        yield Page(
            rows=rows,
            cursor={
                "day": day,
                "new": new,
                "skip_days": sorted({name for feed in feeds for name in feed.skip_days}),
                "silent_since": "" if new else cursor.get("silent_since") or day,
                "seen": seen,
            },
            total=len(rows),
        )

    def _feeds(
        self, fetch: Fetch, chosen: list[str], had: dict, seen: dict
    ) -> Iterator[Feed | None]:
        """The feeds, or None for what has not changed; of categories in halves where one feed
        cannot hold them all."""
        url = self.base + "+".join(chosen)
        answer = fetch(url, headers=had.get(url), accept=(200, 304))
        if answer.status == 304:
            yield None
            return
        feed = daily_feed(answer.body)
        if len(feed.rows) >= _FULL and len(chosen) > 1:
            half = len(chosen) // 2
            yield from self._feeds(fetch, chosen[:half], {}, {})
            yield from self._feeds(fetch, chosen[half:], {}, {})
        elif len(feed.rows) >= _FULL:
            feed.rows.append(Rejection(
                line=len(feed.rows) + 1, text=chosen[0],
                reason=f"the feed stops at {_FULL} entries; arxiv-oai brings the others",
            ))  # fmt: skip
            yield feed
        else:
            yield feed
        seen[url] = conditions(answer)
