"""From the syntax tree of a query to the query of tantivy, and the terms that texts become.

A text is compared by stems in `title`, `text` (title and abstract) and `abstract`, as it is spelt
in `authors`, `venue`, and in `title_words` and `abstract_words`, which are for beginnings and
misspellings: a stem says nothing of either.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from math import sqrt
from unicodedata import normalize

import tantivy
from tantivy import FieldType, Filter, Occur, Query, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from papertide.reading.clean import clean
from papertide.search import tree as trees
from papertide.search.tree import (
    After,
    All,
    Among,
    Dated,
    Either,
    Is,
    Not,
    Phrase,
    PickedBy,
    Tree,
    Voted,
    Word,
    Words,
)

WORD = re.compile(r"[^\W_]+")  # what the tokenizer takes for a word
# A letter with a dot, or a capital by itself that is no word.
_INITIAL = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.|(?![AI])[A-ZÀ-ÖØ-Þ](?![^\W_]))")
# Two letters that may stand for an umlaut; not in Michael, Xue, Miguel.
_TWOWORD = re.compile(r"(?<![aeiouqAEIOUQ])([aouAOU])e(?!l?\b)(?![aeiou])")
_NAMED = 4.0  # weight of a name with initials
_YEAR = re.compile(r"19[5-9]\d|20\d\d")
_DATED = 8.0  # weight of a year: that of a rare word
_LAST = 2**63 - 1  # the greatest number of a paper
_MAX_TERMS = 200  # of one query: a pasted abstract has about that many
# With their weights. BM25 of one field that holds title and abstract is better than the sum of
# BM25 of each; the title counts a little more on top. Chosen on SciFact's training split.
FIELDS = (("title", 0.15), ("text", 1.0), ("authors", 1.0))
_SPELT = {  # where words are looked up as they are spelt
    "": ("title_words", "abstract_words", "authors"),
    "title": ("title_words",),
    "abstract": ("abstract_words",),
    "authors": ("authors",),
    "venue": ("venue",),
}
_UNSTEMMED = ("authors", "venue")
# Beside tantivy's 33 stop words: words of titles that a paper on the matter may well lack.
_SMALL = {
    "about", "across", "all", "also", "any", "beyond", "can", "could", "do", "does", "from",
    "has", "have", "how", "its", "more", "most", "our", "over", "should", "than", "through",
    "toward", "towards", "under", "using", "via", "we", "what", "when", "where", "which", "who",
    "why", "within", "without", "would", "you", "your",
}  # fmt: skip
FACETS = ("category", "source", "has")  # what is counted over all papers that match


def _schema() -> tantivy.Schema:
    builder = SchemaBuilder()
    # Not unsigned: tantivy-py 0.27 makes signed terms of numbers when it deletes by term, and they
    # match no unsigned field.
    builder.add_integer_field("id", indexed=True, fast=True)
    for field in ("title", "text"):
        builder.add_text_field(field, tokenizer_name="prose")
    builder.add_text_field("abstract", tokenizer_name="prose", index_option="freq")
    for field in ("authors", "venue"):
        builder.add_text_field(field, tokenizer_name="names")
    for field in ("title_words", "abstract_words"):
        builder.add_text_field(field, tokenizer_name="names", index_option="basic")
    for field in FACETS:
        builder.add_text_field(field, fast=True, tokenizer_name="folded", index_option="basic")
    for field in ("identity", "initials", "kind"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("date", indexed=True, fast=True)
    builder.add_integer_field("position", stored=True)
    return builder.build()


def _analyzer(*more: Filter) -> tantivy.TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(60))
    for step in (Filter.lowercase(), Filter.ascii_fold(), *more):
        builder = builder.filter(step)
    return builder.build()


SCHEMA = _schema()
# Stop words are indexed (phrases need them) and left out of a query that has other words.
ANALYZERS = {
    "prose": _analyzer(Filter.stemmer("english")),
    "names": _analyzer(),
    "folded": TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.lowercase()).build(),
}
# As they are written, for counting: what is "folded" is only looked up so.
COUNTED = {"folded": TextAnalyzerBuilder(Tokenizer.raw()).build()}
_CONTENT = {
    "prose": _analyzer(Filter.stopword("english"), Filter.stemmer("english")),
    "names": _analyzer(Filter.stopword("english")),
}


@lru_cache(maxsize=100_000)
def term(word: str) -> str:
    """The term that a single word is compared as; empty where it is none."""
    return next(iter(ANALYZERS["prose"].analyze(word)), "")


def tokens(text: str, analyzer: str) -> list[str]:
    """The terms of a text in their order."""
    return ANALYZERS[analyzer].analyze(normalize("NFC", text))[:_MAX_TERMS]


def content(text: str, analyzer: str) -> list[str]:
    """The distinct terms of a text without stop words, or with them where it has no other."""
    text = normalize("NFC", text)
    found = _CONTENT[analyzer].analyze(text) or ANALYZERS[analyzer].analyze(text)
    return list(dict.fromkeys(found))[:_MAX_TERMS]


def _times(text: str, analyzer: str) -> Counter[str]:
    """How often each term of a text occurs in it."""
    return Counter(_CONTENT[analyzer].analyze(normalize("NFC", text)))


def tells(word: str) -> bool:
    """Whether a text has a word that is no stop word."""
    return bool(_CONTENT["names"].analyze(normalize("NFC", word)))


def terms(tree: Tree | None) -> frozenset[str]:
    """The terms that papers are sought by, in titles and abstracts; for highlighting."""
    found: set[str] = set()
    for words in trees.sought(tree):
        if words.field in ("", "title", "abstract"):
            found.update(content(_plain_text(words), "prose"))
            for part in words.parts:
                if isinstance(part, Phrase):
                    found.update(tokens(readable(part.text), "prose"))
    return frozenset(found)


def compiled(tree: Tree | None) -> Query | None:
    """The tantivy query of a tree; None where it says nothing, as punctuation alone does.

    Only words have scores. Raises ValueError for votes and picks, which the index does not know.
    """
    match tree:
        case None:
            return None
        case Words():
            return _words(tree)
        case All(parts):
            return _all(parts)
        case Either(parts):
            return _any(map(compiled, dict.fromkeys(parts)))
        case Not(part):
            query = compiled(part)
            return query and Query.boolean_query([(Occur.Must, papers()), (Occur.MustNot, query)])
        case Voted() | PickedBy():
            raise ValueError("votes and picks are looked up before the index is asked")
    return Query.const_score_query(_condition(tree), 0.0)


def demanded(tree: Tree | None) -> Tree | None:
    """A tree whose plain words must all occur, but for stop words: what a paper is to have to be
    told of as new. Where any of them is enough, as in a search, nearly every paper would be."""
    words = trees.plain(tree)
    if words is None or any(isinstance(part, Phrase) for part in words.parts):
        return tree  # the phrases must occur
    pieces = [
        piece
        for part in words.parts
        for piece in ([part] if part.form else map(Word, WORD.findall(part.text)))
    ]
    every = [Words((p,)) for p in pieces if p.form or _telling(p.text)]
    every = every or [Words((piece,)) for piece in pieces]
    return trees.every(*every, trees.without(tree, words)) if every else tree


def _telling(word: str) -> bool:
    held = _CONTENT["prose"].analyze(normalize("NFC", word))
    return bool(held) and word.lower() not in _SMALL


def papers() -> Query:
    """All papers, and not the mark of the position."""
    return Query.const_score_query(Query.exists_query("id"), 0.0)


def _all(parts: Iterable[Tree]) -> Query | None:
    wanted = []
    for part in dict.fromkeys(parts):  # what is typed a hundred times costs no more than once
        occur = Occur.MustNot if isinstance(part, Not) else Occur.Must
        if query := compiled(part.part if isinstance(part, Not) else part):
            wanted.append((occur, query))
    if wanted and all(occur == Occur.MustNot for occur, _ in wanted):
        wanted.append((Occur.Must, papers()))
    return _one_or(wanted)


def _any(queries: Iterable[Query | None]) -> Query | None:
    return _one_or([(Occur.Should, query) for query in queries if query is not None])


def _one_or(wanted: list[tuple[Occur, Query]]) -> Query | None:
    if len(wanted) == 1 and wanted[0][0] != Occur.MustNot:
        return wanted[0][1]
    return Query.boolean_query(wanted) if wanted else None


def _condition(tree: Is | Dated | Among | After) -> Query:
    match tree:
        case Is("category" | "source" as field, value, True):
            return Query.regex_query(SCHEMA, field, re.escape(value.lower()) + ".*")
        case Is("id", value):
            return Query.term_set_query(SCHEMA, "identity", [f"id:{value}", f"arxiv:{value}"])
        case Is("doi", value):
            return _term("identity", f"doi:{value}")
        case Is(field, value):
            return _term(field, value.lower())
        case Dated():
            since, until = tree.numbers
            return Query.range_query(SCHEMA, "date", FieldType.Integer, since, until)
        case Among(ids):
            return Query.term_set_query(SCHEMA, "id", list(ids))
        case After(number):
            return Query.range_query(
                SCHEMA, "id", FieldType.Integer, number, _LAST, include_lower=False
            )
    raise TypeError(tree)


def _term(field: str, value: str) -> Query:
    return Query.term_query(SCHEMA, field, value, "basic")


# --- words -----------------------------------------------------------------------------------


def readable(text: str) -> str:
    """A text as it is indexed: LaTeX, as titles are pasted with it, made readable."""
    return clean(text) if "\\" in text or "$" in text else text


def _plain_text(words: Words) -> str:
    held = (part.text for part in words.parts if isinstance(part, Word) and not part.form)
    return readable(" ".join(held))


def _words(words: Words) -> Query | None:
    """Any of the words, and all phrases, in any one field of text or in that which is named."""
    fields = FIELDS if not words.field else ((words.field, 1.0),)
    wanted = []
    for part in dict.fromkeys(words.parts):
        if isinstance(part, Phrase) and (
            query := _phrase(readable(part.text), fields)
        ):
            wanted.append((Occur.Must, query))
        elif isinstance(part, Word) and part.form:
            wanted += [(Occur.Should, query) for query in _spelt(part, words.field)]
    text = _plain_text(words)
    if words.field == "authors" and len(names := name(text)) > 1 == len(words.parts):
        return _name(names)  # Y.LeCun
    wanted += [(Occur.Should, query) for query in _each(text, fields)]
    # Whoever types a title, or a part of one, wants that paper before longer ones on its topic.
    if not words.field and len(title := tokens(text, "prose")) > 1:
        wanted.append((Occur.Should, Query.phrase_query(SCHEMA, "title", title)))
    # An initial alone says nothing: beside the name it stands for, it does.
    if not words.field and has_initials(text):
        wanted.append((Occur.Should, Query.boost_query(_name(name(text)), _NAMED)))
    query = Query.boolean_query(wanted) if wanted else None
    if query is not None and (dated := _of_years(years(words))):
        query = Query.boolean_query([(Occur.Must, query), (Occur.Should, dated)])
    return query


def years(words: Words) -> set[int]:
    """The years among plain words, of which papers come before others that are found: "vaswani 2017
    attention" is how papers are remembered. A year alone is a word as any other."""
    held = WORD.findall("" if words.field else _plain_text(words))
    found = [int(word) for word in held if _YEAR.fullmatch(word)]
    return {*found[:3]} if len(found) < len(held) else set()


