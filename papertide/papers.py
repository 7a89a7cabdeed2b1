"""What a paper is: its record, its identities, its dates, its authors' names. No I/O here.

When two records are one paper, and what becomes of them, is in `merging`.
"""

import calendar
import hashlib
import re
import unicodedata
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


def words(text: str) -> list[str]:
    """The words of a title or abstract, folded, without what stands between them."""
    return _NOT_WORD.split(fold(clean(text)))


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


FLAGS = {  # the graver the later, each with what readers are told; see `Paper.status`
    "": "", "concern": "Expression of concern", "withdrawn": "Withdrawn", "retracted": "Retracted",
    "removed": "Removed",
}  # fmt: skip
STATUSES = tuple(FLAGS)


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
        """The day the paper belongs to: first announced, else that of arXiv's list it must have
        been in, else published; None if not known."""
        listed = self.extra.get("arxiv", {}).get("listed", "")
        return full_date(self.announced) or full_date(listed) or full_date(self.published)

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


def name_parts(name: str) -> tuple[list[str], str]:
    """The given names and the family name, folded: of ``Ann B. Uthor`` and ``Uthor, Ann B.``."""
    before, comma, after = name.partition(",")
    if comma and not _SUFFIX.match(after.strip()):
        return [*filter(None, slug(after).split("-"))], slug(before).rpartition("-")[2]
    *given, family = slug(before).split("-")
    return given, family
