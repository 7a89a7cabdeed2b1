"""What a paper is: its record, its identities, its dates, and how two records become one.

No I/O here. Everything that decides whether two records are the same paper, and which of two
values of a field stays, is in this module and nowhere else.
"""

import calendar
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Self

import msgspec

from papertide.reading.clean import clean

# --- dates -----------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sep sept", "october oct", "november nov", "december dec"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\d{2}:\d{2}.*)?\Z", re.ASCII)
_NO_YEAR = re.compile(r"--(\d{2})-(\d{2})\Z", re.ASCII)
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:,? (\d{4}))?\Z", re.ASCII)
_DAY_MONTH = re.compile(r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Za-z]{3,9})\.? (\d{4})\b.*\Z", re.ASCII)


class PartialDate(NamedTuple):
    """A date that may lack its day, its month and day, or its year.

    Written ``2025-03-17``, ``2025-03``, ``2025`` and, without a year, ``--03-17`` (RFC 6350,
    section 4.3.1). These strings are what is stored: those with a year sort by time as text.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str, year: int | None = None) -> Self:
        """Read an ISO date or time, ``Mar 17``, ``Mar 17, 2025`` or an RFC 5322 date.

        `year` completes a date that has none. Raises ValueError on anything else, and on
        days that no calendar has.
        """
        text = text.strip()
        if match := _ISO.match(text):
            parts = [int(part) if part else None for part in match.groups()]
        elif match := _NO_YEAR.match(text):
            parts = [year, int(match[1]), int(match[2])]
        elif (match := _MONTH_DAY.match(text)) and match[1].lower() in _MONTHS:
            parts = [int(match[3]) if match[3] else year, _MONTHS[match[1].lower()], int(match[2])]
        elif (match := _DAY_MONTH.match(text)) and match[2].lower() in _MONTHS:
            parts = [int(match[3]), _MONTHS[match[2].lower()], int(match[1])]
        else:
            raise ValueError(f"not a date: {text[:40]!r}")
        # 2000 is a leap year: "Feb 29" without a year is a day that exists.
        date(*(known if part is None else part
               for part, known in zip(parts, (2000, 1, 1), strict=True)))  # fmt: skip
        return cls(*parts)

    def __str__(self) -> str:
        if self.year is None:
            return f"--{self.month:02}-{self.day:02}" if self.month and self.day else ""
        return "-".join(
            f"{part:0{width}}" for part, width in zip(self, (4, 2, 2), strict=True) if part
        )

    @property
    def full(self) -> date | None:
        """The calendar day, where year, month and day are known."""
        return date(*self) if None not in self else None


def shown_date(text: str) -> str:
    """A stored date for people: 17 March 2025, March 2025, 2025, and as pages have it, Mar 17.

    Empty where it is no date.
    """
    try:
        year, month, day = PartialDate.parse(text)
    except ValueError:
        return ""
    name = calendar.month_name[month] if month else ""
    if year is None:
        return f"{name[:3]} {day}"
    return " ".join(str(part) for part in (day, name, year) if part)


def full_date(text: str) -> date | None:
    """The calendar day of a stored date string, or None where it lacks a part."""
    return date.fromisoformat(text) if len(text) == 10 else None


# --- identities ------------------------------------------------------------------------------

_ARXIV_NEW = re.compile(
    r"(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v([1-9]\d{0,3}))?\Z", re.ASCII | re.I
)
_ARXIV_OLD = re.compile(
    r"([a-z]{1,8}(?:-[a-z]{2,4})?)(?:\.[a-z]{2})?/(\d{2}(?:0[1-9]|1[0-2])\d{3})"
    r"(?:v([1-9]\d{0,3}))?\Z",
    re.ASCII | re.I,
)
_ARXIV_PREFIX = re.compile(
    r"(?:https?://)?(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html|format)/|alphaxiv\.org/abs/"
    r"|huggingface\.co/papers/)|(?:oai:)?arxiv(?:\.org)?:\s*"
    r"|(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.",
    re.ASCII | re.I,
)
_DOI_PREFIX = re.compile(r"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)", re.ASCII | re.I)
# Older DOIs hold "<" and ">": 10.1002/(SICI)1099-1425(200005/06)3:3<139::AID-JOS41>3.0.CO;2-2
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d{1,9}){0,3}/[^\s\"\x00-\x1f\x7f]{1,300}\Z", re.ASCII)


class ArxivId(NamedTuple):
    """An arXiv identifier: `id` without version (``2503.11731``, ``cs/9902027``)."""

    id: str
    version: int | None = None


def arxiv_id(text: str) -> ArxivId | None:
    """Read an arXiv id in the new or old form, bare, prefixed, or as a link; else None.

    Old ids lose their subject class (``math.GT/0309136`` is ``math/0309136``), as arXiv itself
    writes them: https://info.arxiv.org/help/arxiv_identifier.html
    """
    text = text.strip()
    if prefix := _ARXIV_PREFIX.match(text):
        text = re.split(r"[?#]", text[prefix.end() :], maxsplit=1)[0]
        text = text.removesuffix(".pdf").removesuffix("/")
    if match := _ARXIV_NEW.match(text):
        return ArxivId(match[1], int(match[2]) if match[2] else None)
    if match := _ARXIV_OLD.match(text):
        return ArxivId(
            f"{match[1].lower()}/{match[2]}", int(match[3]) if match[3] else None
        )
    return None


def arxiv_month(identifier: str) -> str:
    """The month an arXiv id was given, ``2025-03``: all that the id alone says of its date."""
    digits = identifier.rpartition("/")[2]
    year = int(digits[:2])
    return f"{1900 + year if year > 90 else 2000 + year}-{digits[2:4]}"


def doi(text: str) -> str | None:
    """Read a DOI, bare or as a link, in lower case (DOIs ignore case: ISO 26324); else None.

    The full stop or comma of the sentence it stood in is not part of it.
    """
    text = text.strip()
    if prefix := _DOI_PREFIX.match(text):
        text = text[prefix.end() :]
    text = text.rstrip(".,;")
    return text.lower() if _DOI.match(text) else None


def fold(text: str) -> str:
    """Text for comparing: compatibility forms, case, accents and combining marks folded away."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return unicodedata.normalize("NFC", bare)  # Hangul in syllables again


