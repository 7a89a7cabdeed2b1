"""What others search with, on the same papers and queries, for bench.scale to ask in turns.

Each peer has its files in a folder of its own and is asked as its manual tells. Some are packages
that Papertide does not need: `pip install 'papertide[bench]'`; without them a peer says so.
"""

import importlib.util
import re
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from papertide.embedding.base import document_text
from papertide.search.engine import Document
from papertide.search.vector_rows import Rows

BATCH = 5000  # papers put in at a time
FITTED = 50_000  # papers whose words the TF-IDF table is made of
COLUMNS = 20_000  # and of how many words, as arxiv-sanity-lite has it
_WORD = re.compile(r"\w+")


class Peer:
    """A way to find papers: by `words` or by `meaning`. `every` tells how many queries are
    passed over for one that is asked."""

    name = needs = ""
    kind = "words"
    every = 1

    def __init__(self, folder: Path):
        self.folder = folder / type(self).__name__.lower()

    @classmethod
    def missing(cls) -> str:
        """What to install, where it is not there."""
        there = not cls.needs or importlib.util.find_spec(cls.needs)
        return "" if there else "not measured: pip install 'papertide[bench]'"

    def build(self, documents: Iterable[Document], rows: Rows) -> None:
        """Make its files."""

    def open(self, rows: Rows) -> None:
        """Be ready to be asked."""

    def find(self, asked: str | np.ndarray, limit: int) -> list[int]:
        """The papers that a text, or a vector, finds."""
        raise NotImplementedError


def _batches(items: Iterable[Document]) -> Iterator[list[Document]]:
    items = iter(items)
    while part := list(islice(items, BATCH)):
        yield part


