"""From what the grammar finds in a query to its syntax tree, values of fields read on the way."""

import calendar
import re
from collections.abc import Callable
from datetime import date

from lark import Token, Transformer, v_args

from papertide.papers import arxiv_id, doi
from papertide.search import tree
from papertide.search.query import MAX_WIDE, SHORTEST, Mistake
from papertide.search.tree import (
    FIELDS,
    HAS,
    Dated,
    Is,
    Phrase,
    PickedBy,
    Tree,
    Voted,
    Word,
    Words,
)

_FORM = re.compile(r"([^*~]+)(\*|~[12]?)\Z")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T.*)?)?)?\Z", re.ASCII)
_DIGITS = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:\d{4}|\d{6})?)?)?\Z", re.ASCII)  # arXiv's
_RANGE = re.compile(r"\[\s*(\S+?)[\s+]+TO[\s+]+(\S+?)\s*\]\Z")
_INITIAL = re.compile(r"(?<![^\W_])[^\W_](?![^\W_])")
_NUMBER = re.compile(r"\d{1,9}\Z", re.ASCII)


class _Wrong(ValueError):
    """A value that a field cannot have; the message is for who typed it."""


@v_args(inline=True)
class Reader(Transformer):
    """Makes the syntax tree of one parse, bottom up; mistakes are added to a list.

    What a rule gives is a tree, None where nothing could be understood, or a token yet to be read.
    """

    def __init__(self, mistakes: list[Mistake]):
        super().__init__(visit_tokens=False)
        self._mistakes = mistakes
        self._wide = 0

    def start(self, item: "Token | Tree | None" = None) -> Tree | None:
        return item

    def either(self, *items: Tree | None) -> Tree | None:
        return tree.either(*items)

    def every(self, *items: Tree | None) -> Tree | None:
        return tree.every(*items)

    def excluded(self, item: Tree | None) -> Tree | None:
        return tree.negated(item)

    def beside(self, *items: "Token | Tree | None") -> Tree | None:
        """Plain words that stand side by side are one, also those in parentheses of their own."""
        words: list[Word | Phrase] = []
        others = []
        for item in map(self._read, items):
            if isinstance(item, Words) and not item.field:
                words += item.parts
            else:
                others.append(item)
        return tree.every(Words(tuple(words)) if words else None, *others)

    def negated(self, _: Token, item: "Token | Tree | None") -> Tree | None:
        return tree.negated(self._read(item))

    def group(self, item: "Token | Tree | None" = None) -> Tree | None:
        return item

    def lone(self, quote: Token) -> None:
        self._wrong(quote.start_pos, "This quotation mark is never closed.")

    def fielded(self, name: Token, item: "Token | Tree | None") -> Tree | None:
        field = FIELDS[name.removesuffix(":").lower()]
        at = name.start_pos

        def within(leaf: Tree) -> Tree | None:
            if not isinstance(leaf, Words) or leaf.field:
                return leaf  # a field of its own
            if field in ("", *tree.TEXTS):
                return self._names(leaf, at) if field == "authors" else Words(leaf.parts, field)
            texts = [part.text + getattr(part, "form", "") for part in leaf.parts]
            return tree.either(*(self._valued(field, text, at) for text in texts))

        if isinstance(item, Token) and field not in ("", *tree.TEXTS):
            quoted = item.type == "PHRASE"
            text = item[1:-1] if quoted else str(item)
            return self._valued(field, text, item.start_pos, quoted)
        return tree.replaced(self._read(item), within)

    def _read(self, item: "Token | Tree | None") -> Tree | None:
        """The tree of a token."""
        if not isinstance(item, Token):
            return item
        if item.type == "PHRASE":
            return Words((Phrase(" ".join(item[1:-1].split())),)) if item[1:-1].strip() else None
        return Words(tuple(self._word(word, item.start_pos) for word in item.split()))

    def _word(self, text: str, at: int) -> Word:
        """A word, with what a star or a tilde at its end asks for; other ones are plain text."""
        formed = _FORM.match(text)
        letters = len(re.search(r"[^\W_]*\Z", formed[1])[0]) if formed else 0
        if letters < SHORTEST:
            return Word(text)
        form = formed[2]
        if form == "~":  # as Lucene's fuzziness AUTO
            form = "" if letters < 3 else "~1" if letters < 6 else "~2"
        return Word(formed[1], form if form and self._allowed(at) else "")

    def _allowed(self, at: int) -> bool:
        """Whether there may be one more condition that costs much."""
        self._wide += 1
        if self._wide > MAX_WIDE:
            self._wrong(at, f"More than {MAX_WIDE} of * and ~, initials, votes and picks: from "
                            "here on they are left out.")  # fmt: skip
        return self._wide <= MAX_WIDE

    def _valued(self, field: str, text: str, at: int, quoted: bool = False) -> Tree | None:
        """The condition of a field with a value; None, and a mistake, where it cannot be one."""
        try:
            value = _VALUES[field](field, " ".join(text.split()), quoted)
        except _Wrong as wrong:
            self._wrong(at, str(wrong))
            return None
        wide = isinstance(value, Voted | PickedBy) or getattr(value, "prefix", False)
        return None if wide and not self._allowed(at) else value

    def _names(self, words: Words, at: int) -> Words | None:
        """Words in the field of authors; an initial may stand for thousands of names."""
        named = [_name(part) for part in words.parts]
        held = [part for part in named if not _INITIAL.search(part.text) or self._allowed(at)]
        return Words(tuple(held), "authors") if held else None

    def _wrong(self, at: int, why: str) -> None:
        if all(mistake.text != why for mistake in self._mistakes):
            self._mistakes.append(Mistake(why, at))


