"""What servers answer, read safely: JSON, XML without its dangers, text without its markup."""

import html
import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import msgspec
from defusedxml import DefusedXmlException

from papertide.sources.base import Answer, SourceError, text

# Tags of HTML and of JATS (https://jats.nlm.nih.gov), with or without their prefix. Others are
# none: "p<0.05" and "a <b> c" in an abstract stay as they are, but for a lone known tag.
_BLOCK = "p|title|sec|br|li|ul|ol|div|list|list-item|h[1-6]|abstract|label|disp-formula|tr|td|table"
_INLINE = (
    "i|b|em|strong|u|sc|small|big|span|a|font|italic|bold|underline|monospace|roman|sans-serif|"
    "ext-link|xref|uri|email|named-content|styled-content|inline-formula|inline-graphic|"
    "tex-math|alternatives|math|mrow|mi|mo|mn|msub|msup|msubsup|mtext|mfrac|mspace|mover|munder|"
    "mstyle|msqrt|semantics|annotation"
)
_ATTRIBUTES = r"(?:\s[^<>]{0,2000})?\s?/?>"
_BREAKS = re.compile(rf"</?(?:jats:|mml:)?(?:{_BLOCK}){_ATTRIBUTES}", re.I)
_TAGS = re.compile(
    rf"</?(?:jats:|mml:)?(?:{_INLINE}|su[bp]){_ATTRIBUTES}|<!--[^<>]{{0,2000}}-->", re.I
)
_HEADING = re.compile(r"\A\s*<(jats:)?(title|h[1-6]|b|strong)>\s*abstract\W?\s*</\1?\2>", re.I)
_RAISED = re.compile(r"<(?:jats:)?(su[bp])>([^<>]{1,40})</(?:jats:)?\1>", re.I)
_SUP = str.maketrans("0123456789+-−()=n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾⁼ⁿ")
_SUB = str.maketrans("0123456789+-−()=", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎₌")


def plain(value: Any) -> str:
    """A text field without HTML or JATS markup: tags off, entities read, ``10<sup>-5</sup>`` 10⁻⁵.

    Entities that were escaped twice, as some servers do, are read twice. Raises Unreadable where
    it is not text.
    """
    held = text(value)
    for _ in range(2):
        if "<" in held:
            held = _BREAKS.sub(" ", _RAISED.sub(_raised, _HEADING.sub(" ", held)))
            held = _TAGS.sub("", held)
        if "&" not in held:
            break
        held = html.unescape(held)
    return text(held)


def _raised(match: re.Match) -> str:
    small = match[2].translate(_SUP if match[1].lower() == "sup" else _SUB)
    return match[2] if any(c in small for c in match[2] if not c.isspace()) else small


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