class FTS5(Peer):
    """SQLite's full-text search: title, abstract, authors, Porter's stems, BM25 of any word."""

    name, every = "SQLite FTS5", 10

    def build(self, documents: Iterable[Document], rows: Rows) -> None:
        self._connect()
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE VIRTUAL TABLE papers USING fts5(title, abstract, authors, content='', "
            "tokenize='porter unicode61')"
        )
        for part in _batches(documents):
            self._database.executemany(
                "INSERT INTO papers(rowid, title, abstract, authors) VALUES (?, ?, ?, ?)",
                [(d.id, d.title, d.abstract, "; ".join(d.authors)) for d in part],
            )
            self._database.commit()

    def open(self, rows: Rows) -> None:
        self._connect()

    def _connect(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(self.folder / "papers.sqlite3")

    def find(self, asked: str, limit: int) -> list[int]:
        query = " OR ".join(f'"{word}"' for word in _WORD.findall(asked))
        found = self._database.execute(
            "SELECT rowid FROM papers WHERE papers MATCH ? ORDER BY rank LIMIT ?", (query, limit)
        )
        return [number for (number,) in found]


class Scan(Peer):
    """A table of TF-IDF, all of it multiplied with the query, as arxiv-sanity-lite ranks papers."""

    name, needs, every = "TF-IDF scan (scikit-learn)", "sklearn", 10

    def build(self, documents: Iterable[Document], rows: Rows) -> None:
        import pickle

        from scipy import sparse
        from sklearn.feature_extraction.text import TfidfVectorizer

        documents = iter(documents)
        made = TfidfVectorizer(
            stop_words="english", max_features=COLUMNS, sublinear_tf=True, max_df=0.1, min_df=5,
            dtype=np.float32,
        )  # fmt: skip
        first = list(islice(documents, FITTED))
        ids, parts = [d.id for d in first], [made.fit_transform(map(_text, first))]
        for part in _batches(documents):
            ids += [d.id for d in part]
            parts.append(made.transform(map(_text, part)))
        self.folder.mkdir(parents=True, exist_ok=True)
        sparse.save_npz(self.folder / "table.npz", sparse.vstack(parts, "csr"), compressed=False)
        np.save(self.folder / "ids.npy", np.array(ids))
        (self.folder / "words.pickle").write_bytes(pickle.dumps(made))

    def open(self, rows: Rows) -> None:
        import pickle

        from scipy import sparse

        self._table = sparse.load_npz(self.folder / "table.npz")
        self._ids = np.load(self.folder / "ids.npy")
        self._words = pickle.loads((self.folder / "words.pickle").read_bytes())  # our own

    def find(self, asked: str, limit: int) -> list[int]:
        query = self._words.transform([asked]).toarray()[0]
        scores = self._table @ query
        best = np.argpartition(-scores, limit)[:limit]
        return self._ids[best[np.argsort(-scores[best])]].tolist()


def _text(document: Document) -> str:
    return document_text(document.title, document.abstract)


class Exact(Peer):
    """All cosines in float32 by numpy, in memory: the answer that others are measured by."""

    name, kind, every = "exact float32 (numpy)", "meaning", 10

    def open(self, rows: Rows) -> None:
        self._ids, self._vectors = rows.id, rows.vectors.astype(np.float32)

    def find(self, asked: np.ndarray, limit: int) -> list[int]:
        scores = self._vectors @ asked
        best = np.argpartition(-scores, limit)[:limit]
        return self._ids[best[np.argsort(-scores[best])]].tolist()


class USearch(Peer):
    """A graph (HNSW) of float16 vectors, as its defaults make it, mapped."""

    name, kind, needs = "usearch (HNSW, float16)", "meaning", "usearch"

    def _index(self):
        from usearch.index import Index

        dimension = self._dimension
        return Index(ndim=dimension, metric="cos", dtype="f16")

    def build(self, documents: Iterable[Document], rows: Rows) -> None:
        self._dimension = rows.vectors.shape[1]
        index = self._index()
        for start in range(0, len(rows.id), 50_000):
            part = slice(start, start + 50_000)
            index.add(rows.id[part], np.asarray(rows.vectors[part]), threads=2)
        self.folder.mkdir(parents=True, exist_ok=True)
        index.save(str(self.folder / "papers.usearch"))

    def open(self, rows: Rows) -> None:
        self._dimension = rows.vectors.shape[1]
        self._held = self._index()
        self._held.view(str(self.folder / "papers.usearch"))

    def find(self, asked: np.ndarray, limit: int) -> list[int]:
        return self._held.search(asked, limit).keys.tolist()


class _Lance(Peer):
    needs, every = "lancedb", 5

    def _table(self, batches=None, schema=None):
        import lancedb

        database = lancedb.connect(str(self.folder))
        if batches is None:
            return database.open_table("papers")
        return database.create_table("papers", batches, schema=schema, mode="overwrite")

    def open(self, rows: Rows) -> None:
        self._held = self._table()


class LanceWords(_Lance):
    """LanceDB's full-text index over title and abstract, stems, BM25."""

    name = "LanceDB, full text"

    def build(self, documents: Iterable[Document], rows: Rows) -> None:
        import pyarrow as pa

        schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
        batches = (
            pa.record_batch([[d.id for d in part], list(map(_text, part))], schema=schema)
            for part in _batches(documents)
        )
        table = self._table(pa.RecordBatchReader.from_batches(schema, batches), schema)
        table.create_fts_index("text", with_position=False)

    def find(self, asked: str, limit: int) -> list[int]:
        found = self._held.search(asked, query_type="fts").limit(limit).select(["id", "_score"])
        return found.to_arrow()["id"].to_pylist()


class LanceMeaning(_Lance):
    """LanceDB's IVF_PQ as its defaults make it, 50 rows rescored for each that is asked for."""

    name, kind = "LanceDB, IVF_PQ", "meaning"
    REFINED = 50

    def build(self, documents: Iterable[Document], rows: Rows) -> None:
        import pyarrow as pa

        dimension = rows.vectors.shape[1]
        schema = pa.schema([("id", pa.int64()), ("vector", pa.list_(pa.float32(), dimension))])

        def batches():
            for start in range(0, len(rows.id), BATCH):
                part = rows.vectors[start : start + BATCH].astype(np.float32)
                flat = pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), dimension)
                yield pa.record_batch([pa.array(rows.id[start : start + BATCH]), flat],
                                      schema=schema)  # fmt: skip

        table = self._table(pa.RecordBatchReader.from_batches(schema, batches()), schema)
        table.create_index(metric="cosine", vector_column_name="vector")

    def find(self, asked: np.ndarray, limit: int) -> list[int]:
        found = self._held.search(asked).distance_type("cosine").limit(limit)
        found = found.refine_factor(self.REFINED).select(["id", "_distance"])
        return found.to_arrow()["id"].to_pylist()


ALL = (FTS5, Scan, LanceWords, Exact, LanceMeaning, USearch)
