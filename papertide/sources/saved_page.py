"""Saved pages of Hugging Face's Daily Papers: chrome, a date, then title and abstract by turns.

Such a page names no authors, no ids and no votes: the title is all that identifies a paper.
"""

import hashlib
import re
from collections.abc import Iterator

from papertide.papers import ListingPlace, Paper, PartialDate, Record, title_key
from papertide.sources.base import Rejection, SourceError, text

NAME = "saved-page"
_CURATED = re.compile(r"by\s*\S.* and the research community\Z")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]? (?=[A-Z(\[\"'])")


def recognise(start: str) -> bool:
    """Whether a text begins like a saved page."""
    return any(_CURATED.match(line.strip()) for line in start.splitlines()[:40])


def records(
    lines: list[str | UnicodeDecodeError], year: int | None
) -> Iterator[Record | Rejection]:
    """The entries of a page in its order, with their places in its listing.

    `lines` holds an error where a line could not be decoded. `year` completes the page's date.
    """
    paragraphs = []
    for number, line in enumerate(lines, start=1):
        if isinstance(line, UnicodeDecodeError):
            beginning = line.object[:200].decode("utf-8", "replace")
            yield Rejection(line=number, reason=f"not UTF-8: {line.reason}", text=beginning)
        elif line.strip():
            paragraphs.append((number, text(line)))
    date, first = _head(paragraphs, year)
    entries: list[tuple[str, str]] = []
    at = first
    while at < len(paragraphs):
        number, title = paragraphs[at]
        abstract = paragraphs[at + 1][1] if at + 1 < len(paragraphs) else ""
        after = paragraphs[at + 2][1] if at + 2 < len(paragraphs) else ""
        if _is_prose(title):
            yield Rejection(line=number, reason="an abstract without a title", text=title[:200])
            at += 1
        elif not abstract or (not _is_prose(abstract) and _is_prose(after)):
            yield Rejection(line=number, reason="a title without an abstract", text=title[:200])
            at += 1
        elif not title_key(title):
            yield Rejection(line=number, reason="a title without a letter", text=title[:200])
            at += 2
        else:
            entries.append((title, abstract))
            at += 2
    # The list is known by its titles, not by its date: the same page read again, with a year
    # or without one, is the same list.
    digest = hashlib.sha256("\n".join(title_key(title) for title, _ in entries).encode())
    key = f"{NAME}:{digest.hexdigest()[:16]}"
    for position, (title, abstract) in enumerate(entries, start=1):
        place = ListingPlace(
            key=key, source=NAME, title="Daily Papers", date=date, position=position
        )
        yield Record(paper=Paper(title=title, abstract=abstract), source=NAME, listing=place)


def _head(paragraphs: list[tuple[int, str]], year: int | None) -> tuple[str, int]:
    """The page's date and the index of the first paragraph after its chrome."""
    for at, (_, paragraph) in enumerate(paragraphs[:40]):
        if not _CURATED.match(paragraph):
            continue
        if at + 1 == len(paragraphs):
            return "", at + 1
        try:
            return str(PartialDate.parse(paragraphs[at + 1][1], year)), at + 2
        except ValueError:
            return "", at + 1
    raise SourceError("not a saved page of Daily Papers")


def _is_prose(paragraph: str) -> bool:
    """Whether a paragraph reads like an abstract; titles may ask "What is essential? What is…"."""
    return len(paragraph) > 300 or (len(paragraph) > 180 and bool(_SENTENCE_END.search(paragraph)))
