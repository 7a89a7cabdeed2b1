"""Readers' libraries: what they keep of papers in BibTeX, RIS, CSL-JSON or Zotero.

An entry is a paper as the reader's file tells it, and the reader's own words beside it: tags,
notes, the day it was added, the key it is cited by. Those never become part of the paper.
Reading files is in `files.entries`; here is what the formats share, and the matching of entries
against a catalogue.
"""

import html
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from papertide.merging import choose
from papertide.papers import (
    Paper,
    PartialDate,
    Record,
    arxiv_id,
    author_name,
    split_authors,
    title_key,
)
from papertide.sources.base import Rejection, Unreadable, doi_identity, link, text, texts

# --- entries ---------------------------------------------------------------------------------


class LibraryEntry(msgspec.Struct, kw_only=True):
    """One entry of a reader's library. Its paper may lack a title where it has an identity."""

    record: Record
    key: str = ""  # it is cited by, or its key in Zotero
    tags: list[str] = []
    notes: list[str] = []
    added: str = ""  # as PartialDate writes it


_DAYS = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?(?!\d)", re.ASCII),
    re.compile(r"(?P<m>\d{1,2})/(?P<y>\d{4})(?!\d)", re.ASCII),
)
_WORDS = re.compile(
    r"(?:(?P<d>\d{1,2})\.?\s+)?(?P<m>[A-Za-z]{3,9})\.?,?\s+(?:(?P<d2>\d{1,2}),?\s+)?(?P<y>\d{4})",
    re.ASCII,
)
_YEAR = re.compile(r"(?<!\d)(?:1[4-9]|20)\d\d(?!\d)", re.ASCII)


def loose_date(value: str) -> str:
    """The stored form of a date as people write it; only the year where the rest is not clear.

    Empty where there is none: a library's entry is not lost for a bad date.
    """
    value = value.strip()[:100]
    tried = [value, value[:10]]
    for pattern in _DAYS:
        if found := pattern.match(value):
            parts = found.groupdict()
            known = [parts["y"], *(f"{int(parts[n]):02}" for n in "md" if parts.get(n))]
            tried += ["-".join(known), "-".join(known[:2])]
    if found := _WORDS.match(value):
        month, day = found["m"], found["d"] or found["d2"]
        try:
            known_month = PartialDate.parse(f"{month} 1, {found['y']}").month
            tried += [f"{found['y']}-{known_month:02}-{int(day):02}"] if day else []
            tried.append(f"{found['y']}-{known_month:02}")
        except ValueError:
            pass
    if found := _YEAR.search(value):
        tried.append(found[0])
    for one in tried:
        try:
            if (known := PartialDate.parse(one)).year:
                return str(known)
        except ValueError:
            continue
    return ""


_ARXIV = re.compile(
    r"(?:arxiv\s*:\s*|arxiv\.org/(?:abs|pdf|html)/|\babs/|10\.48550/arxiv\.)"
    r"((?:\d{4}\.\d{4,5}|[a-z-]{2,12}(?:\.[a-z]{2})?/\d{7})(?!\d)(?:v\d{1,3})?)",
    re.I | re.ASCII,
)
_ARXIV_VENUE = re.compile(
    r"(?:arxiv\b(?:[ .:](?:org|e-?prints?|preprints?|cornell university)?)*|corr\b)"
    r"[\s,:]*(?:(?:arxiv|abs)[:/].*)?(?:\[.*)?\Z",
    re.I | re.S,
)


def entry(
    source: str, *, title: str = "", authors: Iterable[str] = (), abstract: str = "",
    date: str = "", venue: str = "", dois: Iterable[str] = (), arxiv: str = "",
    mentions: Iterable[str] = (), pmid: str = "", urls: Iterable[str] = (), key: str = "",
    tags: Iterable[str] = (), notes: Iterable[str] = (), added: str = "", line: int = 0,
) -> LibraryEntry:  # fmt: skip
    """An entry from what a format says of it.

    `arxiv` is a field made for arXiv ids; `mentions` are fields that people put one into, such as
    the journal ("arXiv preprint arXiv:1706.03762"): they count where they name only one. Raises
    Unreadable where there is neither a title nor an id.
    """
    urls = [address for given in urls for address in given.split()]
    identities = [name for one in dois for name in doi_identity(_plain(one))]
    if known := arxiv_id(_plain(arxiv)):
        identities.append(f"arxiv:{known.id}")
    else:
        named = {
            known.id
            for mention in (*mentions, venue, *urls)
            for found in _ARXIV.findall(_plain(mention))
            if (known := arxiv_id(found))
        }
        if len(named) == 1:
            identities.append(f"arxiv:{named.pop()}")
    # DOIs end in a link's path: not in its question or its fragment.
    at_doi = [one for one in urls if re.match(r"https?://(?:dx\.)?doi\.org/", one, re.I)]
    identities += [name for one in at_doi for name in doi_identity(re.split(r"[?#]", one)[0])]
    if re.fullmatch(r"\d{1,9}", pmid.strip(), re.ASCII):
        identities.append(f"pmid:{pmid.strip()}")
    identities = list(dict.fromkeys(identities))
    if not title and not identities:
        raise Unreadable("neither a title nor an id")
    elsewhere = [one for one in urls if one not in at_doi and not _ARXIV.search(one)]
    paper = Paper(
        title=title,
        abstract=abstract,
        authors=list(dict.fromkeys(filter(None, authors))),
        identities=identities,
        published=loose_date(date),
        venue="" if _ARXIV_VENUE.match(_plain(venue)[:200]) else venue,
        links=[held for one in elsewhere[:3] for held in link("page", one)],
    )
    return LibraryEntry(
        record=Record(paper=paper, source=source, line=line),
        key=key,
        tags=list(dict.fromkeys(filter(None, tags))),
        notes=list(dict.fromkeys(filter(None, notes))),
        added=loose_date(added),
    )