def _of_years(years: Iterable[int]) -> Query | None:
    """Papers of the years, all with the same score."""
    return _any(
        Query.const_score_query(_condition(Dated(date(year, 1, 1), date(year, 12, 31))), _DATED)
        for year in sorted(years)
    )


def _each(text: str, fields: Iterable[tuple[str, float]]) -> Iterator[Query]:
    """A query of each word in each field. A word that is said n times counts root n times: long
    texts say what they are about again and again, short ones by chance."""
    found = {analyzer: content(text, analyzer) for analyzer in ("prose", "names")}
    times = {analyzer: _times(text, analyzer) for analyzer in ("prose", "names")}
    found["authors"] = content(folded(text), "names")
    for field, weight in fields:
        for word in found[field if field == "authors" else _analyzed(field)]:
            query = Query.term_query(SCHEMA, field, word, "freq")
            boost = weight * sqrt(times[_analyzed(field)][word] or 1)
            yield query if boost == 1 else Query.boost_query(query, boost)


def _analyzed(field: str) -> str:
    return "names" if field in _UNSTEMMED else "prose"


def _phrase(phrase: str, fields: Sequence[tuple[str, float]]) -> Query | None:
    """The query of a phrase, in any one field; None where it has no word."""
    anywhere = []
    for field, weight in fields:
        found = tokens(folded(phrase) if field == "authors" else phrase, _analyzed(field))
        if not found:
            return None
        if len(fields) == 1 and field == "authors" and len(found) > 1:
            return _name(name(phrase))
        if len(found) == 1:
            query = Query.term_query(SCHEMA, field, found[0], "freq")
        elif field == "abstract":
            query = _phrase_of_abstract(found)
        else:
            query = Query.phrase_query(SCHEMA, field, found)
        anywhere.append((Occur.Should, Query.boost_query(query, weight)))
    return Query.boolean_query(anywhere)


