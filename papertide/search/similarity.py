"""How near papers are to a query by a stronger encoder, its vectors of papers kept in a file."""

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from papertide.embedding.base import Embedder, document_text, query_vector
from papertide.search.engine import Document

log = logging.getLogger(__name__)


class Similarity:
    """A judge (`rescore.Judge`) by the cosines of an encoder.

    Vectors are kept in one SQLite file a model, by paper and digest of its text: a paper is encoded
    the first time it is among the first of a search, and again only when its text changes.
    """

    first = 50
    weight = 2.0  # chosen with MiniLM by `python -m evaluation.weights`; see docs/meaning.md

    def __init__(self, embedder: Embedder, folder: Path):
        self._embedder = embedder
        self._path = folder / f"rescorer-{embedder.checksum[:16]}.sqlite3"

    def scores(self, text: str, documents: Sequence[Document]) -> np.ndarray | None:
        """See `rescore.Judge`."""
        query = query_vector(self._embedder, text)
        return self._vectors(documents) @ query if query.any() else None

    def _vectors(self, documents: Sequence[Document]) -> np.ndarray:
        """Vectors of papers, (n, dimension): from the file, else encoded and put there."""
        texts = [document_text(document.title, document.abstract) for document in documents]
        digests = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
        held = self._kept([document.id for document in documents])
        # Of half precision from the start: a search answers the same the second time.
        vectors = np.zeros((len(documents), self._embedder.dimension), np.float16)
        missing = []
        for n, (document, digest) in enumerate(zip(documents, digests, strict=True)):
            known = held.get(document.id)
            if known and known[0] == digest and len(known[1]) == vectors[n].nbytes:
                vectors[n] = np.frombuffer(known[1], np.float16)
            else:
                missing.append(n)
        if missing:
            vectors[missing] = self._embedder.embed([texts[n] for n in missing])
            self._keep([(documents[n].id, digests[n], vectors[n].tobytes()) for n in missing])
        return vectors.astype(np.float32)

    def _kept(self, ids: Sequence[int]) -> dict[int, tuple[bytes, bytes]]:
        """The digest and the vector of each paper of which the file holds one."""
        marks = ",".join("?" * len(ids))
        query = f"SELECT paper, digest, vector FROM vectors WHERE paper IN ({marks})"
        rows = self._in_file(lambda file: file.execute(query, ids).fetchall())
        return {paper: (digest, vector) for paper, digest, vector in rows or ()}

    def _keep(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        put = "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)"
        self._in_file(lambda file: file.executemany(put, rows))

    def _in_file(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """What some work in one transaction answers.

        The file only saves time: where something is wrong with it the answer is None, and one
        that is damaged is made anew the next time.
        """
        try:
            with closing(sqlite3.connect(self._path, timeout=30)) as file, file:
                file.execute(
                    "CREATE TABLE IF NOT EXISTS vectors "
                    "(paper INTEGER PRIMARY KEY, digest BLOB, vector BLOB)"
                )
                return work(file)
        except sqlite3.OperationalError as error:  # a full disk, a folder one may not write to
            log.warning("Vectors for rescoring are not kept in %s: %s", self._path, error)
        except sqlite3.DatabaseError as error:
            log.warning("%s is made anew: %s", self._path, error)
            self._path.unlink(missing_ok=True)
