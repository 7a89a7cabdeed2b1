"""Showing where a query's words stand: a text in pieces, the matching ones marked."""

import re
from bisect import bisect_left
from functools import lru_cache

import msgspec

from papertide.search.lexical import term

_WORD = re.compile(r"[^\W_]+")
_REACH = 10_000  # characters that are looked through; no abstract that is one is longer
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"'$\\])")


class Piece(msgspec.Struct, frozen=True):
    """A piece of text, and whether it is a match."""

    text: str
    match: bool = False


def mark(text: str, terms: frozenset[str]) -> list[Piece]:
    """A text in pieces, each word whose term is among `terms` marked."""
    return _cut(text, 0, len(text), _matches(text, terms))


def snippet(text: str, terms: frozenset[str], length: int = 320) -> list[Piece]:
    """About `length` characters of a text: its start, or whole sentences that match better.

    The start is left only for a place that holds more distinct terms of the query.
    """
    matches = _matches(text[:_REACH], terms)
    if len(text) <= length:
        return _cut(text, 0, len(text), matches)

    def distinct(start: int) -> int:
        near = matches[bisect_left(matches, (start,)) : bisect_left(matches, (start + length,))]
        return len({found for _, end, found in near if end <= start + length})

    best, most = 0, distinct(0)
    wanted = len({found for *_, found in matches})
    if most < wanted:
        for gap in _SENTENCE.finditer(text, 0, _REACH):
            if (held := distinct(gap.end())) > most:
                best, most = gap.end(), held
    end = best + length
    if end < len(text):
        space = text.rfind(" ", best, end)
        end = space if space > best else end
    pieces = _cut(text, best, end, matches)
    if best > 0:
        pieces.insert(0, Piece("… "))
    if end < len(text):
        pieces.append(Piece(" …"))
    return pieces


_Match = tuple[int, int, str]  # from, to, the term


@lru_cache(maxsize=256)
def _candidates(terms: frozenset[str]) -> re.Pattern[str]:
    """Words that may have one of the terms: a stem keeps the first two letters of its words.

    (But for dying, lying and tying, which are then not marked.)
    """
    starts = "|".join(sorted({re.escape(held[:2]) for held in terms}))
    return re.compile(rf"(?<![^\W_])(?:{starts})[^\W_]*", re.ASCII | re.IGNORECASE)


def _matches(text: str, terms: frozenset[str]) -> list[_Match]:
    if not terms:
        return []
    words = _candidates(terms) if text.isascii() else _WORD
    return [
        (word.start(), word.end(), found)
        for word in words.finditer(text)
        if (found := term(word[0])) in terms
    ]


def _cut(text: str, start: int, end: int, matches: list[_Match]) -> list[Piece]:
    pieces = []
    for at, stop, _ in matches:
        if at < start or stop > end:
            continue
        if start < at:
            pieces.append(Piece(text[start:at]))
        pieces.append(Piece(text[at:stop], match=True))
        start = stop
    if start < end:
        pieces.append(Piece(text[start:end]))
    return pieces