def _plain(value: str) -> str:
    """An identifier or link without what BibTeX and HTML do to its letters."""
    return html.unescape(re.sub(r"[\\{}]", "", value)).strip()


def person(name: str) -> str:
    """The name for people of ``Family, Given`` or ``Family, Given, Jr.``, or of one as it is."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 2:
        return author_name(f"{parts[1]} {parts[0]}")
    if len(parts) == 3:
        return ", ".join(filter(None, (author_name(f"{parts[1]} {parts[0]}"), parts[2])))
    return author_name(name)


def people(value: Any) -> list[str]:
    """Names of a list of texts ``Family, Given``, or of one text with several names."""
    return split_authors(text(value)) if isinstance(value, str) else list(map(person, texts(value)))


# --- matching --------------------------------------------------------------------------------


class Match(msgspec.Struct, kw_only=True):
    """An entry and the paper of the catalogue that it is; `by` says how that is known.

    `by` is a scheme of identities (``arxiv``, ``doi``, …) or ``title``; where no paper was found
    it is empty, and `reason` says why.
    """

    entry: LibraryEntry
    paper: Paper | None = None
    by: str = ""
    reason: str = ""


class Candidates(NamedTuple):
    """Papers of a catalogue by what they are called, and by the key of a title they have or had."""

    by_identity: dict[str, list[Paper]]
    by_title: dict[str, list[Paper]]


Find = Callable[[Collection[str], Collection[str]], Candidates]  # identities, title keys

_BATCH = 500  # entries that one question to the catalogue is about


def match(entries: Iterable[LibraryEntry | Rejection], find: Find) -> Iterator[Match | Rejection]:
    """Each entry with its paper, or with the reason why there is none, in the file's order.

    By arXiv id, by DOI, by other ids, then by title and authors. What fits several papers is
    never guessed.
    """
    entries = iter(entries)
    while batch := list(islice(entries, _BATCH)):
        papers = [one.record.paper for one in batch if isinstance(one, LibraryEntry)]
        found = find(
            {name for paper in papers for name in paper.identities},
            {key for paper in papers if (key := title_key(paper.title))},
        )
        for one in batch:
            yield one if isinstance(one, Rejection) else _match(one, found)


def _match(one: LibraryEntry, found: Candidates) -> Match:
    paper = one.record.paper
    same_title = found.by_title.get(title_key(paper.title), []) if paper.title else []
    order = {"arxiv": 0, "doi": 1}
    names = sorted(paper.identities, key=lambda name: order.get(name.partition(":")[0], 2))
    several = ""
    for name in names:
        held = found.by_identity.get(name, [])
        if len(held) > 1:  # two papers on arXiv may bear the DOI of one article
            titled = {other.id for other in same_title}
            held = [other for other in held if other.id in titled] or held
        if len(held) == 1:
            return Match(entry=one, paper=held[0], by=name.partition(":")[0])
        if held:
            several = f"{len(held)} papers here have {name}"
    if chosen := choose(paper, same_title):
        return Match(entry=one, paper=chosen, by="title")
    return Match(entry=one, reason=several or _reason(paper, same_title))


def _reason(paper: Paper, same_title: list[Paper]) -> str:
    if len(same_title) > 1:
        return f"{len(same_title)} papers here have this title, and nothing tells which it is"
    if same_title:
        return "the paper of this title here has other authors, or another id"
    if not paper.title:
        return "no paper here has its id, and it has no title"
    return (
        "no paper here has its id or its title"
        if paper.identities
        else ("no paper here has its title, and it has no id")
    )
