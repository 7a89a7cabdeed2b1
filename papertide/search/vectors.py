"""Finding papers by meaning: a scan of one bit a dimension, its best rescored exactly.

The scan takes of each paper one bit a dimension (whether its vector is above the mean of all
there: 32 bytes at 256 dimensions) and of the query three. The `depth` papers that it likes best
are then ranked by their cosine, from float16 vectors in a mapped file. Nothing is trained and
there is no graph, so adding is appending, and what a filter lets through is picked before the
scan: few papers are as easy to find as many. See `vector_files` for the disk.
"""

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock

from papertide.embedding.base import Embedder, document_text
from papertide.search import vector_files
from papertide.search.engine import Candidates, Document, SearchUnavailable
from papertide.search.tree import Tree
from papertide.search.vector_files import (
    BLANK,
    CHUNK,
    GONE,
    MEAN_FROM,
    REBUILD,
    ROW,
    Writer,
    has_flag,
)
from papertide.search.vector_rows import Rows, allowed, cosines, nearest

MAX_LIMIT = 1000  # papers of one answer
DEPTH, DEPTH_A_RESULT = 1000, 20  # rows rescored: at least, and for each paper asked for
DEPTH_SHARE = 1500  # and one of so many rows: where there are more, more are alike
_BATCH = 4096  # documents embedded at a time
_DEAD_FROM, _DEAD_SHARE = 1000, 0.2  # rows and share of dead ones that a compaction is worth
_MEAN_GROWTH = 8  # times as many rows as the mean was taken from are worth one as well


