"""The syntax tree of a query: what is looked for, before any engine is asked.

`query.parse` makes trees of text, `show` writes them as text that parses to the same tree, and
each engine has one compiler: `lexical_query` (tantivy), `vector_rows.allowed` (a mask of rows),
`milvus`, and the catalogue's `conditions` (SQL). A tree of None asks for nothing in particular.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypedDict

import msgspec

from papertide.papers import KINDS

HAS = ("abstract", *KINDS)  # what `has:` may ask for
# The fields of trees, and how they are printed.
TEXTS = {"title": "ti", "abstract": "abs", "authors": "au", "venue": "venue"}
EXACT = {"category": "cat", "source": "source", "id": "id", "doi": "doi", "has": "has"}
# What is typed before a colon, and what it asks for. arXiv's names are among them:
# https://info.arxiv.org/help/api/user-manual.html#query_details
FIELDS = {
    "ti": "title", "title": "title", "abs": "abstract", "abstract": "abstract",
    "au": "authors", "author": "authors", "venue": "venue", "jr": "venue", "all": "",
    "cat": "category", "category": "category", "source": "source", "id": "id", "doi": "doi",
    "has": "has", "date": "date", "submitteddate": "date", "votes": "votes", "by": "by",
}  # fmt: skip


class Word(msgspec.Struct, frozen=True):
    """A word; with `form` "*" what begins with it, with "~1" or "~2" what is spelt nearly so
    (at most so many letters put in, left out, changed, or swapped with their neighbour)."""

    text: str
    form: str = ""


class Phrase(msgspec.Struct, frozen=True):
    """Words that stand beside each other in this order."""

    text: str


class Words(msgspec.Struct, frozen=True):
    """Words of which any may occur, the more the better, and phrases that must; in any field of
    text or in one of `TEXTS`. Where there is a phrase, words only rank."""

    parts: tuple[Word | Phrase, ...]
    field: str = ""


class Is(msgspec.Struct, frozen=True):
    """A value in one of the fields of `EXACT`, whatever its case; with `prefix`, its beginning."""

    field: str
    value: str
    prefix: bool = False


class Dated(msgspec.Struct, frozen=True):
    """A date of these days, both included; a paper without a year is on neither side of one."""

    since: date | None = None
    until: date | None = None

    @property
    def numbers(self) -> tuple[int, int]:
        """The first and the last day as yyyymmdd."""
        since, until = self.since or date.min, self.until or date.max
        return tuple(day.year * 10_000 + day.month * 100 + day.day for day in (since, until))


class Voted(msgspec.Struct, frozen=True):
    """At least so many votes, and at most so many (None: any number); none are 0."""

    least: int = 0
    most: int | None = None


class PickedBy(msgspec.Struct, frozen=True):
    """Picked by the curator of a handle."""

    handle: str


class Among(msgspec.Struct, frozen=True):
    """One of these papers, by their numbers. Nobody types it: votes and picks are looked up before
    engines are asked."""

    ids: frozenset[int]


class After(msgspec.Struct, frozen=True):
    """A paper that came here after the one of this number: numbers grow in the order in which
    papers come. Nobody types it: it is what is new to a reader."""

    number: int


class Not(msgspec.Struct, frozen=True):
    part: "Tree"


class All(msgspec.Struct, frozen=True):
    parts: tuple["Tree", ...]


class Either(msgspec.Struct, frozen=True):
    parts: tuple["Tree", ...]


Tree = Words | Is | Dated | Voted | PickedBy | Among | After | Not | All | Either


# --- making ----------------------------------------------------------------------------------


def _joined(kind: type[All] | type[Either], trees: Iterable[Tree | None]) -> Tree | None:
    parts: list[Tree] = []
    for tree in trees:
        if tree is not None:
            parts += tree.parts if isinstance(tree, kind) else (tree,)
    return kind(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def every(*trees: Tree | None) -> Tree | None:
    """What all of some trees ask for; None of them asks for nothing."""
    return _joined(All, trees)


def either(*trees: Tree | None) -> Tree | None:
    """What any of some trees asks for, without those that ask for nothing."""
    return _joined(Either, trees)


def negated(tree: Tree | None) -> Tree | None:
    """All but what a tree asks for; of nothing, nothing."""
    if tree is None:
        return None
    return tree.part if isinstance(tree, Not) else Not(tree)


class Conditions(TypedDict, total=False):
    """What narrows a search beside its text: of any of the categories, of any of the sources, of
    the days, with all that papers are to have, and any tree."""

    categories: Iterable[str]
    sources: Iterable[str]
    since: date | None
    until: date | None
    has: Iterable[str]
    where: Tree | None


def narrow(
    categories: Iterable[str] = (), sources: Iterable[str] = (), since: date | None = None,
    until: date | None = None, has: Iterable[str] = (), where: Tree | None = None,
) -> Tree | None:  # fmt: skip
    """`Conditions` as one tree."""
    return every(
        either(*(Is("category", code.replace('"', "'")) for code in categories)),
        either(*(Is("source", name.replace('"', "'")) for name in sources)),
        Dated(since, until) if since or until else None,
        *(Is("has", what) for what in has),
        where,
    )


# --- asking ----------------------------------------------------------------------------------


def sought(tree: Tree | None) -> list[Words]:
    """The words that papers are to have: all but those under NOT."""
    if isinstance(tree, Words):
        return [tree]
    parts = tree.parts if isinstance(tree, All | Either) else ()
    return [words for part in parts for words in sought(part)]


def plain(tree: Tree | None) -> Words | None:
    """The words that stand by themselves: in no field and under no operator; None where there
    are none, or several that AND joins and that so must occur."""
    parts = tree.parts if isinstance(tree, All) else (tree,)
    held = [part for part in parts if isinstance(part, Words) and not part.field]
    return held[0] if len(held) == 1 else None


def without(tree: Tree | None, words: Words | None) -> Tree | None:
    """What a tree asks for beside its plain words."""
    parts = tree.parts if isinstance(tree, All) else (tree,)
    return every(*(part for part in parts if part is not words))


def structured(tree: Tree | None) -> Tree | None:
    """The most that a tree asks for without looking at words and names: whatever matches the
    tree matches this."""
    if isinstance(tree, All):
        return every(*map(structured, tree.parts))
    if isinstance(tree, Either):
        parts = [structured(part) for part in tree.parts]
        return None if None in parts else either(*parts)
    if isinstance(tree, Not):
        return tree if structured(tree.part) == tree.part else None
    worded = isinstance(tree, Words) or (isinstance(tree, Is) and tree.field in ("id", "doi"))
    return None if worded else tree


def leaves(tree: Tree | None) -> list[Tree]:
    """All that a tree is made of, those under NOT too."""
    if isinstance(tree, All | Either):
        return [leaf for part in tree.parts for leaf in leaves(part)]
    if isinstance(tree, Not):
        return leaves(tree.part)
    return [] if tree is None else [tree]


def replaced(tree: Tree | None, change: Callable[[Tree], Tree | None]) -> Tree | None:
    """A tree with each of its leaves as `change` gives it."""
    if isinstance(tree, All | Either):
        return _joined(type(tree), (replaced(part, change) for part in tree.parts))
    if isinstance(tree, Not):
        return negated(replaced(tree.part, change))
    return None if tree is None else change(tree)


# --- printing --------------------------------------------------------------------------------

_BARE = re.compile(r"(?![\[“])[^\s()\"]+(\([^\s()\"]*\)[^\s()\"]*)*(?<!\*)\Z")
# Words that would be something else by themselves; `all:` makes them words again.
_MEANT = re.compile(rf"-[^-]|(?:AND|ANDNOT|OR|NOT)\Z|(?i:{'|'.join(FIELDS)}):.|“")


def show(tree: Tree | None) -> str:
    """A tree as text that parses to it. Raises ValueError for `Among` and `After`: they have none.
    """
    if isinstance(tree, Either):
        return " OR ".join(map(show, tree.parts))
    if isinstance(tree, All):
        # Side by side, plain words would become one with those before them.
        beside = not any(isinstance(part, Words) and not part.field for part in tree.parts[1:])
        return (" " if beside else " AND ").join(_grouped(part, Either) for part in tree.parts)
    if isinstance(tree, Not):
        shown = show(tree.part)
        several = isinstance(tree.part, Words) and len(tree.part.parts) > 1 and not tree.part.field
        grouped = several or isinstance(tree.part, All | Either) or not re.match(r'[\w"]', shown)
        return f"-({shown})" if grouped else f"-{shown}"
    return "" if tree is None else _leaf(tree)


def _grouped(tree: Tree, kind: type) -> str:
    return f"({show(tree)})" if isinstance(tree, kind) else show(tree)


def _leaf(tree: Tree) -> str:
    match tree:
        case Words(parts, field):
            if field and len(parts) == 1:
                return f"{TEXTS[field]}:{_part(parts[0])}"
            shown = " ".join(
                f"all:{_part(part)}" if not field and _MEANT.match(part.text) else _part(part)
                for part in parts
            )
            return f"{TEXTS[field]}:({shown})" if field else shown
        case Is(field, value, prefix):
            bare = prefix or _BARE.match(value)
            return f"{EXACT[field]}:" + (value if bare else f'"{value}"') + "*" * prefix
        case Dated(since, until):
            since, until = since or "", until or ""
            return f"date:{since}" if since == until else f"date:{since}..{until}"
        case Voted(least, most):
            if most is None:
                return f"votes:{least}.."
            return f"votes:{least}" if least == most else f"votes:{least}..{most}"
        case PickedBy(handle):
            return f"by:{handle}" if _BARE.match(handle) else f'by:"{handle}"'
    raise ValueError(f"{type(tree).__name__} cannot be typed")


def _part(part: Word | Phrase) -> str:
    return f'"{part.text}"' if isinstance(part, Phrase) else part.text + part.form
