"""Showing where a query's words stand: a text in pieces, the matching ones marked."""

import re

import msgspec

from papertide.search.lexical import term

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"'$\\])")


class Piece(msgspec.Struct, frozen=True):
    """A piece of text, and whether it is a match."""

    text: str
    match: bool = False


def mark(text: str, terms: frozenset[str]) -> list[Piece]:
    """A text in pieces, each word whose term is among `terms` marked."""
    pieces, at = [], 0
    if terms:
        for word in _WORD.finditer(text):
            if term(word[0]) in terms:
                if at < word.start():
                    pieces.append(Piece(text[at : word.start()]))
                pieces.append(Piece(word[0], match=True))
                at = word.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return pieces


def snippet(text: str, terms: frozenset[str], length: int = 320) -> list[Piece]:
    """About `length` characters of a text: its start, or whole sentences that match better.

    The start is left only for a place that holds more distinct terms of the query.
    """
    if len(text) <= length:
        return mark(text, terms)
    starts = [0, *(gap.end() for gap in _SENTENCE.finditer(text))]
    best = max(starts, key=lambda start: (_distinct(text[start : start + length], terms), -start))
    end = best + length
    if end < len(text):
        end = text.rfind(" ", best, end) if " " in text[best:end] else end
    pieces = mark(text[best:end], terms)
    if best > 0:
        pieces.insert(0, Piece("… "))
    if end < len(text):
        pieces.append(Piece(" …"))
    return pieces


def _distinct(text: str, terms: frozenset[str]) -> int:
    return len(terms.intersection(term(word) for word in _WORD.findall(text)))
