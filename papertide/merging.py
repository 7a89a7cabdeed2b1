"""When two records are one paper, and what becomes of them then.

No I/O here. Everything that decides whether two records are the same paper, and which of two
values of a field stays, is in this module and nowhere else.
"""

import re
from collections.abc import Iterable

from papertide.papers import (
    STATUSES,
    Link,
    Paper,
    Record,
    Version,
    name_parts,
    public_id,
    title_key,
    words,
)

# --- the same paper? -------------------------------------------------------------------------

_SHORT_TITLE = 16  # letters; "Introduction" or "Editorial" alone says nothing


def _first_author_agrees(one: Paper, other: Paper) -> bool | None:
    """Whether the first authors can be one person; None where a side names none.

    The family names are equal, and so are the initials where both are given: "A. Uthor" is
    "Ann Uthor", "Wei Wang" is not "Wei Zhang". The same names in another order are the same.
    """
    if not one.authors or not other.authors:
        return None
    (given, family), (given2, family2) = map(name_parts, (one.authors[0], other.authors[0]))
    if {*given, family} == {*given2, family2}:
        return True
    initials, initials2 = {part[0] for part in given}, {part[0] for part in given2}
    agree = not initials or not initials2 or bool(initials & initials2)
    return family == family2 and agree


def _opening(paper: Paper) -> str:
    return "".join(words(paper.abstract))[:200]


def _abstracts_agree(one: Paper, other: Paper) -> bool | None:
    """Whether two abstracts can be versions of one; None where a side has none.

    Versions share most of their longer words, two papers of one title a third at the most.
    """
    if not one.abstract or not other.abstract:
        return None
    theirs, others = (
        {word for word in words(paper.abstract) if len(word) > 3} for paper in (one, other)
    )
    if not (theirs and others):
        return _opening(one) == _opening(other)
    return len(theirs & others) >= min(len(theirs), len(others)) / 2


# DOIs of preprint servers: bioRxiv and medRxiv (10.1101 is also that of journals), arXiv, Research
# Square, ChemRxiv, PsyArXiv, OSF, Preprints.org, TechRxiv, SSRN, Authorea, Zenodo.
_PREPRINT = re.compile(
    r"10\.(?:1101/(?:\d{4}\.\d\d\.\d\d\.)?\d{5,8}\Z|64898/|48550/|21203/|26434/|31234/|31219/|"
    r"20944/|36227/|2139/ssrn|22541/au|5281/zenodo)",
    re.ASCII,
)


def _server(identity: str) -> str:
    """The prefix of a preprint server's DOI; empty for that of an article."""
    name = identity.removeprefix("doi:")
    return name.partition("/")[0] if _PREPRINT.match(name) else ""


def _dois_differ(one: Paper, other: Paper) -> bool:
    """Whether the DOIs of two papers say that they are two: not those of a preprint and of its
    article, nor those of one work on two preprint servers."""
    dois, dois2 = ({name for name in paper.identities if name.startswith("doi:")}
                   for paper in (one, other))  # fmt: skip
    if dois & dois2:
        return False
    return bool({_server(name) for name in dois} & {_server(name) for name in dois2})


OWN_IDS = ("arxiv:", "acl:")  # of which a work has one, as good as always


def two_works(one: Paper, other: Paper) -> bool:
    """Whether ids alone say that two papers are two: those of arXiv, or of the ACL Anthology."""
    for scheme in OWN_IDS:
        ids, ids2 = ({name for name in paper.identities if name.startswith(scheme)}
                     for paper in (one, other))  # fmt: skip
        if ids and ids2:
            return not ids & ids2
    return False


def same_by_title(one: Paper, other: Paper) -> bool:
    """Whether two papers that have or had a title key in common are one work.

    Two arXiv ids are two papers, and so are two ids of the ACL Anthology, and two DOIs where
    neither is on arXiv, unless one is that of a preprint. Otherwise the first authors decide, or
    where one side names none, the abstracts. A title too short to name one work needs abstracts
    that agree; two records with nothing but that title are the same.
    """
    if one.arxiv and other.arxiv:
        return one.arxiv == other.arxiv
    if one.identity("acl") and other.identity("acl"):
        return one.identity("acl") == other.identity("acl")
    if one.doi and other.doi and not (one.arxiv or other.arxiv) and _dois_differ(one, other):
        return False
    authors, abstracts = _first_author_agrees(one, other), _abstracts_agree(one, other)
    if authors is False or (authors is None and abstracts is False):
        return False
    if one.identities and other.identities and not (authors or abstracts):
        return False  # nothing but the title says so: "Abstracts of Current Literature"
    if len(title_key(one.title)) >= _SHORT_TITLE or abstracts:
        return True
    bare = not (one.authors or other.authors or one.identities or other.identities)
    return bare or (authors is True and abstracts is None)


