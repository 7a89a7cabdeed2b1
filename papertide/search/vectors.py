"""Finding papers by meaning: a scan of one bit a dimension, its best rescored exactly.

The scan takes of each paper one bit a dimension (whether its vector is above the mean of all
there: 32 bytes at 256 dimensions) and of the query three. The `depth` papers that it likes best
are then ranked by their cosine, from float16 vectors in a mapped file. Nothing is trained and
there is no graph, so adding is appending, and what a filter lets through is picked before the
scan: few papers are as easy to find as many. See `vector_files` for the disk.
"""

import hashlib
import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
from filelock import FileLock

from papertide.embedding.base import Embedder, document_text, document_vectors, query_vector
from papertide.search import vector_files
from papertide.search.engine import Candidates, Document, SearchUnavailable
from papertide.search.tree import Tree
from papertide.search.vector_files import (
    BLANK,
    CHUNK,
    CURRENT,
    GONE,
    MEAN_FROM,
    NEXT,
    REBUILD,
    ROW,
    Manifest,
    Model,
    OtherModel,
    Writer,
    has_flag,
)
from papertide.search.vector_rows import Rows, allowed, cosines, nearest

MAX_LIMIT = 1000  # papers of one answer
DEPTH, DEPTH_A_RESULT = 1000, 20  # rows rescored: at least, and for each paper asked for
DEPTH_SHARE = 1500  # and one of so many rows: where there are more, more are alike
COMMIT_EVERY, COMMIT_SLOW = 20_000, 1000  # changes; of a slow model little is to be lost
_BATCH = 4096  # documents embedded at a time
_DEAD_FROM, _DEAD_SHARE = 1000, 0.2  # rows and share of dead ones that a compaction is worth
_MEAN_GROWTH = 8  # times as many rows as the mean was taken from are worth one as well


