"""The whole state of a data folder as values that can be compared."""

import sqlite3
import uuid
from pathlib import Path

import tantivy

from papertide.search.lexical_query import SCHEMA
from papertide.search.vectors import VectorIndex

# Which catalogue it is and how far the index has read are of one folder only.
_LEFT_OUT = ("catalog_catalog", "catalog_logreader")


def catalogue_state(data: Path) -> dict[str, list[tuple]]:
    """All rows of all tables of the catalogue."""
    with sqlite3.connect(data / "papertide.sqlite3") as database:
        tables = [
            name
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'catalog_%'"
            )
            if name not in _LEFT_OUT
        ]
        return {t: sorted(database.execute(f"SELECT * FROM {t}").fetchall(), key=repr)
                for t in tables}  # fmt: skip


def harvest_state(data: Path) -> tuple[list, list]:
    """The cursors of the sources, and what they told day by day; no times, no counts of a run."""
    with sqlite3.connect(data / "papertide.sqlite3") as database:
        cursors = database.execute("SELECT source, cursor FROM harvest_state ORDER BY source")
        told = database.execute("SELECT source, day, count FROM harvest_told ORDER BY source, day")
        return cursors.fetchall(), told.fetchall()


def index_state(data: Path) -> tuple:
    """Ids of all documents in the word index with their dates, its position, counts of terms;
    and of the vectors their papers, position and sum."""
    words = data / "index" / "words"
    searcher = tantivy.Index(SCHEMA, path=str(words / (words / "current").read_text())).searcher()
    found = searcher.search(tantivy.Query.exists_query("id"), limit=10**6).hits
    addresses = [address for _, address in found]
    position = searcher.search(
        tantivy.Query.term_query(SCHEMA, "kind", "position", "basic"), limit=2
    ).hits
    held = zip(
        searcher.fast_field_values("id", addresses),
        searcher.fast_field_values("date", addresses),
        strict=True,
    )
    counts = [
        searcher.search(tantivy.Query.term_query(SCHEMA, field, term), limit=1).count
        for field in ("title", "text")
        for term in ("robot", "polici", "quantum", "graph")
    ]
    return (
        sorted(held),
        [searcher.doc(address).get_first("position") for _, address in position],
        counts,
        vector_state(data),
    )


def vector_state(data: Path) -> tuple:
    """Papers with a row in the vector index, its position, and the sum of their vectors."""
    from papertide import embedding

    with sqlite3.connect(data / "papertide.sqlite3") as database:
        [(catalog,)] = database.execute("SELECT uuid FROM catalog_catalog")
        shown = "SELECT id FROM catalog_paper WHERE status <> 'removed' ORDER BY id"
        ids = [i for (i,) in database.execute(shown)]
    index = VectorIndex(data / "index", str(uuid.UUID(catalog)), embedding.open_model())
    vectors = index.vectors(ids)
    there = [i for i, vector in zip(ids, vectors, strict=True) if vector[0] == vector[0]]
    return there, index.count(), index.position(), vectors.sum(axis=0).round(2).tolist()
