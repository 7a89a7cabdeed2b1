"""Indexes of many papers for the benches: of all real ones, or of as many made ones as asked for.

A corpus is a folder: the word index and the vectors as every data folder has them, and
`built.json` with what building took. The indexes are fed with documents as `importing` and
`papertide index rebuild` feed them, but the database is left out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path

from bench import made_papers
from papertide import embedding
from papertide.search.engine import Document, SearchUnavailable
from papertide.search.finder import Finder

CATALOG = "the bench's"
SAMPLED = 0.1  # seconds between two looks at a process's memory
READ = 50_000  # papers that are made, or read, alone: what that takes is none of the indexes'


class Corpus:
    """Papers in a folder: `made` of them, or all real ones (0)."""

    def __init__(self, folder: Path, made: int = 0):
        self.folder, self.made = folder, made

    @property
    def built(self) -> dict:
        """What building took; empty where it was not built."""
        path = self.folder / "built.json"
        return json.loads(path.read_text()) if path.exists() else {}

    @cached_property
    def finder(self) -> Finder:
        return Finder(self.folder / "index", CATALOG, embedding.open_model)

    def documents(self) -> Iterator[Document]:
        if self.made:
            return made_papers.documents(self.made)
        from bench.common import filled_library

        return filled_library().documents()

    def new(self, count: int) -> list[Document]:
        """Made papers that are not in it."""
        return list(made_papers.documents(count, max(self.made, 10_000_000)))

    def queries(self, count: int) -> list[str]:
        """Three to seven consecutive words of titles."""
        if self.made:
            return made_papers.queries(count, self.made)
        from bench.common import filled_library
        from bench.search import title_words

        return title_words(filled_library(), count)

    def titles(self, count: int) -> list[str]:
        """Whole titles."""
        if self.made:
            return made_papers.titles(count, self.made)
        from bench.common import filled_library
        from bench.vectors import titles

        return titles(filled_library(), count)

    def build(self) -> None:
        """Make what is not there or of another version, in a process of its own, so that its
        memory is seen."""
        if not self._usable():
            print(f"building {self.folder}…", file=sys.stderr, flush=True)
            command = [sys.executable, "-m", "bench.corpora", str(self.folder), str(self.made)]
            subprocess.run(command, check=True)

    def _usable(self) -> bool:
        papers = self.built.get("papers", 0)
        try:
            held = {index.count() for index in self.finder.indexes.values()}
        except SearchUnavailable:
            return False
        return papers > 0 and held == {papers} and papers == (self.made or papers)


def default(made: int) -> Corpus:
    """The corpus of so many papers in the temp dir."""
    name = f"papertide-bench-{made or 'real'}"
    return Corpus(Path(tempfile.gettempdir()) / name, made)


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def memory(name: str = "RssAnon") -> int:
    """Bytes that this process holds in memory: RssAnon its own, RssFile of mapped files."""
    status = Path("/proc/self/status").read_text().splitlines()
    held = dict(line.split(":") for line in status if line.startswith("Rss"))
    return int(held[name].split()[0]) * 1024


@contextmanager
def watched() -> Iterator[list[int]]:
    """The most anonymous memory while something is done, as a list of one number."""
    most, done = [memory()], threading.Event()

    def look() -> None:
        while not done.wait(SAMPLED):
            most[0] = max(most[0], memory())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def _build(corpus: Corpus) -> None:
    corpus.folder.mkdir(parents=True, exist_ok=True)
    for old in ("index", "peers"):
        shutil.rmtree(corpus.folder / old, ignore_errors=True)
    next(corpus.documents())  # what is made on first use is not timed
    started = time.perf_counter()
    some = sum(1 for _ in islice(corpus.documents(), READ))
    each = (time.perf_counter() - started) / some
    built = {}
    for name, index in corpus.finder.indexes.items():
        started = time.perf_counter()
        with watched() as most, index.writing():
            index.rebuild(corpus.documents(), 1)
        taken = time.perf_counter() - started
        built[name] = {"seconds": taken, "bytes": index.size(), "memory": most[0],
                       "load": os.getloadavg()[0]}  # fmt: skip
        print(f"{name}: {taken:.0f} s, {index.size() / 1e6:,.0f} MB", file=sys.stderr, flush=True)
    built["papers"] = corpus.finder.words.count()
    built["reading seconds"] = each * built["papers"]
    (corpus.folder / "built.json").write_text(json.dumps(built, indent=1))


if __name__ == "__main__":
    _build(Corpus(Path(sys.argv[1]), int(sys.argv[2])))
