"""Showing where a query's words stand: a text in pieces, the matching ones marked.

Texts are as their source wrote them, LaTeX and all. Lengths and words are those of the plain text;
a formula is one piece, which is neither cut nor marked.
"""

import re
from bisect import bisect_left
from functools import lru_cache
from operator import itemgetter

import msgspec

from papertide.reading import clean
from papertide.search.lexical_query import term

_WORD = re.compile(r"[^\W_]+")
_REACH = 10_000  # characters that are looked through; no abstract that is one is longer
_FORMULA = 1000  # characters of a formula's plain text; a longer one may be cut as text may
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"'])")


class Piece(msgspec.Struct, frozen=True):
    """A piece of text, and whether it is a match; of a formula the LaTeX as well."""

    text: str
    match: bool = False
    latex: str = ""


def mark(source: str, terms: frozenset[str]) -> list[Piece]:
    """A text in pieces, each word whose term is among `terms` marked."""
    text, formulas = _plain(source)
    return _cut(text, 0, len(text), formulas, _matches(text, terms, formulas))


def snippet(source: str, terms: frozenset[str], length: int = 320) -> list[Piece]:
    """About `length` characters of a text: its start, or whole sentences that match better.

    The start is left only for a place that holds more distinct terms of the query.
    """
    text, formulas = _plain(source)
    matches = _matches(text[:_REACH], terms, formulas)
    if len(text) <= length:
        return _cut(text, 0, len(text), formulas, matches)

    def distinct(start: int) -> int:
        near = matches[bisect_left(matches, (start,)) : bisect_left(matches, (start + length,))]
        return len({found for _, end, found in near if end <= start + length})

    best, most = 0, distinct(0)
    wanted = len({found for *_, found in matches})
    if most < wanted:
        for gap in _SENTENCE.finditer(text, 0, _REACH):
            start = gap.end()
            if not _overlapped(formulas, start, start) and (held := distinct(start)) > most:
                best, most = start, held
    end = _end(text, best, length, formulas)
    pieces = _cut(text, best, end, formulas, matches)
    if best > 0:
        pieces.insert(0, Piece("… "))
    if end < len(text):
        pieces.append(Piece(" …"))
    return pieces


_Span = tuple[int, int, str]  # from, to, and the term that matches or the formula's LaTeX


def _plain(source: str) -> tuple[str, list[_Span]]:
    """The plain text of a source, and where its formulas stand."""
    formulas: list[_Span] = []
    texts, at = [], 0
    for piece in clean.pieces(source):
        text = piece if isinstance(piece, str) else piece.text
        if text is not piece and 0 < len(text) <= _FORMULA:
            formulas.append((at, at + len(text), piece.latex))
        texts.append(text)
        at += len(text)
    return "".join(texts), formulas


def _overlapped(formulas: list[_Span], start: int, end: int) -> _Span | None:
    """The last formula that holds a part of what is between two places."""
    n = bisect_left(formulas, (end,)) - 1  # the last that begins before the end
    return formulas[n] if n >= 0 and formulas[n][1] > start else None


def _end(text: str, start: int, length: int, formulas: list[_Span]) -> int:
    """Where about `length` characters from `start` end: with a whole word or formula."""
    end = start + length
    if end >= len(text):
        return len(text)
    while (space := text.rfind(" ", start + 1, end)) > 0:
        cut = _overlapped(formulas, space, space)
        if not cut:
            return space
        if cut[0] <= start:  # it begins with a formula that is longer than asked for
            return cut[1]
        end = cut[0]
    if cut := _overlapped(formulas, end, end):
        return cut[0] if cut[0] > start else cut[1]
    return end


@lru_cache(maxsize=256)
def _candidates(terms: frozenset[str]) -> re.Pattern[str]:
    """Words that may have one of the terms: a stem keeps the first two letters of its words.

    (But for dying, lying and tying, which are then not marked.)
    """
    starts = "|".join(sorted({re.escape(held[:2]) for held in terms}))
    return re.compile(rf"(?<![^\W_])(?:{starts})[^\W_]*", re.ASCII | re.IGNORECASE)


def _matches(text: str, terms: frozenset[str], formulas: list[_Span]) -> list[_Span]:
    if not terms:
        return []
    words = _candidates(terms) if text.isascii() else _WORD
    return [
        (word.start(), word.end(), found)
        for word in words.finditer(text)
        if (found := term(word[0])) in terms and not _overlapped(formulas, *word.span())
    ]


def _cut(
    text: str, start: int, end: int, formulas: list[_Span], matches: list[_Span]
) -> list[Piece]:
    spans = [(at, stop, Piece(text[at:stop], match=True)) for at, stop, _ in matches]
    if formulas:
        spans += [(at, stop, Piece(text[at:stop], latex=latex)) for at, stop, latex in formulas]
        spans.sort(key=itemgetter(0))
    pieces = []
    for at, stop, piece in spans:
        if at < start or stop > end:
            continue
        if start < at:
            pieces.append(Piece(text[start:at]))
        pieces.append(piece)
        start = stop
    if start < end:
        pieces.append(Piece(text[start:end]))
    return pieces
