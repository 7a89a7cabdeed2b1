"""Made documents, and indexes of them."""

from papertide.search.engine import Document
from papertide.search.lexical import LexicalIndex

CATALOG = "one"


def made(number: int, title: str = "", **fields) -> Document:
    """A document that nothing but its title and "filler" finds, unless told otherwise."""
    defaults = {
        "abstract": "Filler.", "authors": [], "categories": ["cs.CV"], "sources": ["arxiv"],
        "date": 20250100 + number,
    }  # fmt: skip
    return Document(id=number, title=title or f"Title {number}", **defaults | fields)


def filled(folder, *documents: Document, position: int = 1) -> LexicalIndex:
    """An index that holds documents."""
    index = LexicalIndex(folder, CATALOG)
    put(index, *documents, position=position)
    return index


def put(index: LexicalIndex, *documents: Document, deleted=(), position: int = 2) -> None:
    with index.writing():
        index.apply(documents, deleted, position)


def found(index: LexicalIndex, text: str, *args, **options) -> list[int]:
    """The numbers of what a search finds."""
    return index.words(text, *args, **options).ids