def _phrase_of_abstract(found: list[str]) -> Query:
    """A phrase in title or abstract whose words are all in the abstract: positions of abstracts
    would make the index half as large again, and who has it in the title alone is rare."""
    parts = [Query.term_query(SCHEMA, "abstract", word, "freq") for word in set(found)]
    parts.append(Query.phrase_query(SCHEMA, "text", found))
    return Query.boolean_query([(Occur.Must, part) for part in parts])


def name(text: str) -> list[str]:
    """The parts of a person's name, the family name last: "LeCun, Y." and "Smola A.J." have it
    first."""
    family, comma, given = folded(text).partition(",")
    if comma and "," not in given:
        return tokens(f"{given} {family}", "names")
    parts = tokens(folded(text), "names")
    initials = all(len(part) == 1 for part in parts[1:])
    return parts[1:] + parts[:1] if len(parts) > 1 and len(parts[0]) > 1 and initials else parts


def has_initials(text: str) -> bool:
    """Whether a text looks like a name with initials: Y. LeCun, LeCun Y, not "k means"."""
    parts = name(text) if len(text) < 100 and _INITIAL.search(text) else []
    return 2 <= len(parts) <= 5 and any(len(part) > 1 for part in parts)


def folded(name: str) -> str:
    """A name with one letter where two may stand for an umlaut: as Schoelkopf, Schölkopf and
    Scholkopf are all compared."""
    return _TWOWORD.sub(r"\1", normalize("NFC", name))


