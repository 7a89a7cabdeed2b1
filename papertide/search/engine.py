"""What a search engine is asked and what it answers, whichever engine it is."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

from papertide.papers import Paper, PartialDate
from papertide.reading.clean import clean
from papertide.search.tree import HAS, Tree
from papertide.search.vocabulary import Vocabulary


class SearchUnavailable(Exception):
    """The index cannot answer now; the message says why and what to run."""


class Document(msgspec.Struct, kw_only=True):
    """A paper as an engine holds it: readable texts, and what can be filtered by."""

    id: int
    title: str
    abstract: str
    authors: list[str]
    categories: list[str]
    sources: list[str]
    date: int  # yyyymmdd, unknown parts as 01; 0 without a year, or in the future
    venue: str = ""
    identities: list[str] = []  # as papers have them, and the public id as "id:…"
    has: list[str] = []  # of `tree.HAS`


def document(paper: Paper) -> Document:
    """The document of a paper; where it has no abstract, our description stands in.

    A date in the future is a mistake, or that of an issue yet to come: it counts as unknown,
    so that such a paper is found by its words but is not for ever the newest. Tomorrow is
    allowed: it has begun somewhere.
    """
    there = {link.kind for link in paper.links} | ({"abstract"} if paper.abstract else set())
    known = date_number(paper.announced or paper.date)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return Document(
        id=paper.id,
        title=paper.readable_title,
        abstract=paper.readable_abstract or clean(paper.description),
        authors=paper.authors,
        categories=paper.categories,
        sources=paper.sources,
        date=known if known <= date_number(str(tomorrow)) else 0,
        venue=clean(paper.venue),
        identities=[f"id:{paper.public_id}", *paper.identities],
        has=[name for name in HAS if name in there],
    )


def date_number(text: str) -> int:
    """A stored date as yyyymmdd, its unknown parts as 01; 0 without a year."""
    if not text:
        return 0
    year, month, day = PartialDate.parse(text)
    return 0 if year is None else year * 10000 + (month or 1) * 100 + (day or 1)


class Candidates(msgspec.Struct, kw_only=True):
    """Papers found, best first: their numbers and scores, and how many there are in all.

    Where scores are of words and meaning together, `by_words` is the part that words have in them;
    `notice` tells readers of what could not be asked.
    """

    ids: list[int]
    scores: list[float]
    total: int
    by_words: list[float] = []
    notice: str = ""


class Facets(msgspec.Struct, kw_only=True):
    """How many of some papers have each value: years, the newest first, without papers of no year;
    categories and sources as they are written, and what papers have (`tree.HAS`), the commonest
    first and those of equal number by name. Of categories the `most` commonest.

    `among` is 0 where all papers were counted that match, else how many of the newest were.
    """

    years: dict[int, int] = {}
    categories: dict[str, int] = {}
    sources: dict[str, int] = {}
    has: dict[str, int] = {}
    among: int = 0


FACETS = ("years", "categories", "sources", "has")


def counted(documents: Iterable[Document], *, most: int, only: Collection[str]) -> Facets:
    """The facets of some documents."""
    counts: dict[str, Counter] = {name: Counter() for name in only}
    for document in documents:
        values = {
            "years": [document.date // 10_000] if document.date else [],
            "categories": document.categories,
            "sources": document.sources,
            "has": document.has,
        }
        for name in only:
            counts[name].update(set(values[name]))
    ordered = {
        name: dict(sorted(held.items(), key=lambda pair: (-pair[1], str(pair[0]))))
        for name, held in counts.items()
    }
    if "years" in ordered:
        ordered["years"] = dict(sorted(ordered["years"].items(), reverse=True))
    if "categories" in ordered:
        ordered["categories"] = dict(list(ordered["categories"].items())[:most])
    return Facets(**ordered)


class Engine(Protocol):
    """A search engine. `position` is the number of the last change it holds.

    One process writes at a time, under `writing()`; any number read meanwhile.
    """

    def position(self) -> int: ...

    def count(self) -> int: ...

    def words(
        self, query: str | Tree | None, where: Tree | None = None, *, limit: int = 20,
        offset: int = 0, by_date: bool = False,
    ) -> Candidates:
        """Papers that match a query, a text or a tree, and further conditions: the best first, or
        the newest where no words are sought. A text in which nothing is understood finds none."""
        ...  # fmt: skip

    def facets(
        self, query: str | Tree | None, where: Tree | None = None, *, most: int = 10,
        only: Collection[str] = FACETS,
    ) -> Facets | None:
        """What is counted over all papers that `words` finds, however many: exact numbers, of the
        facets in `only`; None where an engine leaves it to the database."""
        ...  # fmt: skip

    def vocabulary(self) -> Vocabulary | None:
        """The words that papers have, as they are spelt, and how many have each; None where that
        is not known (yet), and then nobody is asked what was meant."""
        ...

    def terms(self, query: str | Tree | None) -> frozenset[str]:
        """The terms that a query seeks, as they are compared; for highlighting."""
        ...

    def is_author(self, text: str) -> bool:
        """Whether a text is the name of an author, of two words or more as it is written there."""
        ...

    def apply(
        self, documents: Iterable[Document], deleted: Iterable[int], position: int
    ) -> None:
        """Put documents in, take papers out, and remember the position, all in one commit."""
        ...

    def rebuild(self, documents: Iterator[Document], position: int) -> None:
        """Take the place of all that is held, in one step that readers do not notice."""
        ...
