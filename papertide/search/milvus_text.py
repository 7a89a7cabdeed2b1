"""What the texts of a paper become in Milvus, and how words are looked for in them.

Texts are taken apart by our own analyzers, so that both engines compare the same terms, and
stored as terms between spaces: Milvus only splits them again. `text` (by stems) and `spelt` (as
written) hold the title, the abstract and the authors, between them a bar, between two authors a
slash:

     deep learn | we learn | ada lovelac / kurt godel

So one field has the words for BM25, TEXT_MATCH finds any of them by its index, and LIKE says what
TEXT_MATCH cannot: words beside each other, the beginning of a word, in which of the three.
`names` has what a search for an author of two names compares: see `_pairs`.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import normalize

from papertide.search import tree as trees
from papertide.search.engine import Document
from papertide.search.lexical_query import ANALYZERS, content, tokens
from papertide.search.milvus import any_of, literal
from papertide.search.tree import Phrase, Tree, Word, Words

LONGEST = 65_535  # bytes of a VARCHAR
MOST_NAMES = 4096  # values of an array
LONGEST_NAME = 512  # bytes of one of them
_ROOM = {"title": 5_000, "abstract": 30_000, "authors": 30_000}  # bytes of the parts
_BEFORE = {"abstract": "%|", "authors": "%|%|"}  # of a pattern, what keeps it to one part
_AFTER = {"title": "|%|%", "abstract": "|%"}
_FAR = 3  # names from a first name to a last one, as tantivy's query has it
_FAR_INITIAL = 2


# --- storing ---------------------------------------------------------------------------------


def texts(document: Document) -> dict[str, str | list[str]]:
    """The fields of a document that words are looked for in."""
    authors = [_terms(author, "names") for author in document.authors]
    shown = _cut(" / ".join(map(" ".join, authors)), _ROOM["authors"])

    def parts(analyzer: str) -> str:
        title, abstract = (
            _cut(" ".join(_terms(getattr(document, name), analyzer)), _ROOM[name])
            for name in ("title", "abstract")
        )
        return f" {title} | {abstract} | {shown} "

    names = dict.fromkeys(pair for author in authors for pair in _pairs(author))
    return {
        "text": parts("prose"),
        "spelt": parts("names"),
        "venue": f" {_cut(' '.join(_terms(document.venue, 'names')), _ROOM['title'])} ",
        "names": [name for name in names if len(name.encode()) <= LONGEST_NAME][:MOST_NAMES],
    }


def _terms(text: str, analyzer: str) -> list[str]:
    return ANALYZERS[analyzer].analyze(normalize("NFC", text))


def _cut(text: str, size: int) -> str:
    """The whole words of a text in so many bytes."""
    held = text.encode()
    return text if len(held) <= size else held[:size].decode(errors="ignore").rpartition(" ")[0]


def _pairs(names: Sequence[str]) -> Iterator[str]:
    """The pairs of names of an author that may be asked for: "ada lovelace", and with a star for
    the rest of either, "a* lovelace"."""
    names = names[:12]
    for start, one in enumerate(names):
        for stop in range(start + 1, min(start + _FAR + 1, len(names))):
            other = names[stop]
            yield f"{one} {other}"
            if stop - start <= _FAR_INITIAL:
                yield f"{one[0]}* {other}"
                yield f"{one} {other[0]}*"


# --- asking ----------------------------------------------------------------------------------


def said(words: Words) -> str:
    """The expression of words as `milvus.expression` wants it: all phrases where there are some,
    else any of the words. Misspellings (~) cannot be looked for: the word is taken as it is."""
    plain = _plain(words)
    if words.field == "authors" and len(names := tokens(plain, "names")) > 1 == len(words.parts):
        return _name(names)
    phrases = [_phrase(p.text, words.field) for p in words.parts if isinstance(p, Phrase)]
    if any(phrases):
        return _all(phrases)
    spelt = (_spelt(p, words.field) for p in words.parts if isinstance(p, Word) and p.form)
    return _any([_each(plain, words.field), *spelt])


def scored(tree: Tree | None) -> str:
    """The terms that papers are ranked by, with spaces between them."""
    found: list[str] = []
    for words in trees.sought(tree):
        for analyzer in _analyzers(words.field) if words.field != "venue" else ():
            for part in words.parts:
                if isinstance(part, Phrase):
                    found += tokens(part.text, analyzer)
            found += content(_plain(words), analyzer)
    return " ".join(dict.fromkeys(found))


def author(text: str) -> str:
    """The expression of an author's whole name, two to five words; "" for any other text."""
    names = tokens(text[:200], "names")
    if not 2 <= len(names) <= 5:
        return ""
    return _all(any_of("names", [f"{a} {b}"]) for a, b in itertools.pairwise(names))


