"""Ranking the first papers again by a stronger encoder, its vectors of papers kept in a file."""

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from papertide.embedding.base import Embedder, document_text
from papertide.search.engine import Candidates, Document
from papertide.search.hybrid import z_scores

FIRST = 50  # papers that are ranked again
WEIGHT = 2.0  # of the encoder's z-scores against those of the ranking before; see docs/meaning.md


class Rescorer:
    """A stronger encoder and its vectors of the papers it has seen.

    They are kept in one SQLite file a model, by paper and digest of its text: a paper is encoded
    the first time it is among the first of a search, and again only when its text changes.
    """

    def __init__(self, embedder: Embedder, folder: Path):
        self._embedder = embedder
        self._path = folder / f"rescorer-{embedder.checksum[:16]}.sqlite3"

    def rank(self, text: str, found: Candidates, documents: Sequence[Document]) -> Candidates:
        """The candidates with the first `FIRST` in a new order; `documents` are those papers.

        Scores of the first are sums of z-scores, those behind keep their order below them.
        """
        by_id = {document.id: document for document in documents}
        first = [i for i in found.ids[:FIRST] if i in by_id]
        if len(first) < 2:
            return found
        query = self._embedder.embed([text])[0]
        if not query.any():
            return found
        cosines = self._vectors([by_id[i] for i in first]) @ query
        before = dict(zip(found.ids, found.scores, strict=True))
        scores = z_scores(np.array([before[i] for i in first])) + WEIGHT * z_scores(cosines)
        order = np.argsort(-scores, kind="stable")
        ranked = [first[n] for n in order]
        rest = [i for i in found.ids if i not in set(first)]
        low = float(scores.min())
        return Candidates(
            ids=ranked + rest,
            scores=[float(scores[n]) for n in order]
            + [low - 1 - n / (len(rest) + 1) for n in range(len(rest))],
            total=found.total,
        )

    def _vectors(self, documents: Sequence[Document]) -> np.ndarray:
        """Vectors of papers, (n, dimension): from the file, else encoded and put there."""
        texts = [document_text(document.title, document.abstract) for document in documents]
        digests = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
        dimension = self._embedder.dimension
        vectors = np.zeros((len(documents), dimension), np.float32)
        with closing(sqlite3.connect(self._path, timeout=30)) as kept, kept:
            kept.execute(
                "CREATE TABLE IF NOT EXISTS vectors "
                "(paper INTEGER PRIMARY KEY, digest BLOB, vector BLOB)"
            )
            marks = ",".join("?" * len(documents))
            held = {
                paper: (digest, vector)
                for paper, digest, vector in kept.execute(
                    f"SELECT paper, digest, vector FROM vectors WHERE paper IN ({marks})",
                    [document.id for document in documents],
                )
            }
            missing = []
            for n, (document, digest) in enumerate(zip(documents, digests, strict=True)):
                known = held.get(document.id)
                if known and known[0] == digest and len(known[1]) == 2 * dimension:
                    vectors[n] = np.frombuffer(known[1], np.float16)
                else:
                    missing.append(n)
        if missing:
            vectors[missing] = self._embedder.embed([texts[n] for n in missing])
            with closing(sqlite3.connect(self._path, timeout=30)) as kept, kept:
                kept.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                    [
                        (documents[n].id, digests[n], vectors[n].astype(np.float16).tobytes())
                        for n in missing
                    ],
                )
        return vectors