_WORD, _NOT_WORD = re.compile(r"[^\W_]"), re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def title_key(title: str) -> str:
    """The key of a title: the same through case, LaTeX, punctuation, spacing and Unicode forms.

    ``T\\"ULU 3: Pushing…`` and ``TÜLU 3 – pushing…`` have one key, "Part I" and "Part II" two.
    Longer keys than 200 characters end in a digest, to stay within an index page.
    """
    key = _NOT_WORD.sub("", fold(clean(title)))
    return key if len(key) <= 200 else key[:180] + hashlib.sha256(key.encode()).hexdigest()[:20]


def slug(text: str) -> str:
    """Letters and digits of any script joined by hyphens, for addresses; may be empty."""
    return _NOT_WORD.sub("-", fold(text)).strip("-")


@lru_cache(maxsize=65536)
def author_slug(name: str) -> str:
    """The slug that stands for an author's name; names of no letter at all get a digest."""
    return slug(name)[:150] or "author-" + hashlib.sha256(name.encode()).hexdigest()[:12]


# --- the record ------------------------------------------------------------------------------


class Version(msgspec.Struct, frozen=True):
    """One version of a paper; `date` may be partial or empty."""

    number: int
    date: str = ""


KINDS = ("code", "project", "pdf", "page", "data", "model", "demo", "video")


class Link(msgspec.Struct, frozen=True):
    """Where else a paper lives. `kind` is one of `KINDS`."""

    kind: str
    url: str


