"""What every source shares: the records it yields, the rows it rejects, how text comes in."""

import re
import unicodedata
from typing import Any

import msgspec

from papertide.papers import Link, PartialDate, author_name

# Controls that are not white space, bidirectional overrides and isolates (they reorder what
# stands around them), the byte-order mark, lone surrogates: nothing a title or abstract needs.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Python's NFC takes quadratic time in a run of combining marks; Unicode's stream-safe format
# (UAX #15, section 13) allows 30. Marks are told here by what they are not.
_MARKS = re.compile(r"([^\w\s!-~]{30})[^\w\s!-~]++")


class SourceError(Exception):
    """A source or file that cannot be read at all, or not to its end; says why and what to do."""


class Unreadable(ValueError):
    """A row that is not a paper; the message is the reason."""


class Rejection(msgspec.Struct, kw_only=True):
    """A row that was left out: where it stood, why, and how it begins."""

    line: int
    reason: str
    text: str = ""


def text(value: Any) -> str:
    """A text field: white space folded, controls dropped, NFC. Raises Unreadable if not text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"expected text, found {type(value).__name__}")
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
        raise Unreadable(f"expected a list, found {type(value).__name__}")
    return list(dict.fromkeys(filter(None, map(text, value))))


def names(value: Any) -> list[str]:
    """A list of authors' names, without what is none."""
    return list(dict.fromkeys(filter(None, map(author_name, texts(value)))))


def objects(value: Any) -> list[dict[str, Any]]:
    """A list of objects; raises Unreadable if it is anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(held, dict) for held in value):
        raise Unreadable("expected a list of objects")
    return value


def date_text(value: Any) -> str:
    """A date in its stored form; raises Unreadable on what is no date."""
    if not value:
        return ""
    try:
        return str(PartialDate.parse(text(value)))
    except ValueError as error:
        raise Unreadable(str(error)) from None


def link(kind: str, url: Any) -> list[Link]:
    """A list of one link, or of none where there is no address or it is not http(s)."""
    address = text(url)
    return [Link(kind, address)] if re.match(r"https?://[^\s/]", address, re.I) else []
