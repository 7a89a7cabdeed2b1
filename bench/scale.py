"""Search at 254,673 real papers and at a million and three million made ones, beside its peers.

    python -m bench scale                          all three, in the temp dir
    python -m bench.scale FOLDER --made 3000000    one of them, kept in a folder

What is built is built once and kept, in `FOLDER/index` and `FOLDER/peers`; all else is measured at
each run, in turns, and kept in `FOLDER/measured.json`, which `python -m bench.extrapolate` reads.
Indexes are fed with documents; there is no database behind made papers.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import faiss
import numpy as np

from bench.common import percentile, table
from bench.corpora import Corpus, default, size
from bench.peers import ALL, Peer
from bench.vectors import Bare
from papertide.search.hybrid import hybrid
from papertide.search.lexical_query import compiled
from papertide.search.query import as_tree
from papertide.search.tree import Among, narrow
from papertide.search.vector_rows import Rows, allowed

QUERIES, TITLES, NEW, SEED = 300, 200, 2000, 20240317
DEPTHS = (500, 1000, 2000, 4000)
FILTER = narrow(("cs.LG", "cs.CL", "math.AP"), since=date(2017, 1, 1), until=date(2018, 12, 31))
AIMS = {
    "hybrid / bare": 1.3, "recall": 0.98, "recall, filtered": 0.99, "anonymous MB": 600,
    "2,000 new s": 1.0, "first query s": 2.0,
}  # fmt: skip


def main() -> None:
    for made in (0, 1_000_000, 3_000_000):
        measure(default(made))


def build(corpus: Corpus, peers: bool = True) -> None:
    """Make what is not there: hours for millions of papers, and measuring wants a quiet machine."""
    corpus.build()
    for peer in _built(corpus) if peers else ():
        print(f"{peer.name}: there", file=sys.stderr, flush=True)


def measure(corpus: Corpus, peers: bool = True, drop_caches: bool = False) -> None:
    """Print all tables of a corpus."""
    faiss.omp_set_num_threads(1)  # two threads wait for each other on a busy machine
    build(corpus, peers)
    built = corpus.built
    found = {"papers": built["papers"], "load": os.getloadavg()[0]}
    found |= _building(built)
    found |= _alone(corpus, drop_caches)
    found |= _adding(corpus)
    asked = _peers(corpus) if peers else []
    found |= _recall(corpus, asked)
    found |= _times(corpus, asked)
    _told(found)
    (corpus.folder / "measured.json").write_text(json.dumps(found, indent=1))


def _building(built: dict) -> dict:
    papers, reading, shown, found = built["papers"], built["reading seconds"], [], {}
    for name in ("words", "vectors"):
        seconds, held = built[name]["seconds"], built[name]["bytes"]
        net = max(seconds - reading, 1e-9)
        shown.append([name, f"{seconds:.0f}", f"{papers / seconds:,.0f}", f"{papers / net:,.0f}",
                      f"{held / 1e6:,.0f}", f"{held / papers:,.0f}",
                      f"{built[name]['memory'] / 1e6:,.0f}", f"{built[name]['load']:.1f}"])
        found |= {f"{name} MB": held / 1e6, f"{name} papers/s": papers / seconds}
    table(
        f"Building the indexes of {papers:,} papers (making or reading their texts alone: "
        f"{reading:.0f} s)",
        shown,
        ["index", "s", "papers/s", "without making them", "MB", "bytes a paper",
         "anonymous MB, most", "load"],
    )  # fmt: skip
    return found


# --- in processes of their own -----------------------------------------------------------------

_ALONE = """
import time
started = time.perf_counter()
from pathlib import Path
from bench.corpora import Corpus, memory
corpus = Corpus(Path({folder!r}), {made})
finder, queries = corpus.finder, {queries!r}
begun = time.perf_counter()
finder.model
model = time.perf_counter()
finder.words.count(), finder.vectors.count()
opened = time.perf_counter()
taken = []
for query in queries:
    start = time.perf_counter()
    finder.find(query)
    taken.append(time.perf_counter() - start)
print(begun - started, model - begun, opened - model, *taken[:2],
      memory(), memory("RssFile"))
