"""Search by meaning and hybrid at all 254,673 papers: recall of the scan against exact cosines,
time as a ratio to bare faiss, numpy and tantivy calls, memory, cold start.

The vectors are kept in PAPERTIDE_BENCH_VECTORS, else in the temp dir, for the next run.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import faiss
import numpy as np

from bench.common import filled_library, percentile, table
from bench.search import title_words
from papertide import embedding
from papertide.search import vector_files
from papertide.search.hybrid import POOL, hybrid
from papertide.search.lexical_query import compiled
from papertide.search.query import as_tree
from papertide.search.tree import narrow
from papertide.search.vector_rows import allowed
from papertide.search.vectors import VectorIndex

TITLES, SEED = 300, 20240317
DEPTHS = (200, 500, 1000, 2000, 4000)
FILTERS = {
    "none": None,
    "cs.LG": narrow(categories=("cs.LG",)),
    "cs.CL, one year": narrow(
        categories=("cs.CL",), since=date(2017, 7, 1), until=date(2018, 6, 30)
    ),
}


def folder() -> Path:
    default = Path(tempfile.gettempdir()) / "papertide-bench-vectors"
    return Path(os.environ.get("PAPERTIDE_BENCH_VECTORS") or default)


def main() -> None:
    faiss.omp_set_num_threads(1)  # for bare calls: two wait for each other on a busy machine
    library = filled_library()
    index = VectorIndex(folder(), "the bench's", embedding.open_model())
    _fill(index, library)
    _recall(index, library)
    _times(index, library)
    library.close()
    _cold()


def _fill(index: VectorIndex, library) -> None:
    manifest = vector_files.current(folder() / "vectors")
    if manifest is None or index.count() != library.count():
        started = time.perf_counter()
        with index.writing():
            index.rebuild(library.documents(), 1)
        taken = time.perf_counter() - started
        rate = index.count() / taken
        print(f"{index.count():,} papers read, embedded and stored in {taken:.0f} s: {rate:,.0f}/s")
    print(f"on disk: {index.size() / 1e6:,.0f} MB; the model: {index.embedder}")


def titles(library, count: int = TITLES) -> list[str]:
    from papertide.site.catalog import services

    chosen = random.Random(SEED).sample(range(1, 254_000), count)
    return [paper.readable_title for paper in services.by_number(chosen)]


def _recall(index: VectorIndex, library) -> None:
    """The share of the ten nearest by exact cosine in float32 that the index finds, and that a
    scan finds which cuts the query down to signs too."""
    rows, bare = index._read(), Bare(index, library)
    queries = [index.embed(text) for text in titles(library)]
    every = np.concatenate([
        rows.vectors[start : start + 20_000].astype(np.float32) @ np.array(queries).T
        for start in range(0, len(rows.id), 20_000)
    ])  # fmt: skip
    shown = []
    for name, filters in FILTERS.items():
        among = allowed(rows, filters)
        among = np.flatnonzero(rows.findable) if among is None else among
        best = [
            set(rows.id[among[np.argpartition(-every[among, n], 10)[:10]]].tolist())
            for n in range(len(queries))
        ]
        ways = {
            "ours": lambda q, depth, f=filters: index.nearest(q, f, limit=10, depth=depth).ids,
            "signs alone": lambda q, depth, a=among: bare.nearest(q, a, depth)[0][:10].tolist(),
        }
        for way, search in ways.items():
            recalls = []
            for depth in DEPTHS:
                found = [search(query, depth) for query in queries]
                hits = sum(len(held & set(ids)) for held, ids in zip(best, found, strict=True))
                recalls.append(f"{hits / 10 / len(queries):.4f}")
            shown.append([name, f"{len(among):,}", way, *recalls])
    table(
        f"Recall@10 of the scan, {len(queries)} titles as queries, by rows rescored",
        shown,
        ["filter", "papers", "scan", *map(str, DEPTHS)],
    )


class Bare:
    """Searches in the fewest calls of faiss, numpy and tantivy, and of the query only signs: no
    filters but a list of rows, no dead rows, no commit to look for."""

    def __init__(self, index: VectorIndex, library):
        self._rows = rows = index._read()
        self._mean = np.array(rows.manifest.mean, np.float32)
        self._flat = faiss.IndexBinaryFlat(rows.manifest.model.dimension)
        self._flat.use_heap = False  # counting sort: the faster one
        self._flat.add(np.ascontiguousarray(rows.bits))
        self._searcher = library.finder.words._searcher()

    def nearest(self, vector: np.ndarray, among: np.ndarray | None = None, depth: int = 1000):
        bits = np.packbits(vector > self._mean)[None]
        if among is None:
            found = self._flat.search(bits, depth)[1][0]
        else:
            places = faiss.knn_hamming(
                bits, self._rows.bits[among], min(depth, len(among)), variant="mc"
            )[1][0]
            found = among[places]
        cosines = self._rows.vectors[found].astype(np.float32) @ vector
        best = np.argsort(-cosines)[:POOL]
        return self._rows.id[found[best]], cosines[best]

    def words(self, query):
        hits = self._searcher.search(query, limit=POOL).hits
        return self._searcher.fast_field_values("id", [address for _, address in hits])


def _times(index: VectorIndex, library) -> None:
    texts = title_words(library)
    vectors = {text: index.embed(text) for text in texts}
    queries = {text: compiled(as_tree(text)) for text in texts}
    bare, filters = Bare(index, library), FILTERS["cs.LG"]
    among = allowed(index._read(), filters)
    ways = {
        "bare faiss and numpy, signs alone, 1,000 rescored": lambda t: bare.nearest(vectors[t]),
        "the same, 4,000 rescored": lambda t: bare.nearest(vectors[t], None, 4000),
        "nearest, 1,000 rescored": lambda t: index.nearest(vectors[t]),
        "bare, rows of cs.LG known": lambda t: bare.nearest(vectors[t], among),
        "nearest in cs.LG": lambda t: index.nearest(vectors[t], filters),
        "bare tantivy, embedding, faiss, numpy": lambda t: (
            bare.words(queries[t]), bare.nearest(index.embed(t))
        ),
        "hybrid": lambda t: hybrid(library.finder.words, index, t),
        "embedding the query": lambda t: index.embed(t),
    }  # fmt: skip
    times = {name: [] for name in ways}
    for way in ways.values():
        for text in texts[:50]:
            way(text)
    for text in texts:
        for name, way in ways.items():
            started = time.perf_counter()
            way(text)
            times[name].append((time.perf_counter() - started) * 1000)
    shown, base = [], None
    for name, taken in times.items():
        base = taken if name.startswith("bare") else base
        row = [percentile(taken, share) for share in (0.5, 0.99)]
        ratios = [held / percentile(base, share) for held, share in zip(row, (0.5, 0.99),
                                                                       strict=True)]  # fmt: skip
        told = [f"{ratio:.2f}" for ratio in ratios] if "embedding the" not in name else ["", ""]
        shown.append([name, *(f"{held:.2f}" for held in row), *told])
    table(
        f"{len(texts)} queries of 3-7 words among {index.count():,} papers",
        shown,
        ["way", "p50 ms", "p99 ms", "ratio p50", "ratio p99"],
    )


_COLD = """
import time
started = time.perf_counter()
from papertide import embedding
from papertide.search.vectors import VectorIndex
from pathlib import Path
imported = time.perf_counter()
model = embedding.open_model()
loaded = time.perf_counter()
index = VectorIndex(Path({folder!r}), "the bench's", model)
index.count()
opened = time.perf_counter()
index.meaning("learning from human preferences")
answered = time.perf_counter()
index.meaning("diffusion models for speech")
again = time.perf_counter()
memory = dict(line.split(":") for line in open("/proc/self/status") if line.startswith("Rss"))
times = (imported - started, loaded - imported, opened - loaded, answered - opened,
         again - answered)
print(*(f"{{taken * 1000:.1f}}" for taken in times),
      *(int(memory[name].split()[0]) // 1000 for name in ("RssAnon", "RssFile")))
"""


def _cold() -> None:
    """A new process: with the files in the page cache, and put out of it."""
    shown = []
    for name in ("files in memory", "files only on the disk"):
        if name == "files only on the disk":
            for path in (vector_files.current(folder() / "vectors") or folder()).iterdir():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        done = subprocess.run(
            [sys.executable, "-c", _COLD.format(folder=str(folder()))],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        shown.append([name, *done.stdout.split()])
    heads = ["", "import ms", "model ms", "open ms", "first answer ms", "second ms",
             "anonymous MB", "mapped and shared MB"]  # fmt: skip
    table("A new process", shown, heads)


if __name__ == "__main__":
    main()