def same_by_text(one: Paper, other: Paper) -> bool:
    """Whether what two papers say of themselves bears out a source that calls them one work.

    Their titles and authors agree, or after a change of the title the abstracts do.
    """
    if two_works(one, other):
        return False
    key = title_key(one.title)
    if key and key == title_key(other.title) and same_by_title(one, other):
        return True
    return bool(_abstracts_agree(one, other)) and _first_author_agrees(one, other) is not False


def title_rule(one: Paper, other: Paper) -> str:
    """What makes two papers that are the same by title agree, besides the title."""
    if _first_author_agrees(one, other):
        return "title and first author"
    return "title and abstract" if _abstracts_agree(one, other) else "title alone"


def doubt(one: Paper, other: Paper) -> str:
    """Why two papers with a title key in common might be one work; empty where they are two.

    Said of papers that were not merged: it is for people to decide.
    """
    if two_works(one, other):
        return ""
    if same_by_title(one, other):
        return "Several papers fit"
    if not (one.arxiv or other.arxiv) and _dois_differ(one, other):
        return ""
    authors, abstracts = _first_author_agrees(one, other), _abstracts_agree(one, other)
    if authors is False:
        return "Title and abstract agree, the first authors do not" if abstracts else ""
    return "" if abstracts is False else "Hardly more than the title agrees"


def choose(paper: Paper, candidates: Iterable[Paper]) -> Paper | None:
    """The candidate with the same title key that `paper` is; None where none or several are.

    Several are told apart by how their abstracts open. What stays ambiguous is never guessed,
    but a paper seen before without an identity is found again by the public id it got then.
    """
    candidates = list(candidates)
    same = [candidate for candidate in candidates if same_by_title(paper, candidate)]
    chosen = same
    if len(same) > 1 and (opening := _opening(paper)):
        chosen = [candidate for candidate in same if _opening(candidate) == opening]
    if len(chosen) != 1 and not paper.identities:
        made = public_id(paper)
        same += [candidate for candidate in candidates if candidate.removed]  # it has no words left
        chosen = [candidate for candidate in same if candidate.public_id == made][:1]
    return chosen[0] if len(chosen) == 1 else None


# --- merging ---------------------------------------------------------------------------------

# Who is believed when two sources disagree on a field. The sources that publish papers come
# first, those who retell them after, then those who gather from all sides, then what readers
# keep for themselves; a source not named here is believed like a retelling.
_RETELLING = 4
_TRUST = {
    "landmarks": 0, "bibtex": 1, "csl": 1, "ris": 1, "zotero": 1, "saved-page": 2, "openalex": 3,
    "semanticscholar": 3, "acl": 5, "biorxiv": 5, "crossref": 5, "medrxiv": 5, "openreview": 5,
    "arxiv": 6, "moderator": 7,
}  # fmt: skip
_LATEST = (
    "title", "abstract", "authors", "categories", "updated", "licence", "comment", "venue",
    "description",
)  # fmt: skip
_EARLIEST = ("published", "announced")
_MERGED = (
    *_LATEST, *_EARLIEST, "identities", "links", "versions", "extra", "status", "status_note",
    "sources", "origins",
)  # fmt: skip
_ORIGINATED = (*_LATEST, *_EARLIEST, "status")


def _origin(text: str) -> tuple[int, str, str]:
    """How far an origin is believed: its trust, its date and, to tell any two apart, its source."""
    source, _, as_of = text.partition("@")
    return _TRUST.get(source, _RETELLING), as_of, source


def new_paper(record: Record) -> Paper:
    """A record's paper with its origins written on it, ready to be stored."""
    paper = record.paper
    _note_announcements(record)
    paper.identities = list(dict.fromkeys(paper.identities))
    paper.links, paper.versions = _links(paper.links), _versions(paper.versions)
    paper.origins = {
        field: record.origin(field) for field in _ORIGINATED if getattr(paper, field)
    }
    paper.sources = _sources(record)
    paper.public_id = public_id(paper)
    paper.status_note = paper.status_note if paper.status else ""
    if paper.removed:
        blank(paper)
    return paper