"""


def _alone(corpus: Corpus, drop_caches: bool) -> dict:
    """A new process: what it takes until the first answer, and the memory after many."""
    queries, shown = corpus.queries(100), []
    where = _forget if not drop_caches else _forget_all
    ways = {"files in memory": lambda _: None, where.__doc__: where}
    for name, prepare in ways.items():
        prepare(corpus.folder)
        code = _ALONE.format(folder=str(corpus.folder), made=corpus.made, queries=queries)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        *times, anonymous, mapped = map(float, done.stdout.split())
        whole = sum(times[:4])
        shown.append([name, *(f"{held * 1000:,.0f}" for held in times), f"{whole:.2f}",
                      f"{anonymous / 1e6:,.0f}", f"{mapped / 1e6:,.0f}"])  # fmt: skip
    table(
        f"A new process, {corpus.built['papers']:,} papers, {len(queries)} hybrid queries",
        shown,
        ["", "imports ms", "model ms", "opening ms", "first query ms", "second ms",
         "from nothing to the first answer, s", "anonymous MB after all", "mapped MB"],
    )  # fmt: skip
    return {"anonymous MB": anonymous / 1e6, "mapped MB": mapped / 1e6,
            "opening s": times[2], "first query s": times[2] + times[3], "cold s": whole}


def _forget(folder: Path) -> None:
    """files put out of the page cache (posix_fadvise)"""
    for path in (folder / "index").rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _forget_all(folder: Path) -> None:
    """the whole page cache dropped"""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")


# --- adding ------------------------------------------------------------------------------------


def _adding(corpus: Corpus) -> dict:
    """New papers put into a copy, and how long until readers that are open find all of them."""
    place = corpus.folder / "adding"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(corpus.folder / "index", place / "index")
    writer, reader = Corpus(place, corpus.made).finder, Corpus(place, corpus.made).finder
    ids, seen, done = {document.id for document in corpus.new(NEW)}, {}, threading.Event()
    queries = corpus.queries(1)
    reader.find(queries[0])

    def look() -> None:
        while len(seen) < 2 and not done.wait(0.01):
            if "words" not in seen and reader.words.words(Among(frozenset(ids))).total == NEW:
                seen["words"] = time.perf_counter()
            last = max(ids)
            if "vectors" not in seen and np.isfinite(reader.vectors.vectors([last])).all():
                reader.find(queries[0])
                seen["vectors"] = time.perf_counter()

    rounds, shown = [], []
    for turn in range(3):
        new = corpus.new(NEW * (turn + 1))[-NEW:]
        ids, last = {document.id for document in new}, turn
        seen.clear()
        watcher = threading.Thread(target=look)
        watcher.start()
        started, ended = time.perf_counter(), {}
        for name, index in writer.indexes.items():
            with index.writing():
                index.apply(new, [], 2 + turn)
            ended[name] = time.perf_counter() - started
        watcher.join(timeout=60)
        found = {name: at - started for name, at in seen.items()}
        rounds.append(max(found.values()))
        shown.append([last + 1, *(f"{one:.2f}" for one in (
            found["words"], ended["words"], found["vectors"], ended["vectors"]))])  # fmt: skip
    done.set()
    shutil.rmtree(place)
    table(
        f"{NEW:,} new papers beside {corpus.built['papers']:,}, seconds from the start",
        shown,
        ["time", "found by words", "words written", "found by meaning", "all written"],
    )
    return {"2,000 new s": sorted(rounds)[1]}


# --- peers -------------------------------------------------------------------------------------


_PEER = """
from pathlib import Path
from bench import peers
from bench.corpora import Corpus, memory
corpus = Corpus(Path({folder!r}), {made})
peer = peers.{kind}(corpus.folder / "peers")
vectors = corpus.finder.vectors
rows, asked = vectors._read(), vectors.embed("graph") if peer.kind == "meaning" else "graph"
before = memory()
peer.open(rows)
for _ in range(3):
    peer.find(asked, 20)
