"""What every source shares: the records it yields, the rows it rejects, how text comes in."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec

from papertide.papers import Link, Paper, PartialDate, Record, arxiv_id, author_name, doi

# Controls that are not white space, bidirectional overrides and isolates (they reorder what
# stands around them), the byte-order mark, lone surrogates: nothing a title or abstract needs.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_NUMBER = re.compile(r"\d{1,4}\Z", re.ASCII)
# Python's NFC takes quadratic time in a run of combining marks; Unicode's stream-safe format
# (UAX #15, section 13) allows 30. Marks are told here by what they are not.
_MARKS = re.compile(r"([^\w\s!-~]{30})[^\w\s!-~]++")


Reason = Literal[
    "",
    "unreachable",  # no connection, or one that broke
    "slow",  # not all there in time
    "status",  # the server answered with an error: `status`
    "later",  # it asks to be left alone until `again`
    "redirect",  # led to where we do not go
    "large",  # more than we take
    "malformed",  # not what was asked for: broken, or of another kind
]


class SourceError(Exception):
    """A source or file that cannot be read at all, or not to its end; says why and what to do.

    For programs: `reason`, `status` where a server answered with an error (else 0), and `again`,
    before when it is not to be asked. The message holds no credentials.
    """

    def __init__(
        self, message: str, status: int = 0, reason: Reason = "", again: datetime | None = None
    ):
        super().__init__(message)
        self.status, self.reason, self.again = status, reason, again


class Unreadable(ValueError):
    """A row that is not a paper; the message is the reason."""


class Rejection(msgspec.Struct, kw_only=True):
    """A row that was left out: where it stood, why, and how it begins."""

    line: int
    reason: str
    text: str = ""


class Page(msgspec.Struct, kw_only=True):
    """One answer of a source: its rows, and where to go on once they are stored.

    `cursor` is kept with the rows, in one transaction, and given back to the next harvest: plain
    JSON. `total` is how many rows the source says there are in all, None where it does not say.
    """

    rows: list[Record | Rejection]
    cursor: dict[str, Any]
    total: int | None = None


class Answer(msgspec.Struct, kw_only=True):
    """What a server answered, decompressed.

    `changed` is false where the body is the one we had before. Its rows are to be given all the
    same: whether they were stored then is not known here.
    """

    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    changed: bool = True


class Fetch(Protocol):
    """One request, politely (`papertide.sources.http.Fetcher`); raises SourceError otherwise."""

    def __call__(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        json: Any = None,  # sent by POST where it is given
        headers: Mapping[str, str] | None = None,
        cached: bool = False,  # ask only for what changed since (ETag, Last-Modified)
        accept: tuple[int, ...] = (200,),  # other statuses are errors
    ) -> Answer: ...


class Source(Protocol):
    """Where papers come from. A module's sources are instances, listed in `registry`."""

    name: str  # as in commands: "arxiv-oai"; its records bear whose word they are: "arxiv"
    title: str  # as people know it: "arXiv OAI-PMH"
    about: str  # what it gives, in one line
    every: timedelta  # how often it is due

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        """The pages from a cursor on (empty: from the start, or `since`).

        A cursor that the server no longer knows is the source's to mend. Pages may repeat rows:
        merging them again changes nothing. They must never leave a row out.
        """
        ...


class Enricher(Protocol):
    """A source that is asked about papers we have: by their ids, a batch at a time."""

    name: str
    title: str
    about: str
    every: timedelta
    batch: int  # papers a request may ask about

    def ask(self, fetch: Fetch, papers: list[Paper]) -> list[Record | Rejection]:
        """Records of those papers that the source knows; each holds an identity of its paper."""
        ...


def text(value: Any) -> str:
    """A text field: white space folded, controls dropped, NFC. Raises Unreadable if not text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _another("text", value)
    if not value.isprintable():
        value = _UNWANTED.sub("", value)
    if not value.isascii():
        value = unicodedata.normalize("NFC", _MARKS.sub(r"\1", value))
    return " ".join(value.split())


def texts(value: Any) -> list[str]:
    """A list of texts without the empty ones and without repetitions."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _another("a list", value)
    return list(dict.fromkeys(filter(None, map(text, value))))


def names(value: Any) -> list[str]:
    """A list of authors' names, without what is none."""
    return list(dict.fromkeys(filter(None, map(author_name, texts(value)))))


def objects(value: Any) -> list[dict[str, Any]]:
    """A list of objects; raises Unreadable if it is anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(held, dict) for held in value):
        raise _another("a list of objects", value)
    return value


def _another(expected: str, value: Any) -> Unreadable:
    """An error that lets one find the value in its row."""
    return Unreadable(f"expected {expected}, found {type(value).__name__}: {str(value)[:40]}")


def doi_identity(value: Any) -> list[str]:
    """The identity that a DOI is, as a list of one, or of none where it is no DOI: arXiv's own
    DOIs (``10.48550/arXiv.2503.11731``) are arXiv ids."""
    told = text(value)
    known = doi(told)
    if known is None:
        return []
    preprint = arxiv_id(known) if known.startswith("10.48550/") else None
    return [f"arxiv:{preprint.id}" if preprint else f"doi:{known}"]


def date_text(value: Any) -> str:
    """A date in its stored form; raises Unreadable on what is no date."""
    if not value:
        return ""
    try:
        return str(PartialDate.parse(text(value)))
    except ValueError as error:
        raise Unreadable(str(error)) from None


def date_parts(value: Any) -> str:
    """The stored form of ``[[2017, 6, 12]]``, as Crossref and CSL-JSON write dates.

    Day and month may be missing; [[null]] is no date. Raises Unreadable on what is none.
    """
    parts = value[0] if isinstance(value, list) and value else None
    if not isinstance(parts, list) or not parts or parts[0] in (None, ""):
        return ""
    numbers = [int(part) if _NUMBER.match(str(part)) else -1 for part in parts[:3]]
    # Some months are seasons (13 to 24), some days are zero: the year is right all the same.
    for length in range(len(numbers), 0, -1):
        year, *rest = numbers[:length]
        try:
            return str(PartialDate.parse("-".join([f"{year:04}", *(f"{n:02}" for n in rest)])))
        except ValueError:
            continue
    raise Unreadable(f"not a date: {str(parts[:3])[:40]}")


def link(kind: str, url: Any) -> list[Link]:
    """A list of one link, or of none where there is no address or it is not http(s)."""
    address = text(url)
    return [Link(kind, address)] if re.match(r"https?://[^\s/]", address, re.I) else []


def count(value: Any) -> int | None:
    """A count, or None where it is none: negative, a truth value, too big to be one."""
    return value if type(value) is int and 0 <= value < 2**31 else None
