"""Importing both arXiv files: rows a second of each stage, memory, disk, and the store stage as
a ratio to bare `executemany` calls that write the same rows to the same tables."""

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.common import arxiv_files, shared, table


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as place:
        _pages(Path(place) / "pages")
        data = Path(place) / "arxiv"
        figures = json.loads(
            subprocess.run(
                [sys.executable, "-m", "bench.importing", "measure", str(data)],
                check=True, stdout=subprocess.PIPE, text=True,
            ).stdout
        )  # fmt: skip
        bare = _bare(data / "papertide.sqlite3", Path(place) / "bare.sqlite3")
        disk = {
            "database": (data / "papertide.sqlite3").stat().st_size,
            "index": sum(f.stat().st_size for f in (data / "index").rglob("*") if f.is_file()),
        }
    rows = figures["rows"]
    table(
        f"Importing {rows:,} rows, {figures['papers']:,} papers",
        [
            [stage, f"{figures[stage]:.1f}", f"{rows / figures[stage]:,.0f}"]
            for stage in ("reading", "storing", "indexing", "whole")
        ]
        + [["bare executemany", f"{bare:.1f}", f"{rows / bare:,.0f}"]],
        ["stage", "seconds", "rows/s"],
    )
    print(f"\nstoring / bare executemany: {figures['storing'] / bare:.2f} (bound 2)")
    print(f"peak memory: {figures['peak_mb']:,.0f} MB (bound 1,000)")
    print("on disk: " + ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in disk.items()))


def _pages(data: Path) -> None:
    """Import the saved pages twice, through the command line."""
    pages = sorted(map(str, (shared() / "pages").glob("*.txt")))
    command = [sys.executable, "-m", "papertide", "--data", str(data), "import", *pages, "--json"]
    for which in ("first", "again"):
        started = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took = time.perf_counter() - started
        print(f"saved pages, {which}: {json.dumps(json.loads(done.stdout))} in {took:.1f} s")


def _measure(data: Path) -> None:
    """One real import with each stage's time taken, in a process of its own for its memory."""
    import papertide

    library = papertide.open_library(data)
    from papertide.site.catalog import services

    spent = {"storing": 0.0, "indexing": 0.0}

    def timed(stage, function):
        def run(*arguments, **named):
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                spent[stage] += time.perf_counter() - started

        return run

    services.ingest = timed("storing", services.ingest)
    library.catch_up = timed("indexing", library.catch_up)
    started = time.perf_counter()
    done = library.import_files(arxiv_files())
    whole = time.perf_counter() - started
    print(json.dumps({
        "rows": done.entries,
        "papers": library.count(),
        "whole": whole,
        "reading": whole - sum(spent.values()),
        **spent,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }))  # fmt: skip
    library.close()


# The tables of an import, and how their rows fall to a range of papers: (first, last] paper id.
_TABLES = {
    "catalog_paper": "id > ? AND id <= ?",
    "catalog_identity": "paper_id > ? AND paper_id <= ?",
    "catalog_author": "id IN (SELECT author_id FROM source.catalog_authorship "
    "WHERE paper_id > ? AND paper_id <= ?)",
    "catalog_authorship": "paper_id > ? AND paper_id <= ?",
    "catalog_change": "paper_id > ? AND paper_id <= ?",
}


def _bare(source: Path, target: Path) -> float:
    """Seconds that bare `executemany` calls take to write the rows of one database to another.

    Same tables and indexes, same pragmas, same 1,000 papers a transaction; reading the rows is
    not counted.
    """
    from papertide.site.settings import sqlite

    reader = sqlite3.connect(source)
    schema = [
        statement
        for (statement,) in reader.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name LIKE 'catalog_%' AND sql IS NOT NULL"
        )
    ]
    reader.execute("ATTACH ? AS source", [str(source)])
    writer = sqlite3.connect(target, isolation_level=None)
    for pragma in sqlite(target.parent)["OPTIONS"]["init_command"].split(";"):
        writer.execute(pragma)
    writer.execute("PRAGMA foreign_keys=ON")
    for statement in schema:
        writer.execute(statement)
    (last,) = reader.execute("SELECT max(id) FROM catalog_paper").fetchone()
    spent, authors = 0.0, set()
    for first in range(0, last, 1000):
        work = []
        for name, condition in _TABLES.items():
            rows = reader.execute(f"SELECT * FROM {name} WHERE {condition}",
                                  [first, first + 1000]).fetchall()  # fmt: skip
            if name == "catalog_author":
                rows = [row for row in rows if row[0] not in authors]
                authors.update(row[0] for row in rows)
            marks = ",".join("?" * len(rows[0])) if rows else ""
            work.append((f"INSERT INTO {name} VALUES ({marks})", rows))
        started = time.perf_counter()
        writer.execute("BEGIN IMMEDIATE")
        for statement, rows in work:
            if rows:
                writer.executemany(statement, rows)
        writer.execute("COMMIT")
        spent += time.perf_counter() - started
    writer.close()
    return spent


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        _measure(Path(sys.argv[2]))
    else:
        main()