print(max(0, memory() - before))
"""


def _built(corpus: Corpus) -> Iterator[Peer]:
    """Those that can be asked, built where they are not."""
    rows = corpus.finder.vectors._read()
    for kind in ALL:
        peer = kind(corpus.folder / "peers")
        about = peer.folder / "about.json"
        if kind.missing():
            continue
        if not about.exists():
            print(f"building {peer.name}…", file=sys.stderr, flush=True)
            shutil.rmtree(peer.folder, ignore_errors=True)
            started = time.perf_counter()
            peer.build(corpus.documents() if peer.kind == "words" else (), rows)
            taken = time.perf_counter() - started
            peer.folder.mkdir(parents=True, exist_ok=True)
            load = os.getloadavg()[0]
            about.write_text(json.dumps({"seconds": taken, "load": load}))
        yield peer


def _peers(corpus: Corpus) -> list[Peer]:
    """Those that can be asked, opened."""
    rows, papers = corpus.finder.vectors._read(), corpus.built["papers"]
    held, shown = list(_built(corpus)), []
    for kind in ALL:
        if why := kind.missing():
            shown.append([kind.name, why, "", "", "", ""])
    for peer in held:
        about = json.loads((peer.folder / "about.json").read_text())
        kind, taken = type(peer), about["seconds"]
        code = _PEER.format(folder=str(corpus.folder), made=corpus.made, kind=kind.__name__)
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        peer.open(rows)
        shown.append([peer.name, f"{taken:.0f}", f"{papers / max(taken, 0.001):,.0f}",
                      f"{about['load']:.1f}",
                      f"{size(peer.folder) / 1e6:,.0f}",
                      f"{int(done.stdout.split()[-1]) / 1e6:,.0f}"])  # fmt: skip
    heads = ["peer", "built in s", "papers/s", "load", "MB on disk", "anonymous MB more when asked"]
    table(f"Peers at {papers:,} papers", shown, heads)
    return held


# --- recall ------------------------------------------------------------------------------------


def _exact(rows: Rows, queries: np.ndarray, among: np.ndarray) -> list[set[int]]:
    """The ten nearest papers of each query among some rows, by cosines in float32."""
    scores = np.full((10, len(queries)), -np.inf, np.float32)
    ids = np.zeros((10, len(queries)), np.int64)
    for start in range(0, len(among), 50_000):
        part = among[start : start + 50_000]
        here = rows.vectors[part].astype(np.float32) @ queries.T
        scores = np.concatenate([scores, here])
        ids = np.concatenate([ids, np.repeat(rows.id[part, None], len(queries), axis=1)])
        best = np.argpartition(-scores, 10, axis=0)[:10] if len(scores) > 10 else slice(None)
        scores = np.take_along_axis(scores, best, axis=0)
        ids = np.take_along_axis(ids, best, axis=0)
    return [set(column.tolist()) for column in ids.T]


def _recall(corpus: Corpus, peers: list[Peer]) -> dict:
    """The share of the ten nearest that are found: by depth, and by peers."""
    index, rows = corpus.finder.vectors, corpus.finder.vectors._read()
    bare = Bare(index, corpus)
    queries = [index.embed(text) for text in corpus.titles(TITLES)]
    shown, found = [], {}
    for name, where in (("all", None), ("three categories, two years", FILTER)):
        among = np.flatnonzero(rows.findable) if where is None else allowed(rows, where)
        best = _exact(rows, np.array(queries), among)

        def share(find, best=best) -> str:
            hits = sum(len(held & set(find(query))) for held, query in
                       zip(best, queries, strict=True))  # fmt: skip
            return f"{hits / 10 / len(queries):.3f}"

        kept = [share(lambda q: index.nearest(q, where, limit=10).ids)]  # noqa: B023
        for depth in DEPTHS:
            kept.append(share(
                lambda q, d=depth: index.nearest(q, where, limit=10, depth=d).ids  # noqa: B023
            ))  # fmt: skip
        shown.append([name, f"{len(among):,}", "ours", *kept])
        signs = [share(lambda q, d=d: bare.nearest(q, among, d)[0][:10].tolist())  # noqa: B023
                 for d in DEPTHS]  # fmt: skip
        shown.append([name, f"{len(among):,}", "bare faiss, signs of both", "", *signs])
        found["recall" + ", filtered" * bool(where)] = float(kept[0])
        for peer in peers if where is None else ():
            if peer.kind == "meaning":
                every = slice(None, None, peer.every)
                hits = sum(len(held & set(peer.find(q, 10))) for held, q in
                           zip(best[every], queries[every], strict=True))  # fmt: skip
                shown.append([name, f"{len(among):,}", peer.name,
                              f"{hits / 10 / len(best[every]):.3f}", *[""] * len(DEPTHS)])
    table(
        f"Recall@10 against exact cosines, {len(queries)} titles, by rows rescored",
        shown,
        ["papers", "number", "way", "as it is asked", *map(str, DEPTHS)],
    )
    return found


# --- times -------------------------------------------------------------------------------------


def _times(corpus: Corpus, peers: list[Peer]) -> dict:
    """All ways through the same queries, in turns; slow ones are asked fewer of them."""
    words, index = corpus.finder.words, corpus.finder.vectors
    texts = corpus.queries(QUERIES)
    vectors = {text: index.embed(text) for text in texts}
    queries = {text: compiled(as_tree(text)) for text in texts}
    bare, among = Bare(index, corpus), allowed(index._read(), FILTER)
    searcher = words._searcher()

    # A way, what it is a ratio to, and how many queries are passed over for one.
    ways = {
        "bare tantivy": (lambda t: searcher.search(queries[t], limit=20), "", 1),
        "words": (lambda t: words.words(t, limit=20), "bare tantivy", 1),
        "bare faiss, signs, 1,000 rescored": (lambda t: bare.nearest(vectors[t]), "", 1),
        "bare faiss, signs, 4,000 rescored": (
            lambda t: bare.nearest(vectors[t], None, 4000), "", 1
        ),
        "meaning": (
            lambda t: index.nearest(vectors[t]), "bare faiss, signs, 1,000 rescored", 1
        ),
        "bare faiss, the rows of the filter known": (
            lambda t: bare.nearest(vectors[t], among), "", 1
        ),
        "meaning, filtered": (
            lambda t: index.nearest(vectors[t], FILTER),
            "bare faiss, the rows of the filter known", 1,
        ),
        "bare tantivy, embedding, faiss": (
            lambda t: (bare.words(queries[t]), bare.nearest(index.embed(t))), "", 1
        ),
        "hybrid": (lambda t: hybrid(words, index, t), "bare tantivy, embedding, faiss", 1),
    }  # fmt: skip
    for peer in peers:
        asked = vectors.__getitem__ if peer.kind == "meaning" else str
        ways[peer.name] = (
            lambda t, peer=peer, asked=asked: peer.find(asked(t), 20), peer.kind, peer.every
        )  # fmt: skip
    for way, _, every in ways.values():
        for text in texts[: 40 : 1 if every == 1 else 20]:
            way(text)
    times: dict[str, list[float]] = {name: [] for name in ways}
    order, spent = random.Random(SEED), {name: [] for name in ways}
    for number, text in enumerate(texts):
        # The first of them brings what the others find in the processor's caches.
        for name, (way, _, every) in order.sample(list(ways.items()), len(ways)):
            if number % every == 0:
                started, used = time.perf_counter(), time.process_time()
                way(text)
                times[name].append((time.perf_counter() - started) * 1000)
                spent[name].append((time.process_time() - used) * 1000)
    shown, found = [], {}
    for name, taken in times.items():
        half, most = percentile(taken, 0.5), percentile(taken, 0.99)
        to = ways[name][1]
        ratio = [f"{half / percentile(times[to], 0.5):.2f}",
                 f"{most / percentile(times[to], 0.99):.2f}", to] if to else ["", "", ""]
        work = percentile(spent[name], 0.5)
        shown.append([name, len(taken), f"{half:.2f}", f"{most:.2f}", *ratio, f"{work:.2f}"])
        found[f"{name} p50 ms"], found[f"{name} p99 ms"] = half, most
    found["hybrid / bare"] = (
        found["hybrid p50 ms"] / found["bare tantivy, embedding, faiss p50 ms"]
    )
    table(
        f"Queries of 3-7 words among {index.count():,} papers (load {os.getloadavg()[0]:.1f}; "
        f"the filter lets {len(among):,} through)",
        shown,
        ["way", "queries", "p50 ms", "p99 ms", "ratio p50", "ratio p99", "to", "processor ms, p50"],
    )
    return found


def _told(found: dict) -> None:
    rows = []
    for name, aim in AIMS.items():
        held = found[name]
        met = held >= aim if name.startswith("recall") else held <= aim
        rows.append([name, f"{held:.3g}", aim, "met" if met else "missed"])
    table(f"Aims for 3,000,000, at {found['papers']:,} papers", rows, ["", "here", "aim", ""])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--made", type=int, default=0, help="made papers; 0: all real ones")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--build", action="store_true", help="only make the files; measure later")
    parser.add_argument("--drop-caches", action="store_true", help="of the whole machine (root)")
    given = parser.parse_args()
    corpus = Corpus(given.folder, given.made)
    if given.build:
        build(corpus, not given.no_peers)
    else:
        measure(corpus, not given.no_peers, given.drop_caches)
