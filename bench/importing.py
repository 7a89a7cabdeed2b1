"""Importing both arXiv files: rows a second of each stage, memory, disk, and the store stage as
a ratio to bare `executemany` calls that write the same rows to the same tables."""

import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.common import arxiv_files, shared, table


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as name:
        place = Path(name)
        _pages(place / "pages")
        _whole(place / "whole")
        shutil.rmtree(place / "whole")
        _stages(place)


def _whole(data: Path) -> None:
    """The import as a user runs it: rows a second, peak memory, size on disk."""
    command = [sys.executable, "-m", "papertide", "--data", str(data), "import", "--json"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, *map(str, arxiv_files())], check=True, stdout=subprocess.PIPE
    )
    took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    counts = json.loads(done.stdout)
    print(f"both arXiv files: {json.dumps(counts)} in {took:.0f} s, all searchable: "
          f"{counts['entries'] / took:,.0f} rows/s")  # fmt: skip
    print(f"peak memory: {peak:,.0f} MB (bound 1,000)")
    sizes = {
        "database": (data / "papertide.sqlite3").stat().st_size,
        "index": sum(f.stat().st_size for f in (data / "index").rglob("*") if f.is_file()),
    }
    print("on disk: " + ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in sizes.items()))


def _stages(place: Path) -> None:
    """Each stage by itself, and bare `executemany` calls writing what storing wrote.

    Bare calls follow on each batch at once, so that a busy machine slows both down alike.
    """
    import papertide

    library = papertide.open_library(place / "stages")
    from papertide.site.catalog import services
    from papertide.sources import files

    seconds = dict.fromkeys(("reading", "storing", "bare executemany", "indexing"), 0.0)
    bare = _Bare(place / "stages" / "papertide.sqlite3", place / "bare.sqlite3")
    rows = 0
    for path in arxiv_files():
        batches = services.batches(files.read(path))
        while True:
            started = time.perf_counter()
            batch = next(batches, None)
            seconds["reading"] += time.perf_counter() - started
            if batch is None:
                break
            rows += len(batch)
            started = time.perf_counter()
            services.ingest(batch)
            seconds["storing"] += time.perf_counter() - started
            seconds["bare executemany"] += bare.follow()
    started = time.perf_counter()
    library.catch_up()
    seconds["indexing"] += time.perf_counter() - started
    table(
        f"Stages of importing {rows:,} rows, {library.count():,} papers",
        [[name, f"{took:.1f}", f"{rows / took:,.0f}"] for name, took in seconds.items()],
        ["stage", "seconds", "rows/s"],
    )
    ratio = seconds["storing"] / seconds["bare executemany"]
    print(f"\nstoring / bare executemany: {ratio:.2f} (bound 2)")
    library.close()


def _pages(data: Path) -> None:
    """Import the saved pages twice, through the command line."""
    pages = sorted(map(str, (shared() / "pages").glob("*.txt")))
    command = [sys.executable, "-m", "papertide", "--data", str(data), "import", *pages, "--json"]
    for which in ("first", "again"):
        started = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took = time.perf_counter() - started
        print(f"saved pages, {which}: {json.dumps(json.loads(done.stdout))} in {took:.1f} s")


# The tables that an import writes, each with its growing key: the first column.
_TABLES = {
    "catalog_paper": "id",
    "catalog_identity": "id",
    "catalog_author": "id",
    "catalog_authorship": "id",
    "catalog_change": "number",
}


class _Bare:
    """Writes to another database, with bare calls, what came into the first since last time.

    Same tables and indexes, same pragmas, same transactions; reading the rows is not counted.
    """

    def __init__(self, source: Path, target: Path):
        from papertide.site.settings import sqlite

        self._reader = sqlite3.connect(source)
        self._writer = sqlite3.connect(target, isolation_level=None)
        for pragma in sqlite(target.parent)["OPTIONS"]["init_command"].split(";"):
            self._writer.execute(pragma)
        self._writer.execute("PRAGMA foreign_keys=ON")
        schema = "SELECT sql FROM sqlite_master WHERE tbl_name LIKE 'catalog_%' AND sql NOT NULL"
        for (statement,) in self._reader.execute(schema).fetchall():
            self._writer.execute(statement)
        self._done = dict.fromkeys(_TABLES, 0)

    def follow(self) -> float:
        """Write the new rows of each table; the seconds that took."""
        work = []
        for name, key in _TABLES.items():
            rows = self._reader.execute(
                f"SELECT * FROM {name} WHERE {key} > ? ORDER BY {key}", [self._done[name]]
            ).fetchall()
            if rows:
                self._done[name] = rows[-1][0]
                marks = ",".join("?" * len(rows[0]))
                # REPLACE: a paper whose authors changed has its rows written anew
                work.append((f"INSERT OR REPLACE INTO {name} VALUES ({marks})", rows))
        started = time.perf_counter()
        self._writer.execute("BEGIN IMMEDIATE")
        for statement, rows in work:
            self._writer.executemany(statement, rows)
        self._writer.execute("COMMIT")
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