def initials(author: str) -> set[str]:
    """What an author is with an initial, as "y lecun": for each name behind the first, and for the
    first one, as it may be the family name."""
    parts = name(author)
    if len(parts) < 2:
        return set()
    return {f"{parts[0][0]} {part}" for part in parts[1:]} | {f"{parts[-1][0]} {parts[0]}"}


def is_name(text: str) -> Query | None:
    """The query of papers by an author of just that name, of two parts or more; None of any other
    text. With initials it is any name that they may stand for."""
    parts = name(text[:200])
    if not 2 <= len(parts) <= 5:
        return None
    if has_initials(text):
        return _name(parts)
    ways = [parts, parts[::-1]] if len(parts) == 2 else [parts]
    return _any(Query.phrase_query(SCHEMA, "authors", way) for way in ways)


def _name(names: list[str]) -> Query:
    """The query of an author's name of two parts or more, as it may be written: with the family
    name first or last, an initial for the first name or names for an initial, names in between.

    Names that are fully there have the better scores. (Two authors who stand beside each other
    are as far apart as two names with one between them, so that now and then both are found;
    what is given stands right behind a family name that is first.)
    """
    first, last = names[0], names[-1]
    whole = len(first) > 1 and len(last) > 1
    wanted = [
        Query.phrase_query(SCHEMA, "authors", [(0, before), (distance, after)])
        for one in ((first, first[0]) if whole else (first,))
        for before, after, spread in ((one, last, max(4, len(names))), (last, one, 2))
        for distance in range(1, spread)
    ]
    if not whole:
        wanted.append(_term("initials", f"{first} {last}"))
    return _any(wanted)


def _spelt(word: Word, field: str) -> Iterator[Query]:
    """Where a word with a star or a tilde may stand; its last part is what they are about."""
    found = tokens(word.text, "names")
    for held in _SPELT[field] if found else ():
        *before, last = found
        parts = [_term(held, one) for one in before]
        if word.form == "*":
            parts.append(Query.regex_query(SCHEMA, held, re.escape(last) + ".*"))
        else:
            parts.append(Query.fuzzy_term_query(SCHEMA, held, last, int(word.form[1:])))
        yield Query.boolean_query([(Occur.Must, part) for part in parts])
