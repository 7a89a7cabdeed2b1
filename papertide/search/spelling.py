"""Did you mean: words that hardly any paper has, and near ones that many have.

What is right is what papers say: the vocabulary is that of the index, words as they are spelt with
the number of papers that have them. A query is never changed by itself: it gets a suggestion.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from papertide.search import lexical_query, tree
from papertide.search.query import Query
from papertide.search.vocabulary import LONGEST, Vocabulary, distance

MOST_CORRECTED = 4  # words of one query
MOST_LOOKED_AT = 30  # words of one query
COMMONER = 50  # times as many papers have a word that is suggested
KNOWN = 5_000  # one paper in so many has it, and three papers at least
RARE = 50_000  # one paper in so many: below that a word is taken for a slip by itself
SELDOM = 500  # one paper in so many: below that where only the other stands by its neighbour
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def corrected(
    query: Query, vocabulary: Vocabulary, phrases: Callable[[str], int], *, typing: bool = False
) -> str:
    """A query with words that seem misspelt as they may be meant; empty where none does.

    A word that (almost) no paper has becomes one a letter apart that many have. One that few have,
    as "ned" among "all you ned", or that is two letters apart, does where some papers have the
    other, and none has it, beside its neighbour: `phrases` counts those. While `typing`, the last
    word may only have begun.
    """
    held = list(_typed(query))[:MOST_LOOKED_AT]
    better: dict[str, str] = {}
    for place, (word, plain) in enumerate(held):
        if len(better) >= MOST_CORRECTED or not 3 <= len(plain) <= LONGEST:
            continue
        # Names such as QLoRA are rare and right; so is what has accents or a number.
        if word[1:] != word[1:].lower() or not (word.isascii() and plain.isalpha()):
            continue
        count = vocabulary.count(plain)
        if count * SELDOM > vocabulary.papers:
            continue
        last = place == len(held) - 1 and query.text.endswith(word)
        if typing and last and vocabulary.begins(plain):
            continue
        least = max(3, vocabulary.papers // KNOWN, COMMONER * count)
        stem = lexical_query.term(plain)  # other forms of a word are found as they are
        near = [one for one in vocabulary.near(plain, least) if lexical_query.term(one) != stem]
        slip = near and count * RARE <= vocabulary.papers and len(plain) > 4
        # Two letters apart, many words are words of their own.
        if slip and (len(held) == 1 or distance(plain, near[0], 1) == 1):
            better[word] = near[0]
        elif fits := _fitting(held, place, near, better, phrases):
            better[word] = fits
    if not better:
        return ""
    return _WORD.sub(lambda found: better.get(found[0], found[0]), query.text)


def _typed(query: Query) -> Iterator[tuple[str, str]]:
    """The words that a query seeks, in their order: as they were typed, and as the index has
    them."""
    for words in tree.sought(query.tree):
        for part in words.parts:
            if getattr(part, "form", ""):
                continue
            for word in _WORD.findall(part.text):
                plain = lexical_query.tokens(word, "names")
                yield word, plain[0] if len(plain) == 1 else ""


def _fitting(held, place, near: Sequence[str], better: Mapping[str, str], phrases) -> str:
    """That of some near words which stands beside a neighbour in the most papers; empty where
    what was typed does so in any."""
    best = (0, "")
    for beside in (place - 1, place + 1):
        if not 0 <= beside < len(held) or not held[beside][1]:
            continue
        typed, plain = held[beside]
        pair = [better.get(typed, plain)]
        at = 0 if beside > place else 1
        if near and phrases(" ".join([*pair[:at], held[place][1], *pair[at:]])):
            return ""
        for other in near:
            best = max(best, (phrases(" ".join([*pair[:at], other, *pair[at:]])), other))
    return best[1] if best[0] else ""