def merge(known: Paper, record: Record) -> set[str]:
    """Merge a record into the paper it is; the names of the fields that changed.

    A field goes to the most trusted source, then to its latest statement (dates of first
    appearance: to the earliest), and is never emptied; identities, versions, links and sources
    are united. Merging the same records again, in any order, changes nothing, and records in
    any order make the same paper, except that identities and links stand as they came and
    facts that not all statements of a source hold (`extra`) may be those of an older one.

    Of flags the gravest stays, and of equal ones the latest: no source takes back what another
    said, or what it said itself; a moderator does, and a moderator's word stands above all. Of a
    removed paper nothing is kept but its identities.
    """
    _note_announcements(record)
    origins = {field: record.origin(field) for field in _ORIGINATED}
    return _merge(known, record.paper, origins, _sources(record))


def _note_announcements(record: Record) -> None:
    """Let the first announcement as new be the paper's day, where its source sets none itself."""
    if not record.paper.announced:
        days = [held.day for held in record.announcements if held.kind == "new"]
        record.paper.announced = min(days, default="")


def blank(paper: Paper) -> None:
    """Leave of a removed paper what it is called, so that no later import brings it back."""
    for field in (*_LATEST, *_EARLIEST, "links", "versions", "extra"):
        setattr(paper, field, type(getattr(paper, field))())
    paper.origins = {field: held for field, held in paper.origins.items() if field == "status"}


def _sources(record: Record) -> list[str]:
    held = {origin.partition("@")[0] for origin in record.origins.values()}
    return sorted({record.source, *held})


def absorb(known: Paper, other: Paper) -> set[str]:
    """Merge one stored paper into another that turned out to be the same work."""
    return _merge(known, other, other.origins, other.sources)


def _merge(known: Paper, new: Paper, origins: dict[str, str], sources: list[str]) -> set[str]:
    before = {field: getattr(known, field) for field in _MERGED}
    known.origins = dict(known.origins)
    for field in _LATEST + _EARLIEST:
        value, origin = getattr(new, field), origins.get(field)
        if value and origin and _holds(field, value, origin, known):
            # Where the value is the same its later origin is kept all the same: without it an
            # older statement that arrives late would win, and importing again change things.
            setattr(known, field, value)
            known.origins[field] = origin
    known.identities = list(dict.fromkeys([*known.identities, *new.identities]))
    known.links = _links([*known.links, *new.links])
    known.versions = _versions([*known.versions, *new.versions])
    for source, facts in new.extra.items():
        held = known.extra.get(source, {})
        later = facts.get("as_of", "") > held.get("as_of", "")
        known.extra = known.extra | {source: held | facts if later else facts | held}
    known.sources = sorted({*known.sources, *sources})
    if _graver(new, origins.get("status", ""), known):
        known.status, known.status_note = new.status, new.status_note
        known.origins["status"] = origins["status"]
    if known.removed:
        blank(known)
    return {field for field, value in before.items() if getattr(known, field) != value}


def _graver(new: Paper, origin: str, known: Paper) -> bool:
    """Whether a new paper's flag takes the place of the known one's."""

    def rank(paper: Paper, origin: str) -> tuple:
        source, _, as_of = origin.partition("@")
        moderator = source == "moderator"
        grave = 0 if moderator else STATUSES.index(paper.status)
        return moderator, grave, as_of, source, paper.status, paper.status_note

    held = known.origins.get("status", "")
    spoken = new.status in STATUSES[1:] or origin.startswith("moderator@")
    return spoken and rank(new, origin) > rank(known, held)


def _links(links: list[Link]) -> list[Link]:
    """One link an address, the first."""
    if len(links) < 2:
        return links
    by_url: dict[str, Link] = {}
    for link in links:
        by_url.setdefault(link.url, link)
    return list(by_url.values())


def _versions(versions: list[Version]) -> list[Version]:
    """One version a number, that of the earliest date, in order."""
    latest_first = sorted(versions, key=lambda version: _when(version.date), reverse=True)
    by_number = {version.number: version for version in latest_first}
    return [by_number[number] for number in sorted(by_number)]


def _holds(field: str, value, origin: str, known: Paper) -> bool:
    """Whether a new value takes the place of the known one."""
    if field not in known.origins:
        return True  # an empty field with an origin was emptied by a moderator
    current, new, held = getattr(known, field), _origin(origin), _origin(known.origins[field])
    if field in _EARLIEST and new[0] == held[0] and value != current:
        return _when(value) < _when(current)
    # Of two statements of one day the longer holds: whatever, so long as it is always the same.
    return (*new, len(value), value) > (*held, len(current), current)


def _when(text: str) -> tuple[bool, str]:
    """Dates in order, those without a year last; "2025-03-17" says more than "2025-03"."""
    return text[:1] in ("", "-"), text + "~"
