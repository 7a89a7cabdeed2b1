"""What was typed into the search box, read: text -> syntax tree, and what is wrong with it.

`query.lark` is the grammar; docs/search.md tells readers of it. Most queries are plain words and
never come to the parser. What cannot be understood is left out and told with its place.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from unicodedata import east_asian_width

import msgspec

from papertide.search.tree import FIELDS, Tree, Word, Words

if TYPE_CHECKING:
    from lark import Token

Mode = Literal["hybrid", "words", "meaning"]  # what is compared
Sort = Literal["relevance", "date", "votes", "rising"]  # what comes first
MAX_LENGTH = 2000  # characters; what is longer is cut: nobody reads results of a whole paper
MAX_DEPTH = 20  # parentheses in each other
MAX_MARKS = 100  # operators, fields and phrases
MOST_MISTAKES, MOST_ALIKE = 10, 3  # that are told, and of one kind
MAX_WIDE = 10  # conditions that stand for thousands of terms or papers: * and ~, initials, votes
SHORTEST = 2  # letters before a *

_OPERATORS = ("_OR", "_AND", "_ANDNOT")
_SPECIAL = re.compile(  # without any of it a text is plain words
    r'["“()*~]|(?<!\S)-[^\s\-]|(?<!\S)(?:AND|ANDNOT|OR|NOT)(?!\S)'
    rf"|(?<!\S)(?i:{'|'.join(FIELDS)}):\S"
)
_NEVER = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # controls, and halves of characters


class Mistake(msgspec.Struct, frozen=True):
    """What could not be understood, and at which character of the query, from 0."""

    text: str
    position: int


class Query(msgspec.Struct, frozen=True):
    """A text as it was typed, its syntax tree, and its mistakes in their order."""

    text: str
    tree: Tree | None
    mistakes: tuple[Mistake, ...] = ()


def parse(text: str) -> Query:
    """Read a search text. Nothing raises; what is wrong is left out and among the mistakes."""
    mistakes = []
    if len(text) > MAX_LENGTH:
        mistakes.append(Mistake(f"The query is cut after {MAX_LENGTH} characters.", MAX_LENGTH))
    read = _NEVER.sub(" ", text[:MAX_LENGTH])  # as many characters: places stay what they are
    if _SPECIAL.search(read):
        tree = _parsed(read, mistakes)
    else:
        words = tuple(map(Word, read.split()))
        tree = Words(words) if words else None
    return Query(text, tree, tuple(_told(mistakes)))


def _told(mistakes: list[Mistake]) -> list[Mistake]:
    """The mistakes that are told, in their order: many of one kind are not to hide the others."""
    alike: Counter[str] = Counter()
    told = []
    for mistake in sorted(mistakes, key=lambda mistake: mistake.position):
        alike[mistake.text] += 1
        if alike[mistake.text] <= MOST_ALIKE:
            told.append(mistake)
    return told[:MOST_MISTAKES]


def pointed(text: str, position: int, reach: int = 30) -> tuple[str, str]:
    """The part of a query around a place, and a line with a caret below it, of equal width."""
    start = max(0, position - reach)
    shown = _NEVER.sub(" ", text[start : position + reach])
    wide = sum(east_asian_width(c) in "WF" for c in shown[: position - start])
    return shown, " " * (min(position - start, len(shown)) + wide) + "^"


def as_tree(query: str | Tree | None) -> Tree | None:
    """The tree of a text; a tree is one already."""
    return parse(query).tree if isinstance(query, str) else query


def _parsed(text: str, mistakes: list[Mistake]) -> Tree | None:
    """The tree of a text by the grammar."""
    parser, reader = _parser()
    tokens = _mended(parser.lex(text), mistakes)
    if not tokens:
        return None
    parsing = parser.parse_interactive()
    for token in tokens:
        parsing.feed_token(token)
    return reader(mistakes).transform(parsing.feed_eof())


@functools.cache
def _parser():
    """The parser, and the class that makes a tree of what it parses: made when first needed."""
    from lark import Lark

    from papertide.search.query_reader import Reader

    grammar = Path(__file__).with_name("query.lark").read_text()
    grammar = grammar.replace("{fields}", "|".join(FIELDS))
    return Lark(grammar, parser="lalr", lexer="basic", start="start"), Reader


def _mended(tokens: "Iterable[Token]", mistakes: list[Mistake]) -> "list[Token]":
    """Tokens that the grammar has a parse for: those that cannot stand where they do are left
    out, parentheses are closed, and of twice NOT nothing is left."""
    kept: list[Token] = []
    opened: list[Token] = []
    ignored = marks = 0  # parentheses open beyond the depth; operators, fields and phrases

    def wrong(token: "Token", why: str) -> None:
        mistakes.append(Mistake(why, token.start_pos))

    def drop_dangling() -> None:
        while kept and kept[-1].type in (*_OPERATORS, "NOT", "FIELD"):
            wrong(kept[-1], f"{kept[-1]} wants something after it.")
            kept.pop()

    for token in tokens:
        marks += token.type in (*_OPERATORS, "NOT", "FIELD", "PHRASE")
        if marks > MAX_MARKS:
            wrong(token, f"Only {MAX_MARKS} operators, fields and phrases are read.")
            break
        before = kept[-1].type if kept else "_OPEN"
        if before == "FIELD" and token.type not in ("WORD", "PHRASE", "RANGE", "QUOTE", "_OPEN"):
            drop_dangling()
            before = kept[-1].type if kept else "_OPEN"
        if token.type in _OPERATORS and before in ("_OPEN", "NOT", *_OPERATORS):
            wrong(token, f"{token} wants something before it.")
        elif token.type == "NOT" and before == "NOT":
            kept.pop()
        elif token.type == "_OPEN" and len(opened) == MAX_DEPTH:
            if not ignored:
                wrong(token, f"Parentheses are nested more than {MAX_DEPTH} deep.")
            ignored += 1
        elif token.type == "_CLOSE" and ignored:
            ignored -= 1
        elif token.type == "_CLOSE" and not opened:
            wrong(token, "This parenthesis was never opened.")
        else:
            if token.type == "_OPEN":
                opened.append(token)
            elif token.type == "_CLOSE":
                drop_dangling()
                opened.pop()
            kept.append(token)
    drop_dangling()
    for token in opened:
        wrong(token, "This parenthesis is never closed.")
        kept.append(token.update(type="_CLOSE", value=")"))
    return kept