def match_any(terms: str, field: str = "text") -> str:
    """That any of some terms, with spaces between them, occurs."""
    return f"TEXT_MATCH({field}, {literal(terms)})"


def _plain(words: Words) -> str:
    return " ".join(p.text for p in words.parts if isinstance(p, Word) and not p.form)


def _analyzers(field: str) -> tuple[str, ...]:
    names = {"": ("prose", "names"), "authors": ("names",), "venue": ("names",)}
    return names.get(field, ("prose",))


def _each(text: str, field: str) -> str:
    """Any of the words of a text; "" where it has none."""
    terms = list(dict.fromkeys(t for a in _analyzers(field) for t in content(text, a)))
    if not terms:
        return ""
    column = "venue" if field == "venue" else "text"
    anywhere = match_any(" ".join(terms), column)
    if field in ("", "venue"):
        return anywhere
    return _all([anywhere, _any(_like(column, field, [term]) for term in terms)])


def _phrase(text: str, field: str) -> str:
    """Words beside each other; "" where there is none."""
    if field == "authors" and len(names := tokens(text, "names")) > 1:
        return _name(names)
    column = "venue" if field == "venue" else "text"
    ways = dict.fromkeys(tuple(tokens(text, analyzer)) for analyzer in _analyzers(field))
    return _any(
        _all([*(match_any(term, column) for term in terms), _like(column, field, terms)])
        for terms in ways
        if terms
    )


def _spelt(word: Word, field: str) -> str:
    found = tokens(word.text, "names")
    if not found:
        return ""
    column = "venue" if field == "venue" else "spelt"
    *before, last = found
    end = _like(column, field, [last], begun=word.form == "*")
    return _all([*(_like(column, field, [one]) for one in before), end])


def _like(column: str, field: str, terms: Sequence[str], begun: bool = False) -> str:
    pattern = f"% {' '.join(terms)}{'' if begun else ' '}%"  # terms have letters and digits alone
    return f"{column} like {literal(_BEFORE.get(field, '') + pattern + _AFTER.get(field, ''))}"


def _name(names: Sequence[str]) -> str:
    """A name of two parts or more as `lexical_query` compares it: in either order, an initial for
    the first name or names for an initial, names in between."""
    first, last = names[0], names[-1]
    asked = [f"{first} {last}", f"{last} {first}"]
    if len(first) > 1 and len(last) > 1:
        asked += [f"{first[0]} {last}", f"{last} {first[0]}"]
    elif len(first) > 1 or len(last) > 1:
        one, other = (name + "*" if len(name) == 1 else name for name in (first, last))
        asked += [f"{one} {other}", f"{other} {one}"]
    return any_of("names", list(dict.fromkeys(asked)))


def _all(parts: Iterable[str]) -> str:
    held = list(filter(None, parts))
    return " and ".join(f"({part})" for part in held) if len(held) > 1 else "".join(held)


def _any(parts: Iterable[str]) -> str:
    held = list(filter(None, parts))
    return " or ".join(f"({part})" for part in held) if len(held) > 1 else "".join(held)