class VectorIndex:
    """The vectors of one catalogue in one folder, made by one model.

    `catalog` is the catalogue's own id. Vectors of another one, or of another model, are
    refused with SearchUnavailable. One process writes at a time, under `writing()`; any number
    read meanwhile, in any number of threads.
    """

    def __init__(self, folder: Path, catalog: str, embedder: Embedder):
        self._folder = folder / "vectors"
        self._catalog = catalog
        self._embedder = embedder
        self._model = vector_files.Model(
            name=embedder.name, dimension=int(embedder.dimension), checksum=embedder.checksum
        )
        self._lock = threading.Lock()
        self._rows: Rows | None = None
        self._seen: tuple = ()

    # --- reading -----------------------------------------------------------------------------

    def meaning(
        self, text: str, where: Tree | None = None, *, limit: int = 20, depth: int | None = None
    ) -> Candidates:
        """The papers nearest to a text; none where the model knows nothing in it."""
        return self.nearest(self.embed(text), where, limit=limit, depth=depth)

    def nearest(
        self, vector: np.ndarray, where: Tree | None = None, *, limit: int = 20,
        exclude: Iterable[int] = (), depth: int | None = None,
    ) -> Candidates:  # fmt: skip
        """The papers nearest to a vector of any length, with their cosines; `exclude` left out.

        None are near to a vector of zeros or NaN. `total` is the number of papers with a vector
        that `where` lets through; at most `MAX_LIMIT` are answered. `depth` rows of the scan
        are rescored, by default 20 for each paper asked for, at least 1,000, and from 1.5 M papers
        on one of 1,500; of at most twice as many papers all are.
        """
        query, rows = _unit(vector, self._model.dimension), self._read()
        limit = min(limit, MAX_LIMIT)
        if query is None or rows is None or limit < 1:
            return Candidates(ids=[], scores=[], total=0)
        left_out, _ = rows.with_vectors(np.fromiter(exclude, np.int64))
        usual = max(DEPTH, DEPTH_A_RESULT * limit, rows.found // DEPTH_SHARE)
        depth = max(depth or usual, limit) + len(left_out)
        among = allowed(rows, where)
        found, near = nearest(rows, among, query, depth)
        total = rows.found if among is None else len(among)
        if len(left_out):
            left_out = np.unique(left_out)
            total -= len(left_out) if among is None else int(np.isin(left_out, among).sum())
            kept = ~np.isin(found, left_out)
            found, near = found[kept], near[kept]
        ids = rows.id[found]
        best = np.lexsort((ids, -near))[:limit]
        return Candidates(ids=ids[best].tolist(), scores=near[best].tolist(), total=total)

    def scores(self, vector: np.ndarray, ids: Sequence[int]) -> np.ndarray:
        """The cosine of each paper to a vector (float32), exact; NaN without a vector."""
        found = np.full(len(ids), np.nan, np.float32)
        query, rows = _unit(vector, self._model.dimension), self._read()
        if query is not None and rows is not None:
            held, there = rows.with_vectors(ids)
            found[there] = cosines(rows.vectors, held, query)
        return found

    def vectors(self, ids: Sequence[int]) -> np.ndarray:
        """The vector of each paper, (ids, dimension), float32; a row of NaN without one."""
        vectors = np.full((len(ids), self._model.dimension), np.nan, np.float32)
        if (rows := self._read()) is not None:
            held, there = rows.with_vectors(ids)
            vectors[there] = rows.vectors[held]
        return vectors

    def embed(self, text: str) -> np.ndarray:
        """The vector of a text, (dimension,); zero where the model knows nothing in it."""
        vector = self._embedder.embed([text])[0]
        if not np.isfinite(vector).all():
            raise SearchUnavailable(f"The model {self._model.name} answered with no number.")
        return vector

    def position(self) -> int:
        """See `Engine.position`; 0 where there is no index yet."""
        rows = self._read()
        return rows.manifest.position if rows else 0

    def count(self) -> int:
        """How many papers are in the index, with a vector or without."""
        rows = self._read()
        return rows.count if rows else 0

    def size(self) -> int:
        """Bytes on disk."""
        return sum(f.stat().st_size for f in self._folder.rglob("*") if f.is_file())

    def _read(self) -> Rows | None:
        """The rows of the last commit; None where there is no index yet."""
        with self._lock:
            while True:
                generation = vector_files.current(self._folder)
                if generation is None:
                    return None
                try:
                    self._renew(generation)
                    return self._rows
                except (OSError, ValueError) as error:
                    # A rebuild may have taken it away meanwhile.
                    if vector_files.current(self._folder) == generation:
                        raise vector_files.broken(error) from None

    def _renew(self, generation: Path) -> None:
        """Read a generation, or what was committed to it, if that is not what is held."""
        about = (generation / "manifest.json").stat()
        seen = (generation, about.st_mtime_ns, about.st_ino)
        if seen != self._seen:
            manifest = vector_files.read_manifest(generation, self._catalog, self._model)
            before = self._rows if self._seen[:1] == seen[:1] else None
            self._rows, self._seen = Rows(generation, manifest, before), seen

    # --- writing -----------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one process that writes; waits while another is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            yield

    def apply(self, documents: Iterable[Document], deleted: Iterable[int], position: int) -> None:
        """See `Engine.apply`; to be called under `writing()`."""
        rows = self._read()
        if rows is None:
            self.rebuild(iter(documents), position)
            return
        with Writer(rows.generation, rows.manifest, rows.labels) as writer:
            self._take_out(writer, rows, deleted)
            self._put_in(writer, documents)
            writer.commit(position)
        rows = self._read()
        if _worth_compacting(rows):
            with _generation(self._folder) as generation:
                _compact(rows, generation)

    def rebuild(self, documents: Iterator[Document], position: int) -> None:
        """See `Engine.rebuild`; to be called under `writing()`."""
        empty = vector_files.empty_manifest(self._catalog, self._model)
        with _generation(self._folder) as generation, Writer(generation, empty) as writer:
            self._put_in(writer, documents)
            writer.commit(position)

    def _take_out(self, writer: Writer, rows: Rows, deleted: Iterable[int]) -> None:
        ids = np.array(sorted(set(deleted)), np.int64)
        held = rows.of(ids)
        gone = np.zeros(int(np.count_nonzero(held >= 0)), ROW)
        gone["id"] = ids[held >= 0]
        gone["label"] = rows.label[held[held >= 0]]
        gone["flags"] = GONE
        for start in range(0, len(gone), _BATCH):
            part = gone[start : start + _BATCH]
            writer.append(part, np.zeros((len(part), self._model.dimension), np.float32))

    def _put_in(self, writer: Writer, documents: Iterable[Document]) -> None:
        documents = iter(documents)
        while batch := list(itertools.islice(documents, _BATCH)):
            texts = [document_text(document.title, document.abstract) for document in batch]
            vectors = np.asarray(self._embedder.embed(texts))
            if vectors.shape != (len(batch), self._model.dimension):
                raise SearchUnavailable(
                    f"The model {self._model.name} answered {len(batch)} texts with an array of "
                    f"{vectors.shape}, expected {(len(batch), self._model.dimension)}."
                )
            usable = np.isfinite(vectors).all(axis=1)
            if not usable.all():
                raise SearchUnavailable(
                    f"The model {self._model.name} answered with no number for the paper "
                    f"{batch[int(np.argmin(usable))].id}; nothing of this batch was stored. "
                    f"Get the model anew, or choose another one. {REBUILD}"
                )
            rows = np.zeros(len(batch), ROW)
            rows["id"] = [document.id for document in batch]
            rows["date"] = [document.date for document in batch]
            rows["label"] = [writer.label(d.categories, d.sources) for d in batch]
            rows["flags"] = [sum(map(has_flag, document.has)) for document in batch]
            rows["flags"][~vectors.any(axis=1)] |= BLANK
            writer.append(rows, vectors)


@contextmanager
def _generation(folder: Path) -> Iterator[Path]:
    """A new generation to be filled, then the one in use; on an error it is taken away."""
    generation = vector_files.new_generation(folder)
    try:
        yield generation
        vector_files.use(generation)
    except BaseException:
        vector_files.drop(generation)
        raise


def _worth_compacting(rows: Rows) -> bool:
    dead, size, mean_rows = len(rows.id) - rows.count, len(rows.id), rows.manifest.mean_rows
    outgrown = rows.found >= MEAN_FROM and rows.found > _MEAN_GROWTH * mean_rows
    return outgrown or (dead > _DEAD_FROM and dead > _DEAD_SHARE * size)


def _unit(vector: np.ndarray, dimension: int) -> np.ndarray | None:
    """A vector at length 1; None of zeros, NaN or infinite ones."""
    vector = np.asarray(vector, np.float32)
    if vector.shape != (dimension,):
        raise ValueError(f"expected a vector of {dimension} numbers, not {vector.shape}")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    return (vector / length).astype(np.float32) if 0 < length < np.inf else None


def _compact(rows: Rows, generation: Path) -> None:
    """Write what holds of a generation into a new one, with a mean of its own."""
    empty = vector_files.empty_manifest(rows.manifest.catalog, rows.manifest.model)
    holding = np.flatnonzero(rows.alive)
    rows.to_the_end()
    with Writer(generation, empty) as writer:
        used = np.unique(rows.label[holding])
        numbers = np.zeros(len(rows.labels), "<i4")
        numbers[used] = [writer.label(*rows.labels[number]) for number in used]
        for start in range(0, len(holding), CHUNK):
            part = holding[start : start + CHUNK]
            made = np.zeros(len(part), ROW)
            for name in ("id", "date", "flags"):
                made[name] = getattr(rows, name)[part]
            made["label"] = numbers[rows.label[part]]
            writer.append(made, rows.vectors[part])
        writer.commit(rows.manifest.position)