def _name(part: Word | Phrase) -> Word | Phrase:
    """A name in the field of authors: arXiv writes del_maestro and lecun_y, BibTeX LeCun, Yann."""
    if isinstance(part, Phrase):
        family, comma, given = part.text.partition(", ")
        return Phrase(f"{given} {family}") if comma and given else part
    if part.form or "_" not in part.text.strip("_"):
        return part
    return Phrase(" ".join(part.text.replace("_", " ").split()))


# --- values ----------------------------------------------------------------------------------


def _named(field: str, text: str, quoted: bool) -> Tree:
    prefix = field == "category" and not quoted and text.endswith("*")
    text = text.removesuffix("*") if prefix else text
    if not text and not prefix:
        raise _Wrong("There is nothing between the quotation marks.")
    return Is(field, text, prefix)


def _has(field: str, text: str, quoted: bool) -> Tree:
    if text.lower() not in HAS:
        raise _Wrong(f"has: knows {', '.join(HAS)}.")
    return Is(field, text.lower())


def _id(field: str, text: str, quoted: bool) -> Tree:
    known = arxiv_id(text)
    return _named(field, known.id if known else text, True)


def _doi(field: str, text: str, quoted: bool) -> Tree:
    if (known := doi(text)) is None:
        raise _Wrong("doi: wants a DOI such as 10.1038/nature14539.")
    return Is(field, known)


def _by(field: str, text: str, quoted: bool) -> Tree:
    handle = text.removeprefix("@").replace('"', "")
    if not handle.strip():
        raise _Wrong("by: wants the handle of a curator, such as by:ada.")
    return PickedBy(handle)


def _dated(field: str, text: str, quoted: bool) -> Tree:
    since, until = _bounds(text, _days, "date: wants 2024, 2024-05, 2024-05-17, or from..to.")
    return Dated(since, until)


def _voted(field: str, text: str, quoted: bool) -> Tree:
    least, most = _bounds(text, _votes, "votes: wants a number such as 10, >10 or 10..20.")
    return Voted(least or 0, most)


def _days(text: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day; raises ValueError."""
    found = _DAY.match(text) or _DIGITS.match(text)
    if not found:
        raise ValueError
    year, month, day = (int(part) if part else None for part in found.groups())
    last = day or calendar.monthrange(year, month or 12)[1]
    return date(year, month or 1, day or 1), date(year, month or 12, last)


def _votes(text: str) -> tuple[int, int]:
    if not _NUMBER.match(text):
        raise ValueError
    return int(text), int(text)


def _bounds(text: str, read: Callable, wanted: str) -> tuple:
    """The bounds that a text names, both included, None where it is open: ``a``, ``a..b``,
    ``a..``, ``..b``, ``>a``, ``<=b``, ``[a TO b]``. Raises _Wrong."""
    try:
        if match := _RANGE.match(text):
            first, last = (None if end == "*" else read(end) for end in match.groups())
        elif match := re.match(r"([<>])(=?)(.*)\Z", text):
            first, last = _compared(match[1], bool(match[2]), read(match[3].strip()))
        elif ".." in text:
            first, last = (read(end) if end else None for end in text.split(".."))
        else:
            first = last = read(text)
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        raise _Wrong(wanted) from None
    since, until = first and first[0], last and last[1]
    if since is None and until is None:
        raise _Wrong(wanted)
    if since is not None and until is not None and until < since:
        raise _Wrong(f"{text} ends before it begins.")
    return since, until


def _compared(sign: str, included: bool, value: tuple) -> tuple:
    """The bounds of a comparison with a value, itself a first and a last one."""
    first, last = value
    one = 1 if isinstance(first, int) else date.resolution
    if included:
        return (value, None) if sign == ">" else (None, value)
    if sign == "<" and not first:
        raise ValueError  # fewer votes than none
    return ((last + one,) * 2, None) if sign == ">" else (None, (first - one,) * 2)


_VALUES: dict[str, Callable[[str, str, bool], Tree]] = {
    "category": _named, "source": _named, "id": _id, "doi": _doi, "has": _has,
    "date": _dated, "votes": _voted, "by": _by,
}  # fmt: skip
