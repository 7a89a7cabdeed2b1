"""Why a paper was found: which of the words it has and where, and how near it is in meaning.

These are the numbers that ranking starts from (the score of the word index, the cosine), asked
again for the papers of one page alone; what ranking makes of them is told in docs/search.md.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from papertide.search import lexical_query, tree
from papertide.search.engine import Document, Engine
from papertide.search.hybrid import Meaning, prefers_words, spoken
from papertide.search.query import Mode
from papertide.search.tree import Among, Phrase, Tree, Word, Words
from papertide.search.vocabulary import distance

MOST = 12  # words that are told for each field
# What else may lift a paper, beside votes and what rises.
TITLE, YEAR, NAMED = "title", "year", "named"


class Why(msgspec.Struct, kw_only=True):
    """Why a paper was found. `matched` are the words of the query that it has, by field, as they
    stand there; `words` is the score of the word index (0: it has none of the words), `meaning` the
    cosine (None: meaning was not compared, or the paper has no vector); `best` is the best score of
    words that any paper has for this query. `boosts` is what else
    lifts it: "title" (the words stand in its title in this order), "year" (it is of a year among
    the words), "named" (it was asked for by id, DOI or whole title); `votes` and `stars` are told
    where papers are ordered by them."""

    matched: dict[str, list[str]] = {}
    words: float = 0.0
    best: float = 0.0
    meaning: float | None = None
    boosts: list[str] = []
    votes: int | None = None
    stars: int | None = None

    @property
    def by_meaning_only(self) -> bool:
        return not self.words and self.meaning is not None


_PLACES = {"title": "in the title", "abstract": "in the abstract", "authors": "among the authors",
           "venue": "in where it appeared"}  # fmt: skip
_BOOSTS = {
    TITLE: "these words stand in its title in this order",
    YEAR: "it is of that year",
    NAMED: "it is what was asked for, by its id, DOI or whole title",
}


def told(why: Why, scores: bool = True) -> list[str]:
    """Why a paper was found, in plain words, with its scores or without: one clause each."""
    clauses = [_BOOSTS[boost] for boost in why.boosts]
    if why.by_meaning_only:
        clauses.append("it has none of the words; it is near in meaning")
    clauses += [
        f"{', '.join(words)} {_PLACES[field]}" for field, words in why.matched.items() if words
    ]
    if scores and why.words:
        clauses.append(f"words score {why.words:.1f}, the best has {max(why.best, why.words):.1f}")
    if scores and why.meaning is not None:
        clauses.append(f"meaning {why.meaning:.2f} of 1")
    if why.votes is not None:
        clauses.append(f"{why.votes:,} vote{'s' * (why.votes != 1)}")
    if why.stars is not None:
        clauses.append(f"{why.stars:,} star{'s' * (why.stars != 1)} of its code")
    if not (clauses or why.words or why.meaning is not None):
        clauses.append("it meets the conditions, which have no score")
    return clauses


def explain(
    asked: Tree | None, documents: Sequence[Document], words: Engine, meaning: Meaning | None,
    mode: Mode = "hybrid",
) -> list[Why]:  # fmt: skip
    """Why each of some papers answers a query, in their order."""
    by_word, cosines = _scores(asked, documents, words), [None] * len(documents)
    text = spoken(asked)
    compared = mode == "meaning" or not (prefers_words(asked) or words.is_author(text))
    if meaning is not None and text and mode != "words" and compared:
        near = meaning.scores(meaning.embed(text), [document.id for document in documents])
        cosines = [None if np.isnan(cosine) else float(cosine) for cosine in near]
    tests = list(_tests(asked))
    best = max([0.0, *words.words(asked, limit=1).scores]) if by_word else 0.0
    title = _title(asked)
    years = {year for words in tree.sought(asked) for year in lexical_query.years(words)}
    return [
        Why(
            matched=_matched(document, tests),
            words=by_word.get(document.id, 0.0),
            best=best,
            meaning=cosine,
            boosts=[TITLE] * bool(title and _contains(document.title, title))
            + [YEAR] * (document.date // 10_000 in years),
        )
        for document, cosine in zip(documents, cosines, strict=True)
    ]


def _scores(asked: Tree | None, documents: Sequence[Document], words: Engine) -> dict[int, float]:
    """The score of the word index for each paper that has any of the words."""
    if not documents or not tree.sought(asked):
        return {}
    among = Among(frozenset(document.id for document in documents))
    found = words.words(asked, among, limit=len(documents))
    return dict(zip(found.ids, found.scores, strict=True))


# --- words in fields --------------------------------------------------------------------------

_FIELDS = ("title", "abstract", "authors", "venue")


class _Test(msgspec.Struct):
    """How a word of a text is compared: stems or spellings that it may have, beginnings, and
    words it may be a misspelling of."""

    field: str
    terms: frozenset[str]
    begins: tuple[str, ...] = ()
    near: tuple[tuple[str, int], ...] = ()

    @property
    def starts(self) -> frozenset[str] | None:
        """How a word that is held begins, as a stem keeps two letters; None: in any way."""
        if self.near:
            return None
        return frozenset(held[:2] for held in (*self.terms, *self.begins))

    def holds(self, word: str, stemmed: bool) -> bool:
        plain = _plain(lexical_query.folded(word) if self.field == "authors" else word)
        if (lexical_query.term(word) if stemmed else plain) in self.terms:
            return True
        if self.begins and plain.startswith(self.begins):
            return True
        return any(distance(plain, other, most) <= most for other, most in self.near)


def _tests(asked: Tree | None) -> Iterator[_Test]:
    for words in tree.sought(asked):
        for field in (words.field,) if words.field else ("title", "abstract", "authors"):
            yield _Test(field, frozenset(_terms(words, field)), tuple(_begun(words)),
                        tuple(_near(words)))  # fmt: skip


def _terms(words: Words, field: str) -> Iterator[str]:
    analyzer = "names" if field in ("authors", "venue") else "prose"
    fold = lexical_query.folded if field == "authors" else str
    plain = [part.text for part in words.parts if isinstance(part, Word) and not part.form]
    yield from lexical_query.content(fold(" ".join(plain)), analyzer)
    for part in words.parts:
        if isinstance(part, Phrase):
            yield from lexical_query.tokens(fold(part.text), analyzer)


def _begun(words: Words) -> Iterator[str]:
    for part in words.parts:
        if isinstance(part, Word) and part.form == "*":
            yield from lexical_query.tokens(part.text, "names")[-1:]


def _near(words: Words) -> Iterator[tuple[str, int]]:
    for part in words.parts:
        if isinstance(part, Word) and part.form[:1] == "~":
            for word in lexical_query.tokens(part.text, "names")[-1:]:
                yield word, int(part.form[1:])


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return next(iter(lexical_query.tokens(word, "names")), "")


def _matched(document: Document, tests: Sequence[_Test]) -> dict[str, list[str]]:
    texts = {
        "title": document.title,
        "abstract": document.abstract,
        "authors": " ".join(document.authors),
        "venue": document.venue,
    }
    found = {}
    for field in _FIELDS:
        mine = [test for test in tests if test.field == field]
        if mine and (held := _words_of(texts[field], mine, field in ("title", "abstract"))):
            found[field] = held
    return found


def _words_of(text: str, tests: Sequence[_Test], stemmed: bool) -> list[str]:
    """The words of a text that any test lets through, each stem once, as it is spelt first."""
    held: dict[str, str] = {}
    starts = [test.starts for test in tests]
    starts = None if None in starts else frozenset().union(*starts)
    for word in dict.fromkeys(lexical_query.WORD.findall(text)):
        if starts is not None and word.isascii() and word[:2].lower() not in starts:
            continue
        key = lexical_query.term(word) if stemmed else _plain(word)
        if key and key not in held and any(test.holds(word, stemmed) for test in tests):
            held[key] = word
            if len(held) == MOST:
                break
    return list(held.values())


def _title(asked: Tree | None) -> list[str]:
    """The stems that lift a paper where they stand in its title in this order: those of the plain
    words, where they are more than one (see `lexical_query`)."""
    plain = tree.plain(asked)
    if plain is None:
        return []
    text = " ".join(p.text for p in plain.parts if isinstance(p, Word) and not p.form)
    stems = lexical_query.tokens(text, "prose")
    return stems if len(stems) > 1 else []


def _contains(title: str, stems: list[str]) -> bool:
    held = lexical_query.tokens(title, "prose")
    return any(held[at : at + len(stems)] == stems for at in range(len(held) - len(stems) + 1))
