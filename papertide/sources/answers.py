"""What servers answer, read safely: JSON, XML without its dangers, text without its markup."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import msgspec
from defusedxml import DefusedXmlException

from papertide.papers import PartialDate, Record
from papertide.reading.markup import untagged
from papertide.sources.base import Answer, Rejection, SourceError, Unreadable, text


def plain(value: Any) -> str:
    """A text field without HTML or JATS markup; raises Unreadable where it is not text."""
    return text(untagged(text(value)))  # markup can hide characters that no text may have


def json_value(answer: Answer) -> Any:
    """The JSON of an answer; raises SourceError where it is none, such as a page of HTML."""
    try:
        return msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        start = text(answer.body[:80].decode("utf-8", "replace"))
        raise SourceError(
            f"{answer.url} answered no JSON, but {start!r} (an outage? try again later)",
            answer.status if answer.status >= 400 else 0,
        ) from None


def json_object(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer; raises SourceError where it is none."""
    found = json_value(answer)
    if not isinstance(found, dict):
        begin = text(answer.body[:80].decode("utf-8", "replace"))
        raise SourceError(f"{answer.url} answered no JSON object, but {begin!r}", answer.status)
    return found


def answer_day(answer: Answer) -> str:
    """The day of an answer by the server's clock, by ours where it tells none."""
    try:
        day = PartialDate.parse(answer.headers.get("date", "")).full
    except ValueError:
        day = None
    return (day or datetime.now(UTC).date()).isoformat()


def readable_rows(
    rows: Iterable[Any], read: Callable[[dict[str, Any]], Record | list[Record]]
) -> list[Record | Rejection]:
    """What `read` makes of each object, or why it makes nothing of it; lines count from 1."""
    found: list[Record | Rejection] = []
    for line, row in enumerate(rows, start=1):
        try:
            if not isinstance(row, dict):
                raise Unreadable(f"expected an object, found {type(row).__name__}")
            records = read(row)
        except Unreadable as error:
            begin = msgspec.json.encode(row)[:200].decode("utf-8", "replace")
            found.append(Rejection(line=line, reason=str(error), text=begin))
            continue
        for record in records if isinstance(records, list) else [records]:
            record.line = line
            found.append(record)
    return found


def conditions(answer: Answer) -> dict[str, str]:
    """The headers that ask for this answer again only where it changed (RFC 9110, section 13.1).

    They belong in the source's cursor: kept elsewhere, an answer that was fetched but, for a
    crash, never stored would not be sent again. Servers then answer 304.
    """
    sent = {"If-None-Match": answer.headers.get("etag"),
            "If-Modified-Since": answer.headers.get("last-modified")}  # fmt: skip
    return {name: value for name, value in sent.items() if value}


def xml_root(body: bytes, what: str) -> Element:
    """The root of an XML document, which `what` names for people: "the feed".

    Raises SourceError where it is not well-formed, cut short, or declares types or entities:
    no source does that in good faith.
    """
    try:
        return defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    except ParseError as error:
        raise SourceError(
            f"{what} is not well-formed XML: {error} (cut short? fetch it again)"
        ) from None
    except (DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise SourceError(f"{what} holds forbidden XML: {error}") from None