class Paper(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A paper, as one source tells it or as the catalogue knows it.

    Texts are as the source wrote them (LaTeX and all) with white space folded; `readable_title`
    and `readable_abstract` are for people, and so are the authors' names. Dates are strings as
    PartialDate writes them.
    """

    id: int = 0  # the catalogue's number; 0 for a record that is not stored
    public_id: str = ""
    title: str = ""
    abstract: str = ""
    authors: list[str] = msgspec.field(default_factory=list)  # in the paper's order
    identities: list[str] = msgspec.field(default_factory=list)  # "arxiv:…", "doi:…", "source:…"
    categories: list[str] = msgspec.field(default_factory=list)  # the primary one first
    published: str = ""  # first version
    updated: str = ""  # latest version
    announced: str = ""  # the first day it was announced: always a full date
    versions: list[Version] = msgspec.field(default_factory=list)  # by number
    licence: str = ""
    comment: str = ""  # the authors' own
    venue: str = ""  # journal reference or venue
    description: str = ""  # words of ours about the paper, never its abstract
    links: list[Link] = msgspec.field(default_factory=list)
    # "" | "withdrawn" (by its authors) | "retracted" | "concern" (an editor's) | "removed" (a
    # takedown: only its identity is shown), and what its source says about that
    status: str = ""
    status_note: str = ""
    extra: dict[str, dict] = msgspec.field(default_factory=dict)  # source -> what only it says
    sources: list[str] = msgspec.field(default_factory=list)  # all that told of it, sorted
    origins: dict[str, str] = msgspec.field(default_factory=dict)  # field -> "source@as of"

    def identity(self, scheme: str) -> str:
        """The first identity of a scheme without its prefix, or an empty string."""
        prefix = scheme + ":"
        for identity in self.identities:
            if identity.startswith(prefix):
                return identity[len(prefix) :]
        return ""

    @property
    def arxiv(self) -> str:
        return self.identity("arxiv")

    @property
    def doi(self) -> str:
        return self.identity("doi")

    @property
    def day(self) -> date | None:
        """The day the paper belongs to: first announced, else published; None if not known."""
        return full_date(self.announced) or full_date(self.published)

    @property
    def date(self) -> str:
        """The best that is known of when it appeared, possibly partial; may be empty."""
        if self.published or self.announced:
            return self.published or self.announced
        return arxiv_month(self.arxiv) if self.arxiv else ""

    @property
    def removed(self) -> bool:
        """Whether it was taken down: only its identities are kept, so that it stays away."""
        return self.status == "removed"

    @property
    def flag(self) -> str:
        """What readers are to know of it before they read it: Retracted, Withdrawn; or nothing."""
        return FLAGS.get(self.status, "")

    @property
    def readable_title(self) -> str:
        return "(removed)" if self.removed else clean(self.title)

    @property
    def readable_abstract(self) -> str:
        return clean(self.abstract)

    def __repr__(self) -> str:
        authors = f"{self.authors[0]} et al." if len(self.authors) > 1 else "".join(self.authors)
        about = ", ".join(filter(None, (authors, self.date)))
        title = self.readable_title + (f" ({about})" if about else "")
        return f"<Paper {self.public_id or '(new)'}: {title}>"


class ListingPlace(msgspec.Struct, kw_only=True):
    """A place in a dated list that somebody else made: a saved page, a day's picks.

    `key` says which list (the same list imported again has the same key); `votes` and
    `comments` are the counts the source showed, None where it shows none.
    """

    key: str
    source: str
    title: str
    date: str = ""
    position: int = 0  # from 1
    votes: int | None = None
    comments: int | None = None


class Announcement(msgspec.Struct, kw_only=True, frozen=True):
    """That a paper was announced: a full date, ``new``, ``cross`` or ``replace``, and in which
    category's list (empty where the source does not say)."""

    day: str
    kind: str = "new"
    category: str = ""


class Record(msgspec.Struct, kw_only=True):
    """One row of a source: a paper as it tells it, and maybe its place in a list.

    `as_of` dates the statement: of two statements by one source the later one holds.
    """

    paper: Paper
    source: str
    as_of: str = ""
    listing: ListingPlace | None = None
    announcements: list[Announcement] = []
    origins: dict[str, str] = {}  # of fields that another source told first, as Paper has them
    line: int = 0  # where it stood in its file, for messages

    def origin(self, field: str) -> str:
        """Where a field of the paper comes from: ``source@as_of``."""
        return self.origins.get(field) or f"{self.source}@{self.as_of}"


def public_id(paper: Paper) -> str:
    """The permanent id in addresses: the arXiv id, else words of the title and a digest.

    The digest is over the DOI, else another source's id, else the title key and the first
    author, so that the same paper gets the same id in every installation.
    """
    if paper.arxiv:
        return paper.arxiv
    seed = paper.doi or next(iter(paper.identities), "") or title_key(paper.title)
    if not paper.identities and paper.authors:  # two papers may share a title
        seed += "\n" + slug(paper.authors[0])
    words = slug(clean(paper.title))
    if len(words) > 48:
        words = words[:48].rpartition("-")[0] or words[:48]
    return "-".join(filter(None, (words, hashlib.sha256(seed.encode()).hexdigest()[:8])))


# --- the same paper? -------------------------------------------------------------------------

_SHORT_TITLE = 16  # letters; "Introduction" or "Editorial" alone says nothing


def _first_author_agrees(one: Paper, other: Paper) -> bool | None:
    """Whether the first authors can be one person; None where a side names none.

    The family names are equal, and so are the initials where both are given: "A. Uthor" is
    "Ann Uthor", "Wei Wang" is not "Wei Zhang". The same names in another order are the same.
    """
    if not one.authors or not other.authors:
        return None
    (given, family), (given2, family2) = map(_name_parts, (one.authors[0], other.authors[0]))
    if {*given, family} == {*given2, family2}:
        return True
    initials, initials2 = {part[0] for part in given}, {part[0] for part in given2}
    agree = not initials or not initials2 or bool(initials & initials2)
    return family == family2 and agree


def _name_parts(name: str) -> tuple[list[str], str]:
    """The given names and the family name, folded: of ``Ann B. Uthor`` and ``Uthor, Ann B.``."""
    before, comma, after = name.partition(",")
    if comma and not _SUFFIX.match(after.strip()):
        return [*filter(None, slug(after).split("-"))], slug(before).rpartition("-")[2]
    *given, family = slug(before).split("-")
    return given, family


def _opening(paper: Paper) -> str:
    return _NOT_WORD.sub("", fold(clean(paper.abstract)))[:200]


def _abstracts_agree(one: Paper, other: Paper) -> bool | None:
    """Whether two abstracts can be versions of one; None where a side has none.

    Versions share most of their longer words, two papers of one title a third at the most.
    """
    if not one.abstract or not other.abstract:
        return None
    words = [
        {word for word in _NOT_WORD.split(fold(clean(paper.abstract))) if len(word) > 3}
        for paper in (one, other)
    ]
    least = min(map(len, words))
    if least == 0:
        return _opening(one) == _opening(other)
    return len(words[0] & words[1]) >= least / 2


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
FLAGS = {  # the graver the later, each with what readers are told; see `Paper.status`
    "": "", "concern": "Expression of concern", "withdrawn": "Withdrawn", "retracted": "Retracted",
    "removed": "Removed",
}  # fmt: skip
STATUSES = tuple(FLAGS)


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


# --- authors as one string -------------------------------------------------------------------

_PARENTHESES = re.compile(r"\([^()]*\)")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|ph\.? ?d)\.?\Z", re.I)
_BETWEEN = re.compile(r",|;|(?<![\w-])\\?\band\b(?=\s)|(?<=\s)And(?=\s)|&(?=\s)")
_NO_NAME = re.compile(
    r"(?:and|et al|others|etc|ieee|(?:(?:senior|life|(?:graduate )?student) )?(?:member|fellow)"
    r"(?:,? ieee)?)\.?\Z",
    re.I,
)


def author_name(text: str) -> str:
    """A name for people to read: its LaTeX read, footnote marks off.

    Empty for what stands in lists of authors and is no name: "et al.", "Member", ":".
    """
    name = clean(text).strip(" *\\/:")
    if name.startswith("and "):
        name = name[4:].lstrip()
    return name if _WORD.search(name) and not _NO_NAME.match(name) else ""


def split_authors(text: str) -> list[str]:
    """Names of an author line such as ``A. Uthor (MIT), B. Uthor, Jr. and C. Lab Collaboration``.

    Affiliations in parentheses are dropped; suffixes stay with their name.
    """
    for _ in range(5 if "(" in text else 0):  # deeper than anybody nests them
        text = _PARENTHESES.sub(" ", text)
    names: list[str] = []
    for part in _BETWEEN.split(text):
        name = author_name(part.strip("()[] "))
        if names and _SUFFIX.match(name):
            names[-1] += f", {name}"
        elif name:
            names.append(name)
    return names