class VectorIndex:
    """The vectors of one catalogue in one folder, made by one model.

    `catalog` is the catalogue's own id. Vectors of another one, or of another model, are
    refused with SearchUnavailable; but an index that has been read goes on answering from what it
    read when vectors of another model take their place: a query that began with one model ends
    with it. One process writes at a time, under `writing()`; any number read meanwhile, in any
    number of threads.

    `name` is `CURRENT`, or `NEXT` for vectors that are not in use yet (see `renewal`).
    """

    def __init__(self, folder: Path, catalog: str, embedder: Embedder, name: str = CURRENT):
        self.embedder = embedder
        self._folder = folder / "vectors"
        self._catalog = catalog
        self._name = name
        self._lock = threading.Lock()
        self._writers = FileLock(self._folder / ("lock" if name == CURRENT else f"{name}.lock"))
        self._rows: Rows | None = None
        self._seen: tuple = ()

    @cached_property
    def _model(self) -> Model:
        """Which model it is; of an endpoint that nobody told the dimension, it is asked."""
        return model_of(self.embedder)

    @property
    def commit_every(self) -> int:
        """Changes that are taken in at once: what of them is embedded is lost by a kill."""
        return COMMIT_SLOW if getattr(self.embedder, "slow", False) else COMMIT_EVERY

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
        rows, limit = self._read(), min(limit, MAX_LIMIT)
        query = _unit(vector, rows.manifest.model.dimension) if rows else None
        if query is None or limit < 1:
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
        rows = self._read()
        query = _unit(vector, rows.manifest.model.dimension) if rows else None
        if query is not None:
            held, there = rows.with_vectors(ids)
            found[there] = cosines(rows.vectors, held, query)
        return found

    def vectors(self, ids: Sequence[int]) -> np.ndarray:
        """The vector of each paper, (ids, dimension), float32; a row of NaN without one. Of no
        numbers where there is no index yet."""
        if (rows := self._read()) is None:
            return np.empty((len(ids), 0), np.float32)
        vectors = np.full((len(ids), rows.manifest.model.dimension), np.nan, np.float32)
        held, there = rows.with_vectors(ids)
        vectors[there] = rows.vectors[held]
        return vectors

    def embed(self, text: str) -> np.ndarray:
        """The vector of a query, (dimension,); zero where the model knows nothing in it. Raises
        ModelError."""
        vector = query_vector(self.embedder, text)
        if not np.isfinite(vector).all():
            raise SearchUnavailable(f"The model {self.embedder.name} answered with no number.")
        return vector

    def position(self) -> int:
        """See `Engine.position`; 0 where there is no index yet."""
        rows = self._read()
        return rows.manifest.position if rows else 0

    def count(self) -> int:
        """How many papers are in the index, with a vector or without."""
        rows = self._read()
        return rows.count if rows else 0

    def ids(self) -> np.ndarray:
        """The papers in the index, ascending."""
        rows = self._read()
        return np.sort(rows.id[rows.alive]) if rows else np.zeros(0, np.int64)

    def size(self) -> int:
        """Bytes on disk."""
        return sum(f.stat().st_size for f in self._folder.rglob("*") if f.is_file())

    def rows(self) -> Rows | None:
        """The rows of the last commit, as one who writes needs them; None where there is no index
        yet."""
        return self._read(to_write=True)

    def _read(self, *, to_write: bool = False) -> Rows | None:
        """The rows of the last commit; None where there is no index yet. `to_write`, also those
        of another model are refused that took the place of what was read before."""
        with self._lock:
            while True:
                generation = vector_files.current(self._folder, self._name)
                if generation is None:
                    return None
                try:
                    self._renew(generation)
                    return self._rows
                except OtherModel:
                    if self._rows is None or to_write:
                        raise
                    return self._rows
                except (OSError, ValueError) as error:
                    # A rebuild may have taken it away meanwhile.
                    if vector_files.current(self._folder, self._name) == generation:
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
    def writing(self, patience: float = -1) -> Iterator[None]:
        """Be the one process that writes; waits while another is, `patience` seconds at the most
        (-1: for ever), then raises filelock.Timeout. May be entered again within."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._writers.acquire(timeout=patience):
            if self._name == CURRENT:
                vector_files.tidy(self._folder)
            yield

    def apply(self, documents: Iterable[Document], deleted: Iterable[int], position: int) -> None:
        """See `Engine.apply`; to be called under `writing()`. Papers whose text is as it was keep
        their vectors."""
        rows = self.rows()
        if rows is None:
            if self._name == NEXT:
                raise SearchUnavailable("The vectors that were being made were taken away.")
            self.rebuild(iter(documents), position)
            return
        manifest = msgspec.structs.replace(rows.manifest, origin=origin_of(self.embedder))
        with Writer(rows.generation, manifest, rows.labels) as writer:
            deleted = set(deleted)
            self._take_out(writer, rows, deleted)
            self._put_in(writer, documents, rows, deleted)
            writer.commit(position)
        if self._name == CURRENT:
            self.compact()

    def compact(self) -> None:
        """Write what holds into a new generation where that is worth it. To be called while
        nobody else makes generations: under the `writing()` of the vectors in use."""
        rows = self.rows()
        if rows is not None and _worth_compacting(rows):
            with _generation(self._folder, self._name) as generation:
                _compact(rows, generation)

    def rebuild(self, documents: Iterator[Document], position: int) -> None:
        """See `Engine.rebuild`; to be called under `writing()`."""
        assert self._name == CURRENT  # what is not in use yet is begun, and then taken over
        empty = self._empty()
        with _generation(self._folder) as generation, Writer(generation, empty) as writer:
            self._put_in(writer, documents)
            writer.commit(position)

    def begin(self, seed: Rows | None = None) -> None:
        """Begin vectors that are not in use yet, with none or with some of the same model; to be
        called as `compact`."""
        with _generation(self._folder, self._name) as generation:
            if seed is not None:
                _compact(seed, generation)
                return
            with Writer(generation, self._empty()) as writer:
                writer.commit(0)

    def _empty(self) -> Manifest:
        return vector_files.empty_manifest(self._catalog, self._model, origin_of(self.embedder))

    def _take_out(self, writer: Writer, rows: Rows, deleted: set[int]) -> None:
        ids = np.array(sorted(deleted), np.int64)
        held = rows.of(ids)
        gone = np.zeros(int(np.count_nonzero(held >= 0)), ROW)
        gone["id"] = ids[held >= 0]
        gone["label"] = rows.label[held[held >= 0]]
        gone["flags"] = GONE
        for start in range(0, len(gone), _BATCH):
            part = gone[start : start + _BATCH]
            writer.append(part, np.zeros((len(part), self._model.dimension), np.float32))

    def _put_in(
        self, writer: Writer, documents: Iterable[Document], before: Rows | None = None,
        gone: Iterable[int] = (),
    ) -> None:  # fmt: skip
        """Append documents, with the vectors `before` has of texts that are the same; what is as
        it was and not just `gone` is left out."""
        documents, put = iter(documents), set(gone)
        while batch := list(itertools.islice(documents, _BATCH)):
            texts = [document_text(document.title, document.abstract) for document in batch]
            rows = np.zeros(len(batch), ROW)
            rows["id"] = [document.id for document in batch]
            rows["date"] = [document.date for document in batch]
            rows["label"] = [writer.label(d.categories, d.sources) for d in batch]
            rows["flags"] = [sum(map(has_flag, document.has)) for document in batch]
            rows["text"] = [_digest(text) for text in texts]
            held = np.full(len(batch), -1)
            if before is not None:
                held = before.of(rows["id"])
                # Of a paper that comes twice `before` does not have what came first.
                held[[d.id in put or put.add(d.id) is not None for d in batch]] = -1
            there = np.flatnonzero(held >= 0)
            told = before.told(held[there]) if len(there) else rows[:0]
            same = told["text"] == rows["text"][there]
            there, told = there[same], told[same]
            rows["flags"][there] |= told["flags"] & BLANK
            vectors = np.zeros((len(batch), self._model.dimension), np.float32)
            new = np.ones(len(batch), bool)
            new[there] = False
            if len(there):
                vectors[there] = before.vectors[held[there]]
            if new.any():
                made = self._embedded([batch[n] for n in np.flatnonzero(new)])
                vectors[new] = made
                rows["flags"][new] |= np.where(made.any(axis=1), 0, BLANK).astype("<u4")
            changed = np.ones(len(batch), bool)
            changed[there] = told != rows[there]
            if changed.any():
                writer.append(rows[changed], vectors[changed])

    def _embedded(self, documents: list[Document]) -> np.ndarray:
        vectors = document_vectors(self.embedder, [(d.title, d.abstract) for d in documents])
        if vectors.shape != (len(documents), self._model.dimension):
            raise SearchUnavailable(
                f"The model {self._model.name} answered {len(documents)} texts with an array of "
                f"{vectors.shape}, expected {(len(documents), self._model.dimension)}."
            )
        usable = np.isfinite(vectors).all(axis=1)
        if not usable.all():
            raise SearchUnavailable(
                f"The model {self._model.name} answered with no number for the paper "
                f"{documents[int(np.argmin(usable))].id}; nothing of this batch was stored. "
                f"Get the model anew, or choose another one. {REBUILD}"
            )
        return vectors


def model_of(embedder: Embedder) -> Model:
    """What is remembered of a model."""
    return Model(
        name=embedder.name, dimension=int(embedder.dimension), checksum=embedder.checksum
    )


def origin_of(embedder: Embedder) -> str:
    """By what the model is opened again."""
    return getattr(embedder, "origin", "")


def _digest(text: str) -> int:
    raw = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "little")


@contextmanager
def _generation(folder: Path, name: str = CURRENT) -> Iterator[Path]:
    """A new generation to be filled, then the one of that name; on an error it is taken away."""
    generation = vector_files.new_generation(folder)
    try:
        yield generation
        vector_files.use(generation, name)
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
    held = rows.manifest
    empty = vector_files.empty_manifest(held.catalog, held.model, held.origin)
    holding = np.flatnonzero(rows.alive)
    rows.to_the_end()
    with Writer(generation, empty) as writer:
        used = np.unique(rows.label[holding])
        numbers = np.zeros(len(rows.labels), "<i4")
        numbers[used] = [writer.label(*rows.labels[number]) for number in used]
        for start in range(0, len(holding), CHUNK):
            part = holding[start : start + CHUNK]
            made = rows.told(part)
            made["label"] = numbers[rows.label[part]]
            writer.append(made, rows.vectors[part])
        writer.commit(rows.manifest.position)
