"""What every source shares: the records it yields, the rows it rejects, how text comes in."""

import re
import unicodedata
from typing import Any

import msgspec

from papertide.papers import Link, PartialDate

# Controls that are not white space, bidirectional overrides and isolates (they reorder what
# stands around them), the byte-order mark, lone surrogates: nothing a title or abstract needs.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


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
    value = " ".join(value.split())
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    return value if value.isprintable() else _UNWANTED.sub("", value).strip()


def texts(value: Any) -> list[str]:
    """A list of texts without the empty ones and without repetitions."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"expected a list, found {type(value).__name__}")
    return list(dict.fromkeys(filter(None, map(text, value))))


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
